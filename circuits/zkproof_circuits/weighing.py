"""Scores over conditions, and the opposite of a formula.

A formula has no negation, and yet some hold only where a part does not: a score that stays below a
bound, ``exactly k of``, ``if``. Their proof shows the opposite of the part, with the negation
pushed into its atoms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from zkproof.errors import UsageError
from zkproof_circuits.atoms import (
    Encrypt,
    Equal,
    Held,
    Inequality,
    InList,
    LinearZero,
    Member,
    NotEqual,
    NotInList,
    NotMember,
    NotRevoked,
    NotZero,
    PseudonymFor,
    QuadraticZero,
)
from zkproof_circuits.formula import (
    And,
    AtLeast,
    Formula,
    If,
    Or,
    Score,
    at_least,
    atoms,
    conjunction,
    disjunction,
    sort_key,
)
from zkproof_circuits.polynomial import Monomial, Polynomial


def opposite(formula: Formula) -> Formula:
    """Holds exactly where ``formula`` does not.

    Raises `UsageError` for what values do not decide.
    """
    match formula:
        case And(parts):
            return disjunction(map(opposite, parts))
        case Or(parts):
            return conjunction(map(opposite, parts))
        case AtLeast(count, parts):
            # Not at least k of n: at least n - k + 1 do not hold.
            return at_least(len(parts) - count + 1, list(map(opposite, parts)))
        case Score(low, high, weights, parts):
            weighted = list(zip(weights, parts, strict=True))
            sides: list[Formula] = []
            if low is not None:
                sides.append(score(weighted, None, low - 1))
            if high is not None:
                sides.append(score(weighted, high + 1, None))
            return disjunction(sides)
        case If((condition, consequence)):
            return conjunction([condition, opposite(consequence)])
        case Equal(first, second):
            return NotEqual(first, second)
        case NotEqual(first, second):
            return Equal(first, second)
        case LinearZero(polynomial) | QuadraticZero(polynomial):
            return NotZero(polynomial)
        case NotZero(polynomial):
            return LinearZero(polynomial) if polynomial.degree == 1 else QuadraticZero(polynomial)
        case Inequality(polynomial):
            return Inequality(_below_zero(polynomial))
        case Member(slot, values):
            return NotMember(slot, values)
        case NotMember(slot, values):
            return Member(slot, values)
        case Held() | NotRevoked() | InList() | NotInList() | PseudonymFor() | Encrypt():
            raise UsageError(
                "that something does not stand in a list, or was revoked, is not proven this way",
                hint="let it earn points, or be one of at least k; it counts against nobody",
            )
        case _:
            assert_never(formula)


def opposite_if_any(formula: Formula) -> Formula | None:
    """`opposite`, or ``None`` for what values do not decide."""
    undecided = (Held, NotRevoked, InList, NotInList, PseudonymFor, Encrypt)
    if any(isinstance(atom, undecided) for atom in atoms(formula)):
        return None
    return opposite(formula)


def alternatives_of(formula: If) -> Formula:
    """The same as alternatives: the condition does not hold, or the consequence does."""
    condition, consequence = formula.parts
    return disjunction([opposite(condition), consequence])


def score(weighted: Sequence[tuple[int, Formula]], low: int | None, high: int | None) -> Formula:
    """``low <= sum of the weights of the parts that hold <= high``, one bound or both.

    Where only one outcome of every part fits, that is a conjunction, and where each part counts one
    it may be `at_least`. Raises `UsageError` for equal parts.
    """
    if len({part for _, part in weighted}) != len(weighted):
        raise UsageError(
            "score: one condition stands twice", hint="write it once, with the points of both"
        )
    ordered = sorted(weighted, key=lambda each: sort_key(each[1]))
    weights = tuple(weight for weight, _ in ordered)
    parts = tuple(part for _, part in ordered)
    found = Score(low, high, weights, parts)
    least, most = found.least, found.most
    if low == most or high == least:
        up = low == most
        return conjunction(
            part if (weight > 0) is up else opposite(part) for weight, part in ordered
        )
    if len(parts) == 1 and _fits(found, least) != _fits(found, most):
        return parts[0] if _fits(found, weights[0]) else opposite(parts[0])
    lower = low is not None and low > least
    upper = high is not None and high < most
    if lower and not upper:
        found = Score(low, None, weights, parts)
    elif upper and not lower:
        found = Score(None, high, weights, parts)
    if lower and not upper and set(weights) == {1} and (low or 0) <= len(parts):
        return at_least(low or 0, parts)
    return found


def _fits(found: Score, points: int) -> bool:
    low, high = found.low, found.high
    return (low is None or low <= points) and (high is None or points <= high)


def _below_zero(polynomial: Polynomial) -> Polynomial:
    """At least zero exactly where the integer is not: ``-P - 1``."""
    terms: dict[Monomial, int] = {monomial: -value for monomial, value in polynomial.terms}
    terms[()] = terms.get((), 0) - 1
    return Polynomial.build(terms)
