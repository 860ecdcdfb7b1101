"""The reader's side: trust as a state machine. Fetching is outside, time is an argument.

A reader pins the ledger id and the log's key, optionally witnesses and a quorum, and then believes
a new checkpoint when all of this holds:

1. It is a checkpoint of the pinned origin, signed by the pinned key.
2. It is cosigned by the quorum of pinned witnesses. (two histories for two readers)
3. It is not smaller than the last one. (rollback)
4. It extends the last one, by a consistency proof. (rewritten history)
5. The entries handed over hash to its root. (an entry left out or changed)
6. Folding the new entries breaks no rule. (a forged or unauthorised entry)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zkproof.credential.trust import TrustView
from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import merkle
from zkproof.ledger.checkpoint import Checkpoint, witnesses_seen
from zkproof.ledger.entries import Entry
from zkproof.ledger.state import LedgerState


@dataclass(frozen=True, slots=True)
class Pins:
    """What a reader knows beforehand."""

    ledger_id: str
    origin: str
    log_key: bytes
    witnesses: Mapping[str, bytes] = field(default_factory=dict)
    quorum: int = 0


class LedgerReader:
    """Follows one log. Starts knowing nothing but its pins."""

    def __init__(self, pins: Pins) -> None:
        if not 0 <= pins.quorum <= len(pins.witnesses):
            raise LedgerError("pins: quorum between none and all witnesses")
        self.pins = pins
        self.state = LedgerState()
        self.leaves: list[bytes] = []
        self._root = merkle.EMPTY_ROOT
        self._seen_at = 0

    @property
    def size(self) -> int:
        return len(self.leaves)

    def update(
        self, note: bytes, entries: Sequence[bytes], consistency: Sequence[bytes], *, now: int
    ) -> None:
        """Take in a checkpoint and the entries since the last one.

        Raises `LedgerError` or `DecodeError`, naming the step that failed; nothing changed then.
        """
        checkpoint = Checkpoint.from_note(note)  # 1.
        pins = self.pins
        if checkpoint.origin != pins.origin or not checkpoint.signed_by_log(
            pins.origin, pins.log_key
        ):
            raise LedgerError("checkpoint: not signed by the pinned log")
        if len(witnesses_seen(checkpoint, pins.witnesses)) < pins.quorum:  # 2.
            raise LedgerError("checkpoint: not cosigned by enough pinned witnesses")
        if checkpoint.size < self.size:  # 3.
            raise LedgerError("checkpoint: smaller than the one seen before")
        if self.size and not merkle.verify_consistency(  # 4.
            self.size, self._root, checkpoint.size, checkpoint.root_hash, consistency
        ):
            raise LedgerError("checkpoint: does not extend the one seen before")
        leaves = self.leaves + [merkle.leaf_hash(data) for data in entries]
        if len(leaves) != checkpoint.size or merkle.root(leaves) != checkpoint.root_hash:  # 5.
            raise LedgerError("entries: do not hash to the checkpoint's root")
        state = self._folded(entries)  # 6.
        self.state, self.leaves = state, leaves
        self._root, self._seen_at = checkpoint.root_hash, now

    def trust_view(self) -> TrustView:
        """What verification may believe; ``as_of`` is when the last checkpoint came in."""
        if not self.size:
            raise LedgerError("ledger: nothing read yet")
        return self.state.trust_view(self.size, self._root, self._seen_at)

    def _folded(self, entries: Sequence[bytes]) -> LedgerState:
        state = self.state.copy()
        for offset, data in enumerate(entries):
            try:
                state.apply(Entry.from_bytes(data))
            except (DecodeError, LedgerError) as error:
                raise LedgerError(f"entry {self.size + offset}: {error.message}") from None
        if state.ledger_id != self.pins.ledger_id:
            raise LedgerError("ledger: not the pinned one")
        return state
