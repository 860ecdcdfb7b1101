"""Every sign and connective on every value of small types, against Python's own reading."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from fractions import Fraction

import pytest

from tests.circuits.building import HEAD, PROBE, TODAY, VALUES, analyse
from zkproof_circuits.circuit import (
    And,
    Equal,
    Formula,
    Inequality,
    LinearZero,
    Member,
    NotEqual,
    NotMember,
    NotZero,
    Or,
    QuadraticZero,
)
from zkproof_circuits.evaluate import evaluate
from zkproof_circuits.policy import compile_policy
from zkproof_circuits.types import day_number

Reading = Callable[[int, int], bool]

CASES: list[tuple[str, Reading]] = [
    ("p.m = 3", lambda m, n: m == 3),
    ("p.m != 3", lambda m, n: m != 3),
    ("p.m < 3", lambda m, n: m < 3),
    ("p.m <= 3", lambda m, n: m <= 3),
    ("p.m > 3", lambda m, n: m > 3),
    ("p.m >= 3", lambda m, n: m >= 3),
    ("3 < p.m", lambda m, n: m > 3),
    ("not p.m = 3", lambda m, n: m != 3),
    ("not p.m != 3", lambda m, n: m == 3),
    ("not p.m < 3", lambda m, n: m >= 3),
    ("not p.m <= 3", lambda m, n: m > 3),
    ("not p.m > 3", lambda m, n: m <= 3),
    ("not p.m >= 3", lambda m, n: m < 3),
    ("3 * p.m >= 7", lambda m, n: 3 * m >= 7),
    ("3 * p.m > 6", lambda m, n: 3 * m > 6),
    ("3 * p.m <= 7", lambda m, n: 3 * m <= 7),
    ("3 * p.m < -6", lambda m, n: 3 * m < -6),
    ("p.m / 3 >= 1.5", lambda m, n: m >= Fraction(9, 2)),
    ("p.m = p.n", lambda m, n: m == n),
    ("p.m != p.n", lambda m, n: m != n),
    ("p.m < p.n", lambda m, n: m < n),
    ("2 * p.m = 3 * p.n", lambda m, n: 2 * m == 3 * n),
    ("2 * p.m != 3 * p.n", lambda m, n: 2 * m != 3 * n),
    ("p.m * p.n >= 10", lambda m, n: m * n >= 10),
    ("p.m * p.n = 12", lambda m, n: m * n == 12),
    ("p.m * p.n != 12", lambda m, n: m * n != 12),
    ("p.m * p.m <= 9", lambda m, n: m * m <= 9),
    ("p.m / p.n <= 0.4", lambda m, n: Fraction(m, n) <= Fraction(2, 5)),
    ("p.m / p.n > 1 / 3", lambda m, n: Fraction(m, n) > Fraction(1, 3)),
    ("1 / p.n >= 0.25", lambda m, n: Fraction(1, n) >= Fraction(1, 4)),
    ("p.m between -2 and 4", lambda m, n: -2 <= m <= 4),
    ("p.m not between -2 and 4", lambda m, n: not -2 <= m <= 4),
    ("not p.m between -2 and 4", lambda m, n: not -2 <= m <= 4),
    ("not p.m not between -2 and 4", lambda m, n: -2 <= m <= 4),
    ("p.m between 4 and 4", lambda m, n: m == 4),
    ("p.m not between 4 and 4", lambda m, n: m != 4),
    ("p.m between -9 and 4", lambda m, n: m <= 4),
    ("p.m not between -9 and 4", lambda m, n: m > 4),
    ("p.m between 4 and 30", lambda m, n: m >= 4),
    ("p.m between p.n and 6", lambda m, n: n <= m <= 6),
    ("p.m not between p.n and 6", lambda m, n: not n <= m <= 6),
    ("2 * p.m + p.n between 1 and 8", lambda m, n: 1 <= 2 * m + n <= 8),
    ("2 * p.m + p.n not between 1 and 8", lambda m, n: not 1 <= 2 * m + n <= 8),
    ("p.m in {-1, 2, 5}", lambda m, n: m in {-1, 2, 5}),
    ("p.m not in {-1, 2, 5}", lambda m, n: m not in {-1, 2, 5}),
    ("not p.m in {-1, 2, 5}", lambda m, n: m not in {-1, 2, 5}),
    ("p.m in {2}", lambda m, n: m == 2),
    ("p.m not in {2}", lambda m, n: m != 2),
    ("p.m >= 1 and p.n >= 5", lambda m, n: m >= 1 and n >= 5),
    ("p.m >= 1 or p.n >= 5", lambda m, n: m >= 1 or n >= 5),
    ("not (p.m >= 1 and p.n >= 5)", lambda m, n: not (m >= 1 and n >= 5)),
    ("not (p.m >= 1 or p.n >= 5)", lambda m, n: not (m >= 1 or n >= 5)),
    (
        "p.m >= 1 or p.n >= 5 and p.m < 0",
        lambda m, n: m >= 1 or (n >= 5 and m < 0),
    ),
    (
        "(p.m >= 1 or p.n >= 5) and p.m < 4",
        lambda m, n: (m >= 1 or n >= 5) and m < 4,
    ),
    (
        "at least 2 of (p.m >= 1, p.n >= 5, p.m + p.n = 7)",
        lambda m, n: (m >= 1) + (n >= 5) + (m + n == 7) >= 2,
    ),
    (
        "not at least 2 of (p.m >= 1, p.n >= 5, p.m + p.n = 7)",
        lambda m, n: (m >= 1) + (n >= 5) + (m + n == 7) < 2,
    ),
    (
        "at least 1 of (p.m >= 1, p.n >= 5)",
        lambda m, n: m >= 1 or n >= 5,
    ),
    (
        "at least 2 of (p.m >= 1, p.n >= 5)",
        lambda m, n: m >= 1 and n >= 5,
    ),
    (
        "p.n = 1 or p.m between -2 and 4",
        lambda m, n: n == 1 or -2 <= m <= 4,
    ),
]


@pytest.mark.parametrize(("condition", "expected"), CASES, ids=[text for text, _ in CASES])
def test_condition_holds_exactly_where_it_should(condition: str, expected: Reading) -> None:
    circuit = analyse(f"require {condition}").circuit
    results = {}
    for m in range(-9, 10):
        for n in range(1, 13):
            values = {"p": {**VALUES, "m": m, "n": n}, "q": VALUES}
            results[m, n] = evaluate(circuit, values)
            assert results[m, n] == expected(m, n), (m, n)
    assert set(results.values()) == {True, False}


_AGAINST_18: dict[str, Callable[[int], bool]] = {
    "=": lambda age: age == 18,
    "!=": lambda age: age != 18,
    "<": lambda age: age < 18,
    "<=": lambda age: age <= 18,
    ">": lambda age: age > 18,
    ">=": lambda age: age >= 18,
}


@pytest.mark.parametrize("sign", list(_AGAINST_18))
@pytest.mark.parametrize("mirrored", [False, True])
def test_age_is_compared_exactly_around_every_birthday(sign: str, mirrored: bool) -> None:
    mirror = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
    text = f"18 {mirror.get(sign, sign)} age(p.day)" if mirrored else f"age(p.day) {sign} 18"
    circuit = analyse(f"require {text}").circuit
    compare = _AGAINST_18[sign]
    for years in (17, 18, 19):
        for shift in (-1, 0, 1):
            birthday = datetime.date(TODAY.year - years, TODAY.month, TODAY.day)
            day = day_number(birthday + datetime.timedelta(days=shift))
            age = years - (1 if shift > 0 else 0)
            values = {"p": {**VALUES, "day": day}, "q": VALUES}
            assert evaluate(circuit, values) == compare(age), (years, shift)


@pytest.mark.parametrize(
    ("today", "birth", "of_age"),
    [
        ("2026-02-28", "2008-02-28", True),
        ("2026-02-28", "2008-02-29", False),
        ("2026-03-01", "2008-02-29", True),
        ("2028-02-29", "2010-02-28", True),
        ("2028-02-29", "2010-03-01", False),
    ],
)
def test_birthday_on_the_last_of_february(today: str, birth: str, of_age: bool) -> None:

    circuit = compile_policy(
        HEAD + "require age(p.day) >= 18", [PROBE], today=datetime.date.fromisoformat(today)
    )
    day = day_number(datetime.date.fromisoformat(birth))
    assert evaluate(circuit, {"p": {**VALUES, "day": day}, "q": VALUES}) == of_age


@pytest.mark.parametrize(
    ("condition", "kind"),
    [
        ("p.m = q.m", Equal),
        ("p.m != q.m", NotEqual),
        ("p.m = 3", LinearZero),
        ("p.m != 3", NotZero),
        ("p.m * q.m = 3", QuadraticZero),
        ("p.word = q.word", Equal),
        ('p.word = "x"', Member),
        ('p.word != "x"', NotMember),
        ("p.m in {3}", LinearZero),
        ("p.m in {3, 4}", Member),
        ("p.flag != true", LinearZero),
        ("p.m between 1 and 5", Inequality),
        ("p.m not between 1 and 5", Inequality),
        # A product would need more repetitions than two thresholds.
        ("p.big between 5 and 9_000_000_000_000_000_000", And),
        ("p.big not between 5 and 9_000_000_000_000_000_000", Or),
    ],
)
def test_condition_takes_its_cheapest_form(condition: str, kind: type[Formula]) -> None:
    assert isinstance(analyse(f"require {condition}").circuit.constraints[-1].formula, kind)


def test_range_inside_an_alternative_is_two_thresholds() -> None:
    """A selector in front of a product of degree two would be of degree three."""
    formula = analyse("require p.m between 1 and 5 or p.flag").circuit.constraints[-1].formula
    assert isinstance(formula, Or)
    assert any(isinstance(part, And) for part in formula.parts)


def test_rate_converts_in_the_direction_it_states() -> None:
    circuit = analyse(
        'rate MOP per HKD = 1.25 source "x" at 2026-01-01\nrequire p.mop + p.hkd >= 5.00 MOP'
    ).circuit
    # 100 * mop + 125 * hkd >= 500 * 100
    for mop, hkd, holds in ((0, 400, True), (0, 399, False), (500, 0, True), (249, 200, False)):
        values = {"p": {**VALUES, "mop": mop, "hkd": hkd}, "q": VALUES}
        assert evaluate(circuit, values) == holds
