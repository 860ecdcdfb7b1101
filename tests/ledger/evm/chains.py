"""The ledger of `tests.ledger.building` on a chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tests.ledger.building import LEDGER, ROOT
from tests.ledger.evm.nodes import Anvil
from zkproof.clock import system_clock
from zkproof.errors import LedgerError
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.entries import Entry
from zkproof.ledger.evm.account import Account
from zkproof.ledger.evm.chain import Chain
from zkproof.ledger.evm.contract import Item, Refused, append_call, deployment, refusal
from zkproof.ledger.evm.node import Node, NodeError
from zkproof.ledger.evm.pins import ChainPins
from zkproof.ledger.evm.profile import ETHEREUM, Profile
from zkproof.ledger.evm.sending import Sender
from zkproof.ledger.following import follow
from zkproof.ledger.log import AppendedBefore
from zkproof.ledger.merkle import leaf_hash
from zkproof.ledger.reader import LedgerReader

ACCOUNT = Account(b"\x51" * 32)
BANK_ACCOUNT = Account(b"\x52" * 32)
QUICK = replace(ETHEREUM, finality=0, patience=10, stuck=2)


def no_sleep(_: float) -> None:
    """Retries and polls follow each other at once."""


def deployed(anvil: Anvil, *, profile: Profile = QUICK, finality: int = 0) -> ChainPins:
    """A contract without entries."""
    anvil.fund(ACCOUNT.address)
    anvil.fund(BANK_ACCOUNT.address)
    node = Node(anvil.address)
    _, receipt = Sender(node, ACCOUNT, profile, node.chain_id()).send(None, deployment())
    assert receipt.contract is not None
    pins = ChainPins(
        LEDGER,
        node.chain_id(),
        receipt.contract,
        profile.name,
        finality,
        leaf_hash(ROOT.to_bytes()),
    )
    node.close()
    return pins


def opened(
    address: str,
    pins: ChainPins,
    folder: Path,
    *,
    account: Account | None = ACCOUNT,
    profile: Profile = QUICK,
    sleep: Callable[[float], None] | None = None,
) -> Chain:
    folder.mkdir(exist_ok=True)
    node = Node(address) if sleep is None else Node(address, sleep=sleep)
    return Chain(node, pins, folder, account=account, clock=system_clock, profile=profile)


def forced(chain: Chain, entries: Sequence[Entry], *, items: Sequence[Item] | None = None) -> None:
    """Put entries on the chain that no honest program would send."""
    reading = chain._read()
    made = [Item.of(each) for each in entries] if items is None else items
    chain._sender().send(reading.contract, append_call(reading.head.count, made))


def refused_by_contract(chain: Chain, entry: Entry) -> str | None:
    """The name of the error with which the contract alone refuses an entry, from governance."""
    reading = chain._read()
    call = append_call(reading.head.count, [Item.of(entry)])
    try:
        chain.node.call(reading.contract, call, sender=ACCOUNT.address)
    except NodeError as error:
        found = refusal(error)
        assert isinstance(found, Refused), found
        return found.name
    return None


def tried(append: Callable[[Entry], object], entry: Entry) -> str | None:
    """Why an entry was refused, in the words of the rule."""
    try:
        append(entry)
    except AppendedBefore as error:
        return f"{error.message} {error.position}"
    except LedgerError as error:
        return error.message
    return None


def reader_of(chain: Chain) -> LedgerReader:
    """A reader that has followed the mirror."""
    reader = LedgerReader(chain.pins)
    chain.follow()
    follow(reader, chain.mirror.path, now=system_clock())
    return reader


def signer(k: int) -> Ed25519Signer:
    return Ed25519Signer.from_octets(bytes([k]) * 32)
