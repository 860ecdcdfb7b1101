"""Ways and hidden issuers: what they compile to, and what must not compile."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.circuits.building import PROBE, TODAY, VALUES, analyse, assert_refused
from zkproof.errors import PolicyError, UsageError
from zkproof_circuits.circuit import (
    And,
    Circuit,
    Constraint,
    CredentialRequirement,
    Formula,
    Held,
    NamedIssuers,
    Or,
    conjunction,
    disjunction,
)
from zkproof_circuits.evaluate import evaluate, holds
from zkproof_circuits.explain import explain
from zkproof_circuits.format import format_policy
from zkproof_circuits.formula import credentials_of
from zkproof_circuits.plain_evaluator import evaluate_as_written
from zkproof_circuits.policy import analyse_policy
from zkproof_circuits.polynomial import Slot
from zkproof_circuits.types import Value
from zkproof_circuits.ways import ways

A = 'credential a: probe from any of registry "banks"'
B = 'credential b: probe from "issuer"'
EITHER = f"""
either
  {A}
  require a.n >= 3
  require not revoked a
or
  {B}
  require b.m >= 0
same holder p, a, b
"""


def circuit(statements: str) -> Circuit:
    return analyse(statements).circuit


def test_a_way_is_a_conjunction_with_what_is_held() -> None:
    compiled = circuit(EITHER)
    (whole,) = [each.formula for each in compiled.constraints if isinstance(each.formula, Or)]
    assert len(whole.parts) == 2
    for part, alias in zip(whole.parts, "ba", strict=True):
        assert isinstance(part, And)
        assert Held(alias) in part.parts
    assert compiled.conditional == {"a", "b"}
    assert [compiled.requirement(alias).hidden_among for alias in "abpq"] == [16, 1, None, None]
    assert Circuit.from_bytes(compiled.to_bytes()) == compiled


def test_what_is_said_of_one_holder_across_the_border_stands_in_each_way() -> None:
    compiled = circuit(EITHER)
    taken = [set(map(str, each)) for f in compiled.formulas for each in ways(f) if len(each) > 1]
    assert len(taken) == 2
    for each, alias in zip(taken, "ba", strict=True):
        assert any(f"{alias}" in text and "Equal" in text for text in each)
    assert any("same holder p, a, b" in each.source for each in compiled.constraints)


def test_layout_of_ways_is_kept_by_the_formatter() -> None:
    text = 'policy w v1\npurpose "x"\n' + EITHER.replace("require a.n", "# why\n  require a.n")
    written = format_policy(text)
    assert format_policy(written) == written
    assert "\n  # why\n  require a.n >= 3\n" in written


@pytest.mark.parametrize(
    ("refused", "match"),
    [
        (EITHER + "reveal a.n", "a is asked for in one way only"),
        (EITHER + "require b.n = 2", "b is asked for in one way only"),
        (EITHER + 'pseudonym of a for scope "x"', "one way only"),
        (EITHER + 'encrypt a.n to "auditor"', "one way only"),
        (EITHER.replace("require a.n >= 3", "reveal a.n"), "would tell which way"),
        (EITHER.replace("require a.n >= 3", 'pseudonym for scope "x"'), "would tell which way"),
        (EITHER.replace("require a.n >= 3", 'encrypt a.n to "o"'), "would tell which way"),
        (EITHER.replace("require a.n >= 3", 'purpose "y"'), "outside of the ways"),
        (EITHER.replace("require a.n >= 3", "require b.n >= 3"), "b is asked for in one way"),
        (EITHER.replace("credential b", "credential a"), "declared twice"),
        (EITHER.replace("same holder p, a, b", "same holder a, b"), "no way asks for two"),
        (EITHER.replace('registry "banks"', 'registry "banks" up to 65'), "at most 64"),
        ("either\n  require p.n >= 3\nor\n  require p.n >= 3", "two ways ask the same"),
        ("either\n  require p.n >= 3\nrequire p.m >= 0", "end of a way"),
        ("either\n  require p.n >= 3\n or\n  require p.m >= 0", "unexpected"),
        (
            "either\n" + "\nor\n".join(f"  require p.n >= {k}" for k in range(-8, 9)),
            "17 ways, at most 16",
        ),
    ],
)
def test_what_a_way_may_not_say(refused: str, match: str) -> None:
    assert_refused(refused, match, accepted=EITHER)


def test_layout_says_what_belongs_to_a_way() -> None:
    with pytest.raises(PolicyError) as caught:
        analyse("either\nrequire p.n >= 3\nor\nrequire p.m >= 0")
    assert caught.value.hint is not None
    assert "further right" in caught.value.hint


@pytest.mark.parametrize(
    ("refused", "accepted", "match"),
    [
        (
            'credential c: probe from any of registry "banks" up to 3',
            'credential c: probe from hidden any of registry "banks" up to 3',
            "where the issuer is hidden",
        ),
        (
            'credential c: probe from hidden any of registry "banks" up to 65',
            'credential c: probe from hidden any of registry "banks" up to 64',
            "at most 64",
        ),
        (
            'credential c: probe from hidden any of registry "banks" up to 0',
            'credential c: probe from hidden any of registry "banks" up to 1',
            "hidden among 1 to 64",
        ),
        (
            'credential c: probe from hidden any of {"x", "x"}',
            'credential c: probe from hidden any of {"x", "y"}',
            "named twice",
        ),
    ],
)
def test_sets_of_hidden_issuers_have_a_size(refused: str, accepted: str, match: str) -> None:
    assert_refused(refused, match, accepted=accepted)


def requirement(alias: str, among: int | None) -> CredentialRequirement:
    return CredentialRequirement(alias, PROBE.digest, NamedIssuers(("x",)), among)


def built(formula: Formula, *, among: int | None = 1, revealed: tuple[Slot, ...] = ()) -> Circuit:
    return Circuit(
        "probe",
        1,
        "test",
        None,
        (requirement("a", among), requirement("p", None)),
        revealed,
        (Constraint(formula, ""),),
    )


def test_circuit_that_reads_an_absent_credential_elsewhere_is_refused() -> None:
    """The prover of an absent credential fills its slots as it likes (docs/security.md)."""
    compiled = circuit(
        'either\n  credential a: probe from "x"\n  require a.n >= 3\nor\n  require p.n >= 3'
    )
    (whole,) = [each.formula for each in compiled.constraints if isinstance(each.formula, Or)]
    held_way = next(part for part in whole.parts if isinstance(part, And))
    other = next(part for part in whole.parts if not isinstance(part, And))
    (read,) = [part for part in held_way.parts if not isinstance(part, Held)]
    built(whole)
    for refused, match in (
        (conjunction([whole, read]), "read outside the way"),
        (disjunction([held_way, conjunction([other, read])]), "read outside the way"),
        (disjunction([Held("a"), read]), "read outside the way"),
        (conjunction([Held("a"), read]), "stands in an alternative only"),
        (Held("a"), "stands in an alternative only"),
        (disjunction([held_way, conjunction([other, Held("a")])]), "named by two ways"),
    ):
        with pytest.raises(UsageError, match=match):
            built(refused)
    with pytest.raises(UsageError, match="names its issuer"):
        built(whole, among=None)
    with pytest.raises(UsageError, match="is revealed"):
        built(whole, revealed=(Slot("a", "n"),))


def test_sentences_say_that_a_way_stays_hidden() -> None:
    compiled = circuit(EITHER + 'credential c: probe from hidden any of {"x", "y"}')
    for language, words in (
        ("en", ("if you use it", "does not see by which")),
        ("pt", ("se usar este certificado", "não vê qual")),
        ("zh-Hans", ("如您使用", "看不到是哪一个")),
        ("zh-Hant", ("如您使用", "看不到是哪一個")),
    ):
        explained = explain(compiled, [PROBE], language)
        a, _, c, p, _ = explained.credentials
        assert words[0] in a.sentence
        assert words[1] in c.sentence
        assert not any(word in p.sentence for word in words)
        assert (a.in_a_way, c.in_a_way, c.issuer_hidden, p.issuer_hidden) == (
            True,
            False,
            True,
            False,
        )


@st.composite
def policies(draw: st.DrawFn) -> str:
    """Up to three ways, some nested, over credentials a, b, c and the outer one."""
    names = iter("abc")

    def way(indent: str, depth: int) -> list[str]:
        lines: list[str] = []
        alias = "p"
        if draw(st.booleans()) and (name := next(names, None)):
            alias = name
            lines.append(f'credential {alias}: probe from "issuer"')
        lines.append(f"require {alias}.n >= {draw(st.integers(-10, 10))}")
        if draw(st.booleans()):
            lines.append(f"require {alias}.m < {draw(st.integers(-10, 10))} or {alias}.flag")
        if depth and draw(st.booleans()):
            lines += block("", depth - 1)
        return [indent + line for line in lines]

    def block(indent: str, depth: int) -> list[str]:
        lines = [indent + "either"]
        for number in range(draw(st.integers(2, 3))):
            if number:
                lines.append(indent + "or")
            lines += way(indent + "  ", depth)
        return lines

    return "\n".join(block("", 1))


@given(policies(), st.data())
def test_circuit_agrees_with_the_policy_as_written(text: str, data: st.DataObject) -> None:
    try:
        analysis = analyse_policy(
            f'policy w v1\npurpose "x"\ncredential p: probe from "i"\n{text}', [PROBE], today=TODAY
        )
    except PolicyError:
        return
    aliases = [each.alias for each in analysis.circuit.credentials]
    held: dict[str, dict[str, Value]] = {}
    for alias in aliases:
        if alias == "p" or data.draw(st.booleans()):
            drawn = {name: data.draw(st.integers(-12, 12)) for name in ("n", "m")}
            held[alias] = {**VALUES, **drawn, "flag": data.draw(st.integers(0, 1))}
    truth = evaluate_as_written(analysis, held)
    assert evaluate(analysis.circuit, held) is truth
    # Some way that only names held credentials holds, exactly when the policy does.
    choices = itertools.product(*(tuple(ways(each)) for each in analysis.circuit.formulas))
    assert truth is any(
        all(
            credentials_of(part) <= held.keys() and holds(part, held)
            for taken in choice
            for part in taken
        )
        for choice in choices
    )


CHOICE = """
choice
  credential a: probe from any of registry "banks"
  reveal a.n
  pseudonym of a for scope "x"
