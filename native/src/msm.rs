//! Sums of multiples of points that come once: constant time for secrets, variable time for
//! verification. The two are different functions.

use blst::*;

use crate::g1::{to_affine, Affine, Point};
use crate::scalar::{wnaf_vartime, Scalar};
use crate::tables::{Table, Term};

/// Digit width of the constant-time path: 16 table entries, all read for every digit.
const CT_WIDTH: usize = 5;

/// Table pieces per point: one when a point is used once or twice, three when rows share the
/// doublings saved (measured: three cost 38 us more per point and save 25 us per row).
const CT_PIECES: [usize; 2] = [1, 3];

/// Width of the non-adjacent form on the variable-time path: odd multiples up to 15.
const WNAF_WIDTH: usize = 5;

/// From so many points on Pippenger's buckets win: for scalars of at most 128 bits, and for longer
/// ones, which Straus' method halves (measured).
const PIPPENGER_FROM: [usize; 2] = [26, 44];

/// One sum for each row over the same points. A point that does not stand in a row costs nothing
/// there.
///
/// Constant time in scalars and points; which points take part in which row is public, and so is
/// whether a point is the identity.
pub fn rows<R: AsRef<[Term]>>(points: &[Point], rows: &[R]) -> Vec<Point> {
    let shared = 2 * rows.len() > 3 * points.len();
    Table::build(points, CT_WIDTH, CT_PIECES[shared as usize]).sums(rows, 255)
}

/// `sum(scalars[i] * points[i])`, public input. Time depends on all of it; short scalars are
/// cheaper.
pub fn sum_vartime(points: &[Point], scalars: &[Scalar]) -> Point {
    let long = scalars.iter().any(|scalar| scalar.bits_vartime() > 128);
    if points.len() >= PIPPENGER_FROM[long as usize] {
        pippenger_vartime(points, scalars)
    } else {
        straus_vartime(points, scalars)
    }
}

fn straus_vartime(points: &[Point], scalars: &[Scalar]) -> Point {
    let table = Table::build(points, WNAF_WIDTH - 1, 1);
    let mut plans: Vec<(Vec<i8>, &[Affine], bool)> = Vec::with_capacity(2 * points.len());
    for (i, scalar) in scalars.iter().enumerate() {
        let Some(multiples) = table.odd_multiples(i) else {
            continue;
        };
        let (k1, k2) = scalar.split();
        for (half, endomorphism) in [(k1, false), (k2, true)] {
            if half != 0 {
                let mut digits = Vec::with_capacity(130);
                wnaf_vartime(half, WNAF_WIDTH as u32, &mut digits);
                plans.push((digits, multiples, endomorphism));
            }
        }
    }
    let length = plans.iter().map(|plan| plan.0.len()).max().unwrap_or(0);
    let mut acc = Point::identity();
    for position in (0..length).rev() {
        acc.double_in_place();
        for (digits, multiples, endomorphism) in &plans {
            let Some(&digit) = digits.get(position) else {
                continue;
            };
            if digit == 0 {
                continue;
            }
            let mut entry = multiples[digit.unsigned_abs() as usize / 2];
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
fn pippenger_vartime(points: &[Point], scalars: &[Scalar]) -> Point {
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
        for count in [0, 1, 2, 3, 5, 25, 60] {
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
            let row: Vec<Term> = scalars.iter().copied().enumerate().collect();
            for copies in [1, 2 * count + 1] {
                for sum in rows(&points, &vec![row.clone(); copies]) {
                    assert!(sum == expected, "rows {count}");
                }
            }
        }
    }

    #[test]
    fn equal_and_opposite_points_are_no_exception() {
        let point = map_uniform(&[9; 128]);
        let three = Scalar([3, 0, 0, 0]);
        let expected = naive(&point, &Scalar([6, 0, 0, 0]));
        let twice = [point, point];
        assert!(straus_vartime(&twice, &[three, three]) == expected);
        let both = vec![(0, three), (1, three)];
        assert!(rows(&twice, std::slice::from_ref(&both))[0] == expected);
        assert!(rows(&twice, &vec![both.clone(); 4])[3] == expected);
        let opposite = [point, point.neg()];
        assert!(straus_vartime(&opposite, &[three, three]).is_identity());
        assert!(rows(&opposite, std::slice::from_ref(&both))[0].is_identity());
        assert!(rows(&opposite, &vec![both; 4])[3].is_identity());
        assert!(pippenger_vartime(&opposite, &[three, three]).is_identity());
    }

    #[test]
    fn rows_skip_what_takes_no_part() {
        let (points, scalars) = input(4);
        let found = rows(&points, &[vec![(3, scalars[0])], vec![]]);
        assert!(found[0] == naive(&points[3], &scalars[0]));
        assert!(found[1].is_identity());
    }
}
