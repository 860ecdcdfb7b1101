"""Behind the limits of FISCO BCOS 3 as they are documented. No node of it was run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ledger.building import ROOT, anchor, new_log, registration
from tests.ledger.evm.chains import ACCOUNT, deployed, opened, reader_of
from tests.ledger.evm.fisco import BLOCKS, FiscoLimits
from tests.ledger.evm.nodes import Anvil, Proxy, Refuse, rpc
from zkproof.ledger.evm.chain import Chain
from zkproof.ledger.evm.contract import Item, append_call, checksummed, events_in, head_of
from zkproof.ledger.evm.node import MethodMissing, NodeError, hexed
from zkproof.ledger.evm.profile import FISCO
from zkproof.ledger.evm.seen import Seen


def test_shim_has_the_limits_that_the_node_behind_has_not(fisco: Proxy, fisco_anvil: Anvil) -> None:
    """Otherwise the tests below would show nothing."""
    for address, refused in ((fisco_anvil.address, False), (fisco.address, True)):
        for method in ("eth_maxPriorityFeePerGas", "eth_feeHistory"):
            params: tuple[Any, ...] = ("0x1", "latest", [])
            params = params if method == "eth_feeHistory" else ()
            assert _refused(address, method, *params) is refused
        assert _refused(address, "eth_call", {"to": "0x" + "01" * 20, "data": None}, "latest") is (
            refused
        )
    assert rpc(fisco.address, "eth_gasPrice") == "0x0"
    block = rpc(fisco.address, "eth_getBlockByNumber", "latest", False)
    assert len(block["extraData"]) > 2 * 32 + 2
    assert int(block["timestamp"], 16) > 10**12


def test_ledger_is_written_and_read_behind_all_limits(
    fisco_chain: Chain, fisco_anvil: Anvil, tmp_path: Path
) -> None:
    """More blocks lie between the entries than one query for events covers."""
    log = new_log(tmp_path / "log")
    entries = [ROOT, registration(), *(anchor(k) for k in range(1, 5))]
    paid = fisco_anvil.ask("eth_getBalance", ACCOUNT.address, "latest")
    for entry in entries:
        log.append(entry)
        fisco_chain.append(entry)
        fisco_anvil.mine(BLOCKS + 1)
    fisco_chain.refresh()
    assert fisco_anvil.ask("eth_getBalance", ACCOUNT.address, "latest") == paid
    reader = reader_of(fisco_chain)
    assert reader.size == len(entries)
    assert reader.state == log.state
    assert reader.trust_view().root_hash == log.checkpoint().root_hash
    fresh = opened(
        fisco_chain.node.address, fisco_chain.pins, tmp_path / "fresh", account=None, profile=FISCO
    )
    assert reader_of(fresh).state == log.state
    head = head_of(fisco_chain.node, fisco_chain.pins.contract)
    assert head.last > len(entries) * BLOCKS
    fresh.close()


@pytest.mark.parametrize("milliseconds", [True, False])
def test_times_are_seconds_whatever_the_node_counts_in(
    fisco_anvil: Anvil, tmp_path: Path, milliseconds: bool
) -> None:
    """The contract sees milliseconds; versions of the node differ in what blocks say."""
    proxy = Proxy(fisco_anvil.address, FiscoLimits(milliseconds=milliseconds))
    pins = deployed(fisco_anvil, profile=FISCO)
    chain = opened(proxy.address, pins, tmp_path / "chain", profile=FISCO)
    chain.append_many([ROOT, registration()])
    reader = reader_of(chain)
    assert reader.last is not None
    assert 1_700_000_000 < Seen.of(reader.last).time < 2_000_000_000
    assert reader.size == 2
    chain.close()
    proxy.close()


def test_chain_without_an_identifier_is_refused(fisco_anvil: Anvil, tmp_path: Path) -> None:
    pins = deployed(fisco_anvil, profile=FISCO)
    proxy = Proxy(fisco_anvil.address, FiscoLimits(chain_id=0))
    chain = opened(proxy.address, pins, tmp_path / "chain", profile=FISCO)
    with pytest.raises(NodeError, match="identifier 0"):
        chain.append(ROOT)
    chain.close()
    proxy.close()


def test_two_transactions_in_one_block_are_read_in_order(
    fisco_chain: Chain, fisco_anvil: Anvil
) -> None:
    """Where an event's index counts within its transaction, two of a block have the same."""
    fisco_chain.append_many([ROOT, registration()])
    node, pins = fisco_chain.node, fisco_chain.pins
    number = int(fisco_anvil.ask("eth_getTransactionCount", ACCOUNT.address, "latest"), 16)
    fisco_anvil.ask("evm_setAutomine", False)
    for k, batch in enumerate(([anchor(1), anchor(3), anchor(5)], [anchor(7), anchor(9)])):
        data = append_call(2 + 3 * k, [Item.of(each) for each in batch])
        call = {"to": checksummed(pins.contract), "data": hexed(data), "value": 0}
        fees = {"gas": 2_000_000, "gasPrice": 0, "nonce": number + k, "chainId": pins.chain_id}
        raw, _ = ACCOUNT.sign({**call, **fees})
        node.ask("eth_sendRawTransaction", hexed(raw))
    fisco_anvil.mine()
    fisco_anvil.ask("evm_setAutomine", True)
    events = events_in(node, pins.contract, node.block().number)
    assert [each.position for each in events] == [2, 3, 4, 5, 6]
    assert reader_of(fisco_chain).size == 7


def test_missing_method_is_told_apart_from_a_refusal(fisco_chain: Chain) -> None:
    with pytest.raises(MethodMissing):
        fisco_chain.node.ask("eth_feeHistory", "0x1", "latest", [])
    with pytest.raises(NodeError) as refused:
        fisco_chain.node.ask("eth_getBlockByNumber", None, False)
    assert not isinstance(refused.value, MethodMissing)


def _refused(address: str, *call: Any) -> bool:
    try:
        rpc(address, *call)
    except Refuse:
        return True
    return False
