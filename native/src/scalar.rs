//! Scalars: reading, splitting for the endomorphism, recoding into digits.
//!
//! A scalar at the border is 32 octets, big-endian, below the group order. Inside it is four 64-bit
//! limbs, least significant first.

use zeroize::DefaultIsZeroes;

/// The group order, least significant limb first.
pub const ORDER: [u64; 4] = [
    0xffff_ffff_0000_0001,
    0x53bd_a402_fffe_5bfe,
    0x3339_d808_09a1_d805,
    0x73ed_a753_299d_7d48,
];

/// Octets of a scalar at the border.
pub const SCALAR_BYTES: usize = 32;

/// `z^2`, the square of the curve parameter: multiplying by it is minus the endomorphism.
const Z_SQUARED: u128 = 0xac45_a401_0001_a402_0000_0001_0000_0000;

/// `floor(2^255 / z^2)`.
const RECIPROCAL: u128 = 0xbe35_f678_f00f_d56e_b1fb_7291_7b67_f717;

/// A scalar below the group order.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Scalar(pub [u64; 4]);

impl DefaultIsZeroes for Scalar {}

/// Half of a scalar: an odd magnitude, and all ones where it is to be subtracted.
#[derive(Clone, Copy, Default)]
pub struct OddHalf {
    /// Odd.
    pub magnitude: u128,
    /// Zero or all ones.
    pub negative: u128,
}

impl DefaultIsZeroes for OddHalf {}

impl Scalar {
    /// Read 32 octets; `None` when the value is not below the group order. Constant time.
    pub fn from_be_bytes(octets: &[u8; SCALAR_BYTES]) -> Option<Self> {
        let mut limbs = [0u64; 4];
        for (limb, chunk) in limbs.iter_mut().zip(octets.rchunks_exact(8)) {
            let mut word = [0u8; 8];
            word.copy_from_slice(chunk);
            *limb = u64::from_be_bytes(word);
        }
        let mut borrow = 0u64;
        for (limb, order) in limbs.iter().zip(ORDER) {
            let difference = (*limb as u128)
                .wrapping_sub(order as u128)
                .wrapping_sub(borrow as u128);
            borrow = ((difference >> 64) as u64) & 1;
        }
        (borrow == 1).then_some(Self(limbs))
    }

    /// Big-endian octets, the order of the border.
    pub fn to_be_bytes(self) -> [u8; SCALAR_BYTES] {
        let mut out = self.to_le_bytes();
        out.reverse();
        out
    }

    /// Little-endian octets, the order blst wants.
    pub fn to_le_bytes(self) -> [u8; SCALAR_BYTES] {
        let mut out = [0u8; SCALAR_BYTES];
        for (chunk, limb) in out.chunks_exact_mut(8).zip(self.0) {
            chunk.copy_from_slice(&limb.to_le_bytes());
        }
        out
    }

    /// The value modulo `2^128`.
    pub(crate) fn low(self) -> u128 {
        self.0[0] as u128 | (self.0[1] as u128) << 64
    }

    /// Number of significant bits. Variable time.
    pub fn bits_vartime(self) -> usize {
        (0..4)
            .rev()
            .find(|&i| self.0[i] != 0)
            .map_or(0, |i| 64 * i + 64 - self.0[i].leading_zeros() as usize)
    }

    /// `(k1, k2)` with `k = k1 + k2 * z^2` and both below `2^128`. Constant time.
    ///
    /// The estimate `floor(k * floor(2^255/z^2) / 2^255)` is at most two below the quotient, so two
    /// masked corrections make it exact.
    pub fn split(self) -> (u128, u128) {
        let low = self.low();
        let mut quotient = high_product(self.0);
        let mut rest = low.wrapping_sub(quotient.wrapping_mul(Z_SQUARED));
        // `rest` is exact modulo 2^128 but may exceed it once: track the high part as well.
        let mut high = (self.0[2] as u128 | (self.0[3] as u128) << 64)
            .wrapping_sub(mul_high(quotient, Z_SQUARED))
            .wrapping_sub((low < quotient.wrapping_mul(Z_SQUARED)) as u128);
        for _ in 0..2 {
            let (reduced, borrow) = rest.overflowing_sub(Z_SQUARED);
            let enough = ((high != 0) | !borrow) as u128;
            let mask = enough.wrapping_neg();
            high = high.wrapping_sub(enough & (borrow as u128));
            rest = (reduced & mask) | (rest & !mask);
            quotient = quotient.wrapping_add(enough);
        }
        debug_assert!(high == 0 && rest < Z_SQUARED);
        (rest, quotient)
    }
}

