"""What a constraint says: atoms over slots, joined by and, or, at least k of.

There is no negation: the compiler pushes it into the atoms. Objects check on construction that
they are canonical, so that equal meaning gives equal bytes; `conjunction`, `disjunction` and
`at_least` build canonical connectives from parts in any order.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import gcd
from typing import assert_never

from zkproof import codec
from zkproof.errors import UsageError
from zkproof_circuits.labels import is_plain_text
from zkproof_circuits.polynomial import Polynomial, Slot, require_alias
from zkproof_circuits.scopes import Scope
from zkproof_circuits.types import Value

MAX_SET_SIZE = 1000
"""Most values of a membership: larger sets want a signed set."""

MAX_NESTING = 8
"""Deepest nesting of connectives."""

MAX_NAME_LENGTH = 256
"""Longest issuer, list or auditor, in characters."""


@dataclass(frozen=True, slots=True)
class Equal:
    """Two slots hold the same value: of one comparison key, or both the link secret."""

    first: Slot
    second: Slot

    def __post_init__(self) -> None:
        if self.first >= self.second:
            raise UsageError("equal: two slots, ascending")


@dataclass(frozen=True, slots=True)
class NotEqual:
    """Two slots of one comparison key hold different values; they need not be integers."""

    first: Slot
    second: Slot

    def __post_init__(self) -> None:
        if self.first >= self.second:
            raise UsageError("not equal: two slots, ascending")


@dataclass(frozen=True, slots=True)
class LinearZero:
    """``polynomial = 0``, of degree one.

    The coefficients of terms with slots have no common factor and the first of them is positive.
    """

    polynomial: Polynomial

    def __post_init__(self) -> None:
        _require_equation(self.polynomial, 1, 1)


@dataclass(frozen=True, slots=True)
class QuadraticZero:
    """``polynomial = 0``, of degree two; coefficients as in `LinearZero`."""

    polynomial: Polynomial

    def __post_init__(self) -> None:
        _require_equation(self.polynomial, 2, 2)


@dataclass(frozen=True, slots=True)
class NotZero:
    """``polynomial != 0``, of degree one or two; coefficients as in `LinearZero`."""

    polynomial: Polynomial

    def __post_init__(self) -> None:
        _require_equation(self.polynomial, 1, 2)


@dataclass(frozen=True, slots=True)
class Inequality:
    """``polynomial >= 0`` over the integers; every slot is of an integer type.

    The coefficients of terms with slots have no common factor: over the integers
    ``g*Q + K >= 0`` is ``Q + floor(K/g) >= 0``.
    """

    polynomial: Polynomial

    def __post_init__(self) -> None:
        _require_reduced(self.polynomial, 1, 2)


@dataclass(frozen=True, slots=True)
class Member:
    """The slot's value is one of ``values``: one kind, ascending, at least one.

    A single value stands here only for types that are not integers; for an integer it is a
    `LinearZero`.
    """

    slot: Slot
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        _require_values(self.values)


@dataclass(frozen=True, slots=True)
class NotMember:
    """The slot's value is none of ``values``; they are as in `Member`."""

    slot: Slot
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        _require_values(self.values)


@dataclass(frozen=True, slots=True)
class NotRevoked:
    """The credential's record identifier is in good standing in the current status epoch."""

    credential: str

    def __post_init__(self) -> None:
        require_alias(self.credential)


@dataclass(frozen=True, slots=True)
class InList:
    """The slot's value stands in the published list of that identifier."""

    slot: Slot
    list_id: str

    def __post_init__(self) -> None:
        _require_list(self.list_id)


@dataclass(frozen=True, slots=True)
class NotInList:
    """The slot's value, an integer, stands in no entry of the published exclusion list."""

    slot: Slot
    list_id: str

    def __post_init__(self) -> None:
        _require_list(self.list_id)


@dataclass(frozen=True, slots=True)
class PseudonymFor:
    """The holder shows a pseudonym for ``scope``: of its link secret, or, with a second slot of the
    same credential, the tag of one record. `zkproof_circuits.scopes` reads the scope's text.
    """

    scope: str
    slots: tuple[Slot, ...]

    def __post_init__(self) -> None:
        Scope.from_text(self.scope)
        if len(self.slots) not in (1, 2) or len(set(self.slots)) != len(self.slots):
            raise UsageError("pseudonym: a link secret, and at most one attribute")
        if len({slot.credential for slot in self.slots}) != 1:
            raise UsageError("tag: both slots are of one credential")


