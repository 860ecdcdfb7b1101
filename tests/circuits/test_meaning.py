"""The compiler against the policy as written, on random policies and values."""

from __future__ import annotations

import datetime
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, assume, event, example, given, settings

from tests.circuits.building import PROBE, VALUES, analyse
from zkproof.errors import PolicyError
from zkproof_circuits.bounds import polynomial_interval
from zkproof_circuits.circuit import (
    Circuit,
    Formula,
    Inequality,
    LinearZero,
    Or,
    Polynomial,
    Slot,
    atoms,
    disjunction,
    slots_of,
)
from zkproof_circuits.consequences import Domain
from zkproof_circuits.evaluate import evaluate, evaluate_constraints, holds
from zkproof_circuits.format import format_policy
from zkproof_circuits.lowering.contradictions import impossible
from zkproof_circuits.plain_evaluator import evaluate_as_written, requirement_results
from zkproof_circuits.policy import Analysis
from zkproof_circuits.proof_size import inequality_intervals
from zkproof_circuits.types import Value

RATE = 'rate MOP per HKD = 2.5 source "x" at 2026-01-01\n'
SIGNS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
SMALL = st.integers(-12, 12).map(lambda k: f"-{-k}" if k < 0 else str(k))


def either(*names: str) -> st.SearchStrategy[str]:
    """One of the attributes of one of the two credentials."""
    return st.sampled_from([f"{alias}.{name}" for alias in "pq" for name in names])


def numbers(attributes: st.SearchStrategy[str], constants: st.SearchStrategy[str]) -> Any:
    """Arithmetic over attributes and constants of one unit; some of it will be refused."""
    return st.recursive(
        attributes | constants,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-"), inner).map(lambda t: f"{t[0]} {t[1]} {t[2]}"),
            st.tuples(SMALL, inner).map(lambda t: f"({t[0]}) * ({t[1]})"),
            st.tuples(inner, st.sampled_from("357")).map(lambda t: f"({t[0]}) / {t[1]}"),
            inner.map(lambda text: f"-({text})"),
        ),
        max_leaves=4,
    )


plain = numbers(either("m", "n"), SMALL)
products = st.tuples(plain, either("m", "n")).map(lambda t: f"({t[0]}) * {t[1]}")
ratios = st.tuples(plain, either("n")).map(lambda t: f"({t[0]}) / {t[1]}")
cents = st.integers(0, 999).map(lambda k: f"{k // 100}.{k % 100:02d} MOP")
money = numbers(either("mop", "hkd"), cents)
percents = st.integers(0, 120).map(lambda k: f"{k}%") | st.just("12.5 percent")
shares = numbers(either("share"), percents | SMALL)
parts = st.tuples(shares, st.just("*"), either("mop")).map(lambda t: f"({t[0]}) {t[1]} {t[2]}") | (
    st.tuples(percents, either("mop", "hkd")).map(lambda t: f"{t[0]} of {t[1]}")
)
terms = st.tuples(either("day"), st.sampled_from("+-"), either("lapse", "weeks")).map(" ".join)
dates = st.one_of(
    either("day", "other_day"),
    st.just("today"),
    st.just('today in "Asia/Macau"'),
    st.sampled_from(["start", "end"]).map(lambda end: f"{end} of month(today + 20 days)"),
    st.sampled_from(["start", "end"]).map(lambda end: f"{end} of year(2024-02-29)"),
    st.tuples(
        st.just("today") | st.just("2024-02-29"),
        st.sampled_from("+-"),
        st.integers(0, 40),
        st.sampled_from(["days", "weeks", "months", "years"]),
    ).map(lambda t: f"{t[0]} {t[1]} {t[2]} {t[3]}"),
    st.tuples(either("day"), st.sampled_from("+-"), st.integers(0, 999)).map(
        lambda t: f"{t[0]} {t[1]} {t[2]} days"
    ),
)
moments = either("moment") | st.tuples(
    st.sampled_from(["2026-11-18T00:00:00Z", "2026-11-20T13:30:01Z", "now"]),
    st.sampled_from("+-"),
    st.integers(0, 72),
).map(lambda t: f"{t[0]} {t[1]} {t[2]} hours")
near_days = st.sampled_from(
    ["2026-11-20", "today", 'today in "Asia/Macau"', "p.other_day", "today - 3 days"]
)
on_days = st.one_of(
    st.tuples(either("moment"), SIGNS, near_days).map(" ".join),
    st.tuples(near_days, SIGNS, either("moment")).map(" ".join),
    st.tuples(either("moment"), st.sampled_from(["", "not "]), near_days, near_days).map(
        lambda t: f"{t[0]} {t[1]}between {t[2]} and {t[3]}"
    ),
)
ages = st.tuples(
    either("day", "other_day"), st.sampled_from(["", " at 2025-02-28", " at (today + 10 days)"])
).map(lambda t: f"age({t[0]}){t[1]}")
years = st.integers(0, 130).map(str)
calendar_years = st.one_of(
    st.tuples(
        either("other_day").map(lambda slot: f"year({slot} + 3 days)"),
        SIGNS,
        st.sampled_from(["2024", "2025", "year(today)", "year(today) - 1"]),
    ).map(" ".join),
    st.tuples(either("big", "m"), SIGNS, st.just("year(today)")).map(" ".join),
)


