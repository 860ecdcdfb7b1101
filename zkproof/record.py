"""Records: what a document's fields are, said once, and read from octets by that alone.

A record names its fields and what may stand in each. `Record.read` takes CBOR that `zkproof.codec`
accepts, with exactly these fields and this format number; every error names document and field.
`Record.check` does the same for a value that was decoded already, such as JSON or a part of another
record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from zkproof.codec import decode
from zkproof.errors import DecodeError

Kind = Callable[[Any, str], Any]
"""Gives the value back, or raises `DecodeError` for the field that is named."""

LARGEST = 1 << 53
"""Numbers stay below this, exact in every reader of JSON."""


@dataclass(frozen=True, slots=True)
class Record:
    """A document called ``name`` with these fields and no other.

    ``format`` is the number that its field of that name must hold; without one there is no such
    field.
    """

    name: str
    fields: Mapping[str, Kind]
    format: int | None = None

    def read(self, data: bytes, *, max_bytes: int) -> dict[str, Any]:
        """The checked fields of a document, ``format`` left out. Raises `DecodeError`."""
        return self.check(decode(data, field=self.name, max_bytes=max_bytes))

    def check(self, value: Any, field: str | None = None) -> dict[str, Any]:
        """The same of a decoded value, which stands in ``field``."""
        name = self.name if field is None else field
        if not isinstance(value, dict):
            raise DecodeError(name, "a map is needed")
        if self.format is not None:
            stated = value.get("format")
            if type(stated) is not int or stated != self.format:
                raise DecodeError(f"{name}.format", "a version this program does not know")
        expected = {*self.fields} if self.format is None else {*self.fields, "format"}
        for missing in sorted(expected - set(value)):
            raise DecodeError(f"{name}.{missing}", "missing")
        for unknown in sorted(map(str, set(value) - expected)):
            raise DecodeError(f"{name}.{ascii(unknown[:40])[1:-1]}", "no field of it")
        return {key: kind(value[key], f"{name}.{key}") for key, kind in self.fields.items()}

    def __call__(self, value: Any, field: str) -> dict[str, Any]:
        """A record as a kind: a part of another one."""
        return self.check(value, field)


def text(limit: int = 256, *, least: int = 1) -> Kind:
    """A text of ``least`` to ``limit`` characters."""

    def check(value: Any, field: str) -> str:
        if not isinstance(value, str) or not least <= len(value) <= limit:
            raise DecodeError(field, f"text of {least} to {limit} characters is needed")
        return value

    return check


def line(limit: int = 256) -> Kind:
    """One line of 1 to ``limit`` printable characters."""
    some = text(limit)

    def check(value: Any, field: str) -> str:
        if not some(value, field).isprintable():
            raise DecodeError(field, "one line of printable characters is needed")
        return str(value)

    return check


def octets(length: int | None = None, *, limit: int | None = None, least: int = 0) -> Kind:
    """Octets: exactly so many, or from ``least`` to ``limit``."""

    def check(value: Any, field: str) -> bytes:
        if not isinstance(value, bytes):
            raise DecodeError(field, "octets are needed")
        if length is not None and len(value) != length:
            raise DecodeError(field, f"{length} octets are needed")
        if limit is not None and len(value) > limit:
            raise DecodeError(field, f"at most {limit} octets are allowed")
        if len(value) < least:
            raise DecodeError(field, f"at least {least} octets are needed")
        return value

    return check


def hexadecimal(kind: Kind) -> Kind:
    """Octets of that kind, written in lower-case hexadecimal: how JSON carries them."""

    def check(value: Any, field: str) -> Any:
        digits = value if isinstance(value, str) else ""
        try:
            found = bytes.fromhex(digits)
        except ValueError:
            found = b""
        if found.hex() != value:
            raise DecodeError(field, "octets in lower-case hexadecimal are needed")
        return kind(found, field)

    return check


def number(least: int = 0, below: int = LARGEST) -> Kind:
    """An integer from ``least`` on and smaller than ``below``; never a truth value."""

    def check(value: Any, field: str) -> int:
        if type(value) is not int or not least <= value < below:
            raise DecodeError(field, f"a number from {least} to {below - 1} is needed")
        return value

    return check


def constant(expected: str | int) -> Kind:
    """This value and no other."""

    def check(value: Any, field: str) -> Any:
        if type(value) is not type(expected) or value != expected:
            raise DecodeError(field, "a version this program does not know")
        return value

    return check


def one_of(values: Collection[str]) -> Kind:
    """One of these texts."""

    def check(value: Any, field: str) -> str:
        if not isinstance(value, str) or value not in values:
            raise DecodeError(field, "not one of the values that there are")
        return value

    return check


def optional(kind: Kind) -> Kind:
    """What the kind says, or null."""
    return lambda value, field: None if value is None else kind(value, field)


def list_of(kind: Kind, *, most: int, least: int = 0) -> Kind:
    """A list of ``least`` to ``most`` values."""
    size = f"{most}" if least == most else f"{least} to {most}" if least else f"at most {most}"

    def check(value: Any, field: str) -> list[Any]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise DecodeError(field, f"a list of {size} is needed")
        return [kind(each, f"{field}[{position}]") for position, each in enumerate(value)]

    return check


def distinct(kind: Kind) -> Kind:
    """A list of that kind in which nothing stands twice."""

    def check(value: Any, field: str) -> list[Any]:
        found: list[Any] = kind(value, field)
        if len(set(found)) != len(found):
            raise DecodeError(field, "a value stands twice")
        return found

    return check


def map_of(kind: Kind, *, most: int, limit: int = 256) -> Kind:
    """A map of at most so many, from names of at most ``limit`` characters."""

    def check(value: Any, field: str) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > most:
            raise DecodeError(field, f"a map of at most {most} is needed")
        if not all(isinstance(name, str) and len(name) <= limit for name in value):
            raise DecodeError(field, "names are texts")
        return {name: kind(each, f"{field}.{name}") for name, each in value.items()}

    return check


def boolean(value: Any, field: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise DecodeError(field, "true or false is needed")
    return value


def plain_value(value: Any, field: str) -> Any:
    """A value of an attribute: an integer, a text or octets; its type checks the rest."""
    if type(value) not in (int, str, bytes):
        raise DecodeError(field, "an integer, text or octets are needed")
    return value


def parsed(kind: Kind, parse: Callable[[Any], Any]) -> Kind:
    """What ``parse`` makes of a value of that kind; its own `DecodeError` goes on."""
    return lambda value, field: parse(kind(value, field))
