//! Tables of multiples, and sums over them: for points that come back (`FixedBases`), and for points
//! that come once with secret scalars (`msm`).
//!
//! What is done. Both halves of a scalar are recoded into digits that are all odd. A table holds, for
//! some of the places a digit can stand at (`pieces`), the odd multiples of a base at that place; the
//! places between them (`steps`) are reached by doubling the sum. With one step there is no doubling
//! at all. For each digit one entry is taken, and the entries that belong to one half and one step
//! are summed affinely with shared inversions (`bulk`), over all halves and steps at once. What is
//! left is added by complete formulas.
//!
//! Why the chord formula suffices. The entries of one half are `d_i * 2^(w*i) * P` with odd `d_i`. Two
//! partial sums over disjoint sets of digits are never equal or opposite: in their difference or sum
//! the lowest digit's term is an odd multiple of `2^(w*i)` and all others are multiples of
//! `2^(w*(i+1))`, so that it is not zero as an integer, and below `2^134` it is not zero modulo the
//! order. For the same reason none is the identity. With several steps the sums of both halves of a
//! scalar, `a` and `b * z^2`, may be added by chord as well: `a` and `b` are odd and below `2^100`, and
//! no vector of the lattice of zero is that short (its shortest have about 127 bits). So nothing
//! about a secret has to be looked at.

use std::ops::RangeInclusive;
use std::sync::OnceLock;

use blst::*;
use zeroize::Zeroizing;

use crate::bulk::{add_distinct, sum_blocks, wipe, Scratch};
use crate::g1::{to_affine, Affine, Point};
use crate::msm::{rows, sum_vartime, Term};
use crate::scalar::{odd_digit, OddHalf, Scalar};

/// Most octets that one set of tables may take. Beyond it a narrower width is used, and beyond the
/// narrowest none at all.
const MEMORY_BOUND: usize = 64 << 20;

/// Widths of windows. Wider ones stop paying (table reads, construction); so do narrower ones for
/// public scalars, since Pippenger's method needs no table (measured: from about 600 bases on).
const PUBLIC_WIDTHS: RangeInclusive<usize> = 7..=8;
const SECRET_WIDTHS: RangeInclusive<usize> = 4..=6;

/// Pieces whose entries are built together, and halves of scalars that are summed together: what is
/// in work should stay in the cache.
const BUILT_TOGETHER: usize = 64;
const SUMMED_TOGETHER: usize = 64;

/// Points with tables.
pub struct FixedBases {
    points: Vec<Point>,
    public: OnceLock<Option<Table>>,
    secret: OnceLock<Option<Table>>,
}

/// For each base and piece, the odd multiples `1, 3 .. 2^width - 1` of
/// `2^(width * steps * piece) * base`.
pub(crate) struct Table {
    width: usize,
    pieces: usize,
    steps: usize,
    entries: Vec<Affine>,
    /// Where a base's entries stand; `None` for the identity, which has none and adds nothing.
    places: Vec<Option<usize>>,
}

impl Table {
    /// Without doublings: a piece for each digit.
    fn full_octets(count: usize, width: usize) -> usize {
        count * (128usize.div_ceil(width) << (width - 1)) * std::mem::size_of::<Affine>()
    }

    /// A full table with the widest windows within the bound; `None` when even the narrowest are too
    /// large.
    fn within_bound(points: &[Point], widths: RangeInclusive<usize>) -> Option<Self> {
        let width = widths
            .rev()
            .find(|&width| Self::full_octets(points.len(), width) <= MEMORY_BOUND)?;
        Some(Self::build(points, width, 128usize.div_ceil(width)))
    }

    /// Up to 40 us for each base and 0.3 us for each entry. Constant time in the points, except for
    /// which of them are the identity.
    pub(crate) fn build(points: &[Point], width: usize, pieces: usize) -> Self {
        let steps = 128usize.div_ceil(width * pieces);
        let half = 1usize << (width - 1);
        let (mut places, mut finite) = (Vec::with_capacity(points.len()), Vec::new());
        for point in points {
            places.push((!point.is_identity()).then_some(finite.len() * pieces * half));
            if !point.is_identity() {
                finite.push(*point);
            }
        }
        let mut entries = vec![Affine::default(); finite.len() * pieces * half];
        let together = BUILT_TOGETHER.div_ceil(pieces);
        for (several, entries) in finite
            .chunks(together)
            .zip(entries.chunks_mut(together * pieces * half))
        {
            let count = several.len() * pieces;
            let powers = to_affine(&powers_of_two(several, width, pieces, steps));
            let mut powers = powers.chunks_exact(count);
            // Multiples `1, 3 .. 2^k - 1` plus `2^k` are the next ones; odd and even never meet.
            let mut multiples = Vec::with_capacity(count * half);
            multiples.extend_from_slice(powers.next().unwrap_or_default());
            let mut scratch = Scratch::new(count * half / 2);
            for power in powers {
                let known = multiples.len();
                multiples.extend_from_within(..);
                let others = power.repeat(known / count);
                add_distinct(&mut multiples[known..], &others, &mut scratch);
            }
            for (i, level) in multiples.chunks_exact(count).enumerate() {
                for (piece, multiple) in level.iter().enumerate() {
                    entries[piece * half + i] = *multiple;
                }
            }
        }
        Self {
            width,
            pieces,
            steps,
            entries,
            places,
        }
    }

