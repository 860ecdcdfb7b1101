//! Points that come back: their tables are built when they are first needed, and kept.

use std::ops::RangeInclusive;
use std::sync::OnceLock;

use blst::*;
use zeroize::Zeroizing;

use crate::g1::{Affine, Point};
use crate::msm::{rows, sum_vartime};
use crate::scalar::Scalar;
use crate::tables::{Table, Term};

/// Widths of windows. Wider ones stop paying (table reads, construction); so do narrower ones for
/// public scalars, since Pippenger's method needs no table (measured: from about 600 bases on).
const PUBLIC_WIDTHS: RangeInclusive<usize> = 7..=8;
const SECRET_WIDTHS: RangeInclusive<usize> = 4..=6;

/// Points with tables.
pub struct FixedBases {
    points: Vec<Point>,
    public: OnceLock<Option<Table>>,
    secret: OnceLock<Option<Table>>,
}

impl FixedBases {
    /// Keeps the points; builds nothing yet.
    pub fn new(points: Vec<Point>) -> Self {
        Self {
            points,
            public: OnceLock::new(),
            secret: OnceLock::new(),
        }
    }

    /// Number of bases.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there is no base.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Octets of the tables built so far.
    pub fn memory_octets(&self) -> usize {
        [&self.public, &self.secret]
            .into_iter()
            .filter_map(|cell| cell.get().and_then(Option::as_ref))
            .map(Table::octets)
            .sum()
    }

    /// The sum of each row's terms over the bases, for secret scalars of at most `bits` bits, a
    /// public bound. Rows of one call share their inversions.
    ///
    /// Constant time: the work depends on which bases take part and on `bits` only. The caller has
    /// checked indexes and lengths.
    pub fn sums<R: AsRef<[Term]>>(&self, rows: &[R], bits: usize) -> Vec<Point> {
        let table = self
            .secret
            .get_or_init(|| Table::within_bound(&self.points, SECRET_WIDTHS));
        match table {
            Some(table) => table.sums(rows, bits),
            None => rows
                .iter()
                .map(|row| self.without_table(row.as_ref()))
                .collect(),
        }
    }

    /// Tables of this one sum's points only.
    fn without_table(&self, terms: &[Term]) -> Point {
        let points: Vec<Point> = terms.iter().map(|&(i, _)| self.points[i]).collect();
        let scalars = terms.iter().map(|&(_, scalar)| scalar);
        let row = Zeroizing::new(scalars.enumerate().collect::<Vec<Term>>());
        rows(&points, &[row.as_slice()])[0]
    }

    /// `sum(scalars[i] * bases[i]) + sum(extra_scalars[j] * extra[j])`, all public. Variable time.
    pub fn sum_vartime(
        &self,
        scalars: &[Scalar],
        extra: &[Point],
        extra_scalars: &[Scalar],
    ) -> Point {
        let rest = sum_vartime(extra, extra_scalars);
        let table = self
            .public
            .get_or_init(|| Table::within_bound(&self.points, PUBLIC_WIDTHS));
        let Some(table) = table else {
            return sum_vartime(&self.points[..scalars.len()], scalars).add(&rest);
        };
        let mut terms = Vec::with_capacity(2 * (table.pieces + 1) * scalars.len());
        for (place, scalar) in table.places.iter().zip(scalars) {
            if let Some(place) = place {
                table.gather_vartime(*place, *scalar, &mut terms);
            }
        }
        add_all_vartime(&terms).add(&rest)
    }
}

/// Sum of affine points by shared inversions.
fn add_all_vartime(terms: &[Affine]) -> Point {
    if terms.is_empty() {
        return Point::identity();
    }
    // A null second pointer says that the points lie side by side.
    let pointers = [terms.as_ptr().cast::<blst_p1_affine>(), std::ptr::null()];
    let mut out = blst_p1::default();
    // SAFETY: `terms` holds that many points; `Affine` wraps exactly one blst point.
    unsafe { blst_p1s_add(&mut out, pointers.as_ptr(), terms.len()) };
    Point(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g1::map_uniform;
    use crate::scalar::ORDER;
    use crate::tables::MEMORY_BOUND;

    #[test]
    fn tables_agree_with_plain_sums() {
        let points: Vec<Point> = (0..9)
            .map(|i| match i {
                4 => Point::identity(),
                5 => map_uniform(&[0; 128]),
                _ => map_uniform(&[i as u8; 128]),
            })
            .collect();
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut scalars: Vec<Scalar> = (0..9)
            .map(|_| {
                let mut limbs = [0u64; 4];
                for limb in &mut limbs {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    *limb = state;
                }
                limbs[3] %= ORDER[3];
                Scalar(limbs)
            })
            .collect();
        scalars[0] = Scalar([ORDER[0] - 1, ORDER[1], ORDER[2], ORDER[3]]);
        scalars[1] = Scalar([0; 4]);
        scalars[2] = Scalar([1, 0, 0, 0]);
        let bases = FixedBases::new(points.clone());
        let expected = sum_vartime(&points, &scalars);
        let all: Vec<Term> = scalars.iter().copied().enumerate().collect();
        for bits in [128, 200, 255] {
            assert!(bases.sums(&[&all], bits) == [expected]);
        }
        assert!(bases.sum_vartime(&scalars, &[], &[]) == expected);
        assert!(bases.sum_vartime(&scalars, &points, &scalars) == expected.double());
        assert!(
            bases.sums(
                &[&[(3, scalars[0]), (7, scalars[1])], &all[..0], &all[2..3]],
                255
            ) == [
                sum_vartime(&[points[3], points[7]], &scalars[..2]),
                Point::identity(),
                points[2],
            ]
        );
        assert!(bases.sums::<&[Term]>(&[], 255).is_empty());
        assert!(bases.memory_octets() <= 2 * MEMORY_BOUND);
        for bits in [1usize, 2, 54, 64, 126, 127] {
            for value in [0, 1, 2, (1u128 << bits) - 1, (1u128 << bits) / 3] {
                let short = Scalar([value as u64, (value >> 64) as u64, 0, 0]);
                if value >> bits != 0 {
                    continue;
                }
                let expected = sum_vartime(&[points[3], points[6]], &[short; 2]);
                let terms = [(3, short), (4, short), (6, short)];
                let rows = [&terms[..], &terms[..0], &terms[2..]];
                let sums = bases.sums(&rows, bits);
                assert!(sums[0] == expected, "{bits} bits");
                assert!(sums[1].is_identity());
                assert!(sums[2] == sum_vartime(&points[6..7], &[short]));
                let mut public = [Scalar::default(); 9];
                (public[3], public[6]) = (short, short);
                assert!(bases.sum_vartime(&public, &[], &[]) == expected, "{value}");
            }
        }
    }

    #[test]
    fn too_many_bases_do_without_tables() {
        assert!(Table::full_octets(4200, *SECRET_WIDTHS.start()) > MEMORY_BOUND);
        assert!(Table::full_octets(1000, 5) <= MEMORY_BOUND);
    }
}
