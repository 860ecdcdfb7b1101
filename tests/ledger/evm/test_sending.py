"""Getting a transaction into a block: fees, numbers, and what is stuck."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.building import ROOT, registration
from tests.ledger.evm.chains import ACCOUNT, QUICK, deployed, no_sleep, opened, reader_of
from tests.ledger.evm.nodes import Anvil, Proxy, Refuse, Silent
from zkproof.errors import LedgerError, UsageError
from zkproof.ledger.evm.account import Account
from zkproof.ledger.evm.chain import Chain
from zkproof.ledger.evm.sending import MAX_GAS_PRICE, Fees, Unsettled

Ask = Callable[[], Any]


def test_account_shows_its_secret_to_nobody(chain: Chain) -> None:
    secret = b"\x51" * 32
    account = Account(secret)
    assert account.export_secret() == secret
    assert secret.hex() not in repr(account) + str(vars(type(account)))
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(account)
    for bad in (bytes(32), b"\xff" * 32, b"\x01" * 31):
        with pytest.raises(UsageError, match="account") as refused:
            Account(bad)
        assert bad.hex() not in str(refused.value)


def test_stuck_transaction_is_replaced_by_a_dearer_one(own_anvil: Anvil, tmp_path: Path) -> None:
    pins = deployed(own_anvil)
    own_anvil.ask("evm_setAutomine", False)
    sent: list[str] = []

    def mine_the_second(method: str, params: list[Any], ask: Ask) -> Any:
        if method == "eth_sendRawTransaction":
            sent.append(ask())
            if len(sent) == 2:
                own_anvil.mine()
            return sent[-1]
        return ask()

    proxy = Proxy(own_anvil.address, mine_the_second)
    chain = opened(proxy.address, pins, tmp_path / "chain", profile=replace(QUICK, stuck=0))
    assert chain.append(ROOT).position == 0
    assert len(set(sent)) == 2
    first = own_anvil.ask("eth_getTransactionReceipt", sent[0])
    second = own_anvil.ask("eth_getTransactionReceipt", sent[1])
    assert first is None
    assert second["status"] == "0x1"
    chain.close()
    proxy.close()


def test_transaction_that_never_gets_in_is_named(own_anvil: Anvil, tmp_path: Path) -> None:
    pins = deployed(own_anvil)
    own_anvil.ask("evm_setAutomine", False)
    profile = replace(QUICK, stuck=5, patience=0)
    chain = opened(own_anvil.address, pins, tmp_path / "chain", profile=profile, sleep=no_sleep)
    with pytest.raises(Unsettled, match="not in a block yet") as unsettled:
        chain.append(ROOT)
    own_anvil.ask("evm_setAutomine", True)
    own_anvil.mine()
    assert chain.node.receipt(unsettled.value.transaction) is not None
    assert reader_of(chain).size == 1
    chain.close()


def test_fees_are_asked_for_and_bounded(anvil: Anvil, tmp_path: Path) -> None:
    pins = deployed(anvil)
    dear: dict[str, Any] = {}

    def twist(method: str, params: list[Any], ask: Ask) -> Any:
        return dear.get(method) or ask()

    proxy = Proxy(anvil.address, twist)
    chain = opened(proxy.address, pins, tmp_path / "chain")
    chain.append(ROOT)
    balance = anvil.ask("eth_getBalance", ACCOUNT.address, "latest")
    dear["eth_maxPriorityFeePerGas"] = hex(MAX_GAS_PRICE)
    with pytest.raises(LedgerError, match="wei for one gas"):
        chain.append(registration())
    assert anvil.ask("eth_getBalance", ACCOUNT.address, "latest") == balance
    dear.clear()
    dear["eth_estimateGas"] = hex(1 << 40)
    with pytest.raises(LedgerError, match="more than any block has"):
        chain.append(registration())
    dear.clear()
    assert chain.append(registration()).position == 1
    chain.close()
    proxy.close()


def test_answer_that_was_lost_does_not_send_twice(anvil: Anvil, tmp_path: Path) -> None:
    """The node took the transaction, the connection broke: asked again, it says it knows it."""
    pins = deployed(anvil)
    losing = [True]

    def twist(method: str, params: list[Any], ask: Ask) -> Any:
        if method == "eth_sendRawTransaction" and losing:
            losing.clear()
            ask()
            raise Silent
        if method == "eth_sendRawTransaction":
            raise Refuse(-32000, "already known")
        return ask()

    proxy = Proxy(anvil.address, twist)
    chain = opened(proxy.address, pins, tmp_path / "chain")
    assert chain.append(ROOT).position == 0
    assert proxy.calls["eth_sendRawTransaction"] == 2
    chain.close()
    proxy.close()


def test_number_taken_by_another_process_is_asked_for_again(anvil: Anvil, tmp_path: Path) -> None:
    pins = deployed(anvil)
    stale = [2]

    def twist(method: str, params: list[Any], ask: Ask) -> Any:
        if method == "eth_getTransactionCount" and stale[0]:
            stale[0] -= 1
            return "0x0"
        return ask()

    proxy = Proxy(anvil.address, twist)
    chain = opened(proxy.address, pins, tmp_path / "chain", sleep=no_sleep)
    assert chain.append(ROOT).position == 0
    assert stale == [0]
    chain.close()
    proxy.close()


def test_account_without_funds_says_where_to_send_them(anvil: Anvil, tmp_path: Path) -> None:
    poor = Account(b"\x59" * 32)
    chain = opened(anvil.address, deployed(anvil), tmp_path / "chain")
    chain.enrol(poor.address, "governance")
    chain.close()
    other = opened(anvil.address, chain.pins, tmp_path / "poor", account=poor)
    with pytest.raises(LedgerError, match="cannot pay") as refused:
        other.append(ROOT)
    assert poor.address in str(refused.value.hint)
    anvil.fund(poor.address)
    assert other.append(ROOT).position == 0
    other.close()


def test_fees_are_raised_by_a_quarter() -> None:
    assert Fees(100, None).raised() == Fees(125, None)
    assert Fees(100, 0).raised() == Fees(125, 1)
    assert "maxFeePerGas" in Fees(100, 0).fields()
    assert Fees(0, None).fields() == {"gasPrice": 0}