    fn piece(&self, place: usize, piece: usize) -> &[Affine] {
        let half = 1usize << (self.width - 1);
        let start = place + piece * half;
        &self.entries[start..start + half]
    }

    /// The odd multiples of a base itself; `None` for the identity.
    pub(crate) fn odd_multiples(&self, base: usize) -> Option<&[Affine]> {
        self.places[base].map(|place| self.piece(place, 0))
    }

    /// One sum for each row; scalars have at most `bits` bits, a public bound of at most 255.
    ///
    /// Constant time: every entry of every piece is read, and the work depends on which bases take
    /// part and on `bits` only. Whether a base is the identity is public.
    pub(crate) fn sums<R: AsRef<[Term]>>(&self, rows: &[R], bits: usize) -> Vec<Point> {
        if bits < 128 && self.steps == 1 {
            return self.short_sums(rows, bits);
        }
        let finite = |term: &&Term| self.places[term.0].is_some();
        let count: usize = rows.iter().map(|row| row.as_ref().len()).sum();
        let mut places = Vec::with_capacity(2 * count);
        let mut halves = Zeroizing::new(Vec::with_capacity(2 * count));
        for &(base, scalar) in rows.iter().flat_map(AsRef::as_ref) {
            if let Some(place) = self.places[base] {
                places.extend([place; 2]);
                halves.extend(scalar.split_odd());
            }
        }
        // Both halves of a scalar side by side, so that a table is fetched once.
        let mut sums = self.half_sums(&places, &halves, self.pieces);
        let mut first = Vec::with_capacity(sums.len() / 2);
        let mut second = Vec::with_capacity(sums.len() / 2);
        for pair in sums.chunks_exact(2 * self.steps) {
            first.extend_from_slice(&pair[..self.steps]);
            second.extend(pair[self.steps..].iter().map(Affine::times_z_squared));
        }
        if self.steps > 1 {
            let mut scratch = Scratch::new(first.len());
            add_distinct(&mut first, &second, &mut scratch);
        }
        let mut start = 0;
        let mut out = Vec::with_capacity(rows.len());
        for row in rows {
            let terms = row.as_ref().iter().filter(finite).count();
            let mut total = Point::identity();
            for step in (0..self.steps).rev() {
                if step + 1 != self.steps {
                    for _ in 0..self.width {
                        total.double_in_place();
                    }
                }
                for term in start..start + terms {
                    let at = term * self.steps + step;
                    total.add_affine(&first[at]);
                    if self.steps == 1 {
                        total.add_affine(&second[at]);
                    }
                }
            }
            start += terms;
            out.push(total);
        }
        for secret in [&mut sums, &mut first, &mut second] {
            wipe(secret);
        }
        out
    }

    /// Scalars below `2^127 < z^2` need no splitting, and that they are short is public. They are
    /// made odd by adding one to the even ones and subtracting the base again. Full tables only.
    fn short_sums<R: AsRef<[Term]>>(&self, rows: &[R], bits: usize) -> Vec<Point> {
        let count: usize = rows.iter().map(|row| row.as_ref().len()).sum();
        let mut places = Vec::with_capacity(count);
        let mut halves = Zeroizing::new(Vec::with_capacity(count));
        let mut totals = Vec::with_capacity(rows.len());
        let mut ends = Vec::with_capacity(rows.len());
        for row in rows {
            let mut total = Point::identity();
            for &(base, scalar) in row.as_ref() {
                let Some(place) = self.places[base] else {
                    continue;
                };
                let value = scalar.low();
                places.push(place);
                halves.push(OddHalf {
                    magnitude: value | 1,
                    negative: 0,
                });
                // Entry 0 for an even value, none for an odd one.
                let none = (value as u16 & 1).wrapping_neg();
                let mut correction = select(&self.piece(place, 0)[..1], none);
                correction.conditional_negate(true);
                total.add_affine(&correction);
            }
            totals.push(total);
            ends.push(places.len());
        }
        let mut sums = self.half_sums(&places, &halves, bits.div_ceil(self.width));
        let mut start = 0;
        for (total, end) in totals.iter_mut().zip(ends) {
            for sum in &sums[start..end] {
                total.add_affine(sum);
            }
            start = end;
        }
        wipe(&mut sums);
        totals
    }

