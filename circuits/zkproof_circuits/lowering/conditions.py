"""Conditions to formulas: connectives, membership, equality of slots.

Negation is pushed down to the atoms. What stands inside an alternative is proven together with a
hidden selector, which costs a degree, so ranges are written differently there.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from zkproof.errors import UsageError
from zkproof_circuits.atoms.lists import GAP_RANGE
from zkproof_circuits.atoms.sets import MAX_SET_SIZE
from zkproof_circuits.circuit import (
    Equal,
    Formula,
    InList,
    LinearZero,
    Member,
    NotEqual,
    NotInList,
    NotMember,
    NotZero,
    Polynomial,
    Slot,
    at_least,
    conjunction,
    disjunction,
)
from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import ComparisonSign, Expression
from zkproof_circuits.lowering import rational
from zkproof_circuits.lowering.comparisons import Comparisons
from zkproof_circuits.lowering.groups import spread
from zkproof_circuits.lowering.literals import literal_value
from zkproof_circuits.lowering.scope import Scope
from zkproof_circuits.lowering.scores import Scores
from zkproof_circuits.schema import Attribute
from zkproof_circuits.types import AttributeType, Boolean, Value

MAX_EXCLUDED = 200
"""Longest list that a presentation can exclude: each value costs an auxiliary secret."""

_OPPOSITE: dict[ComparisonSign, ComparisonSign] = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
}


class Conditions:
    """Reads conditions within one scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.comparisons = Comparisons(scope)
        self.scores = Scores(scope, self)

    def formula(
        self, node: Expression, *, negated: bool = False, alternative: bool = False
    ) -> Formula:
        """The formula of a condition or its opposite; raises `PolicyError`.

        ``alternative`` means that the whole may hold without this part.
        """
        try:
            return self._formula(node, negated, alternative)
        except UsageError as error:
            raise node.error(error.message, hint=error.hint) from None

    def _formula(self, node: Expression, negated: bool, alternative: bool) -> Formula:
        match node:
            case syntax.Negated(condition):
                return self.formula(condition, negated=not negated, alternative=alternative)
            case syntax.AllOf(parts) if not negated:
                return conjunction(self._distinct(parts, negated, alternative))
            case syntax.AnyOf(parts) if negated:
                return conjunction(self._distinct(parts, negated, alternative))
            case syntax.AllOf(parts) | syntax.AnyOf(parts):
                return disjunction(self._distinct(parts, negated, True))
            case (
                syntax.Comparison()
                | syntax.Between()
                | syntax.InSet()
                | syntax.InNamed()
                | syntax.InPublished()
            ) if (asked := spread(node)) is not None:
                return self.formula(asked, negated=negated, alternative=alternative)
            case syntax.CountOf(_, parts, "all" | "any" | "none" as counting):
                count = len(parts) if counting == "all" else 1
                opposed = negated != (counting == "none")
                return self._count(node, count, parts, opposed, alternative)
            case syntax.CountOf(count, parts, "at least"):
                return self._count(node, count, parts, negated, alternative)
            case syntax.CountOf():
                return self.scores.counted(node, negated=negated, alternative=alternative)
            case syntax.If():
                return self.scores.conditional(node, negated=negated)
            case (
                syntax.Comparison(syntax.Score() | syntax.Group(kind="count"))
                | syntax.Comparison(_, _, syntax.Score() | syntax.Group(kind="count"))
                | syntax.Between(syntax.Score() | syntax.Group(kind="count"))
            ):
                return self.scores.compared(node, negated=negated, alternative=alternative)
            case syntax.Comparison(left, sign, right):
                wanted = _OPPOSITE[sign] if negated else sign
                return self._comparison(node, left, wanted, right, alternative)
            case syntax.Between(value, low, high, opposite):
                return self.comparisons.between(
                    node, value, low, high, opposite=opposite != negated, alternative=alternative
                )
            case syntax.InSet(value, items, opposite):
                return self._member(node, value, items, opposite != negated, alternative)
            case syntax.InNamed(value, _, opposite):
                items = self.scope.named_list(node).items
                return self._member(node, value, items, opposite != negated, alternative)
            case syntax.InPublished(value, list_id, opposite):
                return self._published(node, value, list_id, opposite != negated)
            case syntax.AttributeName():
                slot, attribute = self.comparable(node)
                if isinstance(attribute.type, Boolean):
                    return self._is_value(slot, attribute, 0 if negated else 1)
            case syntax.Name(name) if isinstance(self._parameter_type(node), Boolean):
                raise node.error(
                    f"{name} is known, and nothing is proven of it; a parameter stands in and, or, "
                    "not, if and counts of conditions",
                    hint="write two requirements: if it then ..., if not it then ...",
                )
            case _:
                pass
        raise node.error(
            "a condition is needed here, something that holds or does not",
            hint="compare: a.balance >= 500_000.00 MOP",
        )

    def _parameter_type(self, node: syntax.Name) -> AttributeType | None:
        bound = self.scope.parameters.get(node.name)
        return None if bound is None else bound.type

    def _distinct(
        self, parts: Sequence[Expression], negated: bool, alternative: bool
    ) -> list[Formula]:
        formulas: dict[Formula, None] = {}
        for part in parts:
            formula = self.formula(part, negated=negated, alternative=alternative)
            if formula in formulas:
                self.scope.warn(part, "this part says the same as an earlier one")
            formulas[formula] = None
        return list(formulas)

    def _count(
        self,
        node: syntax.Node,
        count: int,
        parts: Sequence[Expression],
        negated: bool,
        alternative: bool,
    ) -> Formula:
        if not 1 <= count <= len(parts):
            raise node.error(f"of {len(parts)} parts, 1 to {len(parts)} can be asked for")
        # Not at least k of n: at least n - k + 1 do not hold.
        needed = len(parts) - count + 1 if negated else count
        inner = alternative or needed < len(parts)
        formulas = [self.formula(part, negated=negated, alternative=inner) for part in parts]
        return at_least(needed, formulas)

    def _comparison(
        self,
        node: syntax.Node,
        left: Expression,
        sign: ComparisonSign,
        right: Expression,
        alternative: bool,
    ) -> Formula:
        attribute, other = self._choice(left, right)
        if attribute is None:
            return self.comparisons.comparison(node, left, sign, right, alternative=alternative)
        slot, declared = self.comparable(attribute)
        if sign not in ("=", "!="):
            raise attribute.error(
                f"{slot} is {declared.type.kind} and has no order", hint="use = != or in {...}"
            )
        if isinstance(other, syntax.AttributeName):
            return self._slots(node, attribute, other, sign == "!=")
        value = literal_value(other, declared.type, scope=self.scope)
        if sign == "=":
            return self._is_value(slot, declared, value)
        return self._is_not_value(slot, declared, value)

    def _choice(
        self, left: Expression, right: Expression
    ) -> tuple[syntax.AttributeName | None, Expression]:
        """The side that is an attribute without order, if there is one, and the other side."""
        for node, other in ((left, right), (right, left)):
            if isinstance(node, syntax.AttributeName):
                kind = self.scope.attribute(node)[1].type
                if not kind.ordered:
                    return node, other
        return None, right

    def comparable(self, node: syntax.AttributeName) -> tuple[Slot, Attribute]:
        """An attribute that may be equal to something: any that its issuer filled in."""
        slot, attribute = self.scope.attribute(node)
        if attribute.blind or attribute.type.is_integer:
            return self.comparisons.arithmetic.integer_slot(node)
        return slot, attribute

    def _slots(
        self,
        node: syntax.Node,
        first: syntax.AttributeName,
        second: syntax.AttributeName,
        differ: bool,
    ) -> Formula:
        one, other = self.comparable(first), self.comparable(second)
        if one[1].type.comparison_key != other[1].type.comparison_key:
            raise node.error(f"{one[0]} and {other[0]} are of different types")
        if one[0] == other[0]:
            raise node.error(f"{one[0]} is compared with itself")
        low, high = sorted((one[0], other[0]))
        return NotEqual(low, high) if differ else Equal(low, high)

    def _is_value(self, slot: Slot, attribute: Attribute, value: Value) -> Formula:
        if isinstance(value, int):
            return LinearZero(_minus(slot, value))
        return Member(slot, (value,))

    def _is_not_value(self, slot: Slot, attribute: Attribute, value: Value) -> Formula:
        if isinstance(attribute.type, Boolean) and isinstance(value, int):
            return self._is_value(slot, attribute, 1 - value)
        if isinstance(value, int):
            return NotZero(_minus(slot, value))
        return NotMember(slot, (value,))

    def _member(
        self,
        node: syntax.Node,
        value: Expression,
        items: Sequence[Expression],
        opposite: bool,
        alternative: bool,
    ) -> Formula:
        if not isinstance(value, syntax.AttributeName):
            raise node.error(
                "only an attribute is asked to be in a set", hint="write a.residency in {MO, HK}"
            )
        slot, attribute = self.comparable(value)
        limit = MAX_EXCLUDED if opposite else MAX_SET_SIZE
        if len(items) > limit:
            raise node.error(
                f"a set of {len(items)} values, at most {limit} are possible here",
                hint="have the list's owner publish it as a signed set",
            )
        values = self._values(items, attribute)
        box = attribute.type.box
        if box is not None and len(values) == box[1] - box[0] + 1:
            self.comparisons.judge(node, never=opposite, alternative=alternative)
        if len(values) == 1:
            only = values[0]
            alone = self._is_not_value if opposite else self._is_value
            return alone(slot, attribute, only)
        return NotMember(slot, values) if opposite else Member(slot, values)

    def _published(
        self, node: syntax.Node, value: Expression, list_id: str, opposite: bool
    ) -> Formula:
        if not isinstance(value, syntax.AttributeName):
            raise node.error("only an attribute is asked to be in a list")
        if self.scope.attribute(value)[1].blind:
            raise value.error(
                f"{value.credential}.{value.attribute} is chosen by the holder, who could choose "
                "what the list needs",
                hint="name an attribute that the issuer filled in",
            )
        if not opposite:
            return InList(self.comparable(value)[0], list_id)
        declared = self.scope.attribute(value)[1].type
        if declared.box is None:
            raise value.error(
                f"an exclusion list holds numbers, and {value.credential}.{value.attribute} is "
                f"{declared.kind}: where it would stand among others, nobody could prove",
                hint="have the issuer certify a number for it, as identity has person_number, and "
                "publish the numbers that are excluded",
            )
        slot, attribute = self.comparisons.arithmetic.integer_slot(value)
        low, high = attribute.type.box or (0, 0)
        if low <= GAP_RANGE[0] or high >= GAP_RANGE[1]:
            raise value.error(
                f"{slot} may lie outside 1 to 2^40 - 1, where exclusion lists are",
                hint="have the issuer give the attribute a smaller box",
            )
        return NotInList(slot, list_id)

    def _values(self, items: Sequence[Expression], attribute: Attribute) -> tuple[Value, ...]:
        values: set[Value] = set()
        for item in items:
            value = literal_value(item, attribute.type, scope=self.scope)
            if value in values:
                raise item.error("this value stands in the set twice")
            values.add(value)
        return tuple(sorted(values))


def _minus(slot: Slot, value: int) -> Polynomial:
    return rational.at_least_zero({(slot,): Fraction(1), (): Fraction(-value)})
