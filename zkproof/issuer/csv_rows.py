"""Rows of a bank's export: CSV whose header names attributes.

Every cell goes through the schema. A bad row is named by line and column; what happens to the rest
is the caller's choice.
"""

from __future__ import annotations

import _csv
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from zkproof.errors import DecodeError, SchemaError
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value

MAX_FILE_BYTES = 256 << 20
MAX_CELL = 8192


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is not taken: its line in the file, and why."""

    line: int
    reason: str


def read_csv(
    data: bytes, schema: Schema, *, assigned: frozenset[str]
) -> Iterator[dict[str, Value] | BadRow]:
    """Values of each row, or what is wrong with it. ``assigned`` are attributes the issuer draws.

    Raises `DecodeError` when the file as a whole cannot be read: encoding, header, size.
    """
    if len(data) > MAX_FILE_BYTES:
        raise DecodeError("csv", f"more than {MAX_FILE_BYTES} octets")
    if b"\0" in data:
        raise DecodeError("csv", "holds a NUL octet")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DecodeError("csv", f"not UTF-8 at octet {error.start}") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    wanted = [a.name for a in schema.attributes if not a.blind and a.name not in assigned]
    try:
        header = next(reader, None)
    except csv.Error as error:
        raise DecodeError("csv.header", str(error)) from None
    if header is None or sorted(header) != sorted(wanted):
        missing = sorted(set(wanted) - set(header or ()))
        surplus = sorted(set(header or ()) - set(wanted))
        raise DecodeError(
            "csv.header",
            f"columns missing: {', '.join(missing) or 'none'}; "
            f"not expected: {', '.join(surplus) or 'none, but one stands twice'}",
        )
    yield from _rows(reader, header, schema)


def _rows(
    reader: _csv.Reader, header: list[str], schema: Schema
) -> Iterator[dict[str, Value] | BadRow]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(reader.line_num, str(error))
            return
        line = reader.line_num
        if not cells:
            continue
        if len(cells) != len(header):
            yield BadRow(line, f"{len(cells)} cells, {len(header)} columns")
            continue
        yield _row(dict(zip(header, cells, strict=True)), line, schema)


def _row(record: dict[str, str], line: int, schema: Schema) -> dict[str, Value] | BadRow:
    values: dict[str, Value] = {}
    for name, cell in record.items():
        if len(cell) > MAX_CELL:
            return BadRow(line, f"column {name}: longer than {MAX_CELL} characters")
        try:
            values[name] = schema.attribute(name).type.parse(cell, field=f"column {name}")
        except SchemaError as error:
            return BadRow(line, error.message)
    return values
