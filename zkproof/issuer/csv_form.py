"""How a CSV file is written: separator, encoding, columns, numbers and dates.

Each can be named on the command line or in a mapping file, a TOML text such as

::

    delimiter = ";"
    encoding = "gb18030"
    reference = "Customer number"
    ignore = ["Branch"]

    [columns]
    "Saldo" = "balance"

    [constants]
    residency = "MO"

    [numbers]
    decimal = ","
    thousands = "."

    [dates]
    format = "DD.MM.YYYY"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zkproof.bounded import load_toml
from zkproof.errors import UsageError

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_THOUSANDS = (",", ".", "'", "\u2019", " ", "\u00a0", "\u202f", "_")
_TABLES = {"columns", "constants", "numbers", "dates"}
_TEXTS = {"delimiter", "encoding", "reference"}


def date_pattern(form: str) -> re.Pattern[str]:
    """What matches dates of a format of YYYY, MM and DD. Raises `UsageError`."""
    parts = re.split(r"(YYYY|MM|DD)", form)
    signs, tokens = parts[::2], parts[1::2]
    if sorted(tokens) != ["DD", "MM", "YYYY"] or not all(
        sign in ("", "-", "/", ".", " ", "年", "月", "日") for sign in signs
    ):
        raise UsageError(
            "dates.format: YYYY, MM and DD once each, with - / . or a space between them"
        )
    pattern = re.escape(signs[0])
    for part, sign in zip(tokens, signs[1:], strict=True):
        digits = "[0-9]{4}" if part == "YYYY" else "[0-9]{2}"
        pattern += f"(?P<{part}>{digits}){re.escape(sign)}"
    return re.compile(pattern, re.ASCII)


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How a file is written; what is ``None`` is detected, and said."""

    delimiter: str | None = None
    encoding: str | None = None
    reference_column: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    """Attributes by header; a header that is not here names its attribute itself."""

    constants: Mapping[str, str] = field(default_factory=dict)
    """Texts of attributes that are equal in every row and have no column."""

    ignored: frozenset[str] = frozenset()
    decimal: str = "."
    thousands: str | None = None
    date_format: str = "YYYY-MM-DD"

    def __post_init__(self) -> None:
        """Raises `UsageError` naming the setting that cannot be."""
        if self.delimiter is not None and self.delimiter not in DELIMITERS.values():
            raise UsageError(f"delimiter: one of {', '.join(DELIMITERS)}, or its sign")
        if self.decimal not in (".", ","):
            raise UsageError("numbers.decimal: a point or a comma")
        if self.thousands is not None and self.thousands not in _THOUSANDS:
            raise UsageError("numbers.thousands: a comma, point, apostrophe, space or underscore")
        if self.thousands == self.decimal:
            raise UsageError("numbers: decimal and thousands are the same sign")
        date_pattern(self.date_format)


PLAIN = CsvForm()
"""Headers are attributes, numbers and dates are as a schema's types read them."""


def delimiter_of(text: str) -> str:
    """The sign that a word or the sign itself names. Raises `UsageError`."""
    sign = DELIMITERS.get(text, text)
    if sign not in DELIMITERS.values():
        raise UsageError(f"delimiter: one of {', '.join(DELIMITERS)}, or its sign")
    return sign


def read_form(text: str) -> CsvForm:
    """The form that a mapping file describes.

    Raises `DecodeError` for what is not TOML, `UsageError` naming an entry that cannot be.
    """
    table = load_toml(text, field="mapping")
    for name in table:
        if name not in _TABLES | _TEXTS | {"ignore"}:
            raise UsageError(f"mapping: {name[:60]} is not known")
    numbers = _texts(table, "numbers", {"decimal", "thousands"})
    dates = _texts(table, "dates", {"format"})
    ignored = table.get("ignore", [])
    if not isinstance(ignored, list) or not all(isinstance(each, str) for each in ignored):
        raise UsageError("mapping: ignore is a list of column names")
    delimiter = _text(table, "delimiter")
    return CsvForm(
        delimiter=None if delimiter is None else delimiter_of(delimiter),
        encoding=_text(table, "encoding"),
        reference_column=_text(table, "reference"),
        columns=_texts(table, "columns"),
        constants=_texts(table, "constants"),
        ignored=frozenset(ignored),
        decimal=numbers.get("decimal", "."),
        thousands=numbers.get("thousands"),
        date_format=dates.get("format", "YYYY-MM-DD"),
    )


def _text(table: Mapping[str, Any], name: str) -> str | None:
    value = table.get(name)
    if value is not None and not isinstance(value, str):
        raise UsageError(f"mapping: {name} is a text")
    return value


def _texts(table: Mapping[str, Any], name: str, allowed: set[str] | None = None) -> dict[str, str]:
    value = table.get(name, {})
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise UsageError(f"mapping: {name} is a table of texts")
    for entry in value:
        if allowed is not None and entry not in allowed:
            raise UsageError(f"mapping: {name}.{entry[:60]} is not known")
    return dict(value)
