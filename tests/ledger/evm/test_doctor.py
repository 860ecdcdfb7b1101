"""The doctor: what it says of anvil, of FISCO BCOS's limits, and of what does not work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.ledger.building import ROOT, anchor, registration
from tests.ledger.evm.chains import deployed, opened
from tests.ledger.evm.fisco import BATCH, FiscoLimits
from tests.ledger.evm.nodes import Anvil, Proxy
from zkproof.clock import system_clock
from zkproof.ledger.evm.doctor import Finding, Verdict, examine, works
from zkproof.ledger.evm.place import ChainAddress
from zkproof.ledger.evm.profile import FISCO


def found(address: str, contract: str | None = None) -> dict[str, Finding]:
    text = f"evm+{address}" + (f"/{contract}" if contract else "")
    findings = examine(ChainAddress.from_text(text), clock=system_clock)
    assert len({each.what for each in findings}) == len(findings)
    return {each.what: each for each in findings}


def spread(anvil: Anvil, folder: Path, **options: Any) -> str:
    """A contract whose entries lie far apart."""
    pins = deployed(anvil, **options)
    chain = opened(anvil.address, pins, folder, **options)
    for entry in (ROOT, registration(), anchor(1)):
        chain.append(entry)
        anvil.mine(12)
    chain.close()
    return pins.contract


def test_anvil_has_no_limits(anvil: Anvil, tmp_path: Path) -> None:
    findings = found(anvil.address, spread(anvil, tmp_path / "chain"))
    assert works(list(findings.values()))
    assert [each for each in findings.values() if each.verdict is not Verdict.FINE] == []
    assert findings["contract"].said.startswith("3 entries")
    assert "anvil" in findings["program"].said


def test_every_documented_limit_is_named_and_none_is_a_fault(
    fisco_anvil: Anvil, fisco: Proxy, tmp_path: Path
) -> None:
    contract = spread(fisco_anvil, tmp_path / "chain", profile=FISCO)
    findings = found(fisco.address, contract)
    assert works(list(findings.values()))
    limits = {name for name, each in findings.items() if each.verdict is Verdict.LIMIT}
    assert limits == {
        "block time",
        "extra data",
        "eth_maxPriorityFeePerGas",
        "eth_feeHistory",
        "eth_getBlockReceipts",
        "empty fields",
        "batches",
        "the past",
        "events",
    }
    assert "1 of at least 3" in findings["events"].said
    assert BATCH == 8


def test_what_does_not_work_is_a_fault(fisco_anvil: Anvil, tmp_path: Path) -> None:
    proxy = Proxy(fisco_anvil.address, FiscoLimits(chain_id=0))
    findings = found(proxy.address, "0x" + "12" * 20)
    proxy.close()
    assert not works(list(findings.values()))
    faults = {name for name, each in findings.items() if each.verdict is Verdict.FAULT}
    assert faults == {"chain id", "contract"}
    gone = found(proxy.address)
    assert not works(list(gone.values()))
    assert {each.verdict for each in gone.values()} <= {Verdict.FAULT, Verdict.LIMIT}
