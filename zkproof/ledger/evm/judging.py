"""Which of the contract's entries are the ledger's: the same for every reader.

The contract cannot read entries. One that does not parse, says something else than what the
contract was told of it, is dated after its block, or breaks a rule of the fold, stands on the chain
and is no part of the ledger: nobody can stop the others by sending one.
"""

from __future__ import annotations

from collections.abc import Iterable

from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger.entries import Entry
from zkproof.ledger.evm.contract import Event, Item
from zkproof.ledger.evm.node import seconds
from zkproof.ledger.fold import apply
from zkproof.ledger.pins import SKEW
from zkproof.ledger.state import LedgerState


def take(state: LedgerState, event: Event) -> None:
    """Apply the entry of an event. Raises `DecodeError`, `LedgerError`; nothing changed then."""
    entry = Entry.from_bytes(event.item.entry)
    if Item.of(entry) != event.item:
        raise LedgerError("entry: not what the contract was told of it")
    if entry.time > seconds(event.time) + SKEW:
        raise LedgerError("entry: dated in the future")
    apply(state, entry)


def accepted(state: LedgerState, events: Iterable[Event]) -> list[bytes]:
    """The entries that the ledger consists of, applied to ``state`` in this order."""
    found = []
    for event in events:
        try:
            take(state, event)
        except (DecodeError, LedgerError):
            continue
        found.append(event.item.entry)
    return found
