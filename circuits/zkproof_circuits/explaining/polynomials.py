"""Polynomial conditions in words: thresholds and ranges by their values, the rest as sums."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from zkproof_circuits.circuit import Circuit, Monomial, Polynomial, Slot
from zkproof_circuits.explaining.naming import Naming
from zkproof_circuits.types import AttributeType, Date, Money, Timestamp

_Sides = tuple[str, str, bool, bool]
"""Words of both sides, and whether each is a mere constant."""


class PolynomialWords:
    """Sentences about the polynomials of one circuit."""

    def __init__(self, circuit: Circuit, naming: Naming) -> None:
        self.naming = naming
        self.targets = {rate.target for rate in circuit.rates}

    def inequality(self, polynomial: Polynomial) -> str:
        """``polynomial >= 0``."""
        slot = _only_slot(polynomial)
        if slot is not None:
            kind = self.naming.attribute(slot).type
            factor = polynomial.coefficient((slot,))
            if polynomial.degree == 1 and abs(factor) == 1:
                return self._threshold(slot, kind, factor, -factor * polynomial.constant)
            bounds = _roots(polynomial, slot)
            if bounds is not None:
                opposite = polynomial.coefficient((slot, slot)) > 0
                low, high = (self.naming.value(kind, bound) for bound in bounds)
                return self.naming.catalogue.say(
                    "atoms",
                    "not_between" if opposite else "between",
                    left=self.naming.slot(slot),
                    low=low,
                    high=high,
                )
        left, right, left_constant, _ = self._sides(polynomial)
        if left_constant:
            return self.naming.catalogue.say("atoms", "at_most", left=right, right=left)
        key = "not_before" if self._compares_dates(polynomial) else "at_least"
        return self.naming.catalogue.say("atoms", key, left=left, right=right)

    def equation(self, polynomial: Polynomial, *, differs: bool) -> str:
        """``polynomial = 0``, or the opposite."""
        key = "is_not" if differs else "is"
        slot = _only_slot(polynomial)
        if slot is not None and polynomial.terms[-1] == ((slot,), 1):
            value = self.naming.value_of(slot, -polynomial.constant)
            if not differs and self.naming.has_words(slot):
                key = "is_named"
            return self.naming.catalogue.say("atoms", key, left=self.naming.slot(slot), right=value)
        left, right, left_constant, _ = self._sides(polynomial)
        if left_constant:
            left, right = right, left
        return self.naming.catalogue.say("atoms", key, left=left, right=right)

    def _threshold(self, slot: Slot, kind: AttributeType, factor: int, bound: int) -> str:
        dated = isinstance(kind, Date | Timestamp)
        if factor > 0:
            key = "on_or_after" if dated else "at_least"
        else:
            key = "on_or_before" if dated else "at_most"
        value = self.naming.value(kind, bound)
        return self.naming.catalogue.say("atoms", key, left=self.naming.slot(slot), right=value)

    def _compares_dates(self, polynomial: Polynomial) -> bool:
        """Whether one day or time is held against another."""
        kinds = [self.naming.attribute(slot).type for slot in polynomial.slots]
        factors = sorted(factor for monomial, factor in polynomial.terms if monomial)
        return factors == [-1, 1] and all(isinstance(kind, Date | Timestamp) for kind in kinds)

    def _sides(self, polynomial: Polynomial) -> _Sides:
        """Positive terms on the left, negative ones on the right, in the unit of the terms."""
        unit, divisor = self._unit(polynomial)
        sides: tuple[list[str], list[str]] = ([], [])
        for monomial, coefficient in polynomial.terms:
            if monomial:
                words = self._term(monomial, Fraction(abs(coefficient), divisor))
                sides[coefficient < 0].append(words)
        constant = polynomial.constant
        bare = [not side for side in sides]
        if constant:
            words = self._constant(polynomial, unit, Fraction(abs(constant), divisor))
            sides[constant < 0].append(words)
        plus = self.naming.catalogue.patterns["words"]["plus"]
        left, right = (plus.join(side) or self._zero(unit) for side in sides)
        return left, right, bare[0], bare[1]

    def _unit(self, polynomial: Polynomial) -> tuple[AttributeType | None, int]:
        """The type that all terms count in, if they do, and what to divide by.

        Amounts of several currencies count in the one that the stated rates convert to.
        """
        if polynomial.degree > 1:
            return None, 1
        kinds = {slot: self.naming.attribute(slot).type for slot in sorted(polynomial.slots)}
        keys = {kind.comparison_key for kind in kinds.values()}
        if len(keys) == 1:
            return next(iter(kinds.values())), 1
        factors = {
            abs(polynomial.coefficient((slot,))): kind
            for slot, kind in kinds.items()
            if isinstance(kind, Money) and kind.currency in self.targets
        }
        if len(factors) == 1:
            factor, kind = next(iter(factors.items()))
            return kind, factor
        return None, 1

    def _term(self, monomial: Monomial, factor: Fraction) -> str:
        words = self.naming.slot(monomial[0])
        for slot in monomial[1:]:
            words = self.naming.catalogue.say(
                "words", "product", factor=words, rest=self.naming.slot(slot)
            )
        if factor == 1:
            return words
        number = self.naming.number(factor)
        return self.naming.catalogue.say("words", "product", factor=number, rest=words)

    def _constant(self, polynomial: Polynomial, unit: AttributeType | None, value: Fraction) -> str:
        if isinstance(unit, Date) and value.denominator == 1:
            # As many dates on one side as on the other: what is left over is a number of days.
            if sum(coefficient for monomial, coefficient in polynomial.terms if monomial) == 0:
                return self.naming.days(int(value))
            return self.naming.number(value)
        return self.naming.number(value) if unit is None else self.naming.amount(unit, value)

    def _zero(self, unit: AttributeType | None) -> str:
        return (
            self.naming.number(Fraction(0))
            if unit is None
            else self.naming.amount(unit, Fraction(0))
        )


def _only_slot(polynomial: Polynomial) -> Slot | None:
    return next(iter(polynomial.slots)) if len(polynomial.slots) == 1 else None


def _roots(polynomial: Polynomial, slot: Slot) -> tuple[int, int] | None:
    """``low`` and ``high`` of ``(x - low)*(high - x)`` or of ``-(x - low)*(high - x) - 1``."""
    square = polynomial.coefficient((slot, slot))
    if abs(square) != 1:
        return None
    # With -x^2 + s*x - p: low and high have sum s and product p.
    total = -square * polynomial.coefficient((slot,))
    product = square * (polynomial.constant + (1 if square > 0 else 0))
    discriminant = total * total - 4 * product
    if discriminant < 0 or isqrt(discriminant) ** 2 != discriminant:
        return None
    apart = isqrt(discriminant)
    if (total - apart) % 2:
        return None
    return (total - apart) // 2, (total + apart) // 2
