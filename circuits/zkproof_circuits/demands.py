"""What a circuit demands of a proof: the intervals of its inequalities, the size of its parts.

Inside an alternative a polynomial is multiplied by a hidden selector that is 0 or 1, and its
quadratic part becomes one auxiliary value first; the intervals here are those of that form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import isqrt

from zkproof_circuits.bounds import Interval
from zkproof_circuits.circuit import (
    And,
    AtLeast,
    Formula,
    Inequality,
    Member,
    NotEqual,
    NotMember,
    NotZero,
    Or,
    Polynomial,
    QuadraticZero,
    Slot,
)

MAX_INEQUALITIES = 64
MAX_AUXILIARY = 400
"""Most inequalities and auxiliary secrets of one presentation."""

BoxOf = Callable[[Slot], Interval]


def inequality_intervals(formulas: Iterable[Formula], box_of: BoxOf) -> tuple[Interval, ...]:
    """The interval of every inequality that the formulas need, in order.

    ``box_of`` gives the interval of a slot's type; what it raises for a slot without one passes
    through.
    """
    return tuple(
        interval for formula in formulas for interval in _intervals(formula, box_of, False)
    )


def auxiliary_values(formulas: Iterable[Formula]) -> int:
    """An upper estimate of the auxiliary secrets that the formulas need."""
    return sum(_auxiliary(formula, False) for formula in formulas)


def _intervals(formula: Formula, box_of: BoxOf, guarded: bool) -> Iterator[Interval]:
    match formula:
        case And(parts):
            for part in parts:
                yield from _intervals(part, box_of, guarded)
        case Or(parts) | AtLeast(_, parts):
            for part in parts:
                yield from _intervals(part, box_of, True)
        case Inequality(polynomial):
            yield _guarded(polynomial, box_of) if guarded else polynomial.interval(box_of)


def _guarded(polynomial: Polynomial, box_of: BoxOf) -> Interval:
    """The interval of ``selector * polynomial``, term by term."""
    quadratic = Polynomial(tuple(term for term in polynomial.terms if len(term[0]) == 2))
    parts = [quadratic.interval(box_of)]
    for monomial, coefficient in polynomial.terms:
        if len(monomial) < 2:
            parts.append(Polynomial(((monomial, coefficient),)).interval(box_of))
    return sum(min(low, 0) for low, _ in parts), sum(max(high, 0) for _, high in parts)


def _auxiliary(formula: Formula, guarded: bool) -> int:
    match formula:
        case And(parts):
            return sum(_auxiliary(part, guarded) for part in parts)
        case Or(parts) | AtLeast(_, parts):
            return len(parts) + sum(_auxiliary(part, True) for part in parts)
        case Member(_, values):
            return 2 * (isqrt(len(values)) + 1) if len(values) > 1 else 0
        case NotMember(_, values):
            return len(values)
        case NotZero(polynomial):
            return polynomial.degree
        case NotEqual():
            return 1
        case QuadraticZero(polynomial) | Inequality(polynomial):
            return int(guarded and polynomial.degree == 2)
        case _:
            return 0
