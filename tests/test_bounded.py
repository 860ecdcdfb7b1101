"""Texts are bounded before they are parsed, and what passes means what the parsers say."""

from __future__ import annotations

import contextlib
import json
import tomllib
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkproof.bounded import MAX_DEPTH, MAX_DIGITS, MAX_KEY_PARTS, load_json, load_toml
from zkproof.errors import DecodeError, SchemaError
from zkproof_circuits import library
from zkproof_circuits.library import reading
from zkproof_circuits.schema_text import parse_schema

AWKWARD = """
# a comment with [[[[ and a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r and "
a = "[[[[[[ \\" # . . . . . . . . . . . . . . . . . . "
b = '\\'
c = \"\"\"three "quotes" and one more\"\"\"\"
d = '''it's [ { # '''
e = { f = [[1, 2], [3]], g.h = 1979-05-27 }
[x."y.z".w]
v = 1_000
"""


def test_text_with_every_kind_of_string_means_what_the_parser_says() -> None:
    assert load_toml(AWKWARD, field="t") == tomllib.loads(AWKWARD)


@pytest.mark.parametrize("name", library.schema_names())
def test_packaged_schemas_pass(name: str) -> None:
    text = reading.text_of("schemas", name, ".toml", library.schema_names())
    assert load_toml(text, field="schema") == tomllib.loads(text)


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        (".".join(["a"] * MAX_KEY_PARTS), ".".join(["a"] * (MAX_KEY_PARTS + 1)), "parts"),
        ("a." * (MAX_KEY_PARTS - 1) + "'b'", "a . " * MAX_KEY_PARTS + "'b'", "parts"),
    ],
)
def test_dotted_key_of_too_many_parts_is_refused(right: str, wrong: str, rule: str) -> None:
    load_toml(f"{right} = 1", field="t")
    load_toml(f"[{right}]", field="t")
    for text in (f"{wrong} = 1", f"[{wrong}]", f"x = {{ {wrong} = 1 }}"):
        with pytest.raises(DecodeError, match=f"line 1: .*{rule}"):
            load_toml(text, field="t")


def test_memory_stays_small_whatever_the_key() -> None:
    text = ".".join(["a"] * 30_000) + " = 1"
    tracemalloc.start()
    with pytest.raises(DecodeError):
        load_toml(text, field="t")
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


def test_depth_is_bounded() -> None:
    load_toml("a = " + "[" * MAX_DEPTH + "]" * MAX_DEPTH, field="t")
    for deep in (MAX_DEPTH + 1, 5000):
        with pytest.raises(DecodeError, match="nested deeper"):
            load_toml("a = " + "[" * deep + "]" * deep, field="t")


def test_length_of_numbers_is_bounded() -> None:
    assert load_toml("a = " + "9" * MAX_DIGITS, field="t")["a"] == 10**MAX_DIGITS - 1
    assert load_json(b"9" * MAX_DIGITS, field="j") == 10**MAX_DIGITS - 1
    for count in (MAX_DIGITS + 1, 5000):
        with pytest.raises(DecodeError, match="digits"):
            load_toml("\na = " + "9" * count, field="t")
        with pytest.raises(DecodeError, match="digits"):
            load_json(b"[" + b"9" * count + b"]", field="j")


@pytest.mark.parametrize("base", ["0x", "0o", "0b"])
def test_length_of_numbers_is_bounded_in_every_base(base: str) -> None:
    fits = base + "1" * (MAX_DIGITS - len(base))
    assert load_toml(f"a = [{fits}, 1]", field="t")["a"][0] == int(fits, 0)
    for count in (MAX_DIGITS + 1, 5000):
        with pytest.raises(DecodeError, match="line 2: a number of more"):
            load_toml(f"\na = {base}{'1' * count}", field="t")
    with pytest.raises(DecodeError, match="a number of more"):
        load_toml("a = 0x" + "dEadbeef_" * 20 + "1", field="t")


