"""One of a few: ISO codes, yes or no, members of a list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self, cast

from zkproof.errors import SchemaError
from zkproof_circuits.labels import Language
from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import Expression
from zkproof_circuits.suggestions import did_you_mean
from zkproof_circuits.types import codes
from zkproof_circuits.types.base import Box, ComparisonKey, IntegerType, Spec, Value
from zkproof_circuits.types.parameters import texts

_MEMBER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)

MAX_MEMBERS = 1000
"""Most members of an enumeration: what a proof of membership in a public list carries."""


@dataclass(frozen=True, slots=True)
class Code(IntegerType):
    """A country (ISO 3166-1) or currency (ISO 4217) by its numeric code, 0 to 999.

    ``allowed``, where given, lists the only letters that are signed, in ascending order.
    """

    code_list: codes.CodeList
    allowed: tuple[str, ...] = ()

    kind: ClassVar[str] = "code"
    needed: ClassVar[frozenset[str]] = frozenset({"list"})
    optional: ClassVar[frozenset[str]] = frozenset({"allowed"})
    literal: ClassVar[str] = "a code such as MO or MOP"

    def __post_init__(self) -> None:
        if self.code_list not in ("country", "currency"):
            raise SchemaError("list: country or currency")
        for letters in self.allowed:
            codes.number_of(self.code_list, letters, field="allowed")
        if list(self.allowed) != sorted(set(self.allowed)):
            raise SchemaError("allowed: ascending, each code once")

    @property
    def box(self) -> Box:
        return 0, 999

    @property
    def only_value(self) -> Value | None:
        return self.parse(self.allowed[0]) if len(self.allowed) == 1 else None

    @property
    def allowed_values(self) -> frozenset[Value]:
        listed = codes.numbers(self.code_list)
        return frozenset(listed[letters] for letters in self.allowed or listed)

    @property
    def comparison_key(self) -> ComparisonKey:
        return ("code", self.code_list)

    def check(self, value: object, *, field: str = "value") -> int:
        # Not super(): zero-argument super fails in a dataclass with slots, which is a new class.
        number = IntegerType.check(self, value, field=field)
        letters = codes.letters_of(self.code_list, number)
        if letters is None:
            raise SchemaError(f"{field}: no {self.code_list} has this number")
        if self.allowed and letters not in self.allowed:
            raise SchemaError(f"{field}: none of {', '.join(self.allowed)}")
        return number

    def parse(self, text: str, *, field: str = "value") -> int:
        return self.check(codes.number_of(self.code_list, text, field=field), field=field)

    def from_python(self, value: object, *, field: str = "value") -> int:
        if isinstance(value, str):
            return self.parse(value, field=field)
        return self.check(value, field=field)

    def format(self, value: Value, language: Language = "en") -> str:
        """The name of the country or currency; a currency's letters too, as amounts have them."""
        letters = self.to_text(value)
        name = codes.name_of(self.code_list, letters, language)
        if self.code_list == "country" or name == letters:
            return name
        return f"{name}（{letters}）" if language.startswith("zh") else f"{name} ({letters})"

    def to_text(self, value: Value) -> str:
        return codes.letters_of(self.code_list, self.check(value)) or ""

    def literal_text(self, node: Expression) -> str | None:
        return node.letters if isinstance(node, syntax.CodeLiteral) else None

    @classmethod
    def from_spec(cls, spec: Mapping[str, object]) -> Self:
        # The constructor refuses what is not in the list.
        return cls(cast(codes.CodeList, spec["list"]), texts(spec, "allowed"))

    def spec(self) -> Spec:
        spec: Spec = {"kind": self.kind, "list": self.code_list}
        return {**spec, "allowed": list(self.allowed)} if self.allowed else spec


@dataclass(frozen=True, slots=True)
class Boolean(IntegerType):
    """Yes or no, as 1 or 0."""

    kind: ClassVar[str] = "bool"
    literal: ClassVar[str] = "true or false"

    @property
    def box(self) -> Box:
        return 0, 1

    @property
    def comparison_key(self) -> ComparisonKey:
        return ("bool",)

    def parse(self, text: str, *, field: str = "value") -> int:
        if text not in ("true", "false"):
            raise SchemaError(f"{field}: true or false")
        return int(text == "true")

    def from_python(self, value: object, *, field: str = "value") -> int:
        if not isinstance(value, bool):
            raise SchemaError(f"{field}: True or False is needed")
        return int(value)

    def format(self, value: Value, language: Language = "en") -> str:
        return _YES_NO[language][0 if self.check(value) else 1]

    def to_text(self, value: Value) -> str:
        return "true" if self.check(value) else "false"

    def literal_text(self, node: Expression) -> str | None:
        if not isinstance(node, syntax.Truth):
            return None
        return "true" if node.value else "false"

    def spec(self) -> Spec:
        return {"kind": self.kind}


_YES_NO: dict[Language, tuple[str, str]] = {
    "zh-Hant": ("是", "否"),
    "zh-Hans": ("是", "否"),
    "pt": ("sim", "não"),
    "en": ("yes", "no"),
}


@dataclass(frozen=True, slots=True)
class Enumeration(IntegerType):
    """One of the members, as its position in the list."""

    members: tuple[str, ...]

    kind: ClassVar[str] = "enum"
    needed: ClassVar[frozenset[str]] = frozenset({"members"})
    literal: ClassVar[str] = 'the name of a member, in "quotation marks"'

    def __post_init__(self) -> None:
        if not 2 <= len(self.members) <= MAX_MEMBERS:
            raise SchemaError(f"members: 2 to {MAX_MEMBERS}")
        if not all(isinstance(name, str) and _MEMBER.fullmatch(name) for name in self.members):
            raise SchemaError("members: up to 64 of a-z, 0-9, _ and -")
        if len(set(self.members)) != len(self.members):
            raise SchemaError("members: one stands twice")

    @property
    def box(self) -> Box:
        return 0, len(self.members) - 1

    @property
    def comparison_key(self) -> ComparisonKey:
        return ("enum", *self.members)

    def parse(self, text: str, *, field: str = "value") -> int:
        if text not in self.members:
            raise SchemaError(
                f"{field}: not a member of the list", hint=did_you_mean(text, self.members)
            )
        return self.members.index(text)

    def from_python(self, value: object, *, field: str = "value") -> int:
        if not isinstance(value, str):
            raise SchemaError(f"{field}: the name of a member is needed")
        return self.parse(value, field=field)

    def format(self, value: Value, language: Language = "en") -> str:
        return self.to_text(value)

    def to_text(self, value: Value) -> str:
        return self.members[self.check(value)]

    def literal_text(self, node: Expression) -> str | None:
        return node.text if isinstance(node, syntax.TextLiteral) else None

    @classmethod
    def from_spec(cls, spec: Mapping[str, object]) -> Self:
        return cls(texts(spec, "members"))

    def spec(self) -> Spec:
        return {"kind": self.kind, "members": list(self.members)}
