//! expand_message of RFC 9380 in both forms, and scalars from it.

use blst::*;
use sha2::{Digest, Sha256};
use sha3::digest::{ExtendableOutput, Update, XofReader};
use sha3::Shake256;
use zeroize::Zeroize;

use crate::scalar::Scalar;

/// Octets hashed for one scalar.
const EXPAND_LEN: usize = 48;

/// Which expander.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Expander {
    /// expand_message_xmd with SHA-256.
    XmdSha256,
    /// expand_message_xof with SHAKE-256.
    XofShake256,
}

/// `int(expand(parts[0] || parts[1] || ..., dst, 48)) mod r`. The tag has at most 255 octets, which
/// the caller has checked. Buffers are wiped, for the parts may be secret.
pub fn hash_to_scalar(expander: Expander, parts: &[&[u8]], dst: &[u8]) -> Scalar {
    let mut uniform = [0u8; EXPAND_LEN];
    match expander {
        Expander::XmdSha256 => expand_xmd(parts, dst, &mut uniform),
        Expander::XofShake256 => expand_xof(parts, dst, &mut uniform),
    }
    let mut reduced = blst_scalar::default();
    // SAFETY: 48 octets are readable and `reduced` is writable. The result says whether it is
    // nonzero, which does not matter here.
    unsafe { blst_scalar_from_be_bytes(&mut reduced, uniform.as_ptr(), EXPAND_LEN) };
    let mut limbs = [0u64; 4];
    for (limb, chunk) in limbs.iter_mut().zip(reduced.b.chunks_exact(8)) {
        let mut word = [0u8; 8];
        word.copy_from_slice(chunk);
        *limb = u64::from_le_bytes(word);
    }
    uniform.zeroize();
    reduced.b.zeroize();
    Scalar(limbs)
}

fn expand_xmd(parts: &[&[u8]], dst: &[u8], out: &mut [u8; EXPAND_LEN]) {
    let tag_length = [dst.len() as u8];
    let mut hash = Sha256::new();
    Digest::update(&mut hash, [0u8; 64]);
    for part in parts {
        Digest::update(&mut hash, part);
    }
    Digest::update(&mut hash, (EXPAND_LEN as u16).to_be_bytes());
    Digest::update(&mut hash, [0u8]);
    Digest::update(&mut hash, dst);
    Digest::update(&mut hash, tag_length);
    let mut b0: [u8; 32] = hash.finalize().into();
    let block = |input: &[u8; 32], index: u8| -> [u8; 32] {
        let mut hash = Sha256::new();
        Digest::update(&mut hash, input);
        Digest::update(&mut hash, [index]);
        Digest::update(&mut hash, dst);
        Digest::update(&mut hash, tag_length);
        hash.finalize().into()
    };
    let mut b1 = block(&b0, 1);
    for (a, b) in b0.iter_mut().zip(&b1) {
        *a ^= b;
    }
    let mut b2 = block(&b0, 2);
    out[..32].copy_from_slice(&b1);
    out[32..].copy_from_slice(&b2[..16]);
    b0.zeroize();
    b1.zeroize();
    b2.zeroize();
}

fn expand_xof(parts: &[&[u8]], dst: &[u8], out: &mut [u8; EXPAND_LEN]) {
    let mut hash = Shake256::default();
    for part in parts {
        hash.update(part);
    }
    hash.update(&(EXPAND_LEN as u16).to_be_bytes());
    hash.update(dst);
    hash.update(&[dst.len() as u8]);
    hash.finalize_xof().read(out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_hashed_as_one_message() {
        for expander in [Expander::XmdSha256, Expander::XofShake256] {
            let whole = hash_to_scalar(expander, &[b"abcdef"], b"tag");
            assert!(whole == hash_to_scalar(expander, &[b"abc", b"", b"def"], b"tag"));
            assert!(whole != hash_to_scalar(expander, &[b"abcdef"], b"tah"));
        }
    }
}
