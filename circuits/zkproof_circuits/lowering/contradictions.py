"""Requirements that no values can satisfy together, as far as that can be seen.

Each stands on its own and could hold; together they leave nothing. Seen are bounds on one form
(``x >= 5`` and ``x <= 3``; ``a + b >= 9`` and ``a + b < 9``; ``x*y >= 4`` and ``x*y < 4``), ranges,
sets and exclusions of one slot, slots that have to be equal and different, and alternatives of
which too few are left (not those inside of others). Slots that have to be equal share what is known
of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import gcd, isqrt
from typing import assert_never

from zkproof_circuits.bounds import Interval
from zkproof_circuits.circuit import (
    And,
    AtLeast,
    Encrypt,
    Equal,
    Formula,
    Held,
    If,
    Inequality,
    InList,
    LinearZero,
    Member,
    Monomial,
    NotEqual,
    NotInList,
    NotMember,
    NotRevoked,
    NotZero,
    Or,
    Polynomial,
    PseudonymFor,
    QuadraticZero,
    Score,
    Slot,
)
from zkproof_circuits.consequences import DomainOf
from zkproof_circuits.language import syntax
from zkproof_circuits.types import Value
from zkproof_circuits.weighing import alternatives_of, opposite_if_any

MAX_ALTERNATIVES = 5000
"""Alternatives times other requirements: as far as they are gone through."""

_Form = tuple[tuple[Monomial, int], ...]
"""A polynomial without its constant; no common factor, and the first coefficient is positive."""


def check_contradictions(
    formulas: Sequence[tuple[syntax.Node, Formula]], domain_of: DomainOf
) -> None:
    """Raises `PolicyError` at the first statement that leaves no values."""
    if not impossible([formula for _, formula in formulas], domain_of):
        return
    # By halves: without the first ``possible`` it is not seen, with the first ``broken`` it is.
    possible, broken = 0, len(formulas)
    while broken - possible > 1:
        middle = (possible + broken) // 2
        if impossible([formula for _, formula in formulas[:middle]], domain_of):
            broken = middle
        else:
            possible = middle
    raise formulas[broken - 1][0].error("with what is required above this can never hold")


def impossible(formulas: Iterable[Formula], domain_of: DomainOf) -> bool:
    """Whether no values can satisfy all formulas; ``False`` where that is not seen."""
    certain = [part for formula in formulas for part in _parts(formula)]
    known = _Knowledge(certain, domain_of)
    if known.empty:
        return True
    alternatives = [part for part in certain if isinstance(part, Or | AtLeast | Score)]
    others = [part for part in certain if not isinstance(part, Or | AtLeast | Score)]
    if sum(len(each.parts) for each in alternatives) * (1 + len(others)) > MAX_ALTERNATIVES:
        return False

    def dead(part: Formula) -> bool:
        return _Knowledge([*others, *_parts(part)], domain_of).empty

    return any(_too_few(each, dead) for each in alternatives)


def _too_few(formula: Or | AtLeast | Score, dead: Callable[[Formula], bool]) -> bool:
    """Whether the parts that can hold, or fail, do not make up what is asked for."""
    if not isinstance(formula, Score):
        wanted = formula.count if isinstance(formula, AtLeast) else 1
        return sum(not dead(part) for part in formula.parts) < wanted
    least = most = 0
    for weight, part in zip(formula.weights, formula.parts, strict=True):
        against = opposite_if_any(part)
        fails = against is None or not dead(against)
        points = [weight] * (not dead(part)) + [0] * fails
        if not points:
            return True
        least, most = least + min(points), most + max(points)
    low, high = formula.low, formula.high
    return (low is not None and most < low) or (high is not None and least > high)


def _parts(formula: Formula) -> Iterator[Formula]:
    if isinstance(formula, If):
        formula = alternatives_of(formula)
    if isinstance(formula, And):
        for part in formula.parts:
            yield from _parts(part)
    else:
        yield formula


@dataclass(slots=True)
class _Room:
    """What is left for one form."""

    low: int | None = None
    high: int | None = None
    allowed: frozenset[Value] | None = None
    excluded: set[Value] = field(default_factory=set)
    holes: list[Interval] = field(default_factory=list)

    def take(self, low: int | None, high: int | None) -> None:
        """Only values from ``low`` to ``high``."""
        if low is not None:
            self.low = low if self.low is None else max(self.low, low)
        if high is not None:
            self.high = high if self.high is None else min(self.high, high)

    def allow(self, values: frozenset[Value]) -> None:
        """Only these values."""
        self.allowed = values if self.allowed is None else self.allowed & values

    @property
    def empty(self) -> bool:
        if self.allowed is not None:
            return not any(self._fits(value) for value in self.allowed)
        if self.low is None or self.high is None:
            return False
        low, high = self.low, self.high
        for first, last in sorted(self.holes):
            if first <= low <= last:
                low = last + 1
        for first, last in sorted(self.holes, key=lambda hole: -hole[1]):
            if first <= high <= last:
                high = first - 1
        # A long interval has more values than any policy excludes.
        if high - low > len(self.excluded):
            return False
        return not any(self._fits(value) for value in range(low, high + 1))

    def _fits(self, value: Value) -> bool:
        if value in self.excluded:
            return False
        if not isinstance(value, int):
            return True
        above = self.low is None or value >= self.low
        below = self.high is None or value <= self.high
        return above and below and not any(low <= value <= high for low, high in self.holes)


class _Knowledge:
    """What a list of formulas says of each form, equal slots taken for one."""

    def __init__(self, formulas: Sequence[Formula], domain_of: DomainOf) -> None:
        self.domain_of = domain_of
        self.leaders: dict[Slot, Slot] = {}
        for formula in formulas:
            if isinstance(formula, Equal):
                first, second = self.leader(formula.first), self.leader(formula.second)
                self.leaders[max(first, second)] = min(first, second)
        self.rooms: dict[_Form, _Room] = {}
        self.listed: set[tuple[Slot, str]] = set()
        self.unlisted: set[tuple[Slot, str]] = set()
        self.broken = False
        for slot in sorted(self.leaders):
            self._slot_room(slot)
        for formula in formulas:
            self._take(formula)

    @property
    def empty(self) -> bool:
        """Whether some form has no values left."""
        if self.broken or self.listed & self.unlisted:
            return True
        return any(room.empty for room in self.rooms.values())

    def leader(self, slot: Slot) -> Slot:
        while slot in self.leaders and self.leaders[slot] != slot:
            slot = self.leaders[slot]
        return slot

    def _slot_room(self, slot: Slot) -> _Room:
        """The room of a slot's class, with what the slot's own type allows."""
        form: _Form = (((self.leader(slot),), 1),)
        room = self.rooms.setdefault(form, _Room())
        domain = self.domain_of(slot)
        if domain.box is not None:
            room.take(*domain.box)
        if domain.allowed is not None:
            room.allow(domain.allowed)
        return room

    def _take(self, formula: Formula) -> None:
        match formula:
            case NotEqual(first, second):
                self.broken |= self.leader(first) == self.leader(second)
            case Member(slot, values):
                self._slot_room(slot).allow(frozenset(values))
            case NotMember(slot, values):
                self._slot_room(slot).excluded |= set(values)
            case InList(slot, list_id):
                self.listed.add((self.leader(slot), list_id))
            case NotInList(slot, list_id):
                self.unlisted.add((self.leader(slot), list_id))
            case Inequality(polynomial):
                self._at_least_zero(self._merged(polynomial))
            case LinearZero(polynomial) | QuadraticZero(polynomial):
                self._zero(self._merged(polynomial), differs=False)
            case NotZero(polynomial):
                self._zero(self._merged(polynomial), differs=True)
            case Equal() | And() | Or() | AtLeast() | Score() | If():
                # Equal slots are one class; connectives are taken apart by the caller.
                pass
            case Held() | NotRevoked() | PseudonymFor() | Encrypt():
                pass
            case _:
                assert_never(formula)

    def _merged(self, polynomial: Polynomial) -> Polynomial:
        """The polynomial over leaders; slots of one class add up."""
        merged: dict[Monomial, int] = {}
        for monomial, value in polynomial.terms:
            key = tuple(sorted(self.leader(slot) for slot in monomial))
            merged[key] = merged.get(key, 0) + value
            for slot in monomial:
                self._slot_room(slot)
        return Polynomial.build(merged)

    def _room(self, polynomial: Polynomial) -> tuple[_Room, int, int]:
        """The room of ``form`` with ``polynomial = factor * form + constant``, and both numbers."""
        terms = [(monomial, value) for monomial, value in polynomial.terms if monomial]
        factor = gcd(*(value for _, value in terms)) * (1 if terms[0][1] > 0 else -1)
        form = tuple((monomial, value // factor) for monomial, value in terms)
        if form not in self.rooms:
            self.rooms[form] = _Room()
            boxes = {slot: self.domain_of(slot).box for slot in polynomial.slots}
            if None not in boxes.values():
                whole = Polynomial.build(dict(form))
                self.rooms[form].take(*whole.interval(lambda slot: boxes[slot] or (0, 0)))
        return self.rooms[form], factor, polynomial.constant

    def _at_least_zero(self, polynomial: Polynomial) -> None:
        if not polynomial.degree:
            self.broken |= polynomial.constant < 0
            return
        room, factor, constant = self._room(polynomial)
        # factor * form >= -constant
        if factor > 0:
            room.take(-(constant // factor), None)
        else:
            room.take(None, constant // -factor)
        if polynomial.degree == 2 and len(polynomial.slots) == 1:
            self._range(polynomial)

    def _range(self, polynomial: Polynomial) -> None:
        """``a*x^2 + b*x + c >= 0`` says that x lies between two integers, or not between them."""
        (slot,) = polynomial.slots
        a, b = polynomial.coefficient((slot, slot)), polynomial.coefficient((slot,))
        room = self._slot_room(slot)
        if a > 0:
            hole = _where_negative(a, b, polynomial.constant)
            if hole is not None:
                room.holes.append(hole)
            return
        # -P <= 0 is the same as -P - 1 < 0 for integers.
        inside = _where_negative(-a, -b, -polynomial.constant - 1)
        if inside is None:
            self.broken = True
        else:
            room.take(*inside)

    def _zero(self, polynomial: Polynomial, *, differs: bool) -> None:
        if not polynomial.degree:
            self.broken |= (polynomial.constant == 0) == differs
            return
        room, factor, constant = self._room(polynomial)
        value, rest = divmod(-constant, factor)
        if rest:
            self.broken |= not differs
        elif differs:
            room.excluded.add(value)
        else:
            room.take(value, value)


def _where_negative(a: int, b: int, c: int) -> Interval | None:
    """The first and the last integer with ``a*x^2 + b*x + c < 0``, for positive a."""
    discriminant = b * b - 4 * a * c
    if discriminant <= 0:
        return None
    root = isqrt(discriminant)
    low, high = (-b - root) // (2 * a) - 1, (-b + root) // (2 * a) + 2
    while low <= high and a * low * low + b * low + c >= 0:
        low += 1
    while low <= high and a * high * high + b * high + c >= 0:
        high -= 1
    return (low, high) if low <= high else None
