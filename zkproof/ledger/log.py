"""The operator's side: append entries, sign checkpoints, give proofs.

An append is checked against the folded state, written in one transaction, acknowledged, and
covered by a checkpoint. Opening a log folds all entries again: an edited file does not open.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zkproof.credential.trust import TrustView
from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import merkle
from zkproof.ledger.checkpoint import Checkpoint, sign_checkpoint
from zkproof.ledger.entries import Entry
from zkproof.ledger.state import LedgerState
from zkproof.ledger.store import LogStore


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an entry stands, and the checkpoint that covers it."""

    position: int
    checkpoint: Checkpoint


class Log:
    """An open log. One process may append; others may read the same file."""

    def __init__(self, store: LogStore, origin: str, key: Ed25519PrivateKey) -> None:
        self.store = store
        self.origin = origin
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()
        self.state = LedgerState()
        self._folded = 0
        self._catch_up()
        if self._folded and self._stale():
            self._sign()

    @classmethod
    def open(cls, path: Path, origin: str, key: Ed25519PrivateKey, *, create: bool = False) -> Log:
        """Open or create. Raises `LedgerError` when an entry breaks a rule."""
        return cls(LogStore(path, create=create), origin, key)

    def append(self, entry: Entry) -> Appended:
        """Raises `LedgerError` naming the rule an entry breaks; then nothing was written."""
        with self.store.appending():
            self._catch_up()
            # Through the encoding, so that what is stored is what a reader will accept; on a copy,
            # so that a failed commit leaves the state as it was.
            state = self.state.copy()
            state.apply(Entry.from_bytes(entry.to_bytes()))
            position = self._folded
            self.store.append(position, entry.to_bytes())
        self.state, self._folded = state, position + 1
        return Appended(position, self._sign())

    def checkpoint(self) -> Checkpoint:
        """The newest one. Raises `LedgerError` for an empty log."""
        note = self.store.last_checkpoint()
        if note is None:
            raise LedgerError("ledger: empty", hint="append the governance root first")
        return Checkpoint.from_note(note)

    def add_cosignatures(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint with its witnesses' lines."""
        if not checkpoint.signed_by_log(self.origin, self.public_key):
            raise LedgerError("checkpoint: not one of this log")
        self.store.put_checkpoint(checkpoint.size, checkpoint.to_note())

    def inclusion_proof(self, position: int, size: int) -> list[bytes]:
        """Raises `LedgerError` when there is no such entry at that size."""
        if not 0 <= position < size <= self.store.size():
            raise LedgerError("ledger: no such entry at that size")
        return merkle.inclusion_proof(self.store.leaves(size), position)

    def consistency_proof(self, old_size: int, size: int) -> list[bytes]:
        """Raises `LedgerError` when the sizes do not fit this log."""
        if not 0 < old_size <= size <= self.store.size():
            raise LedgerError("ledger: no such sizes")
        return merkle.consistency_proof(self.store.leaves(size), old_size)

    def trust_view(self, *, as_of: int) -> TrustView:
        """What the entries say now; ``as_of`` is when the caller looked."""
        self._catch_up()
        newest = self.checkpoint()
        return self.state.trust_view(newest.size, newest.root_hash, as_of)

    def _catch_up(self) -> None:
        """Fold what is new. A failed entry leaves the log unusable, as it should."""
        for data in self.store.entries(self._folded):
            try:
                self.state.apply(Entry.from_bytes(data))
            except (DecodeError, LedgerError) as error:
                raise LedgerError(f"ledger: entry {self._folded}: {error.message}") from None
            self._folded += 1

    def _stale(self) -> bool:
        note = self.store.last_checkpoint()
        return note is None or Checkpoint.from_note(note).size != self._folded

    def _sign(self) -> Checkpoint:
        leaves = self.store.leaves(self._folded)
        bare = Checkpoint(self.origin, self._folded, merkle.root(leaves))
        signed = sign_checkpoint(bare, self.origin, self._key)
        self.store.put_checkpoint(signed.size, signed.to_note())
        return signed
