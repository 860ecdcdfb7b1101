"""Check a log's file from end to end and name what is wrong, without changing it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import merkle
from zkproof.ledger.entries import Entry
from zkproof.ledger.fold import apply
from zkproof.ledger.state import LedgerState
from zkproof.ledger.store import LogStore


def fsck(
    path: Path, origin: str, log_key: bytes, *, witnesses: Mapping[str, bytes] | None = None
) -> list[str]:
    """What is wrong, one line each; empty when nothing is.

    1. The database is whole. 2. Positions have no gap. 3. Every entry has its stored leaf hash,
    reads, and breaks no rule after those before it. 4. The stored tree nodes are those of the
    entries, all of them and no others. 5. Every checkpoint is this log's, its signatures hold, its
    size is there and its root is that of the entries. 6. The newest covers all entries.
    """
    try:
        store = LogStore(path, read_only=True)
    except LedgerError as error:
        return [error.message]
    try:
        with store.snapshot():
            return _findings(store, origin, log_key, dict(witnesses or {}))
    except LedgerError as error:
        return [error.message]
    finally:
        store.close()


def _findings(
    store: LogStore, origin: str, log_key: bytes, witnesses: dict[str, bytes]
) -> list[str]:
    integrity = store.integrity()
    if integrity != "ok":  # 1. Nothing else it says could be relied on.
        return [f"database: {line}" for line in integrity.splitlines()]
    found: list[str] = []
    tree = merkle.Tree()
    state: LedgerState | None = LedgerState()
    for position, data in store.walk():
        if position != len(tree):  # 2.
            found.append(f"entry {len(tree)}: missing")
            break
        leaf = merkle.leaf_hash(data)
        tree.append(leaf)
        if store.leaf(position) != leaf:  # 3.
            found.append(f"entry {position}: does not match its leaf hash")
        if state is not None:
            try:
                apply(state, Entry.from_bytes(data))
            except (DecodeError, LedgerError) as error:
                found.append(f"entry {position}: {error.message}")
                state = None  # later entries rest on this one
    found += _nodes(store, tree)
    found += _checkpoints(store, tree, origin, log_key, witnesses)
    return found


def _nodes(store: LogStore, tree: merkle.Tree) -> list[str]:
    found, count = [], 0
    for level, position, value in store.nodes():  # 4.
        count += 1
        if (position + 1) << level > len(tree):
            found.append(f"node {level}/{position}: over entries that are not there")
        elif tree.node(level, position) != value:
            found.append(f"node {level}/{position}: not the hash of its entries")
    expected = sum(len(tree) >> level for level in range(1, len(tree).bit_length()))
    if not found and count != expected:
        found.append(f"nodes: {count} stored, {expected} expected")
    return found


def _checkpoints(
    store: LogStore, tree: merkle.Tree, origin: str, log_key: bytes, witnesses: dict[str, bytes]
) -> list[str]:
    found, newest = [], 0
    for size in store.checkpoint_sizes():  # 5.
        checkpoint = store.checkpoint(size)
        if checkpoint is None:
            continue
        name, newest = f"checkpoint {size}", size
        try:
            signed = checkpoint.origin == origin and checkpoint.signed_by_log(log_key)
            if not signed or checkpoint.cosigned_at(origin, log_key) is None:
                found.append(f"{name}: not signed by the log's key")
            checkpoint.cosigned_by(witnesses)
        except LedgerError as error:
            found.append(f"{name}: {error.message}")
        if size > len(tree):
            found.append(f"{name}: covers entries that are not there")
        elif tree.root(size) != checkpoint.root_hash:
            found.append(f"{name}: root does not match the entries")
    if newest < len(tree):  # 6.
        found.append(f"checkpoint: entries {newest} .. {len(tree) - 1} are not covered yet")
    return found
