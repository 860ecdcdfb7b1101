//! BLS12-381 group arithmetic for zkproof, on blst: few and large calls.
//!
//! The modules are plain Rust; `python` is the border. Functions whose name ends in `_vartime` take
//! public input only; all others are constant time in scalars and points.

mod bulk;
pub mod fixed;
pub mod g1;
pub mod g2;
pub mod hashing;
pub mod msm;
pub mod pairing;
pub mod scalar;
pub mod secret;
pub mod tables;

#[cfg(feature = "python")]
mod python;

/// Why octets were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Not the exact length.
    Length,
    /// Flag bits no encoder sets, or an identity with other bits set.
    Flags,
    /// A coordinate not below the field prime.
    Coordinate,
    /// No point of the curve has this coordinate.
    Curve,
    /// On the curve but outside the subgroup of prime order.
    Subgroup,
    /// The identity where it is not allowed.
    Identity,
}

impl Rule {
    /// In words, for an error message that already names the field.
    pub fn text(self) -> &'static str {
        match self {
            Self::Length => "wrong length",
            Self::Flags => "flag bits that no encoder sets",
            Self::Coordinate => "coordinate not below the field prime",
            Self::Curve => "not on the curve",
            Self::Subgroup => "not in the subgroup of prime order",
            Self::Identity => "the identity",
        }
    }
}
