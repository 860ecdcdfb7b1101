"""What follows: determined values are known, and what is called determined is."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import event, given

from tests.circuits.building import PROBE, analyse, assert_refused
from tests.circuits.test_meaning import compiled, conditions, examples, presented
from zkproof_circuits.circuit import Slot
from zkproof_circuits.consequences import determined
from zkproof_circuits.evaluate import evaluate
from zkproof_circuits.explain import explain

SCHEMAS = {"p": PROBE, "q": PROBE}


def follows(statements: str, **more: Any) -> set[str]:
    """What is determined besides what is revealed."""
    circuit = analyse(statements).circuit
    found = determined(circuit, SCHEMAS, **more)
    return {str(slot) for slot in found - set(circuit.revealed)}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ("reveal p.mop\nrequire p.mop + q.mop = 5.00 MOP", {"q.mop"}),
        ("require p.mop + q.mop = 5.00 MOP", set()),
        ("reveal p.n\nrequire p.m = p.n + 1\nrequire q.m = p.m - 2", {"p.m", "q.m"}),
        ("require q.m = p.m - 2\nrequire p.m = 3", {"p.m", "q.m"}),
        ("require p.m + q.m = 3\nrequire p.m - q.m = 1", {"p.m", "q.m"}),
        ("require p.m <= -9", {"p.m"}),
        ("require p.m <= -8", set()),
        ("require p.m >= 9", {"p.m"}),
        ("require p.m between 4 and 4", {"p.m"}),
        ("require p.m between 4 and 5", set()),
        ("require p.m between 4 and 5\nrequire p.m != 4", {"p.m"}),
        ("require p.n + q.n <= 2", {"p.n", "q.n"}),
        ("require p.n + q.n <= 3", set()),
        ("require p.n * q.n >= 144", {"p.n", "q.n"}),
        ("require p.n * q.n <= 1", {"p.n", "q.n"}),
        ("require p.n * q.n <= 2", set()),
        ('require p.colour not in {"red", "green"}', {"p.colour"}),
        ('require p.colour != "red"', set()),
        ("reveal q.flag\nrequire p.flag != q.flag", {"p.flag"}),
        ("reveal q.m\nrequire p.m != q.m", set()),
        ("reveal p.mop\nrequire p.mop = q.mop", {"q.mop"}),
        (
            "reveal p.word\nrequire p.word = q.word\nrequire q.word = p.other_word",
            {"q.word", "p.other_word"},
        ),
        ("reveal p.n\nrequire p.n * q.m = 10", {"q.m"}),
        ("require p.m = 5 or p.m = 5 and p.flag", {"p.m"}),
        ("require p.m = 5 or p.m = 6", set()),
        ("require (p.m = 5 or p.m = 6) and p.m != 6", {"p.m"}),
        ("require at least 2 of (p.m >= 9, q.m >= 9, p.n >= 12 and p.n <= 3)", {"p.m", "q.m"}),
        ("require score {20 if p.m >= 9, 5 if q.m >= 9, 5 if p.flag} >= 20", {"p.m"}),
        ("require score {20 if p.m >= 9, 15 if q.m >= 9, 5 if p.flag} >= 20", set()),
        ("require score {20 if p.m >= 9, -20 if p.flag, 5 if q.m >= 9} >= 6", {"p.m", "p.flag"}),
        ("require score {20 if p.m >= 9, 15 if p.flag} <= 15", set()),
        ("require score {20 if p.m > -9, 15 if p.flag} <= 15", {"p.m"}),
        ("require exactly 1 of (p.m >= 9, p.n <= 0, p.n >= 20)", {"p.m"}),
        ("require p.n >= 5\nrequire if p.n >= 4 then p.flag", {"p.flag"}),
        ("require p.n >= 3\nrequire if p.n >= 4 then p.flag", set()),
        ("require p.day = today", {"p.day"}),
    ],
)
def test_what_leaves_one_value_is_known(statements: str, expected: set[str]) -> None:
    assert follows(statements) == expected


def test_disclosed_values_tell_more() -> None:
    statements = "reveal p.mop\nrequire p.mop + q.mop <= 7.00 MOP"
    assert follows(statements) == set()
    assert follows(statements, disclosed={Slot("p", "mop"): 699}) == set()
    assert follows(statements, disclosed={Slot("p", "mop"): 700}) == {"q.mop"}


def test_factor_that_is_disclosed_as_zero_tells_nothing() -> None:
    statements = "reveal p.m\nrequire p.m * q.m = 0"
    assert follows(statements, disclosed={Slot("p", "m"): 3}) == {"q.m"}
    assert follows(statements, disclosed={Slot("p", "m"): 0}) == set()


def test_secret_of_the_holder_is_never_among_them() -> None:
    assert follows("require p.flag") == {"p.flag"}


def test_explanation_does_not_call_hidden_what_follows() -> None:
    circuit = analyse("reveal p.mop\nrequire p.mop + q.mop = 5.00 MOP").circuit
    explanation = explain(circuit, [PROBE])
    assert Slot("q", "mop") in {each.slot for each in explanation.follows}
    assert Slot("q", "mop") not in {each.slot for each in explanation.hidden}


def test_what_follows_is_not_encrypted_looked_up_or_tagged() -> None:
    known = "reveal p.n\nrequire q.n = p.n + 1\n"
    open_ = "reveal p.n\nrequire q.n >= p.n + 1\n"
    for last in (
        'encrypt q.n to "auditor"',
        'require q.n not in list "did:web:x#y"',
        'require q.n in list "did:web:x#y"',
        'tag of q.n for scope "s"',
    ):
        assert_refused(known + last, "follows from what is required", accepted=open_ + last)


some_revealed = st.sets(
    st.sampled_from(["p.m", "q.m", "p.n", "q.n", "p.flag", "p.colour", "p.mop", "p.day"])
)


@examples(300)
@given(
    condition=conditions,
    revealed=some_revealed,
    values=presented,
    others=st.lists(presented, min_size=8, max_size=8),
)
def test_what_is_called_determined_is(
    condition: str, revealed: set[str], values: Any, others: list[Any]
) -> None:
    """No other values with the same disclosed ones satisfy the circuit and differ there."""
    shown = f"reveal {', '.join(sorted(revealed))}\n" if revealed else ""
    circuit = compiled(f"{shown}require {condition}").circuit
    if not evaluate(circuit, values):
        return
    disclosed = {slot: values[slot.credential][slot.attribute] for slot in circuit.revealed}
    found = determined(circuit, SCHEMAS, disclosed=disclosed)
    event(f"{len(found - set(circuit.revealed))} determined")
    for each in others:
        other = {alias: dict(some) for alias, some in each.items()}
        for slot, value in disclosed.items():
            other[slot.credential][slot.attribute] = value
        if evaluate(circuit, other):
            for slot in found:
                alias, name = slot.credential, slot.attribute
                assert other[alias][name] == values[alias][name]


def test_text_with_a_known_value_is_looked_at_once() -> None:
    """It has neither a box nor a list of values to begin with."""
    circuit = analyse('reveal p.word\nrequire p.word != "a" or p.m >= 1').circuit
    known = determined(circuit, SCHEMAS, disclosed={Slot("p", "word"): "b"})
    assert Slot("p", "word") in known
