"""What follows from a circuit: which hidden values are determined by what is seen and required.

A verifier knows an attribute when it is revealed, and also when the requirements leave one value:
a bound at the end of the type, a sum whose other parts are known, the last member of a list. The
explanation lists these before the holder agrees, the report after the proof.

Without the disclosed values, "known" means known to whoever will see them: a factor that is
revealed is taken for a number other than zero. With them, they are put in, and more may follow.
What is found does follow; a system of inequalities may leave one value in ways not seen here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from typing import assert_never

from zkproof.errors import UsageError
from zkproof_circuits.bounds import Interval
from zkproof_circuits.circuit import (
    And,
    AtLeast,
    Circuit,
    Encrypt,
    Equal,
    Formula,
    Held,
    If,
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
    Score,
    Slot,
    atoms,
    slots_of,
)
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value
from zkproof_circuits.weighing import alternatives_of, opposite_if_any

MAX_ROUNDS = 12
"""How often what was found is used again: as long a chain of inequalities as is followed."""

MAX_STEPS = 200
"""How many intervals are tried to find the first value that is possible."""

MAX_FACTORS = 8
MAX_ALTERNATIVES = 64
MAX_EQUATIONS = 128
"""Larger products, alternatives and systems are not looked into."""

MAX_COUNTED = 1024
"""Most values of a type that are told apart one by one."""


@dataclass(frozen=True, slots=True)
class Domain:
    """What is allowed for a slot: an interval, a set, or nothing known."""

    box: Interval | None = None
    allowed: frozenset[Value] | None = None


DomainOf = Callable[[Slot], Domain]


def determined(
    circuit: Circuit,
    schemas: Mapping[str, Schema],
    *,
    disclosed: Mapping[Slot, Value] | None = None,
    today: int | None = None,
) -> frozenset[Slot]:
    """Slots that are revealed, or whose value follows; never a holder's secret. The issuer's name,
    where the presentation says it, and what the schema leaves one value for are among them.

    ``schemas`` are by alias. ``disclosed`` gives the revealed values once they are known, ``today``
    the day of the request, on which every credential is proven to be valid.
    """

    def domain_of(slot: Slot) -> Domain:
        return domain(schemas[slot.credential], slot.attribute, today)

    values: dict[Slot, Value] = dict(disclosed or {})
    known = set(circuit.revealed)
    in_ways = circuit.conditional
    named = {each.alias for each in circuit.credentials if each.hidden_among is None}
    for alias, schema in schemas.items():
        for attribute in schema.attributes:
            only = None if alias in in_ways else attribute.type.only_value
            if only is not None:
                values[Slot(alias, attribute.name)] = only
            says_issuer = alias in named and attribute.name == schema.roles.issuer_name
            if only is not None or says_issuer:
                known.add(Slot(alias, attribute.name))
    found = known_slots(circuit.formulas, known, domain_of, values=values)
    return frozenset(
        slot
        for slot in found
        if not schemas[slot.credential].attribute(slot.attribute).type.holder_chosen
    )


def domain(schema: Schema, name: str, today: int | None = None) -> Domain:
    """What the type of an attribute allows, and that the credential is valid on a day."""
    kind = schema.attribute(name).type
    box = kind.box
    if box is not None and today is not None and name == schema.roles.valid_from:
        box = (box[0], today)
    elif box is not None and today is not None and name == schema.roles.valid_until:
        box = (today, box[1])
    return Domain(box, kind.allowed_values)


def known_slots(
    formulas: Iterable[Formula],
    revealed: Collection[Slot],
    domain_of: DomainOf,
    *,
    values: Mapping[Slot, Value] | None = None,
) -> frozenset[Slot]:
    """Slots that are revealed, or that formulas read and whose values are determined."""
    certain = [part for formula in formulas for part in _certain(formula)]
    state = _State(domain_of, dict(values or {}), set(revealed))
    for _ in range(MAX_ROUNDS):
        known, changes = len(state.known), state.changes
        for formula in certain:
            _narrow(state, formula)
        _solve(state, certain)
        if (known, changes) == (len(state.known), state.changes):
            break
    return frozenset(state.known)


def _certain(formula: Formula) -> Iterator[Formula]:
    if isinstance(formula, And):
        for part in formula.parts:
            yield from _certain(part)
    else:
        yield formula


@dataclass(slots=True)
class _State:
    """What is left for each slot, and which slots have one value."""

    domain_of: DomainOf
    values: dict[Slot, Value]
    known: set[Slot]
    boxes: dict[Slot, Interval] = field(default_factory=dict)
    allowed: dict[Slot, frozenset[Value]] = field(default_factory=dict)
    empty: bool = False
    changes: int = 0

    def only(self, slots: Collection[Slot]) -> _State:
        """A copy that is about these slots."""
        return _State(
            self.domain_of,
            {slot: self.values[slot] for slot in slots if slot in self.values},
            self.known & set(slots),
            {slot: self.boxes[slot] for slot in slots if slot in self.boxes},
            {slot: self.allowed[slot] for slot in slots if slot in self.allowed},
        )

    def room(self, slot: Slot) -> None:
        """Begin with what the type allows."""
        if slot in self.boxes or slot in self.allowed:
            return
        start = self.domain_of(slot)
        if start.box is not None:
            self.boxes[slot] = start.box
        if start.allowed is not None:
            self.allowed[slot] = start.allowed
        elif start.box is not None and start.box[1] - start.box[0] < MAX_COUNTED:
            self.allowed[slot] = frozenset(range(start.box[0], start.box[1] + 1))
        value = self.values.get(slot)
        if value is not None:
            # Set here and not by `allow`, which would begin with `room` again.
            only = frozenset({value})
            self.allowed[slot] = self.allowed.get(slot, only) & only
            self.changes += 1
        self._settle(slot)

    def interval(self, slot: Slot) -> Interval | None:
        self.room(slot)
        return self.boxes.get(slot)

    def allow(self, slot: Slot, values: frozenset[Value]) -> None:
        """Only these values."""
        self.room(slot)
        left = self.allowed[slot] & values if slot in self.allowed else values
        if left != self.allowed.get(slot):
            self.allowed[slot] = left
            self.changes += 1
            self._settle(slot)

    def exclude(self, slot: Slot, values: Collection[Value]) -> None:
        """None of these values."""
        self.room(slot)
        if slot in self.allowed:
            self.allow(slot, self.allowed[slot].difference(values))
        elif slot in self.boxes:
            low, high = self.boxes[slot]
            excluded = {value for value in values if isinstance(value, int)}
            while low in excluded and low <= high:
                low += 1
            while high in excluded and low <= high:
                high -= 1
            self.within(slot, low, high)

    def within(self, slot: Slot, low: int, high: int) -> None:
        """Only integers from ``low`` to ``high``."""
        self.room(slot)
        old = self.boxes.get(slot, (low, high))
        left = max(old[0], low), min(old[1], high)
        if left != self.boxes.get(slot):
            self.boxes[slot] = left
            self.changes += 1
            self._settle(slot)

    def _settle(self, slot: Slot) -> None:
        """Set and interval agree; one value that is left is known."""
        allowed = self.allowed.get(slot)
        box = self.boxes.get(slot)
        if allowed is not None and box is not None:
            allowed = frozenset(
                value for value in allowed if isinstance(value, int) and box[0] <= value <= box[1]
            )
            self.allowed[slot] = allowed
            numbers = [value for value in allowed if isinstance(value, int)]
            box = (min(numbers), max(numbers)) if numbers else (1, 0)
            self.boxes[slot] = box
        if (box is not None and box[0] > box[1]) or (allowed is not None and not allowed):
            self.empty = True
        elif box is not None and box[0] == box[1]:
            self._learn(slot, box[0])
        elif allowed is not None and len(allowed) == 1:
            self._learn(slot, next(iter(allowed)))

    def _learn(self, slot: Slot, value: Value) -> None:
        self.known.add(slot)
        self.values.setdefault(slot, value)


def _narrow(state: _State, formula: Formula) -> None:
    """What one formula leaves for each slot that it reads."""
    match formula:
        case Member(slot, values):
            state.allow(slot, frozenset(values))
        case NotMember(slot, values):
            state.exclude(slot, values)
        case Equal(first, second):
            _share(state, first, second)
        case NotEqual(first, second):
            _differ(state, first, second)
            _differ(state, second, first)
        case Inequality(polynomial):
            _at_least_zero(state, polynomial)
        case LinearZero(polynomial) | QuadraticZero(polynomial):
            _at_least_zero(state, polynomial)
            _at_least_zero(state, _negative(polynomial))
        case NotZero(polynomial):
            _not_zero(state, polynomial)
        case And(parts):
            for part in parts:
                _narrow(state, part)
        case Or(parts):
            _alternatives(state, parts, 1)
        case AtLeast(count, parts):
            _alternatives(state, parts, count)
        case Score():
            _score(state, formula)
        case If():
            _narrow(state, alternatives_of(formula))
        case Held() | NotRevoked() | InList() | NotInList() | PseudonymFor() | Encrypt():
            pass
        case _:
            assert_never(formula)


def _share(state: _State, first: Slot, second: Slot) -> None:
    for one, other in ((first, second), (second, first)):
        state.room(one)
        if one in state.known:
            state.known.add(other)
        if one in state.allowed:
            state.allow(other, state.allowed[one])
        if one in state.boxes:
            state.within(other, *state.boxes[one])


def _differ(state: _State, one: Slot, other: Slot) -> None:
    """``one`` is not what ``other`` is, where that is known."""
    state.room(one)
    state.room(other)
    if other not in state.known:
        return
    if other in state.values:
        state.exclude(one, [state.values[other]])
    elif _two_left(state, one):
        # Of two values the other one, once the first is seen.
        state.known.add(one)


def _two_left(state: _State, slot: Slot) -> bool:
    box, allowed = state.boxes.get(slot), state.allowed.get(slot)
    return (box is not None and box[1] - box[0] == 1) or (allowed is not None and len(allowed) == 2)


def _not_zero(state: _State, polynomial: Polynomial) -> None:
    unknown = [slot for slot in polynomial.slots if slot not in state.known]
    if len(unknown) != 1:
        return
    slot = unknown[0]
    if all(other in state.values for other in polynomial.slots if other != slot):
        a, b, c = _in_one(polynomial, slot, state.values)
        if not a and b and -c % b == 0:
            state.exclude(slot, [-c // b])
    elif _two_left(state, slot):
        state.known.add(slot)


def _in_one(
    polynomial: Polynomial, slot: Slot, values: Mapping[Slot, Value]
) -> tuple[int, int, int]:
    """The coefficients of ``a*x^2 + b*x + c`` with every other slot at its value."""
    found = [0, 0, 0]
    for monomial, coefficient in polynomial.terms:
        others = [_integer(other, values[other]) for other in monomial if other != slot]
        found[2 - (len(monomial) - len(others))] += coefficient * prod(others)
    return found[0], found[1], found[2]


def _integer(slot: Slot, value: Value) -> int:
    if not isinstance(value, int):
        raise UsageError(f"{slot}: an integer is needed")
    return value


def _negative(polynomial: Polynomial) -> Polynomial:
    return Polynomial(tuple((monomial, -value) for monomial, value in polynomial.terms))


def _at_least_zero(state: _State, polynomial: Polynomial) -> None:
    """Cut the ends of each interval at which the polynomial is below zero whatever the others."""
    boxes: dict[Slot, Interval] = {}
    for slot in polynomial.slots:
        box = state.interval(slot)
        if box is None:
            return
        boxes[slot] = box
    if polynomial.degree == 1:
        _cut_linear(state, polynomial, boxes)
    elif len(boxes) <= MAX_FACTORS:
        _cut_quadratic(state, polynomial, boxes)


def _cut_linear(state: _State, polynomial: Polynomial, boxes: Mapping[Slot, Interval]) -> None:
    highest = polynomial.interval(boxes.__getitem__)[1]
    if highest < 0:
        state.empty = True
        return
    for monomial, coefficient in polynomial.terms:
        if monomial:
            (slot,) = monomial
            low, high = boxes[slot]
            # The others reach highest - max(coefficient * x), and x has to make up for the rest.
            if coefficient > 0:
                state.within(slot, max(low, high - highest // coefficient), high)
            else:
                state.within(slot, low, min(high, low + highest // -coefficient))


def _cut_quadratic(state: _State, polynomial: Polynomial, boxes: dict[Slot, Interval]) -> None:
    if polynomial.interval(boxes.__getitem__)[1] < 0:
        state.empty = True
        return
    for slot in sorted(boxes):
        low, high = boxes[slot]

        def never(first: int, last: int, slot: Slot = slot) -> bool:
            inside = {**boxes, slot: (first, last)}
            return polynomial.interval(inside.__getitem__)[1] < 0

        low = _first_possible(low, high, never)
        high = -_first_possible(-high, -low, lambda first, last: never(-last, -first))
        if low > high:
            state.empty = True
            return
        boxes[slot] = (low, high)
        state.within(slot, low, high)


def _first_possible(low: int, high: int, never: Callable[[int, int], bool]) -> int:
    """A point below which all are impossible: the first that is not, where steps suffice."""
    stack = [(low, high)]
    for _ in range(MAX_STEPS):
        if not stack:
            return high + 1
        first, last = stack.pop()
        if never(first, last):
            continue
        if first == last:
            return first
        middle = (first + last) // 2
        stack += [(middle + 1, last), (first, middle)]
    return stack[-1][0] if stack else high + 1


def _alternatives(state: _State, parts: tuple[Formula, ...], count: int) -> None:
    """What every way of holding leaves. At least one part holds, and those that cannot are dead."""
    if len(parts) > MAX_ALTERNATIVES:
        return
    slots = _slots(state, parts)
    branches: list[_State] = []
    alive: list[Formula] = []
    for part in parts:
        branch = _branch(state, slots, part)
        if not branch.empty:
            branches.append(branch)
            alive.append(part)
    if len(alive) <= count:
        state.empty |= len(alive) < count
        for part in alive:
            for each in _certain(part):
                _narrow(state, each)
        return
    for slot in sorted(slots):
        if all(slot in branch.allowed for branch in branches):
            state.allow(slot, frozenset().union(*(branch.allowed[slot] for branch in branches)))
        if all(slot in branch.boxes for branch in branches):
            ends = [branch.boxes[slot] for branch in branches]
            state.within(slot, min(low for low, _ in ends), max(high for _, high in ends))


def _slots(state: _State, parts: Iterable[Formula]) -> set[Slot]:
    """The slots of all parts, each with what its type allows."""
    slots = {slot for part in parts for atom in atoms(part) for slot in slots_of(atom)}
    for slot in slots:
        state.room(slot)
    return slots


def _branch(state: _State, slots: Collection[Slot], part: Formula) -> _State:
    """What is left of the slots where one part holds."""
    branch = state.only(slots)
    for _ in range(2):
        for each in _certain(part):
            _narrow(branch, each)
    return branch


def _score(state: _State, formula: Score) -> None:
    """A part has to hold, or not to, where the score cannot make up for it."""
    if len(formula.parts) > MAX_ALTERNATIVES:
        return
    slots = _slots(state, formula.parts)
    ways: list[dict[int, Formula | None]] = []
    for weight, part in zip(formula.weights, formula.parts, strict=True):
        ways.append(
            {
                points: way
                for points, way in ((weight, part), (0, opposite_if_any(part)))
                if way is None or not _branch(state, slots, way).empty
            }
        )
    if not all(ways):
        state.empty = True
        return
    least, most = sum(map(min, ways)), sum(map(max, ways))
    for found in ways:
        fitting = [
            way
            for points, way in found.items()
            if (formula.low is None or most - max(found) + points >= formula.low)
            and (formula.high is None or least - min(found) + points <= formula.high)
        ]
        state.empty |= not fitting
        if len(fitting) == 1 and fitting[0] is not None:
            for each in _certain(fitting[0]):
                _narrow(state, each)


@dataclass(slots=True)
class _Row:
    """``sum coefficients[x]*x + constant = 0`` over slots that are not known. ``exact`` unless a
    number stood in for a known value.
    """

    coefficients: dict[Slot, Fraction]
    constant: Fraction
    exact: bool

    def subtract(self, other: _Row, factor: Fraction) -> None:
        """``self -= factor * other``, dropping what becomes zero."""
        if not factor:
            return
        self.exact &= other.exact
        self.constant -= factor * other.constant
        for slot, value in other.coefficients.items():
            rest = self.coefficients.get(slot, Fraction(0)) - factor * value
            if rest:
                self.coefficients[slot] = rest
            else:
                self.coefficients.pop(slot, None)


def _solve(state: _State, formulas: Iterable[Formula]) -> None:
    """Gauss-Jordan over the rationals: a slot is known where an equation gives it in known ones."""
    rows: dict[Slot, _Row] = {}
    for formula in formulas:
        row = _row(state, formula)
        if row is None:
            continue
        for pivot, reduced in rows.items():
            row.subtract(reduced, row.coefficients.get(pivot, Fraction(0)))
        if not row.coefficients or len(rows) >= MAX_EQUATIONS:
            continue
        pivot = min(row.coefficients)
        leading = row.coefficients[pivot]
        scaled = _Row(
            {slot: value / leading for slot, value in row.coefficients.items()},
            row.constant / leading,
            row.exact,
        )
        for reduced in rows.values():
            reduced.subtract(scaled, reduced.coefficients.get(pivot, Fraction(0)))
        rows[pivot] = scaled
    for pivot, row in rows.items():
        if len(row.coefficients) == 1:
            state.known.add(pivot)
            if row.exact and row.constant.denominator == 1 and pivot in state.boxes:
                state.within(pivot, int(-row.constant), int(-row.constant))


def _row(state: _State, formula: Formula) -> _Row | None:
    """An equation that is linear in what is not known; ``None`` for a formula that is none."""
    match formula:
        case Equal(first, second):
            terms: list[tuple[tuple[Slot, ...], int]] = [((first,), 1), ((second,), -1)]
        case LinearZero(polynomial) | QuadraticZero(polynomial):
            terms = list(polynomial.terms)
        case _:
            return None
    row = _Row({}, Fraction(0), True)
    for monomial, coefficient in terms:
        factor, unknown = Fraction(coefficient), []
        for slot in monomial:
            if slot not in state.known:
                unknown.append(slot)
                continue
            value = state.values.get(slot)
            if not isinstance(value, int):
                value, row.exact = _stand_in(slot), False
            factor *= value
        if len(unknown) > 1:
            return None
        if not unknown:
            row.constant += factor
        elif total := row.coefficients.get(unknown[0], Fraction(0)) + factor:
            row.coefficients[unknown[0]] = total
        else:
            row.coefficients.pop(unknown[0], None)
    return row


def _stand_in(slot: Slot) -> int:
    """Some number for a value that is known and not given: no equation is about this one."""
    return int.from_bytes(hashlib.sha256(str(slot).encode()).digest()[:8], "big") | 1
