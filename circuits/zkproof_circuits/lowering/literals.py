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
    Date,
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

    @property
    def now(self) -> int: ...

    def parameter(self, node: syntax.Name) -> BoundParameter:
        """The parameter that a node names; raises `PolicyError`."""
        ...


def literal_value(node: Expression, kind: AttributeType, *, scope: Constants | None) -> Value:
    """The value of a constant, or of a parameter or today where ``scope`` is given.

    Raises `PolicyError` when it is not a constant of this type, or lies outside of it.
    """
    if isinstance(node, syntax.Name) and scope is not None:
        return _named(node, kind, scope)
    text = kind.literal_text(node)
    if text is None:
        raise node.error(f"{kind.literal} is needed here")
    try:
        return kind.parse(text)
    except SchemaError as error:
        raise node.error(error.message, hint=error.hint) from None


def _named(node: syntax.Name, kind: AttributeType, scope: Constants) -> Value:
    try:
        if node.name == "today":
            if not isinstance(kind, Date):
                raise node.error(f"{kind.literal} is needed here")
            return kind.from_python(scope.today)
        if node.name == "now":
            if not isinstance(kind, Timestamp):
                raise node.error(f"{kind.literal} is needed here")
            return kind.check(scope.now)
        bound = scope.parameter(node)
        if bound.type.comparison_key != kind.comparison_key:
            raise node.error(f"parameter {node.name} is of another type than the attribute")
        return kind.check(bound.value, field=f"parameter {node.name}")
    except SchemaError as error:
        raise node.error(error.message) from None