def test_long_names_and_words_are_no_numbers() -> None:
    text = f"{'deadbeef' * 20} = 1\nb = '{'f' * 500}'\n# {'0xff' * 100}\n"
    assert load_toml(text, field="t") == tomllib.loads(text)


def test_number_in_a_schema_too_long_to_be_printed_is_refused() -> None:
    text = reading.schema_text("identity")
    parse_schema(text)
    with pytest.raises(SchemaError, match="digits"):
        parse_schema(text.replace("version = 1", "version = 0x" + "f" * 5000))


def test_half_of_a_surrogate_pair_is_refused() -> None:
    assert load_json(b'["\\ud83d\\ude00", "\\u00e9"]', field="j") == ["\U0001f600", "\xe9"]
    for data in (b'["\\ud83d"]', b'{"\\ude00": 1}', b'"\\ud83d \\ude00"'):
        with pytest.raises(DecodeError, match="surrogate"):
            load_json(data, field="j")
    assert load_toml("a = '\U0001f600'", field="t") == {"a": "\U0001f600"}
    with pytest.raises(DecodeError, match="surrogate"):
        load_toml("a = '\ud83d'", field="t")


@pytest.mark.parametrize("text", ['a = "', "a = '''x", 'a = """x"" "', "a = 1 = 2", "a", "\ud800"])
def test_text_that_is_not_toml_is_refused(text: str) -> None:
    with pytest.raises(DecodeError, match=r"^t: "):
        load_toml(text, field="t")


def test_size_is_bounded() -> None:
    assert load_json(b'"' + b"a" * 98 + b'"', field="j", max_bytes=100) == "a" * 98
    with pytest.raises(DecodeError, match="at most 100"):
        load_json(b'"' + b"a" * 99 + b'"', field="j", max_bytes=100)
    with pytest.raises(DecodeError, match="at most 10"):
        load_toml("a = 123456789", field="t", max_bytes=10)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b'{"a": 1, "a": 1}', '"a" stands twice'),
        (b'{"x": {"a": 1, "b": 2, "a": 3}}', '"a" stands twice'),
        (b'{"a": 1.5}', "fraction"),
        (b'{"a": 1e3}', "fraction"),
        (b"NaN", "NaN"),
        (b"[-Infinity]", "Infinity"),
        (b"\xff", "UTF-8"),
        (b"{", "JSON"),
        (b"[" * 33 + b"]" * 33, "deeper than 32"),
        (b"[" * 100_000, "deeper than 32"),
        (b'{"a":' * 20_000, "deeper than 32"),
        (b'{"\\\\": ' + b"[" * 100_000, "deeper than 32"),
        (b'"' + b"\\" * 100_000, "JSON"),
        (b"", "JSON"),
    ],
)
def test_json_that_could_be_read_in_two_ways_is_refused(data: bytes, rule: str) -> None:
    assert load_json(b'{"a": 1, "b": [true, null, "x"]}', field="j") == {
        "a": 1,
        "b": [True, None, "x"],
    }
    with pytest.raises(DecodeError, match=rule):
        load_json(data, field="j")


def test_brackets_in_json_strings_are_no_depth() -> None:
    for text in ("[" * 1_000, 'a"' + "{" * 1_000, "\\" * 3 + "["):
        assert load_json(json.dumps(["[" * 40, text]).encode(), field="j") == ["[" * 40, text]
    assert load_json(b"[" * 32 + b"]" * 32, field="j") is not None


@given(st.text(max_size=200))
def test_whatever_the_text_only_the_family_comes_out(text: str) -> None:
    with contextlib.suppress(DecodeError):
        assert load_toml(text, field="t") == tomllib.loads(text)
    with contextlib.suppress(DecodeError):
        octets = text.encode("utf-8", "ignore")
        assert load_json(octets, field="j") == json.loads(octets)
