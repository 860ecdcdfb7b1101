"""Two bounds of one attribute, said together: "lies between, both included"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zkproof_circuits.circuit import Formula, Inequality, Polynomial, Slot
from zkproof_circuits.explaining.naming import Naming
from zkproof_circuits.explaining.polynomials import PolynomialWords, bounds_of


@dataclass(frozen=True, slots=True)
class Ranges:
    """The ranges among the parts of a conjunction."""

    sentences: Mapping[Formula, str]
    """By the part that is the lower bound."""

    upper: frozenset[Formula]
    """The parts that the sentences say as well."""


class RangeWords:
    """Finds lower and upper bounds of the same attribute."""

    def __init__(self, naming: Naming, polynomials: PolynomialWords) -> None:
        self.naming = naming
        self.polynomials = polynomials

    def among(self, parts: Sequence[Formula]) -> Ranges:
        """The ranges of a conjunction. Each attribute has one lower and one upper bound there."""
        lower: dict[Slot, list[tuple[Formula, Slot | int]]] = {}
        upper: dict[Slot, list[tuple[Formula, Slot | int]]] = {}
        for part in parts:
            if isinstance(part, Inequality):
                for slot, low, high in self._bounds(part.polynomial):
                    if low is not None:
                        lower.setdefault(slot, []).append((part, low))
                    if high is not None:
                        upper.setdefault(slot, []).append((part, high))
        sentences: dict[Formula, str] = {}
        said: set[Formula] = set()
        for slot in sorted(lower.keys() & upper.keys()):
            if len(lower[slot]) != 1 or len(upper[slot]) != 1:
                continue
            (first, low), (last, high) = lower[slot][0], upper[slot][0]
            if not {first, last} & (sentences.keys() | said):
                sentences[first] = self._sentence(slot, low, high)
                said.add(last)
        return Ranges(sentences, frozenset(said))

    def _sentence(self, slot: Slot, low: Slot | int, high: Slot | int) -> str:
        if isinstance(low, int) and isinstance(high, int):
            return self.polynomials.range(slot, low, high)
        kind = self.naming.attribute(slot).type
        ends = [
            self.naming.slot(end) if isinstance(end, Slot) else self.naming.value(kind, end)
            for end in (low, high)
        ]
        left = self.naming.slot(slot)
        return self.naming.catalogue.say("atoms", "between", left=left, low=ends[0], high=ends[1])

    def _bounds(
        self, polynomial: Polynomial
    ) -> list[tuple[Slot, Slot | int | None, Slot | int | None]]:
        """Slots with the lower or upper bound that ``polynomial >= 0`` is for them."""
        factors = {monomial: factor for monomial, factor in polynomial.terms if monomial}
        if polynomial.degree != 1:
            return []
        if len(factors) == 1:
            (slot,) = polynomial.slots
            return [(slot, *bounds_of(polynomial, slot))]
        if sorted(factors.values()) != [-1, 1] or polynomial.constant:
            return []
        low, high = sorted(polynomial.slots, key=lambda slot: factors[slot,])
        keys = {self.naming.attribute(slot).type.comparison_key for slot in (low, high)}
        return [(high, low, None), (low, None, high)] if len(keys) == 1 else []
