"""Dates moved by hidden lengths of time: ``issued + term is on or after 2026-11-23``.

Both sides of the comparison are a point in time and what is added to it, so that nothing is
subtracted from a date and every side can be worked out on a calendar.
"""

from __future__ import annotations

from fractions import Fraction

from zkproof_circuits.circuit import Polynomial, Slot
from zkproof_circuits.explaining.naming import Naming
from zkproof_circuits.explaining.quantities import TIME, measure
from zkproof_circuits.types import AttributeType, Date, Timestamp

DAY_SECONDS = 86_400


def moved_by_terms(naming: Naming, polynomial: Polynomial) -> tuple[str, str, bool] | None:
    """Two points in words and whether the first is the later one, of ``polynomial >= 0``.

    ``None`` where the polynomial is not a comparison of two points, one of them moved by
    attributes that count time.
    """
    if polynomial.degree != 1:
        return None
    kinds = {slot: naming.attribute(slot).type for slot in polynomial.slots}
    measures = {slot: measure(kind) for slot, kind in kinds.items()}
    points = [slot for slot in sorted(kinds) if measures[slot].point]
    if len(points) == len(kinds) or len({type(kinds[slot]) for slot in points}) != 1:
        return None  # not a point and a length of time, or points of two kinds
    if any(each.dimension != TIME for each in measures.values()):
        return None
    unit = abs(polynomial.coefficient((points[0],))) / measures[points[0]].size
    weights = {
        slot: polynomial.coefficient((slot,)) / (measures[slot].size * unit) for slot in kinds
    }
    if sorted(weights[slot] for slot in points) not in ([1], [-1], [-1, 1]):
        return None
    sides = _Sides(naming)
    for slot, weight in sorted(weights.items()):
        sides.add(slot, weight, point=slot in points)
    constant = polynomial.constant / unit
    if len(points) == 2:
        sides.add_time(constant)
    elif not sides.add_known(kinds[points[0]], constant):
        return None
    return sides.words(first_is_known=len(points) == 1 and weights[points[0]] < 0)


class _Sides:
    """The left side is at least the right one; each has a point, and lengths of time after it."""

    def __init__(self, naming: Naming) -> None:
        self.naming = naming
        self.points = ["", ""]
        self.lengths: tuple[list[str], list[str]] = ([], [])

    def add(self, slot: Slot, weight: Fraction, *, point: bool) -> None:
        words = self.naming.slot(slot)
        if point:
            self.points[weight < 0] = words
            return
        if abs(weight) != 1:
            factor = self.naming.quantities.number(abs(weight))
            words = self.naming.catalogue.say("words", "product", factor=factor, rest=words)
        self.lengths[weight < 0].append(words)

    def add_time(self, days: Fraction) -> None:
        if days:
            self.lengths[days < 0].append(self.naming.quantities.duration(abs(days)))

    def add_known(self, kind: AttributeType, days: Fraction) -> bool:
        """The known point on the side that has none yet; false where no calendar has it."""
        side = self.points.index("")
        count = (days if side == 0 else -days) / measure(kind).size
        low, high = kind.box or (0, 0)
        if count.denominator != 1 or not low <= count <= high:
            return False
        self.points[side] = self.naming.value(kind, int(count))
        return True

    def words(self, *, first_is_known: bool) -> tuple[str, str, bool]:
        plus = self.naming.catalogue.patterns["words"]["plus"]
        left, right = (
            plus.join([point, *lengths])
            for point, lengths in zip(self.points, self.lengths, strict=True)
        )
        return (right, left, False) if first_is_known else (left, right, True)


_BY_DISTANCE = {
    # The sign of the time, and what is added to the time after the day's first second.
    (1, 0): "not_before",
    (1, -DAY_SECONDS): "after",
    (-1, DAY_SECONDS - 1): "not_after",
    (-1, -1): "before",
}


def time_against_day(naming: Naming, polynomial: Polynomial) -> tuple[str, str, str] | None:
    """A hidden time held against a hidden date, by the day that it lies in: the key of the
    sentence and its two sides; ``None`` for other polynomials.
    """
    kinds = {slot: naming.attribute(slot).type for slot in polynomial.slots}
    times = [slot for slot, kind in kinds.items() if isinstance(kind, Timestamp)]
    days = [slot for slot, kind in kinds.items() if isinstance(kind, Date)]
    if polynomial.degree != 1 or (len(times), len(days), len(kinds)) != (1, 1, 2):
        return None
    sign = polynomial.coefficient((times[0],))
    key = _BY_DISTANCE.get((sign, polynomial.constant))
    if key is None or polynomial.coefficient((days[0],)) != -sign * DAY_SECONDS:
        return None
    left = naming.catalogue.say("words", "day_of", time=naming.slot(times[0]))
    return key, left, naming.slot(days[0])