impl Scalar {
    /// `k = h1 + h2 * z^2` modulo the group order with both halves odd, for digits that are never
    /// zero. Constant time.
    ///
    /// Starts from `split` and subtracts vectors of the lattice of zero: `(1, z^2 - 1)` where `k1`
    /// is even, then `(z^2, -1)` where `k2` is even; `z^2` is even, so that the second leaves the
    /// first one's work alone. Magnitudes stay at or below `z^2 + 1`.
    pub fn split_odd(self) -> [OddHalf; 2] {
        let (k1, k2) = self.split();
        let first = (k1 & 1).wrapping_sub(1);
        let (k1, below1) = k1.overflowing_sub(first & 1);
        let (k2, below2) = k2.overflowing_sub(first & (Z_SQUARED - 1));
        let second = (k2 & 1).wrapping_sub(1);
        let (k1, below) = k1.overflowing_sub(second & Z_SQUARED);
        let (k2, above) = k2.overflowing_add(second & 1);
        [
            OddHalf::from_wrapped(k1, (below1 | below) as u128),
            OddHalf::from_wrapped(k2, (below2 & !above) as u128),
        ]
    }
}

impl OddHalf {
    /// From `value - negative * 2^128`.
    fn from_wrapped(value: u128, negative: u128) -> Self {
        let negative = negative.wrapping_neg();
        Self {
            magnitude: (value ^ negative).wrapping_sub(negative),
            negative,
        }
    }
}

/// The digit at `window` of an odd value below `2^(width * count)`, when all digits are odd and
/// between `-2^width` and `2^width`: `value = sum(digit(i) * 2^(width * i))`. Constant time; which
/// window it is is public.
///
/// Each digit is `2b + 1 - 2^width` with `b` the `width` bits above its own lowest one; the
/// subtractions telescope, and a bit set above the top window makes good for the last of them.
#[inline]
pub fn odd_digit(value: OddHalf, width: usize, count: usize, window: usize) -> i16 {
    let shift = width * window + 1;
    let above = if shift < 128 {
        value.magnitude >> shift
    } else {
        0
    };
    let mut bits = above as i16 & ((1 << width) - 1);
    if window + 1 == count {
        bits |= 1 << (width - 1);
    }
    let sign = value.negative as i16;
    ((2 * bits + 1 - (1 << width)) ^ sign).wrapping_sub(sign)
}

/// The high 128 bits of a 256-bit product.
fn mul_high(a: u128, b: u128) -> u128 {
    let (a0, a1) = (a as u64 as u128, a >> 64);
    let (b0, b1) = (b as u64 as u128, b >> 64);
    let middle = a1 * b0 + ((a0 * b0) >> 64);
    let cross = (middle as u64 as u128) + a0 * b1;
    a1 * b1 + (middle >> 64) + (cross >> 64)
}

/// `floor(k * RECIPROCAL / 2^255)` for a 255-bit `k`.
fn high_product(k: [u64; 4]) -> u128 {
    let m = [RECIPROCAL as u64, (RECIPROCAL >> 64) as u64];
    let mut product = [0u64; 6];
    for (i, &a) in k.iter().enumerate() {
        let mut carry = 0u128;
        for (j, &b) in m.iter().enumerate() {
            let sum = product[i + j] as u128 + a as u128 * b as u128 + carry;
            product[i + j] = sum as u64;
            carry = sum >> 64;
        }
        product[i + 2] = carry as u64;
    }
    // Bits 255 .. 382 of the product.
    let low = (product[3] >> 63) as u128 | (product[4] as u128) << 1;
    low | (product[5] as u128) << 65
}

