"""A polynomial taken apart into terms that can be said, each number in the unit that it has.

The statement of the terms is the statement of the polynomial, multiplied by a positive number:
nothing is rounded, no unit is left out, and no factor is guessed from how the policy was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from zkproof_circuits.circuit import Monomial, Polynomial, Slot, StatedRate
from zkproof_circuits.explaining.naming import Naming
from zkproof_circuits.explaining.quantities import (
    NUMBER,
    TIME,
    Dimension,
    Measure,
    combine,
    currency_of,
    measure,
    money_of,
)
from zkproof_circuits.explaining.spans import Span, SpanTerm, take_spans
from zkproof_circuits.types import Integer, Money

_MAX_SHARE = 100
"""Largest factor beside a percentage of an amount that is said without a common denominator."""


@dataclass(frozen=True, slots=True)
class Term:
    """``factor * parts``, where the factor counts ``unit``."""

    factor: Fraction
    unit: Dimension
    parts: tuple[Slot | Span, ...]
    converted: str | None = None
    """The currency that a stated rate converts the term to; the factor comes after that."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms and a constant, all of one dimension."""

    terms: tuple[Term, ...]
    constant: Fraction
    dimension: Dimension
    smallest: Fraction
    """What 1 of the polynomial is of the dimension."""

    hundredths: bool
    """Whether plain numbers are said as percentages, since all terms are."""


class Sums:
    """Takes the polynomials of one circuit apart."""

    def __init__(self, naming: Naming, rates: Iterable[StatedRate]) -> None:
        self.naming = naming
        self.rates = {
            combine(money_of(rate.target), money_of(rate.base), -1): rate for rate in rates
        }

    def measure(self, slot: Slot) -> Measure:
        """How much one of a slot's integers is."""
        return measure(self.naming.attribute(slot).type)

    def digits(self, currency: str, slots: Iterable[Slot]) -> int:
        """How many digits after the point amounts of a currency have in these slots."""
        kinds = (self.naming.attribute(slot).type for slot in slots)
        scales = [k.scale for k in kinds if isinstance(k, Money) and k.currency == currency]
        return max(scales, default=0)

    def take_apart(self, polynomial: Polynomial) -> Sum:
        """The terms of a polynomial, and its constant."""
        points = frozenset(slot for slot in polynomial.slots if self.measure(slot).point)
        physical = self._physical(polynomial)
        dimension = self._dimension(physical)
        step = min((self.measure(slot).size for slot in points), default=Fraction(1))
        spans, rest = take_spans(physical, points, step)
        terms = [self._span_term(each, dimension) for each in spans]
        for monomial, value in rest.items():
            if monomial:
                unit = combine(dimension, self._dimension_of(monomial), -1)
                terms.append(self._term(value, unit, monomial))
        constant = rest.get((), Fraction(0))
        plain = [term.factor for term in terms if term.unit == NUMBER or term.converted]
        common = self._share(terms, dimension) or _common(plain or [term.factor for term in terms])
        return Sum(
            tuple(
                Term(term.factor / common, term.unit, term.parts, term.converted) for term in terms
            ),
            constant / common,
            dimension,
            1 / common,
            polynomial.degree == 1
            and dimension == NUMBER
            and all(self._is_percent(slot) for slot in polynomial.slots),
        )

    def _share(self, terms: Iterable[Term], dimension: Dimension) -> Fraction | None:
        """What makes the factor of ``share * amount`` one, where the others are percentages too."""
        factors = [
            abs(term.factor)
            for term in terms
            if len(term.parts) > 1
            and any(isinstance(part, Slot) and self._is_percent(part) for part in term.parts)
        ]
        if not factors or currency_of(dimension) is None:
            return None
        common = min(factors)
        others = [term.factor / common for term in terms]
        if any(term.unit != NUMBER or term.converted for term in terms):
            return None
        if any((each * 10_000).denominator != 1 or abs(each) > _MAX_SHARE for each in others):
            return None
        return common

    def _is_percent(self, slot: Slot) -> bool:
        kind = self.naming.attribute(slot).type
        return isinstance(kind, Integer) and kind.unit == "percent"

    def _physical(self, polynomial: Polynomial) -> dict[Monomial, Fraction]:
        """Coefficients for values in major units and days instead of the integers of types."""
        physical: dict[Monomial, Fraction] = {}
        for monomial, coefficient in polynomial.terms:
            size = Fraction(1)
            for slot in monomial:
                size *= self.measure(slot).size
            physical[monomial] = coefficient / size
        return physical

    def _dimension_of(self, monomial: Monomial) -> Dimension:
        dimension = NUMBER
        for slot in monomial:
            dimension = combine(dimension, self.measure(slot).dimension)
        return dimension

    def _dimension(self, physical: Mapping[Monomial, Fraction]) -> Dimension:
        """What the terms count together.

        Any dimension makes a true statement, with the right units before the terms. The one is
        taken that needs the fewest: that of one of the terms, or the smallest that has them all.
        """
        each = [self._dimension_of(monomial) for monomial in physical if monomial]
        exponents: dict[str, int] = {}
        for dimension in each:
            for unit, exponent in dimension:
                exponents[unit] = max(exponent, exponents.get(unit, 0))
        candidates = [*dict.fromkeys(each), tuple(sorted(exponents.items()))]
        constant = physical.get(())

        def cost(candidate: Dimension) -> tuple[int, int]:
            units = [combine(candidate, dimension, -1) for dimension in each]
            return sum(map(self._awkward, units)), self._awkward(candidate) if constant else 0

        return min(candidates, key=cost)

    def _awkward(self, unit: Dimension) -> int:
        if unit in self.rates:
            return 1
        size = sum(abs(exponent) for _, exponent in unit)
        return 2 * size + (8 if any(exponent < 0 for _, exponent in unit) else 0)

    def _term(self, factor: Fraction, unit: Dimension, parts: tuple[Slot | Span, ...]) -> Term:
        rate = self.rates.get(unit)
        if rate is None:
            return Term(factor, unit, parts)
        return Term(factor / rate.rate, NUMBER, parts, converted=rate.target)

    def _span_term(self, each: SpanTerm, dimension: Dimension) -> Term:
        unit = dimension
        for _ in each.spans:
            unit = combine(unit, TIME, -1)
        if each.cofactor is None:
            return self._term(each.factor, unit, each.spans)
        unit = combine(unit, self.measure(each.cofactor).dimension, -1)
        return self._term(each.factor, unit, (each.cofactor, *each.spans))


def currency_with_digits(sums: Sums, dimension: Dimension, slots: Iterable[Slot]) -> int:
    """Fewest digits after the point that an amount of the dimension is written with."""
    currency = currency_of(dimension)
    return 0 if currency is None else sums.digits(currency, slots)


def _common(values: list[Fraction]) -> Fraction:
    """The greatest number that all values are whole multiples of; above zero."""
    denominator = lcm(*(value.denominator for value in values))
    return Fraction(gcd(*(int(value * denominator) for value in values)), denominator)
