"""What is sent has one distribution, whichever way holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest

from tests.sigma.gates import Ways
from tests.sigma.ways import gated_ways, mixed, one_of, prove
from zkproof.curve import R
from zkproof.sigma import wire

SAMPLES = 200
LIMIT = 2.7 * math.sqrt(2 / SAMPLES)
"""Exceeded by equal distributions with chance 1e-6 for each feature."""


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


@pytest.mark.parametrize(
    ("make", "ways_of"),
    [
        (lambda: gated_ways(2), (0, 1)),
        (lambda: one_of(2), (0, 1)),
        (mixed, (0, 2)),
        (mixed, (1, 3)),
    ],
)
def test_proofs_are_distributed_alike_whichever_way_holds(
    make: Callable[[], Ways], ways_of: tuple[int, int]
) -> None:
    ways = make()
    columns = []
    for way in ways_of:
        rows = [features(ways, prove(ways, way)) for _ in range(SAMPLES)]
        columns.append(list(zip(*rows, strict=True)))
    assert max(distance(a, b) for a, b in zip(*columns, strict=True)) < LIMIT
    constant = [0.5] * SAMPLES
    assert distance(columns[0][0], constant) > LIMIT, "a difference would be seen"
