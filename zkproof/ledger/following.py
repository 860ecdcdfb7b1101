"""Bring a reader up to date from where its log is read: the fetching `reader` leaves outside.

The place (`zkproof.ledger.source`: the log's own file, an address) is not trusted; the reader
verifies everything it is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import merkle
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.entries import Entry
from zkproof.ledger.fold import fold
from zkproof.ledger.reader import LedgerReader
from zkproof.ledger.source import Place, Tree, place_of
from zkproof.ledger.state import LedgerState


def follow(reader: LedgerReader, place: Path | str | Place, *, now: int) -> None:
    """Hand the newest checkpoint that has the reader's quorum, and what is new, to the reader.

    Nothing is fetched on the word of a checkpoint that the pinned keys did not sign. Raises what
    `LedgerReader.update` raises, and `LedgerError` when there is no log, an empty one, or one whose
    tree nodes and entries do not belong to its checkpoint.
    """
    with place_of(place).reading() as source:
        pins = reader.pins
        newest = source.newest_checkpoint(pins.required)
        if newest is None:
            raise LedgerError("ledger: no checkpoint with enough cosignatures yet")
        pins.attested_at(newest, now=now)
        tree, last = source.at(newest.size), reader.last
        consistency: list[bytes] = []
        if last is not None and 0 < last.size < newest.size:
            consistency = proven(tree, last.size, newest)
        entries: list[bytes] = []
        if newest.size > reader.size:
            entries = tree.entries(reader.size, newest.size)
        reader.update(newest.to_note(), entries, consistency, now=now)


def proven(tree: Tree, old_size: int, newest: Checkpoint) -> list[bytes]:
    """The consistency proof from ``old_size`` to a checkpoint, with nodes that are its own.

    Otherwise whoever damages a tile on its way could make an honest log look split. Raises
    `LedgerError` for nodes that do not hash to the checkpoint's root.
    """
    proof = merkle.consistency_proof(tree.node, old_size, newest.size)
    root = merkle.root(tree.node, old_size)
    if not merkle.verify_consistency(old_size, root, newest.size, newest.root_hash, proof):
        raise LedgerError("ledger: its tree nodes do not hash to its checkpoint")
    return proof


def entries_of(reader: LedgerReader, place: Path | str | Place) -> list[bytes]:
    """All entries that the reader believes, read again and compared with its checkpoint.

    Raises `LedgerError`.
    """
    last = reader.last
    if last is None:
        raise LedgerError("ledger: nothing read yet")
    with place_of(place).reading() as source:
        entries = source.at(last.size).entries(0, last.size)
    frontier = merkle.Frontier()
    for data in entries:
        frontier.append(merkle.leaf_hash(data))
    if (frontier.size, frontier.root()) != (last.size, last.root_hash):
        raise LedgerError("ledger: the entries do not hash to what is believed", hint="read again")
    return entries


def state_at(
    reader: LedgerReader, place: Path | str | Place, size: int, root_hash: bytes
) -> LedgerState:
    """The state when the log had ``size`` entries, for a reader that has followed it since.

    1.  The first ``size`` entries hash to ``root_hash``.
    2.  What the reader believes extends that. (a past that never was)

    Raises `LedgerError`.
    """
    last = reader.last
    if last is None or not 0 < size <= last.size:
        raise LedgerError("ledger: has not grown to that size as far as this reader knows")
    with place_of(place).reading() as source:
        tree = source.at(last.size)
        entries = tree.entries(0, size)
        consistency = (
            [] if size == last.size else merkle.consistency_proof(tree.node, size, last.size)
        )
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
    """What a log proves of earlier checkpoints of one that is believed."""

    place: Path | str | Place
    size: int
    root_hash: bytes

    def had_root(self, size: int, root: bytes) -> bool:
        """Whether the believed checkpoint extends this one; the log is not trusted."""
        if not 0 < size < self.size:
            return (size, root) == (self.size, self.root_hash)
        try:
            with place_of(self.place).reading() as source:
                tree = source.at(self.size)
                consistency = merkle.consistency_proof(tree.node, size, self.size)
        except (LedgerError, KeyError, IndexError):
            return False
        return merkle.verify_consistency(size, root, self.size, self.root_hash, consistency)
