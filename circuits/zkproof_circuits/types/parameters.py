"""Reading the parameters of a type from the table in a schema. Raises `SchemaError`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from zkproof.errors import SchemaError

_BOUND = re.compile(r"0|-?[1-9][0-9]{0,30}", re.ASCII)


def bound(spec: Mapping[str, object], name: str) -> int:
    value = spec[name]
    if isinstance(value, str) and _BOUND.fullmatch(value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise SchemaError(f"{name}: an integer is needed")
    return value


def integer(spec: Mapping[str, object], name: str, default: int) -> int:
    value = spec.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise SchemaError(f"{name}: an integer is needed")
    return value


def text(spec: Mapping[str, object], name: str) -> str:
    value = spec.get(name, "")
    if not isinstance(value, str):
        raise SchemaError(f"{name}: text is needed")
    return value


def texts(spec: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = spec.get(name, [])
    if not isinstance(value, list | tuple):
        raise SchemaError(f"{name}: a list of texts is needed")
    if not all(isinstance(item, str) for item in value):
        raise SchemaError(f"{name}: a list of texts is needed")
    return tuple(value)
