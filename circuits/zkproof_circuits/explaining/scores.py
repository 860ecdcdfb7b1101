"""Words for scores: how many conditions hold, or what points they make up together."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from zkproof_circuits.circuit import Score
from zkproof_circuits.explaining.naming import Naming

_UNIT = "points"


def points_of(naming: Naming, weight: int, condition: str) -> str:
    """What a condition counts for, or what it takes off."""
    points = naming.quantities.counted(_UNIT, Fraction(abs(weight)))
    key = "points_for" if weight > 0 else "points_off"
    return naming.catalogue.say("words", key, points=points, condition=condition)


def score_key(naming: Naming, score: Score) -> tuple[str, Mapping[str, object]]:
    """The key of a score's sentence, and its bounds."""
    low, high = score.low, score.high
    if set(score.weights) == {1} and low in (None, high):
        key = "at_most" if low is None else "exactly"
        return (f"{key}_one_of", {}) if high == 1 else (f"{key}_of", {"count": high})

    def points(bound: int | None) -> str:
        return naming.quantities.counted(_UNIT, Fraction(bound or 0))

    if low is None:
        return "score_at_most", {"high": points(high)}
    if high is None:
        return "score_at_least", {"low": points(low)}
    if low == high:
        return "score_exactly", {"low": points(low)}
    return "score_between", {"low": points(low), "high": points(high)}
