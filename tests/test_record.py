"""Records read exactly what they declare; every document of the project is one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.presentation.test_parsers import FORMATS
from zkproof.codec import decode, encode
from zkproof.errors import DecodeError, ZkProofError
from zkproof.record import (
    Record,
    constant,
    list_of,
    map_of,
    number,
    octets,
    one_of,
    optional,
    parsed,
    plain_value,
    text,
)

INNER = Record("inner", {"name": text(5)})
RECORD = Record(
    "thing",
    {
        "count": number(1, 10),
        "key": octets(2),
        "kind": one_of({"a", "b"}),
        "maybe": optional(text(3)),
        "parts": list_of(INNER, most=2),
        "values": map_of(plain_value, most=2),
        "suite": constant("S"),
        "upper": parsed(text(), str.upper),
    },
    format=3,
)
GOOD: dict[str, Any] = {
    "format": 3,
    "count": 9,
    "key": b"ab",
    "kind": "a",
    "maybe": None,
    "parts": [{"name": "one"}, {"name": "two"}],
    "values": {"x": 1, "y": b""},
    "suite": "S",
    "upper": "abc",
}


def test_document_that_fits_is_read_and_parsed() -> None:
    found = RECORD.read(encode(GOOD), max_bytes=1000)
    assert found["upper"] == "ABC"
    assert {**found, "upper": "abc", "format": 3} == GOOD


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": True}, "thing.format"),
        ({"format": 4}, "thing.format"),
        ({"format": "3"}, "thing.format"),
        ({"count": 0}, "thing.count"),
        ({"count": 10}, "thing.count"),
        ({"count": True}, "thing.count"),
        ({"key": b"abc"}, "thing.key"),
        ({"key": "ab"}, "thing.key"),
        ({"kind": "c"}, "thing.kind"),
        ({"kind": []}, "thing.kind"),
        ({"maybe": "long"}, "thing.maybe"),
        ({"parts": [{"name": "one"}, {"name": 1}]}, r"thing.parts\[1\].name"),
        ({"parts": [{"name": "a"}] * 3}, "thing.parts"),
        ({"parts": [{}]}, r"thing.parts\[0\].name"),
        ({"values": {"x": True}}, "thing.values.x"),
        ({"values": {1: 1}}, "thing.values"),
        ({"values": {"x": 1, "y": 1, "z": 1}}, "thing.values"),
        ({"suite": "T"}, "thing.suite"),
        ({"surplus": 1}, "thing.surplus"),
        ({"\x1b[2J": 1}, r"thing.\\x1b"),
    ],
)
def test_field_that_does_not_fit_is_named(change: dict[Any, Any], field: str) -> None:
    RECORD.read(encode(GOOD), max_bytes=1000)
    with pytest.raises(DecodeError, match=f"^{field}"):
        RECORD.read(encode({**GOOD, **change}), max_bytes=1000)


@pytest.mark.parametrize("name", GOOD)
def test_missing_field_is_named(name: str) -> None:
    left = {key: value for key, value in GOOD.items() if key != name}
    with pytest.raises(DecodeError, match=f"^thing.{name}"):
        RECORD.read(encode(left), max_bytes=1000)


def test_size_counts_before_anything_else() -> None:
    data = encode(GOOD)
    RECORD.read(data, max_bytes=len(data))
    with pytest.raises(DecodeError, match="octets, at most"):
        RECORD.read(data, max_bytes=len(data) - 1)


# Every document of the project


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all fields in a decoded document."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*path, key)
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value[:3]):
            yield (*path, position)
            yield from places(item, (*path, position))


def changed(data: bytes, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> bytes:
    value = decode(data, field="x", max_bytes=1 << 20)
    parent = value
    for key in path[:-1]:
        parent = parent[key]
    change(parent, path[-1])
    return encode(value)


def _remove(parent: Any, key: Any) -> None:
    del parent[key]


def _put(value: Any) -> Callable[[Any, Any], None]:
    def change(parent: Any, key: Any) -> None:
        parent[key] = value

    return change


def _add(parent: Any, key: Any) -> None:
    if isinstance(parent, dict):
        parent["surplus"] = 1
    else:
        parent.append(parent[key])


WRONG: tuple[Any, ...] = (True, None, [], {}, -1, 99, 1 << 60, "x", b"x")
CHANGES = [_remove, _add, *(_put(each) for each in WRONG)]
Format = tuple[str, bytes, Callable[[bytes], bytes]]


def changes(data: bytes) -> Iterator[tuple[tuple[Any, ...], bytes]]:
    """A document with one field missing, surplus or of another type: the field, and the octets."""
    for path in places(decode(data, field="x", max_bytes=1 << 20)):
        for change in CHANGES:
            other = changed(data, path, change)
            if other != data:
                yield path, other


def _is_record(form: Format) -> bool:
    """A commitment is a proof and has no fields."""
    return form[0] != "commitment"


CBOR = list(filter(_is_record, FORMATS))


@pytest.mark.parametrize(("name", "data", "again"), CBOR, ids=[form[0] for form in CBOR])
def test_changed_document_is_refused_or_means_exactly_what_it_says(
    name: str, data: bytes, again: Callable[[bytes], bytes]
) -> None:
    assert again(data) == data
    for path, other in changes(data):
        try:
            assert again(other) == other, path
        except ZkProofError:
            continue


@pytest.mark.parametrize(("name", "data", "again"), CBOR, ids=[form[0] for form in CBOR])
@pytest.mark.parametrize("other", [True, 0, 99, "1", None])
def test_format_is_the_number_that_it_is(
    name: str, data: bytes, again: Callable[[bytes], bytes], other: object
) -> None:
    document = decode(data, field=name, max_bytes=1 << 20)
    for path in places(document):
        if path[-1] == "format":
            with pytest.raises(ZkProofError):
                again(changed(data, path, _put(other)))
