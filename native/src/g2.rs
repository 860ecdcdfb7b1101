//! Points of G2: public keys.

use blst::*;

use crate::g1::identity_by_flags;
use crate::Rule;

/// Octets of a compressed point.
pub const G2_BYTES: usize = 96;

/// A point of the subgroup.
#[derive(Clone, Copy)]
pub struct Point2(pub(crate) blst_p2);

impl Point2 {
    /// The standard generator.
    pub fn generator() -> Self {
        // SAFETY: blst returns a pointer to a static, initialised point.
        Self(unsafe { *blst_p2_generator() })
    }

    /// Read 96 compressed octets: exactly one encoding of each point, the identity among them.
    /// Variable time (the octets are public).
    pub fn decode(octets: &[u8]) -> Result<Self, Rule> {
        if octets.len() != G2_BYTES {
            return Err(Rule::Length);
        }
        if identity_by_flags(octets)? {
            return Ok(Self(blst_p2::default()));
        }
        let mut affine = blst_p2_affine::default();
        // SAFETY: 96 octets are there, and `affine` is writable.
        let outcome = unsafe { blst_p2_uncompress(&mut affine, octets.as_ptr()) };
        match outcome {
            BLST_ERROR::BLST_SUCCESS => {}
            BLST_ERROR::BLST_BAD_ENCODING => return Err(Rule::Coordinate),
            BLST_ERROR::BLST_POINT_NOT_IN_GROUP => return Err(Rule::Subgroup),
            _ => return Err(Rule::Curve),
        }
        // SAFETY: `affine` was initialised by a successful decoding.
        if !unsafe { blst_p2_affine_in_g2(&affine) } {
            return Err(Rule::Subgroup);
        }
        let mut out = blst_p2::default();
        // SAFETY: both are initialised and distinct.
        unsafe { blst_p2_from_affine(&mut out, &affine) };
        Ok(Self(out))
    }

    /// Compressed octets.
    pub fn encode(&self) -> [u8; G2_BYTES] {
        let mut out = [0u8; G2_BYTES];
        // SAFETY: 96 octets are writable.
        unsafe { blst_p2_compress(out.as_mut_ptr(), &self.0) };
        out
    }

    /// Whether this is the identity.
    pub fn is_identity(&self) -> bool {
        // SAFETY: reads an initialised point.
        unsafe { blst_p2_is_inf(&self.0) }
    }

    /// Sum; complete.
    pub fn add(&self, other: &Self) -> Self {
        let mut out = blst_p2::default();
        // SAFETY: reads two initialised points, writes a third.
        unsafe { blst_p2_add_or_double(&mut out, &self.0, &other.0) };
        Self(out)
    }

    /// Negative.
    pub fn neg(&self) -> Self {
        let mut out = self.0;
        // SAFETY: `out` is initialised.
        unsafe { blst_p2_cneg(&mut out, true) };
        Self(out)
    }

    pub(crate) fn to_affine(self) -> blst_p2_affine {
        let mut out = blst_p2_affine::default();
        // SAFETY: both are initialised and distinct.
        unsafe { blst_p2_to_affine(&mut out, &self.0) };
        out
    }
}

impl PartialEq for Point2 {
    fn eq(&self, other: &Self) -> bool {
        // SAFETY: reads two initialised points.
        unsafe { blst_p2_is_equal(&self.0, &other.0) }
    }
}

impl Eq for Point2 {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generator_round_trips_and_flags_are_told() {
        let octets = Point2::generator().encode();
        assert!(Point2::decode(&octets).is_ok_and(|point| point == Point2::generator()));
        let mut changed = octets;
        changed[0] &= 0x7f;
        assert_eq!(Point2::decode(&changed).err(), Some(Rule::Flags));
        assert_eq!(Point2::decode(&octets[..95]).err(), Some(Rule::Length));
        let sum = Point2::generator().add(&Point2::generator().neg());
        assert!(sum.is_identity());
        assert!(Point2::decode(&sum.encode()).is_ok_and(|point| point.is_identity()));
    }
}
