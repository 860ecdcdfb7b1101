"""A polynomial that is zero, is not zero, or is at least zero.

Inside an alternative a polynomial is multiplied by a hidden selector that is 0 or 1, and one of
degree two becomes an auxiliary value first; the intervals here are those of that form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import gcd
from typing import ClassVar, Self

from zkproof.errors import UsageError
from zkproof_circuits.atoms.base import (
    AtomBase,
    BoxOf,
    Lists,
    Size,
    Values,
    argument_list,
    value_of,
)
from zkproof_circuits.bounds import Interval
from zkproof_circuits.polynomial import Polynomial, Slot


@dataclass(frozen=True, slots=True)
class _OfPolynomial(AtomBase):
    """Common part: one polynomial."""

    polynomial: Polynomial

    @property
    def reads(self) -> frozenset[Slot]:
        return self.polynomial.slots

    def arguments(self) -> list[object]:
        return [self.polynomial.canonical()]

    @classmethod
    def from_arguments(cls, arguments: Sequence[object]) -> Self:
        return cls(Polynomial.from_canonical(argument_list(cls.NAME, arguments, 1)[0]))

    def value(self, values: Values) -> int:
        """The polynomial's value; raises `UsageError` where a slot has no integer."""
        integers: dict[Slot, int] = {}
        for slot in self.polynomial.slots:
            value = value_of(slot, values)
            if not isinstance(value, int):
                raise UsageError(f"{slot}: an integer is needed")
            integers[slot] = value
        return self.polynomial.evaluate(integers)


@dataclass(frozen=True, slots=True)
class LinearZero(_OfPolynomial):
    """``polynomial = 0``, of degree one.

    The coefficients of terms with slots have no common factor and the first of them is positive.
    """

    NAME: ClassVar[str] = "linear-zero"

    def __post_init__(self) -> None:
        _require_equation(self.polynomial, 1, 1)

    def holds(self, values: Values, lists: Lists) -> bool:
        return self.value(values) == 0

    def size(self, *, guarded: bool) -> Size:
        return 0, int(guarded)

    def exact_intervals(self, box_of: BoxOf) -> Iterator[Interval]:
        yield self.polynomial.interval(box_of)


@dataclass(frozen=True, slots=True)
class QuadraticZero(_OfPolynomial):
    """``polynomial = 0``, of degree two; coefficients as in `LinearZero`."""

    NAME: ClassVar[str] = "quadratic-zero"

    def __post_init__(self) -> None:
        _require_equation(self.polynomial, 2, 2)

    def holds(self, values: Values, lists: Lists) -> bool:
        return self.value(values) == 0

    def size(self, *, guarded: bool) -> Size:
        return (1, 2) if guarded else (0, 1)

    def exact_intervals(self, box_of: BoxOf) -> Iterator[Interval]:
        yield self.polynomial.interval(box_of)


@dataclass(frozen=True, slots=True)
class NotZero(_OfPolynomial):
    """``polynomial != 0``, of degree one or two; coefficients as in `LinearZero`."""

    NAME: ClassVar[str] = "not-zero"

    def __post_init__(self) -> None:
        _require_equation(self.polynomial, 1, 2)

    def holds(self, values: Values, lists: Lists) -> bool:
        return self.value(values) != 0

    def size(self, *, guarded: bool) -> Size:
        return self.polynomial.degree, self.polynomial.degree

    def exact_intervals(self, box_of: BoxOf) -> Iterator[Interval]:
        yield self.polynomial.interval(box_of)


@dataclass(frozen=True, slots=True)
class Inequality(_OfPolynomial):
    """``polynomial >= 0`` over the integers; every slot is of an integer type.

    The coefficients of terms with slots have no common factor: over the integers
    ``g*Q + K >= 0`` is ``Q + floor(K/g) >= 0``.
    """

    NAME: ClassVar[str] = "inequality"

    def __post_init__(self) -> None:
        _require_reduced(self.polynomial, 1, 2)

    def holds(self, values: Values, lists: Lists) -> bool:
        return self.value(values) >= 0

    def size(self, *, guarded: bool) -> Size:
        extra = int(guarded and self.polynomial.degree == 2)
        return extra, extra

    def inequality_intervals(self, box_of: BoxOf, *, guarded: bool) -> Iterator[Interval]:
        yield _guarded(self.polynomial, box_of) if guarded else self.polynomial.interval(box_of)


def _guarded(polynomial: Polynomial, box_of: BoxOf) -> Interval:
    """The interval of ``selector * polynomial``."""
    if polynomial.degree == 2:
        low, high = polynomial.interval(box_of)
        return min(low, 0), max(high, 0)
    parts = [Polynomial((term,)).interval(box_of) for term in polynomial.terms]
    return sum(min(low, 0) for low, _ in parts), sum(max(high, 0) for _, high in parts)


def _require_reduced(polynomial: Polynomial, low: int, high: int) -> None:
    """Degree in range and no common factor of the terms that have slots."""
    if not low <= polynomial.degree <= high:
        raise UsageError(f"polynomial: degree {low} to {high} needed")
    if gcd(*(value for monomial, value in polynomial.terms if monomial)) != 1:
        raise UsageError("polynomial: coefficients with a common factor")


def _require_equation(polynomial: Polynomial, low: int, high: int) -> None:
    _require_reduced(polynomial, low, high)
    if next(value for monomial, value in polynomial.terms if monomial) < 0:
        raise UsageError("polynomial: the first term with a slot is positive")
