"""Scores, ``exactly k of``, ``at most k of`` and ``if`` to formulas."""

from __future__ import annotations

from typing import Protocol, assert_never

from zkproof_circuits.circuit import Formula, If, disjunction
from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import ComparisonSign, Expression
from zkproof_circuits.lowering.comparisons import Comparisons
from zkproof_circuits.lowering.groups import MIRRORED
from zkproof_circuits.lowering.scope import Scope
from zkproof_circuits.types import Integer
from zkproof_circuits.weighing import opposite, opposite_if_any, score

Weighted = list[tuple[int, Formula]]


class Reading(Protocol):
    """What reads the conditions inside; see `zkproof_circuits.lowering.conditions.Conditions`."""

    comparisons: Comparisons

    def formula(
        self, node: Expression, *, negated: bool = False, alternative: bool = False
    ) -> Formula: ...


class Scores:
    """Reads conditions about how many others hold."""

    def __init__(self, scope: Scope, conditions: Reading) -> None:
        self.scope = scope
        self.conditions = conditions

    def counted(self, node: syntax.CountOf, *, negated: bool, alternative: bool) -> Formula:
        """``exactly`` or ``at most`` so many; raises `PolicyError`."""
        least = 0 if node.counting == "exactly" else 1
        highest = len(node.parts) if node.counting == "exactly" else len(node.parts) - 1
        if not least <= node.count <= highest:
            raise node.error(
                f"{node.counting} {node.count} of {len(node.parts)} parts: {least} to {highest} "
                "can be asked for",
                hint="none of them: write not (... or ...)" if node.count == 0 else None,
            )
        low = node.count if node.counting == "exactly" else None
        weighted = [(1, self._part(part)) for part in node.parts]
        return self._between(node, weighted, low, node.count, negated, alternative)

    def conditional(self, node: syntax.If, *, negated: bool) -> Formula:
        """``if condition then consequence``; raises `PolicyError`."""
        condition, consequence = self._part(node.condition), self._part(node.consequence)
        if condition == consequence:
            raise node.error("the consequence is the condition itself")
        if condition == opposite_if_any(consequence):
            raise node.error(
                "the consequence is the opposite of the condition", hint="require it by itself"
            )
        whole = If((condition, consequence))
        return opposite(whole) if negated else whole

    def compared(
        self, node: syntax.Comparison | syntax.Between, *, negated: bool, alternative: bool
    ) -> Formula:
        """A score between bounds; raises `PolicyError`."""
        match node:
            case syntax.Comparison(left, sign, right):
                if isinstance(right, syntax.Score | syntax.Group):
                    left, sign, right = right, MIRRORED[sign], left
                low, high, inside = _range(sign, self._bound(right))
            case syntax.Between(left, lower, upper, opposed):
                low, high, inside = self._bound(lower), self._bound(upper), not opposed
                if low > high:
                    raise node.error("the lower bound is above the upper one")
            case _:
                assert_never(node)
        weighted = [(points, self._part(part)) for points, part in _items(left)]
        return self._between(node, weighted, low, high, inside == negated, alternative)

    def _part(self, node: Expression) -> Formula:
        return self.conditions.formula(node, alternative=True)

    def _between(
        self,
        node: syntax.Node,
        weighted: Weighted,
        low: int | None,
        high: int | None,
        outside: bool,
        alternative: bool,
    ) -> Formula:
        """The points lie between the bounds, or ``outside``: below or above them."""
        least = sum(min(points, 0) for points, _ in weighted)
        most = sum(max(points, 0) for points, _ in weighted)
        never = (low is not None and low > most) or (high is not None and high < least)
        always = (low is None or low <= least) and (high is None or high >= most)
        if never or always:
            self.conditions.comparisons.judge(node, never=never != outside, alternative=alternative)
        if not outside:
            return score(weighted, low, high)
        sides: list[Formula] = []
        if low is not None and (low > least or high is None):
            sides.append(score(weighted, None, low - 1))
        if high is not None and (high < most or not sides):
            sides.append(score(weighted, high + 1, None))
        return disjunction(sides)

    def _bound(self, node: Expression) -> int:
        """A known whole number of points."""
        match node:
            case syntax.Number(text) if text.isdigit():
                return int(text)
            case syntax.Measure(text, "points" | "point") if text.isdigit():
                return int(text)
            case syntax.Negative(operand):
                return -self._bound(operand)
            case syntax.Name(name) if name not in ("today", "now"):
                bound = self.scope.parameter(node)
                if isinstance(bound.type, Integer) and isinstance(bound.value, int):
                    if bound.type.unit not in ("", "point", "points"):
                        raise node.error(f"a score counts points, and {name} {bound.type.unit}")
                    return bound.value
                raise node.error(f"parameter {name} is not a whole number")
            case _:
                raise node.error(
                    "a score is compared with a known whole number of points",
                    hint="write score {20 if ..., 30 if ...} >= 40",
                )


def _items(node: Expression) -> list[tuple[int, Expression]]:
    """The conditions of a score with their points, or of a count, each with one."""
    match node:
        case syntax.Score(items):
            return [(item.points, item.condition) for item in items]
        case _:
            return [(1, part) for part in syntax.parts_of(node)]


def _range(sign: ComparisonSign, bound: int) -> tuple[int | None, int | None, bool]:
    """The bounds that a sign means, and whether the points lie between them."""
    match sign:
        case ">=":
            return bound, None, True
        case ">":
            return bound + 1, None, True
        case "<=":
            return None, bound, True
        case "<":
            return None, bound - 1, True
        case "=" | "!=":
            return bound, bound, sign == "="
