//! Scalars that stay inside: signing keys. Wiped when dropped; every operation is constant time.

use blst::*;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::g1::{encode_many, Point};
use crate::g2::Point2;
use crate::hashing::{hash_to_scalar, Expander};
use crate::msm::rows;
use crate::scalar::{Scalar, SCALAR_BYTES};
use crate::tables::{Table, Term};

/// How many quotients share one inversion and one pass.
const CHUNK: usize = 1024;

/// Below so many quotients wide tables cost more than they save.
const NARROW_BELOW: usize = 32;

/// A scalar in `1 .. r-1`.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret([u64; 4]);

impl Secret {
    /// `None` unless `0 < value < r`.
    pub fn from_be_bytes(octets: &[u8; SCALAR_BYTES]) -> Option<Self> {
        Self::new(Scalar::from_be_bytes(octets)?)
    }

    /// `None` for zero.
    pub fn new(scalar: Scalar) -> Option<Self> {
        (scalar.0 != [0; 4]).then_some(Self(scalar.0))
    }

    /// The 32 octets, big-endian.
    pub fn to_be_bytes(&self) -> [u8; SCALAR_BYTES] {
        Scalar(self.0).to_be_bytes()
    }

    /// `x * BP2`.
    pub fn public_key(&self) -> Point2 {
        let mut scalar = blst_scalar {
            b: Scalar(self.0).to_le_bytes(),
        };
        let mut out = blst_p2::default();
        // SAFETY: `scalar` is initialised and `out` writable.
        unsafe { blst_sk_to_pk_in_g2(&mut out, &scalar) };
        scalar.b.zeroize();
        Point2(out)
    }

    /// `x * point`.
    pub fn multiply(&self, point: &Point) -> Point {
        multiply(point, Scalar(self.0))
    }

    /// `1/(x + e) * point`; `None` when `x + e` is zero.
    pub fn divide_by_sum(&self, point: &Point, e: Scalar) -> Option<Point> {
        let quotients = self.inverses_of_sums(&[e])?;
        Some(multiply(point, quotients[0]))
    }

    /// Encodings of `1/(x + e) * point` for every `e`, joined; `None` when some `x + e` is zero.
    pub fn divide_by_sums(&self, point: &Point, es: &[Scalar]) -> Option<Vec<u8>> {
        let (width, pieces) = if es.len() < NARROW_BELOW {
            (4, 32)
        } else {
            (6, 22)
        };
        let table = Table::build(std::slice::from_ref(point), width, pieces);
        let mut out = Vec::with_capacity(48 * es.len());
        for chunk in es.chunks(CHUNK) {
            let quotients = self.inverses_of_sums(chunk)?;
            let rows: Zeroizing<Vec<[Term; 1]>> =
                Zeroizing::new(quotients.iter().map(|quotient| [(0, *quotient)]).collect());
            out.extend_from_slice(&encode_many(&table.sums(&rows, 255)));
        }
        Some(out)
    }

    /// `hash_to_scalar(x || suffix)`.
    pub fn hash_to_scalar(&self, expander: Expander, suffix: &[u8], dst: &[u8]) -> Scalar {
        let mut octets = self.to_be_bytes();
        let out = hash_to_scalar(expander, &[&octets, suffix], dst);
        octets.zeroize();
        out
    }

    /// `1/(x + e)` for every `e` with one constant-time inversion (Montgomery's trick).
    fn inverses_of_sums(&self, es: &[Scalar]) -> Option<Zeroizing<Vec<Scalar>>> {
        let mut secret = to_fr(Scalar(self.0));
        let mut sums = Vec::with_capacity(es.len());
        let mut products = Vec::with_capacity(es.len());
        let mut running = to_fr(Scalar([1, 0, 0, 0]));
        for e in es {
            let (e, mut sum, mut next) = (to_fr(*e), blst_fr::default(), blst_fr::default());
            // SAFETY: reads initialised elements, writes others.
            unsafe {
                blst_fr_add(&mut sum, &secret, &e);
                blst_fr_mul(&mut next, &running, &sum);
            }
            products.push(running);
            sums.push(sum);
            running = next;
        }
        secret.l.zeroize();
        let zero = running.l == [0; 4];
        let mut inverse = blst_fr::default();
        // SAFETY: reads an initialised element, writes another. Constant time (not `eucl`).
        unsafe { blst_fr_inverse(&mut inverse, &running) };
        let mut out = Zeroizing::new(vec![Scalar::default(); es.len()]);
        for i in (0..es.len()).rev() {
            let (mut quotient, mut next) = (blst_fr::default(), blst_fr::default());
            // SAFETY: reads initialised elements, writes others.
            unsafe {
                blst_fr_mul(&mut quotient, &inverse, &products[i]);
                blst_fr_mul(&mut next, &inverse, &sums[i]);
            }
            out[i] = from_fr(&quotient);
            inverse = next;
            quotient.l.zeroize();
        }
        for element in sums.iter_mut().chain(&mut products) {
            element.l.zeroize();
        }
        running.l.zeroize();
        inverse.l.zeroize();
        (!zero).then_some(out)
    }
}

