"""Check a log's file from end to end and name what is wrong, without changing it."""

from __future__ import annotations

from zkproof.errors import DecodeError, LedgerError, ZkProofError
from zkproof.ledger import merkle
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.entries import Entry
from zkproof.ledger.state import LedgerState
from zkproof.ledger.store import LogStore


def fsck(store: LogStore, origin: str, log_key: bytes) -> list[str]:
    """What is wrong, one line each; empty when nothing is."""
    try:
        return _findings(store, origin, log_key)
    except LedgerError as error:
        return [error.message]


def _findings(store: LogStore, origin: str, log_key: bytes) -> list[str]:
    found = []
    integrity = store.integrity()
    if integrity != "ok":
        found.append(f"database: {integrity}")
    state = LedgerState()
    leaves: list[bytes] = []
    for expected, (position, data, leaf) in enumerate(store.rows()):
        if position != expected:
            found.append(f"entry {expected}: missing")
            break
        if merkle.leaf_hash(data) != leaf:
            found.append(f"entry {position}: does not match its leaf hash")
        leaves.append(merkle.leaf_hash(data))
        try:
            state.apply(Entry.from_bytes(data))
        except (DecodeError, LedgerError) as error:
            found.append(f"entry {position}: {error.message}")
            break
    newest = 0
    for note in store.checkpoints():
        try:
            checkpoint = Checkpoint.from_note(note)
        except ZkProofError as error:
            found.append(f"checkpoint: {error.message}")
            continue
        newest = max(newest, checkpoint.size)
        if not checkpoint.signed_by_log(origin, log_key):
            found.append(f"checkpoint {checkpoint.size}: not signed by the log's key")
        if checkpoint.size > len(leaves):
            found.append(f"checkpoint {checkpoint.size}: covers entries that are not there")
        elif merkle.root(leaves[: checkpoint.size]) != checkpoint.root_hash:
            found.append(f"checkpoint {checkpoint.size}: root does not match the entries")
    if newest < len(leaves):
        found.append(f"checkpoint: entries {newest} .. {len(leaves) - 1} are not covered yet")
    return found