/// Width-`width` non-adjacent form, least significant first; digits are odd or zero. Variable
/// time.
pub fn wnaf_vartime(mut value: u128, width: u32, digits: &mut Vec<i8>) {
    let modulus = 1i32 << width;
    while value != 0 {
        let mut overflow = false;
        let mut digit = 0i32;
        if value & 1 == 1 {
            let low = (value & (modulus as u128 - 1)) as i32;
            digit = if low >= modulus / 2 {
                low - modulus
            } else {
                low
            };
            let (rest, carry) = if digit >= 0 {
                (value - digit as u128, false)
            } else {
                value.overflowing_add(digit.unsigned_abs() as u128)
            };
            value = rest;
            overflow = carry;
        }
        digits.push(digit as i8);
        value = (value >> 1) | ((overflow as u128) << 127);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(limbs: [u64; 4]) -> Scalar {
        Scalar(limbs)
    }

    fn edges() -> Vec<Scalar> {
        let mut all = vec![
            scalar([0, 0, 0, 0]),
            scalar([1, 0, 0, 0]),
            scalar([u64::MAX, u64::MAX, 0, 0]),
            scalar([0, 0, 1, 0]),
            scalar([ORDER[0] - 1, ORDER[1], ORDER[2], ORDER[3]]),
            scalar([Z_SQUARED as u64, (Z_SQUARED >> 64) as u64, 0, 0]),
            scalar([
                Z_SQUARED as u64 - 1 + (1 << 63),
                (Z_SQUARED >> 64) as u64,
                0,
                0,
            ]),
        ];
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..2000 {
            let mut limbs = [0u64; 4];
            for limb in &mut limbs {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                *limb = state;
            }
            limbs[3] %= ORDER[3];
            all.push(scalar(limbs));
        }
        all
    }

    fn recombine(k1: u128, k2: u128) -> [u64; 4] {
        let low = k2.wrapping_mul(Z_SQUARED);
        let high = mul_high(k2, Z_SQUARED);
        let (low, carry) = low.overflowing_add(k1);
        let high = high + carry as u128;
        [
            low as u64,
            (low >> 64) as u64,
            high as u64,
            (high >> 64) as u64,
        ]
    }

    #[test]
    fn split_is_exact_and_short() {
        for k in edges() {
            let (k1, k2) = k.split();
            assert!(k1 < Z_SQUARED);
            assert_eq!(recombine(k1, k2), k.0);
        }
    }

    #[test]
    fn order_and_above_are_refused() {
        let mut octets = [0u8; 32];
        for (chunk, limb) in octets.rchunks_exact_mut(8).zip(ORDER) {
            chunk.copy_from_slice(&limb.to_be_bytes());
        }
        assert!(Scalar::from_be_bytes(&octets).is_none());
        octets[31] -= 1;
        assert!(Scalar::from_be_bytes(&octets).is_some());
        assert!(Scalar::from_be_bytes(&[0xff; 32]).is_none());
        assert!(Scalar::from_be_bytes(&[0; 32]).is_some());
    }

    #[test]
    fn odd_halves_are_odd_and_make_the_scalar() {
        for k in edges() {
            let [h1, h2] = k.split_odd();
            // h1 + h2 * z^2 - k is a multiple of the order: checked in the group, on tables, for
            // random k; here modulo 2^64 against the few multiples it can be.
            let value = |half: OddHalf| match half.negative {
                0 => half.magnitude as u64,
                _ => (half.magnitude as u64).wrapping_neg(),
            };
            assert!(h1.magnitude & h2.magnitude & 1 == 1);
            assert!(h1.magnitude <= Z_SQUARED + 1 && h2.magnitude < Z_SQUARED);
            let sum = value(h1).wrapping_add(value(h2).wrapping_mul(Z_SQUARED as u64));
            let off = k.0[0].wrapping_sub(sum);
            assert!(off == 0 || off == ORDER[0], "{off}");
        }
    }

    #[test]
    fn odd_digits_sum_to_the_value() {
        for magnitude in [
            1u128,
            3,
            u128::MAX,
            (1 << 127) + 1,
            Z_SQUARED + 1,
            0x1234_5679,
        ] {
            for (width, count) in [(4, 32), (5, 26), (6, 22), (7, 19), (8, 16)] {
                for negative in [0, u128::MAX] {
                    let half = OddHalf {
                        magnitude,
                        negative,
                    };
                    let mut total = 0u128;
                    for window in (0..count).rev() {
                        let digit = odd_digit(half, width, count, window);
                        assert!(digit & 1 == 1 && digit.unsigned_abs() < 1 << width);
                        total = (total << width).wrapping_add(digit as i128 as u128);
                    }
                    assert_eq!(total, (magnitude ^ negative).wrapping_sub(negative));
                }
            }
        }
    }

    #[test]
    fn wnaf_digits_sum_to_the_value() {
        for value in [
            0,
            1,
            u128::MAX,
            u128::MAX - 1,
            1 << 127,
            Z_SQUARED,
            0x1234_5678_9abc,
        ] {
            let mut digits = Vec::new();
            wnaf_vartime(value, 5, &mut digits);
            let mut total = 0u128;
            for &digit in digits.iter().rev() {
                assert!(digit == 0 || digit % 2 != 0);
                total = total.wrapping_mul(2).wrapping_add(digit as i128 as u128);
            }
            assert_eq!(total, value);
        }
    }
}
