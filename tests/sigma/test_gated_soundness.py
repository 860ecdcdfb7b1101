"""Extractor, simulator and distribution of hidden alternatives, run on the real curve."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Sequence

import pytest

from tests.sigma.building import KEYS, LINK
from tests.sigma.gates import (
    AMOUNT,
    BANKS,
    OVER,
    RECORD,
    Ways,
    attempt,
    bits,
    certificate,
    gated_secrets,
    gated_ways,
    identity,
    one_of,
    pair,
    some,
    token,
)
from tests.sigma.test_soundness import random_point, random_scalar, simulated
from zkproof import curve
from zkproof.bbs.encoding import Signature
from zkproof.bbs.pairings import holds
from zkproof.bbs.signature import verify_scalars
from zkproof.curve import G1, R
from zkproof.sigma import composite, exact, wire
from zkproof.sigma.clause import Secret
from zkproof.sigma.gated import GatedSignature, GatedToken, GatePair
from zkproof.sigma.one_of import OneOf
from zkproof.sigma.statement import slot_values
from zkproof.sigma.three_squares import decompose
from zkproof.sigma.wire import CompositeProof

K, REAL = 3, 1


def secrets_of(ways: Ways, real: int) -> list[Secret]:
    if isinstance(ways.statement.clauses[0], OneOf):
        tokens = [token(i) if i == real else None for i in range(len(ways.token_gates))]
        return [certificate(real), *tokens]
    return gated_secrets(ways, {real: certificate(real)}, tokens=bool(ways.token_gates))


def transcripts(ways: Ways, monkeypatch: pytest.MonkeyPatch) -> list[CompositeProof]:
    """Three accepting transcripts with one first message."""
    have = secrets_of(ways, REAL)
    opened = {w: some() for i, w in enumerate(ways.gates) if i != REAL}
    opened |= {w: some() for i, w in enumerate(ways.token_gates) if i != REAL}
    auxiliary = ways.auxiliary(bits(K, REAL), gates=opened)
    values = slot_values(ways.statement, [identity().scalars], auxiliary, have)
    squares = [
        decompose(P.value(values), random=secrets.token_bytes) for P in ways.statement.inequalities
    ]
    seed = secrets.token_bytes(64)
    found = []
    for c in (secrets.randbits(128) for _ in range(3)):
        monkeypatch.setattr(composite, "_challenge", lambda *_, c=c: c)
        proof = attempt(
            ways.statement, [identity()], values, have, squares=squares, random=lambda _: seed
        )
        assert proof is not None
        replayed = composite.replay(ways.statement, wire.to_octets(proof))
        assert replayed is not None
        assert holds(replayed.claims)
        found.append(proof)
    return found


def lines(ways: Ways, found: list[CompositeProof]) -> tuple[list[int], int]:
    """Values of all slots; the third transcript is checked to lie on the same lines."""
    a, b, third = found
    inverse = pow(a.challenge - b.challenge, -1, R)
    full = [ways.statement.system.complete_responses(p.slots, p.challenge) for p in found]
    values = [(x - y) * inverse % R for x, y in zip(full[0], full[1], strict=True)]
    for x, z, value in zip(full[0], full[2], values, strict=True):
        assert (x - z) % R == (a.challenge - third.challenge) * value % R
    return values, inverse


def slopes(found: list[CompositeProof], clause: int, inverse: int) -> list[int]:
    a, b = (p.clause_responses[clause] for p in found[:2])
    return [(x - y) * inverse % R for x, y in zip(a, b, strict=True)]


def is_signed(bank: int, Abar: G1, e: int, r1: int, r3: int, vector: Sequence[int]) -> bool:
    """``A = Abar / (r1*r2)`` of the extracted responses, which are those of -r1 and -r3."""
    A = curve.msm((Abar,), (r3 * pow(r1, -1, R) % R,))
    key = BANKS[bank].public_key
    return verify_scalars(key, Signature(A, e), vector, generators=OVER, header=b"header")


def test_three_challenges_give_selectors_gates_signature_and_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ways = gated_ways(K, status=True)
    found = transcripts(ways, monkeypatch)
    values, inverse = lines(ways, found)
    assert [values[s] for s in ways.selectors] == bits(K, REAL)
    for gates in (ways.gates, ways.token_gates):
        assert [values[w] == 0 for w in gates] == [i == REAL for i in range(K)]
    e, minus_r1, minus_r3 = slopes(found, 2 * REAL, inverse)
    vector = [values[slot] for slot in ways.vectors[REAL]]
    assert vector == [LINK, AMOUNT, 99, RECORD]
    Abar = found[0].clause_points[2 * REAL][0]
    assert is_signed(REAL, Abar, e, minus_r1, minus_r3, vector)
    (v,) = slopes(found, 2 * REAL + 1, inverse)
    A_prime = found[0].clause_points[2 * REAL + 1][0]
    assert curve.msm((A_prime,), (pow(v, -1, R),)) == token(REAL, values[ways.records[REAL]])
    assert values[ways.records[REAL]] == RECORD
    for absent in (0, 2):
        e, minus_r1, _ = slopes(found, 2 * absent, inverse)
        assert (e, minus_r1) == (0, 0), "nothing is extracted behind an open gate"


def test_three_challenges_give_the_hidden_issuer_and_its_signature(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ways = one_of(K, status=True)
    found = transcripts(ways, monkeypatch)
    values, inverse = lines(ways, found)
    assert [values[s] for s in ways.selectors] == bits(K, REAL)
    assert [values[w] == 0 for w in ways.gates] == [i == REAL for i in range(K)]
    minus_r3, *per_key = slopes(found, 0, inverse)
    e, minus_r1 = per_key[2 * REAL : 2 * REAL + 2]
    Abar = found[0].clause_points[0][1 + 2 * REAL]
    vector = [values[slot] for slot in ways.vectors[0]]
    assert is_signed(REAL, Abar, e, minus_r1, minus_r3, vector)
    assert not is_signed(0, Abar, e, minus_r1, minus_r3, vector)


@pytest.mark.parametrize("make", [gated_ways, one_of])
def test_proof_is_simulated_without_any_credential(
    make: Callable[..., Ways], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only public pairs go in: not one signature or token of the statement's keys."""
    statement = make(K, status=True).statement
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
        elif isinstance(clause, GatedSignature):
            points.append((*multiple(clause.pair), random_point()))
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


