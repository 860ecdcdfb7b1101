//! Sums of multiples of points that come once: constant time for secrets, variable time for
//! verification. The two are different functions.

use blst::*;
use zeroize::Zeroize;

use crate::g1::{to_affine, Affine, Point};
use crate::scalar::{booth, booth_count, wnaf_vartime, Scalar};

/// Digit width of the constant-time path: 16 table entries, all read for every digit.
const CT_WIDTH: usize = 5;
const CT_ENTRIES: usize = 1 << (CT_WIDTH - 1);
const CT_DIGITS: usize = booth_count(128, CT_WIDTH);

/// Width of the non-adjacent form on the variable-time path: odd multiples up to 15.
const WNAF_WIDTH: u32 = 5;
const WNAF_ENTRIES: usize = 1 << (WNAF_WIDTH - 2);

/// From this many points on Pippenger's buckets win (measured: `cargo bench` in the repository's
/// benchmarks prints both sides).
const PIPPENGER_FROM: usize = 24;

/// `entries[|digit| - 1]` with the digit's sign, the identity for zero. Reads every entry; constant
/// time.
#[inline]
pub(crate) fn select(entries: &[Affine], digit: i16) -> Affine {
    let magnitude = digit.unsigned_abs() as u64;
    let mut out = Affine::default();
    for (i, entry) in entries.iter().enumerate() {
        let difference = magnitude ^ (i as u64 + 1);
        // All ones where the entry is the one wanted, without a comparison that could branch.
        let mask = std::hint::black_box(((difference.wrapping_sub(1)) >> 63).wrapping_neg());
        for k in 0..6 {
            out.0.x.l[k] |= entry.0.x.l[k] & mask;
            out.0.y.l[k] |= entry.0.y.l[k] & mask;
        }
    }
    out.conditional_negate(digit < 0);
    out
}

/// `1*P, 2*P ... 16*P` for every point, affine, end to end.
fn multiples(points: &[Point]) -> Vec<Affine> {
    let mut all = Vec::with_capacity(points.len() * CT_ENTRIES);
    for point in points {
        let start = all.len();
        all.push(*point);
        for i in 1..CT_ENTRIES {
            let next: Point = if i % 2 == 1 {
                let half: &Point = &all[start + i / 2];
                half.double()
            } else {
                let previous: &Point = &all[start + i - 1];
                previous.add(point)
            };
            all.push(next);
        }
    }
    to_affine(&all)
}

/// One sum for each row over the same points. `None` in a row is public: the point takes no part.
///
/// Constant time in the scalars and points. About 8 us per point and 55 us per term.
pub fn rows(points: &[Point], rows: &[Vec<Option<Scalar>>]) -> Vec<Point> {
    let table = multiples(points);
    let mut out = Vec::with_capacity(rows.len());
    let mut digits: Vec<i16> = Vec::new();
    for row in rows {
        digits.zeroize();
        let mut terms = Vec::new();
        for (i, scalar) in row.iter().enumerate() {
            if let Some(scalar) = scalar {
                let (k1, k2) = scalar.split();
                booth(k1, CT_WIDTH as u32, CT_DIGITS, &mut digits);
                booth(k2, CT_WIDTH as u32, CT_DIGITS, &mut digits);
                terms.push(&table[i * CT_ENTRIES..(i + 1) * CT_ENTRIES]);
            }
        }
        let mut acc = Point::identity();
        for window in (0..CT_DIGITS).rev() {
            if window + 1 != CT_DIGITS {
                for _ in 0..CT_WIDTH {
                    acc.double_in_place();
                }
            }
            for (term, entries) in terms.iter().enumerate() {
                let at = 2 * term * CT_DIGITS + window;
                acc.add_affine(&select(entries, digits[at]));
                acc.add_affine(&select(entries, digits[at + CT_DIGITS]).times_z_squared());
            }
        }
        out.push(acc);
    }
    digits.zeroize();
    out
}

/// `sum(scalars[i] * points[i])`, public input. Time depends on all of it; short scalars are
/// cheaper.
pub fn sum_vartime(points: &[Point], scalars: &[Scalar]) -> Point {
    if points.len() >= PIPPENGER_FROM {
        pippenger_vartime(points, scalars)
    } else {
        straus_vartime(points, scalars)
    }
}

fn straus_vartime(points: &[Point], scalars: &[Scalar]) -> Point {
    let mut odd = Vec::with_capacity(points.len() * WNAF_ENTRIES);
    let mut used = Vec::with_capacity(points.len());
    for (point, scalar) in points.iter().zip(scalars) {
        let (k1, k2) = scalar.split();
        if (k1, k2) == (0, 0) || point.is_identity() {
            continue;
        }
        used.push((k1, k2));
        let twice = point.double();
        let mut multiple = *point;
        odd.push(multiple);
        for _ in 1..WNAF_ENTRIES {
            multiple = multiple.add(&twice);
            odd.push(multiple);
        }
    }
    let table = to_affine(&odd);
    let mut plans: Vec<(Vec<i8>, usize, bool)> = Vec::with_capacity(2 * used.len());
    for (i, (k1, k2)) in used.iter().enumerate() {
        for (half, endomorphism) in [(*k1, false), (*k2, true)] {
            if half != 0 {
                let mut digits = Vec::with_capacity(130);
                wnaf_vartime(half, WNAF_WIDTH, &mut digits);
                plans.push((digits, i * WNAF_ENTRIES, endomorphism));
            }
        }
    }
    let length = plans.iter().map(|plan| plan.0.len()).max().unwrap_or(0);
    let mut acc = Point::identity();
    for position in (0..length).rev() {
        acc.double_in_place();
        for (digits, start, endomorphism) in &plans {
            let Some(&digit) = digits.get(position) else {
                continue;
            };
            if digit == 0 {
                continue;
            }
            let mut entry = table[start + digit.unsigned_abs() as usize / 2];
            if *endomorphism {
                entry = entry.times_z_squared();
            }
            entry.conditional_negate(digit < 0);
            acc.add_affine(&entry);
        }
    }
    acc
}

