"""What a constraint says: atoms over slots, joined by and, or, at least k of, scores, if.

There is no negation: the compiler pushes it into the atoms, and `zkproof_circuits.weighing` gives
the opposite of a formula where one is proven. Objects check on construction that they are
canonical, so that equal meaning gives equal bytes; `conjunction`, `disjunction` and `at_least`
build canonical connectives from parts in any order, and `score` of `weighing` does.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from zkproof import codec
from zkproof.errors import UsageError
from zkproof_circuits.atoms import ATOMS, Atom, Equal, LinearZero, Member, VisibleAtom
from zkproof_circuits.polynomial import Slot

MAX_NESTING = 8
"""Deepest nesting of connectives."""

MAX_POINTS = 100_000
"""Most points that one part of a score counts for."""


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
        _require_nothing_visible(self.parts)
        if any(isinstance(part, Or) for part in self.parts):
            raise UsageError("or: parts are not disjunctions themselves")


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least ``count`` of the parts hold, with ``1 < count < len(parts)``."""

    count: int
    parts: tuple[Formula, ...]

    def __post_init__(self) -> None:
        _require_parts("at least", self.parts, 3)
        _require_nothing_visible(self.parts)
        if not 1 < self.count < len(self.parts):
            raise UsageError("at least: count between 1 and the number of parts")


@dataclass(frozen=True, slots=True)
class Score:
    """The weights of the parts that hold add up to ``low`` or more, and to ``high`` or less.

    One of both bounds may be missing. A weight is not zero; one below zero is taken off.
    """

    low: int | None
    high: int | None
    weights: tuple[int, ...]
    parts: tuple[Formula, ...]

    def __post_init__(self) -> None:
        _require_parts("score", self.parts, 1)
        _require_nothing_visible(self.parts)
        if len(self.weights) != len(self.parts):
            raise UsageError("score: one weight for each part")
        if not all(0 < abs(weight) <= MAX_POINTS for weight in self.weights):
            raise UsageError(f"score: weights up to {MAX_POINTS}, none of them zero")
        bounds = [bound for bound in (self.low, self.high) if bound is not None]
        if not bounds or any(abs(bound) > MAX_POINTS * len(self.parts) for bound in bounds):
            raise UsageError("score: a bound that points can reach")
        if bounds != sorted(bounds):
            raise UsageError("score: the lower bound is above the upper one")

    @property
    def least(self) -> int:
        """What the weights add up to where each part does what lowers the score."""
        return sum(min(weight, 0) for weight in self.weights)

    @property
    def most(self) -> int:
        """The same for the highest score."""
        return sum(max(weight, 0) for weight in self.weights)

    @property
    def claims(self) -> tuple[tuple[bool, bool], ...]:
        """For each part whether a bound comes closer by it holding, and by it not holding.

        Whoever proves the score has to show just these: nobody gains by hiding the opposite.
        """
        lower, upper = self.low is not None, self.high is not None
        return tuple((lower, upper) if weight > 0 else (upper, lower) for weight in self.weights)


@dataclass(frozen=True, slots=True)
class If:
    """The second part holds wherever the first one does; nobody learns whether it does."""

    parts: tuple[Formula, Formula]

    def __post_init__(self) -> None:
        if len(self.parts) != 2:
            raise UsageError("if: a condition and a consequence")
        _require_nothing_visible(self.parts)
        _require_nesting("if", self.parts)


Formula = Atom | And | Or | AtLeast | Score | If

Connective = And | Or | AtLeast | Score | If


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
    if isinstance(formula, Connective):
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
    """The slots that an atom reads; none for atoms that name a credential."""
    return atom.reads


def credentials_of(formula: Formula) -> frozenset[str]:
    """Aliases of the credentials that a formula reads."""
    return frozenset(alias for atom in atoms(formula) for alias in atom.credentials)


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
        case Score(low, high, weights, parts):
            inner = [node for part in parts for node in canonical(part)]
            return [*inner, ["score", len(parts), low, high, list(weights)]]
        case If(parts):
            return [node for part in parts for node in canonical(part)] + [["if", len(parts)]]
        case _:
            return [[formula.NAME, *formula.arguments()]]


