"""Rows of a bank's export: CSV whose columns are attributes, by name or by a mapping.

Every cell goes through the schema, and all faults of a row are one report, with its line in the
file.
"""

from __future__ import annotations

import _csv
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from zkproof.errors import DecodeError, SchemaError
from zkproof.issuer.csv_cells import read_cell, trimmed
from zkproof.issuer.csv_form import DELIMITERS, PLAIN, CsvForm
from zkproof.issuer.rows import (
    BadRow,
    Row,
    Warn,
    assigned_names,
    bad_row,
    check_reference,
    faults_of_record,
    wanted_names,
)
from zkproof.issuer.text_encodings import decode_text
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value

FIELD = "csv"
MAX_FILE_BYTES = 256 << 20


def read_csv(
    data: bytes, schema: Schema, form: CsvForm = PLAIN, *, warn: Warn = lambda _: None
) -> Iterator[Row | BadRow]:
    """Values of each row, or what is wrong with it; ``warn`` hears what had to be guessed.

    Raises `DecodeError` when the file as a whole cannot be read: encoding, header, size.
    """
    if len(data) > MAX_FILE_BYTES:
        raise DecodeError(FIELD, f"more than {MAX_FILE_BYTES} octets")
    text, guessed = decode_text(data, form.encoding, field=FIELD)
    if guessed is not None:
        warn(f"{FIELD}: read as {guessed}, which fits every character; --encoding names another")
    if "\0" in text:
        raise DecodeError(FIELD, "holds a NUL character")
    lines = io.StringIO(text, newline="")
    skipped, delimiter = _delimiter(lines, form, warn)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header = next(reader, None)
    except csv.Error as error:
        raise DecodeError(f"{FIELD}.header", str(error)) from None
    columns = _columns(header or [], schema, form)
    yield from _rows(reader, columns, schema, form, skipped)


def _delimiter(lines: io.StringIO, form: CsvForm, warn: Warn) -> tuple[int, str]:
    """The separator, from the form, from Excel's first line, or by the header; and lines read."""
    first = lines.readline()
    said = first.strip().strip('"')
    if said[:4].lower() == "sep=" and said[4:] in DELIMITERS.values():
        return 1, form.delimiter or said[4:]
    if first.lower().rstrip("\r\n") == "sep=\t":
        return 1, form.delimiter or "\t"
    lines.seek(0)
    if form.delimiter is not None:
        return 0, form.delimiter
    counts = {sign: first.count(sign) for sign in DELIMITERS.values()}
    most = max(counts, key=lambda sign: counts[sign])
    if most == "," or not counts[most]:
        return 0, ","
    if counts[","]:
        raise DecodeError(
            f"{FIELD}.header", "several signs could separate its columns", hint="--delimiter"
        )
    name = next(word for word, sign in DELIMITERS.items() if sign == most)
    warn(f"{FIELD}: columns are separated by {name}; --delimiter names another")
    return 0, most


@dataclass(frozen=True, slots=True)
class _Columns:
    """What each column is: an attribute, the reference, or ``None`` for one that is passed over."""

    names: tuple[str | None, ...]
    headers: tuple[str, ...]
    reference: int | None


def _columns(header: list[str], schema: Schema, form: CsvForm) -> _Columns:
    headers = [trimmed(each) for each in header]
    while headers and not headers[-1]:
        headers.pop()
    wanted = wanted_names(schema)
    names: list[str | None] = []
    reference = None
    for position, each in enumerate(headers):
        if each == form.reference_column:
            if reference is not None:
                raise DecodeError(f"{FIELD}.header", "the reference column stands twice")
            reference = position
            names.append(form.columns.get(each, each if each in wanted else None))
        elif each in form.ignored:
            names.append(None)
        else:
            names.append(form.columns.get(each, each))
    if form.reference_column is not None and reference is None:
        raise DecodeError(f"{FIELD}.header", f"no column {form.reference_column[:60]}")
    given = [*(name for name in names if name is not None), *form.constants]
    if sorted(given) != sorted(wanted):
        missing, surplus = sorted(set(wanted) - set(given)), sorted(set(given) - set(wanted))
        twice = sorted({name for name in given if given.count(name) > 1})
        raise DecodeError(
            f"{FIELD}.header",
            f"columns missing: {_listed(missing)}; not expected: {_listed(surplus)}"
            + (f"; more than once: {_listed(twice)}" if twice else ""),
        )
    return _Columns(tuple(names), tuple(headers), reference)


def _listed(names: list[str]) -> str:
    return ", ".join(name[:60] for name in names[:20]) or "none"


def _rows(
    reader: _csv.Reader, columns: _Columns, schema: Schema, form: CsvForm, skipped: int
) -> Iterator[Row | BadRow]:
    while True:
        where = f"line {reader.line_num + skipped + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            unclosed = "end of data" in str(error)
            yield BadRow(where, "a quote is not closed again" if unclosed else str(error))
            continue
        if not any(map(trimmed, cells)):
            continue
        expected = len(columns.names)
        while len(cells) > expected and not trimmed(cells[-1]):
            cells.pop()
        if len(cells) != expected:
            yield BadRow(where, f"{len(cells)} cells, {expected} columns")
            continue
        yield _row(cells, where, columns, schema, form)


def _row(
    cells: list[str], where: str, columns: _Columns, schema: Schema, form: CsvForm
) -> Row | BadRow:
    values: dict[str, Value] = {}
    faults: list[str] = []
    given = [
        (name, f"column {header}", cell)
        for name, header, cell in zip(columns.names, columns.headers, cells, strict=True)
        if name is not None
    ]
    constants = [(name, f"constant {name}", text) for name, text in form.constants.items()]
    for name, field, cell in (*given, *constants):
        try:
            values[name] = read_cell(schema.attribute(name).type, cell, form, field=field)
        except SchemaError as error:
            faults.append(error.message)
    reference = None
    if columns.reference is not None:
        try:
            reference = check_reference(trimmed(cells[columns.reference]).removeprefix("'"))
        except SchemaError as error:
            faults.append(error.message)
    if not faults:
        faults = faults_of_record(schema, values, assigned_names(schema))
    if faults:
        return bad_row(where, faults)
    return Row(where, values, reference=reference, subject=reference)