def compared(operands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    triples = st.tuples(operands, operands, operands, st.sampled_from(["", "not "]))
    return st.one_of(
        st.tuples(operands, SIGNS, operands).map(" ".join),
        triples.map(lambda t: f"{t[0]} {t[3]}between {t[1]} and {t[2]}"),
    )


def grouped(operands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Sums, averages, least and greatest, and one relation asked of several."""
    several = st.lists(operands, min_size=2, max_size=3, unique=True).map(", ".join)
    kinds = st.sampled_from(["sum", "average", "min", "max"])
    groups = st.tuples(kinds, several).map(lambda t: f"{t[0]} of {{{t[1]}}}")
    counted = st.tuples(
        st.sampled_from(["at least 1 of", "at least 2 of", "at most 1 of", "exactly 1 of"])
        | st.sampled_from(["all of", "any of", "none of"]),
        several,
    ).map(lambda t: f"{t[0]} ({t[1]})")
    compared_groups = st.tuples(groups | counted, SIGNS, operands).map(" ".join)
    mirrored = st.tuples(operands, SIGNS, groups | counted).map(" ".join)
    ranges = st.tuples(groups | counted, st.sampled_from(["", "not "]), operands, operands).map(
        lambda t: f"{t[0]} {t[1]}between {t[2]} and {t[3]}"
    )
    return compared_groups | mirrored | ranges


def chosen(slots: st.SearchStrategy[str], literals: list[str]) -> st.SearchStrategy[str]:
    listed = st.lists(st.sampled_from(literals), min_size=1, max_size=4, unique=True)
    return st.one_of(
        st.tuples(slots, st.sampled_from(["=", "!="]), st.sampled_from(literals) | slots).map(
            " ".join
        ),
        st.tuples(slots, st.sampled_from(["in", "not in"]), listed).map(
            lambda t: f"{t[0]} {t[1]} {{{', '.join(t[2])}}}"
        ),
    )


leaves = st.one_of(
    compared(plain),
    compared(products),
    compared(ratios),
    compared(money),
    compared(money | parts),
    compared(shares),
    st.tuples(ratios, SIGNS, percents | either("share")).map(" ".join),
    compared(dates),
    compared(dates | terms),
    compared(moments),
    st.tuples(ages, SIGNS, years).map(" ".join),
    st.tuples(years, SIGNS, ages).map(" ".join),
    st.tuples(ages, st.sampled_from(["", "not "]), years, years).map(
        lambda t: f"{t[0]} {t[1]}between {t[2]} and {t[3]}"
    ),
    on_days,
    calendar_years,
    chosen(either("country"), ["MO", "HK", "CN"]),
    chosen(either("colour"), ['"red"', '"green"', '"blue"']),
    chosen(either("word", "other_word"), ['"bank"', '"x"', '"x \\" y"']),
    chosen(either("m"), ["-3", "0", "1", "2"]),
    chosen(either("flag"), ["true", "false"]),
    either("flag"),
)
groups = st.one_of(
    grouped(either("m", "n") | SMALL),
    grouped(either("mop", "hkd") | cents),
    grouped(either("day", "other_day") | st.just("today")),
    st.tuples(
        st.sampled_from(["any of", "none of", "all of", "at least 1 of"]),
        chosen(st.just("(p.country, q.country)"), ["MO", "HK", "CN"]),
    ).map(" ".join),
)
POINTS = st.sampled_from([1, 1, 1, 2, 5, 20, -1, -10])


def scored(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Scores whose bounds are near what the points can make up."""
    items = st.lists(st.tuples(POINTS, inner), min_size=1, max_size=3)
    bounds = st.integers(-3, 27).map(str)
    score = items.map(lambda t: f"score {{{', '.join(f'{points} if {c}' for points, c in t)}}}")
    triples = st.tuples(score, st.sampled_from(["", "not "]), bounds, bounds)
    return st.one_of(
        st.tuples(score, SIGNS, bounds).map(" ".join),
        st.tuples(bounds, SIGNS, score).map(" ".join),
        triples.map(lambda t: f"{t[0]} {t[1]}between {t[2]} and {t[3]}"),
    )


conditions = st.recursive(
    leaves | groups,
    lambda inner: st.one_of(
        inner.map(lambda text: f"not ({text})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda t: "(" + ") and (".join(t) + ")"),
        st.lists(inner, min_size=2, max_size=3).map(lambda t: "(" + ") or (".join(t) + ")"),
        st.tuples(st.integers(1, 3), st.lists(inner, min_size=3, max_size=3)).map(
            lambda t: f"at least {t[0]} of ({', '.join(t[1])})"
        ),
        st.tuples(
            st.sampled_from(["exactly", "at most"]),
            st.integers(0, 3),
            st.lists(inner, min_size=2, max_size=3),
        ).map(lambda t: f"{t[0]} {t[1]} of ({', '.join(t[2])})"),
        st.tuples(inner, inner).map(lambda t: f"(if {t[0]} then {t[1]})"),
        scored(inner),
        st.tuples(st.lists(inner, min_size=2, max_size=3), SIGNS, st.integers(0, 3)).map(
            lambda t: f"count of {{{', '.join(t[0])}}} {t[1]} {t[2]}"
        ),
    ),
    max_leaves=5,
)

VARYING: dict[str, st.SearchStrategy[Value]] = {
    "m": st.integers(-9, 9),
    "n": st.integers(1, 12),
    "share": st.integers(-20, 150),
    "lapse": st.integers(0, 400),
    "weeks": st.integers(0, 60),
    "mop": st.integers(0, 999),
    "hkd": st.integers(0, 999),
    "day": st.integers(-25_000, 22_000),
    "other_day": st.integers(19_000, 21_000),
    "moment": st.integers(1_795_000_000, 1_796_000_000),
    "country": st.sampled_from([446, 344, 156, 620]),
    "colour": st.integers(0, 2),
    "flag": st.integers(0, 1),
    "word": st.sampled_from(["bank", "x", 'x " y']),
    "other_word": st.sampled_from(["bank", "x"]),
}
credentials = st.fixed_dictionaries(VARYING).map(lambda some: {**VALUES, **some})
presented = st.fixed_dictionaries({"p": credentials, "q": credentials})


def examples(count: int) -> settings:
    """So many accepted policies; many random ones are refused, and a first parse is slow."""
    health = [HealthCheck.filter_too_much, HealthCheck.too_slow]
    return settings(max_examples=count, deadline=None, suppress_health_check=health)


def compiled(statement: str) -> Analysis:
    """The analysis; examples that the compiler refuses are passed over."""
    try:
        return analyse(RATE + statement)
    except PolicyError as error:
        event(error.message.partition(":")[2][:40])
        assume(False)
        raise


@examples(400)
@given(condition=conditions, values=presented)
@example(condition="age(p.day) >= 18", values={"p": {**VALUES, "day": 14_206}, "q": VALUES})
@example(condition="not (p.m / q.n between -1 / 3 and 2)", values={"p": VALUES, "q": VALUES})
def test_circuit_says_what_the_policy_says(condition: str, values: Any) -> None:
    analysis = compiled(f"require {condition}")
    expected = requirement_results(analysis, values)
    assert evaluate_constraints(analysis.circuit, values) == expected
    assert evaluate(analysis.circuit, values) == evaluate_as_written(analysis, values)
    event(str(expected))


@examples(150)
@given(condition=conditions, values=presented)
def test_alternative_that_can_never_hold_changes_nothing(condition: str, values: Any) -> None:
    """In an alternative the compiler keeps what it elsewhere refuses as never true."""
    analysis = compiled(f"require p.flag or ({condition})")
    expected = requirement_results(analysis, values)
    assert evaluate_constraints(analysis.circuit, values) == expected


@examples(150)
@given(condition=leaves, values=presented)
def test_what_the_compiler_calls_always_true_is(condition: str, values: Any) -> None:
    analysis = compiled(f"require {condition}")
    always = [warning for warning in analysis.warnings if "always holds" in warning.message]
    if always:
        assert evaluate_as_written(analysis, values)


@examples(150)
@given(condition=leaves, values=presented)
def test_what_the_compiler_calls_never_true_is_not(condition: str, values: Any) -> None:
    analysis = compiled(f"require p.flag or ({condition})")
    if any("never hold" in warning.message for warning in analysis.warnings):
        p = {**values["p"], "flag": 0}
        assert not evaluate_as_written(analysis, {**values, "p": p})


def domain_of(slot: Slot) -> Domain:
    return Domain(PROBE.attribute(slot.attribute).type.box)


@examples(300)
@given(
    several=st.lists(leaves, min_size=2, max_size=4),
    values=st.lists(presented, min_size=20, max_size=20),
)
def test_what_is_called_impossible_is(several: list[str], values: list[Any]) -> None:
    formulas: list[Formula] = []
    for condition in several:
        formulas += compiled(f"require p.flag or {condition}").circuit.formulas[1:]
    branches = [part for each in formulas if isinstance(each, Or) for part in each.parts]
    branches = [part for part in branches if Slot("p", "flag") not in slots_in(part)]
    refused = impossible(branches, domain_of)
    event("impossible" if refused else "possible")
    if refused:
        for each in values:
            assert not all(holds(part, each) for part in branches)


def slots_in(formula: Formula) -> set[Slot]:
    return {slot for atom in atoms(formula) for slot in slots_of(atom)}


@examples(150)
@given(condition=conditions)
def test_formatting_changes_layout_only(condition: str) -> None:
    analysis = compiled(f"require {condition}")
    text = 'policy probe v1 purpose "test" credential p: probe from "issuer" ' + (
        f'credential q: probe from "issuer" same holder p, q {RATE} require {condition}'
    )
    once = format_policy(text)
    assert format_policy(once) == once
    again = analyse(once, head="")
    assert again.circuit.digest == analysis.circuit.digest
    assert again.circuit.constraints == analysis.circuit.constraints


@examples(150)
@given(condition=conditions)
def test_circuit_is_read_back_as_it_was_written(condition: str) -> None:
    circuit = compiled(f"require {condition}").circuit
    read = Circuit.from_bytes(circuit.to_bytes())
    assert read == circuit
    assert read.digest == circuit.digest


def box_of(slot: Slot) -> tuple[int, int]:
    box = PROBE.attribute(slot.attribute).type.box
    assert box is not None
    return box


@examples(150)
@given(condition=leaves, values=presented)
def test_value_of_a_polynomial_lies_in_its_interval(condition: str, values: Any) -> None:
    circuit = compiled(f"require {condition}").circuit
    other = LinearZero(Polynomial.build({(Slot("p", "flag"),): 1}))
    for formula in circuit.formulas:
        for atom in atoms(formula):
            if isinstance(atom, Inequality):
                integers = {
                    slot: values[slot.credential][slot.attribute] for slot in slots_of(atom)
                }
                value = atom.polynomial.evaluate(integers)
                [(low, high)] = inequality_intervals([atom], box_of)
                assert low <= value <= high
                # As an alternative: times a selector that is 0 or 1.
                [(low, high)] = inequality_intervals([disjunction([atom, other])], box_of)
                assert low <= min(value, 0) <= max(value, 0) <= high


coefficients = st.integers(-50, 50)
boxes = st.tuples(st.integers(-30, 30), st.integers(0, 20)).map(lambda t: (t[0], t[0] + t[1]))


@given(square=coefficients, linear=coefficients, constant=coefficients, box=boxes)
def test_interval_of_one_variable_is_exact(
    square: int, linear: int, constant: int, box: tuple[int, int]
) -> None:
    terms = [(("x", "x"), square), (("x",), linear), ((), constant)]
    values = [square * x * x + linear * x + constant for x in range(box[0], box[1] + 1)]
    assert polynomial_interval(terms, lambda _: box) == (min(values), max(values))


@given(product=coefficients, first=coefficients, square=coefficients, x_box=boxes, y_box=boxes)
def test_interval_of_two_variables_holds_every_value(
    product: int, first: int, square: int, x_box: tuple[int, int], y_box: tuple[int, int]
) -> None:
    terms = [(("x", "y"), product), (("x",), first), (("y", "y"), square)]
    low, high = polynomial_interval(terms, {"x": x_box, "y": y_box}.__getitem__)
    for x in range(x_box[0], x_box[1] + 1):
        for y in range(y_box[0], y_box[1] + 1):
            assert low <= product * x * y + first * x + square * y * y <= high


def test_interval_is_not_merely_anything() -> None:
    assert polynomial_interval([(("x",), 2), ((), 1)], lambda _: (0, 10)) == (1, 21)


@given(
    birth=st.dates(datetime.date(1900, 1, 1), datetime.date(2026, 11, 23)),
    limit=st.integers(0, 120),
)
@example(birth=datetime.date(2008, 11, 23), limit=18)
@example(birth=datetime.date(2008, 11, 24), limit=18)
@settings(deadline=None)
def test_age_counts_full_years(birth: datetime.date, limit: int) -> None:
    analysis = analyse(f"require p.flag or age(p.day) >= {limit}")
    days = (birth - datetime.date(1970, 1, 1)).days
    values = {"p": {**VALUES, "flag": 0, "day": days}, "q": VALUES}
    full = 2026 - birth.year - ((birth.month, birth.day) > (11, 23))
    assert evaluate(analysis.circuit, values) == (full >= limit)