@dataclass(frozen=True, slots=True)
class Encrypt:
    """The slot's value travels encrypted to ``auditor``, and provably so."""

    slot: Slot
    auditor: str

    def __post_init__(self) -> None:
        _require_name("auditor", self.auditor)


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Formula, ...]

    def __post_init__(self) -> None:
        _require_parts("and", self.parts, 2)
        if any(isinstance(part, And) for part in self.parts):
            raise UsageError("and: parts are not conjunctions themselves")


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds, and nobody learns which."""

    parts: tuple[Formula, ...]

    def __post_init__(self) -> None:
        _require_parts("or", self.parts, 2)
        _require_only_values(self.parts)
        if any(isinstance(part, Or) for part in self.parts):
            raise UsageError("or: parts are not disjunctions themselves")


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least ``count`` of the parts hold, with ``1 < count < len(parts)``."""

    count: int
    parts: tuple[Formula, ...]

    def __post_init__(self) -> None:
        _require_parts("at least", self.parts, 3)
        _require_only_values(self.parts)
        if not 1 < self.count < len(self.parts):
            raise UsageError("at least: count between 1 and the number of parts")


ValueAtom = (
    Equal | NotEqual | LinearZero | QuadraticZero | NotZero | Inequality | Member | NotMember
)
"""Says something about values; may stand in any formula."""

ProtocolAtom = NotRevoked | InList | NotInList | PseudonymFor | Encrypt
"""Asks for a step of its own; always has to hold, so it stands in no alternative."""

Atom = ValueAtom | ProtocolAtom
Formula = Atom | And | Or | AtLeast

PROTOCOL_ATOMS = (NotRevoked, InList, NotInList, PseudonymFor, Encrypt)


def conjunction(parts: Iterable[Formula]) -> Formula:
    """All of the parts: flattened, each once, in canonical order; a single part stays itself."""
    return _connect(And, parts)


def disjunction(parts: Iterable[Formula]) -> Formula:
    """One of the parts: flattened, each once, in canonical order; a single part stays itself."""
    return _connect(Or, parts)


def at_least(count: int, parts: Sequence[Formula]) -> Formula:
    """``count`` of the parts, which must differ from one another. Raises `UsageError`."""
    if not 1 <= count <= len(parts):
        raise UsageError("at least: count from 1 to the number of parts")
    if len(set(parts)) != len(parts):
        raise UsageError("at least: one part stands twice and would count twice")
    if count == 1:
        return disjunction(parts)
    if count == len(parts):
        return conjunction(parts)
    return AtLeast(count, _sorted(parts))


def atoms(formula: Formula) -> Iterator[Atom]:
    """Every atom, from left to right."""
    if isinstance(formula, And | Or | AtLeast):
        for part in formula.parts:
            yield from atoms(part)
    else:
        yield formula


def seen_slots(formulas: Iterable[Formula], revealed: Iterable[Slot]) -> frozenset[Slot]:
    """Slots whose value whoever reads the circuit knows: revealed ones, those that have to be a
    constant, and those that have to equal one of them. Alternatives tell nothing for sure.
    """
    certain = [part for formula in formulas for part in _certain(formula)]
    seen = set(revealed)
    for part in certain:
        if isinstance(part, Member) and len(part.values) == 1:
            seen.add(part.slot)
        elif isinstance(part, LinearZero) and len(part.polynomial.slots) == 1:
            seen |= part.polynomial.slots
    pairs = [(part.first, part.second) for part in certain if isinstance(part, Equal)]
    while fresh := {slot for pair in pairs if seen & set(pair) for slot in pair} - seen:
        seen |= fresh
    return frozenset(seen)


def _certain(formula: Formula) -> Iterator[Formula]:
    if isinstance(formula, And):
        for part in formula.parts:
            yield from _certain(part)
    else:
        yield formula


def slots_of(atom: Atom) -> frozenset[Slot]:
    """The slots that an atom reads; none for `NotRevoked`, which names a credential."""
    match atom:
        case Equal(first, second) | NotEqual(first, second):
            return frozenset({first, second})
        case (
            Member(slot, _)
            | NotMember(slot, _)
            | Encrypt(slot, _)
            | InList(slot, _)
            | NotInList(slot, _)
        ):
            return frozenset({slot})
        case PseudonymFor(_, slots):
            return frozenset(slots)
        case NotRevoked():
            return frozenset()
        case LinearZero() | QuadraticZero() | NotZero() | Inequality():
            return atom.polynomial.slots
        case _:
            assert_never(atom)


def credentials_of(formula: Formula) -> frozenset[str]:
    """Aliases of the credentials that a formula reads."""
    named = {atom.credential for atom in atoms(formula) if isinstance(atom, NotRevoked)}
    return frozenset(named | {slot.credential for a in atoms(formula) for slot in slots_of(a)})


