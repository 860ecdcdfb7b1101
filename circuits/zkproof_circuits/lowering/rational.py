"""Polynomials with rational coefficients, as they arise while a policy is compiled.

They become integer polynomials by `integer_polynomial`: both sides of a comparison are multiplied
by the same positive number, which changes neither equality nor order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import gcd, lcm

from zkproof_circuits.bounds import Interval
from zkproof_circuits.polynomial import Monomial, Polynomial, Slot

Terms = Mapping[Monomial, Fraction]
"""Coefficients by monomial in canonical order; no zeros."""

ONE: Terms = {(): Fraction(1)}


class DegreeError(Exception):
    """A product would have more than two slots in one term."""


def constant(value: Fraction) -> Terms:
    """A polynomial without slots."""
    return {(): value} if value else {}


def single(slot: Slot, factor: Fraction) -> Terms:
    """``factor * slot``."""
    return {(slot,): factor}


def add(first: Terms, second: Terms, factor: int = 1) -> Terms:
    """``first + factor * second``."""
    total = dict(first)
    for monomial, coefficient in second.items():
        total[monomial] = total.get(monomial, Fraction(0)) + factor * coefficient
    return {monomial: value for monomial, value in total.items() if value}


def scale(terms: Terms, factor: Fraction) -> Terms:
    """``factor * terms``."""
    return {monomial: factor * value for monomial, value in terms.items()} if factor else {}


def multiply(first: Terms, second: Terms) -> Terms:
    """The product; raises `DegreeError` above degree two."""
    product: dict[Monomial, Fraction] = {}
    for left, a in first.items():
        for right, b in second.items():
            if len(left) + len(right) > 2:
                raise DegreeError
            monomial = tuple(sorted(left + right))
            product[monomial] = product.get(monomial, Fraction(0)) + a * b
    return {monomial: value for monomial, value in product.items() if value}


def is_constant(terms: Terms) -> bool:
    """Whether no slot occurs."""
    return not any(terms)


def constant_of(terms: Terms) -> Fraction:
    """The term without slots."""
    return terms.get((), Fraction(0))


def integer_coefficients(terms: Terms) -> dict[Monomial, int]:
    """The terms times the smallest positive integer that makes all of them integers."""
    common = lcm(*(value.denominator for value in terms.values()))
    return {monomial: int(value * common) for monomial, value in terms.items()}


def is_positive(terms: Terms, box_of: Callable[[Slot], Interval]) -> bool:
    """Whether interval arithmetic shows the value to be above zero everywhere."""
    return Polynomial.build(integer_coefficients(terms)).interval(box_of)[0] > 0


def at_least_zero(terms: Terms) -> Polynomial:
    """The reduced integer polynomial that is ``>= 0`` exactly where ``terms`` is.

    ``g*Q + K >= 0`` is ``Q + floor(K/g) >= 0`` over the integers, which also makes the bound of
    what is proven as small as it can be.
    """
    coefficients = integer_coefficients(terms)
    factor = _content(coefficients)
    reduced = {monomial: value // factor for monomial, value in coefficients.items() if monomial}
    reduced[()] = coefficients.get((), 0) // factor
    return Polynomial.build(reduced)


def above_zero(terms: Terms) -> Polynomial:
    """The reduced integer polynomial that is ``>= 0`` exactly where ``terms`` is ``> 0``."""
    coefficients = {m: Fraction(value) for m, value in integer_coefficients(terms).items()}
    return at_least_zero(add(coefficients, constant(Fraction(-1))))


def equals_zero(terms: Terms) -> Polynomial | None:
    """The reduced integer polynomial with the same zeros, its first term with slots positive.

    ``None`` when divisibility shows that there are none: ``2x + 4y = 5``.
    """
    coefficients = integer_coefficients(terms)
    factor = _content(coefficients)
    if coefficients.get((), 0) % factor:
        return None
    polynomial = Polynomial.build(
        {monomial: value // factor for monomial, value in coefficients.items()}
    )
    leading = next(value for monomial, value in polynomial.terms if monomial)
    if leading > 0:
        return polynomial
    return Polynomial.build({monomial: -value for monomial, value in polynomial.terms})


def _content(coefficients: Mapping[Monomial, int]) -> int:
    """Greatest common divisor of the terms with slots, of which there is at least one."""
    return gcd(*(value for monomial, value in coefficients.items() if monomial))
