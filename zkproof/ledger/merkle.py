"""Merkle tree hashes and proofs of RFC 6962, section 2 (verification as in RFC 9162, section 2.1).

Pure functions; nothing here is stored or trusted. A tree is given by its *nodes*: ``node(level,
i)`` is the hash of the complete subtree over leaves ``i * 2**level .. (i + 1) * 2**level - 1``.
Such a hash never changes once its leaves are there, so a store keeps each of them once, and a root
or a proof reads about ``log2(size)`` of them instead of every leaf.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

NodeAt = Callable[[int, int], bytes]
"""The hash of a complete subtree, by level (0: leaves) and position within the level."""


def leaf_hash(data: bytes) -> bytes:
    """``SHA-256(0x00 || data)``."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """``SHA-256(0x01 || left || right)``."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def completed_by(index: int, leaf: bytes, node: NodeAt) -> Iterator[tuple[int, int, bytes]]:
    """The nodes (level, position, hash) that leaf ``index`` completes, itself first.

    ``node`` is asked only for nodes completed by earlier leaves.
    """
    level, position, current = 0, index, leaf
    yield level, position, current
    while position % 2:
        current = node_hash(node(level, position - 1), current)
        level, position = level + 1, position >> 1
        yield level, position, current


class Tree:
    """A tree held in memory: about 64 octets for each leaf."""

    __slots__ = ("_levels",)

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        for level, _, value in completed_by(len(self), leaf, self.node):
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(value)

    def node(self, level: int, position: int) -> bytes:
        """Raises `IndexError` for a subtree that is not complete."""
        return self._levels[level][position]

    def root(self, size: int | None = None) -> bytes:
        return root(self.node, len(self) if size is None else size)


class Frontier:
    """What it takes to grow a tree and know its root: one hash for each set bit of the size."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []  # (level, hash), highest first

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """The nodes above the leaf that it completes: level, position, hash."""
        level, current, completed = 0, leaf, []
        while self._peaks and self._peaks[-1][0] == level:
            current, level = node_hash(self._peaks.pop()[1], current), level + 1
            completed.append((level, self.size >> level, current))
        self._peaks.append((level, current))
        self.size += 1
        return completed

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        current = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            current = node_hash(peak, current)
        return current

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The hashes of its complete subtrees, largest first."""
        return tuple(value for _, value in self._peaks)

    @classmethod
    def from_peaks(cls, size: int, peaks: Sequence[bytes]) -> Frontier:
        """The frontier with these `peaks`. Raises `ValueError` unless there is one for each set
        bit of ``size``.
        """
        levels = [level for level in range(size.bit_length())[::-1] if size >> level & 1]
        made = cls()
        made.size, made._peaks = size, list(zip(levels, peaks, strict=True))
        return made

    def copy(self) -> Frontier:
        other = Frontier()
        other.size, other._peaks = self.size, list(self._peaks)
        return other


def root(node: NodeAt, size: int) -> bytes:
    """The tree head of the first ``size`` leaves."""
    return _range(node, 0, size) if size else EMPTY_ROOT


def inclusion_proof(node: NodeAt, index: int, size: int) -> list[bytes]:
    """The audit path of leaf ``index`` in the tree of ``size``, from the bottom up.

    Raises `IndexError` when there is no such leaf.
    """
    if not 0 <= index < size:
        raise IndexError("no such leaf")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range(node, middle, end))
            end = middle
        else:
            path.append(_range(node, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(node: NodeAt, old_size: int, size: int) -> list[bytes]:
    """That the tree of ``old_size`` leaves is a prefix of the tree of ``size``.

    Raises `IndexError` when the sizes do not fit.
    """
    if not 0 < old_size <= size:
        raise IndexError("no such sizes")
    start, end, path, whole = 0, size, [], True
    while old_size != end:
        middle = start + _split(end - start)
        if old_size <= middle:
            path.append(_range(node, middle, end))
            end = middle
        else:
            path.append(_range(node, start, middle))
            start, whole = middle, False
    # The old tree's own root is known to the reader; a part of it is not.
    return path[::-1] if whole else [_range(node, start, end), *path[::-1]]


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


def _range(node: NodeAt, start: int, end: int) -> bytes:
    """The hash over leaves ``start .. end-1``, a range that the splits of RFC 6962 reach."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(width)
    return node_hash(_range(node, start, middle), _range(node, middle, end))
