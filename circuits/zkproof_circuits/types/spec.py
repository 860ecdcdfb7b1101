"""Reading a type as written in a schema: the one list of kinds and their parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from zkproof.errors import SchemaError
from zkproof_circuits.types import codes
from zkproof_circuits.types.base import AttributeType
from zkproof_circuits.types.calendar import Date, Timestamp, read_date
from zkproof_circuits.types.choices import Boolean, Code, Enumeration
from zkproof_circuits.types.numbers import Identifier, Integer, Money
from zkproof_circuits.types.opaque import Bytes, Digest, DigestAlgorithm, LinkSecret, Text

_BOUND = re.compile(r"0|-?[1-9][0-9]{0,30}", re.ASCII)

_PARAMETERS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    # kind: (needed, optional)
    "int": (frozenset({"minimum", "maximum"}), frozenset({"unit"})),
    "money": (frozenset({"currency", "scale", "maximum"}), frozenset({"minimum"})),
    "id": (frozenset(), frozenset()),
    "date": (frozenset(), frozenset({"minimum"})),
    "timestamp": (frozenset(), frozenset()),
    "code": (frozenset({"list"}), frozenset({"allowed"})),
    "bool": (frozenset(), frozenset()),
    "enum": (frozenset({"members"}), frozenset()),
    "text": (frozenset(), frozenset({"maximum_length"})),
    "bytes": (frozenset(), frozenset({"maximum_length"})),
    "digest": (frozenset({"algorithm"}), frozenset()),
    "link_secret": (frozenset(), frozenset()),
}

KINDS = tuple(_PARAMETERS)
"""Every kind of type, as a schema names it."""


def type_from_spec(spec: object, *, field: str = "type") -> AttributeType:
    """The type a schema describes; the inverse of `AttributeType.spec`.

    Bounds are integers or their decimal text. Raises `SchemaError`, which names ``field``, for an
    unknown kind, a parameter that is missing or not known, and whatever the type refuses.
    """
    if not isinstance(spec, Mapping):
        raise SchemaError(f"{field}: a table is needed")
    kind = spec.get("kind")
    if not isinstance(kind, str) or kind not in _PARAMETERS:
        raise SchemaError(f"{field}.kind: one of {', '.join(KINDS)}")
    needed, optional = _PARAMETERS[kind]
    given = set(spec) - {"kind"}
    for name in sorted(needed - given):
        raise SchemaError(f"{field}.{name}: missing for {kind}")
    for name in sorted(map(str, given - needed - optional)):
        raise SchemaError(f"{field}.{name}: {kind} has no such parameter")
    try:
        return _build(kind, {str(name): value for name, value in spec.items()})
    except SchemaError as error:
        raise SchemaError(f"{field}.{error.message}", hint=error.hint) from None


def _build(kind: str, spec: Mapping[str, object]) -> AttributeType:
    match kind:
        case "int":
            return Integer(_bound(spec, "minimum"), _bound(spec, "maximum"), _text(spec, "unit"))
        case "money":
            minimum = _bound(spec, "minimum") if "minimum" in spec else 0
            scale = _integer(spec, "scale", 2)
            return Money(_text(spec, "currency"), scale, _bound(spec, "maximum"), minimum)
        case "date" if "minimum" in spec:
            return Date(read_date(spec["minimum"], "minimum"))
        case "code":
            # The constructor refuses what is not in the list.
            return Code(cast(codes.CodeList, spec["list"]), _texts(spec, "allowed"))
        case "enum":
            return Enumeration(_texts(spec, "members"))
        case "text":
            return Text(_integer(spec, "maximum_length", Text().maximum_length))
        case "bytes":
            return Bytes(_integer(spec, "maximum_length", Bytes().maximum_length))
        case "digest":
            return Digest(cast(DigestAlgorithm, spec["algorithm"]))
        case _:
            return _SIMPLE[kind]


_SIMPLE: Mapping[str, AttributeType] = {
    "id": Identifier(),
    "date": Date(),
    "timestamp": Timestamp(),
    "bool": Boolean(),
    "link_secret": LinkSecret(),
}


def _bound(spec: Mapping[str, object], name: str) -> int:
    value = spec[name]
    if isinstance(value, str) and _BOUND.fullmatch(value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise SchemaError(f"{name}: an integer is needed")
    return value


def _integer(spec: Mapping[str, object], name: str, default: int) -> int:
    value = spec.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise SchemaError(f"{name}: an integer is needed")
    return value


def _text(spec: Mapping[str, object], name: str) -> str:
    value = spec.get(name, "")
    if not isinstance(value, str):
        raise SchemaError(f"{name}: text is needed")
    return value


def _texts(spec: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = spec.get(name, [])
    if not isinstance(value, list | tuple):
        raise SchemaError(f"{name}: a list of texts is needed")
    if not all(isinstance(item, str) for item in value):
        raise SchemaError(f"{name}: a list of texts is needed")
    return tuple(value)
