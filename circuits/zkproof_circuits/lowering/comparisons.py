"""Comparisons of quantities to polynomials, and what is plainly always or never so."""

from __future__ import annotations

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
from zkproof_circuits.lowering.arithmetic import Arithmetic
from zkproof_circuits.lowering.days import DAY_SECONDS, seconds_ahead, zones_in
from zkproof_circuits.lowering.groups import MIRRORED
from zkproof_circuits.lowering.quantity import Quantity
from zkproof_circuits.lowering.rational import Terms
from zkproof_circuits.lowering.scope import Scope
from zkproof_circuits.lowering.years import AgeSteps, Steps, YearSteps


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
        if self._steps(right) is not None:
            left, sign, right = right, MIRRORED[sign], left
        if (steps := self._steps(left)) is not None:
            return self._stepwise(node, steps, sign, right, alternative)
        one, other = self.arithmetic.quantity(left), self.arithmetic.quantity(right)
        if (one.kind, other.kind) == ("date", "timestamp"):
            left, right, one, other, sign = right, left, other, one, MIRRORED[sign]
        if (one.kind, other.kind) == ("timestamp", "date"):
            day = self._of_the_day(node, one, other, right)
            return self._on_day(node, day, sign, alternative)
        terms = self.arithmetic.difference(node, one, other)
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
        if (steps := self._steps(value)) is not None:
            youngest, oldest = steps.bound(low), steps.bound(high)
            if youngest > oldest:
                raise node.error("the lower bound is above the upper one")
            above = steps.at_least(youngest)
            below = _opposite_terms(steps.at_least(oldest + 1))
        else:
            middle = self.arithmetic.quantity(value)
            below_bound, above_bound = (self.arithmetic.quantity(each) for each in (low, high))
            if middle.kind == "timestamp" and below_bound.kind == "date":
                above = self._of_the_day(node, middle, below_bound, low)[0]
            else:
                above = self.arithmetic.difference(node, middle, below_bound)
            if middle.kind == "timestamp" and above_bound.kind == "date":
                below = self._of_the_day(node, middle, above_bound, high)[1]
            else:
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

    def _steps(self, node: Expression) -> Steps | None:
        """An age or a year of a hidden date, which go up by one on known days."""
        match node:
            case syntax.Age():
                return AgeSteps(self.scope, self.arithmetic, node)
            case syntax.Year(day) if not self.arithmetic.quantity(day).is_constant:
                return YearSteps(self.scope, self.arithmetic, node)
            case _:
                return None

    def _stepwise(
        self,
        node: syntax.Node,
        steps: Steps,
        sign: ComparisonSign,
        bound: Expression,
        alternative: bool,
    ) -> Formula:
        years = steps.bound(bound)
        if sign in ("=", "!="):
            above = steps.at_least(years)
            below = _opposite_terms(steps.at_least(years + 1))
            return self._range(node, above, below, sign == "!=", alternative)
        terms = steps.at_least(years + (sign in (">", "<=")))
        if sign in ("<", "<="):
            terms = _opposite_terms(terms)
        return self.inequality(node, rational.at_least_zero(terms), alternative=alternative)

    def _of_the_day(
        self, node: syntax.Node, time: Quantity, day: Quantity, written: Expression
    ) -> tuple[Terms, Terms]:
        """What is at least zero from the first second of a day on, and up to its last one.

        A time is held against a day by the day that it lies in: of universal time, or of the zone
        that the day is of.
        """
        ahead = {seconds_ahead(each) for each in zones_in(written)}
        if len(ahead) > 1:
            raise node.error("days of several zones meet in one comparison")
        start = rational.add(day.numerator, rational.constant(Fraction(-sum(ahead), DAY_SECONDS)))
        since = rational.add(time.numerator, start, -1)
        last = rational.constant(1 - Fraction(1, DAY_SECONDS))
        return since, rational.add(last, since, -1)

    def _on_day(
        self,
        node: syntax.Node,
        day: tuple[Terms, Terms],
        sign: ComparisonSign,
        alternative: bool,
    ) -> Formula:
        since, until = day
        if rational.is_constant(since):
            raise node.error("no attribute decides this comparison")
        if sign in ("=", "!="):
            return self._range(node, since, until, sign == "!=", alternative)
        terms = since if sign in (">=", "<") else until
        polynomial = rational.at_least_zero(terms)
        if sign in ("<", ">"):
            polynomial = rational.at_least_zero(_opposite_terms(_terms(polynomial)))
        return self.inequality(node, polynomial, alternative=alternative)

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