    /// For each half and step, in this order: the sum over `pieces` of the digits of `halves[i]` times
    /// the base at `places[i]`. Halves are below `2^(width * steps * pieces)`.
    fn half_sums(&self, places: &[usize], halves: &[OddHalf], pieces: usize) -> Vec<Affine> {
        let digits = pieces * self.steps;
        let mut sums = Vec::with_capacity(self.steps * places.len());
        let mut terms = Vec::with_capacity(digits * places.len().min(SUMMED_TOGETHER));
        let mut scratch = Scratch::new(terms.capacity() / 2);
        for (places, halves) in places
            .chunks(SUMMED_TOGETHER)
            .zip(halves.chunks(SUMMED_TOGETHER))
        {
            terms.clear();
            for piece in 0..pieces {
                for (&place, &half) in places.iter().zip(halves) {
                    let entries = self.piece(place, piece);
                    for step in 0..self.steps {
                        let window = piece * self.steps + step;
                        let digit = odd_digit(half, self.width, digits, window);
                        let mut entry = select(entries, digit.unsigned_abs() >> 1);
                        entry.conditional_negate(digit < 0);
                        terms.push(entry);
                    }
                }
            }
            let groups = self.steps * places.len();
            sum_blocks(&mut terms, groups, &mut scratch);
            sums.extend_from_slice(&terms[..groups]);
            wipe(&mut terms);
        }
        sums
    }

    /// The table entries that add up to `scalar` times a base. Full tables only. Variable time.
    fn gather_vartime(&self, place: usize, scalar: Scalar, terms: &mut Vec<Affine>) {
        let (k1, k2) = scalar.split();
        // Long scalars have odd halves as well; short ones are made odd and corrected.
        let short = k2 >> 64 == 0;
        let halves = if short {
            [k1, k2].map(|half| OddHalf {
                magnitude: half | 1,
                negative: 0,
            })
        } else {
            scalar.split_odd()
        };
        for (odd, half, endomorphism) in [(halves[0], k1, false), (halves[1], k2, true)] {
            if short && half == 0 {
                continue;
            }
            let length = 128 - odd.magnitude.leading_zeros() as usize;
            let windows = length.div_ceil(self.width);
            let start = terms.len();
            for window in 0..windows {
                let digit = odd_digit(odd, self.width, windows, window);
                let mut entry = self.piece(place, window)[digit.unsigned_abs() as usize >> 1];
                entry.conditional_negate(digit < 0);
                terms.push(entry);
            }
            if short && half & 1 == 0 {
                let mut correction = self.piece(place, 0)[0];
                correction.conditional_negate(true);
                terms.push(correction);
            }
            if endomorphism {
                for entry in &mut terms[start..] {
                    *entry = entry.times_z_squared();
                }
            }
        }
    }
}

/// `2^k` times the base of each piece, for `k` in `0 .. width`: all pieces for `k = 0` first.
fn powers_of_two(bases: &[Point], width: usize, pieces: usize, steps: usize) -> Vec<Point> {
    let count = bases.len() * pieces;
    let mut powers = vec![Point::identity(); width * count];
    for (i, base) in bases.iter().enumerate() {
        let mut power = *base;
        for piece in 0..pieces {
            for k in 0..width * steps {
                if k < width {
                    powers[k * count + i * pieces + piece] = power;
                } else if piece + 1 == pieces {
                    break;
                }
                power.double_in_place();
            }
        }
    }
    powers
}

/// `entries[index]`, the identity when there is no such entry. Reads every entry; constant time.
#[inline]
fn select(entries: &[Affine], index: u16) -> Affine {
    let mut out = Affine::default();
    for (i, entry) in entries.iter().enumerate() {
        let difference = index as u64 ^ i as u64;
        // All ones where the entry is the one wanted, without a comparison that could branch.
        let mask = std::hint::black_box((difference.wrapping_sub(1) >> 63).wrapping_neg());
        for k in 0..6 {
            out.0.x.l[k] |= entry.0.x.l[k] & mask;
            out.0.y.l[k] |= entry.0.y.l[k] & mask;
        }
    }
    out
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
