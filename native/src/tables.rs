//! Tables of multiples, and sums over them: for points that come back (`fixed`), and for points that
//! come once with secret scalars (`msm`).
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

use zeroize::Zeroizing;

use crate::bulk::{add_distinct, sum_blocks, wipe, Scratch};
use crate::g1::{to_affine, Affine, Point};
use crate::scalar::{odd_digit, OddHalf, Scalar};

/// Most octets that one set of tables may take. Beyond it a narrower width is used, and beyond the
/// narrowest none at all.
pub(crate) const MEMORY_BOUND: usize = 64 << 20;

/// Pieces whose entries are built together, and halves of scalars that are summed together: what is
/// in work should stay in the cache.
const BUILT_TOGETHER: usize = 64;
const SUMMED_TOGETHER: usize = 64;

/// What a sum is made of: which point, times which scalar.
pub type Term = (usize, Scalar);

/// For each base and piece, the odd multiples `1, 3 .. 2^width - 1` of
/// `2^(width * steps * piece) * base`.
pub(crate) struct Table {
    width: usize,
    pub(crate) pieces: usize,
    steps: usize,
    entries: Vec<Affine>,
    /// Where a base's entries stand; `None` for the identity, which has none and adds nothing.
    pub(crate) places: Vec<Option<usize>>,
}

impl Table {
    /// Without doublings: a piece for each digit.
    pub(crate) fn full_octets(count: usize, width: usize) -> usize {
        count * (128usize.div_ceil(width) << (width - 1)) * std::mem::size_of::<Affine>()
    }

    /// Octets of the entries.
    pub(crate) fn octets(&self) -> usize {
        self.entries.len() * std::mem::size_of::<Affine>()
    }

    /// A full table with the widest windows within the bound; `None` when even the narrowest are too
    /// large.
    pub(crate) fn within_bound(points: &[Point], widths: RangeInclusive<usize>) -> Option<Self> {
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
    pub(crate) fn gather_vartime(&self, place: usize, scalar: Scalar, terms: &mut Vec<Affine>) {
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
