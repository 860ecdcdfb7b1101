"""What every attribute type offers.

A *value* is the canonical Python form of an attribute: an integer for everything whose size an
issuer vouches for, text or octets for everything that is hashed into a scalar. How a value becomes
a scalar is none of this package's business.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Self, final

from zkproof.errors import SchemaError
from zkproof_circuits.labels import Language
from zkproof_circuits.language.syntax import Expression

Value = int | str | bytes
"""An attribute's value in canonical form."""

Box = tuple[int, int]
"""Smallest and largest integer of a type, both included."""

ComparisonKey = tuple[str, ...]
"""Two attributes may be compared, or be equal, only when these are the same."""

Spec = dict[str, object]
"""A type as written in a schema: ``kind`` and its parameters."""

BOX_LIMIT = 1 << 100
"""Boxes stay strictly below this in magnitude, far from the group order."""


class AttributeType(ABC):
    """A type of attribute; instances are immutable and compare by their parameters."""

    kind: ClassVar[str]

    ordered: ClassVar[bool] = False
    """Whether ``<`` between two values means something."""

    needed: ClassVar[frozenset[str]] = frozenset()
    """Parameters that a schema has to give."""

    optional: ClassVar[frozenset[str]] = frozenset()
    """Parameters that a schema may give."""

    literal: ClassVar[str] = "another value"
    """How a policy writes a value, in words."""

    holder_chosen: ClassVar[bool] = False
    """Whether the holder picks the value, unseen by the issuer."""

    @property
    def box(self) -> Box | None:
        """The interval its issuer signs it in, or ``None`` for a scalar without size."""
        return None

    @property
    def only_value(self) -> Value | None:
        """The value, where the type allows no other one: whoever knows the schema knows it."""
        box = self.box
        return box[0] if box is not None and box[0] == box[1] else None

    @property
    def allowed_values(self) -> frozenset[Value] | None:
        """The only values, where the box has gaps."""
        return None

    @property
    @abstractmethod
    def comparison_key(self) -> ComparisonKey:
        """What must agree for two attributes to be compared: unit, currency and scale, list."""

    @abstractmethod
    def check(self, value: object, *, field: str = "value") -> Value:
        """The value itself when it is canonical and inside the type.

        Raises `SchemaError` otherwise; the message names ``field`` and rule, never the value.
        """

    @abstractmethod
    def parse(self, text: str, *, field: str = "value") -> Value:
        """A value from text as it stands in a file of records. Raises `SchemaError`."""

    @abstractmethod
    def from_python(self, value: object, *, field: str = "value") -> Value:
        """A value from the Python object that is natural for the type. Raises `SchemaError`.

        Floats are never accepted.
        """

    @abstractmethod
    def format(self, value: Value, language: Language = "en") -> str:
        """The value for people to read."""

    @abstractmethod
    def to_text(self, value: Value) -> str:
        """The value as `parse` reads it."""

    @abstractmethod
    def spec(self) -> Spec:
        """The type as written in a schema; `type_from_spec` reads it back."""

    @classmethod
    def from_spec(cls, spec: Mapping[str, object]) -> Self:
        """The type with the parameters that a schema gives, which are no others than it may give.

        Raises `SchemaError`.
        """
        del spec
        return cls()

    def literal_text(self, node: Expression) -> str | None:
        """What `parse` reads, where the node is a literal of the type's; otherwise ``None``."""
        del node
        return None

    @final
    @property
    def is_integer(self) -> bool:
        """Whether its issuer vouches for an integer in a known interval."""
        return self.box is not None


class IntegerType(AttributeType):
    """Common part of the types whose values are integers in a box."""

    @property
    @abstractmethod
    def box(self) -> Box:
        """The interval its issuer signs it in."""

    def check(self, value: object, *, field: str = "value") -> int:
        low, high = self.box
        if isinstance(value, bool) or not isinstance(value, int):
            raise SchemaError(f"{field}: an integer is needed")
        if not low <= value <= high:
            raise SchemaError(f"{field}: outside {low} .. {high}")
        return value


def require_box(low: object, high: object) -> None:
    """Raises `SchemaError` unless these are integers with ``low <= high`` below the limit."""
    for name, bound in (("minimum", low), ("maximum", high)):
        if isinstance(bound, bool) or not isinstance(bound, int):
            raise SchemaError(f"{name}: an integer is needed")
        if abs(bound) >= BOX_LIMIT:
            raise SchemaError(f"{name}: magnitude must stay below 2^100")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        raise SchemaError("minimum is above maximum")
