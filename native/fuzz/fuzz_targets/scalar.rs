//! What decodes as a scalar or a secret encodes back to the same octets, is below the group order,
//! and both ways of splitting it give the same multiple of the generator.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zkproof_kernel::g1::Point;
use zkproof_kernel::msm::{rows, sum_vartime};
use zkproof_kernel::scalar::{Scalar, ORDER, SCALAR_BYTES};
use zkproof_kernel::secret::Secret;

fuzz_target!(|data: [u8; SCALAR_BYTES]| {
    let scalar = Scalar::from_be_bytes(&data);
    let secret = Secret::from_be_bytes(&data);
    let Some(scalar) = scalar else {
        assert!(secret.is_none());
        return;
    };
    assert_eq!(scalar.to_be_bytes(), data);
    assert!(scalar.0.iter().rev().lt(ORDER.iter().rev()));
    match secret {
        Some(secret) => assert_eq!(secret.to_be_bytes(), data),
        None => assert_eq!(data, [0; SCALAR_BYTES]),
    }
    let point = [Point::generator()];
    let [sum] = rows(&point, &[[(0, scalar)]])[..] else {
        unreachable!()
    };
    assert!(sum == sum_vartime(&point, &[scalar]));
});
