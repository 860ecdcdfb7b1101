"""Days and times that a request fixes: whose day it is, and where months and years begin and end.

Both sides of a proof compile a policy, perhaps years apart (a receipt is checked later). So a day
elsewhere is offered only where clocks are never changed: its distance from universal time is a
number of this file, and not of a table that a computer may have in another version.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator

from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import Expression
from zkproof_circuits.suggestions import did_you_mean

DAY_SECONDS = 86_400

HOURS_AHEAD = {
    "Asia/Bangkok": 7,
    "Asia/Hong_Kong": 8,
    "Asia/Kuala_Lumpur": 8,
    "Asia/Macau": 8,
    "Asia/Manila": 8,
    "Asia/Seoul": 9,
    "Asia/Shanghai": 8,
    "Asia/Singapore": 8,
    "Asia/Taipei": 8,
    "Asia/Tokyo": 9,
    "Etc/UTC": 0,
}
"""Hours before universal time, of zones that do not change their clocks."""


def seconds_ahead(node: syntax.LocalToday) -> int:
    """How far the zone's clocks are ahead of universal time; raises `PolicyError`."""
    if node.zone not in HOURS_AHEAD:
        raise node.error(
            f"the day of {node.zone} is not offered: both sides have to know its clocks for ever",
            hint=did_you_mean(node.zone, HOURS_AHEAD)
            or f"one of {', '.join(HOURS_AHEAD)}; or a parameter of type date",
        )
    return 3600 * HOURS_AHEAD[node.zone]


def local_day(node: syntax.LocalToday, now: int) -> datetime.date:
    """The day in a zone at a second of universal time; raises `PolicyError`."""
    return datetime.date(1970, 1, 1) + datetime.timedelta(
        days=(now + seconds_ahead(node)) // DAY_SECONDS
    )


def period_end(day: datetime.date, end: syntax.PeriodEnd) -> datetime.date:
    """The first or the last day of the month or year that a day lies in."""
    first, last = (1, 12) if end.period == "year" else (day.month, day.month)
    if end.last:
        return datetime.date(day.year, last, calendar.monthrange(day.year, last)[1])
    return datetime.date(day.year, first, 1)


def zones_in(node: Expression) -> Iterator[syntax.LocalToday]:
    """Where an expression speaks of a day elsewhere."""
    if isinstance(node, syntax.LocalToday):
        yield node
    for part in syntax.parts_of(node):
        yield from zones_in(part)
