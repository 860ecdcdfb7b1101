"""Many pairing checks as one: fold with fresh random weights, bisect when the sum fails.

Relation     e(X_i, K_i) = e(Y_i, BP2) for all i
Argument     for weights d_i, each one of 2^128 alike, chosen after all X_i, Y_i are fixed, the
             product over keys K of e(sum d_i*X_i, K) times e(-sum d_i*Y_i, BP2) is one for a false
             set with chance at most 2^-127. Weights must come from the verifier alone.
             All points lie in the subgroup; without that check the argument fails.
Cost         a Miller loop for each distinct key and one more, one final exponentiation, two
             sums of 128-bit multiples
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zkproof import curve
from zkproof.bbs.keys import PublicKey
from zkproof.bbs.signature import prepared_minus_bp2
from zkproof.clock import RandomBytes, os_random
from zkproof.curve import G1

WEIGHT_BYTES = 16
Z_SQUARED = 0xD201000000010000**2
"""Of the curve's parameter; below 2^128, and ``R = z^4 - z^2 + 1``."""

FEW = 16
"""Claims up to which sums are made by doubling and adding."""

_HALF = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class PairingClaim:
    """``e(X, key) = e(Y, BP2)``."""

    X: G1
    key: PublicKey
    Y: G1


def holds(claims: Sequence[PairingClaim], *, random: RandomBytes = os_random) -> bool:
    """Whether all claims hold (a single one is checked as it is)."""
    if not claims:
        return True
    weights = _weights(len(claims), random)
    by_key: dict[PublicKey, list[int]] = {}
    for i, claim in enumerate(claims):
        by_key.setdefault(claim.key, []).append(i)
    pairs = [
        (
            _combine([claims[i].X for i in indexes], [weights[i] for i in indexes]),
            key.prepared,
        )
        for key, indexes in by_key.items()
    ]
    pairs.append((_combine([claim.Y for claim in claims], weights), prepared_minus_bp2()))
    return curve.pairing_check(pairs)


def failing(claims: Sequence[PairingClaim], *, random: RandomBytes = os_random) -> frozenset[int]:
    """The positions of the claims that do not hold, found by bisection: few bad ones among
    many cost a few folds each.
    """
    bad: set[int] = set()
    pending = [range(len(claims))]
    while pending:
        part = pending.pop()
        if holds([claims[i] for i in part], random=random):
            continue
        if len(part) == 1:
            bad.add(part[0])
            continue
        middle = len(part) // 2
        pending += (part[:middle], part[middle:])
    return frozenset(bad)


def _weights(count: int, random: RandomBytes) -> list[int]:
    """The first is 1 (only their ratios matter), the others one of 2^128.

    For a few claims they are ``a + b*z^2`` with 64-bit a and b: different pairs are different
    weights, and multiplying by one takes half the doublings, through the endomorphism of G1 whose
    eigenvalue is ``-z^2``. For many, sums are made with buckets, where shortness counts.
    """
    pool = random(WEIGHT_BYTES * (count - 1))
    drawn = [
        int.from_bytes(pool[i : i + WEIGHT_BYTES], "big") for i in range(0, len(pool), WEIGHT_BYTES)
    ]
    if count <= FEW:
        drawn = [(w >> 64) + (w & _HALF) * Z_SQUARED for w in drawn]
    # A zero weight would drop its claim; one in 2^128 draws, but refusing it costs nothing.
    return [1, *(w or 1 for w in drawn)]


def _combine(points: Sequence[G1], weights: Sequence[int]) -> G1:
    if len(points) == 1 and weights[0] == 1:
        return points[0]
    return curve.msm_vartime(points, weights)