def features(ways: Ways, octets: bytes) -> list[float]:
    """Everything that is sent, as numbers from 0 to 1."""
    proof = wire.from_octets(ways.statement, octets)
    assert proof.inequality is not None
    assert proof.exact is not None
    found = [m / R for m in (*proof.slots, proof.exact.t)]
    found += [z / 2**126 for row in proof.inequality.z for z in row]
    found += [m / R for responses in proof.clause_responses for m in responses]
    points = [p for each in proof.clause_points for p in each]
    return found + [int.from_bytes(p.encode()[1:9], "big") / 2**64 for p in points]


def distance(first: Sequence[float], second: Sequence[float]) -> float:
    """Kolmogorov and Smirnov's, for two samples of one size."""
    merged = sorted([(x, 1) for x in first] + [(x, -1) for x in second])
    height = gap = 0
    for _, step in merged:
        height += step
        gap = max(gap, abs(height))
    return gap / len(first)


SAMPLES = 200
LIMIT = 2.7 * math.sqrt(2 / SAMPLES)
"""Exceeded by equal distributions with chance 1e-6 for each feature."""


@pytest.mark.parametrize("make", [gated_ways, one_of])
def test_proofs_are_distributed_alike_whichever_way_holds(make: Callable[..., Ways]) -> None:
    ways = make(2)
    rows: list[list[list[float]]] = [[], []]
    for real in (0, 1):
        have = secrets_of(ways, real)
        auxiliary = ways.auxiliary(bits(2, real))
        for _ in range(SAMPLES):
            proof = composite.prove(ways.statement, [identity()], auxiliary, clause_secrets=have)
            rows[real].append(features(ways, proof))
    columns = [list(zip(*side, strict=True)) for side in rows]
    assert max(distance(a, b) for a, b in zip(*columns, strict=True)) < LIMIT
    constant = [0.5] * SAMPLES
    assert distance(columns[0][0], constant) > LIMIT, "a difference would be seen"
