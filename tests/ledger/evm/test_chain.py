"""A ledger on anvil: appending, finality, forks, accounts, and the contract that comes after."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.building import (
    BANK,
    OTHER,
    ROOT,
    STRANGER,
    anchor,
    by_bank,
    governed,
    registration,
    resigned,
)
from tests.ledger.evm.chains import (
    ACCOUNT,
    BANK_ACCOUNT,
    QUICK,
    deployed,
    forced,
    opened,
    reader_of,
)
from tests.ledger.evm.nodes import Anvil
from zkproof.clock import system_clock
from zkproof.errors import LedgerError
from zkproof.ledger.evm.chain import Chain
from zkproof.ledger.evm.contract import Item, Refused, append_call, head_of
from zkproof.ledger.evm.seen import Seen
from zkproof.ledger.evm.sending import Unsettled
from zkproof.ledger.evm.walking import Rewritten
from zkproof.ledger.log import AppendedBefore, BatchRefused

NOWHERE = "0x" + "00" * 20


def begun(chain: Chain) -> Chain:
    chain.append_many([ROOT, registration()])
    return chain


def test_batch_stands_in_one_block_and_whole_or_not_at_all(chain: Chain) -> None:
    begun(chain)
    batch = [anchor(k) for k in (1, 3, 5)]
    assert [each.position for each in chain.append_many(batch)] == [2, 3, 4]
    bad = [anchor(7), resigned(anchor(9), STRANGER), anchor(11)]
    with pytest.raises(BatchRefused, match=r"entries\[1\]") as refused:
        chain.append_many(bad)
    assert refused.value.index == 1
    assert reader_of(chain).size == 5
    assert head_of(chain.node, chain.pins.contract).count == 5


def test_repetition_says_where_the_entry_stands(chain: Chain) -> None:
    begun(chain)
    entry = anchor(1)
    assert chain.append(entry).position == 2
    with pytest.raises(AppendedBefore) as before:
        chain.append(entry)
    assert before.value.position == 2


def test_entry_dated_after_its_block_is_left_out_by_readers(chain: Chain) -> None:
    begun(chain)
    forced(chain, [anchor(1)])
    assert reader_of(chain).size == 3
    ahead = by_bank("document-anchor", dict(anchor(3).body), now=system_clock() + 3600)
    with pytest.raises(LedgerError, match="dated in the future"):
        chain.append(ahead)
    forced(chain, [ahead])
    assert reader_of(chain).size == 3


@pytest.mark.parametrize("field", ["kind", "author", "nonce", "subject"])
def test_entry_that_says_something_else_than_the_contract_was_told_is_left_out(
    chain: Chain, field: str
) -> None:
    begun(chain)
    entry = governed("issuer-suspend", {"issuer": BANK, "reason": "audit"})
    chain.append(registration(OTHER, 2))
    true = Item.of(entry)
    changes: dict[str, dict[str, Any]] = {
        "kind": {"nonce": b"\x01" * 16, "kind": 8, "subject": Item.of(registration()).subject},
        "author": {"author": Item.of(anchor(1)).author, "kind": 23, "subject": bytes(32)},
        "nonce": {"nonce": bytes(16)},
        "subject": {"subject": Item.of(registration(OTHER, 2)).subject},
    }
    if field == "kind":
        chain.append(entry)  # so that there is something to reinstate
    forced(chain, [], items=[replace(true, **changes[field])])
    assert reader_of(chain).size == (4 if field == "kind" else 3)


def test_what_is_not_deep_enough_is_not_believed(anvil: Anvil, tmp_path: Path) -> None:
    def mine(_: float) -> None:
        anvil.mine()

    pins = deployed(anvil, finality=3)
    chain = opened(anvil.address, pins, tmp_path / "writer", sleep=mine)
    chain.append_many([ROOT, registration()])  # waits until it is three blocks deep
    reading = opened(anvil.address, pins, tmp_path / "reader")
    assert reader_of(reading).size == 2
    hasty = opened(anvil.address, replace(pins, finality=0), tmp_path / "hasty")
    hasty.append(anchor(1))
    assert reader_of(hasty).size == 3
    assert reader_of(reading).size == 2
    anvil.mine(3)
    reader = reader_of(reading)
    assert reader.size == 3
    assert reader.last is not None
    seen = Seen.of(reader.last)
    assert seen.number == chain.node.block().number - 3
    assert seen.count == 3
    for each in (chain, reading, hasty):
        each.close()


def test_append_that_does_not_settle_says_so_and_can_be_repeated(
    anvil: Anvil, tmp_path: Path
) -> None:
    pins = deployed(anvil, finality=2)
    chain = opened(anvil.address, pins, tmp_path / "one", profile=replace(QUICK, patience=1))
    with pytest.raises(Unsettled, match="not final"):
        chain.append(ROOT)
    with pytest.raises(Unsettled):  # it is on its way: nothing is sent a second time
        chain.append(ROOT)
    anvil.mine(2)
    with pytest.raises(AppendedBefore):
        chain.append(ROOT)
    assert head_of(chain.node, pins.contract).count == 1
    chain.close()


def test_fork_within_the_depth_is_followed_and_a_deeper_one_refused(
    anvil: Anvil, tmp_path: Path
) -> None:
    pins = deployed(anvil, finality=2)
    shallow = opened(anvil.address, replace(pins, finality=0), tmp_path / "shallow")
    shallow.append_many([ROOT, registration()])
    anvil.mine(2)
    deep = opened(anvil.address, pins, tmp_path / "deep")
    assert reader_of(deep).size == 2
    before = anvil.ask("evm_snapshot")
    shallow.append(anchor(1))
    assert (reader_of(shallow).size, reader_of(deep).size) == (3, 2)
    assert anvil.ask("evm_revert", before)  # the block is gone, another takes its place
    other = opened(anvil.address, replace(pins, finality=0), tmp_path / "other")
    other.append(anchor(3))
    anvil.mine(2)
    with pytest.raises(Rewritten, match="other than those"):
        shallow.follow()
    assert reader_of(deep).size == 3
    shallow.forget()
    assert reader_of(shallow).size == 3
    for each in (shallow, deep, other):
        each.close()


def test_shorter_chain_is_refused(anvil: Anvil, chain: Chain) -> None:
    begun(chain)
    before = anvil.ask("evm_snapshot")
    chain.append(anchor(1))
    assert anvil.ask("evm_revert", before)
    with pytest.raises(Rewritten, match="3 were seen before"):
        chain.follow()


def test_two_senders_at_once_both_get_in(anvil: Anvil, tmp_path: Path) -> None:
    """One account in two places: each entry stands once, in an order that all see alike."""
    pins = deployed(anvil)
    one, two = (opened(anvil.address, pins, tmp_path / name) for name in ("one", "two"))
    begun(one)
    entries = {one: [anchor(k) for k in (1, 3, 5, 7)], two: [anchor(k) for k in (2, 4, 6, 8)]}
    errors: list[Exception] = []

    def run(chain: Chain) -> None:
        try:
            for entry in entries[chain]:
                chain.append(entry)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(each,)) for each in (one, two)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert errors == []
    assert reader_of(one).size == reader_of(two).size == 10
    assert reader_of(one).state == reader_of(two).state
    one.close()
    two.close()


def test_two_processes_share_one_folder(anvil: Anvil, tmp_path: Path) -> None:
    pins = deployed(anvil)
    chain = begun(opened(anvil.address, pins, tmp_path / "chain"))
    program = (
        "import sys; from pathlib import Path; from tests.ledger.evm.chains import opened;"
        "from tests.ledger.building import anchor;"
        "from zkproof.ledger.evm.pins import ChainPins;"
        "chain = opened(sys.argv[1], ChainPins.from_json(sys.argv[3].encode()), Path(sys.argv[2]));"
        "[chain.append(anchor(k)) for k in range(20, 25)]"
    )
    arguments = [anvil.address, str(tmp_path / "chain"), pins.to_json().decode()]
    other = subprocess.Popen([sys.executable, "-c", program, *arguments])
    for k in range(30, 35):
        chain.append(anchor(k))
    assert other.wait(60) == 0
    assert reader_of(chain).size == 12
    chain.close()


@pytest.mark.parametrize("rounds", [3, pytest.param(200, marks=pytest.mark.slow)])
def test_process_killed_while_appending_leaves_a_ledger_that_goes_on(
    anvil: Anvil, tmp_path: Path, rounds: int
) -> None:
    """Each round appends again what the one before was killed with: everything stands once."""
    pins = deployed(anvil)
    chain = begun(opened(anvil.address, pins, tmp_path / "chain"))
    chances = random.Random(7)
    bodies = [{"sha256": k.to_bytes(32, "big"), "sm3": bytes(32)} for k in range(100 * rounds)]
    entries = [by_bank("document-anchor", each) for each in bodies]
    program = (
        "import sys; from pathlib import Path; from tests.ledger.evm.chains import opened, tried;"
        "from zkproof.ledger.entries import Entry;"
        "from zkproof.ledger.evm.pins import ChainPins;"
        "chain = opened(sys.argv[1], ChainPins.from_json(sys.argv[3].encode()), Path(sys.argv[2]));"
        "print('ready', flush=True);"
        "[tried(chain.append, Entry.from_bytes(bytes.fromhex(line))) for line in sys.stdin]"
    )
    arguments = [anvil.address, str(tmp_path / "chain"), pins.to_json().decode()]
    for _ in range(rounds):
        left = entries[max(0, reader_of(chain).size - 5) :]
        (tmp_path / "entries").write_text("".join(f"{e.to_bytes().hex()}\n" for e in left))
        with (tmp_path / "entries").open() as lines:
            other = subprocess.Popen(
                [sys.executable, "-c", program, *arguments], stdin=lines, stdout=subprocess.PIPE
            )
            assert other.stdout is not None
            other.stdout.readline()
            time.sleep(chances.uniform(0.05, 0.4))
            other.kill()
            other.wait()
            other.stdout.close()
    reader = reader_of(chain)
    assert 2 < reader.size < len(entries)
    assert len(reader.state.documents) == reader.size - 2
    assert head_of(chain.node, pins.contract).count == reader.size  # nothing that was left out
    assert chain.append(entries[-1]).position == reader.size
    chain.close()


def test_account_of_a_bank_writes_for_that_bank_alone(anvil: Anvil, tmp_path: Path) -> None:
    pins = deployed(anvil)
    chain = begun(opened(anvil.address, pins, tmp_path / "governance"))
    bank = opened(anvil.address, pins, tmp_path / "bank", account=BANK_ACCOUNT)
    chain.append(registration(OTHER, 2))
    with pytest.raises(Refused, match="enrolled for nobody"):
        bank.append(anchor(1))
    chain.enrol(BANK_ACCOUNT.address, BANK)
    assert bank.append(anchor(1)).position == 3
    with pytest.raises(Refused, match="another author"):
        bank.append(governed("issuer-suspend", {"issuer": OTHER, "reason": "envy"}))
    with pytest.raises(Refused, match="not one of governance's"):
        bank.enrol(ACCOUNT.address, None)
    with pytest.raises(Refused, match="nothing would change"):
        chain.enrol(ACCOUNT.address, None)  # the last account of governance stays
    chain.enrol(BANK_ACCOUNT.address, None)
    with pytest.raises(Refused, match="enrolled for nobody"):
        bank.append(anchor(3))
    chain.close()
    bank.close()


def test_ledger_moves_to_another_contract_and_readers_follow(
    anvil: Anvil, chain: Chain, tmp_path: Path
) -> None:
    begun(chain)
    chain.append(anchor(1))
    reader = opened(anvil.address, chain.pins, tmp_path / "reader", account=None)
    assert reader_of(reader).size == 3
    after = chain.move()
    assert reader_of(reader).size == 3
    suspended = governed("issuer-suspend", {"issuer": BANK, "reason": "audit"})
    assert chain.append(suspended).position == 3  # the new one knows whom the old one knew
    with pytest.raises(LedgerError, match="suspended"):
        chain.append(anchor(3))
    assert reader_of(reader).state.issuers[BANK].suspended
    fresh = opened(anvil.address, chain.pins, tmp_path / "fresh", account=None)
    assert reader_of(fresh).state == reader_of(reader).state
    assert head_of(chain.node, chain.pins.contract).after == after
    again = chain.move()
    chain.append(governed("issuer-reinstate", {"issuer": BANK}))
    assert reader_of(reader).size == 5
    assert chain.contracts()[1:] == [after, again]
    wrong = opened(anvil.address, replace(chain.pins, contract=after), tmp_path / "wrong")
    with pytest.raises(LedgerError, match="begins with entry"):
        wrong.follow()
    for each in (reader, fresh, wrong):
        each.close()


def test_contract_takes_no_entry_after_it_has_moved(chain: Chain) -> None:
    begun(chain)
    old = chain._read()
    chain.move()
    call = append_call(old.head.count, [Item.of(anchor(1))])
    with pytest.raises(Refused, match="moved"):
        chain._sender().send(old.contract, call)
    assert chain.append(anchor(1)).position == 2


def test_lost_mirror_is_read_again_and_a_foreign_one_refused(
    anvil: Anvil, chain: Chain, tmp_path: Path
) -> None:
    begun(chain)
    root = reader_of(chain).trust_view().root_hash
    chain.forget()
    assert reader_of(chain).trust_view().root_hash == root
    other = opened(anvil.address, deployed(anvil), tmp_path / "chain", account=None)
    with pytest.raises(LedgerError, match="another chain or contract"):
        other.follow()
    other.close()


def test_node_of_another_chain_or_without_the_contract_is_refused(
    anvil: Anvil, chain: Chain, tmp_path: Path
) -> None:
    begun(chain)
    strange = opened(anvil.address, replace(chain.pins, chain_id=7), tmp_path / "strange")
    with pytest.raises(LedgerError, match="of chain 31337, not 7"):
        strange.follow()
    nowhere = opened(anvil.address, replace(chain.pins, contract=NOWHERE), tmp_path / "nowhere")
    with pytest.raises(LedgerError, match="no such contract"):
        nowhere.follow()
    strange.close()
    nowhere.close()


def test_refresh_makes_a_block_with_the_time_of_now(anvil: Anvil, chain: Chain) -> None:
    begun(chain)
    before = reader_of(chain)
    assert before.last is not None
    after = chain.refresh()
    assert Seen.of(after).number > Seen.of(before.last).number
    assert (after.size, after.root_hash) == (before.last.size, before.last.root_hash)
