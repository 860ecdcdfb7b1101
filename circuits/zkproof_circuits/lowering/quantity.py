"""Quantities: a fraction of two polynomials, with its unit.

Dates and times are points, everything else is a number of some unit. Money is held in its major
unit and spans of time in days, so that scales of attributes are plain factors in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from zkproof_circuits.lowering import rational
from zkproof_circuits.lowering.rational import Terms

Kind = Literal["number", "date", "timestamp"]

Units = tuple[tuple[str, int], ...]
"""Unit names with their exponents, ascending; no zero exponents."""

MONEY = "money "
COUNT = "count "
TIME = "time"
PERCENT = COUNT + "percent"
"""Unit names: ``money MOP``, ``count months``, ``time``."""

_DAYS = {"hours": Fraction(1, 24), "days": Fraction(1), "weeks": Fraction(7)}


@dataclass(frozen=True, slots=True)
class Quantity:
    """``numerator / denominator``; the denominator is above zero wherever its slots may be."""

    kind: Kind
    numerator: Terms
    units: Units = ()
    denominator: Terms = field(default_factory=lambda: rational.ONE)
    bare: bool = False
    """Made of plain numbers only, which count whatever is needed: ``s.months >= 6``."""

    scales: Mapping[str, int] = field(default_factory=dict)
    """By currency, the scale of the attributes in here."""

    decimals: Mapping[str, int] = field(default_factory=dict)
    """By currency, the most digits after the point of the amounts written in here."""

    @property
    def is_constant(self) -> bool:
        """Whether no slot occurs."""
        return rational.is_constant(self.numerator) and rational.is_constant(self.denominator)

    @property
    def constant(self) -> Fraction:
        """The value of a constant quantity."""
        return rational.constant_of(self.numerator) / rational.constant_of(self.denominator)

    @property
    def currency(self) -> str | None:
        """The currency, when the quantity is an amount of money."""
        if len(self.units) == 1 and self.units[0][0].startswith(MONEY) and self.units[0][1] == 1:
            return self.units[0][0].removeprefix(MONEY)
        return None


def counted(unit: str) -> str:
    """The name of a unit that attributes count: months for month, and others as they are."""
    singular = {"hour", "day", "week", "month", "year", "point"}
    return unit + "s" if unit in singular else unit


def as_time(quantity: Quantity) -> Quantity:
    """A count of hours, days or weeks as a length of time; others are left as they are."""
    for unit, days in _DAYS.items():
        if quantity.units == ((COUNT + unit, 1),):
            numerator = rational.scale(quantity.numerator, days)
            return replace(quantity, numerator=numerator, units=((TIME, 1),))
    return quantity


def without_percent(quantity: Quantity) -> Quantity:
    """Percentages as the plain numbers that they are: hundredths."""
    power = dict(quantity.units).get(PERCENT, 0)
    if not power:
        return quantity
    return replace(
        quantity,
        numerator=rational.scale(quantity.numerator, Fraction(100) ** -power),
        units=combine_units(quantity.units, ((PERCENT, power),), -1),
    )


def combine_units(first: Units, second: Units, sign: int) -> Units:
    """Units of a product (sign 1) or a quotient (sign -1)."""
    exponents = dict(first)
    for name, exponent in second:
        exponents[name] = exponents.get(name, 0) + sign * exponent
    return tuple(sorted((name, exponent) for name, exponent in exponents.items() if exponent))


def describe_units(quantity: Quantity) -> str:
    """The unit in words, for messages."""
    if quantity.kind != "number":
        return f"a {quantity.kind}"
    if not quantity.units:
        return "a plain number"
    names = []
    for name, exponent in quantity.units:
        words = name.removeprefix(MONEY).removeprefix(COUNT)
        words = "days" if words == TIME else words
        names.append(words if exponent == 1 else f"{words}^{exponent}")
    return " * ".join(names)
