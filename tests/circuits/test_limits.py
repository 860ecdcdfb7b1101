"""Limits are said at the statement that goes beyond them, and soon."""

from __future__ import annotations

import time

import pytest

from tests.circuits.building import HEAD, TODAY, analyse
from zkproof.errors import PolicyError
from zkproof_circuits.labels import Labels
from zkproof_circuits.policy import analyse_policy
from zkproof_circuits.schema import MAX_ATTRIBUTES, Attribute, Schema
from zkproof_circuits.types import Integer

LINE = HEAD.count("\n")


def joined(word: str, count: int) -> str:
    return f" {word} ".join(f"p.big >= {k}" for k in range(count))


def numbers(count: int) -> str:
    return "{" + ", ".join(map(str, range(count))) + "}"


MANY = "\n".join(f'credential c{k}: probe from "issuer"' for k in range(15))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (MANY, 15, "17 credentials, at most 16"),
        ("\n".join(f"require p.big != {k}" for k in range(130)), 128, "131 requirements, at most"),
        (
            "\n".join(f"require p.big >= {k}" for k in range(1, 66)),
            65,
            "65 inequalities up to here",
        ),
        ("\n" * 9 + f"require {joined('or', 501)}", 10, "at most 500 conditions"),
        (
            f"list d = {numbers(900)}\n" + "require p.big in d\n" * 8,
            9,
            "have 7200 values, at most 6400",
        ),
        (f"require p.big in {numbers(1001)}", 1, "a set of 1001 values, at most 1000"),
        ("require p.big >= 1\nrequire p.n in {" + "1, " * 2000 + "2}", 2, "a set of 2001 values"),
        (
            "\n".join(f"require p.big not in {numbers(k)}" for k in (190, 191, 192)),
            3,
            "need 573 auxiliary secrets, at most 400",
        ),
        (
            f"require {'(' * 5000}p.flag{')' * 5000}\nrequire p.flag = {'-' * 99}1",
            2,
            "deeper than 48",
        ),
        ("require p.n >= 1\nrequire p.n <= " + "9" * 9000, 2, "a number of more than 40"),
        ("require distinct " + ", ".join(["p.n", "q.n"] * 20), 1, "40 attributes make 780 pairs"),
        ("require p.n >= 1\n" + "# " + "x" * 20000, 2, "characters, at most 20000"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_limit_is_said_where_it_is_passed(text: str, line: int, message: str) -> None:
    start = time.perf_counter()
    with pytest.raises(PolicyError, match=message) as caught:
        analyse(text)
    assert caught.value.line == line + LINE
    assert time.perf_counter() - start < 3


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"require p.big >= {k}" for k in range(1, 65)),
        f"require {'(' * 5000}p.flag{')' * 5000}",
        "require " + " and ".join(f"p.big != {k}" for k in range(300)),
        f"require p.big in {numbers(1000)}",
    ],
    ids=lambda value: value[:24],
)
def test_what_is_within_the_limits_compiles_soon(text: str) -> None:
    start = time.perf_counter()
    analyse(text)
    assert time.perf_counter() - start < 3


def test_product_of_wide_sums_is_refused_before_it_is_worked_out() -> None:
    label = Labels("x")
    names = [f"x{k}" for k in range(MAX_ATTRIBUTES)]
    kind = Integer(0, 1000)
    schema = Schema("wide", 1, label, tuple(Attribute(name, kind, Labels(name)) for name in names))
    total = " + ".join(f"{alias}.{name}" for alias in "ab" for name in names)
    head = 'policy t v1 purpose "t"\ncredential a: wide from "x"\ncredential b: wide from "x"\n'
    analyse_policy(f"{head}require a.x1 * b.x1 >= 5", [schema], today=TODAY)
    start = time.perf_counter()
    with pytest.raises(PolicyError, match="more than 50000 terms") as caught:
        analyse_policy(f"{head}require ({total}) * ({total}) >= 5", [schema], today=TODAY)
    assert caught.value.line == 4
    assert time.perf_counter() - start < 3
