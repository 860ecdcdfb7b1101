"""What a circuit needs of a proof: the intervals of its inequalities, the size of its parts.

Inside an alternative a polynomial is multiplied by a hidden selector that is 0 or 1, and one of
degree two becomes an auxiliary value first; the intervals here are those of that form.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from math import isqrt
from typing import assert_never

from zkproof_circuits.bounds import Interval, polynomial_interval
from zkproof_circuits.circuit import (
    And,
    AtLeast,
    Encrypt,
    Equal,
    Formula,
    Inequality,
    InList,
    LinearZero,
    Member,
    NotEqual,
    NotInList,
    NotMember,
    NotRevoked,
    NotZero,
    Or,
    Polynomial,
    PseudonymFor,
    QuadraticZero,
    Slot,
    atoms,
)
from zkproof_circuits.schema import Schema

MAX_INEQUALITIES = 64
MAX_AUXILIARY = 400
MAX_EXACT = 400
"""Most inequalities, auxiliary secrets and exact constraints of one presentation."""

GAP_RANGE: Interval = (0, 1 << 40)
"""Lowest and highest end of a gap between listed integers: sentinels. What is listed, and what is
held against the list, lies strictly between them."""

BoxOf = Callable[[Slot], Interval]


def inequality_intervals(formulas: Iterable[Formula], box_of: BoxOf) -> tuple[Interval, ...]:
    """The interval of every inequality that the formulas need, in order.

    ``box_of`` gives the interval of a slot's type; what it raises for a slot without one passes
    through.
    """
    return tuple(
        interval for formula in formulas for interval in _intervals(formula, box_of, False)
    )


def exact_intervals(formulas: Iterable[Formula], box_of: BoxOf) -> tuple[Interval, ...]:
    """The interval of every polynomial that is to be zero, or not, in order."""
    return tuple(
        atom.polynomial.interval(box_of)
        for formula in formulas
        for atom in atoms(formula)
        if isinstance(atom, LinearZero | QuadraticZero | NotZero)
    )


def validity_intervals(
    schema: Schema, revealed: Collection[str], today: int
) -> tuple[Interval, ...]:
    """The interval of the inequality that says that a credential is valid on a day, if it needs
    one: every presentation proves it, whether or not the policy asks.
    """
    ends = [
        (sign, schema.attribute(name).type.box or (0, 0))
        for sign, name in ((-1, schema.roles.valid_from), (1, schema.roles.valid_until))
        if name is not None and name not in revealed
    ]
    # sign * (x - today), and the product of both
    ranges = [sorted(sign * (end - today) for end in box) for sign, box in ends]
    if len(ranges) == 2:
        corners = [a * b for a in ranges[0] for b in ranges[1]]
        return ((min(corners), max(corners)),)
    return tuple((low, high) for low, high in ranges)


def exact_size(formulas: Iterable[Formula]) -> tuple[int, int]:
    """Upper estimates of the auxiliary secrets and the exact constraints that formulas need."""
    return _sum(_size(formula, False) for formula in formulas)


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
        case NotInList(slot):
            yield _gap(box_of(slot))
        case (
            Equal()
            | NotEqual()
            | LinearZero()
            | QuadraticZero()
            | NotZero()
            | Member()
            | NotMember()
            | NotRevoked()
            | InList()
            | PseudonymFor()
            | Encrypt()
        ):
            return
        case _:
            assert_never(formula)


def _guarded(polynomial: Polynomial, box_of: BoxOf) -> Interval:
    """The interval of ``selector * polynomial``."""
    if polynomial.degree == 2:
        low, high = polynomial.interval(box_of)
        return min(low, 0), max(high, 0)
    parts = [Polynomial((term,)).interval(box_of) for term in polynomial.terms]
    return sum(min(low, 0) for low, _ in parts), sum(max(high, 0) for _, high in parts)


def _gap(box: Interval) -> Interval:
    """The interval of ``(x - low) * (high - x) - 1``, the ends of the gap being hidden as well."""
    boxes = {"x": box, "low": GAP_RANGE, "high": GAP_RANGE}
    products = {("x", "high"): 1, ("x", "low"): 1, ("x", "x"): -1, ("low", "high"): -1}
    return polynomial_interval([*products.items(), ((), -1)], boxes.__getitem__)


def _size(formula: Formula, guarded: bool) -> tuple[int, int]:
    match formula:
        case And(parts):
            return _sum(_size(part, guarded) for part in parts)
        case Or(parts) | AtLeast(_, parts):
            inner = _sum(_size(part, True) for part in parts)
            return _sum([(len(parts), len(parts)), inner])
        case Member(_, values) if guarded:
            # Beneath a selector each value has a selector of its own.
            return len(values), 2 * len(values)
        case Member(_, values):
            rows = isqrt(len(values) - 1) + 1
            return (2 * rows, 2 * rows + 3) if len(values) > 1 else (0, 0)
        case NotMember(_, values):
            return len(values), len(values)
        case NotEqual():
            return 1, 1
        case NotZero(polynomial):
            return polynomial.degree, polynomial.degree
        case Inequality(polynomial):
            extra = int(guarded and polynomial.degree == 2)
            return extra, extra
        case QuadraticZero():
            return (1, 2) if guarded else (0, 1)
        case Equal() | LinearZero():
            return 0, int(guarded)
        case NotRevoked() | InList() | NotInList() | PseudonymFor() | Encrypt():
            return 0, 0
        case _:
            assert_never(formula)


def _sum(sizes: Iterable[tuple[int, int]]) -> tuple[int, int]:
    listed = list(sizes)
    return sum(size[0] for size in listed), sum(size[1] for size in listed)
