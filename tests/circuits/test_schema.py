"""Schemas: the text people write, the bytes that are signed, the values an issuer may sign."""

from __future__ import annotations

import dataclasses
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.circuits.building import PROBE, VALUES
from zkproof import codec
from zkproof.errors import DecodeError, SchemaError
from zkproof_circuits import library
from zkproof_circuits.schema import Attribute, Schema
from zkproof_circuits.schema_text import parse_schema
from zkproof_circuits.types import Date, Integer, LinkSecret, Money, Text

TEXT = """
id = "card"
version = 1
[title]
en = "Card"
[roles]
holder = "secret"
valid_from = "first"
valid_until = "last"
[[attributes]]
name = "secret"
type = { kind = "link_secret" }
blind = true
label = { en = "secret" }
[[attributes]]
name = "limit"
type = { kind = "money", currency = "MOP", scale = 2, maximum = 100_00 }
label = { en = "limit" }
[[attributes]]
name = "first"
type = { kind = "date" }
label = { en = "first" }
[[attributes]]
name = "last"
type = { kind = "date" }
label = { en = "last" }
"""
CARD = parse_schema(TEXT)
ISSUED = {"limit": 5, "first": 100, "last": 200}


def test_schema_text_gives_the_schema_it_says() -> None:
    assert CARD.names == ("secret", "limit", "first", "last")
    assert CARD.attribute("limit") == Attribute(
        "limit", Money("MOP", 2, 10_000), CARD.attribute("limit").label
    )
    assert CARD.index("last") == 3
    assert CARD.roles.record_id is None


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('id = "card"', 'id = "Card"', r"^id: "),
        ('id = "card"', "", r"'id' is a required property"),
        ("version = 1", "version = 0", r"^version: "),
        ("version = 1", "version = true", r"^version: "),
        ("version = 1", "version = 1.0", r"version"),
        ("version = 1", "version = 1\nissuer = 'x'", r"'issuer' was unexpected"),
        ('en = "Card"', 'de = "Karte"', r"^title: "),
        ('en = "Card"', 'en = "Card"\nfr = "Carte"', r"^title: "),
        ('en = "Card"', 'en = "Card\\u202e"', r"^title: label en"),
        ('holder = "secret"', 'holder = "limit"', r"roles.holder: limit is not"),
        ('holder = "secret"', 'holder = "owner"', r"roles.holder: no attribute owner"),
        ('holder = "secret"', 'owner = "secret"', r"^roles: "),
        ("blind = true", "blind = false", r"attributes\[0\]: secret: a link_secret is always"),
        ("blind = true", "blind = 1", r"^attributes\[0\].blind: "),
        ('name = "limit"', 'name = "first"', r"first stands twice"),
        ('name = "limit"', 'name = "Limit"', r"^attributes\[1\].name: "),
        ('kind = "money"', 'kind = "cash"', r"^attributes\[1\].type.kind: "),
        ("scale = 2", "scale = 20", r"^attributes\[1\].type.scale: "),
        ("maximum = 100_00", "maximum = 100.00", r"^attributes\[1\].type.maximum: "),
        ("maximum = 100_00", "", r"^attributes\[1\].type.maximum: missing|not TOML"),
        ("[roles]", "[roles", r"^schema: not TOML: .*line 6"),
    ],
)
def test_schema_text_is_refused_naming_the_path(old: str, new: str, match: str) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(SchemaError, match=match):
        parse_schema(TEXT.replace(old, new))


def test_blind_integer_has_a_narrow_box() -> None:
    label = CARD.attribute("limit").label
    Attribute("x", Text(), label, blind=True)
    Attribute("x", Date(), label)
    Attribute("x", Integer(0, (1 << 64) - 1), label, blind=True)
    with pytest.raises(SchemaError, match="blind integer has a box of at most 64 bits"):
        Attribute("x", Integer(0, 1 << 64), label, blind=True)
    with pytest.raises(SchemaError, match="always blind"):
        Attribute("x", LinkSecret(), label)


TRAFFIC = """
id = "signal"
version = 1
title = { en = "Signal" }
[[attributes]]
name = "light"
type = { kind = "enum", members = ["go", "stop"] }
label = { en = "light" }
member_labels = [{ en = "green", pt = "verde" }, { en = "red", pt = "vermelho" }]
"""


def test_members_are_read_by_their_labels() -> None:
    light = parse_schema(TRAFFIC).attribute("light")
    assert [light.format(0, "pt"), light.format(1, "pt"), light.format(1, "zh-Hant")] == [
        "verde",
        "vermelho",
        "red",
    ]
    plain = dataclasses.replace(light, member_labels=())
    assert plain.format(0, "pt") == "go"
    with pytest.raises(SchemaError):
        light.format(2, "pt")


def test_digest_covers_labels_of_members_and_there_is_one_encoding_without() -> None:
    signal = parse_schema(TRAFFIC)
    assert Schema.from_bytes(signal.to_bytes()) == signal
    assert parse_schema(TRAFFIC.replace("verde", "lima")).digest != signal.digest
    bare = dataclasses.replace(
        signal, attributes=(dataclasses.replace(signal.attribute("light"), member_labels=()),)
    )
    assert b"member_labels" not in bare.to_bytes()
    mapping: Any = codec.decode(bare.to_bytes(), field="schema")
    mapping["attributes"][0]["member_labels"] = []
    with pytest.raises(DecodeError, match="canonical"):
        Schema.from_bytes(codec.encode(mapping))


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        (', { en = "red", pt = "vermelho" }', "", r"member_labels"),
        (', { en = "red", pt = "vermelho" }', ', { en = "red" }, { en = "x" }', r"one for each"),
        ('en = "red"', 'en = "green"', r"two read the same in"),
        ('pt = "vermelho"', 'pt = "verde"', r"two read the same in pt"),
        ('en = "red", ', "", r"member_labels\[1\]"),
        ('kind = "enum", members = ["go", "stop"]', 'kind = "bool"', r"one for each member"),
    ],
)
def test_labels_that_do_not_tell_members_apart_are_refused(old: str, new: str, match: str) -> None:
    parse_schema(TRAFFIC)
    assert TRAFFIC.count(old) == 1
    with pytest.raises(SchemaError, match=match):
        parse_schema(TRAFFIC.replace(old, new))


