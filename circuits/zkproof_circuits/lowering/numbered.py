"""Attributes of one kind that a schema numbers: ``m.balance_*`` stands for all of them, in order.

Each is an attribute like any other. What a policy says of them it says of a group, so that nobody
has to know how many there are.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast

from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import Expression
from zkproof_circuits.lowering.scope import Scope

_T = TypeVar("_T")


def with_numbered(node: Expression, scope: Scope) -> Expression:
    """The expression with every numbered group written out; raises `PolicyError`."""
    return _written_out(node, scope)


def _written_out(node: _T, scope: Scope) -> _T:
    match node:
        case syntax.CountOf():
            return cast(_T, replace(node, parts=_members(node.parts, scope)))
        case syntax.Group():
            return cast(_T, replace(node, items=_members(node.items, scope)))
        case syntax.Numbered():
            raise node.error(
                f"{node.credential}.{node.stem}_* stands for several attributes",
                hint=f"write sum of {{{node.credential}.{node.stem}_*}}, min of, max of, or all of",
            )
        case tuple():
            return cast(_T, tuple(_written_out(each, scope) for each in node))
        case syntax.Node() if is_dataclass(node):
            changes = {
                each.name: _written_out(getattr(node, each.name), scope)
                for each in fields(node)
                if each.name != "at"
            }
            return cast(_T, replace(node, **changes))
        case _:
            return node


def _members(parts: tuple[Expression, ...], scope: Scope) -> tuple[Expression, ...]:
    found: list[Expression] = []
    for part in parts:
        if isinstance(part, syntax.Numbered):
            found += _attributes(part, scope)
        else:
            found.append(_written_out(part, scope))
    return tuple(found)


def _attributes(node: syntax.Numbered, scope: Scope) -> list[syntax.AttributeName]:
    schema = scope.schema(syntax.AttributeName(node.credential, node.stem, at=node.at))
    pattern = re.compile(rf"{node.stem}_([1-9][0-9]{{0,3}})", re.ASCII)
    numbers = sorted(int(match[1]) for name in schema.names if (match := pattern.fullmatch(name)))
    if len(numbers) < 2:
        raise node.error(f"{schema.id} has no attributes {node.stem}_1, {node.stem}_2 and so on")
    return [
        syntax.AttributeName(node.credential, f"{node.stem}_{number}", at=node.at)
        for number in numbers
    ]