or
  credential b: probe from "issuer"
  require b.m >= 0
  either
    credential c: probe from "other"
    require c.n >= 3
  or
    require b.n >= 3
optional
  credential d: probe from "issuer"
same holder p, a, b, c, d
"""


def test_choice_is_one_circuit_for_each_combination() -> None:
    compiled = circuit(CHOICE)
    taken = [compiled.taken(picks) for picks in compiled.picks()]
    assert [[each.alias for each in one.credentials] for one in taken] == [
        ["a", "d", "p", "q"],
        ["a", "p", "q"],
        ["b", "c", "d", "p", "q"],
        ["b", "c", "p", "q"],
    ]
    assert [str(slot) for slot in taken[0].revealed] == ["a.n"]
    assert not taken[2].revealed
    assert taken[2].conditional == {"c"}
    assert len({each.digest for each in (compiled, *taken)}) == 5
    assert Circuit.from_bytes(compiled.to_bytes()) == compiled


def test_way_of_a_choice_follows_from_the_credentials_that_are_shown() -> None:
    compiled = circuit(CHOICE)
    for picks in compiled.picks():
        taken = compiled.taken(picks)
        shown = {each.alias for each in taken.credentials} - taken.conditional
        assert compiled.taken_by(shown) == taken
        assert compiled.taken_by({*shown, "nobody"}) == taken
    assert compiled.taken_by({"p", "q"}) is None
    assert compiled.taken_by({"p", "q", "a", "b"}) is None


def test_circuit_without_choices_is_its_own_only_way() -> None:
    compiled = circuit(EITHER)
    assert list(compiled.picks()) == [()]
    assert compiled.taken(()) is compiled
    assert compiled.taken_by(()) is compiled
    assert compiled.at_once is compiled


@pytest.mark.parametrize(
    ("refused", "match"),
    [
        (CHOICE.replace("credential b", "credential a"), "declared twice"),
        (CHOICE + "require a.n = 3", "one way only"),
        (CHOICE.replace("require b.n >= 3", "reveal b.n"), "would tell which way"),
        (CHOICE.replace("require b.m >= 0", "require b.m >= 900"), "can never hold"),
        (CHOICE.replace("require b.m >= 0", 'purpose "y"'), "outside of the ways"),
        ("choice\n  require p.n >= 3\nor\n  require p.m >= 0", "ask for different credentials"),
        ("optional\n  require p.n >= 3", "ask for different credentials"),
        ("either\n  optional\n    require p.n = 3\nor\n  require p.m = 0", "outside of the ways"),
        (
            "\n".join(f'optional\n  credential o{k}: probe from "x"' for k in range(6)),
            "more than 32 ways",
        ),
    ],
)
def test_what_a_choice_may_not_say(refused: str, match: str) -> None:
    assert_refused(refused, match, accepted=CHOICE)


def test_layout_of_choices_is_kept_by_the_formatter() -> None:
    text = 'policy w v1\npurpose "x"\n' + CHOICE
    written = format_policy(text)
    assert format_policy(written) == written
    assert "\noptional\n  credential d" in written


def test_values_decide_of_some_way() -> None:
    analysis = analyse(CHOICE)
    p = dict(VALUES)
    for held, holds_ in (
        ({"a": {}}, True),
        ({"b": {"m": 0, "n": 3}}, True),
        ({"b": {"m": 0, "n": 2}}, False),
        ({"b": {"m": 0, "n": 2}, "c": {"n": 3}}, True),
        ({"b": {"m": -1, "n": 3}, "d": {}}, False),
        ({"d": {}}, False),
    ):
        values = {"p": p, "q": p, **{alias: {**p, **more} for alias, more in held.items()}}
        assert evaluate(analysis.circuit, values) is holds_
        assert evaluate_as_written(analysis, values) is holds_


def test_choices_are_said_in_every_language() -> None:
    for language, words in (
        ("en", "one of these: ("),
        ("pt", "uma destas opções: ("),
        ("zh-Hans", "以下之一：（"),
        ("zh-Hant", "以下之一：（"),
    ):
        explained = explain(circuit(CHOICE), [PROBE], language)
        assert len(explained.choices) == 2
        assert all(
            each.startswith(words) and each in explained.text() for each in explained.choices
        )
