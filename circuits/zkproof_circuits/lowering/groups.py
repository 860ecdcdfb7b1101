"""Groups: one relation asked of several values, their sum, average, least and greatest.

Each is rewritten to what it stands for, with the places of the parts, so that errors point into the
group.
"""

from __future__ import annotations

from dataclasses import replace

from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import ComparisonSign, Expression

Relation = syntax.Comparison | syntax.Between | syntax.InSet | syntax.InNamed | syntax.InPublished


def spread(node: Relation) -> Expression | None:
    """The relation asked of the members of a group; ``None`` where no group is compared.

    ``at least 6 of {a.m1, ...} >= x`` asks it of each and counts; ``min of {...} >= x`` asks it of
    all, ``min of {...} <= x`` of any. Raises `PolicyError`.
    """
    match node:
        case syntax.Comparison(_, sign, syntax.CountOf() | syntax.Group(kind="min" | "max")):
            mirrored = MIRRORED[sign]
            return spread(syntax.Comparison(node.right, mirrored, node.left, at=node.at))
        case syntax.Comparison(syntax.CountOf() as count):
            return _counted(count, node)
        case syntax.Comparison(syntax.Group(kind="min" | "max") as group, sign, right):
            return _extreme(group, sign, right)
        case syntax.Between(syntax.Group(kind="min" | "max") as group, low, high, opposite):
            inside = syntax.AllOf(
                (_extreme(group, ">=", low), _extreme(group, "<=", high)), at=node.at
            )
            return syntax.Negated(inside, at=node.at) if opposite else inside
        case syntax.Between() | syntax.InSet() | syntax.InNamed() | syntax.InPublished():
            return _counted(node.value, node) if isinstance(node.value, syntax.CountOf) else None
        case _:
            return None


def as_sum(group: syntax.Group) -> Expression:
    """What a sum or an average adds up; raises `PolicyError` for a part that stands twice."""
    _require_several(group)
    first, *rest = group.items
    total = syntax.Total(first, tuple(("+", each) for each in rest), at=group.at)
    if group.kind == "sum":
        return total
    count = syntax.Number(str(len(group.items)), at=group.at)
    return syntax.Scaled(total, (("/", count),), at=group.at)


MIRRORED: dict[ComparisonSign, ComparisonSign] = {
    # What a sign becomes when its sides change places.
    "=": "=",
    "!=": "!=",
    "<": ">",
    ">": "<",
    "<=": ">=",
    ">=": "<=",
}


def _counted(count: syntax.CountOf, node: Relation) -> Expression:
    parts = tuple(_asked_of(part, node) for part in count.parts)
    return replace(count, parts=parts)


def _asked_of(part: Expression, node: Relation) -> Expression:
    if isinstance(node, syntax.Comparison):
        return replace(node, left=part, at=part.at)
    return replace(node, value=part, at=part.at)


def _extreme(group: syntax.Group, sign: ComparisonSign, bound: Expression) -> Expression:
    _require_several(group)
    # The least is at least so much where all are; the greatest where one is.
    towards: ComparisonSign = ">=" if group.kind == "min" else "<="
    match sign:
        case "=":
            sides = (_extreme(group, ">=", bound), _extreme(group, "<=", bound))
            return syntax.AllOf(sides, at=group.at)
        case "!=":
            return syntax.Negated(_extreme(group, "=", bound), at=group.at)
        case _:
            parts = tuple(syntax.Comparison(item, sign, bound, at=item.at) for item in group.items)
            whole = syntax.AllOf if sign[0] == towards[0] else syntax.AnyOf
            return whole(parts, at=group.at)


def _require_several(group: syntax.Group) -> None:
    if len(group.items) < 2:
        raise group.error(f"a {group.kind} is of two values or more")
    for position, item in enumerate(group.items):
        if item in group.items[:position]:
            raise item.error(f"this stands in the {group.kind} twice")
