"""Alternatives, sets, nesting: a proof exists exactly when the values satisfy the policy."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.presentation.building import ALICE, NOW, TODAY, deposit, request, trust_view
from zkproof.errors import ConflictError, PolicyError, UsageError
from zkproof.presentation.constraints import add_formula
from zkproof.presentation.gates import Gates
from zkproof.presentation.presentation import present
from zkproof.presentation.report import Report
from zkproof.presentation.slots import Slots
from zkproof.presentation.verify import verify
from zkproof.sigma.gadgets import Builder
from zkproof_circuits.circuit import LinearZero, NotZero, Polynomial, Slot
from zkproof_circuits.evaluate import evaluate

HEAD = """
policy formulas v1
purpose "test"
credential a: deposit-certificate from any of registry "mo-banks"
"""

ATOMS = [
    "a.balance >= 500_000.00 MOP",
    "a.balance < 800_000.00 MOP",
    "a.balance between 600_000.00 MOP and 900_000.00 MOP",
    "a.as_of >= today - 30 days",
    "a.as_of = today - 3 days",
    "a.as_of != today - 4 days",
    "a.opened <= today - 365 days",
    "a.residency in {MO, HK, CN}",
    "a.residency not in {PT, JP}",
    "a.residency = HK",
    "a.as_of - a.opened >= 365",
]


def check(condition: str, **changes: int) -> bool:
    """Whether the values satisfy the condition; asserts that the proof agrees."""
    asked = request(HEAD + f"require {condition}\n")
    trust = trust_view()
    circuit = asked.circuit(trust.schemas)
    credential = deposit(**changes)
    expected = evaluate(circuit, {"a": credential.values})
    try:
        answer = present(asked, circuit, {"a": credential}, ALICE, trust).to_bytes()
    except ConflictError:
        assert not expected
        return False
    assert isinstance(verify(asked, answer, trust, now=NOW), Report) is expected
    return expected


@pytest.mark.parametrize(
    ("condition", "values", "holds"),
    [
        ("a.residency = HK or a.balance >= 500_000.00 MOP", {}, True),
        ("a.residency = HK or a.balance >= 800_000.00 MOP", {}, False),
        ("a.residency = MO or a.balance >= 800_000.00 MOP", {}, True),
        ("a.residency = MO or a.balance >= 500_000.00 MOP", {}, True),
        (
            "at least 2 of (a.residency = MO, a.balance >= 800_000.00 MOP, a.opened <= today)",
            {},
            True,
        ),
        (
            "at least 2 of (a.residency = HK, a.balance >= 800_000.00 MOP, a.opened <= today)",
            {},
            False,
        ),
        (
            "(a.residency = HK or a.residency = MO) and a.balance != 1.00 MOP"
            " or a.balance >= 900_000.00 MOP",
            {"residency": 344},
            True,
        ),
        ("a.residency in {HK, CN} or a.residency not in {PT, MO, JP}", {"residency": 620}, False),
        ("a.residency in {HK, CN} or a.residency not in {PT, MO, JP}", {"residency": 156}, True),
        ("a.residency in {HK, CN, PT, MO, JP, US, GB}", {}, True),
        ("a.residency in {HK, CN, PT, JP, US, GB}", {}, False),
        ("a.residency not in {HK, CN, PT, JP, US, GB}", {}, True),
        ("a.residency not in {HK, CN, PT, MO, JP, US, GB}", {}, False),
    ],
)
def test_condition_is_proven_exactly_when_it_holds(
    condition: str, values: dict[str, int], holds: bool
) -> None:
    assert check(condition, **values) is holds


def test_nothing_shows_which_branch_held() -> None:
    """Same length whatever the values; the report only repeats the requirement."""
    asked = request(HEAD + f"require {ATOMS[7]} or {ATOMS[0]}\n")
    trust = trust_view()
    circuit = asked.circuit(trust.schemas)
    sizes = set()
    for changes in ({}, {"residency": 840}, {"balance": 5}):
        answer = present(asked, circuit, {"a": deposit(**changes)}, ALICE, trust).to_bytes()
        report = verify(asked, answer, trust, now=NOW)
        assert isinstance(report, Report)
        sizes.add(len(answer))
    assert len(sizes) == 1


conditions = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3, unique=True).map(
            lambda parts: "(" + " or ".join(parts) + ")"
        ),
        st.lists(inner, min_size=2, max_size=3, unique=True).map(
            lambda parts: "(" + " and ".join(parts) + ")"
        ),
        st.lists(inner, min_size=3, max_size=4, unique=True).map(
            lambda parts: f"at least 2 of ({', '.join(parts)})"
        ),
    ),
    max_leaves=5,
)


@settings(max_examples=60)
@given(
    condition=conditions,
    balance=st.sampled_from([0, 499_999_99, 500_000_00, 600_000_00, 800_000_00, 900_000_01]),
    as_of=st.sampled_from([TODAY, TODAY - 3, TODAY - 4, TODAY - 30, TODAY - 31]),
    residency=st.sampled_from([446, 344, 620, 840]),
    opened=st.sampled_from([TODAY - 364, TODAY - 365, TODAY - 5000]),
)
def test_random_conditions_agree_with_the_evaluator(
    condition: str, balance: int, as_of: int, residency: int, opened: int
) -> None:
    try:
        check(condition, balance=balance, as_of=as_of, residency=residency, opened=opened)
    except PolicyError:
        return  # contradictions and repetitions are refused when compiled


class TwoNumbers:
    """Slots 0 and 1, nothing disclosed."""

    def terms(self, polynomial: Polynomial) -> dict[tuple[int, ...], int]:
        return {
            tuple("ab".index(slot.credential) for slot in monomial): value
            for monomial, value in polynomial.terms
        }


@pytest.mark.parametrize("kind", [LinearZero, NotZero])
def test_equation_that_could_wrap_around_is_not_assembled(kind: type[LinearZero | NotZero]) -> None:
    """The compiler refuses it; a circuit that was put together otherwise is refused here."""

    def add(factor: int) -> None:
        terms: dict[tuple[Slot, ...], int] = {(Slot("a", "x"),): factor, (Slot("b", "x"),): -1}
        builder = Builder(boxes=[(0, 2**64 - 1)] * 2)
        slots = cast(Slots, TwoNumbers())
        add_formula(kind(Polynomial.build(terms)), slots, builder, Gates(slots, builder))

    add(1 << 180)
    with pytest.raises(UsageError, match="more than can be proven"):
        add(1 << 192)
