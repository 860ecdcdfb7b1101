"""Constants of a known type: what stands in a set, beside ``=``, or as a parameter's default."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Protocol

from zkproof.errors import SchemaError
from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import Expression
from zkproof_circuits.types import (
    AttributeType,
    Boolean,
    Bytes,
    Code,
    Date,
    Digest,
    Enumeration,
    Identifier,
    Integer,
    Money,
    Text,
    Timestamp,
    Value,
)


@dataclass(frozen=True, slots=True)
class BoundParameter:
    """A parameter with the value it was given."""

    type: AttributeType
    value: Value


class Constants(Protocol):
    """Where a name of a constant is looked up; see `zkproof_circuits.lowering.scope.Scope`."""

    @property
    def today(self) -> datetime.date: ...

    def parameter(self, node: syntax.Name) -> BoundParameter:
        """The parameter that a node names; raises `PolicyError`."""
        ...


_WANTED: dict[type[AttributeType], str] = {
    Integer: "a whole number",
    Identifier: "a whole number",
    Money: "an amount such as 500_000.00 MOP",
    Date: "a date such as 2026-11-23",
    Timestamp: "a time such as 2026-11-23T09:30:00Z",
    Code: "a code such as MO or MOP",
    Boolean: "true or false",
    Enumeration: 'the name of a member, in "quotation marks"',
    Text: 'text in "quotation marks"',
    Bytes: 'octets in hexadecimal, in "quotation marks"',
    Digest: 'a digest in hexadecimal, in "quotation marks"',
}


def literal_value(node: Expression, kind: AttributeType, *, scope: Constants | None) -> Value:
    """The value of a constant, or of a parameter or today where ``scope`` is given.

    Raises `PolicyError` when it is not a constant of this type, or lies outside of it.
    """
    if isinstance(node, syntax.Name) and scope is not None:
        return _named(node, kind, scope)
    text = _text(node, kind)
    if text is None:
        raise node.error(f"{_WANTED.get(type(kind), 'another value')} is needed here")
    try:
        return kind.parse(text)
    except SchemaError as error:
        raise node.error(error.message, hint=error.hint) from None


def _text(node: Expression, kind: AttributeType) -> str | None:
    """The text from which the type reads its value, if the node is the right kind of literal."""
    match node, kind:
        case syntax.Negative(operand), Integer() | Money():
            inner = _text(operand, kind)
            return None if inner is None else "-" + inner
        case syntax.Number(text), Integer() | Identifier():
            return text
        case syntax.Measure(text, unit), Integer() if unit == kind.unit:
            return text
        case syntax.Span(count, unit), Integer() if kind.unit in (unit, f"{unit}s"):
            return str(count)
        case syntax.Amount(text, currency), Money():
            if currency != kind.currency:
                raise node.error(f"an amount of {currency} where {kind.currency} is needed")
            return text
        case syntax.DateLiteral(text), Date():
            return text
        case syntax.TimeLiteral(text), Timestamp():
            return text
        case syntax.CodeLiteral(letters), Code():
            return letters
        case syntax.Truth(value), Boolean():
            return "true" if value else "false"
        case syntax.TextLiteral(text), Enumeration() | Text() | Bytes() | Digest():
            return text
        case _:
            return None


def _named(node: syntax.Name, kind: AttributeType, scope: Constants) -> Value:
    try:
        if node.name == "today":
            if not isinstance(kind, Date):
                raise node.error(f"{_WANTED.get(type(kind), 'another value')} is needed here")
            return kind.from_python(scope.today)
        bound = scope.parameter(node)
        if bound.type.comparison_key != kind.comparison_key:
            raise node.error(f"parameter {node.name} is of another type than the attribute")
        return kind.check(bound.value, field=f"parameter {node.name}")
    except SchemaError as error:
        raise node.error(error.message) from None
