"""Polynomial conditions in words: thresholds and ranges by their values, the rest as formulas.

A formula is said exactly, with the unit of every number. ``P >= 0`` over integers is ``P + 1 > 0``;
a bound is called "more than" where that makes it the rounder one.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isqrt

from zkproof_circuits.circuit import Circuit, Polynomial, Slot
from zkproof_circuits.explaining.ages import AgeWords
from zkproof_circuits.explaining.moved import moved_by_terms, time_against_day
from zkproof_circuits.explaining.naming import Naming
from zkproof_circuits.explaining.quantities import NUMBER, Dimension, currency_of
from zkproof_circuits.explaining.spans import End, Span, pair
from zkproof_circuits.explaining.sums import Sum, Sums, Term
from zkproof_circuits.types import AttributeType, Date, Money, Timestamp

_MAX_PART = Fraction(10)
"""Largest ratio of two amounts that is said as a percentage."""


class PolynomialWords:
    """Sentences about the polynomials of one circuit."""

    def __init__(self, circuit: Circuit, naming: Naming) -> None:
        self.naming = naming
        self.quantities = naming.quantities
        self.say = naming.catalogue.say
        self.sums = Sums(naming, circuit.rates)
        self.ages = AgeWords(circuit, naming)

    def inequality(self, polynomial: Polynomial) -> str:
        """``polynomial >= 0``."""
        slot = _only_slot(polynomial)
        if slot is not None and polynomial.degree == 1:
            return self._threshold(slot, polynomial)
        if slot is not None and (bounds := _roots(polynomial, slot)) is not None:
            opposite = polynomial.coefficient((slot, slot)) > 0
            return self.range(slot, *bounds, opposite=opposite)
        return (
            self._two_points(polynomial)
            or self._moved_point(polynomial, ("on_or_after", "on_or_before"))
            or self._moved_by_terms(polynomial)
            or self._time_against_day(polynomial)
            or self._formula(polynomial)
        )

    def equation(self, polynomial: Polynomial, *, differs: bool) -> str:
        """``polynomial = 0``, or the opposite."""
        slot = _only_slot(polynomial)
        if slot is not None and polynomial.terms[-1] == ((slot,), 1):
            return self._value(slot, -polynomial.constant, differs=differs)
        key = "differs" if differs else "equals"
        points = self._point_weights(polynomial)
        if points is not None and sorted(points.values()) == [-1, 1]:
            later, earlier, apart = _ordered(points, polynomial.constant)
            span = self.quantities.duration(apart * self.sums.measure(later).size)
            key = "not_exactly_after" if differs else "exactly_after"
            return self.say(
                "atoms", key, left=self._slot(later), right=self._slot(earlier), by=span
            )
        moved = self._moved_point(polynomial, ("differs", "differs") if differs else (key, key))
        if moved is not None:
            return moved
        left, right = self._sides(self.sums.take_apart(polynomial), polynomial)
        if not left.terms:
            left, right = right, left
        return self.say("atoms", key, left=left.words, right=right.words)

    def range(self, slot: Slot, low: int, high: int, *, opposite: bool = False) -> str:
        """A value between two bounds, both included, or outside of them."""
        if low == high:
            return self._value(slot, low, differs=opposite)
        aged = None if opposite else self.ages.between(slot, low, high)
        if aged is not None:
            return aged
        kind = self.naming.attribute(slot).type
        key = "not_between" if opposite else "between"
        if opposite and isinstance(kind, Date | Timestamp):
            key = "before_or_after"
        return self.say(
            "atoms",
            key,
            left=self._slot(slot),
            low=self.naming.value(kind, low),
            high=self.naming.value(kind, high),
        )

    def _value(self, slot: Slot, value: int, *, differs: bool) -> str:
        key = "is_not" if differs else "is"
        if not differs and self.naming.has_words(slot):
            key = "is_named"
        words = self.naming.value_of(slot, value)
        return self.say("atoms", key, left=self._slot(slot), right=words)

    def _threshold(self, slot: Slot, polynomial: Polynomial) -> str:
        low, high = bounds_of(polynomial, slot)
        kind = self.naming.attribute(slot).type
        aged = self.ages.threshold(slot, low, high)
        if aged is not None:
            return aged
        bound = low if low is not None else high or 0
        if isinstance(kind, Date | Timestamp):
            key = "on_or_before" if low is None else "on_or_after"
        elif _is_rounder(kind, bound - 1 if low is not None else bound + 1, bound):
            bound += -1 if low is not None else 1
            key = "less_than" if low is None else "more_than"
        else:
            key = "at_most" if low is None else "at_least"
        value = self.naming.value(kind, bound)
        return self.say("atoms", key, left=self._slot(slot), right=value)

    def _slot(self, slot: Slot) -> str:
        return self.naming.slot(slot)

    def _point_weights(self, polynomial: Polynomial) -> dict[Slot, int] | None:
        """The factors of dates, or of times, where a polynomial is a sum of nothing else."""
        kinds = {type(self.naming.attribute(slot).type) for slot in polynomial.slots}
        if polynomial.degree != 1 or kinds not in ({Date}, {Timestamp}):
            return None
        return {monomial[0]: factor for monomial, factor in polynomial.terms if monomial}

    def _two_points(self, polynomial: Polynomial) -> str | None:
        """One day or time held against another, with so much time between them."""
        weights = self._point_weights(polynomial)
        if weights is None or sorted(weights.values()) != [-1, 1]:
            return None
        first, second = sorted(weights)
        later, earlier = sorted(weights, key=lambda slot: -weights[slot])
        constant = polynomial.constant
        if constant in (0, -1):  # later - earlier is at least 0, or above it
            keys = ("not_before", "after") if first == later else ("not_after", "before")
            key = keys[0] if constant == 0 else keys[1]
            return self.say("atoms", key, left=self._slot(first), right=self._slot(second))
        size = self.sums.measure(later).size
        if constant > 0:
            key, left, right, by = "at_most_after", earlier, later, constant
        else:
            key, left, right, by = "at_least_after", later, earlier, -constant
        span = self.quantities.duration(by * size)
        return self.say("atoms", key, left=self._slot(left), right=self._slot(right), by=span)

    def _moved_point(self, polynomial: Polynomial, keys: tuple[str, str]) -> str | None:
        """A date moved by lengths of time, held against a known date."""
        weights = self._point_weights(polynomial)
        total = sum(weights.values()) if weights else 0
        if weights is None or abs(total) != 1 or len(weights) == 1:
            return None
        signed: dict[End, Fraction] = {
            slot: Fraction(total * weight) for slot, weight in weights.items()
        }
        moved = next((slot for slot in sorted(weights) if signed[slot] > 0), None)
        if moved is None:
            return None
        signed[moved] -= 1
        spans = pair({end: weight for end, weight in signed.items() if weight})
        words = [self._slot(moved), *(self._spanned(weight, span) for weight, span in spans)]
        left = self.naming.catalogue.patterns["words"]["plus"].join(words)
        kind = self.naming.attribute(moved).type
        bound = self.naming.value(kind, -total * polynomial.constant)
        return self.say("atoms", keys[total < 0], left=left, right=bound)

    def _moved_by_terms(self, polynomial: Polynomial) -> str | None:
        """A date moved by hidden lengths of time, held against another one."""
        found = moved_by_terms(self.naming, polynomial)
        if found is None:
            return None
        left, right, later = found
        return self.say("atoms", "not_before" if later else "not_after", left=left, right=right)

    def _time_against_day(self, polynomial: Polynomial) -> str | None:
        found = time_against_day(self.naming, polynomial)
        if found is None:
            return None
        key, left, right = found
        return self.say("atoms", key, left=left, right=right)

    def _spanned(self, weight: Fraction, span: Span) -> str:
        words = self.say("words", "group", text=self._span(span))
        if weight == 1:
            return words
        return self.say("words", "product", factor=self.quantities.number(weight), rest=words)

    def _formula(self, polynomial: Polynomial) -> str:
        """Terms on both sides, in their units."""
        apart = self.sums.take_apart(polynomial)
        strict = False
        constant, above = apart.constant, apart.constant + apart.smallest
        both = len({term.factor > 0 for term in apart.terms}) == 2
        if (above == 0 and both) or self._is_whole(apart, above) > self._is_whole(apart, constant):
            apart = Sum(apart.terms, above, apart.dimension, apart.smallest, apart.hundredths)
            strict = True
        part = None if strict else self._part(apart, polynomial)
        if part is not None:
            return part
        left, right = self._sides(apart, polynomial)
        keys = ("more_than", "less_than") if strict else ("at_least", "at_most")
        if not left.terms:
            return self.say("atoms", keys[1], left=right.words, right=left.words)
        return self.say("atoms", keys[0], left=left.words, right=right.words)

    def _is_whole(self, apart: Sum, value: Fraction) -> bool:
        """Whether an amount has no minor units, where it stands alone against amounts."""
        return (
            currency_of(apart.dimension) is not None
            and value.denominator == 1
            and all(term.unit == NUMBER and term.converted is None for term in apart.terms)
        )

    def _part(self, apart: Sum, polynomial: Polynomial) -> str | None:
        """One amount as a percentage of another: ``debt <= 40% of income``."""
        if apart.constant or len(apart.terms) != 2 or currency_of(apart.dimension) is None:
            return None
        if any(
            term.unit != NUMBER or term.converted or len(term.parts) != 1 for term in apart.terms
        ):
            return None
        above, below = sorted(apart.terms, key=lambda term: -term.factor)
        if not below.factor < 0 < above.factor:
            return None
        ratio = above.factor / -below.factor
        for key, whole, part, share in (
            ("at_most", above, below, ratio),
            ("at_least", below, above, 1 / ratio),
        ):
            if share != 1 and share <= _MAX_PART and (share * 10_000).denominator == 1:
                words = self.say(
                    "words",
                    "part",
                    percent=self.quantities.percent(share),
                    whole=self._part_words(whole.parts[0]),
                )
                return self.say("atoms", key, left=self._part_words(part.parts[0]), right=words)
        return None

    def _sides(self, apart: Sum, polynomial: Polynomial) -> tuple[_Side, _Side]:
        """Positive terms on the left, negative ones on the right, in the units that they have."""
        sides: tuple[list[str], list[str]] = ([], [])
        for term in apart.terms:
            sides[term.factor < 0].append(self._term(term, polynomial, len(apart.terms) > 1))
        counts = (len(sides[0]), len(sides[1]))
        if 0 in counts:  # the constant has a side for itself, with its sign there
            alone = counts.index(0)
            value = apart.constant if alone == 0 else -apart.constant
            sides[alone].append(self._number(value, apart.dimension, polynomial, apart))
        elif apart.constant:
            words = self._number(abs(apart.constant), apart.dimension, polynomial, apart)
            sides[apart.constant < 0].append(words)
        plus = self.naming.catalogue.patterns["words"]["plus"]
        return _Side(plus.join(sides[0]), counts[0]), _Side(plus.join(sides[1]), counts[1])

    def _number(
        self, value: Fraction, dimension: Dimension, polynomial: Polynomial, apart: Sum | None
    ) -> str:
        if apart is not None and apart.hundredths:
            return self.quantities.percent(value)
        currency = currency_of(dimension)
        digits = 0 if currency is None else self.sums.digits(currency, polynomial.slots)
        return self.quantities.quantity(value, dimension, digits)

    def _term(self, term: Term, polynomial: Polynomial, several: bool) -> str:
        alone = len(term.parts) == 1
        words = [
            self.say("words", "group", text=self._part_words(part))
            if isinstance(part, Span) and (several or not alone)
            else self._part_words(part)
            for part in term.parts
        ]
        factor = abs(term.factor)
        share = term.unit == NUMBER and factor < 1 and (factor * 10_000).denominator == 1
        if share:
            pass
        elif factor != 1 or term.unit != NUMBER:
            words.insert(0, self._number(factor, term.unit, polynomial, None))
            if isinstance(term.parts[0], Span) and alone and not several:
                words[1] = self.say("words", "group", text=words[1])
        said = words[-1]
        for each in reversed(words[:-1]):
            said = self.say("words", "product", factor=each, rest=said)
        if share:
            said = self.say("words", "part", percent=self.quantities.percent(factor), whole=said)
            said = self.say("words", "group", text=said) if several else said
        if term.converted is not None:
            said = self.say("words", "converted", term=said, currency=term.converted)
        return said

    def _part_words(self, part: Slot | Span) -> str:
        return self._span(part) if isinstance(part, Span) else self._slot(part)

    def _span(self, span: Span) -> str:
        slots = [end for end in (span.first, span.last) if isinstance(end, Slot)]
        kind = self.naming.attribute(slots[0]).type
        first, last = (self._end(end, kind) for end in (span.first, span.last))
        return self.say("words", "span", first=first, last=last)

    def _end(self, end: End, kind: AttributeType) -> str:
        if isinstance(end, Slot):
            return self._slot(end)
        if isinstance(kind, Timestamp) or end.denominator != 1:
            return self.naming.value(Timestamp(), int(end * 86_400))
        return self.naming.value(Date(), int(end))


class _Side:
    """One side of a comparison: its words, and how many terms with attributes it has."""

    __slots__ = ("terms", "words")

    def __init__(self, words: str, terms: int) -> None:
        self.words = words
        self.terms = terms


def bounds_of(polynomial: Polynomial, slot: Slot) -> tuple[int | None, int | None]:
    """The least or the greatest value of the one slot with ``factor * slot + constant >= 0``."""
    factor, constant = polynomial.coefficient((slot,)), polynomial.constant
    if factor > 0:
        return -(constant // factor), None
    return None, constant // -factor


def _is_rounder(kind: AttributeType, candidate: int, bound: int) -> bool:
    """Whether an amount is in whole major units while the bound is not."""
    if not isinstance(kind, Money) or not kind.scale:
        return False
    whole = int(10**kind.scale)
    return candidate % whole == 0 and bound % whole != 0


def _ordered(weights: Mapping[Slot, int], constant: int) -> tuple[Slot, Slot, int]:
    """``later = earlier + apart`` with ``apart`` above zero, of ``later - earlier = constant``."""
    plus, minus = sorted(weights, key=lambda slot: -weights[slot])
    return (plus, minus, -constant) if constant < 0 else (minus, plus, constant)


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
