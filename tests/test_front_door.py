"""The front door: the whole trip in ten lines, and what its names do without being used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import zkproof
from zkproof import Issuer, Ledger, Refusal, Report, Verifier, Wallet
from zkproof.errors import IssuanceError, PolicyError, SchemaError

VALUES = {
    "bank_name": "Bank",
    "account_hash": "01" * 32,
    "currency": "MOP",
    "balance": "750000.00",
    "account_kind": "savings",
    "residency": "MO",
    "opened": "2020-01-01",
    "as_of": "2026-11-20",
    "document_sha256": "02" * 32,
    "document_sm3": "03" * 32,
    "valid_from": "2026-01-01",
    "valid_until": "2099-12-31",
}
POLICY = """
policy funds v1
purpose "mortgage pre-approval"
param threshold: money(MOP, 2)
credential a: deposit-certificate from "did:web:bank.example"
reveal a.currency
require a.balance >= threshold
"""


def test_a_certificate_becomes_a_report(tmp_path: Path, little_work: None) -> None:
    bank = Issuer.create("did:web:bank.example", "Bank")
    ledger = Ledger.in_memory(issuers=[bank])
    offer = bank.offer("deposit-certificate", VALUES, reference="customer 4711")
    wallet = Wallet.create(tmp_path / "resident.wallet", "correct horse")
    wallet.receive(bank.issue(offer, wallet.commit(offer)))

    verifier = Verifier.create("did:web:verifier.example", "Hengqin Bank", ledger=ledger)
    request = verifier.request(POLICY, threshold="500_000.00 MOP")
    answer = wallet.review(request, ledger).prove()
    result = verifier.verify(request, answer)
    assert isinstance(result, Report)
    assert result.credentials[0].disclosed == {"currency": 446}
    assert isinstance(verifier.verify(request, answer), Refusal)
    assert bank.records.find("customer 4711") == [offer.offer_id]


def test_offer_is_signed_once_and_for_values_of_its_schema_only() -> None:
    bank = Issuer.create("did:web:b", "B", ledger_id="ledger.example")
    wallet, other = Wallet.in_memory(), Wallet.in_memory()
    with pytest.raises(SchemaError, match="balance"):
        bank.offer("deposit-certificate", {**VALUES, "balance": "7.5E5"})
    offer = bank.offer("deposit-certificate", VALUES)
    commitment = wallet.commit(offer)
    signed = bank.issue(offer, commitment)
    assert bank.issue(offer, commitment).to_bytes() == signed.to_bytes()
    with pytest.raises(IssuanceError, match="another commitment"):
        bank.issue(offer, other.commit(offer))
    assert wallet.receive(signed) == "deposit-certificate"


def test_two_customers_with_equal_values_have_two_certificates() -> None:
    bank, wallet = Issuer.create("did:web:b", "B", ledger_id="l"), Wallet.in_memory()
    offers = [bank.offer("deposit-certificate", VALUES) for _ in range(2)]
    for offer in offers:
        wallet.receive(bank.issue(offer, wallet.commit(offer)))
    records = {each.values["rid"] for each in wallet.credentials.values()}
    assert len(records) == 2


def test_package_imports_nothing_and_names_are_loaded_when_used() -> None:
    program = (
        "import sys, zkproof\n"
        "print([n for n in sys.modules if n.startswith('zkproof.')])\n"
        "print(zkproof.Report.__name__, sorted(zkproof.__all__) == zkproof.__all__)\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert shown.stdout.splitlines() == ["[]", "Report True"]
    assert set(zkproof.__all__) <= set(dir(zkproof))
    with pytest.raises(AttributeError, match="nothing"):
        zkproof.nothing  # noqa: B018


@pytest.mark.parametrize("threshold", ["500_000.00 MOP", "500000.00", "500_000.00"])
def test_parameter_is_written_as_policies_write_it(threshold: str) -> None:
    verifier = Verifier.create("did:web:v", "V", ledger=Ledger.in_memory())
    asked = verifier.request(POLICY, threshold=threshold)
    assert asked.parameters == {"threshold": threshold}


def test_parameter_in_another_currency_is_refused() -> None:
    verifier = Verifier.create("did:web:v", "V", ledger=Ledger.in_memory())
    with pytest.raises(PolicyError, match="threshold"):
        verifier.request(POLICY, threshold="500_000.00 HKD")
