"""The identity in place of a point: both sides of a pairing equation vanish.

Seen in: BLS and credential libraries that accepted the identity as signature, key or Abar.
"""

from __future__ import annotations

import pytest

from tests.sigma.building import EVERYTHING_AUXILIARY, everything, two_banks
from zkproof import bbs
from zkproof.errors import DecodeError
from zkproof.sigma import composite, wire

IDENTITY = b"\xc0" + bytes(47)


def test_identity_in_any_place_of_a_composite_proof_is_refused() -> None:
    statement, held = everything()
    proof = composite.prove(statement, held, EVERYTHING_AUXILIARY)
    assert composite.verify(statement, proof)
    places = 3 * len(statement.signatures) + 2
    for place in range(places):
        start = 16 + 48 * place
        changed = proof[:start] + IDENTITY + proof[start + 48 :]
        with pytest.raises(DecodeError, match="identity"):
            wire.from_octets(statement, changed)
        assert not composite.verify(statement, changed)


def test_all_zero_proof_is_refused() -> None:
    statement, held = two_banks()
    length = len(composite.prove(statement, held))
    for filler in (bytes(length), bytes(16) + IDENTITY * ((length - 16) // 48 + 1)):
        assert not composite.verify(statement, filler[:length])


def test_identity_is_no_public_key() -> None:
    key = bbs.SigningKey.generate().public_key
    assert bbs.PublicKey.from_octets(key.octets) == key
    with pytest.raises(DecodeError, match="identity"):
        bbs.PublicKey.from_octets(b"\xc0" + bytes(95))
