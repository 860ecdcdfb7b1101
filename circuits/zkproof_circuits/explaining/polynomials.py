"""Polynomial conditions in words: thresholds and ranges by their values, the rest as sums."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, isqrt

from zkproof_circuits.circuit import Circuit, Monomial, Polynomial, Slot
from zkproof_circuits.explaining.naming import Naming
from zkproof_circuits.types import AttributeType, Date, Money, Timestamp

DAY_SECONDS = 86_400

_Sides = tuple[str, str, bool, bool]
"""Words of both sides, and whether each is a mere constant."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the terms of a polynomial count in."""

    money: Money | None
    """The currency, where amounts take part."""

    degree: int
    """How many amounts are multiplied with one another at most. Terms with one amount fewer have
    an amount for a factor."""

    divisor: Fraction
    """What the coefficients are divided by."""

    kind: AttributeType | None
    """The one type of all terms, where no amounts take part."""


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
            if polynomial.degree == 1:
                # factor * x + constant >= 0, for an integer x: rounded up, or down
                constant = polynomial.constant
                bound = -(constant // factor) if factor > 0 else constant // -factor
                return self._threshold(slot, kind, factor, bound)
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
        """Positive terms on the left, negative ones on the right, in whole units of currencies."""
        frame = self._frame(polynomial)
        sides: tuple[list[str], list[str]] = ([], [])
        for monomial, coefficient in polynomial.terms:
            if monomial:
                words = self._term(monomial, abs(coefficient), frame)
                sides[coefficient < 0].append(words)
        constant = polynomial.constant
        bare = [not side for side in sides]
        if constant:
            sides[constant < 0].append(self._constant(polynomial, abs(constant), frame))
        plus = self.naming.catalogue.patterns["words"]["plus"]
        left, right = (plus.join(side) or self._constant(polynomial, 0, frame) for side in sides)
        return left, right, bare[0], bare[1]

    def _frame(self, polynomial: Polynomial) -> _Frame:
        """What the terms count in.

        Amounts of several currencies count in the one that the stated rates convert to, and the
        whole is divided so that its amounts have no factor in common.
        """
        kinds = [self.naming.attribute(slot).type for slot in sorted(polynomial.slots)]
        amounts = [kind for kind in kinds if isinstance(kind, Money)]
        if not amounts:
            keys = {kind.comparison_key for kind in kinds}
            alone = polynomial.degree == 1 and len(keys) == 1
            return _Frame(None, 0, Fraction(1), kinds[0] if alone else None)
        targets = [kind for kind in amounts if kind.currency in self.targets]
        money = (targets or amounts)[0]
        degree = max(len(self._amounts(monomial)) for monomial, _ in polynomial.terms)
        divisor = Fraction(10 ** (money.scale * degree))
        if len({kind.comparison_key for kind in amounts}) > 1:
            divisor *= gcd(
                *(
                    coefficient
                    for monomial, coefficient in polynomial.terms
                    if any(kind.currency == money.currency for kind in self._amounts(monomial))
                )
            )
        return _Frame(money, degree, divisor, None)

    def _amounts(self, monomial: Monomial) -> list[Money]:
        kinds = (self.naming.attribute(slot).type for slot in monomial)
        return [kind for kind in kinds if isinstance(kind, Money)]

    def _term(self, monomial: Monomial, coefficient: int, frame: _Frame) -> str:
        words = self.naming.slot(monomial[0])
        for slot in monomial[1:]:
            words = self.naming.catalogue.say(
                "words", "product", factor=words, rest=self.naming.slot(slot)
            )
        amounts = self._amounts(monomial)
        units = 10 ** sum(kind.scale for kind in amounts)
        factor = coefficient * units / frame.divisor
        missing = frame.degree - len(amounts)
        if factor == 1 and missing != 1:
            return words
        number = self._number(factor, missing, frame)
        return self.naming.catalogue.say("words", "product", factor=number, rest=words)

    def _constant(self, polynomial: Polynomial, value: int, frame: _Frame) -> str:
        if isinstance(frame.kind, Date | Timestamp):
            balance = sum(coefficient for monomial, coefficient in polynomial.terms if monomial)
            if balance * polynomial.constant < 0 and abs(balance) == 1 and value:
                return self.naming.value(frame.kind, value)  # one day for each day too many
            unit = 1 if isinstance(frame.kind, Timestamp) else DAY_SECONDS
            return self.naming.duration(value * unit)
        if frame.kind is not None:
            return self.naming.amount(frame.kind, Fraction(value))
        return self._number(value / frame.divisor, frame.degree, frame)

    def _number(self, value: Fraction, missing: int, frame: _Frame) -> str:
        """A number; an amount where one factor of the currency is missing."""
        if missing == 1 and frame.money is not None:
            return self.naming.amount(frame.money, value * 10**frame.money.scale)
        return self.naming.number(value)


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
