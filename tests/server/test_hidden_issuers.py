"""What the service says of credentials whose issuer stays hidden: the same, whoever answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.presentation.building import (
    ALICE,
    DEPOSIT,
    OTHER_BANK,
    deposit,
    identity,
    income,
    issued,
)
from tests.server.building import Running, trust_view
from zkproof.credential.credential import Credential
from zkproof.presentation.presentation import present
from zkproof.presentation.receipt import Receipt
from zkproof_server.verification.schemas import Verdict

WEALTH = """
policy wealth v1
purpose "wealth management"
credential i: identity from "did:web:dsi.gov.mo"
either
  credential a: deposit-certificate from any of registry "mo-banks"
  require a.balance >= 500_000.00 MOP
or
  credential s: income-statement from "did:web:dsf.gov.mo"
  require s.monthly_income >= 30_000.00 MOP
same holder i, a, s
"""
HIDDEN = """
policy funds v1
purpose "proof of funds"
credential a: deposit-certificate from hidden any of registry "mo-banks" up to 5
reveal a.currency
require a.balance >= 500_000.00 MOP
"""
ELSEWHERE = issued(OTHER_BANK, "deposit-certificate", DEPOSIT, ALICE)
BANKS = [
    {"issuer": "did:web:bank-a.mo", "issuer_name": "Bank A", "keys": ["2026-1"]},
    {"issuer": "did:web:bank-b.mo", "issuer_name": "Bank B", "keys": ["2026-1"]},
]


def answered(
    service: Running, policy: str, credentials: Mapping[str, Credential]
) -> tuple[dict[str, Any], int]:
    """The service's answer, and how many octets it was sent."""
    asked = service.open(policy)
    circuit = asked.circuit(trust_view().schemas)
    sent = present(asked, circuit, credentials, ALICE, trust_view()).to_bytes()
    reply = service.answer(asked, sent)
    assert reply.json()["result"] == "proven", reply.text
    assert service.result(asked)["result"]["report"] == reply.json()["report"]
    return reply.json(), len(sent)


def test_report_says_among_whom_an_issuer_is_hidden_and_what_is_optional(service: Running) -> None:
    reply, _ = answered(service, WEALTH, {"i": identity(), "a": deposit()})
    a, i, s = reply["report"]["credentials"]
    assert (i["kind"], i["issuer"], i["key"]) == ("named", "did:web:dsi.gov.mo", "2026-1")
    assert (a["kind"], a["optional"], a["disclosed"]) == ("hidden-issuer", True, {})
    assert a["issuers"] == BANKS
    assert (s["kind"], s["optional"]) == ("hidden-issuer", True)
    assert [each["issuer_name"] for each in s["issuers"]] == ["Tax Office"]
    hidden, _ = answered(service, HIDDEN, {"a": deposit()})
    (only,) = hidden["report"]["credentials"]
    assert (only["kind"], only["optional"]) == ("hidden-issuer", False)
    assert (only["issuers"], only["disclosed"]) == (BANKS, {"currency": "MOP"})


@pytest.mark.parametrize(
    ("policy", "answers"),
    [
        (WEALTH, [{"a": deposit()}, {"a": ELSEWHERE}, {"s": income()}]),
        (HIDDEN, [{"a": deposit()}, {"a": ELSEWHERE}]),
    ],
)
def test_nothing_the_service_says_or_logs_differs_by_way(
    service: Running,
    policy: str,
    answers: list[dict[str, Credential]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    seen = []
    always = {"i": identity()} if policy is WEALTH else {}
    for credentials in answers:
        reply, length = answered(service, policy, {**always, **credentials})
        receipt = Receipt.from_bytes(bytes.fromhex(reply["receipt"]))
        seen.append(
            (
                length,
                reply["report"],
                len(reply["receipt"]),
                (receipt.policy_name, receipt.revealed, receipt.result),
            )
        )
    assert all(each == seen[0] for each in seen)
    told = "".join(capfd.readouterr())
    assert "/v1/w/{request_id}/presentation" in told
    assert not [each for each in ("bank-", "Bank", "dsf", "deposit", "income") if each in told]


def test_kept_report_without_kinds_names_its_issuers(service: Running) -> None:
    reply, _ = answered(service, WEALTH, {"i": identity(), "a": deposit()})
    facts = {"result": "proven", "report": reply["report"]}
    named = [each for each in facts["report"]["credentials"] if each["kind"] == "named"]
    facts["report"]["credentials"] = named
    before = Verdict.model_validate(facts)
    for each in named:
        del each["kind"]
    assert Verdict.model_validate(facts) == before
