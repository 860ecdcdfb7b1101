"""Reading formulas from canonical nodes: the inverse of `zkproof_circuits.formula.canonical`."""

from __future__ import annotations

import re
from typing import cast

from zkproof.errors import UsageError
from zkproof_circuits.formula import (
    MAX_SET_SIZE,
    POLYNOMIAL_ATOMS,
    And,
    AtLeast,
    Encrypt,
    Equal,
    Formula,
    InList,
    Member,
    NotEqual,
    NotInList,
    NotMember,
    NotRevoked,
    Or,
    PseudonymFor,
)
from zkproof_circuits.polynomial import Polynomial, Slot
from zkproof_circuits.types import Value

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,79}", re.ASCII)


def formula_from_canonical(nodes: object) -> Formula:
    """The formula that postfix nodes describe; raises `UsageError` for anything else."""
    if not isinstance(nodes, list) or not nodes:
        raise UsageError("formula: a list of nodes")
    stack: list[Formula] = []
    for node in nodes:
        if not isinstance(node, list) or not node or not isinstance(node[0], str):
            raise UsageError("formula: a node starts with its name")
        name, arguments = node[0], node[1:]
        if name in ("and", "or", "at-least"):
            _connect(stack, name, arguments)
        else:
            stack.append(_atom(name, arguments))
    if len(stack) != 1:
        raise UsageError("formula: parts left over")
    return stack[0]


def _connect(stack: list[Formula], name: str, arguments: list[object]) -> None:
    if len(arguments) != (2 if name == "at-least" else 1):
        raise UsageError(f"{name}: number of parts")
    for argument in arguments:
        if isinstance(argument, bool) or not isinstance(argument, int):
            raise UsageError(f"{name}: number of parts")
    width = cast(int, arguments[0])
    if not 2 <= width <= len(stack):
        raise UsageError(f"{name}: number of parts")
    parts = tuple(stack[-width:])
    del stack[-width:]
    if name == "at-least":
        stack.append(AtLeast(cast(int, arguments[1]), parts))
    else:
        stack.append(And(parts) if name == "and" else Or(parts))


def _atom(name: str, arguments: list[object]) -> Formula:
    if name in POLYNOMIAL_ATOMS and len(arguments) == 1:
        return POLYNOMIAL_ATOMS[name](Polynomial.from_canonical(arguments[0]))
    match name, arguments:
        case "equal", [first, second]:
            return Equal(Slot.from_text(first), Slot.from_text(second))
        case "not-equal", [first, second]:
            return NotEqual(Slot.from_text(first), Slot.from_text(second))
        case "member", [slot, kind, values]:
            return Member(Slot.from_text(slot), _values(kind, values))
        case "not-member", [slot, kind, values]:
            return NotMember(Slot.from_text(slot), _values(kind, values))
        case "not-revoked", [credential]:
            return NotRevoked(cast(str, credential))
        case "in-list", [slot, list_id]:
            return InList(Slot.from_text(slot), cast(str, list_id))
        case "not-in-list", [slot, list_id]:
            return NotInList(Slot.from_text(slot), cast(str, list_id))
        case "pseudonym", [scope, *slots]:
            return PseudonymFor(cast(str, scope), tuple(map(Slot.from_text, slots)))
        case "encrypt", [slot, auditor]:
            return Encrypt(Slot.from_text(slot), cast(str, auditor))
        case _:
            raise UsageError("formula: unknown node")


def _values(kind: object, values: object) -> tuple[Value, ...]:
    if not isinstance(values, list) or len(values) > MAX_SET_SIZE:
        raise UsageError(f"set: 1 to {MAX_SET_SIZE} values")
    if kind == "int":
        if not all(isinstance(text, str) and _INTEGER.fullmatch(text) for text in values):
            raise UsageError("set: integers in decimal")
        return tuple(int(text) for text in values)
    wanted = {"text": str, "bytes": bytes}.get(kind) if isinstance(kind, str) else None
    if wanted is None or not all(isinstance(value, wanted) for value in values):
        raise UsageError("set: values of one kind")
    return tuple(values)
