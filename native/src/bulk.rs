//! Affine additions in bulk: many independent sums share one field inversion, so that each costs
//! about half of a mixed addition (Montgomery's trick). Constant time.
//!
//! The formula is the plain chord: it needs two points whose x coordinates differ, neither of them
//! the identity. Callers say why theirs are; nothing here looks.

use blst::*;
use zeroize::Zeroize;

use crate::g1::Affine;

/// Room for the running products; wiped when dropped, for they can come from secrets.
pub(crate) struct Scratch(Vec<blst_fp>);

impl Scratch {
    /// For so many additions at once.
    pub(crate) fn new(additions: usize) -> Self {
        Self(Vec::with_capacity(additions + 1))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        for element in &mut self.0 {
            element.l.zeroize();
        }
    }
}

/// `sums[i] += others[i]` for every `i`. The points of each pair are finite and neither equal nor
/// opposite.
pub(crate) fn add_distinct(sums: &mut [Affine], others: &[Affine], scratch: &mut Scratch) {
    debug_assert_eq!(sums.len(), others.len());
    // `before[i]` is the product of the runs (differences of x) of all pairs before `i`. Results are
    // written where they stay: moving field elements about took a fifth of the time.
    let before = &mut scratch.0;
    if before.len() <= sums.len() {
        before.resize(sums.len() + 1, blst_fp::default());
    }
    before[0] = one();
    let [mut run, mut rise, mut slope, mut x] = [blst_fp::default(); 4];
    for (i, (sum, other)) in sums.iter().zip(others).enumerate() {
        subtract(&mut run, &other.0.x, &sum.0.x);
        debug_assert!(run.l != [0; 6] && sum.0.y.l != [0; 6] && other.0.y.l != [0; 6]);
        let (known, next) = before.split_at_mut(i + 1);
        multiply(&mut next[0], &known[i], &run);
    }
    let mut inverse = blst_fp::default();
    // SAFETY: reads an initialised element, writes another. Constant time (not `eucl`).
    unsafe { blst_fp_inverse(&mut inverse, &before[sums.len()]) };
    for ((sum, other), before) in sums.iter_mut().zip(others).zip(before.iter()).rev() {
        subtract(&mut run, &other.0.x, &sum.0.x);
        subtract(&mut rise, &other.0.y, &sum.0.y);
        // 1/run: the inverse of all runs up to here, times all runs before.
        multiply(&mut slope, &inverse, before);
        multiply_by(&mut slope, &rise);
        multiply_by(&mut inverse, &run);
        square(&mut x, &slope);
        subtract_from(&mut x, &sum.0.x);
        subtract_from(&mut x, &other.0.x);
        // y = slope * (sum.x - x) - sum.y
        subtract(&mut run, &sum.0.x, &x);
        multiply_by(&mut slope, &run);
        subtract(&mut rise, &slope, &sum.0.y);
        sum.0.x = x;
        sum.0.y = rise;
    }
}

/// Sums over blocks: afterwards the first `groups` points hold, for each `g`, the sum of all
/// `points[i * groups + g]`. No two partial sums over disjoint sets of a group's points may be equal
/// or opposite, and none may be the identity. The other points are overwritten.
pub(crate) fn sum_blocks(points: &mut [Affine], groups: usize, scratch: &mut Scratch) {
    if groups == 0 {
        return;
    }
    let mut blocks = points.len() / groups;
    while blocks > 1 {
        let pairs = blocks / 2;
        let (left, right) = points.split_at_mut(pairs * groups);
        add_distinct(left, &right[..pairs * groups], scratch);
        if blocks % 2 == 1 {
            right[..(pairs + 1) * groups].copy_within(pairs * groups.., 0);
        }
        blocks = pairs + blocks % 2;
    }
}

/// Overwrite points that a secret chose.
pub(crate) fn wipe(points: &mut [Affine]) {
    for point in points {
        point.0.x.l.zeroize();
        point.0.y.l.zeroize();
    }
}

#[inline]
fn subtract(out: &mut blst_fp, a: &blst_fp, b: &blst_fp) {
    // SAFETY: reads two initialised elements, writes a third.
    unsafe { blst_fp_sub(out, a, b) };
}

#[inline]
fn subtract_from(out: &mut blst_fp, b: &blst_fp) {
    let out: *mut blst_fp = out;
    // SAFETY: reads two initialised elements; blst allows output and input to be the same.
    unsafe { blst_fp_sub(out, out, b) };
}

#[inline]
fn multiply(out: &mut blst_fp, a: &blst_fp, b: &blst_fp) {
    // SAFETY: reads two initialised elements, writes a third.
    unsafe { blst_fp_mul(out, a, b) };
}

#[inline]
fn multiply_by(out: &mut blst_fp, b: &blst_fp) {
    let out: *mut blst_fp = out;
    // SAFETY: reads two initialised elements; blst allows output and input to be the same.
    unsafe { blst_fp_mul(out, out, b) };
}

#[inline]
fn square(out: &mut blst_fp, a: &blst_fp) {
    // SAFETY: reads an initialised element, writes another.
    unsafe { blst_fp_sqr(out, a) };
}

fn one() -> blst_fp {
    let mut out = blst_fp::default();
    // SAFETY: six limbs are readable, `out` is writable.
    unsafe { blst_fp_from_uint64(&mut out, [1, 0, 0, 0, 0, 0].as_ptr()) };
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g1::{map_uniform, to_affine, Point};

    #[test]
    fn blocks_sum_like_single_additions() {
        for (groups, blocks) in [(1, 1), (1, 2), (3, 1), (3, 5), (2, 22), (4, 7)] {
            let points: Vec<Point> = (0..groups * blocks)
                .map(|i| map_uniform(&[i as u8; 128]))
                .collect();
            let mut work = to_affine(&points);
            sum_blocks(&mut work, groups, &mut Scratch::new(0));
            for g in 0..groups {
                let expected =
                    (0..blocks).fold(Point::identity(), |sum, i| sum.add(&points[i * groups + g]));
                assert!(
                    Point::from_affine(&work[g]) == expected,
                    "{groups} {blocks}"
                );
            }
        }
    }
}
