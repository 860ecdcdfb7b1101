//! Products of pairings: prepared G2 points, one loop with shared squarings, one final
//! exponentiation.

use blst::*;

use crate::g1::{to_affine, Point};
use crate::g2::Point2;

/// Lines of a Miller loop for one G2 point.
const LINES: usize = 68;

/// Doublings after each addition of the loop over the curve parameter.
const RUNS: [usize; 5] = [2, 3, 9, 32, 16];

/// A G2 point with its lines.
pub struct Prepared {
    lines: Box<[blst_fp6; LINES]>,
    identity: bool,
}

impl Prepared {
    /// Compute the lines: about 0.1 ms.
    pub fn new(point: &Point2) -> Self {
        let mut lines = Box::new([blst_fp6::default(); LINES]);
        let affine = point.to_affine();
        // SAFETY: 68 lines are writable and `affine` is initialised.
        unsafe { blst_precompute_lines(lines.as_mut_ptr(), &affine) };
        Self {
            lines,
            identity: point.is_identity(),
        }
    }
}

/// Whether the product of `e(P_i, Q_i)` is one. Identities contribute one. Variable time.
pub fn product_is_one(points: &[Point], prepared: &[&Prepared]) -> bool {
    let Some(product) = miller_product(points, prepared) else {
        return true;
    };
    let mut out = blst_fp12::default();
    // SAFETY: `product` is initialised, `out` writable.
    unsafe {
        blst_final_exp(&mut out, &product);
        blst_fp12_is_one(&out)
    }
}

/// The product of Miller loops; `None` when every pair has an identity.
///
/// One squaring of the accumulator serves all pairs: the order of lines and the scaling of a line by
/// `(-2x, 2y)` are those of blst's own loop, against which the tests check the result.
fn miller_product(points: &[Point], prepared: &[&Prepared]) -> Option<blst_fp12> {
    let mut scaled: Vec<Scaled> = Vec::with_capacity(points.len());
    for (affine, prepared) in to_affine(points).iter().zip(prepared) {
        // SAFETY: reads an initialised point.
        if prepared.identity || unsafe { blst_p1_affine_is_inf(&affine.0) } {
            continue;
        }
        let (mut x, mut y) = (affine.0.x, affine.0.y);
        let (px, py): (*mut blst_fp, *mut blst_fp) = (&mut x, &mut y);
        // SAFETY: blst allows output and inputs to be the same element.
        unsafe {
            blst_fp_add(px, px, px);
            blst_fp_cneg(px, px, true);
            blst_fp_add(py, py, py);
        }
        scaled.push((x, y, &*prepared.lines));
    }
    if scaled.is_empty() {
        return None;
    }
    // SAFETY: blst returns a pointer to a static, initialised element.
    let mut product = unsafe { *blst_fp12_one() };
    let mut step = 0;
    multiply_lines(&mut product, &scaled, step);
    for run in RUNS {
        step += 1;
        multiply_lines(&mut product, &scaled, step);
        for _ in 0..run {
            step += 1;
            let out: *mut blst_fp12 = &mut product;
            // SAFETY: blst allows output and input to be the same element.
            unsafe { blst_fp12_sqr(out, out) };
            multiply_lines(&mut product, &scaled, step);
        }
    }
    // SAFETY: `product` is initialised. The curve parameter is negative.
    unsafe { blst_fp12_conjugate(&mut product) };
    Some(product)
}

/// `-2x`, `2y` of a G1 point, and the lines of its G2 partner.
type Scaled<'a> = (blst_fp, blst_fp, &'a [blst_fp6; LINES]);

fn multiply_lines(product: &mut blst_fp12, scaled: &[Scaled], step: usize) {
    for (x, y, lines) in scaled {
        let source = &lines[step];
        let mut line = *source;
        let out: *mut blst_fp12 = product;
        // SAFETY: all elements are initialised; blst allows the accumulator as input and output.
        unsafe {
            blst_fp_mul(&mut line.fp2[1].fp[0], &source.fp2[1].fp[0], x);
            blst_fp_mul(&mut line.fp2[1].fp[1], &source.fp2[1].fp[1], x);
            blst_fp_mul(&mut line.fp2[2].fp[0], &source.fp2[2].fp[0], y);
            blst_fp_mul(&mut line.fp2[2].fp[1], &source.fp2[2].fp[1], y);
            blst_fp12_mul_by_xy00z0(out, out, &line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g1::map_uniform;
    use crate::g1::tests::times;

    #[test]
    fn shared_loop_is_the_product_of_single_loops() {
        let points: Vec<Point> = (0..4u8).map(|i| map_uniform(&[i; 128])).collect();
        let mut key = Point2::generator();
        let mut expected = None::<blst_fp12>;
        let mut prepared = Vec::new();
        for point in &points {
            key = key.add(&Point2::generator());
            let each = Prepared::new(&key);
            let affine = to_affine(&[*point])[0];
            let mut single = blst_fp12::default();
            // SAFETY: 68 lines and an affine point are there, outputs are writable.
            unsafe { blst_miller_loop_lines(&mut single, each.lines.as_ptr(), &affine.0) };
            expected = Some(match expected {
                None => single,
                Some(product) => {
                    let mut next = blst_fp12::default();
                    // SAFETY: two initialised inputs, one writable output.
                    unsafe { blst_fp12_mul(&mut next, &product, &single) };
                    next
                }
            });
            prepared.push(each);
        }
        let references: Vec<&Prepared> = prepared.iter().collect();
        assert!(miller_product(&points, &references) == expected);
    }

    #[test]
    fn pairing_is_bilinear() {
        let point = map_uniform(&[5; 128]);
        let key = Prepared::new(&Point2::generator().neg());
        let five = (0..4).fold(Point2::generator(), |sum, _| sum.add(&Point2::generator()));
        let times_five = Prepared::new(&five);
        assert!(product_is_one(
            &[point, times(&point, 5)],
            &[&times_five, &key]
        ));
        assert!(!product_is_one(
            &[point, times(&point, 6)],
            &[&times_five, &key]
        ));
        assert!(!product_is_one(&[point], &[&key]));
        assert!(product_is_one(&[Point::identity()], &[&key]));
        assert!(product_is_one(&[], &[]));
        let nothing = Prepared::new(&five.add(&five.neg()));
        assert!(product_is_one(&[point], &[&nothing]));
    }
}
