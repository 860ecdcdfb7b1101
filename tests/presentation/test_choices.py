"""Choices that everybody sees: credentials of one way are shown, and only that way is proven."""

from __future__ import annotations

import pytest

from tests.presentation.building import ALICE, NOW, deposit, identity, income, request
from tests.presentation.ways import answered, listed, trip
from zkproof.credential.credential import Credential
from zkproof.errors import ConflictError, UsageError
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.presentation.presentation import present
from zkproof.presentation.receipt import make_receipt
from zkproof.presentation.report import ProvenCredential, Refusal, RefusalCode, Report
from zkproof.presentation.verify import verify

CHOICE = """
policy choose v1
purpose "account opening"
credential i: identity from "did:web:dsi.gov.mo"
choice
  credential a: deposit-certificate from any of registry "mo-banks"
  reveal a.residency
  require a.balance >= 500_000.00 MOP
  require not revoked a
  pseudonym of a for scope "loans"
or
  credential s: income-statement from "did:web:dsf.gov.mo"
  require s.monthly_income >= 30_000.00 MOP
same holder i, a, s
"""


@pytest.mark.parametrize(
    ("held", "revealed", "constraints", "pseudonyms"),
    [
        ({"i": identity(), "a": deposit()}, {"residency": 446}, 4, 1),
        ({"i": identity(), "s": income()}, {}, 2, 0),
    ],
    ids=["assets", "income"],
)
def test_way_that_is_taken_is_proven_and_reported(
    held: dict[str, Credential], revealed: dict[str, int], constraints: int, pseudonyms: int
) -> None:
    asked, trust = request(CHOICE), listed()
    circuit = asked.circuit(trust.schemas)
    answer = answered(asked, held, trust)
    report = verify(asked, answer.to_bytes(), trust, now=NOW + 10)
    assert isinstance(report, Report)
    assert [each.alias for each in report.credentials] == sorted(held)
    shown = [each for each in report.credentials if isinstance(each, ProvenCredential)]
    assert {k: v for each in shown for k, v in each.disclosed.items()} == revealed
    assert (len(report.constraints), len(report.pseudonyms)) == (constraints, pseudonyms)
    assert report.circuit_digest == circuit.digest
    signer = Ed25519Signer.from_octets(b"\x0d" * 32)
    ledger = (trust.ledger_id, trust.tree_size, trust.root_hash)
    receipt = make_receipt(
        signer, asked, circuit, answer.to_bytes(), report, ledger=ledger, now=NOW + 10
    )
    assert receipt.revealed == tuple(f"a.{name}" for name in revealed)


def test_proof_of_one_way_is_none_of_the_other() -> None:
    asked, trust = request(CHOICE), listed()
    answer = answered(asked, {"i": identity(), "a": deposit()}, trust)
    other = answered(asked, {"i": identity(), "s": income()}, trust)
    assert isinstance(verify(asked, answer.to_bytes(), trust, now=NOW + 10), Report)
    mixed = type(answer)(answer.request_digest, other.credentials, answer.proof)
    outcome = verify(asked, mixed.to_bytes(), trust, now=NOW + 10)
    assert isinstance(outcome, Refusal)
    assert outcome.code is RefusalCode.PROOF_INVALID
    for credentials in (
        {"i": answer.credentials["i"]},
        {**answer.credentials, **other.credentials},
    ):
        neither = type(answer)(answer.request_digest, credentials, answer.proof)
        outcome = verify(asked, neither.to_bytes(), trust, now=NOW + 10)
        assert isinstance(outcome, Refusal)
        assert outcome.code is RefusalCode.CREDENTIALS_MISMATCH


def test_credentials_of_two_ways_are_not_proven_at_once() -> None:
    asked, trust = request(CHOICE), listed()
    circuit = asked.circuit(trust.schemas)
    present(asked, circuit, {"i": identity(), "s": income()}, ALICE, trust)
    both = {"i": identity(), "a": deposit(), "s": income()}
    for held in (both, {"i": identity()}):
        with pytest.raises(UsageError, match="those of one way"):
            present(asked, circuit, held, ALICE, trust)


def test_what_is_optional_is_proven_where_it_is_shown() -> None:
    policy = CHOICE.split("choice")[0] + (
        'optional\n  credential s: income-statement from "did:web:dsf.gov.mo"\n'
        "  require s.monthly_income >= 30_000.00 MOP\nsame holder i, s\n"
    )
    _, without = trip(policy, {"i": identity()})
    _, shown = trip(policy, {"i": identity(), "s": income()})
    assert isinstance(without, Report)
    assert isinstance(shown, Report)
    assert len(shown.constraints) == len(without.constraints) + 2
    with pytest.raises(ConflictError):
        trip(policy, {"i": identity(), "s": income(monthly_income=1)})
