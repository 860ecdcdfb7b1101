"""The whole trip with the ledger on a chain: registered, trusted and suspended there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ledger.evm.chains import QUICK
from tests.ledger.evm.nodes import Anvil
from tests.test_front_door import POLICY, VALUES
from zkproof import Issuer, Ledger, Refusal, Report, Verifier, Wallet
from zkproof.clock import system_clock
from zkproof.errors import LedgerError
from zkproof.ledger.evm.opening import found_chain, read_keys, write_keys
from zkproof.ledger.evm.place import ChainAddress
from zkproof.ledger.evm.sending import Unsettled


def founded(anvil: Anvil, folder: Path) -> Ledger:
    """A new ledger; its account has money from the second try on."""
    with pytest.raises(LedgerError, match="cannot pay"):
        Ledger.create_evm(anvil.address, folder, "ledger.example", "p", finality=0)
    anvil.fund(read_keys(folder, "p")[0].address)
    return Ledger.create_evm(anvil.address, folder, "ledger.example", "p", finality=0)


def test_founding_that_is_not_final_in_time_is_there_later(
    anvil: Anvil, tmp_path: Path, little_work: None
) -> None:
    place, hasty = ChainAddress(anvil.address, finality=2), replace(QUICK, patience=1)
    anvil.fund(write_keys(tmp_path, "p", governance=True).address)
    with pytest.raises(Unsettled, match="not final yet") as unsettled:
        found_chain(place, tmp_path, "ledger.example", "p", clock=system_clock, profile=hasty)
    assert "ledger verify" in str(unsettled.value.hint)
    anvil.mine(2)
    reader = Ledger.open(f"evm+{anvil.address}", state=tmp_path)
    assert reader.trust().tree_size == 14
    reader.close()


def test_a_certificate_becomes_a_report_on_the_word_of_a_chain(
    anvil: Anvil, tmp_path: Path, little_work: None
) -> None:
    governance = founded(anvil, tmp_path / "governance")
    bank = Issuer.create("did:web:bank.example", "Bank")
    governance.register(bank)
    (tmp_path / "reader").mkdir()
    (tmp_path / "reader" / "pins.json").write_bytes(governance.pins.to_json())
    contract = governance.pins.origin.split(":")[2]
    reader = Ledger.evm(anvil.address, contract, state=tmp_path / "reader")

    wallet = Wallet.in_memory()
    offer = bank.offer("deposit-certificate", VALUES)
    wallet.receive(bank.issue(offer, wallet.commit(offer)))
    verifier = Verifier.create("did:web:verifier.example", "Bank B", ledger=governance)
    request = verifier.request(POLICY, threshold="500_000.00 MOP")
    answer = wallet.review(request, reader).prove()
    assert isinstance(verifier.verify(request, answer), Report)

    again = verifier.request(POLICY, threshold="500_000.00 MOP")
    answer = wallet.review(again, reader).prove()
    governance.govern("issuer-suspend", {"issuer": bank.issuer_id, "reason": "licence"})
    assert isinstance(verifier.verify(again, answer), Refusal)
    for each in (governance, reader):
        each.close()
