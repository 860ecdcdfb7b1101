"""Masks: fresh for every attempt, hedged against a broken or repeated random source.

The seed hashes octets of the random source together with the secrets, the statement and an
attempt counter. If the source repeats (a restored snapshot, a fork), two different statements
still get unrelated masks; repeated masks under two challenges would reveal every hidden
attribute. Full scalars are reduced from 64 octets; short masks are exactly uniform.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from zkproof.clock import RandomBytes
from zkproof.curve import R

_BLOCK = 8 * 136
"""Octets made at once: eight permutations, about what one credential's masks take."""


class MaskSource:
    """A stream of masks for one attempt."""

    __slots__ = ("_block", "_buffer", "_offset", "_seed")

    def __init__(
        self, *, random: RandomBytes, secrets: Iterable[int], statement: bytes, attempt: int
    ) -> None:
        state = hashlib.shake_256(b"zkproof mask seed v1")
        state.update(random(64))
        for value in secrets:
            state.update(value.to_bytes(32, "big"))
        state.update(len(statement).to_bytes(8, "big") + statement + attempt.to_bytes(8, "big"))
        self._seed = state.digest(64)
        self._block = 0
        self._buffer = b""
        self._offset = 0

    def scalar(self) -> int:
        """Uniform modulo R, up to a bias of 2^-257."""
        return int.from_bytes(self._take(64), "big") % R

    def nonzero_scalar(self) -> int:
        """Like `scalar`, never zero."""
        while True:
            value = self.scalar()
            if value:
                return value

    def short(self, bits: int) -> int:
        """Uniform in ``[0, 2^bits)``, exactly."""
        size = (bits + 7) // 8
        return int.from_bytes(self._take(size), "big") >> (8 * size - bits)

    def scalars(self, count: int) -> list[int]:
        """So many of `scalar`."""
        return [self.scalar() for _ in range(count)]

    def octets(self, count: int) -> bytes:
        """That many octets of the stream, for searches that need randomness of their own."""
        return self._take(count)

    def _take(self, count: int) -> bytes:
        if self._offset + count > len(self._buffer):
            block = self._block.to_bytes(8, "big")
            self._buffer = hashlib.shake_256(self._seed + block).digest(_BLOCK)
            self._block += 1
            self._offset = 0
        taken = self._buffer[self._offset : self._offset + count]
        self._offset += count
        return taken

    def __repr__(self) -> str:
        return "<MaskSource, state hidden>"
