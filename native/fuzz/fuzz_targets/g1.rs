//! What decodes as a point of G1 encodes back to the same octets, alone and joined with others.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zkproof_kernel::g1::{encode_many, Point, G1_BYTES};

fuzz_target!(|data: &[u8]| {
    if let Ok(point) = Point::decode(data) {
        assert_eq!(point.encode(), data);
        assert_eq!(encode_many(&[point, Point::generator()])[..G1_BYTES], *data);
        assert_eq!(point.is_identity(), data[0] == 0xc0);
    }
});
