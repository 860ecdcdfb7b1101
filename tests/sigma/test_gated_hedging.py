"""A random source that repeats, as after a restored snapshot, shows no way and no value."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.sigma.building import LINK
from tests.sigma.gates import BANKS, Ways, certificate
from tests.sigma.ways import KINDS, one_of, prove, prove_with
from zkproof import curve
from zkproof.curve import R
from zkproof.sigma import composite, wire


def repeating() -> Callable[[int], bytes]:
    """A random source after its snapshot was restored."""
    drawn = [0]

    def random(count: int) -> bytes:
        drawn[0] += 1
        return hashlib.shake_256(b"snapshot %d" % drawn[0]).digest(count)

    return random


def points(ways: Ways, way: int, context: bytes) -> list[bytes]:
    asked = replace(ways, statement=replace(ways.statement, context=context))
    proof = prove(asked, way, random=repeating())
    assert composite.verify(asked.statement, proof)
    parsed = wire.from_octets(asked.statement, proof)
    return [point.encode() for each in parsed.clause_points for point in each]


@pytest.mark.parametrize("kind", KINDS)
def test_repeated_randomness_shows_no_way(kind: str) -> None:
    """An open gate from a source that repeats would repeat its Abar, and a closed one would not."""
    ways = KINDS[kind]()
    first = points(ways, 0, b"nonce 1")
    assert first == points(ways, 0, b"nonce 1"), "the same proof tells nothing more"
    seen = [*first, *points(ways, 0, b"nonce 2")]
    for way in range(1, len(ways.honest)):
        seen += points(ways, way, b"nonce 1")
    assert len(set(seen)) == len(seen)


def test_renewed_signature_on_the_same_values_has_other_masks() -> None:
    """Two first messages under the same masks would give every hidden value away."""
    ways = one_of(2)
    old = certificate(0)
    A = curve.decode_g1(BANKS[0].secret.divide_by_sums(old.B, [12345]))
    found = []
    for held in (old, replace(old, A=A, e=12345, _tables=[])):
        proof = prove_with(ways, ways.honest[0].slots, [held], random=repeating())
        assert composite.verify(ways.statement, proof)
        found.append(wire.from_octets(ways.statement, proof))
    a, b = found
    assert a.challenge != b.challenge
    inverse = pow(a.challenge - b.challenge, -1, R)
    assert (a.slots[0] - b.slots[0]) * inverse % R != LINK
