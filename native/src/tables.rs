//! Tables of multiples for points that come back. Two sets, built on first use: wide ones for public
//! scalars, narrow ones that are read in full for secret ones.

use std::sync::OnceLock;

use blst::*;
use zeroize::Zeroize;

use crate::g1::{to_affine, Affine, Point};
use crate::msm::{pippenger_vartime, rows, select, sum_vartime};
use crate::scalar::{booth, booth_count, Scalar};

/// Most octets that one set of tables may take. Beyond it a narrower width is used, and beyond the
/// narrowest none at all.
const MEMORY_BOUND: usize = 64 << 20;

/// Widest windows: wider ones stop paying (table reads, construction).
const PUBLIC_WIDTHS: std::ops::RangeInclusive<usize> = 4..=8;
const SECRET_WIDTHS: std::ops::RangeInclusive<usize> = 4..=6;

/// Points with tables.
pub struct FixedBases {
    points: Vec<Point>,
    public: OnceLock<Option<Table>>,
    secret: OnceLock<Option<Table>>,
}

/// For each base and window, the multiples `1 ..= 2^(width-1)` of `2^(width*window) * base`.
struct Table {
    width: usize,
    windows: usize,
    entries: Vec<Affine>,
}

impl Table {
    fn octets(count: usize, width: usize) -> usize {
        let per_base = booth_count(128, width) << (width - 1);
        count * per_base * std::mem::size_of::<Affine>()
    }

    /// The widest table within the bound; `None` when even the narrowest is too large.
    fn build(points: &[Point], widths: std::ops::RangeInclusive<usize>) -> Option<Self> {
        let width = widths
            .rev()
            .find(|&width| Self::octets(points.len(), width) <= MEMORY_BOUND)?;
        let windows = booth_count(128, width);
        let half = 1usize << (width - 1);
        let mut entries = Vec::with_capacity(points.len() * windows * half);
        let mut row = Vec::with_capacity(windows * half);
        for point in points {
            row.clear();
            let mut base = *point;
            for _ in 0..windows {
                let start = row.len();
                row.push(base);
                for i in 1..half {
                    let next: Point = if i % 2 == 1 {
                        let part: &Point = &row[start + i / 2];
                        part.double()
                    } else {
                        let previous: &Point = &row[start + i - 1];
                        previous.add(&base)
                    };
                    row.push(next);
                }
                base = row[start + half - 1].double();
            }
            entries.extend_from_slice(&to_affine(&row));
        }
        Some(Self {
            width,
            windows,
            entries,
        })
    }

    fn window(&self, base: usize, window: usize) -> &[Affine] {
        let half = 1usize << (self.width - 1);
        let start = (base * self.windows + window) * half;
        &self.entries[start..start + half]
    }
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
            .map(|table| table.entries.len() * std::mem::size_of::<Affine>())
            .sum()
    }

    /// `sum(scalars[i] * bases[used[i]])` for secret scalars of at most `bits` bits, a public bound.
    ///
    /// Constant time: every entry of every window is read, additions are complete, and the work
    /// depends on `used` and `bits` only. The caller has checked indexes and lengths.
    pub fn sum(&self, used: &[usize], scalars: &[Scalar], bits: usize) -> Point {
        let table = self
            .secret
            .get_or_init(|| Table::build(&self.points, SECRET_WIDTHS));
        let Some(table) = table else {
            let points: Vec<Point> = used.iter().map(|&i| self.points[i]).collect();
            let row = scalars.iter().map(|scalar| Some(*scalar)).collect();
            return rows(&points, &[row]).pop().unwrap_or_else(Point::identity);
        };
        let mut acc = Point::identity();
        let mut digits: Vec<i16> = Vec::with_capacity(2 * table.windows);
        // Below 2^127 < z^2 the split is trivial, and that the scalar is short is public.
        let short = bits < 128;
        let count = booth_count(bits.min(128), table.width);
        for (&base, scalar) in used.iter().zip(scalars) {
            let (k1, k2) = scalar.split();
            digits.clear();
            booth(k1, table.width as u32, count, &mut digits);
            if !short {
                booth(k2, table.width as u32, count, &mut digits);
            }
            for window in 0..count {
                let entries = table.window(base, window);
                acc.add_affine(&select(entries, digits[window]));
                if !short {
                    acc.add_affine(&select(entries, digits[count + window]).times_z_squared());
                }
            }
        }
        digits.zeroize();
        acc
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
            .get_or_init(|| Table::build(&self.points, PUBLIC_WIDTHS));
        let Some(table) = table else {
            return pippenger_vartime(&self.points[..scalars.len()], scalars).add(&rest);
        };
        let mut terms: Vec<Affine> = Vec::with_capacity(2 * table.windows * scalars.len() + 1);
        let mut digits: Vec<i16> = Vec::with_capacity(table.windows);
        for (base, scalar) in scalars.iter().enumerate() {
            let (k1, k2) = scalar.split();
            for (half, endomorphism) in [(k1, false), (k2, true)] {
                if half == 0 {
                    continue;
                }
                digits.clear();
                booth(half, table.width as u32, table.windows, &mut digits);
                for (window, &digit) in digits.iter().enumerate() {
                    if digit == 0 {
                        continue;
                    }
                    let mut entry = table.window(base, window)[digit.unsigned_abs() as usize - 1];
                    if endomorphism {
                        entry = entry.times_z_squared();
                    }
                    entry.conditional_negate(digit < 0);
                    terms.push(entry);
                }
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
        let all: Vec<usize> = (0..9).collect();
        assert!(bases.sum(&all, &scalars, 255) == expected);
        assert!(bases.sum_vartime(&scalars, &[], &[]) == expected);
        assert!(bases.sum_vartime(&scalars, &points, &scalars) == expected.double());
        assert!(
            bases.sum(&[3, 7], &scalars[..2], 255)
                == sum_vartime(&[points[3], points[7]], &scalars[..2])
        );
        assert!(bases.sum(&[], &[], 255).is_identity());
        assert!(bases.memory_octets() <= 2 * MEMORY_BOUND);
        for bits in [1usize, 2, 54, 64, 126, 127, 128, 200] {
            let mut short = Scalar([u64::MAX; 4]);
            for (i, limb) in short.0.iter_mut().enumerate() {
                let left = bits.saturating_sub(64 * i).min(64);
                *limb = if left == 64 {
                    u64::MAX
                } else {
                    (1 << left) - 1
                };
            }
            assert!(
                bases.sum(&[3], &[short], bits) == sum_vartime(&points[3..4], &[short]),
                "{bits} bits"
            );
        }
    }

    #[test]
    fn too_many_bases_do_without_tables() {
        assert!(Table::octets(4200, *SECRET_WIDTHS.start()) > MEMORY_BOUND);
        assert!(Table::octets(257, 5) <= MEMORY_BOUND);
    }
}