/// `1/scalar`; `None` for zero. Constant time.
pub fn invert(scalar: Scalar) -> Option<Scalar> {
    let (mut element, mut inverse) = (to_fr(scalar), blst_fr::default());
    // SAFETY: reads an initialised element, writes another. Constant time (not `eucl`).
    unsafe { blst_fr_inverse(&mut inverse, &element) };
    let out = from_fr(&inverse);
    element.l.zeroize();
    inverse.l.zeroize();
    (scalar.0 != [0; 4]).then_some(out)
}

fn multiply(point: &Point, scalar: Scalar) -> Point {
    let row = Zeroizing::new([(0, scalar)]);
    rows(std::slice::from_ref(point), &[row.as_slice()])[0]
}

fn to_fr(scalar: Scalar) -> blst_fr {
    let mut out = blst_fr::default();
    // SAFETY: four limbs are readable, `out` is writable.
    unsafe { blst_fr_from_uint64(&mut out, scalar.0.as_ptr()) };
    out
}

fn from_fr(element: &blst_fr) -> Scalar {
    let mut limbs = [0u64; 4];
    // SAFETY: four limbs are writable, `element` is initialised.
    unsafe { blst_uint64_from_fr(limbs.as_mut_ptr(), element) };
    Scalar(limbs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g1::map_uniform;
    use crate::scalar::ORDER;

    fn secret(value: u64) -> Secret {
        Secret([value, 0, 0, 0])
    }

    #[test]
    fn quotients_multiply_back() {
        let point = map_uniform(&[3; 128]);
        let x = secret(0x1234_5678_9abc_def0);
        let es: Vec<Scalar> = (0..5).map(|i| Scalar([i, i * i, 0, 7])).collect();
        let joined = x.divide_by_sums(&point, &es);
        assert!(joined.is_some());
        for (e, octets) in es.iter().zip(joined.iter().flat_map(|all| all.chunks(48))) {
            let single = x.divide_by_sum(&point, *e);
            assert!(single
                .as_ref()
                .is_some_and(|quotient| quotient.encode() == octets));
            let quotient = single.unwrap_or_else(Point::identity);
            let back = x.multiply(&quotient).add(&multiply(&quotient, *e));
            assert!(back == point);
        }
    }

    #[test]
    fn zero_sum_is_refused() {
        let point = map_uniform(&[3; 128]);
        let minus_five = Scalar([ORDER[0].wrapping_sub(5), ORDER[1] - 1, ORDER[2], ORDER[3]]);
        let order_minus_five = Scalar([
            ORDER[0].wrapping_sub(5),
            ORDER[1] - u64::from(ORDER[0] < 5),
            ORDER[2],
            ORDER[3],
        ]);
        assert!(secret(5).divide_by_sum(&point, order_minus_five).is_none());
        assert!(secret(5).divide_by_sum(&point, minus_five).is_some());
        assert!(secret(5)
            .divide_by_sums(&point, &[Scalar([1, 0, 0, 0]), order_minus_five])
            .is_none());
    }

    #[test]
    fn inverses_multiply_to_one() {
        let point = map_uniform(&[3; 128]);
        for value in [1u64, 2, 0xffff_ffff_ffff_ffff] {
            let scalar = Scalar([value, 5, 0, 1]);
            let back = invert(scalar).map(|inverse| multiply(&multiply(&point, scalar), inverse));
            assert!(back.is_some_and(|back| back == point));
        }
        assert!(invert(Scalar([0; 4])).is_none());
    }

    #[test]
    fn zero_is_no_secret() {
        assert!(Secret::from_be_bytes(&[0; 32]).is_none());
        assert!(Secret::from_be_bytes(&[0xff; 32]).is_none());
    }
}