/// Pippenger's method on affine points, for many of them. Public input.
pub(crate) fn pippenger_vartime(points: &[Point], scalars: &[Scalar]) -> Point {
    let mut kept_points = Vec::with_capacity(points.len());
    let mut octets = Vec::with_capacity(32 * points.len());
    let mut bits = 1;
    for (point, scalar) in points.iter().zip(scalars) {
        // blst's buckets do not expect the identity.
        if !point.is_identity() {
            kept_points.push(*point);
            octets.extend_from_slice(&scalar.to_le_bytes());
            bits = bits.max(scalar.bits_vartime());
        }
    }
    if kept_points.is_empty() {
        return Point::identity();
    }
    let affine = to_affine(&kept_points);
    // Null second pointers say that points and scalars lie side by side.
    let point_pointers = [affine.as_ptr().cast::<blst_p1_affine>(), std::ptr::null()];
    let scalar_pointers: Vec<*const u8> = octets.chunks_exact(32).map(<[u8]>::as_ptr).collect();
    let mut out = blst_p1::default();
    // SAFETY: the arrays hold as many points and 32-octet scalars as said; scratch has the size
    // blst asks for; `Affine` wraps exactly one blst point.
    unsafe {
        let size = blst_p1s_mult_pippenger_scratch_sizeof(affine.len());
        let mut scratch = vec![0u64; size.div_ceil(8)];
        blst_p1s_mult_pippenger(
            &mut out,
            point_pointers.as_ptr(),
            affine.len(),
            scalar_pointers.as_ptr(),
            bits,
            scratch.as_mut_ptr(),
        );
    }
    Point(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g1::map_uniform;
    use crate::scalar::ORDER;

    fn naive(point: &Point, scalar: &Scalar) -> Point {
        let mut total = Point::identity();
        for limb in scalar.0.iter().rev() {
            for bit in (0..64).rev() {
                total = total.double();
                if limb >> bit & 1 == 1 {
                    total = total.add(point);
                }
            }
        }
        total
    }

    fn input(count: usize) -> (Vec<Point>, Vec<Scalar>) {
        let mut state = 0x2545_f491_4f6c_dd1du64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let points = (0..count)
            .map(|i| match i {
                1 => Point::identity(),
                _ => map_uniform(&[i as u8; 128]),
            })
            .collect();
        let scalars = (0..count)
            .map(|i| match i {
                0 => Scalar([ORDER[0] - 1, ORDER[1], ORDER[2], ORDER[3]]),
                2 => Scalar([0; 4]),
                3 => Scalar([1, 0, 0, 0]),
                4 => Scalar([next(), next(), 0, 0]),
                _ => Scalar([next(), next(), next(), next() % ORDER[3]]),
            })
            .collect();
        (points, scalars)
    }

    #[test]
    fn all_methods_agree_with_doubling_and_adding() {
        for count in [0, 1, 2, 3, 5, 23, 24, 60] {
            let (points, scalars) = input(count);
            let expected = points
                .iter()
                .zip(&scalars)
                .fold(Point::identity(), |sum, (p, s)| sum.add(&naive(p, s)));
            assert!(
                straus_vartime(&points, &scalars) == expected,
                "straus {count}"
            );
            assert!(
                pippenger_vartime(&points, &scalars) == expected,
                "pippenger {count}"
            );
            let row = scalars.iter().map(|s| Some(*s)).collect();
            assert!(rows(&points, &[row])[0] == expected, "rows {count}");
        }
    }

    #[test]
    fn equal_and_opposite_points_are_no_exception() {
        let point = map_uniform(&[9; 128]);
        let three = Scalar([3, 0, 0, 0]);
        let expected = naive(&point, &Scalar([6, 0, 0, 0]));
        let twice = [point, point];
        assert!(straus_vartime(&twice, &[three, three]) == expected);
        assert!(rows(&twice, &[vec![Some(three), Some(three)]])[0] == expected);
        let opposite = [point, point.neg()];
        assert!(straus_vartime(&opposite, &[three, three]).is_identity());
        assert!(rows(&opposite, &[vec![Some(three), Some(three)]])[0].is_identity());
        assert!(pippenger_vartime(&opposite, &[three, three]).is_identity());
    }

    #[test]
    fn rows_skip_what_takes_no_part() {
        let (points, scalars) = input(4);
        let found = rows(
            &points,
            &[vec![None, None, None, Some(scalars[0])], vec![None; 4]],
        );
        assert!(found[0] == naive(&points[3], &scalars[0]));
        assert!(found[1].is_identity());
    }
}
