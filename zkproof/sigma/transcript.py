"""The transcript: every label and every absorb rule of the composite proof.

An item is absorbed as ``[2] len(label) || label || [8] len(data) || data``, so that no two
sequences of items give the same octets. Prover and verifier run the same functions of this package
to absorb; nothing is absorbed anywhere else. Points are absorbed in their 48-octet encoding, and
only points that were decoded (hence checked) or computed can be encoded.

The challenge is 128 bits. That is a departure from the BBS drafts, whose challenge is a full
scalar; it is why composite proofs have a protocol identifier of their own.

Source: Fiat-Shamir in the strong form (Bernhard-Pereira-Warinschi 2012): statement first, then
first message, then challenge.
"""

from __future__ import annotations

import hashlib
from enum import Enum

PROTOCOL = b"zkproof composite proof v1 BLS12-381 SHAKE-256"

CHALLENGE_BYTES = 16


class Label(Enum):
    """What an item is. A label has one use."""

    PROTOCOL = b"protocol"
    CONTEXT = b"context"
    CREDENTIAL_COUNT = b"credential count"
    INTERFACE = b"credential interface"
    ISSUER_KEY = b"credential issuer key"
    DOMAIN = b"credential domain"
    DISCLOSED = b"credential disclosed"
    HIDDEN = b"credential hidden slots"
    SLOT_BOXES = b"slot boxes"
    LINEAR = b"linear equations"
    INEQUALITIES = b"inequalities"
    INEQUALITY_PARAMETERS = b"inequality parameters"
    EXACT = b"exact constraints"
    CLAUSES = b"clauses"
    SIGNATURE_POINTS = b"signature points"
    SIGNATURE_ANNOUNCEMENTS = b"signature announcements"
    BLOCK_POINTS = b"block points"
    BLOCK_ANNOUNCEMENTS = b"block announcements"
    CLAUSE_POINTS = b"clause points"
    CLAUSE_ANNOUNCEMENTS = b"clause announcements"


class Transcript:
    """Absorbs labelled items; gives one challenge."""

    __slots__ = ("_state",)

    def __init__(self) -> None:
        self._state = hashlib.shake_256()
        self.absorb(Label.PROTOCOL, PROTOCOL)

    def absorb(self, label: Label, data: bytes) -> None:
        """Add one item."""
        name = label.value
        self._state.update(
            b"".join((len(name).to_bytes(2, "big"), name, len(data).to_bytes(8, "big"), data))
        )

    def copy(self) -> Transcript:
        """The same state, to go on from separately (a restart after the statement)."""
        other = object.__new__(Transcript)
        other._state = self._state.copy()
        return other

    def challenge(self) -> int:
        """``c`` in ``[0, 2^128)``: the first 16 octets of the output, big-endian."""
        return int.from_bytes(self._state.digest(CHALLENGE_BYTES), "big")

    def digest(self) -> bytes:
        """32 octets that depend on everything absorbed so far; for hedging randomness."""
        return self._state.digest(32)