def test_schema_without_attributes_is_refused() -> None:
    with pytest.raises(SchemaError, match="1 to 128"):
        dataclasses.replace(CARD, attributes=())


@pytest.mark.parametrize("schema", [CARD, PROBE, *library.all_schemas()], ids=lambda s: s.id)
def test_schema_is_read_back_as_it_was_written(schema: Schema) -> None:
    read = Schema.from_bytes(schema.to_bytes())
    assert read == schema
    assert read.digest == schema.digest
    assert hash(read) == hash(schema)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "cards"},
        {"version": 2},
        {"title": dataclasses.replace(CARD.title, en="A card")},
        {"attributes": CARD.attributes[:1] + CARD.attributes[:0:-1]},
        {"roles": dataclasses.replace(CARD.roles, valid_from=None)},
        {
            "attributes": (
                CARD.attributes[0],
                dataclasses.replace(CARD.attributes[1], type=Money("MOP", 2, 10_001)),
                *CARD.attributes[2:],
            )
        },
    ],
    ids=lambda change: next(iter(change)),
)
def test_digest_covers_everything_in_a_schema(change: dict[str, Any]) -> None:
    assert dataclasses.replace(CARD).digest == CARD.digest
    assert dataclasses.replace(CARD, **change).digest != CARD.digest


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("id",), 5),
        (("version",), "1"),
        (("version",), True),
        (("title",), "Card"),
        (("title", "en"), 5),
        (("roles",), []),
        (("roles", "holder"), 5),
        (("roles", "owner"), "secret"),
        (("attributes",), {}),
        (("attributes", 0), 5),
        (("attributes", 0, "name"), 5),
        (("attributes", 0, "blind"), 1),
        (("attributes", 0, "more"), 1),
        (("attributes", 0, "label"), {}),
        (("attributes", 1, "type"), None),
        (("attributes", 1, "type", "scale"), "2"),
        # Another way to write the same bound, which must not be a second encoding.
        (("attributes", 1, "type", "maximum"), 10_000),
    ],
)
def test_bytes_of_a_schema_with_one_thing_wrong_are_refused(path: Any, value: Any) -> None:
    mapping: Any = codec.decode(CARD.to_bytes(), field="schema")
    inner = mapping
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(DecodeError, match=r"^schema: "):
        Schema.from_bytes(codec.encode(mapping))


@given(st.binary(max_size=64))
def test_other_bytes_are_refused_without_a_traceback(data: bytes) -> None:
    with pytest.raises(DecodeError):
        Schema.from_bytes(data)


@given(st.integers(0, len(CARD.to_bytes()) - 1), st.integers(1, 255))
def test_bytes_with_one_octet_changed_are_refused_or_another_schema(place: int, mask: int) -> None:
    data = bytearray(CARD.to_bytes())
    data[place] ^= mask
    try:
        read = Schema.from_bytes(bytes(data))
    except DecodeError:
        return
    assert read.to_bytes() == bytes(data)
    assert read.digest != CARD.digest


def test_values_that_an_issuer_may_sign_are_passed_on() -> None:
    assert CARD.check_issued(ISSUED) == ISSUED


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"limit": 10_001}, "^limit: outside"),
        ({"limit": -1}, "^limit: outside"),
        ({"limit": "5"}, "^limit: an integer"),
        ({"limit": True}, "^limit: an integer"),
        ({"limit": 5.0}, "^limit: an integer"),
        ({"secret": b"\x01" * 32}, "^secret: not expected"),
        ({"more": 1}, "^more: not expected"),
        ({"first": 201}, "^last: before first"),
    ],
)
def test_values_that_an_issuer_must_not_sign_are_refused(
    change: dict[str, Any], match: str
) -> None:
    with pytest.raises(SchemaError, match=match):
        CARD.check_issued({**ISSUED, **change})


def test_value_that_is_missing_is_named() -> None:
    with pytest.raises(SchemaError, match=r"^limit: value missing"):
        CARD.check_issued({"first": 1, "last": 2})


def test_validity_includes_its_first_and_last_day() -> None:
    days = [day for day in range(90, 210) if CARD.is_valid_on(ISSUED, day)]
    assert days == list(range(100, 201))
    assert PROBE.is_valid_on(VALUES, 0)


def test_record_of_texts_becomes_values() -> None:
    record = {"limit": "99.99", "first": "1970-01-02", "last": "1970-01-03"}
    assert CARD.parse_record(record) == {"limit": 9999, "first": 1, "last": 2}
    with pytest.raises(SchemaError, match=r"^limit: "):
        CARD.parse_record({**record, "limit": "99.9"})
    with pytest.raises(SchemaError, match=r"^last: value missing"):
        CARD.parse_record({"limit": "1", "first": "1970-01-02"})


def test_unknown_attribute_is_named() -> None:
    with pytest.raises(SchemaError, match="no attribute balance"):
        CARD.attribute("balance")
