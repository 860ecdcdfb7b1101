"""Reading the documents of a ceremony: maps with exactly the fields that were written."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from zkproof.codec import decode
from zkproof.errors import DecodeError

FORMAT = 1
MAX_DOCUMENT_BYTES = 1 << 17


def read_fields(data: bytes, what: str, fields: Collection[str]) -> dict[str, Any]:
    """The map in ``data``, with ``format`` and these fields and no other. Raises `DecodeError`."""
    table = decode(data, field=what, max_bytes=MAX_DOCUMENT_BYTES)
    if not isinstance(table, dict) or set(table) != {"format", *fields}:
        raise DecodeError(what, "not one, or of another version")
    if type(table["format"]) is not int or table["format"] != FORMAT:
        raise DecodeError(f"{what}.format", "a version this program does not know")
    return table


def count_field(table: dict[str, Any], name: str, limit: int) -> int:
    """An integer in ``1 .. limit``. Raises `DecodeError` naming it."""
    value = table[name]
    if type(value) is not int or not 1 <= value <= limit:
        raise DecodeError(name, f"a number from 1 to {limit} is needed")
    return value


def list_field(table: dict[str, Any], name: str, count: int, length: int) -> list[bytes]:
    """``count`` strings of ``length`` octets. Raises `DecodeError` naming the list."""
    value = table[name]
    if (
        not isinstance(value, list)
        or len(value) != count
        or not all(isinstance(each, bytes) and len(each) == length for each in value)
    ):
        raise DecodeError(name, f"{count} times {length} octets are needed")
    return value
