"""Requirements that no values can satisfy together, as far as that can be seen.

Each stands on its own and could hold; together they leave nothing. Seen are bounds on one linear
form (``x >= 5`` and ``x <= 3``; ``a + b >= 9`` and ``a + b < 9``), sets and exclusions of one slot,
and a pair of slots that would have to be equal and different. Alternatives are not looked into.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isqrt

from zkproof_circuits.bounds import Interval
from zkproof_circuits.circuit import (
    Equal,
    Formula,
    Inequality,
    LinearZero,
    Member,
    NotEqual,
    NotMember,
    NotZero,
    Polynomial,
    Slot,
)
from zkproof_circuits.language import syntax
from zkproof_circuits.types import Value

_Form = tuple[tuple[Slot, int], ...]
"""A linear form without its constant; the first coefficient is positive."""

BoxOf = Callable[[Slot], Interval | None]


@dataclass(slots=True)
class _Room:
    """What is left for one linear form. A form of one slot may have sets too."""

    low: int | None = None
    high: int | None = None
    allowed: frozenset[Value] | None = None
    excluded: set[Value] = field(default_factory=set)

    def raise_low(self, low: int) -> None:
        self.low = low if self.low is None else max(self.low, low)

    def lower_high(self, high: int) -> None:
        self.high = high if self.high is None else min(self.high, high)

    @property
    def empty(self) -> bool:
        if self.allowed is not None:
            return not any(self._fits(value) for value in self.allowed)
        if self.low is None or self.high is None:
            return False
        width = self.high - self.low
        # A long interval has more values than any policy excludes.
        if width > len(self.excluded):
            return False
        return not any(self._fits(value) for value in range(self.low, self.high + 1))

    def _fits(self, value: Value) -> bool:
        if value in self.excluded:
            return False
        if isinstance(value, int):
            above = self.low is None or value >= self.low
            return above and (self.high is None or value <= self.high)
        return True


def check_contradictions(formulas: Sequence[tuple[syntax.Node, Formula]], box_of: BoxOf) -> None:
    """Raises `PolicyError` at the first statement that leaves no values."""
    rooms: dict[_Form, _Room] = {}
    equal: set[tuple[Slot, Slot]] = set()
    different: set[tuple[Slot, Slot]] = set()

    def room(form: _Form) -> _Room:
        if form not in rooms:
            rooms[form] = _Room()
            box = box_of(form[0][0]) if len(form) == 1 else None
            if box is not None:
                rooms[form].low, rooms[form].high = box
        return rooms[form]

    for node, formula in formulas:
        touched: list[_Room] = []
        match formula:
            case Equal(first, second):
                equal.add((first, second))
            case NotEqual(first, second):
                different.add((first, second))
            case Member(slot, values):
                one = room(((slot, 1),))
                known = frozenset(values)
                one.allowed = known if one.allowed is None else one.allowed & known
                touched.append(one)
            case NotMember(slot, values):
                one = room(((slot, 1),))
                one.excluded |= set(values)
                touched.append(one)
            case Inequality(polynomial):
                touched += _bound(polynomial, room)
            case LinearZero(polynomial):
                form, sign, constant = _form(polynomial)
                one = room(form)
                one.raise_low(-sign * constant)
                one.lower_high(-sign * constant)
                touched.append(one)
            case NotZero(polynomial) if polynomial.degree == 1:
                form, sign, constant = _form(polynomial)
                one = room(form)
                one.excluded.add(-sign * constant)
                touched.append(one)
        if any(each.empty for each in touched) or equal & different:
            raise node.error("with what is required above this can never hold")


def _bound(polynomial: Polynomial, room: Callable[[_Form], _Room]) -> list[_Room]:
    """Take in ``polynomial >= 0``; the rooms that became smaller."""
    if polynomial.degree == 1:
        form, sign, constant = _form(polynomial)
        one = room(form)
        if sign > 0:
            one.raise_low(-constant)
        else:
            one.lower_high(constant)
        return [one]
    between = _between(polynomial)
    if between is None:
        return []
    slot, low, high = between
    one = room(((slot, 1),))
    one.raise_low(low)
    one.lower_high(high)
    return [one]


def _form(polynomial: Polynomial) -> tuple[_Form, int, int]:
    """``sign * form + constant``."""
    terms = [(monomial[0], value) for monomial, value in polynomial.terms if monomial]
    constant = next((value for monomial, value in polynomial.terms if not monomial), 0)
    sign = 1 if terms[0][1] > 0 else -1
    return tuple((slot, sign * value) for slot, value in terms), sign, constant


def _between(polynomial: Polynomial) -> tuple[Slot, int, int] | None:
    """``-x^2 + b*x + c >= 0``, which says that x lies between two integers."""
    if len(polynomial.slots) != 1:
        return None
    (slot,) = polynomial.slots
    by_degree = {len(monomial): value for monomial, value in polynomial.terms}
    b, c = by_degree.get(1, 0), by_degree.get(0, 0)
    discriminant = b * b + 4 * c
    if by_degree.get(2) != -1 or discriminant < 0:
        return None
    root = isqrt(discriminant)
    # The largest interval around b/2 whose ends satisfy it.
    return slot, -((root - b) // 2), (b + root) // 2
