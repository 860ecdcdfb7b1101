"""Comparisons of quantities to polynomials, and what is plainly always or never so."""

from __future__ import annotations

import datetime
from fractions import Fraction

from zkproof.errors import UsageError
from zkproof_circuits.bounds import Interval, select_repetitions
from zkproof_circuits.circuit import (
    Equal,
    Formula,
    Inequality,
    LinearZero,
    NotEqual,
    NotZero,
    Polynomial,
    QuadraticZero,
    conjunction,
    disjunction,
)
from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import ComparisonSign, Expression
from zkproof_circuits.lowering import rational
from zkproof_circuits.lowering.arithmetic import Arithmetic, shift_months
from zkproof_circuits.lowering.rational import Terms
from zkproof_circuits.lowering.scope import Scope
from zkproof_circuits.types import Date, Integer
from zkproof_circuits.types.calendar import day_number

MAX_AGE = 200

MIRRORED: dict[ComparisonSign, ComparisonSign] = {
    # What a sign becomes when its sides change places.
    "=": "=",
    "!=": "!=",
    "<": ">",
    ">": "<",
    "<=": ">=",
    ">=": "<=",
}


class Comparisons:
    """Reads comparisons of numbers, amounts and dates within one scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.arithmetic = Arithmetic(scope)

    def comparison(
        self,
        node: syntax.Node,
        left: Expression,
        sign: ComparisonSign,
        right: Expression,
        *,
        alternative: bool,
    ) -> Formula:
        """``left sign right`` as a formula; raises `PolicyError`."""
        if isinstance(right, syntax.Age):
            left, sign, right = right, MIRRORED[sign], left
        if isinstance(left, syntax.Age):
            return self._age(node, left, sign, right, alternative)
        terms = self.arithmetic.difference(
            node, self.arithmetic.quantity(left), self.arithmetic.quantity(right)
        )
        if rational.is_constant(terms):
            raise node.error("no attribute decides this comparison")
        if sign in ("=", "!="):
            return self._equation(node, terms, sign == "!=", alternative)
        if sign in ("<", "<="):
            terms = rational.scale(terms, Fraction(-1))
        strict = sign in ("<", ">")
        polynomial = rational.above_zero(terms) if strict else rational.at_least_zero(terms)
        return self.inequality(node, polynomial, alternative=alternative)

    def between(
        self,
        node: syntax.Node,
        value: Expression,
        low: Expression,
        high: Expression,
        *,
        opposite: bool,
        alternative: bool,
    ) -> Formula:
        """``value between low and high`` or its opposite; raises `PolicyError`."""
        if isinstance(value, syntax.Age):
            youngest, oldest = self._years(low), self._years(high)
            if youngest > oldest:
                raise node.error("the lower bound is above the upper one")
            above = self._years_or_more(value, youngest)
            below = _opposite_terms(self._years_or_more(value, oldest + 1))
        else:
            middle = self.arithmetic.quantity(value)
            below_bound, above_bound = (self.arithmetic.quantity(each) for each in (low, high))
            above = self.arithmetic.difference(node, middle, below_bound)
            below = self.arithmetic.difference(node, above_bound, middle)
        if rational.is_constant(above) or rational.is_constant(below):
            raise node.error("no attribute decides this comparison")
        return self._range(node, above, below, opposite, alternative)

    def judge(self, node: syntax.Node, *, never: bool, alternative: bool) -> None:
        """Something is so, or is never so, for all values that the types allow."""
        if not never:
            self.scope.warn(node, "this always holds: the types allow no other value")
        elif alternative:
            self.scope.warn(node, "this alternative can never hold")
        else:
            raise node.error("this can never hold: no value that the types allow satisfies it")

    def _age(
        self,
        node: syntax.Node,
        age: syntax.Age,
        sign: ComparisonSign,
        bound: Expression,
        alternative: bool,
    ) -> Formula:
        years = self._years(bound)
        if sign in ("=", "!="):
            above = self._years_or_more(age, years)
            below = _opposite_terms(self._years_or_more(age, years + 1))
            return self._range(node, above, below, sign == "!=", alternative)
        terms = self._years_or_more(age, years + (sign in (">", "<=")))
        if sign in ("<", "<="):
            terms = _opposite_terms(terms)
        return self.inequality(node, rational.at_least_zero(terms), alternative=alternative)

    def _years(self, node: Expression) -> int:
        """A known whole number of years."""
        match node:
            case syntax.Number(text) if text.isdigit():
                years = int(text)
            case syntax.Span(count, "year"):
                years = count
            case syntax.Name(name) if name != "today":
                bound = self.scope.parameter(node)
                if not isinstance(bound.type, Integer) or not isinstance(bound.value, int):
                    raise node.error(f"parameter {name} is not a whole number of years")
                if bound.type.unit not in ("", "year", "years"):
                    raise node.error(f"an age counts years, and {name} counts {bound.type.unit}")
                years = bound.value
            case _:
                raise node.error(
                    "an age is compared with a known whole number of years",
                    hint="write age(a.birth_date) >= 18",
                )
        if not 0 <= years <= MAX_AGE:
            raise node.error(f"an age from 0 to {MAX_AGE} years")
        return years

    def _years_or_more(self, age: syntax.Age, years: int) -> Terms:
        """At least zero exactly when the birth date lies that many full years back."""
        slot, attribute = self.arithmetic.integer_slot(age.birth)
        if not isinstance(attribute.type, Date):
            raise age.error(f"{slot} is {attribute.type.kind}, not a date")
        try:
            latest = shift_months(self.scope.today, -12 * years)
        except ValueError:
            latest = datetime.date.min
        return {(slot,): Fraction(-1), **rational.constant(Fraction(day_number(latest)))}

    def inequality(
        self, node: syntax.Node, polynomial: Polynomial, *, alternative: bool
    ) -> Formula:
        """``polynomial >= 0``, judged; raises `PolicyError` where it can never hold."""
        low, high = self._interval(polynomial)
        if high < 0 or low >= 0:
            self.judge(node, never=high < 0, alternative=alternative)
        return Inequality(polynomial)

    def _equation(
        self, node: syntax.Node, terms: Terms, differ: bool, alternative: bool
    ) -> Formula:
        polynomial = rational.equals_zero(terms)
        if polynomial is None:
            raise node.error(
                f"these are {'always different' if differ else 'never equal'}: no whole numbers "
                "make them equal"
            )
        low, high = self._interval(polynomial)
        if not low <= 0 <= high:
            self.judge(node, never=not differ, alternative=alternative)
        values = [value for _, value in polynomial.terms]
        slots = sorted(polynomial.slots)
        if polynomial.degree == 1 and values == [1, -1] and not polynomial.constant:
            one, other = (
                self.scope.schemas[slot.credential].attribute(slot.attribute).type for slot in slots
            )
            if one.comparison_key == other.comparison_key:
                return NotEqual(*slots) if differ else Equal(*slots)
        if differ:
            return NotZero(polynomial)
        return LinearZero(polynomial) if polynomial.degree == 1 else QuadraticZero(polynomial)

    def _range(
        self, node: syntax.Node, above: Terms, below: Terms, opposite: bool, alternative: bool
    ) -> Formula:
        """Both terms at least zero, or the opposite: one of them below zero.

        For one attribute between known bounds, the two terms differ by sign and a constant only,
        and one polynomial says it all: their product is negative exactly outside. Two inequalities
        say it where the product would need more costly parameters, and inside alternatives.
        """
        first, second = rational.at_least_zero(above), rational.at_least_zero(below)
        width = rational.add(_terms(first), _terms(second))
        known = rational.is_constant(width)
        if known and rational.constant_of(width) < 0:
            raise node.error("the lower bound is above the upper one")
        holds = [self._interval(each)[0] >= 0 for each in (first, second)]
        plain = first.degree == 1 and len(first.slots) == 1
        if known and plain and not alternative and not any(holds):
            product = rational.multiply(_terms(first), _terms(second))
            polynomial = rational.at_least_zero(_opposite_terms(product) if opposite else product)
            if self._is_cheap(polynomial):
                return self.inequality(node, polynomial, alternative=alternative)
        if all(holds):
            self.judge(node, never=opposite, alternative=alternative)
        # A bound that the type guarantees anyway needs no proof of its own.
        sides = [side for side, sure in zip((first, second), holds, strict=True) if not sure]
        sides = sides or [first, second]
        if opposite:
            sides = [rational.at_least_zero(_opposite_terms(_terms(side))) for side in sides]
        if all(holds):
            judged: list[Formula] = [Inequality(side) for side in sides]
        else:
            several = alternative or (opposite and len(sides) > 1)
            judged = [self.inequality(node, side, alternative=several) for side in sides]
        return disjunction(judged) if opposite else conjunction(judged)

    def _is_cheap(self, polynomial: Polynomial) -> bool:
        try:
            return select_repetitions([self._interval(polynomial)]) == 2
        except UsageError:
            return False

    def _interval(self, polynomial: Polynomial) -> Interval:
        return polynomial.interval(self.arithmetic.box_of)


def _terms(polynomial: Polynomial) -> Terms:
    return {monomial: Fraction(value) for monomial, value in polynomial.terms}


def _opposite_terms(terms: Terms) -> Terms:
    """At least zero exactly where an integer ``terms`` is below zero: ``-terms - 1``."""
    return rational.add(rational.constant(Fraction(-1)), terms, -1)
