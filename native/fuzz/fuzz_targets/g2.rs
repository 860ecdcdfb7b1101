//! What decodes as a point of G2 encodes back to the same octets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zkproof_kernel::g2::Point2;

fuzz_target!(|data: &[u8]| {
    if let Ok(point) = Point2::decode(data) {
        assert_eq!(point.encode(), data);
        assert_eq!(point.is_identity(), data[0] == 0xc0);
    }
});
