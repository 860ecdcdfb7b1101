"""Rates that an issuer certifies: a quotient of two amounts, hidden like any other attribute."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.circuits.building import HEAD, NOW, PROBE, VALUES, analyse, assert_refused
from tests.circuits.test_meaning import SIGNS, examples, presented
from tests.presentation.building import ALICE, SIGNER, VERIFIER
from tests.presentation.test_random_policies import TRUST, issued
from zkproof.errors import ConflictError
from zkproof.presentation.presentation import present
from zkproof.presentation.report import Report
from zkproof.presentation.request import open_request
from zkproof.presentation.verify import verify
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.evaluate import evaluate_constraints
from zkproof_circuits.explain import explain
from zkproof_circuits.format import format_policy
from zkproof_circuits.plain_evaluator import requirement_results
from zkproof_circuits.types import Value

RATE = "rate MOP per HKD = (q.mop + 0.01 MOP) / (q.hkd + 0.01 HKD)\n"
ASKED = "require p.mop + p.hkd >= 3.00 MOP"

amounts = st.integers(0, 999).map(lambda k: f"{k // 100}.{k % 100:02d} MOP")
sides = st.sampled_from(["p.mop", "p.hkd", "p.mop + p.hkd", "sum of {p.hkd, p.mop}"]) | amounts


@examples(200)
@given(left=sides, sign=SIGNS, right=sides, values=presented)
def test_circuit_converts_as_the_policy_says(left: str, sign: str, right: str, values: Any) -> None:
    if "p." not in left + right or left == right:
        return
    try:
        analysis = analyse(f"{RATE}require {left} {sign} {right}")
    except Exception as error:  # what can never hold, and differences of nothing
        event(str(error)[:40])
        return
    results = requirement_results(analysis, values)
    event(str(results))
    assert evaluate_constraints(analysis.circuit, values) == results


def accepted(**quote: Value) -> bool:
    """Whether the proof of what is asked is accepted under a certified quote."""
    request = open_request(
        SIGNER,
        VERIFIER,
        HEAD + RATE + ASKED,
        (PROBE,),
        ledger_id=TRUST.ledger_id,
        checkpoint=TRUST.checkpoint,
        now=NOW,
    )
    held = {
        "p": issued({**VALUES, "mop": 100, "hkd": 200}),
        "q": issued({**VALUES, **quote}),
    }
    try:
        answer = present(request, request.circuit(TRUST.schemas), held, ALICE, TRUST)
    except ConflictError:
        return False
    return isinstance(verify(request, answer.to_bytes(), TRUST, now=NOW), Report)


def test_proof_hangs_on_the_certified_quote() -> None:
    assert accepted(mop=499, hkd=499)  # one for one: 1.00 MOP and 2.00 HKD are 3.00 MOP
    assert not accepted(mop=498, hkd=499)


@pytest.mark.parametrize(
    ("statement", "twin", "match"),
    [
        ("rate MOP per HKD = q.mop / q.hkd", RATE, "a divisor has to be above zero"),
        ("rate MOP per HKD = q.mop / (q.hkd + 1 HKD)", RATE, "a rate is above zero"),
        ("rate HKD per MOP = (q.mop + 1 MOP) / (q.hkd + 1 HKD)", RATE, "an amount of HKD divided"),
        ("rate MOP per HKD = q.n", RATE, "an amount of MOP divided"),
        ("rate MOP per HKD = 1 MOP / 2 HKD", RATE, "names its source and day"),
        ("rate MOP per MOP = q.n", RATE, "between two currencies"),
        (RATE + 'rate HKD per MOP = 2 source "x" at 2026-01-01', RATE, "stated twice"),
        (RATE + RATE, RATE, "stated twice"),
    ],
)
def test_rate_that_is_none_is_refused(statement: str, twin: str, match: str) -> None:
    assert_refused(f"{statement}\n{ASKED}", match, accepted=f"{twin}\n{ASKED}")


def test_products_with_a_rate_are_refused_with_what_to_do_instead() -> None:
    product = "require p.mop >= 40% of p.share * p.hkd"
    stated = 'rate MOP per HKD = 2 source "x" at 2026-01-01\n'
    error = assert_refused(RATE + product, "with its rate more than two", accepted=stated + product)
    assert "state the rate" in (error.hint or "")


def test_rate_that_nothing_uses_is_pointed_out() -> None:
    assert any("is not used" in each.message for each in analyse(RATE + "require p.flag").warnings)
    assert not any("is not used" in each.message for each in analyse(RATE + ASKED).warnings)


def test_without_rate_converts_nothing() -> None:
    assert_refused(
        f"{RATE}{ASKED} without rate", "only by a stated rate", accepted=f"{RATE}{ASKED}"
    )


def test_it_is_written_and_read_back() -> None:
    text = HEAD + RATE + ASKED
    written = format_policy(text)
    assert "rate MOP per HKD = (q.mop + 0.01 MOP) / (q.hkd + 0.01 HKD)\n" in written
    one, other = analyse(written, head="").circuit, analyse(RATE + ASKED).circuit
    assert one.digest == other.digest
    assert Circuit.from_bytes(one.to_bytes()) == one


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "MOP 0.01 × dollars (Probe p) + dollars (Probe p) × patacas (Probe q) is at least "
            "MOP 3.00 × dollars (Probe q) + 0.03 HKD·MOP",
        ),
        (
            "pt",
            "0,01 MOP × dollars (Probe p) + dollars (Probe p) × patacas (Probe q): no mínimo "
            "3,00 MOP × dollars (Probe q) + 0,03 HKD·MOP",
        ),
        (
            "zh-Hant",
            "MOP 0.01 × Probe（p）的 dollars + Probe（p）的 dollars × Probe（q）的 patacas 不少於 "
            "MOP 3.00 × Probe（q）的 dollars + 0.03 HKD·MOP",
        ),
        (
            "zh-Hans",
            "MOP 0.01 × Probe（p）的 dollars + Probe（p）的 dollars × Probe（q）的 patacas 不少于 "
            "MOP 3.00 × Probe（q）的 dollars + 0.03 HKD·MOP",
        ),
    ],
)
def test_it_is_said_multiplied_out(language: str, sentence: str) -> None:
    circuit = analyse(RATE + "require p.hkd >= 3.00 MOP").circuit
    assert explain(circuit, [PROBE], language).constraints[-1] == sentence
