"""Reading a type as written in a schema: the one list of kinds."""

from __future__ import annotations

from collections.abc import Mapping

from zkproof.errors import SchemaError
from zkproof_circuits.types.base import AttributeType
from zkproof_circuits.types.calendar import Date, Timestamp
from zkproof_circuits.types.choices import Boolean, Code, Enumeration
from zkproof_circuits.types.numbers import Identifier, Integer, Money
from zkproof_circuits.types.opaque import Bytes, Digest, LinkSecret, Text

_TYPES: Mapping[str, type[AttributeType]] = {
    each.kind: each
    for each in (
        Integer,
        Money,
        Identifier,
        Date,
        Timestamp,
        Code,
        Boolean,
        Enumeration,
        Text,
        Bytes,
        Digest,
        LinkSecret,
    )
}

KINDS = tuple(_TYPES)
"""Every kind of type, as a schema names it."""


def type_from_spec(spec: object, *, field: str = "type") -> AttributeType:
    """The type a schema describes; the inverse of `AttributeType.spec`.

    Bounds are integers or their decimal text. Raises `SchemaError`, which names ``field``, for an
    unknown kind, a parameter that is missing or not known, and whatever the type refuses.
    """
    if not isinstance(spec, Mapping):
        raise SchemaError(f"{field}: a table is needed")
    kind = spec.get("kind")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise SchemaError(f"{field}.kind: one of {', '.join(KINDS)}")
    wanted = _TYPES[kind]
    needed, optional = wanted.needed, wanted.optional
    given = set(spec) - {"kind"}
    for name in sorted(needed - given):
        raise SchemaError(f"{field}.{name}: missing for {kind}")
    for name in sorted(map(str, given - needed - optional)):
        raise SchemaError(f"{field}.{name}: {kind} has no such parameter")
    try:
        return wanted.from_spec({str(name): value for name, value in spec.items()})
    except SchemaError as error:
        raise SchemaError(f"{field}.{error.message}", hint=error.hint) from None
