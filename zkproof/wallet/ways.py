"""The ways to answer a request: of each alternative between credentials, one branch.

What a policy asks is a list of requirements. One with credentials of its own in its parts is taken
apart here, so that each way is a plain list again: credentials to be held, and parts that all have
to hold of them. Alternatives over what everybody holds stay whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from zkproof_circuits.circuit import (
    And,
    AtLeast,
    Circuit,
    Constraint,
    CredentialRequirement,
    Formula,
    Held,
    Or,
    atoms,
    disjunction,
)
from zkproof_circuits.formula import credentials_of

MAX_WAYS = 512
"""Ways looked at, all together."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that has to hold in one way.

    ``own`` are the credentials that only its branch asks for. ``inner``: it is one part of what a
    branch asks, so that the policy's text beside it says more than the part.
    """

    constraint: Constraint
    own: tuple[str, ...] = ()
    inner: bool = False

    @property
    def formula(self) -> Formula:
        return self.constraint.formula


@dataclass(frozen=True, slots=True)
class Branch:
    """One way to meet a requirement: the credentials it asks for, and parts that then hold."""

    own: tuple[str, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """Credentials that have to be held, in the circuit's order, and parts that have to hold."""

    requirements: tuple[CredentialRequirement, ...]
    parts: tuple[Part, ...]
    branches: tuple[Branch, ...]

    def own(self, alias: str) -> tuple[str, ...]:
        """The credentials of the branch that asks for this one; none where everybody is asked."""
        return next((each.own for each in self.branches if alias in each.own), ())

    def about(self, alias: str) -> tuple[Part, ...]:
        """The parts that read a credential, alone or with others."""
        return tuple(each for each in self.parts if alias in credentials_of(each.formula))


def way_of(circuit: Circuit, branches: Iterable[Branch]) -> Way:
    """What these branches ask together, besides what every way does."""
    taken = tuple(branches)
    conditional = circuit.conditional
    held = {alias for branch in taken for alias in branch.own}
    asked = tuple(
        each for each in circuit.credentials if each.alias not in conditional or each.alias in held
    )
    return Way(asked, tuple(part for branch in taken for part in branch.parts), taken)


def branches_of(constraint: Constraint) -> tuple[Branch, ...]:
    """Every way to meet a requirement, in the policy's order as far as its credentials show it.

    One for a requirement without credentials of its own. No more than `MAX_WAYS` and one.
    """
    if not _parted(constraint.formula):
        return (Branch((), (Part(constraint),)),)
    found = []
    for formulas in itertools.islice(_choices(constraint.formula), MAX_WAYS + 1):
        own = tuple(sorted({each.credential for each in formulas if isinstance(each, Held)}))
        parts = tuple(
            Part(Constraint(each, constraint.source), own, inner=True)
            for each in formulas
            if not isinstance(each, Held)
        )
        found.append(Branch(own, parts))
    # A formula has its parts in canonical order; a text has them as their author put them.
    return tuple(sorted(found, key=lambda each: _place(constraint.source, each.own)))


def _place(source: str, own: Sequence[str]) -> list[int]:
    return sorted(source.find(f"credential {alias}:") for alias in own)


def _choices(formula: Formula) -> Iterator[tuple[Formula, ...]]:
    """For each way to satisfy a formula, what then has to hold, each once."""
    match formula:
        case And(parts) if _parted(formula):
            yield from _together(parts)
        case Or(parts) if _parted(formula):
            plain = [part for part in parts if not _parted(part)]
            if plain:
                yield (disjunction(plain),)
            for part in parts:
                if _parted(part):
                    yield from _choices(part)
        case AtLeast(count, parts) if _parted(formula):
            for chosen in itertools.combinations(parts, count):
                yield from _together(chosen)
        case _:
            yield (formula,)


def _together(parts: Sequence[Formula]) -> Iterator[tuple[Formula, ...]]:
    """All of them, one after the other: whoever asks for a few gets no more worked out."""
    plain = tuple(part for part in parts if isinstance(part, Held) or not _parted(part))
    parted = [part for part in parts if part not in plain]
    if not parted:
        yield plain
        return
    for first in _choices(parted[0]):
        for rest in _together(parted[1:]):
            yield tuple(dict.fromkeys((*plain, *first, *rest)))


def _parted(formula: Formula) -> bool:
    return any(isinstance(atom, Held) for atom in atoms(formula))
