"""Integers with a meaning: counts and measures, money, record identifiers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from zkproof.errors import SchemaError
from zkproof_circuits.labels import Language
from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import Expression
from zkproof_circuits.types import codes
from zkproof_circuits.types.base import Box, ComparisonKey, IntegerType, Spec, Value, require_box
from zkproof_circuits.types.decimals import for_people, from_decimal, read_scaled, scaled_to_text
from zkproof_circuits.types.parameters import bound, integer, text
from zkproof_circuits.types.units import counted

_UNIT = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)

MAX_SCALE = 8
"""Most digits after the point of a money type."""


@dataclass(frozen=True, slots=True)
class Integer(IntegerType):
    """Integers from ``minimum`` to ``maximum``, counting ``unit`` ("" for a plain number)."""

    minimum: int
    maximum: int
    unit: str = ""

    kind: ClassVar[str] = "int"
    needed: ClassVar[frozenset[str]] = frozenset({"minimum", "maximum"})
    optional: ClassVar[frozenset[str]] = frozenset({"unit"})
    literal: ClassVar[str] = "a whole number"
    ordered: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_box(self.minimum, self.maximum)
        if self.unit and not _UNIT.fullmatch(self.unit):
            raise SchemaError("unit: up to 32 of a-z, 0-9, _ and a letter first")

    @property
    def box(self) -> Box:
        return self.minimum, self.maximum

    @property
    def comparison_key(self) -> ComparisonKey:
        return ("int", self.unit)

    def parse(self, text: str, *, field: str = "value") -> int:
        return self.check(read_scaled(text, 0, field=field), field=field)

    def from_python(self, value: object, *, field: str = "value") -> int:
        return self.check(value, field=field)

    def format(self, value: Value, language: Language = "en") -> str:
        """With its unit; a plain number may be a year or a tax number, and is not grouped."""
        if not self.unit:
            return self.to_text(value)
        number = self.check(value)
        return counted(for_people(number, 0, language), self.unit, language, one=number == 1)

    def to_text(self, value: Value) -> str:
        return str(self.check(value))

    def literal_text(self, node: Expression) -> str | None:
        match node:
            case syntax.Negative(operand):
                inner = self.literal_text(operand)
                return None if inner is None else "-" + inner
            case syntax.Number(number):
                return number
            case syntax.Measure(number, unit) if unit == self.unit:
                return number
            case syntax.Span(count, unit) if self.unit in (unit, f"{unit}s"):
                return str(count)
            case _:
                return None

    @classmethod
    def from_spec(cls, spec: Mapping[str, object]) -> Self:
        return cls(bound(spec, "minimum"), bound(spec, "maximum"), text(spec, "unit"))

    def spec(self) -> Spec:
        spec: Spec = {
            "kind": self.kind,
            "minimum": str(self.minimum),
            "maximum": str(self.maximum),
        }
        return {**spec, "unit": self.unit} if self.unit else spec


@dataclass(frozen=True, slots=True)
class Money(IntegerType):
    """Amounts of one currency as integers of its minor unit, ``10^-scale`` of the major one.

    ``minimum`` and ``maximum`` are in minor units. Text and `Decimal` are in major units and exact;
    a bare ``int`` is refused there, for nobody could tell which unit it counts.
    """

    currency: str
    scale: int
    maximum: int
    minimum: int = 0

    kind: ClassVar[str] = "money"
    needed: ClassVar[frozenset[str]] = frozenset({"currency", "scale", "maximum"})
    optional: ClassVar[frozenset[str]] = frozenset({"minimum"})
    literal: ClassVar[str] = "an amount such as 500_000.00 MOP"
    ordered: ClassVar[bool] = True

    def __post_init__(self) -> None:
        codes.number_of("currency", self.currency, field="currency")
        if isinstance(self.scale, bool) or not isinstance(self.scale, int):
            raise SchemaError("scale: an integer is needed")
        if not 0 <= self.scale <= MAX_SCALE:
            raise SchemaError(f"scale: 0 to {MAX_SCALE}")
        require_box(self.minimum, self.maximum)

    @property
    def box(self) -> Box:
        return self.minimum, self.maximum

    @property
    def comparison_key(self) -> ComparisonKey:
        return ("money", self.currency, str(self.scale))

    def parse(self, text: str, *, field: str = "value") -> int:
        return self.check(read_scaled(text, self.scale, field=field), field=field)

    def from_python(self, value: object, *, field: str = "value") -> int:
        if isinstance(value, str):
            return self.parse(value, field=field)
        if not isinstance(value, Decimal):
            raise SchemaError(
                f"{field}: an amount is given as text or Decimal in {self.currency}",
                hint='write Decimal("500000.00") or "500_000.00"; floats are not exact',
            )
        return self.check(from_decimal(value, self.scale, field=field), field=field)

    def format(self, value: Value, language: Language = "en") -> str:
        number = for_people(self.check(value), self.scale, language)
        return f"{number} {self.currency}" if language == "pt" else f"{self.currency} {number}"

    def to_text(self, value: Value) -> str:
        return scaled_to_text(self.check(value), self.scale)

    def literal_text(self, node: Expression) -> str | None:
        match node:
            case syntax.Negative(operand):
                inner = self.literal_text(operand)
                return None if inner is None else "-" + inner
            case syntax.Amount(number, currency):
                if currency != self.currency:
                    raise node.error(f"an amount of {currency} where {self.currency} is needed")
                return number
            case _:
                return None

    @classmethod
    def from_spec(cls, spec: Mapping[str, object]) -> Self:
        minimum = bound(spec, "minimum") if "minimum" in spec else 0
        scale = integer(spec, "scale", 2)
        return cls(text(spec, "currency"), scale, bound(spec, "maximum"), minimum)

    def spec(self) -> Spec:
        return {
            "kind": self.kind,
            "currency": self.currency,
            "scale": self.scale,
            "minimum": str(self.minimum),
            "maximum": str(self.maximum),
        }


@dataclass(frozen=True, slots=True)
class Identifier(IntegerType):
    """Record identifiers of 40 bits, drawn by the issuer; the status of a credential hangs on one.

    Zero and ``2^40 - 1 + 1`` stay free as sentinels for proofs that an identifier lies in a gap.
    """

    kind: ClassVar[str] = "id"
    literal: ClassVar[str] = "a whole number"

    @property
    def box(self) -> Box:
        return 1, (1 << 40) - 1

    @property
    def comparison_key(self) -> ComparisonKey:
        return ("id",)

    def parse(self, text: str, *, field: str = "value") -> int:
        return self.check(read_scaled(text, 0, field=field), field=field)

    def from_python(self, value: object, *, field: str = "value") -> int:
        return self.check(value, field=field)

    def format(self, value: Value, language: Language = "en") -> str:
        return str(self.check(value))

    def to_text(self, value: Value) -> str:
        return str(self.check(value))

    def literal_text(self, node: Expression) -> str | None:
        return node.text if isinstance(node, syntax.Number) else None

    def spec(self) -> Spec:
        return {"kind": self.kind}
