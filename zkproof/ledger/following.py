"""Bring a reader up to date from a log's own file: the fetching that `reader` leaves outside.

The file is not trusted; the reader verifies everything it is given. Over a network the same three
things (checkpoint, entries, proof) come from `zkproof.ledger.tiles`.
"""

from __future__ import annotations

from pathlib import Path

from zkproof.errors import LedgerError
from zkproof.ledger import merkle
from zkproof.ledger.reader import LedgerReader
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
        old = reader.size
        consistency: list[bytes] = []
        if 0 < old < newest.size:
            consistency = merkle.consistency_proof(store.node, old, newest.size)
        reader.update(newest.to_note(), store.entries(old, newest.size), consistency, now=now)
    finally:
        store.close()
