"""Values without size: hashed text and octets, document digests, the holder's link secret.

They can be revealed, and they can be equal to each other or to a public constant. Nothing can be
said about their order, and no inequality may read them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, Self, cast

from zkproof.errors import SchemaError
from zkproof_circuits.bounds import GROUP_ORDER
from zkproof_circuits.labels import Language, is_plain_text
from zkproof_circuits.language import syntax
from zkproof_circuits.language.syntax import Expression
from zkproof_circuits.types.base import AttributeType, ComparisonKey, Spec, Value
from zkproof_circuits.types.parameters import integer

_HEX = re.compile(r"(?:[0-9a-f]{2})+", re.ASCII)

MAX_TEXT_LENGTH = 4096
"""Longest text of any text type, in characters."""

MAX_OCTETS = 4096
"""Most octets of any bytes type."""

DigestAlgorithm = Literal["sha-256", "sm3"]


@dataclass(frozen=True, slots=True)
class Text(AttributeType):
    """Printable text of at most ``maximum_length`` characters, in Unicode normal form C."""

    maximum_length: int = 200

    kind: ClassVar[str] = "text"
    optional: ClassVar[frozenset[str]] = frozenset({"maximum_length"})
    literal: ClassVar[str] = 'text in "quotation marks"'

    def __post_init__(self) -> None:
        _require_length("maximum_length", self.maximum_length, MAX_TEXT_LENGTH)

    @property
    def comparison_key(self) -> ComparisonKey:
        return ("text",)

    def check(self, value: object, *, field: str = "value") -> str:
        if not isinstance(value, str) or not is_plain_text(value, self.maximum_length):
            raise SchemaError(
                f"{field}: 1 to {self.maximum_length} printable characters on one line, in NFC"
            )
        return value

    def parse(self, text: str, *, field: str = "value") -> str:
        if not isinstance(text, str):
            raise SchemaError(f"{field}: text is needed")
        if len(text) > 4 * MAX_TEXT_LENGTH:
            # No normal form is that much shorter.
            raise SchemaError(f"{field}: at most {self.maximum_length} characters")
        return self.check(unicodedata.normalize("NFC", text), field=field)

    def from_python(self, value: object, *, field: str = "value") -> str:
        if not isinstance(value, str):
            raise SchemaError(f"{field}: text is needed")
        return self.parse(value, field=field)

    def format(self, value: Value, language: Language = "en") -> str:
        return self.check(value)

    def to_text(self, value: Value) -> str:
        return self.check(value)

    def literal_text(self, node: Expression) -> str | None:
        return node.text if isinstance(node, syntax.TextLiteral) else None

    @classmethod
    def from_spec(cls, spec: Mapping[str, object]) -> Self:
        return cls(integer(spec, "maximum_length", cls().maximum_length))

    def spec(self) -> Spec:
        return {"kind": self.kind, "maximum_length": self.maximum_length}


class _Octets(AttributeType):
    """Common part of the types whose values are octets, written in lower-case hexadecimal."""

    def check(self, value: object, *, field: str = "value") -> bytes:
        raise NotImplementedError

    def parse(self, text: str, *, field: str = "value") -> bytes:
        if not isinstance(text, str) or not _HEX.fullmatch(text):
            raise SchemaError(f"{field}: octets in lower-case hexadecimal are needed")
        return self.check(bytes.fromhex(text), field=field)

    def from_python(self, value: object, *, field: str = "value") -> bytes:
        return self.check(value, field=field)

    def format(self, value: Value, language: Language = "en") -> str:
        return self.to_text(value)

    def to_text(self, value: Value) -> str:
        return self.check(value).hex()


@dataclass(frozen=True, slots=True)
class Bytes(_Octets):
    """One to ``maximum_length`` octets."""

    maximum_length: int = 64

    kind: ClassVar[str] = "bytes"
    optional: ClassVar[frozenset[str]] = frozenset({"maximum_length"})
    literal: ClassVar[str] = 'octets in hexadecimal, in "quotation marks"'

    def __post_init__(self) -> None:
        _require_length("maximum_length", self.maximum_length, MAX_OCTETS)

    @property
    def comparison_key(self) -> ComparisonKey:
        return ("bytes",)

    def check(self, value: object, *, field: str = "value") -> bytes:
        if not isinstance(value, bytes) or not 0 < len(value) <= self.maximum_length:
            raise SchemaError(f"{field}: 1 to {self.maximum_length} octets are needed")
        return value

    def literal_text(self, node: Expression) -> str | None:
        return node.text if isinstance(node, syntax.TextLiteral) else None

    @classmethod
    def from_spec(cls, spec: Mapping[str, object]) -> Self:
        return cls(integer(spec, "maximum_length", cls().maximum_length))

    def spec(self) -> Spec:
        return {"kind": self.kind, "maximum_length": self.maximum_length}


@dataclass(frozen=True, slots=True)
class Digest(_Octets):
    """The 32 octets of a document's SHA-256 or SM3 digest."""

    algorithm: DigestAlgorithm

    kind: ClassVar[str] = "digest"
    needed: ClassVar[frozenset[str]] = frozenset({"algorithm"})
    literal: ClassVar[str] = 'a digest in hexadecimal, in "quotation marks"'

    def __post_init__(self) -> None:
        if self.algorithm not in ("sha-256", "sm3"):
            raise SchemaError("algorithm: sha-256 or sm3")

    @property
    def comparison_key(self) -> ComparisonKey:
        return ("digest", self.algorithm)

    def check(self, value: object, *, field: str = "value") -> bytes:
        if not isinstance(value, bytes) or len(value) != 32:
            raise SchemaError(f"{field}: a digest of 32 octets is needed")
        return value

    def literal_text(self, node: Expression) -> str | None:
        return node.text if isinstance(node, syntax.TextLiteral) else None

    @classmethod
    def from_spec(cls, spec: Mapping[str, object]) -> Self:
        return cls(cast(DigestAlgorithm, spec["algorithm"]))

    def spec(self) -> Spec:
        return {"kind": self.kind, "algorithm": self.algorithm}


@dataclass(frozen=True, slots=True)
class LinkSecret(AttributeType):
    """The scalar that ties credentials to one holder, who alone knows it: 32 octets, big-endian.

    It is never read from text and never written for people.
    """

    kind: ClassVar[str] = "link_secret"
    holder_chosen: ClassVar[bool] = True

    @property
    def comparison_key(self) -> ComparisonKey:
        return ("link_secret",)

    def check(self, value: object, *, field: str = "value") -> bytes:
        if not isinstance(value, bytes) or len(value) != 32:
            raise SchemaError(f"{field}: a scalar of 32 octets is needed")
        if not 0 < int.from_bytes(value, "big") < GROUP_ORDER:
            raise SchemaError(f"{field}: not a scalar other than zero")
        return value

    def parse(self, text: str, *, field: str = "value") -> bytes:
        raise SchemaError(f"{field}: a link secret is never read from text")

    def from_python(self, value: object, *, field: str = "value") -> bytes:
        return self.check(value, field=field)

    def format(self, value: Value, language: Language = "en") -> str:
        return "•" * 8

    def to_text(self, value: Value) -> str:
        raise SchemaError("a link secret is never written as text")

    def spec(self) -> Spec:
        return {"kind": self.kind}


def _require_length(name: str, length: object, limit: int) -> None:
    if isinstance(length, bool) or not isinstance(length, int) or not 0 < length <= limit:
        raise SchemaError(f"{name}: 1 to {limit}")
