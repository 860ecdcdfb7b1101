"""Bring a reader up to date from a log's own file: the fetching that `reader` leaves outside.

The file is not trusted; the reader verifies everything it is given. Over a network the same three
things (checkpoint, entries, proof) come from `zkproof.ledger.tiles`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import merkle
from zkproof.ledger.entries import Entry
from zkproof.ledger.fold import fold
from zkproof.ledger.reader import LedgerReader
from zkproof.ledger.state import LedgerState
from zkproof.ledger.store import LogStore


def follow(reader: LedgerReader, path: Path, *, now: int) -> None:
    """Hand the newest checkpoint that has the reader's quorum, and what is new, to the reader.

    Raises what `LedgerReader.update` raises, and `LedgerError` when the file is no log or empty.
    """
    store = LogStore(path, read_only=True)
    try:
        pins = reader.pins
        newest = store.newest_checkpoint(witnesses=pins.witnesses, quorum=pins.quorum)
        if newest is None:
            raise LedgerError("ledger: no checkpoint with enough cosignatures yet")
        old = reader.last.size if reader.last else 0
        consistency: list[bytes] = []
        if 0 < old < newest.size:
            consistency = merkle.consistency_proof(store.node, old, newest.size)
        entries = store.entries(reader.size, newest.size)
        reader.update(newest.to_note(), entries, consistency, now=now)
    finally:
        store.close()


def entries_of(reader: LedgerReader, path: Path) -> list[bytes]:
    """All entries that the reader believes, read again and compared with its checkpoint.

    Raises `LedgerError`.
    """
    last = reader.last
    if last is None:
        raise LedgerError("ledger: nothing read yet")
    store = LogStore(path, read_only=True)
    try:
        entries = store.entries(0, last.size)
    finally:
        store.close()
    frontier = merkle.Frontier()
    for data in entries:
        frontier.append(merkle.leaf_hash(data))
    if (frontier.size, frontier.root()) != (last.size, last.root_hash):
        raise LedgerError("ledger: the entries do not hash to what is believed", hint="read again")
    return entries


def state_at(reader: LedgerReader, path: Path, size: int, root_hash: bytes) -> LedgerState:
    """The state when the log had ``size`` entries, for a reader that has followed it since.

    1.  The first ``size`` entries hash to ``root_hash``.
    2.  What the reader believes extends that. (a past that never was)

    Raises `LedgerError`.
    """
    last = reader.last
    if last is None or not 0 < size <= last.size:
        raise LedgerError("ledger: has not grown to that size as far as this reader knows")
    store = LogStore(path, read_only=True)
    try:
        entries = store.entries(0, size)
        consistency = (
            [] if size == last.size else merkle.consistency_proof(store.node, size, last.size)
        )
    finally:
        store.close()
    frontier = merkle.Frontier()
    for data in entries:
        frontier.append(merkle.leaf_hash(data))
    if frontier.size != size or frontier.root() != root_hash:  # 1.
        raise LedgerError("ledger: had another root at that size")
    if not merkle.verify_consistency(size, root_hash, last.size, last.root_hash, consistency):  # 2.
        raise LedgerError("ledger: what the reader believes does not extend that root")
    try:
        return fold(Entry.from_bytes(data) for data in entries)
    except DecodeError as error:
        raise LedgerError(f"ledger: {error.message}") from None


@dataclass(frozen=True, slots=True)
class PastOfLog:
    """What a log's file proves of earlier checkpoints of one that is believed."""

    path: Path
    size: int
    root_hash: bytes

    def had_root(self, size: int, root: bytes) -> bool:
        """Whether the believed checkpoint extends this one; the file is not trusted."""
        if not 0 < size < self.size:
            return (size, root) == (self.size, self.root_hash)
        store = LogStore(self.path, read_only=True)
        try:
            consistency = merkle.consistency_proof(store.node, size, self.size)
        except (LedgerError, KeyError, IndexError):
            return False
        finally:
            store.close()
        return merkle.verify_consistency(size, root, self.size, self.root_hash, consistency)
