//! Points of G1: reading, writing, adding.

use blst::*;

use crate::Rule;

/// Octets of a compressed point.
pub const G1_BYTES: usize = 48;

/// A point of the subgroup. The only ways to one are checked decoding, hashing and arithmetic.
#[derive(Clone, Copy)]
pub struct Point(pub(crate) blst_p1);

/// A point with `Z = 1`; both coordinates zero stand for the identity.
#[derive(Clone, Copy, Default)]
pub(crate) struct Affine(pub(crate) blst_p1_affine);

impl Point {
    /// The identity.
    pub fn identity() -> Self {
        Self(blst_p1::default())
    }

    /// The standard generator.
    pub fn generator() -> Self {
        // SAFETY: blst returns a pointer to a static, initialised point.
        Self(unsafe { *blst_p1_generator() })
    }

    /// Read 48 compressed octets: exactly one encoding of each point, the identity among them.
    ///
    /// Variable time (the octets are public). About 55 us, most of it square root and subgroup
    /// check.
    pub fn decode(octets: &[u8]) -> Result<Self, Rule> {
        if octets.len() != G1_BYTES {
            return Err(Rule::Length);
        }
        if identity_by_flags(octets)? {
            return Ok(Self::identity());
        }
        let mut affine = blst_p1_affine::default();
        // SAFETY: 48 octets are there, and `affine` is writable.
        let outcome = unsafe { blst_p1_uncompress(&mut affine, octets.as_ptr()) };
        match outcome {
            BLST_ERROR::BLST_SUCCESS => {}
            BLST_ERROR::BLST_BAD_ENCODING => return Err(Rule::Coordinate),
            // blst names (0, ±2), of order three, before any check of the subgroup.
            BLST_ERROR::BLST_POINT_NOT_IN_GROUP => return Err(Rule::Subgroup),
            _ => return Err(Rule::Curve),
        }
        // SAFETY: `affine` was initialised by a successful decoding.
        if !unsafe { blst_p1_affine_in_g1(&affine) } {
            return Err(Rule::Subgroup);
        }
        Ok(Self::from_affine(&Affine(affine)))
    }

    pub(crate) fn from_affine(affine: &Affine) -> Self {
        let mut out = blst_p1::default();
        // SAFETY: both are initialised and distinct.
        unsafe { blst_p1_from_affine(&mut out, &affine.0) };
        Self(out)
    }

    /// Compressed octets.
    pub fn encode(&self) -> [u8; G1_BYTES] {
        let mut out = [0u8; G1_BYTES];
        // SAFETY: 48 octets are writable.
        unsafe { blst_p1_compress(out.as_mut_ptr(), &self.0) };
        out
    }

    /// Whether this is the identity.
    pub fn is_identity(&self) -> bool {
        // SAFETY: reads an initialised point.
        unsafe { blst_p1_is_inf(&self.0) }
    }

    /// Sum; complete.
    pub fn add(&self, other: &Self) -> Self {
        let mut out = blst_p1::default();
        // SAFETY: reads two initialised points, writes a third.
        unsafe { blst_p1_add_or_double(&mut out, &self.0, &other.0) };
        Self(out)
    }

    /// Negative.
    pub fn neg(&self) -> Self {
        let mut out = self.0;
        // SAFETY: `out` is initialised.
        unsafe { blst_p1_cneg(&mut out, true) };
        Self(out)
    }

    /// Double; complete.
    #[cfg(test)]
    pub(crate) fn double(&self) -> Self {
        let mut out = blst_p1::default();
        // SAFETY: reads an initialised point, writes another.
        unsafe { blst_p1_double(&mut out, &self.0) };
        Self(out)
    }

    /// Add an affine point; complete and constant time.
    #[inline]
    pub(crate) fn add_affine(&mut self, other: &Affine) {
        let acc: *mut blst_p1 = &mut self.0;
        // SAFETY: blst allows output and first input to be the same point.
        unsafe { blst_p1_add_or_double_affine(acc, acc, &other.0) };
    }

    /// Double in place.
    #[inline]
    pub(crate) fn double_in_place(&mut self) {
        let acc: *mut blst_p1 = &mut self.0;
        // SAFETY: blst allows output and input to be the same point.
        unsafe { blst_p1_double(acc, acc) };
    }
}

impl PartialEq for Point {
    fn eq(&self, other: &Self) -> bool {
        // SAFETY: reads two initialised points.
        unsafe { blst_p1_is_equal(&self.0, &other.0) }
    }
}

impl Eq for Point {}

impl Affine {
    /// `-self` where `negative`; constant time.
    #[inline]
    pub(crate) fn conditional_negate(&mut self, negative: bool) {
        let y: *mut blst_fp = &mut self.0.y;
        // SAFETY: blst allows output and input to be the same element.
        unsafe { blst_fp_cneg(y, y, negative) };
    }

    /// `z^2 * self`: minus the endomorphism `(beta * x, y)`.
    #[inline]
    pub(crate) fn times_z_squared(&self) -> Self {
        let mut out = *self;
        let y: *mut blst_fp = &mut out.0.y;
        // SAFETY: writes initialised elements; blst allows output and input to be the same.
        unsafe {
            blst_fp_mul(&mut out.0.x, &self.0.x, &BETA);
            blst_fp_cneg(y, y, true);
        }
        out
    }
}

