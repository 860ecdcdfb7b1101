"""Extractor and simulator of hidden alternatives, run on the real curve."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import pytest

from tests.sigma.building import KEYS, LINK
from tests.sigma.gates import (
    AMOUNT,
    BANKS,
    BOUND,
    HEADER,
    OVER,
    RECORD,
    Ways,
    identity,
    pair,
    some,
    token,
)
from tests.sigma.reckless import attempt
from tests.sigma.test_soundness import random_point, random_scalar, simulated
from tests.sigma.ways import KINDS, gated_ways, mixed, one_of
from zkproof import curve
from zkproof.bbs.encoding import Signature
from zkproof.bbs.pairings import holds
from zkproof.bbs.signature import verify_scalars
from zkproof.curve import G1, R
from zkproof.sigma import composite, exact, wire
from zkproof.sigma.gate import GatePair
from zkproof.sigma.gated_token import GatedToken
from zkproof.sigma.one_of import OneOf
from zkproof.sigma.statement import slot_values
from zkproof.sigma.three_squares import decompose
from zkproof.sigma.wire import CompositeProof


class Extracted:
    """Three accepting transcripts with one first message, and what follows from them."""

    def __init__(self, ways: Ways, way: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ways = ways
        honest = ways.honest[way]
        opened: dict[int, int] = {}
        for clause, secret in zip(ways.statement.clauses, honest.secrets, strict=True):
            opens = clause.opens(secret, _by_slot(ways, honest.slots))
            opened |= {w: some() for w, is_open in zip(clause.gates, opens, strict=True) if is_open}
        auxiliary = ways.auxiliary({**honest.slots, **opened})
        self.true = slot_values(
            ways.statement, [identity().scalars], auxiliary, list(honest.secrets)
        )
        squares = [
            decompose(P.value(self.true) % R, random=secrets.token_bytes)
            for P in ways.statement.inequalities
        ]
        seed = secrets.token_bytes(64)
        self.proofs: list[CompositeProof] = []
        for c in (secrets.randbits(128) for _ in range(3)):
            monkeypatch.setattr(composite, "_challenge", lambda *_, c=c: c)
            proof = attempt(
                ways.statement,
                [identity()],
                self.true,
                honest.secrets,
                given=squares,
                random=lambda _: seed,
            )
            assert proof is not None
            replayed = composite.replay(ways.statement, wire.to_octets(proof))
            assert replayed is not None
            assert holds(replayed.claims)
            self.proofs.append(proof)
        self.values = self._lines()

    def _lines(self) -> list[int]:
        """Values of all slots; the third transcript is checked to lie on the same lines."""
        a, _, third = self.proofs
        system = self.ways.statement.system
        full = [system.complete_responses(p.slots, p.challenge) for p in self.proofs]
        values = [self._slope(x, y) for x, y in zip(full[0], full[1], strict=True)]
        for x, z, value in zip(full[0], full[2], values, strict=True):
            assert (x - z) % R == (a.challenge - third.challenge) * value % R
        return values

    def _slope(self, x: int, y: int) -> int:
        a, b = self.proofs[:2]
        return (x - y) * pow(a.challenge - b.challenge, -1, R) % R

    def clause(self, position: int) -> list[int]:
        """Values behind the responses of a clause."""
        a, b = (proof.clause_responses[position] for proof in self.proofs[:2])
        return [self._slope(x, y) for x, y in zip(a, b, strict=True)]

    def signed(self, position: int, bank: int, alternative: int = 0) -> list[int]:
        """The vector that this bank signed, by the extracted signature: ``A = Abar/(r1*r2)``, where
        the responses are those of -r1 and -r3.
        """
        choice = self.ways.statement.clauses[position]
        assert isinstance(choice, OneOf)
        minus_r3, *per_key = self.clause(position)
        e, minus_r1 = per_key[2 * alternative : 2 * alternative + 2]
        Abar = self.proofs[0].clause_points[position][1 + 2 * alternative]
        A = curve.msm((Abar,), (minus_r3 * pow(minus_r1, -1, R) % R,))
        vector = [self.values[slot] for slot in choice.slots]
        key = BANKS[bank].public_key
        assert verify_scalars(key, Signature(A, e), vector, generators=OVER, header=HEADER)
        wrong = BANKS[bank - 1].public_key
        assert not verify_scalars(wrong, Signature(A, e), vector, generators=OVER, header=HEADER)
        return vector

    def nothing(self, position: int, alternative: int = 0) -> None:
        """Nothing is extracted behind an open gate."""
        per_key = self.clause(position)[1:]
        assert per_key[2 * alternative : 2 * alternative + 2] == [0, 0]


def _by_slot(ways: Ways, slots: Mapping[int, int]) -> list[int]:
    count = ways.statement.slot_count - ways.statement.auxiliary
    return [0] * count + ways.auxiliary(slots)


def test_three_challenges_give_selectors_gates_signature_and_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ways = gated_ways(3, status=True)
    found = Extracted(ways, 1, monkeypatch)
    assert [found.values[s] for s in ways.selectors] == [0, 1, 0]
    for gates in (ways.gates, ways.token_gates):
        assert [found.values[w] == 0 for w in gates] == [False, True, False]
    assert found.signed(2, 1) == [LINK, AMOUNT, 99, RECORD]
    (v,) = found.clause(3)
    A_prime = found.proofs[0].clause_points[3][0]
    assert curve.msm((A_prime,), (pow(v, -1, R),)) == token(1, found.values[ways.records[1]])
    for absent in (0, 2):
        found.nothing(2 * absent)
        assert found.clause(2 * absent + 1) == [0]


def test_three_challenges_give_the_hidden_issuer_and_its_signature(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ways = one_of(3, status=True)
    found = Extracted(ways, 1, monkeypatch)
    assert [found.values[s] for s in ways.selectors] == [0, 1, 0]
    assert [found.values[w] == 0 for w in ways.gates] == [False, True, False]
    assert found.signed(0, 1, 1) == [LINK, AMOUNT, 99, RECORD]
    found.nothing(0, 0)
    found.nothing(0, 2)


@pytest.mark.parametrize("way", range(4))
def test_three_challenges_give_the_way_within_which_issuers_are_hidden(
    way: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = mixed()
    found = Extracted(ways, way, monkeypatch)
    assert found.values == found.true
    assert [found.values[s] for s in ways.selectors] == [way == 0, way == 1, way == 2, way == 2]
    closed = [found.values[w] == 0 for w in ways.gates]
    assert closed == [way == 0, way == 1, way == 2, way == 2]
    for position, alternative, bank in ((0, 0, 0), (0, 1, 1), (1, 0, 2), (2, 0, 3)):
        if not closed[bank]:
            found.nothing(position, alternative)
        else:
            amount = AMOUNT if bank < 2 else BOUND // 2
            assert found.signed(position, bank, alternative) == [LINK, amount, 99, RECORD]


@pytest.mark.parametrize("kind", KINDS)
def test_proof_is_simulated_without_any_credential(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only public pairs go in: not one signature or token of the statement's keys."""
    statement = KINDS[kind]().statement
    blocks = wire.Blocks.of(statement)
    assert blocks.inequalities is not None
    c = secrets.randbits(128)

    def multiple(of: GatePair) -> tuple[G1, G1]:
        rho = some()
        return curve.msm((of.U,), (rho,)), curve.msm((of.U_prime,), (rho,))

    points: list[tuple[G1, ...]] = []
    for clause in statement.clauses:
        if isinstance(clause, OneOf):
            pairs = [point for each in clause.alternatives for point in multiple(each.pair)]
            points.append((random_point(), *pairs))
        elif isinstance(clause, GatedToken):
            points.append(multiple(clause.pair))
    proof = CompositeProof(
        challenge=c,
        signature_points=((*multiple(pair(KEYS[0])), random_point()),),
        signature_responses=((random_scalar(), random_scalar(), random_scalar()),),
        slots=tuple(random_scalar() for _ in statement.system.free),
        inequality=simulated(blocks.inequalities),
        exact=exact.ExactProof(random_point(), random_scalar()),
        clause_points=tuple(points),
        clause_responses=tuple(
            tuple(random_scalar() for _ in range(clause.RESPONSES)) for clause in statement.clauses
        ),
    )
    octets = wire.to_octets(proof)
    assert not composite.verify(statement, octets), "without programming it must fail"
    monkeypatch.setattr(composite, "_challenge", lambda *_: c)
    assert composite.verify(statement, octets)
