"""What docs/security.md says of restarts is the worst that the parameters admit."""

from __future__ import annotations

from math import log2

import pytest

from zkproof.errors import UsageError
from zkproof.sigma.composite import MAX_ATTEMPTS
from zkproof.sigma.inequality import MAX_PREDICATES, Inequalities
from zkproof.sigma.polynomial import Polynomial
from zkproof_circuits.bounds import Z_BITS

WIDEST = 172


def gives_up(bits: int, count: int) -> float:
    """The binary logarithm of the chance that no attempt succeeds."""
    polynomials = tuple(Polynomial.build({(0,): 1, (): -j}) for j in range(count))
    chosen = Inequalities.over(polynomials, [(count - 1, (1 << bits) - 1)]).parameters
    missed = 2.0 ** (chosen.witness_bits + chosen.digit_bits - Z_BITS)
    attempt = (1 - missed) ** (3 * count * chosen.repetitions)
    return MAX_ATTEMPTS * log2(1 - attempt)


def test_documented_chances_are_those_of_the_parameters() -> None:
    assert gives_up(WIDEST, 1) < -500
    assert gives_up(WIDEST, 25) == pytest.approx(-68, abs=0.5)
    assert gives_up(WIDEST, MAX_PREDICATES) == pytest.approx(-9.4, abs=0.05)


def test_nothing_worse_is_admitted() -> None:
    worst = max(gives_up(bits, MAX_PREDICATES) for bits in range(64, WIDEST + 1))
    assert worst == gives_up(WIDEST, MAX_PREDICATES)
    with pytest.raises(UsageError, match="more than can be proven"):
        gives_up(WIDEST + 1, 1)
    with pytest.raises(UsageError, match="1 to 64 allowed"):
        gives_up(WIDEST, MAX_PREDICATES + 1)