/// The cube root of unity in the field for which `(beta * x, y) = -z^2 * (x, y)`, in Montgomery
/// form. Checked by the test below.
static BETA: blst_fp = blst_fp {
    l: [
        0x30f1_361b_798a_64e8,
        0xf3b8_ddab_7ece_5a2a,
        0x16a8_ca3a_c615_77f7,
        0xc26a_2ff8_74fd_029b,
        0x3636_b766_6070_1c6e,
        0x051b_a4ab_241b_6160,
    ],
};

/// The points in affine form; one inversion for all. Constant time.
pub(crate) fn to_affine(points: &[Point]) -> Vec<Affine> {
    let mut out = vec![Affine::default(); points.len()];
    if points.is_empty() {
        return out;
    }
    // A null second pointer says that the points lie side by side.
    let pointers = [points.as_ptr().cast::<blst_p1>(), std::ptr::null()];
    // SAFETY: `Point` and `Affine` wrap exactly one blst point each, and `out` has room for all.
    unsafe {
        blst_p1s_to_affine(
            out.as_mut_ptr().cast::<blst_p1_affine>(),
            pointers.as_ptr(),
            points.len(),
        );
    }
    out
}

/// Encodings of all points, joined; one inversion for all.
pub fn encode_many(points: &[Point]) -> Vec<u8> {
    let mut out = vec![0u8; G1_BYTES * points.len()];
    for (affine, chunk) in to_affine(points).iter().zip(out.chunks_exact_mut(G1_BYTES)) {
        // SAFETY: the chunk has 48 writable octets.
        unsafe { blst_p1_affine_compress(chunk.as_mut_ptr(), &affine.0) };
    }
    out
}

/// Two field elements of 64 octets each, mapped to the curve and added, cofactor cleared
/// (RFC 9380, `hash_to_curve` after expansion).
pub fn map_uniform(octets: &[u8; 128]) -> Point {
    let (mut u, mut v) = (blst_fp::default(), blst_fp::default());
    let mut out = blst_p1::default();
    // SAFETY: 64 octets are readable at each pointer; outputs are writable.
    unsafe {
        blst_fp_from_be_bytes(&mut u, octets.as_ptr(), 64);
        blst_fp_from_be_bytes(&mut v, octets[64..].as_ptr(), 64);
        blst_map_to_g1(&mut out, &u, &v);
    }
    Point(out)
}

/// Whether compressed octets of either group are the identity's; `Rule::Flags` for flag bits that
/// no encoder sets.
pub(crate) fn identity_by_flags(octets: &[u8]) -> Result<bool, Rule> {
    let first = octets[0];
    if first & 0x80 == 0 {
        return Err(Rule::Flags);
    }
    if first & 0x40 == 0 {
        return Ok(false);
    }
    if first != 0xc0 || octets[1..].iter().any(|&octet| octet != 0) {
        return Err(Rule::Flags);
    }
    Ok(true)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// `k * point` by doubling and adding.
    pub(crate) fn times(point: &Point, mut k: u128) -> Point {
        let (mut total, mut power) = (Point::identity(), *point);
        while k != 0 {
            if k & 1 == 1 {
                total = total.add(&power);
            }
            power = power.double();
            k >>= 1;
        }
        total
    }

    #[test]
    fn endomorphism_is_multiplication_by_z_squared() {
        let point = map_uniform(&[7; 128]);
        let image = to_affine(&[point])[0].times_z_squared();
        let expected = times(&point, 0xac45_a401_0001_a402_0000_0001_0000_0000);
        assert!(Point::from_affine(&image) == expected);
    }

    #[test]
    fn identity_has_one_encoding() {
        let octets = Point::identity().encode();
        assert!(Point::decode(&octets).is_ok_and(|point| point.is_identity()));
        for flags in [0x40, 0xe0, 0x60, 0x00, 0x20] {
            let mut changed = octets;
            changed[0] = flags;
            assert_eq!(Point::decode(&changed).err(), Some(Rule::Flags));
        }
        let mut changed = octets;
        changed[47] = 1;
        assert_eq!(Point::decode(&changed).err(), Some(Rule::Flags));
    }

    #[test]
    fn rules_are_told_apart() {
        assert_eq!(Point::decode(&[0x80; 47]).err(), Some(Rule::Length));
        let mut above = [0xff; 48];
        above[0] = 0x9f;
        assert_eq!(Point::decode(&above).err(), Some(Rule::Coordinate));
        let (mut curve, mut subgroup) = (0, 0);
        // x = 0 among them: two points of order three.
        for x in 0u8..60 {
            let mut octets = [0u8; 48];
            octets[0] = 0x80;
            octets[47] = x;
            match Point::decode(&octets) {
                Err(Rule::Curve) => curve += 1,
                Err(Rule::Subgroup) => subgroup += 1,
                other => assert!(x > 0 && other.is_ok()),
            }
        }
        assert!(curve > 10 && subgroup > 10);
    }

    #[test]
    fn encoding_round_trips() {
        for seed in 0..20u8 {
            let point = map_uniform(&[seed; 128]);
            let octets = point.encode();
            let again = Point::decode(&octets).ok().filter(|again| *again == point);
            assert!(again.is_some());
            assert_eq!(encode_many(&[point, Point::identity()])[..48], octets);
        }
    }
}
