"""Cells of a CSV file as texts that a schema's types read.

What a spreadsheet adds around a value is taken off; what it does to a value is refused with the
reason, since the value that was meant is not in the file any more.
"""

from __future__ import annotations

import re

from zkproof.errors import SchemaError
from zkproof.issuer.csv_form import CsvForm, date_pattern
from zkproof_circuits.types import AttributeType, Date, Identifier, Integer, Money, Text, Value

MAX_CELL = 8192

_SPACE = " \t\u00a0\u202f\u3000\ufeff"
_FORMULA = re.compile(r'="([^"]*)"')
_SHORTENED = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?[eE][+-]?[0-9]+", re.ASCII)
_NUMBERS = (Integer, Money, Identifier)


def trimmed(cell: str) -> str:
    """A cell without the space around it, and without ``="..."`` as spreadsheets protect texts."""
    text = cell.strip(_SPACE)
    match = _FORMULA.fullmatch(text)
    return match[1].strip(_SPACE) if match else text


def read_cell(kind: AttributeType, cell: str, form: CsvForm, *, field: str) -> Value:
    """The value of a cell. Raises `SchemaError` naming ``field``."""
    if len(cell) > MAX_CELL:
        raise SchemaError(f"{field}: longer than {MAX_CELL} characters")
    text = trimmed(cell)
    if isinstance(kind, Text):
        return kind.parse(text, field=field)
    text = text.removeprefix("'")  # the mark by which a spreadsheet keeps digits a text
    if isinstance(kind, _NUMBERS):
        text = _number(text, form, field)
    elif isinstance(kind, Date):
        text = _date(text, form, field)
    return kind.parse(text, field=field)


def _number(text: str, form: CsvForm, field: str) -> str:
    """The number with a point and without separators."""
    if _SHORTENED.fullmatch(text):
        raise SchemaError(f"{field}: a number that a spreadsheet shortened ({text[:40]})")
    if any(sign.isdigit() and not sign.isascii() for sign in text):
        raise SchemaError(f"{field}: digits other than 0 to 9")
    if form.thousands is not None and form.thousands in text:
        mark, point = re.escape(form.thousands), re.escape(form.decimal)
        grouped = rf"-?[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+(?:{point}[0-9]+)?"
        if not re.fullmatch(grouped, text, re.ASCII):
            raise SchemaError(f"{field}: separators that are not every three digits")
        text = text.replace(form.thousands, "")
    if re.search(r"[^0-9.,-]", text):
        separated = re.fullmatch(r"-?[0-9]{1,3}(?:[^0-9][0-9]{3})+(?:[.,][0-9]+)?", text, re.ASCII)
        why = "separators of thousands are not declared" if separated else "not a number"
        raise SchemaError(f"{field}: {why}")
    if form.decimal == ",":
        if "." in text:
            raise SchemaError(f"{field}: a point, and the decimal sign is a comma")
        return text.replace(",", ".")
    if "," in text:
        raise SchemaError(f"{field}: a comma, and the decimal sign is a point")
    return text


def _date(text: str, form: CsvForm, field: str) -> str:
    match = date_pattern(form.date_format).fullmatch(text)
    if match is None:
        raise SchemaError(f"{field}: a date as {form.date_format} is needed")
    return f"{match['YYYY']}-{match['MM']}-{match['DD']}"
