"""Parameters that are lists and yes or no: what they leave of a policy, and how they are given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.circuits.building import HEAD, PROBE, TODAY, analyse, assert_refused
from tests.circuits.test_meaning import conditions, examples, presented
from zkproof.errors import PolicyError
from zkproof_circuits.evaluate import evaluate
from zkproof_circuits.format import format_policy
from zkproof_circuits.includes import expand
from zkproof_circuits.plain_evaluator import evaluate_as_written
from zkproof_circuits.policy import analyse_policy

NONE = "none of (p.flag, q.flag)"
STRICT = "param strict: bool = {}\n"


@pytest.mark.parametrize(
    ("condition", "if_strict", "otherwise"),
    [
        ("if strict then p.m >= 3", "p.m >= 3", None),
        ("if not strict then p.m >= 3", None, "p.m >= 3"),
        ("strict or p.m >= 3", None, "p.m >= 3"),
        ("if p.flag then strict", None, "not p.flag"),
        ("at least 2 of (strict, p.flag, q.flag)", "p.flag or q.flag", "p.flag and q.flag"),
        ("at most 1 of (strict, p.flag, q.flag)", NONE, "at most 1 of (p.flag, q.flag)"),
        ("exactly 1 of (strict, p.flag, q.flag)", NONE, "exactly 1 of (p.flag, q.flag)"),
        ("any of (strict, p.flag)", None, "p.flag"),
        ("all of (p.m >= 1, not strict or p.flag)", "p.m >= 1 and p.flag", "p.m >= 1"),
        ("p.flag = strict", "p.flag", "not p.flag"),
    ],
)
def test_yes_or_no_is_settled_when_the_policy_is_compiled(
    condition: str, if_strict: str | None, otherwise: str | None
) -> None:
    for value, left in (("true", if_strict), ("false", otherwise)):
        circuit = analyse(STRICT.format(value) + f"require {condition}").circuit
        wanted = analyse("" if left is None else f"require {left}").circuit
        assert circuit.digest == wanted.digest, value


@examples(150)
@given(condition=conditions, strict=st.booleans(), values=presented)
def test_what_is_left_means_the_same(condition: str, strict: bool, values: Any) -> None:
    text = f"param strict: bool\nrequire if strict then ({condition})\nrequire strict or p.flag"
    try:
        analysis = analyse(text, parameters={"strict": strict})
    except PolicyError:
        return
    assert evaluate(analysis.circuit, values) == evaluate_as_written(analysis, values)


@pytest.mark.parametrize(
    ("kind", "given", "condition", "written"),
    [
        ("country", "MO, HK", "p.country in some", "p.country in {MO, HK}"),
        ("country", ["HK", "MO"], "p.country not in some", "p.country not in {MO, HK}"),
        ("int", "-3, 5", "p.m in some", "p.m in {-3, 5}"),
        ("int", (5, -3), "p.m in some", "p.m in {-3, 5}"),
        ("text", '"bank", "x, y"', "p.word in some", 'p.word in {"bank", "x, y"}'),
        ("text", ["x, y", 'say "no"'], "p.word in some", 'p.word in {"x, y", "say \\"no\\""}'),
        ("date", "2026-01-01", "p.day in some", "p.day in {2026-01-01}"),
    ],
)
def test_list_is_given_as_text_or_values(
    kind: str, given: object, condition: str, written: str
) -> None:
    head = f"param some: list({kind})\n"
    circuit = analyse(f"{head}require {condition}", parameters={"some": given}).circuit
    assert circuit.digest == analyse(f"require {written}").circuit.digest


def test_list_may_have_a_default() -> None:
    text = "param some: list(country) = {MO, HK}\nrequire p.country in some"
    assert analyse(text).circuit.digest == analyse("require p.country in {MO, HK}").circuit.digest
    other = analyse(text, parameters={"some": "CN"}).circuit
    assert other.digest == analyse("require p.country = CN").circuit.digest
    assert "param some: list(country) = {MO, HK}" in format_policy(HEAD + text)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ("MO, MO", "stands twice"),
        ("MO, Macau", "not a list of values"),
        ("", "not a list of values"),
        ("MO} require p.flag param x: list = {MO", "not a list of values"),
        ("MO, 3", "code"),
        (3, "a list, or text"),
        (["MO", 3], "no country has this number"),
    ],
)
def test_list_of_something_else_is_refused(given: object, match: str) -> None:
    text = "param some: list(country)\nrequire p.country in some"
    analyse(text, parameters={"some": "MO, HK"})
    with pytest.raises(PolicyError, match=match) as caught:
        analyse(text, parameters={"some": given})
    assert caught.value.line == 1 + HEAD.count("\n")


@pytest.mark.parametrize(
    ("statement", "twin", "match"),
    [
        (
            STRICT.format("true") + "require not strict",
            STRICT.format("false") + "require not strict",
            "never holds with the parameters",
        ),
        (
            STRICT.format("true") + "require score {5 if strict, 5 if p.flag} >= 5",
            STRICT.format("true") + "require score {5 if q.flag, 5 if p.flag} >= 5",
            "nothing is proven of it",
        ),
        (
            "param some: list(bool) = {true} require p.country in some",
            "param some: list(country) = {MO} require p.country in some",
            "a list is one of",
        ),
        (
            "param some: list(country) = MO require p.country in some",
            "param some: list(country) = {MO} require p.country in some",
            "a list is needed",
        ),
        (
            "param some: country = {MO} require p.country = some",
            "param some: country = MO require p.country = some",
            "is needed here",
        ),
        (
            "param some: list(country) require p.country in some",
            "param some: list(country) = {MO} require p.country in some",
            "has no value",
        ),
        (
            "param some: country = MO require p.country in some",
            "param some: list(country) = {MO} require p.country in some",
            "no list is called",
        ),
        (
            "param some: list(int) = {1, 2} require p.country in some",
            "param some: list(int) = {1, 2} require p.m in some",
            "is needed here",
        ),
        (
            'require p.sha not in list "x#y"',
            'require p.n not in list "x#y"',
            "an exclusion list holds numbers",
        ),
    ],
)
def test_parameter_that_means_nothing_is_refused(statement: str, twin: str, match: str) -> None:
    assert_refused(statement, match, accepted=twin)


def test_list_that_nothing_uses_is_pointed_out() -> None:
    warnings = analyse("param some: list(country) = {MO}\nrequire p.flag").warnings
    assert any("some is not used" in each.message for each in warnings)


def test_included_list_is_bound_to_one_of_the_same_type() -> None:
    inner = (
        'policy inner v1 purpose "x" param where: list(country) = {MO} '
        'credential p: probe from "issuer" require p.country in where'
    )
    outer = HEAD + "param mine: list(country) = {{HK, CN}}\ninclude inner v1 (p = p, where = {})"
    text = expand(outer.format("mine"), lambda _: inner)
    circuit = analyse_policy(text, (PROBE,), today=TODAY).circuit
    wanted = analyse("require p.country in {HK, CN}").circuit
    assert circuit.digest == wanted.digest
    with pytest.raises(PolicyError, match="no parameter is called other"):
        expand(outer.format("other"), lambda _: inner)
