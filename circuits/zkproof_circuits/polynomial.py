"""Slots, and integer polynomials of degree at most two over them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from zkproof.errors import UsageError
from zkproof_circuits.bounds import Interval, polynomial_interval

COEFFICIENT_LIMIT = 1 << 256
"""Coefficients stay below this in magnitude; anything near it fits no proof parameters anyway."""

_ALIAS = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_COEFFICIENT = re.compile(r"-?[1-9][0-9]{0,79}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One attribute of one credential of a policy."""

    credential: str
    attribute: str

    def __post_init__(self) -> None:
        require_alias(self.credential)
        if not isinstance(self.attribute, str) or not _ATTRIBUTE.fullmatch(self.attribute):
            raise UsageError("slot: not the name of an attribute")

    def __str__(self) -> str:
        return f"{self.credential}.{self.attribute}"

    @classmethod
    def from_text(cls, text: object) -> Slot:
        """The inverse of ``str``; raises `UsageError`."""
        if not isinstance(text, str) or text.count(".") != 1:
            raise UsageError("slot: credential and attribute joined by a dot")
        return cls(*text.split("."))


def require_alias(alias: object) -> None:
    """Raises `UsageError` unless ``alias`` can name a credential of a policy."""
    if not isinstance(alias, str) or not _ALIAS.fullmatch(alias):
        raise UsageError("credential: up to 32 of a-z, 0-9, _ and a letter first")


Monomial = tuple[Slot, ...]
"""``()``, ``(slot,)`` or two slots in ascending order."""


@dataclass(frozen=True, slots=True)
class Polynomial:
    """``sum coefficient * product of slots``: integers, no zero terms, in canonical order.

    Monomials ascend by degree, then by slots, so that equal polynomials are equal objects.
    """

    terms: tuple[tuple[Monomial, int], ...]

    def __post_init__(self) -> None:
        for monomial, coefficient in self.terms:
            if len(monomial) > 2:
                raise UsageError("polynomial: degree above two")
            if list(monomial) != sorted(monomial):
                raise UsageError("polynomial: slots of a product ascend")
            if not 0 < abs(coefficient) < COEFFICIENT_LIMIT:
                raise UsageError("polynomial: coefficient zero or too large")
        keys = [_order(monomial) for monomial, _ in self.terms]
        if any(first >= second for first, second in itertools.pairwise(keys)):
            raise UsageError("polynomial: terms ascend, each once")

    @classmethod
    def build(cls, coefficients: Mapping[Monomial, int]) -> Polynomial:
        """From coefficients by monomial in any order; like monomials add up, zeros vanish."""
        merged: dict[Monomial, int] = {}
        for monomial, coefficient in coefficients.items():
            key = tuple(sorted(monomial))
            merged[key] = merged.get(key, 0) + coefficient
        kept = [(monomial, value) for monomial, value in merged.items() if value]
        return cls(tuple(sorted(kept, key=lambda term: _order(term[0]))))

    @property
    def degree(self) -> int:
        """0, 1 or 2."""
        return max((len(monomial) for monomial, _ in self.terms), default=0)

    @property
    def slots(self) -> frozenset[Slot]:
        """Every slot it reads."""
        return frozenset(slot for monomial, _ in self.terms for slot in monomial)

    @property
    def constant(self) -> int:
        """The term without slots."""
        return self.coefficient(())

    def coefficient(self, monomial: Monomial) -> int:
        """The coefficient of a monomial in canonical order, 0 when it is not there."""
        return dict(self.terms).get(monomial, 0)

    def evaluate(self, values: Mapping[Slot, int]) -> int:
        """The value over the integers; `KeyError` for a slot without value."""
        total = 0
        for monomial, coefficient in self.terms:
            product = coefficient
            for slot in monomial:
                product *= values[slot]
            total += product
        return total

    def interval(self, box_of: Callable[[Slot], Interval]) -> Interval:
        """An interval that holds every value over the boxes; see `polynomial_interval`."""
        return polynomial_interval(self.terms, box_of)

    def canonical(self) -> list[list[str]]:
        """For encodings: per term the coefficient in decimal, then its slots."""
        return [
            [str(coefficient), *(str(slot) for slot in monomial)]
            for monomial, coefficient in self.terms
        ]

    @classmethod
    def from_canonical(cls, terms: object) -> Polynomial:
        """The inverse of `canonical`; raises `UsageError` for anything else."""
        if not isinstance(terms, list) or not all(isinstance(term, list) for term in terms):
            raise UsageError("polynomial: a list of terms")
        return cls(tuple(_term(term) for term in terms))


def _term(parts: list[object]) -> tuple[Monomial, int]:
    if not 1 <= len(parts) <= 3:
        raise UsageError("polynomial: coefficient and at most two slots")
    coefficient = parts[0]
    if not isinstance(coefficient, str) or not _COEFFICIENT.fullmatch(coefficient):
        raise UsageError("polynomial: coefficient in decimal")
    return tuple(Slot.from_text(part) for part in parts[1:]), int(coefficient)


def _order(monomial: Iterable[Slot]) -> tuple[int, tuple[Slot, ...]]:
    slots = tuple(monomial)
    return len(slots), slots
