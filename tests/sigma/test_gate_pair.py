"""Pairs of keys: checked when made, once for a key and process, and what a wrong one would tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.sigma.gates import BANKS, LEDGER, PAIRS, Ways, pair
from tests.sigma.ways import gated_ways, prove
from zkproof import bbs
from zkproof.bbs.ciphersuite import Interface, Suite
from zkproof.bbs.generators import generators
from zkproof.bbs.pairings import PairingClaim, holds
from zkproof.bbs.signature import sign_scalars
from zkproof.curve import R
from zkproof.errors import DecodeError, UsageError
from zkproof.ledger.possession import Purpose, gate_pair, prove_possession, verify_possession
from zkproof.sigma import composite, gate
from zkproof.sigma.gate import GatePair


def test_pair_that_is_not_the_keys_is_refused_when_made() -> None:
    right = PAIRS[0]
    assert GatePair.from_octets(right.public_key, right.octets) == right
    wrong = {
        "another key's": (right.public_key, PAIRS[1].U, PAIRS[1].U_prime),
        "other multiple": (right.public_key, right.U, right.U_prime + right.U),
        "exchanged": (right.public_key, right.U_prime, right.U),
        "under another key": (PAIRS[1].public_key, right.U, right.U_prime),
        "identities": (right.public_key, right.U + -right.U, right.U + -right.U),
    }
    for what, (key, U, U_prime) in wrong.items():
        with pytest.raises(UsageError, match="not one of this key"):
            GatePair(key, U, U_prime)
        assert what
    with pytest.raises(UsageError, match="not one of this key"):
        GatePair.from_octets(PAIRS[1].public_key, right.octets)
    with pytest.raises(DecodeError, match="95 octets"):
        GatePair.from_octets(right.public_key, right.octets[1:])
    with pytest.raises(DecodeError):
        GatePair.from_octets(right.public_key, b"\xc0" + bytes(47) + right.octets[48:])
    with pytest.raises(UsageError, match="expected bytes"):
        GatePair.from_octets(right.public_key, bytearray(right.octets))  # type: ignore[arg-type]


def test_pair_is_checked_once_for_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = pair(bbs.keygen(b"once" * 8)).octets
    key = bbs.keygen(b"once" * 8).public_key
    checks: list[Sequence[PairingClaim]] = []

    def counted(claims: Sequence[PairingClaim]) -> bool:
        checks.append(claims)
        return holds(claims)

    monkeypatch.setattr(gate, "holds", counted)
    first = GatePair.from_octets(key, octets)
    assert GatePair.from_octets(key, octets) is first
    assert len(checks) == 1
    for _ in range(2):
        with pytest.raises(UsageError, match="not one of this key"):
            GatePair.from_octets(PAIRS[0].public_key, octets)
    assert len(checks) == 3, "a refusal is not kept"


def test_pair_comes_from_a_proof_of_possession_that_holds_and_from_no_other() -> None:
    key, names = BANKS[0], (LEDGER, "issuer", "key")
    proof = prove_possession(key, *names)
    found = gate_pair(key.public_key.octets, proof, *names, purpose=Purpose.CREDENTIALS)
    assert found == PAIRS[0]
    over = generators(Interface(Suite.SHA256, b"ZKPROOF_OTHER_INTERFACE_"), 0)
    other_interface = sign_scalars(key, (), generators=over, header=b"").to_octets()
    wrong = {
        "purpose": (key.public_key.octets, proof, names, Purpose.STATUS),
        "names": (key.public_key.octets, proof, (LEDGER, "issuer", "k"), Purpose.CREDENTIALS),
        "key": (BANKS[1].public_key.octets, proof, names, Purpose.CREDENTIALS),
        "interface": (key.public_key.octets, other_interface, names, Purpose.CREDENTIALS),
        "length": (key.public_key.octets, proof[1:], names, Purpose.CREDENTIALS),
    }
    for what, (public_key, octets, about, purpose) in wrong.items():
        assert gate_pair(public_key, octets, *about, purpose=purpose) is None, what
        assert not verify_possession(public_key, octets, *about, purpose=purpose), what


def test_unchecked_pair_would_show_who_has_no_signature() -> None:
    """Why a pair is checked: with a wrong one for the first bank its own customers are accepted
    and all others refused.
    """
    bad = object.__new__(GatePair)
    fields = {"public_key": PAIRS[0].public_key, "U": PAIRS[0].U, "U_prime": PAIRS[1].U_prime}
    for name, value in fields.items():
        object.__setattr__(bad, name, value)
    ways = gated_ways(2)
    first, second = ways.choices
    (alternative,) = first.alternatives
    replaced = replace(first, alternatives=(replace(alternative, pair=bad),))
    marked = replace(ways, statement=replace(ways.statement, clauses=(replaced, second)))
    accepted = [composite.verify(marked.statement, prove(marked, way)) for way in (0, 1)]
    assert accepted == [True, False]


@pytest.mark.parametrize("secret", [1, 2, R - 1])
def test_issuer_with_a_weak_secret_key_learns_nothing_from_failures(secret: int) -> None:
    """A key under which U' is U, its double or its negative: sums of such points must not go wrong
    for those who have no signature.
    """
    key = bbs.SigningKey.from_octets(secret.to_bytes(32, "big"))
    ways: Ways = gated_ways(2)
    first, second = ways.choices
    (alternative,) = first.alternatives
    replaced = replace(first, alternatives=(replace(alternative, pair=pair(key)),))
    weak = replace(ways, statement=replace(ways.statement, clauses=(replaced, second)))
    assert composite.verify(weak.statement, prove(weak, 1))
