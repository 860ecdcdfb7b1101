"""Merkle tree hashes and proofs of RFC 6962, section 2 (verification as in RFC 9162, section 2.1).

Pure functions over lists of leaf hashes. Nothing here is stored or trusted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """``SHA-256(0x00 || data)``."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """``SHA-256(0x01 || left || right)``."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The tree head of these leaf hashes."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    while len(level) > 1:
        paired = [node_hash(a, b) for a, b in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of leaf ``index``, from the bottom up."""
    if not 0 <= index < len(leaves):
        raise IndexError("no such leaf")
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return [*inclusion_proof(leaves[:k], index), root(leaves[k:])]
    return [*inclusion_proof(leaves[k:], index - k), root(leaves[:k])]


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """That the tree of the first ``old_size`` leaves is a prefix of this one."""
    if not 0 < old_size <= len(leaves):
        raise IndexError("no such size")
    return _subproof(leaves, old_size, whole=True)


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes
) -> bool:
    """Whether ``leaf`` is at ``index`` of the tree with that size and root."""
    if not 0 <= index < size or any(len(step) != HASH_BYTES for step in proof):
        return False
    fn, sn, current = index, size - 1, leaf
    for step in proof:
        if sn == 0:
            return False
        if fn % 2 or fn == sn:
            current = node_hash(step, current)
            while fn and not fn % 2:
                fn, sn = fn >> 1, sn >> 1
        else:
            current = node_hash(current, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and current == expected_root


def verify_consistency(
    old_size: int, old_root: bytes, size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree ``(size, new_root)`` extends ``(old_size, old_root)``."""
    if not 0 < old_size <= size or any(len(step) != HASH_BYTES for step in proof):
        return False
    if old_size == size:
        return not proof and old_root == new_root
    steps = list(proof)
    if old_size & (old_size - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    fn, sn = old_size - 1, size - 1
    while fn % 2:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return False
        if fn % 2 or fn == sn:
            fr, sr = node_hash(step, fr), node_hash(step, sr)
            while fn and not fn % 2:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return int(1 << ((size - 1).bit_length() - 1))


def _subproof(leaves: Sequence[bytes], m: int, *, whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [root(leaves)]
    k = _split(len(leaves))
    if m <= k:
        return [*_subproof(leaves[:k], m, whole=whole), root(leaves[k:])]
    return [*_subproof(leaves[k:], m - k, whole=False), root(leaves[:k])]
