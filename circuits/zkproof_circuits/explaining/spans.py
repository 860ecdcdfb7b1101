"""Points in time inside formulas, taken together as lengths of time.

A date counts from 1970-01-01, and a formula that multiplies dates or adds them up would be about
that arbitrary day. What policies mean are lengths of time between two days, so the terms of a
polynomial are put together again: ``n*closed - n*opened`` is ``n`` times the time from one to the
other. What does not go together stays a length of time since 1970-01-01, which is exact as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from zkproof_circuits.circuit import Monomial, Slot

End = Slot | Fraction
"""A point in time: an attribute, or a known one in days since 1970-01-01."""

_EARLIEST, _LATEST = Fraction(-62_091), Fraction(193_506)
"""Days that people have dates for: the years 1800 to 2499."""


@dataclass(frozen=True, slots=True)
class Span:
    """The length of time from one point to another; negative where the first is the later one."""

    first: End
    last: End

    def turned(self) -> Span:
        """The same length with the other sign."""
        return Span(self.last, self.first)


@dataclass(frozen=True, slots=True)
class SpanTerm:
    """``factor * cofactor * span``; a second span where lengths of time are multiplied."""

    factor: Fraction
    cofactor: Slot | None
    spans: tuple[Span, ...]


EPOCH = Fraction(0)


def take_spans(
    coefficients: Mapping[Monomial, Fraction], points: frozenset[Slot], step: Fraction
) -> tuple[list[SpanTerm], dict[Monomial, Fraction]]:
    """The spans of a polynomial over physical values, and its terms without points.

    ``step`` is the grain of known points: whole days, or the seconds of a timestamp.
    """
    rest = dict(coefficients)
    terms: list[SpanTerm] = []
    if any(points.issuperset(monomial) and len(monomial) == 2 for monomial in rest):
        terms += _squares(rest, points, step)
    for cofactor in _cofactors(rest, points):
        terms += _linear(rest, cofactor, points, step)
    return terms, {monomial: value for monomial, value in rest.items() if value}


def _cofactors(rest: Mapping[Monomial, Fraction], points: frozenset[Slot]) -> list[Slot | None]:
    """What points are multiplied with, ``None`` first for points on their own."""
    found: set[Slot | None] = set()
    for monomial in rest:
        if len(points.intersection(monomial)) == 1 and len(set(monomial)) == len(monomial):
            others = [slot for slot in monomial if slot not in points]
            found.add(others[0] if others else None)
    return sorted(found, key=lambda slot: "" if slot is None else str(slot))


def _linear(
    rest: dict[Monomial, Fraction],
    cofactor: Slot | None,
    points: frozenset[Slot],
    step: Fraction,
) -> list[SpanTerm]:
    """Take the points that stand with one cofactor out of ``rest``, as spans."""
    alone: Monomial = () if cofactor is None else (cofactor,)
    weights: dict[End, Fraction] = {}
    for point in sorted(points):
        weight = rest.pop(tuple(sorted((point, *alone))), Fraction(0))
        if weight:
            weights[point] = weight
    total = sum(weights.values(), Fraction(0))
    if total:
        known = _known_point(-rest.get(alone, Fraction(0)) / total, step)
        rest[alone] = rest.get(alone, Fraction(0)) + total * known
        weights[known] = -total
    spans = pair(weights)
    if rest.get(alone, Fraction(0)) > 0 or (cofactor is not None and rest.get((), 0) > 0):
        # Read towards the side where the known length stands.
        spans = [(-weight, span.turned()) for weight, span in spans]
    return [SpanTerm(weight, cofactor, (span,)) for weight, span in spans]


def _known_point(exact: Fraction, step: Fraction) -> Fraction:
    """The point itself, rounded down to the grain; the epoch where people have no date for it."""
    known = exact // step * step
    return known if _EARLIEST <= known <= _LATEST else EPOCH


def pair(weights: Mapping[End, Fraction]) -> list[tuple[Fraction, Span]]:
    """Weighted points that sum to zero, as weighted spans with positive weights."""
    above = {end: weight for end, weight in weights.items() if weight > 0}
    below = {end: -weight for end, weight in weights.items() if weight < 0}
    spans: list[tuple[Fraction, Span]] = []
    while above and below:
        last, first = next(iter(above)), next(iter(below))
        weight = min(above[last], below[first])
        spans.append((weight, Span(first, last)))
        for side, end in ((above, last), (below, first)):
            side[end] -= weight
            if not side[end]:
                del side[end]
    return spans


def _squares(
    rest: dict[Monomial, Fraction], points: frozenset[Slot], step: Fraction
) -> list[SpanTerm]:
    """Take products of points out of ``rest``: one product of two spans, or as they are."""
    product = _product(rest, points)
    if product is not None:
        factor, left, right = product
        ends = [_span(side, step) for side in (left, right)]
        if ends[0] is not None and ends[1] is not None:
            for monomial, value in _expanded(left, right).items():
                rest[monomial] = rest.get(monomial, Fraction(0)) - factor * value
            return [SpanTerm(factor, None, (ends[0], ends[1]))]
    terms: list[SpanTerm] = []
    for monomial in [each for each in rest if points.issuperset(each) and len(each) == 2]:
        spans = tuple(Span(EPOCH, slot) for slot in monomial)
        terms.append(SpanTerm(rest.pop(monomial), None, spans))
    return terms


_Form = dict[Slot | None, Fraction]
"""A linear form: weights of slots, and under ``None`` the constant."""


def _product(
    rest: Mapping[Monomial, Fraction], points: frozenset[Slot]
) -> tuple[Fraction, _Form, _Form] | None:
    """``factor * left * right`` with the same products of points as ``rest``, or ``None``."""
    squares: dict[Monomial, Fraction] = {
        m: v for m, v in rest.items() if points.issuperset(m) and len(m) == 2
    }
    pivot, other = least = min(squares)
    factor = squares[least]

    def row(with_slot: Slot) -> _Form:
        form: _Form = {
            slot: squares.get(_monomial(slot, with_slot), Fraction(0)) / factor
            for slot in sorted(points)
        }
        form[None] = rest.get((with_slot,), Fraction(0)) / factor
        if pivot == other:  # a square has each mixed term twice
            form = {slot: value / (1 if slot == pivot else 2) for slot, value in form.items()}
        return form

    left, right = row(other), row(pivot)
    expanded = _expanded(left, right)
    if any(factor * expanded.get(monomial, 0) != value for monomial, value in squares.items()):
        return None
    if any(
        points.issuperset(monomial) and monomial and factor * value != rest.get(monomial, 0)
        for monomial, value in expanded.items()
    ):
        return None
    return factor, left, right


def _monomial(*slots: Slot) -> Monomial:
    return tuple(sorted(slots))


def _expanded(left: _Form, right: _Form) -> dict[Monomial, Fraction]:
    total: dict[Monomial, Fraction] = {}
    for one, first in left.items():
        for two, second in right.items():
            monomial = tuple(sorted(slot for slot in (one, two) if slot is not None))
            total[monomial] = total.get(monomial, Fraction(0)) + first * second
    return {monomial: value for monomial, value in total.items() if value}


def _span(form: _Form, step: Fraction) -> Span | None:
    """The one span that a linear form is, of weight one, or ``None``."""
    weights: dict[End, Fraction] = {
        slot: weight for slot, weight in form.items() if slot is not None and weight
    }
    total, constant = sum(weights.values(), Fraction(0)), form[None]
    if total:
        known = -constant / total
        if known % step or not _EARLIEST <= known <= _LATEST:
            return None
        weights[known] = -total
    elif constant:
        return None
    spans = pair(weights)
    return spans[0][1] if len(spans) == 1 and spans[0][0] == 1 else None
