"""Ages and years of hidden dates: whole numbers that go up by one on known days."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import Expression
from zkproof_circuits.lowering import rational
from zkproof_circuits.lowering.arithmetic import Arithmetic, shift_months
from zkproof_circuits.lowering.rational import Terms
from zkproof_circuits.lowering.scope import Scope
from zkproof_circuits.types import Date, Integer
from zkproof_circuits.types.calendar import day_number

MAX_AGE = 200


class Steps(Protocol):
    """A number of years that hangs on a hidden date."""

    def bound(self, node: Expression) -> int:
        """The known number that it is compared with; raises `PolicyError`."""
        ...

    def at_least(self, years: int) -> Terms:
        """At least zero exactly where the number is at least ``years``."""
        ...


@dataclass(frozen=True, slots=True)
class AgeSteps:
    """Full years since a birth, up to today or another known day."""

    scope: Scope
    arithmetic: Arithmetic
    node: syntax.Age

    def bound(self, node: Expression) -> int:
        years = _known(self.scope, self.arithmetic, node)
        if years is None:
            raise node.error(
                "an age is compared with a known whole number of years",
                hint="write age(a.birth_date) >= 18",
            )
        if not 0 <= years <= MAX_AGE:
            raise node.error(f"an age from 0 to {MAX_AGE} years")
        return years

    def at_least(self, years: int) -> Terms:
        slot, attribute = self.arithmetic.integer_slot(self.node.birth)
        if not isinstance(attribute.type, Date):
            raise self.node.error(f"{slot} is {attribute.type.kind}, not a date")
        day = self.scope.today
        if self.node.day is not None:
            day = self.arithmetic.known_day(self.node, self.node.day)
        try:
            latest = shift_months(day, -12 * years)
        except ValueError:
            latest = datetime.date.min
        return {(slot,): Fraction(-1), **rational.constant(Fraction(day_number(latest)))}


@dataclass(frozen=True, slots=True)
class YearSteps:
    """The calendar year of a hidden date."""

    scope: Scope
    arithmetic: Arithmetic
    node: syntax.Year

    def bound(self, node: Expression) -> int:
        year = _known(self.scope, self.arithmetic, node)
        if year is None or not 1800 <= year < 4840:
            raise node.error(
                "the year of a hidden date is compared with a known year",
                hint="write year(a.issued) = 2026, or year(a.issued) >= year(today)",
            )
        return year

    def at_least(self, years: int) -> Terms:
        day = self.arithmetic.quantity(self.node.day)
        if day.kind != "date":
            raise self.node.error("a year is that of a date")
        first = Fraction(day_number(datetime.date(years, 1, 1)))
        return rational.add(day.numerator, rational.constant(first), -1)


def _known(scope: Scope, arithmetic: Arithmetic, node: Expression) -> int | None:
    """A known whole number of years, or ``None``; raises `PolicyError` for other units."""
    match node:
        case syntax.Span(count, "year"):
            return count
        case syntax.Span():
            return None
        case syntax.Name(name) if name not in ("today", "now"):
            bound = scope.parameter(node)
            if not isinstance(bound.type, Integer) or not isinstance(bound.value, int):
                raise node.error(f"parameter {name} is not a whole number of years")
            if bound.type.unit not in ("", "year", "years"):
                raise node.error(f"an age counts years, and {name} counts {bound.type.unit}")
            return bound.value
        case syntax.Number() | syntax.Year() | syntax.Total() | syntax.Negative():
            found = arithmetic.quantity(node)
            whole = found.bare and found.is_constant and found.constant.denominator == 1
            return int(found.constant) if whole else None
        case _:
            return None
