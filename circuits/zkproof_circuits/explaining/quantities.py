"""Numbers with their units, as people of a language write them.

A dimension is what a number counts, as units with exponents: amounts of a currency, time, months,
products of them. Values of attributes are integers; `measure` says how much of which dimension one
of them is, so that every number of a sentence can be said in the unit that it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from zkproof_circuits.labels import Language
from zkproof_circuits.types import AttributeType, Date, Integer, Money, Timestamp
from zkproof_circuits.types.decimals import for_people
from zkproof_circuits.types.units import counted, unit_name

Dimension = tuple[tuple[str, int], ...]
"""Units with their exponents, ascending, without zeros; ``()`` for a plain number."""

NUMBER: Dimension = ()
TIME: Dimension = (("time", 1),)
"""Counted in days."""

_CURRENCY = "money "
_COUNT = "count "
_DAYS = {
    "seconds": Fraction(1, 86_400),
    "minutes": Fraction(1, 1440),
    "hours": Fraction(1, 24),
    "days": Fraction(1),
    "weeks": Fraction(7),
}
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MAX_DECIMALS = 12


def money_of(currency: str) -> Dimension:
    """Amounts of a currency, in its major unit."""
    return ((_CURRENCY + currency, 1),)


def combine(first: Dimension, second: Dimension, sign: int = 1) -> Dimension:
    """The dimension of a product, or of a quotient where ``sign`` is -1."""
    exponents = dict(first)
    for unit, exponent in second:
        exponents[unit] = exponents.get(unit, 0) + sign * exponent
    return tuple(sorted((unit, exponent) for unit, exponent in exponents.items() if exponent))


def currency_of(dimension: Dimension) -> str | None:
    """The currency, where the dimension is that of an amount."""
    if len(dimension) == 1 and dimension[0][1] == 1 and dimension[0][0].startswith(_CURRENCY):
        return dimension[0][0].removeprefix(_CURRENCY)
    return None


@dataclass(frozen=True, slots=True)
class Measure:
    """What the integer 1 of a type stands for: ``size`` of ``dimension``."""

    dimension: Dimension
    size: Fraction
    point: bool = False
    """A point in time: the integer counts from 1970-01-01."""


def measure(kind: AttributeType) -> Measure:
    """The measure of a type of integers."""
    match kind:
        case Money():
            return Measure(money_of(kind.currency), Fraction(1, 10**kind.scale))
        case Date():
            return Measure(TIME, Fraction(1), point=True)
        case Timestamp():
            return Measure(TIME, _DAYS["seconds"], point=True)
        case Integer(unit="percent"):
            return Measure(NUMBER, Fraction(1, 100))
        case Integer() if kind.unit in _DAYS:
            return Measure(TIME, _DAYS[kind.unit])
        case Integer() if kind.unit:
            return Measure(((_COUNT + kind.unit, 1),), Fraction(1))
        case _:
            return Measure(NUMBER, Fraction(1))


class Quantities:
    """Writes quantities in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def quantity(self, value: Fraction, dimension: Dimension, digits: int = 0) -> str:
        """So much of a dimension. ``digits``: fewest digits after the point of an amount."""
        currency = currency_of(dimension)
        if currency is not None:
            return self.money(currency, value, digits)
        if dimension == TIME:
            return self.duration(value)
        if len(dimension) == 1 and dimension[0][1] == 1:
            return self.counted(dimension[0][0].removeprefix(_COUNT), value)
        number = self.number(value)
        return f"{number} {self._formula(dimension)}" if dimension else number

    def amount(self, kind: Money | Integer, value: int) -> str:
        """So much of a type's smallest unit; outside its box too, as bounds and differences are."""
        if isinstance(kind, Money):
            return self.money(kind.currency, value * measure(kind).size, kind.scale)
        if not kind.unit:
            return str(value)  # as likely a year or a tax number as a count
        return self.counted(kind.unit, Fraction(value))

    def money(self, currency: str, value: Fraction, digits: int) -> str:
        """An amount in the major unit of its currency."""
        number = self.number(value, digits)
        return f"{number} {currency}" if self.language == "pt" else f"{currency} {number}"

    def counted(self, unit: str, value: Fraction) -> str:
        """So many of a unit, in the plural where the language wants it."""
        return counted(self.number(value), unit, self.language, one=value == 1)

    def percent(self, value: Fraction) -> str:
        """A plain number as so many hundredths."""
        return self.counted("percent", 100 * value)

    def duration(self, days: Fraction) -> str:
        """A length of time in the largest unit that it is a whole number of."""
        for unit in ("days", "hours", "minutes"):
            if (days / _DAYS[unit]).denominator == 1:
                return self.counted(unit, days / _DAYS[unit])
        return self.counted("seconds", days / _DAYS["seconds"])

    def number(self, value: Fraction, digits: int = 0) -> str:
        """A plain number: decimal where it ends, with ``digits`` at least, otherwise a fraction."""
        for decimals in range(digits, _MAX_DECIMALS + 1):
            scaled = value * 10**decimals
            if scaled.denominator == 1:
                return for_people(int(scaled), decimals, self.language)
        return f"{value.numerator}/{value.denominator}"

    def _formula(self, dimension: Dimension) -> str:
        """Units multiplied with one another: ``MOP·days``, ``MOP²``, ``MOP/HKD``."""
        above = [(unit, exponent) for unit, exponent in dimension if exponent > 0]
        below = [(unit, -exponent) for unit, exponent in dimension if exponent < 0]
        if not above or len(below) > 1:
            return "·".join(self._power(unit, exponent) for unit, exponent in dimension)
        words = "·".join(self._power(unit, exponent) for unit, exponent in above)
        return "/".join([words, *(self._power(unit, exponent) for unit, exponent in below)])

    def _power(self, unit: str, exponent: int) -> str:
        if unit.startswith(_CURRENCY):
            name = unit.removeprefix(_CURRENCY)
        else:
            name = unit_name("days" if unit == "time" else unit.removeprefix(_COUNT), self.language)
        return name if exponent == 1 else name + str(exponent).translate(_SUPERSCRIPTS)
