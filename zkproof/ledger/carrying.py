"""What carries a ledger, as `zkproof.ledger.ledger` uses it: a log of one's own, or a chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.entries import Entry
from zkproof.ledger.grouping import Appended
from zkproof.ledger.snapshot import Snapshot
from zkproof.ledger.state import LedgerState


class Writer(Protocol):
    """Takes entries that their authors signed, refusing what breaks a rule."""

    @property
    def state(self) -> LedgerState:
        """What the entries say. Not to be changed."""
        ...

    def append(self, entry: Entry) -> Appended:
        """Raises `LedgerError` naming the rule, `AppendedBefore` for a repetition."""
        ...

    def append_many(self, entries: Sequence[Entry]) -> list[Appended]:
        """All of them or none. Raises `BatchRefused` naming the entry and the rule."""
        ...

    def refresh(self) -> Checkpoint:
        """Show readers that the ledger goes on, where nothing is appended."""
        ...


class Carrier(Writer, Protocol):
    """A writer whose entries have to be fetched from elsewhere before they are read."""

    def follow(self, snapshot: Snapshot | None = None) -> None:
        """Fetch what is new. ``snapshot`` saves folding what this reader verified before."""
        ...

    def forget(self) -> None:
        """Drop what was fetched."""
        ...

    def close(self) -> None:
        """Close files and connections."""
        ...
