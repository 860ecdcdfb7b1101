"""Deterministic CBOR: one value, one encoding, everything else refused."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkproof.codec import MAX_DEPTH, decode, encode
from zkproof.errors import DecodeError, UsageError

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.binary(max_size=30)
    | st.text(max_size=30)
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.integers(-(2**64), 2**64 - 1), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(values)
def test_values_come_back(value: Any) -> None:
    assert decode(encode(value), field="t") == value


@given(st.binary(max_size=60))
def test_what_decodes_encodes_to_the_same_octets(data: bytes) -> None:
    try:
        value = decode(data, field="t")
    except DecodeError:
        return
    assert encode(value) == data


@given(value=values, position=st.integers(0, 10**6), octet=st.integers(0, 255))
def test_a_changed_octet_is_refused_or_another_value(value: Any, position: int, octet: int) -> None:
    data = bytearray(encode(value))
    data[position % len(data)] = octet
    changed = bytes(data)
    try:
        read = decode(changed, field="t")
    except DecodeError:
        return
    assert encode(read) == changed


@given(values)
def test_every_truncation_and_extension_is_refused(value: Any) -> None:
    data = encode(value)
    for cut in range(len(data)):
        with pytest.raises(DecodeError):
            decode(data[:cut], field="t")
    with pytest.raises(DecodeError):
        decode(data + b"\0", field="t")


def test_keys_stand_in_bytewise_order_of_their_encodings() -> None:
    value = {"b": 1, "a": 2, "aa": 3, 10: 4, 100: 5, -1: 6, 0: 7}
    assert (
        encode(value).hex()
        == "a70007" + "0a04" + "186405" + "2006" + "616102" + "616201" + "62616103"
    )


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("long form of 1", "1801"),
        ("long form of a length", "5801aa"),
        ("keys out of order", "a2616202616101"),
        ("keys twice", "a2616101616102"),
        ("float", "f90000"),
        ("double", "fb3ff0000000000000"),
        ("undefined", "f7"),
        ("simple value", "f0"),
        ("tag: date", "c11a514b67b0"),
        ("tag: bignum", "c249010000000000000000"),
        ("tag: bignum of a small value", "c24101"),
        ("tag: self-described", "d9d9f700"),
        ("tag: unknown", "d8c800"),
        ("tag: shared reference", "d81c81d81d00"),
        ("tag: regular expression", "d82361" + "61"),
        ("indefinite array", "9f01ff"),
        ("indefinite octets", "5f4101ff"),
        ("indefinite map", "bf616101ff"),
        ("break alone", "ff"),
        ("invalid UTF-8", "62c328"),
        ("octets as key", "a1410101"),
        ("array as key", "a1810101"),
        ("null as key", "a1f601"),
        ("boolean as key", "a1f501"),
        ("huge declared octets", "5bffffffffffffffff"),
        ("huge declared array", "9bffffffffffffffff"),
        ("huge declared map", "bbffffffffffffffff"),
        ("two items", "0101"),
        ("nothing", ""),
        ("reserved length", "1c"),
    ],
)
def test_other_encodings_are_refused(name: str, data: str) -> None:
    with pytest.raises(DecodeError, match=r"^t: "):
        decode(bytes.fromhex(data), field="t")


def tagged(tag: int, content: bytes) -> bytes:
    """The shortest head of a tag, and what it is about."""
    plain = encode(tag)
    return bytes((plain[0] | 0xC0,)) + plain[1:] + content


CONTENTS = [
    "00",
    "40",
    "60",
    "6161",
    "80",
    "820103",
    "8200810000",
    "a0",
    "74" + b"2013-03-21T20:04:00Z".hex(),
]


@pytest.mark.parametrize("content", CONTENTS)
def test_no_tag_is_read_whatever_it_is_about(content: str) -> None:
    octets = bytes.fromhex(content)
    for tag in (*range(1100), 43000, 55799, 55800, 2**32, 2**64 - 1):
        with pytest.raises(DecodeError) as caught:
            decode(tagged(tag, octets), field="t")
        # A rule about the value would mean that the library had built one.
        assert caught.value.rule == "not well-formed deterministic CBOR", tag


def test_references_that_stand_for_more_than_can_be_written_are_refused_at_once() -> None:
    """Five levels of twenty references to the level below: three million values in 276 octets."""
    levels = [tagged(28, b"\x94" + bytes(20))]
    for below in range(4):
        levels.append(tagged(28, b"\x94" + tagged(29, bytes((below,))) * 20))
    data = b"\x85" + b"".join(levels)
    assert len(data) < 300
    with pytest.raises(DecodeError, match="well-formed"):
        decode(data, field="t")
    strings = tagged(256, b"\x98\x64" + b"\x79\x03\xe8" + b"a" * 1000 + tagged(25, b"\0") * 99)
    with pytest.raises(DecodeError, match="well-formed"):
        decode(strings, field="t")


def test_depth_is_bounded_both_ways() -> None:
    value: Any = 0
    for _ in range(MAX_DEPTH):
        value = [value]
    assert decode(encode(value), field="t") == value
    with pytest.raises(UsageError, match="deeper"):
        encode([value])
    for depth in (MAX_DEPTH + 1, 1000, 100_000):
        with pytest.raises(DecodeError):
            decode(b"\x81" * depth + b"\0", field="t")


def test_size_is_bounded() -> None:
    data = encode(bytes(100))
    assert decode(data, field="t", max_bytes=len(data)) == bytes(100)
    with pytest.raises(DecodeError, match="at most"):
        decode(data, field="t", max_bytes=len(data) - 1)


@pytest.mark.parametrize(
    "value", [1.5, {1, 2}, object(), 2**64, -(2**64) - 1, {b"k": 1}, {True: 1}]
)
def test_values_outside_the_model_are_a_callers_mistake(value: Any) -> None:
    with pytest.raises(UsageError):
        encode(value)


def test_other_encoders_deterministic_output_is_the_same_for_text_keys() -> None:
    value = {"a": [1, b"x", None], "b": {"c": True}}
    assert encode(value) == cbor2.dumps(value, canonical=True)


@pytest.mark.parametrize("data", [bytearray(b"\0"), "00", 0, None, memoryview(b"\0")])
def test_only_octets_are_read(data: Any) -> None:
    assert decode(b"\0", field="t") == 0
    with pytest.raises(UsageError, match="expected bytes"):
        decode(data, field="t")


def test_booleans_are_no_integers() -> None:
    assert decode(encode([True, 1, False, 0]), field="t") == [True, 1, False, 0]
    assert encode(True) != encode(1)
