"""Texts that people and other programs write, bounded before a parser works on them.

The parsers of TOML and JSON take any size, any depth, numbers of any length, and a dotted key of
any number of parts, for which `tomllib` needs memory that grows with its square. Here all of that
is refused first, in one pass over the text.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from zkproof.errors import DecodeError

MAX_TEXT_BYTES = 1 << 17
"""Largest text that is read unless the caller names another bound."""

MAX_DEPTH = 32
"""Deepest nesting of arrays and tables."""

MAX_KEY_PARTS = 16
"""Most parts of a dotted key."""

MAX_DIGITS = 100
"""Longest number outside strings, in whatever base; well above any box of a type."""

_JSON_NESTING = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
"""Strings, whole, so that brackets in them do not count; an opening; a closing bracket."""

_DIGITS = frozenset("0123456789_")
_WITHIN_NUMBERS = frozenset("abcdefxABCDEF")
"""What goes on with a number that has begun, such as ``0xff``; integers in it have no limit."""


def load_toml(text: str, *, field: str, max_bytes: int = MAX_TEXT_BYTES) -> dict[str, Any]:
    """The table that a TOML text describes.

    Raises `DecodeError` naming ``field``, and the line where that is known.
    """
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise DecodeError(field, "not text: half of a surrogate pair") from None
    _require_size(size, field, max_bytes)
    _scan_toml(text, field)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DecodeError(field, f"not TOML: {error}") from None
    except (ValueError, RecursionError, OverflowError):
        raise DecodeError(field, "not TOML") from None


def load_json(data: bytes, *, field: str, max_bytes: int = MAX_TEXT_BYTES) -> Any:
    """The value of a JSON text in UTF-8: names stand once, numbers are integers of bounded length.

    Raises `DecodeError` naming ``field``.
    """
    _require_size(len(data), field, max_bytes)
    try:
        text = data.decode("utf-8")
        _require_shallow_json(text, field)
        value = json.loads(
            text,
            object_pairs_hook=lambda pairs: _once(pairs, field),
            parse_int=lambda text: _integer(text, field),
            parse_float=lambda _: _refuse(field, "numbers have no fraction and no exponent"),
            parse_constant=lambda _: _refuse(field, "NaN and Infinity are no numbers"),
        )
        if "\\u" in text:  # the only way by which half of a pair comes in: nothing could write it
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except UnicodeEncodeError:
        raise DecodeError(field, "not text: half of a surrogate pair") from None
    except DecodeError:
        raise
    except (ValueError, RecursionError):
        raise DecodeError(field, "not JSON in UTF-8") from None


def _require_size(size: int, field: str, max_bytes: int) -> None:
    if size > max_bytes:
        raise DecodeError(field, f"{size} octets, at most {max_bytes} allowed")


def _require_shallow_json(text: str, field: str) -> None:
    """The parser recurses on the stack of C, which overflows before a `RecursionError` where a
    library has raised the interpreter's limit, as py_ecc does.
    """
    depth = 0
    for found in _JSON_NESTING.finditer(text):
        sign = found[0]
        if sign in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise DecodeError(field, f"nested deeper than {MAX_DEPTH}")
        elif sign in "]}":
            depth -= 1


def _once(pairs: list[tuple[str, Any]], field: str) -> dict[str, Any]:
    """A table whose names stand once: of two, another program might read the other."""
    table = dict(pairs)
    if len(table) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DecodeError(field, f"{json.dumps(twice[:64])} stands twice")
    return table


def _integer(text: str, field: str) -> int:
    if len(text) > MAX_DIGITS:
        raise DecodeError(field, f"a number of more than {MAX_DIGITS} digits")
    return int(text)


def _refuse(field: str, rule: str) -> Any:
    raise DecodeError(field, rule)


def _scan_toml(text: str, field: str) -> None:
    """One pass that skips strings and comments and counts everything else."""
    position = depth = dots = digits = 0
    line = 1
    while position < len(text):
        sign = text[position]
        if sign in "\"'":
            end = _string_end(text, position)
            if end is None:
                raise DecodeError(field, f"not TOML: a string from line {line} on does not end")
            line += text.count("\n", position, end)
            position, digits = end, 0
            continue
        if sign == "#":
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
            continue
        if sign == "\n":
            line, dots, digits = line + 1, 0, 0
        elif sign in "[{":
            depth += 1
            dots = 0
            if depth > MAX_DEPTH:
                raise DecodeError(field, f"line {line}: nested deeper than {MAX_DEPTH}")
        elif sign in "]}":
            depth = max(0, depth - 1)
            dots = 0
        elif sign in "=,":
            dots = 0
        elif sign == ".":
            dots += 1
            if dots >= MAX_KEY_PARTS:
                raise DecodeError(field, f"line {line}: a key of more than {MAX_KEY_PARTS} parts")
        digits = digits + 1 if sign in _DIGITS or (digits and sign in _WITHIN_NUMBERS) else 0
        if digits > MAX_DIGITS:
            raise DecodeError(field, f"line {line}: a number of more than {MAX_DIGITS} digits")
        position += 1


def _string_end(text: str, start: int) -> int | None:
    """Where the string that begins here ends; ``None`` when it does not."""
    quote = text[start]
    if text.startswith(quote * 3, start):
        closing, position = quote * 3, start + 3
    else:
        closing, position = quote, start + 1
    while True:
        end = text.find(closing, position)
        if end < 0:
            return None
        if quote == "'":
            return _past(text, end, closing)
        slashes = end
        while slashes > position and text[slashes - 1] == "\\":
            slashes -= 1
        if (end - slashes) % 2 == 0:
            return _past(text, end, closing)
        position = end + 1


def _past(text: str, end: int, closing: str) -> int:
    """Behind the closing quotes; a string in three may end with one or two quotes of its own."""
    past = end + len(closing)
    while len(closing) == 3 and past < end + 5 and text.startswith(closing[0], past):
        past += 1
    return past