def formula_from_canonical(nodes: object) -> Formula:
    """The inverse of `canonical`; raises `UsageError` for anything else."""
    if not isinstance(nodes, list) or not nodes:
        raise UsageError("formula: a list of nodes")
    stack: list[Formula] = []
    for node in nodes:
        if not isinstance(node, list) or not node or not isinstance(node[0], str):
            raise UsageError("formula: a node starts with its name")
        name, arguments = node[0], node[1:]
        if name in _ARGUMENTS:
            _read_connective(stack, name, arguments)
        elif name in ATOMS:
            stack.append(cast(Atom, ATOMS[name].from_arguments(arguments)))
        else:
            raise UsageError("formula: unknown node")
    if len(stack) != 1:
        raise UsageError("formula: parts left over")
    return stack[0]


_ARGUMENTS = {"and": 1, "or": 1, "at-least": 2, "score": 4, "if": 1}
"""How many arguments follow the name of each connective; the first is its number of parts."""


def _read_connective(stack: list[Formula], name: str, arguments: list[object]) -> None:
    if len(arguments) != _ARGUMENTS[name]:
        raise UsageError(f"{name}: number of parts")
    width = _integer(name, arguments[0])
    if not 1 <= width <= len(stack):
        raise UsageError(f"{name}: number of parts")
    parts = tuple(stack[-width:])
    del stack[-width:]
    match name:
        case "and":
            stack.append(And(parts))
        case "or":
            stack.append(Or(parts))
        case "at-least":
            stack.append(AtLeast(_integer(name, arguments[1]), parts))
        case "if":
            stack.append(If(cast(tuple[Formula, Formula], parts)))
        case _:
            low, high, weights = arguments[1:]
            if not isinstance(weights, list):
                raise UsageError(f"{name}: weights")
            stack.append(
                Score(
                    None if low is None else _integer(name, low),
                    None if high is None else _integer(name, high),
                    tuple(_integer(name, weight) for weight in weights),
                    parts,
                )
            )


def _integer(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise UsageError(f"{name}: an integer is needed")
    return value


def _connect(connective: type[And] | type[Or], parts: Iterable[Formula]) -> Formula:
    flat: list[Formula] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, connective) else [part])
    kept = _sorted(dict.fromkeys(flat))
    return kept[0] if len(kept) == 1 else connective(kept)


def _sorted(parts: Iterable[Formula]) -> tuple[Formula, ...]:
    return tuple(sorted(parts, key=sort_key))


def sort_key(formula: Formula) -> bytes:
    """Ascends in canonical order."""
    return codec.encode(canonical(formula))


def _require_parts(name: str, parts: tuple[Formula, ...], least: int) -> None:
    if len(parts) < least:
        raise UsageError(f"{name}: fewer than {least} parts")
    keys = [sort_key(part) for part in parts]
    if any(first >= second for first, second in itertools.pairwise(keys)):
        raise UsageError(f"{name}: parts in canonical order, each once")
    _require_nesting(name, parts)


def _require_nesting(name: str, parts: tuple[Formula, ...]) -> None:
    if max(_nesting(part) for part in parts) >= MAX_NESTING:
        raise UsageError(f"{name}: nested deeper than {MAX_NESTING}")


def _nesting(formula: Formula) -> int:
    if isinstance(formula, Connective):
        return 1 + max(_nesting(part) for part in formula.parts)
    return 0


def _require_nothing_visible(parts: tuple[Formula, ...]) -> None:
    """A pseudonym, tag or ciphertext would tell which alternative holds."""
    if any(isinstance(atom, VisibleAtom) for part in parts for atom in atoms(part)):
        raise UsageError("an alternative has no pseudonym, tag or ciphertext")
