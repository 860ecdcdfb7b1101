"""Ages: a bound on a date of birth, said in the years that it means.

A circuit holds the last day on which somebody may be born, not the age. Where the day that the
policy calls today is known and the bound lies whole years before it, the age is said with it.
"""

from __future__ import annotations

import calendar
import datetime
from fractions import Fraction

from zkproof_circuits.circuit import Circuit, Slot
from zkproof_circuits.explaining.naming import Naming
from zkproof_circuits.types import Date, date_of
from zkproof_circuits.types.calendar import day_number
from zkproof_circuits.types.units import AGE

_MAX_YEARS = 200


class AgeWords:
    """Sentences about ages on the day of one circuit."""

    def __init__(self, circuit: Circuit, naming: Naming) -> None:
        self.naming = naming
        self.born_by: dict[int, int] = {}
        """Years by the last day of birth at which somebody is that old today."""
        if circuit.today is not None:
            self.born_by = _birthdays(date_of(circuit.today))

    def threshold(self, slot: Slot, low: int | None, high: int | None) -> str | None:
        """Born on ``low`` or later, or on ``high`` or earlier; ``None`` where that is no age."""
        if not self._is_birth(slot):
            return None
        if high is not None and (years := self.born_by.get(high)):
            return self._say("age_at_least", slot, years, high)
        if low is not None and (years := self.born_by.get(low - 1)):
            return self._say("age_under", slot, years, low)
        return None

    def between(self, slot: Slot, low: int, high: int) -> str | None:
        """Born from ``low`` to ``high``; ``None`` where these are no ages."""
        youngest, above = self.born_by.get(high), self.born_by.get(low - 1)
        if not self._is_birth(slot) or youngest is None or above is None:
            return None
        left = self.naming.slot(slot)
        first, last = (self.naming.value(Date(), each) for each in (low, high))
        say = self.naming.catalogue.say
        if youngest == above - 1:
            years = self.naming.quantities.counted(AGE, Fraction(youngest))
            return say("atoms", "age_exactly", left=left, age=years, first=first, last=last)
        return say(
            "atoms",
            "age_between",
            left=left,
            low=str(youngest),
            age=self.naming.quantities.counted(AGE, Fraction(above - 1)),
            first=first,
            last=last,
        )

    def _say(self, key: str, slot: Slot, years: int, day: int) -> str:
        return self.naming.catalogue.say(
            "atoms",
            key,
            left=self.naming.slot(slot),
            age=self.naming.quantities.counted(AGE, Fraction(years)),
            day=self.naming.value(Date(), day),
        )

    def _is_birth(self, slot: Slot) -> bool:
        kind = self.naming.attribute(slot).type
        name = slot.attribute
        return isinstance(kind, Date) and ("birth" in name or "born" in name.split("_"))


def _birthdays(today: datetime.date) -> dict[int, int]:
    """For every age, the last day of birth at which it is reached today."""
    return {
        day_number(_years_before(today, years)): years
        for years in range(1, min(_MAX_YEARS, today.year - 1) + 1)
    }


def _years_before(day: datetime.date, years: int) -> datetime.date:
    """The same day of the month so many years before, or the month's last day."""
    last = calendar.monthrange(day.year - years, day.month)[1]
    return day.replace(year=day.year - years, day=min(day.day, last))
