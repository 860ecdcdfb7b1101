"""Entries of published lists, one a line, as an office exports them from a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zkproof.credential.encoding import attribute_scalar
from zkproof.errors import SchemaError, UsageError
from zkproof.issuer.csv_cells import trimmed
from zkproof.issuer.rows import Warn
from zkproof.issuer.text_encodings import decode_text
from zkproof_circuits.types import AttributeType

FIELD = "list"
MAX_FILE_BYTES = 1 << 30
MAX_LINE = 8192
NUMBER_LIMIT = 1 << 40
_LINE_END = re.compile(r"\r\n|\n|\r")
_DIGITS = re.compile(r"[0-9]{1,20}", re.ASCII)


def read_numbers(
    data: bytes, *, encoding: str | None = None, warn: Warn = lambda _: None
) -> list[int]:
    """Integers of an exclusion list, each once, between 0 and 2^40.

    Raises `UsageError` naming the line of the first that cannot be, `DecodeError` for an encoding
    that nobody can tell.
    """
    numbers: list[int] = []
    seen: dict[int, int] = {}
    for line, text in _entries(data, encoding, warn):
        digits = trimmed(text).removeprefix("'")
        if not digits.isascii() and digits.isdigit():
            raise UsageError(f"line {line}: not an integer: digits other than 0 to 9")
        if not _DIGITS.fullmatch(digits):
            long = ", of at most 20 digits" if digits.isdigit() else ""
            raise UsageError(f"line {line}: not an integer{long}")
        number = int(digits)
        if not 0 < number < NUMBER_LIMIT:
            raise UsageError(f"line {line}: not strictly between 0 and 2^40")
        before = seen.setdefault(number, line)
        if before != line:
            raise UsageError(f"line {line}: the same number as line {before}")
        numbers.append(number)
    return numbers


def read_members(
    data: bytes,
    kind: AttributeType,
    *,
    encoding: str | None = None,
    warn: Warn = lambda _: None,
) -> list[int]:
    """Scalars of a set whose entries are of one attribute's type, each once.

    Raises `UsageError` naming the line of the first that cannot be, `DecodeError` for an encoding
    that nobody can tell.
    """
    scalars: list[int] = []
    seen: dict[int, int] = {}
    for line, text in _entries(data, encoding, warn):
        try:
            scalar = attribute_scalar(kind, kind.parse(trimmed(text), field="entry"))
        except SchemaError as error:
            raise UsageError(f"line {line}: {error.message}") from None
        before = seen.setdefault(scalar, line)
        if before != line:
            raise UsageError(f"line {line}: the same entry as line {before}")
        scalars.append(scalar)
    return scalars


def _entries(data: bytes, encoding: str | None, warn: Warn) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, with their numbers in the file."""
    if len(data) > MAX_FILE_BYTES:
        raise UsageError(f"{FIELD}: more than {MAX_FILE_BYTES} octets")
    text, guessed = decode_text(data, encoding, field=FIELD)
    if guessed is not None:
        warn(f"{FIELD}: read as {guessed}, which fits every character; --encoding names another")
    for line, entry in enumerate(_LINE_END.split(text), 1):
        if len(entry) > MAX_LINE:
            raise UsageError(f"line {line}: longer than {MAX_LINE} characters")
        if trimmed(entry):
            yield line, entry