def canonical(formula: Formula) -> list[list[object]]:
    """For encodings: nodes in postfix order, connectives with their number of parts.

    Flat, so that no nesting of a formula comes near the depth limit of the codec.
    """
    match formula:
        case And(parts):
            return [node for part in parts for node in canonical(part)] + [["and", len(parts)]]
        case Or(parts):
            return [node for part in parts for node in canonical(part)] + [["or", len(parts)]]
        case AtLeast(count, parts):
            inner = [node for part in parts for node in canonical(part)]
            return [*inner, ["at-least", len(parts), count]]
        case Equal(first, second):
            return [["equal", str(first), str(second)]]
        case NotEqual(first, second):
            return [["not-equal", str(first), str(second)]]
        case Member(slot, values):
            return [["member", str(slot), *_canonical_values(values)]]
        case NotMember(slot, values):
            return [["not-member", str(slot), *_canonical_values(values)]]
        case NotRevoked(credential):
            return [["not-revoked", credential]]
        case InList(slot, list_id):
            return [["in-list", str(slot), list_id]]
        case NotInList(slot, list_id):
            return [["not-in-list", str(slot), list_id]]
        case PseudonymFor(scope, slots):
            return [["pseudonym", scope, *map(str, slots)]]
        case Encrypt(slot, auditor):
            return [["encrypt", str(slot), auditor]]
        case LinearZero() | QuadraticZero() | NotZero() | Inequality():
            return [[_POLYNOMIAL_NAMES[type(formula)], formula.polynomial.canonical()]]
        case _:
            assert_never(formula)


_POLYNOMIAL_NAMES: dict[type, str] = {
    LinearZero: "linear-zero",
    QuadraticZero: "quadratic-zero",
    NotZero: "not-zero",
    Inequality: "inequality",
}
POLYNOMIAL_ATOMS: dict[str, type[LinearZero | QuadraticZero | NotZero | Inequality]] = {
    "linear-zero": LinearZero,
    "quadratic-zero": QuadraticZero,
    "not-zero": NotZero,
    "inequality": Inequality,
}


def _canonical_values(values: tuple[Value, ...]) -> list[object]:
    if isinstance(values[0], int):
        return ["int", [str(value) for value in values]]
    return ["text" if isinstance(values[0], str) else "bytes", list(values)]


def _connect(connective: type[And] | type[Or], parts: Iterable[Formula]) -> Formula:
    flat: list[Formula] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, connective) else [part])
    kept = _sorted(dict.fromkeys(flat))
    return kept[0] if len(kept) == 1 else connective(kept)


def _sorted(parts: Iterable[Formula]) -> tuple[Formula, ...]:
    return tuple(sorted(parts, key=_sort_key))


def _sort_key(formula: Formula) -> bytes:
    return codec.encode(canonical(formula))


def _require_parts(name: str, parts: tuple[Formula, ...], least: int) -> None:
    if len(parts) < least:
        raise UsageError(f"{name}: fewer than {least} parts")
    keys = [_sort_key(part) for part in parts]
    if any(first >= second for first, second in itertools.pairwise(keys)):
        raise UsageError(f"{name}: parts in canonical order, each once")
    if max(_nesting(part) for part in parts) >= MAX_NESTING:
        raise UsageError(f"{name}: nested deeper than {MAX_NESTING}")


def _nesting(formula: Formula) -> int:
    if isinstance(formula, And | Or | AtLeast):
        return 1 + max(_nesting(part) for part in formula.parts)
    return 0


def _require_only_values(parts: tuple[Formula, ...]) -> None:
    if any(isinstance(atom, PROTOCOL_ATOMS) for part in parts for atom in atoms(part)):
        raise UsageError("an alternative speaks of values only")


def _require_reduced(polynomial: Polynomial, low: int, high: int) -> None:
    """Degree in range and no common factor of the terms that have slots."""
    if not low <= polynomial.degree <= high:
        raise UsageError(f"polynomial: degree {low} to {high} needed")
    if gcd(*(value for monomial, value in polynomial.terms if monomial)) != 1:
        raise UsageError("polynomial: coefficients with a common factor")


def _require_equation(polynomial: Polynomial, low: int, high: int) -> None:
    _require_reduced(polynomial, low, high)
    if next(value for monomial, value in polynomial.terms if monomial) < 0:
        raise UsageError("polynomial: the first term with a slot is positive")


def _require_values(values: tuple[Value, ...]) -> None:
    if not 1 <= len(values) <= MAX_SET_SIZE:
        raise UsageError(f"set: 1 to {MAX_SET_SIZE} values")
    kinds = {type(value) for value in values}
    if len(kinds) != 1 or not kinds <= {int, str, bytes}:
        raise UsageError("set: values of one kind")
    if list(values) != sorted(set(values)):
        raise UsageError("set: values ascend, each once")


def _require_list(list_id: object) -> None:
    _require_name("list", list_id)
    owner, separator, name = str(list_id).partition("#")
    if not owner or not separator or not name:
        raise UsageError("list: its owner's identifier, a #, and its name")


def _require_name(name: str, text: object) -> None:
    if not is_plain_text(text, MAX_NAME_LENGTH):
        raise UsageError(f"{name}: 1 to {MAX_NAME_LENGTH} printable characters in NFC")
