"""Values of every type: what is accepted, in which one form, and what is not."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from zkproof.errors import SchemaError
from zkproof_circuits.bounds import GROUP_ORDER
from zkproof_circuits.labels import LANGUAGES, Labels
from zkproof_circuits.types import (
    AttributeType,
    Boolean,
    Bytes,
    Code,
    Date,
    Digest,
    Enumeration,
    Identifier,
    Integer,
    LinkSecret,
    Money,
    Text,
    Timestamp,
    Value,
    type_from_spec,
)
from zkproof_circuits.types.codes import letters_of, numbers

MACAU = datetime.timezone(datetime.timedelta(hours=8))
MONEY = Money("MOP", 2, 10**15)
BIRTH = Date(datetime.date(1900, 1, 1))

TYPES: list[AttributeType] = [
    Integer(-5, 300),
    Integer(0, 2**99, "months"),
    MONEY,
    Money("JPY", 0, 10**6, -10),
    Date(),
    BIRTH,
    Timestamp(),
    Identifier(),
    Code("country"),
    Code("currency", ("HKD", "MOP")),
    Boolean(),
    Enumeration(("a", "b-1")),
    Text(),
    Text(5),
    Bytes(3),
    Digest("sha-256"),
    Digest("sm3"),
    LinkSecret(),
]


@pytest.mark.parametrize("kind", TYPES, ids=repr)
def test_type_is_read_back_from_its_specification(kind: AttributeType) -> None:
    assert type_from_spec(kind.spec()) == kind


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Integer(-5, 300), "300", 300),
        (Integer(-5, 300), "-5", -5),
        (Integer(0, 5000), "5_000", 5000),
        (MONEY, "500000.00", 50_000_000),
        (MONEY, "500_000.00", 50_000_000),
        (MONEY, "500_000", 50_000_000),
        (MONEY, "0.05", 5),
        (Money("JPY", 0, 10**6), "1_000", 1000),
        (Money("MOP", 2, 10, -10), "-0.10", -10),
        (Date(), "1970-01-01", 0),
        (Date(), "2026-11-23", 20_780),
        (BIRTH, "1969-12-31", -1),
        (Timestamp(), "1970-01-02T00:00:01Z", 86_401),
        (Identifier(), "1", 1),
        (Code("country"), "MO", 446),
        (Code("currency"), "CNY", 156),
        (Boolean(), "true", 1),
        (Enumeration(("a", "b")), "b", 1),
        (Text(), "Banco Comercial, 澳門", "Banco Comercial, 澳門"),
        (Text(), "e\u0301", "\u00e9"),
        (Bytes(), "00ff", b"\x00\xff"),
        (Digest("sm3"), "ab" * 32, b"\xab" * 32),
    ],
)
def test_text_is_read(kind: AttributeType, text: str, value: Value) -> None:
    assert kind.parse(text) == value
    assert kind.check(value) == value
    assert kind.parse(kind.to_text(value)) == value


@pytest.mark.parametrize(
    ("kind", "refused", "accepted"),
    [
        (Integer(0, 9), "10", "9"),
        (Integer(0, 9), "-1", "1"),
        (Integer(0, 9), "07", "7"),
        (Integer(0, 9), "+7", "7"),
        (Integer(0, 9), " 7", "7"),
        (Integer(0, 9), "7.0", "7"),
        (Integer(0, 9), "7e0", "7"),
        (Integer(0, 9), "\u0667", "7"),
        (Integer(0, 9), "-0", "0"),
        (Integer(0, 9), "", "0"),
        (Integer(0, 9999), "10_00", "1_000"),
        (Integer(0, 9999), "1__000", "1_000"),
        (MONEY, "1.5", "1.50"),
        (MONEY, "1.500", "1.50"),
        (MONEY, ".50", "0.50"),
        (MONEY, "1.", "1"),
        (MONEY, "1,000.00", "1_000.00"),
        (MONEY, "-1.00", "1.00"),
        (MONEY, "1.00 MOP", "1.00"),
        (MONEY, "9" * 70, "9"),
        (Date(), "1969-12-31", "1970-01-01"),
        (Date(), "2026-02-29", "2026-02-28"),
        (Date(), "2026-2-28", "2026-02-28"),
        (Date(), "20260228", "2026-02-28"),
        (Date(), "2026-W01-1", "2026-02-28"),
        (Date(), "9999-01-01", "2999-01-01"),
        (BIRTH, "1899-12-31", "1900-01-01"),
        (Timestamp(), "2026-02-28T24:00:00Z", "2026-02-28T23:59:59Z"),
        (Timestamp(), "2026-02-28T23:59:60Z", "2026-02-28T23:59:59Z"),
        (Timestamp(), "2026-02-28T23:59:59+00:00", "2026-02-28T23:59:59Z"),
        (Identifier(), "0", "1"),
        (Identifier(), str(2**40), str(2**40 - 1)),
        (Code("country"), "mo", "MO"),
        (Code("country"), "MAC", "MO"),
        (Code("country"), "446", "MO"),
        (Code("currency", ("MOP",)), "HKD", "MOP"),
        (Boolean(), "1", "true"),
        (Boolean(), "True", "true"),
        (Enumeration(("a", "b")), "c", "a"),
        (Text(3), "abcd", "abc"),
        (Text(), "", "a"),
        (Text(), " a", "a"),
        (Text(), "a\nb", "a b"),
        (Text(), "a\u202eb", "a b"),
        (Bytes(1), "0000", "00"),
        (Bytes(), "AB", "ab"),
        (Bytes(), "a", "0a"),
        (Digest("sha-256"), "ab" * 31, "ab" * 32),
    ],
)
def test_text_is_refused_without_being_repeated(
    kind: AttributeType, refused: str, accepted: str
) -> None:
    kind.parse(accepted, field="field")
    with pytest.raises(SchemaError) as caught:
        kind.parse(refused, field="field")
    assert caught.value.message.startswith("field: ")
    assert len(refused) < 4 or refused not in caught.value.message


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (Integer(0, 9), 9, 9),
        (MONEY, Decimal("1.5"), 150),
        (MONEY, Decimal("1E+3"), 100_000),
        (MONEY, "1.50", 150),
        (Date(), datetime.date(2026, 11, 23), 20_780),
        (Timestamp(), datetime.datetime(1970, 1, 1, 8, 0, 1, tzinfo=MACAU), 1),
        (Timestamp(), 5, 5),
        (Code("country"), "HK", 344),
        (Code("country"), 344, 344),
        (Boolean(), True, 1),
        (Enumeration(("a", "b")), "b", 1),
        (LinkSecret(), b"\x01" * 32, b"\x01" * 32),
    ],
)
def test_python_value_is_taken(kind: AttributeType, given: Any, value: Value) -> None:
    assert kind.from_python(given) == value


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Integer(0, 9), 9.0),
        (Integer(0, 9), True),
        (Integer(0, 9), "9"),
        (Integer(0, 9), None),
        (MONEY, 1.5),
        (MONEY, 150),
        (MONEY, Decimal("1.505")),
        (MONEY, Decimal("NaN")),
        (MONEY, Decimal("Infinity")),
        (MONEY, Decimal("1E+999999")),
        (Date(), datetime.datetime(2026, 11, 23, tzinfo=MACAU)),
        (Date(), 20_780),
        (Timestamp(), datetime.datetime(2026, 11, 23)),  # no time zone
        (Timestamp(), datetime.datetime(2026, 11, 23, 1, 1, 1, 1, tzinfo=MACAU)),
        (Code("country"), 9),
        (Boolean(), 1),
        (Enumeration(("a", "b")), 1),
        (Text(), b"a"),
        (Bytes(), "0a"),
        (LinkSecret(), bytes(32)),
        (LinkSecret(), GROUP_ORDER.to_bytes(32, "big")),
        (LinkSecret(), b"\x01" * 31),
    ],
)
def test_python_value_of_another_kind_is_refused(kind: AttributeType, given: Any) -> None:
    with pytest.raises(SchemaError):
        kind.from_python(given)


def test_link_secret_is_neither_read_from_text_nor_written() -> None:
    secret = b"\x01" * 32
    with pytest.raises(SchemaError):
        LinkSecret().parse(secret.hex())
    with pytest.raises(SchemaError):
        LinkSecret().to_text(secret)
    assert "01" not in LinkSecret().format(secret)


@pytest.mark.parametrize(
    ("spec", "match"),
    [
        ({"kind": "float"}, "type.kind"),
        ({}, "type.kind"),
        ([], "type: a table"),
        ({"kind": "int", "minimum": 0}, "type.maximum: missing"),
        ({"kind": "int", "minimum": 0, "maximum": 1, "scale": 2}, "type.scale: int has no"),
        ({"kind": "int", "minimum": 2, "maximum": 1}, "minimum is above"),
        ({"kind": "int", "minimum": 0, "maximum": 2**100}, "2\\^100"),
        ({"kind": "int", "minimum": 0, "maximum": "007"}, "maximum: an integer"),
        ({"kind": "int", "minimum": False, "maximum": 1}, "minimum: an integer"),
        ({"kind": "int", "minimum": 0, "maximum": 1.0}, "maximum: an integer"),
        ({"kind": "int", "minimum": 0, "maximum": 1, "unit": "Months"}, "unit"),
        ({"kind": "money", "currency": "XYZ", "scale": 2, "maximum": 1}, "currency"),
        ({"kind": "money", "currency": "MOP", "scale": 9, "maximum": 1}, "scale: 0 to"),
        ({"kind": "money", "currency": "MOP", "scale": True, "maximum": 1}, "scale"),
        ({"kind": "code", "list": "planet"}, "list"),
        ({"kind": "code", "list": "country", "allowed": ["MO", "HK"]}, "ascending"),
        ({"kind": "code", "list": "country", "allowed": "MO"}, "list of texts"),
        ({"kind": "enum", "members": ["a"]}, "members: 2 to"),
        ({"kind": "enum", "members": ["a", "a"]}, "stands twice"),
        ({"kind": "enum", "members": ["a", "B"]}, "members"),
        ({"kind": "text", "maximum_length": 0}, "maximum_length"),
        ({"kind": "digest", "algorithm": "md5"}, "algorithm"),
        ({"kind": "date", "minimum": "1700-01-01"}, "minimum"),
        ({"kind": "date", "minimum": "1980-01-01"}, "minimum"),
        ({"kind": "date", "minimum": 0}, "minimum"),
    ],
)
def test_specification_is_refused(spec: Any, match: str) -> None:
    with pytest.raises(SchemaError, match=match):
        type_from_spec(spec)


def test_bound_of_one_hundred_bits_is_the_first_refused() -> None:
    assert Integer(-(2**100) + 1, 2**100 - 1).box == (-(2**100) + 1, 2**100 - 1)
    with pytest.raises(SchemaError):
        Integer(0, 2**100)


@given(st.integers(0, 10**15))
def test_amount_is_read_back_from_its_text(value: int) -> None:
    assert MONEY.parse(MONEY.to_text(value)) == value


@given(st.integers(-25_567, 1 << 20))
def test_date_is_read_back_from_its_text(value: int) -> None:
    assert BIRTH.parse(BIRTH.to_text(value)) == value


@given(st.integers(0, 1 << 36))
def test_time_is_read_back_from_its_text(value: int) -> None:
    assert Timestamp().parse(Timestamp().to_text(value)) == value


def test_values_are_written_for_people_of_each_language() -> None:
    assert MONEY.format(123_456_789, "en") == "MOP 1,234,567.89"
    assert MONEY.format(123_456_789, "pt") == "1.234.567,89 MOP"
    assert MONEY.format(5, "zh-Hant") == "MOP 0.05"
    assert Integer(0, 9999).format(2025, "pt") == "2025"
    assert Integer(0, 9999, "months").format(2025, "en") == "2,025 months"
    assert Date().format(20_780, "en") == "2026-11-23"
    assert Date().format(20_780, "pt") == "23/11/2026"
    assert Date().format(20_780, "zh-Hans") == "2026年11月23日"
    assert [Boolean().format(1, language) for language in LANGUAGES] == ["是", "是", "sim", "yes"]


def test_code_table_agrees_with_the_standards_where_it_matters_here() -> None:
    assert numbers("country")["MO"] == numbers("currency")["MOP"] == 446
    assert numbers("country")["HK"] == numbers("currency")["HKD"] == 344
    assert numbers("country")["CN"] == numbers("currency")["CNY"] == 156
    assert numbers("country")["PT"] == 620
    assert numbers("currency")["EUR"] == 978


@pytest.mark.parametrize("code_list", ["country", "currency"])
def test_code_table_gives_each_code_one_number_below_a_thousand(code_list: Any) -> None:
    table = numbers(code_list)
    assert len(set(table.values())) == len(table) > 150
    assert all(0 <= number <= 999 for number in table.values())
    assert all(letters_of(code_list, number) == code for code, number in table.items())


def test_label_falls_back_to_english() -> None:
    labels = Labels(en="bank", pt="banco")
    assert labels.text("pt") == "banco"
    assert labels.text("zh-Hant") == "bank"


@pytest.mark.parametrize("text", ["", " x", "x\n", "x\u202ey", "e\u0301", "x" * 201])
def test_label_that_could_mislead_is_refused(text: str) -> None:
    Labels(en="x")
    with pytest.raises(SchemaError):
        Labels(en=text)
