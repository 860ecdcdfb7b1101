"""Conditions that parameters decide: ``if strict then ...`` is settled when a policy is compiled.

A yes-or-no parameter is known to both sides, so nothing is proven of it. What is left of the
condition is what the circuit says.
"""

from __future__ import annotations

from dataclasses import replace

from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import Expression
from zkproof_circuits.lowering.scope import Scope
from zkproof_circuits.types import Boolean


def settle(node: Expression, scope: Scope) -> Expression | bool:
    """What is left of a condition, or whether it holds; raises `PolicyError`."""
    match node:
        case syntax.Name(name) if name not in ("today", "now"):
            bound = scope.parameter(node)
            return bound.value == 1 if isinstance(bound.type, Boolean) else node
        case syntax.Negated(condition):
            inner = settle(condition, scope)
            return not inner if isinstance(inner, bool) else replace(node, condition=inner)
        case syntax.If(condition, consequence):
            return _conditional(node, settle(condition, scope), settle(consequence, scope))
        case syntax.AllOf(parts) | syntax.AnyOf(parts):
            return _joined(node, [settle(part, scope) for part in parts])
        case syntax.CountOf(_, parts):
            return _counted(node, [settle(part, scope) for part in parts])
        case _:
            return node


def _conditional(
    node: syntax.If, condition: Expression | bool, consequence: Expression | bool
) -> Expression | bool:
    if isinstance(condition, bool):
        return consequence if condition else True
    if isinstance(consequence, bool):
        return True if consequence else syntax.Negated(condition, at=node.at)
    return replace(node, condition=condition, consequence=consequence)


def _joined(node: syntax.AllOf | syntax.AnyOf, parts: list[Expression | bool]) -> Expression | bool:
    left = tuple(part for part in parts if not isinstance(part, bool))
    decisive = isinstance(node, syntax.AnyOf)
    if decisive in parts:
        return decisive
    if not left:
        return not decisive
    return left[0] if len(left) == 1 else replace(node, parts=left)


def _counted(node: syntax.CountOf, parts: list[Expression | bool]) -> Expression | bool:
    left = tuple(part for part in parts if not isinstance(part, bool))
    if len(left) == len(parts):
        return replace(node, parts=left)
    holding = sum(part is True for part in parts)
    low, high = {
        "at least": (node.count, len(parts)),
        "at most": (0, node.count),
        "exactly": (node.count, node.count),
        "all": (len(parts), len(parts)),
        "any": (1, len(parts)),
        "none": (0, 0),
    }[node.counting]
    low, high = max(low - holding, 0), min(high - holding, len(left))
    if low > high:
        return False
    if (low, high) == (0, len(left)):
        return True
    if high == len(left):
        return replace(node, count=low, counting="at least", parts=left)
    if high == 0:
        return replace(node, count=0, counting="none", parts=left)
    counting: syntax.Counting = "exactly" if low == high else "at most"
    return replace(node, count=high, counting=counting, parts=left)
