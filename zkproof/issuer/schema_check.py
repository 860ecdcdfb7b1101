"""A schema file before it is used: every fault with its line, what it means, likely mistakes.

A schema that is published never changes, and what it forgot cannot be asked for later: so what
compiles but is probably not meant is said here, before the first certificate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from zkproof.errors import SchemaError
from zkproof.issuer.currencies import minor_digits
from zkproof_circuits import library
from zkproof_circuits.labels import LANGUAGES
from zkproof_circuits.schema import Attribute, Schema
from zkproof_circuits.schema_text import parse_schema
from zkproof_circuits.types import Identifier, Integer, LinkSecret, Money

WIDE_BITS = 64
"""Boxes from here on make proofs longer; no amount of people needs them."""

_TABLE = re.compile(r"\s*\[\s*([A-Za-z_][\w.-]*)\s*\]")
_ARRAY = re.compile(r"\s*\[\[\s*([A-Za-z_][\w-]*)\s*\]\]")
_KEY = re.compile(r"\s*\"?([A-Za-z_][\w.-]*)\"?\s*=")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_PATH = re.compile(r"([a-z_]+(?:\[\d+\])?(?:\.[A-Za-z_-]+)*)[:.]")
_TWICE = re.compile(r"attributes: ([a-z0-9_]+) stands twice")


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """Why a file is no schema; ``line`` counts from 1, and is ``None`` for the whole file."""

    line: int | None
    reason: str
    hint: str | None = None

    def __str__(self) -> str:
        return self.reason if self.line is None else f"line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class SchemaCheck:
    """A schema, what each of its attributes is for, and likely mistakes."""

    schema: Schema
    meanings: dict[str, str]
    warnings: tuple[str, ...]


def check_schema(text: str) -> SchemaCheck | SchemaFault:
    """What a schema file means, or the first reason why it is none."""
    try:
        schema = parse_schema(text)
    except SchemaError as error:
        return SchemaFault(_line_of(text, error.message), error.message, error.hint)
    meanings = {each.name: _meaning(schema, each) for each in schema.attributes}
    return SchemaCheck(schema, meanings, tuple(_warnings(schema)))


def _meaning(schema: Schema, attribute: Attribute) -> str:
    kind, roles = attribute.type, schema.roles
    if attribute.name == roles.holder:
        return "the holder's secret: binds the certificate to its holder, never shown"
    if attribute.name == roles.record_id:
        return "the record identifier: drawn when an offer is made, for revocation"
    if attribute.name == roles.valid_from:
        return "the first day of validity, checked in every presentation"
    if attribute.name == roles.valid_until:
        return "the last day of validity, checked in every presentation"
    by = "chosen by the holder, unseen by the issuer" if attribute.blind else "filled in by a row"
    if kind.ordered:
        told = "policies can compare, add and bound it"
    elif kind.is_integer:
        told = "policies can ask whether it is in a set"
    else:
        told = "policies can reveal it, or ask whether it equals another"
    return f"{kind.kind}, {by}: {told}"


def _warnings(schema: Schema) -> Iterator[str]:
    roles = schema.roles
    if roles.holder is None:
        yield (
            "roles.holder: missing, so the certificate is bound to nobody: whoever has a copy can"
            " present it, and `same holder` cannot name it"
        )
    if roles.record_id is None:
        yield "roles.record_id: missing, so certificates cannot be revoked"
    if roles.valid_until is None:
        yield "roles.valid_until: missing, so certificates never end"
    for attribute in schema.attributes:
        yield from _warnings_of(schema, attribute)
    for language in LANGUAGES:
        untold = [e.name for e in schema.attributes if language not in e.label.to_mapping()]
        if untold:
            yield f"label: no {language} for {', '.join(untold)}; English is shown"
    if schema.id in library.schema_names() and library.schema(schema.id) != schema:
        yield f"id: {schema.id} is a packaged schema's, and a ledger refuses it from others"


def _warnings_of(schema: Schema, attribute: Attribute) -> Iterator[str]:
    name, kind, roles = attribute.name, attribute.type, schema.roles
    if isinstance(kind, LinkSecret) and roles.holder != name:
        yield f"{name}: a link secret without the role of the holder binds nothing"
    if isinstance(kind, Identifier) and roles.record_id != name:
        yield f"{name}: an id without the role of the record identifier is not drawn for you"
    if isinstance(kind, Money):
        digits = minor_digits(kind.currency)
        if digits is not None and digits != kind.scale:
            yield f"{name}: {kind.currency} has {digits} digits after the point, not {kind.scale}"
    if isinstance(kind, Money | Integer):
        low, high = kind.box
        if (high - low).bit_length() > WIDE_BITS:
            yield f"{name}: a range of more than {WIDE_BITS} bits makes proofs longer"


def _line_of(text: str, message: str) -> int | None:
    """The line that an error is about: the one it names, or where the longest path begins."""
    named = re.search(_AT_LINE, message) or re.search(r"\bline (\d+)\b", message)
    if named is not None:
        return int(named[1])
    twice = _TWICE.fullmatch(message)
    if twice is not None:
        named_so = [
            number
            for number, line in enumerate(text.splitlines(), 1)
            if re.match(rf"\s*name\s*=\s*[\"']{twice[1]}[\"']", line)
        ]
        return named_so[1] if len(named_so) > 1 else None
    found = _PATH.match(message + ":")
    if found is None:
        return None
    lines, path = _lines(text), found[1]
    while path not in lines:
        shorter, dot, _ = path.rpartition(".")
        if not dot:
            return None
        path = shorter
    return lines[path]


def _lines(text: str) -> dict[str, int]:
    """Line by path, such as ``attributes[2].type``, of everything that begins on a line."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if array := _ARRAY.match(line):
            position = counts.get(array[1], 0)
            counts[array[1]] = position + 1
            table = f"{array[1]}[{position}]"
            lines.setdefault(table, number)
        elif header := _TABLE.match(line):
            first, dot, rest = header[1].partition(".")
            inside = f"{first}[{counts[first] - 1}]" if first in counts else first
            table = inside + dot + rest
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault(f"{table}.{key[1]}" if table else key[1], number)
    return lines
