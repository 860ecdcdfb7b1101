"""The ways to answer a request: one part chosen of each alternative that somebody may lack.

What a policy asks is a list of requirements. One with credentials of its own in its parts, or with
published lists, is taken apart here, so that each way is a plain list again: credentials to be
held, and parts that all have to hold of them. Alternatives over values alone stay whole.
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
    ProtocolAtom,
    atoms,
)
from zkproof_circuits.formula import credentials_of

MAX_WAYS = 512
"""Ways looked at, all together. Sixteen credentials cannot be parted into more by alternatives of
credentials alone."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that has to hold in one way.

    ``own`` are the credentials that only this way asks for. ``inner``: it is one part of what such
    a way asks, so that the policy's text beside it says more than the part.
    """

    constraint: Constraint
    own: tuple[str, ...] = ()
    inner: bool = False

    @property
    def formula(self) -> Formula:
        return self.constraint.formula


@dataclass(frozen=True, slots=True)
class Way:
    """Credentials that have to be held, in the circuit's order, and parts that have to hold."""

    requirements: tuple[CredentialRequirement, ...]
    parts: tuple[Part, ...]

    @property
    def aliases(self) -> frozenset[str]:
        return frozenset(each.alias for each in self.requirements)

    def own(self, alias: str) -> tuple[str, ...]:
        """The credentials of the part that asks for this one; none where everybody is asked."""
        return next((each.own for each in self.parts if alias in each.own), ())

    def about(self, alias: str) -> tuple[Part, ...]:
        """The parts that read a credential, alone or with others."""
        return tuple(each for each in self.parts if alias in credentials_of(each.formula))


def ways_of(circuit: Circuit) -> Iterator[Way]:
    """Every way, in the policy's order as far as its credentials show it.

    There is one for a policy without such alternatives.
    """
    conditional = circuit.conditional
    choices = [branches(each) for each in circuit.constraints]
    for chosen in itertools.product(*choices):
        parts = tuple(part for branch in chosen for part in branch)
        held = {alias for part in parts for alias in part.own}
        yield Way(
            tuple(
                each
                for each in circuit.credentials
                if each.alias not in conditional or each.alias in held
            ),
            tuple(part for part in parts if not isinstance(part.formula, Held)),
        )


def branches(constraint: Constraint) -> list[tuple[Part, ...]]:
    """For each way to meet a requirement, the parts that then have to hold."""
    if not _parted(constraint.formula):
        return [(Part(constraint),)]
    with_credentials = any(isinstance(atom, Held) for atom in atoms(constraint.formula))
    found = []
    for formulas in _choices(constraint.formula):
        own = tuple(sorted({each.credential for each in formulas if isinstance(each, Held)}))
        found.append(
            tuple(
                Part(Constraint(each, constraint.source), own, inner=with_credentials)
                for each in formulas
            )
        )
    # A formula has its parts in canonical order; a text has them as their author put them.
    return sorted(found, key=lambda branch: _place(constraint.source, branch[0].own))


def _place(source: str, own: Sequence[str]) -> list[int]:
    return sorted(source.find(f"credential {alias}:") for alias in own)


def _choices(formula: Formula) -> Iterator[tuple[Formula, ...]]:
    """For each way to satisfy a formula, what then has to hold, each once."""
    match formula:
        case And(parts):
            yield from _together(parts)
        case Or(parts) if _parted(formula):
            for part in parts:
                yield from _choices(part)
        case AtLeast(count, parts) if _parted(formula):
            for chosen in itertools.combinations(parts, count):
                yield from _together(chosen)
        case _:
            yield (formula,)


def _together(parts: Iterable[Formula]) -> Iterator[tuple[Formula, ...]]:
    for chosen in itertools.product(*(tuple(_choices(part)) for part in parts)):
        yield tuple(dict.fromkeys(each for formulas in chosen for each in formulas))


def _parted(formula: Formula) -> bool:
    """Whether it is an alternative, or has one, that values alone do not decide."""
    match formula:
        case And(parts):
            return any(_parted(part) for part in parts)
        case Or() | AtLeast():
            return any(isinstance(atom, ProtocolAtom | Held) for atom in atoms(formula))
        case _:
            return False
