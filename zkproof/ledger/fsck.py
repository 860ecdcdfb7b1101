"""Check a log's file from end to end and name what is wrong, without changing it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import merkle
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.entries import Entry
from zkproof.ledger.fold import apply
from zkproof.ledger.policy import NOBODY, Policy
from zkproof.ledger.snapshot import Snapshot
from zkproof.ledger.state import LedgerState
from zkproof.ledger.store import LogStore

ROLLED_BACK, REWRITTEN = "rolled back: ", "rewritten: "
"""Beginnings of findings that say: the log is not the one that was believed."""


def fsck(
    path: Path,
    origin: str,
    log_key: bytes,
    *,
    policy: Policy = NOBODY,
    root: bytes | None = None,
    believed: Checkpoint | None = None,
    snapshots: Mapping[str, bytes] | None = None,
) -> list[str]:
    """What is wrong, one line each; empty when nothing is. What a reader with these pins would
    refuse for ever is a finding.

    1. The database is whole, and has the tables of a log and nothing else. 2. Positions have no
    gap. 3. Every entry has its stored leaf hash, reads, and breaks no rule after those before it;
    the first is the pinned ``root``. 4. The stored tree nodes are those of the entries, all of them
    and no others. 5. Every checkpoint is this log's, its signatures and those of the policy's
    witnesses hold, its size is there and its root is that of the entries. 6. The newest covers all
    entries, and one has the quorum. 7. Each of ``snapshots`` says what the entries say. 8. The
    entries extend what was ``believed``.
    """
    try:
        store = LogStore(path, read_only=True)
    except LedgerError as error:
        return [error.message]
    try:
        with store.snapshot():
            integrity = store.integrity()
            if integrity != "ok":  # 1. Nothing else it says could be relied on.
                return [f"database: {line}" for line in integrity.splitlines()]
            found = [f"tables: {line}" for line in store.misfits()]
            try:
                tree = merkle.Tree()
                found += _entries(store, tree, root, dict(snapshots or {}))
                found += _nodes(store, tree)
                found += _checkpoints(store, tree, origin, log_key, policy)
                if believed is not None:  # 8.
                    found += _extends(tree, believed)
            except LedgerError as error:
                found.append(error.message)
            return found
    except LedgerError as error:
        return [error.message]
    finally:
        store.close()


def _entries(
    store: LogStore, tree: merkle.Tree, root: bytes | None, snapshots: dict[str, bytes]
) -> list[str]:
    """What is wrong with entries and snapshots; grows the tree by the entries."""
    found: list[str] = []
    frontier = merkle.Frontier()
    state: LedgerState | None = LedgerState()
    expected = _by_size(snapshots, found)
    for position, data in store.walk():
        if position != len(tree):  # 2.
            found.append(f"entry {len(tree)}: missing")
            break
        leaf = merkle.leaf_hash(data)
        tree.append(leaf)
        frontier.append(leaf)
        if store.leaf(position) != leaf:  # 3.
            found.append(f"entry {position}: does not match its leaf hash")
        if position == 0 and root is not None and leaf != root:
            found.append("entry 0: not the pinned governance root")
        if state is not None:
            try:
                apply(state, Entry.from_bytes(data))
            except (DecodeError, LedgerError) as error:
                found.append(f"entry {position}: {error.message}")
                state = None  # later entries rest on this one
        for name in expected.pop(len(tree), ()):  # 7.
            if state is None or Snapshot(state, frontier).to_bytes() != snapshots[name]:
                found.append(f"{name}: not what the entries say")
    late = [name for names in expected.values() for name in names]
    return found + [f"{name}: of entries that are not there" for name in late]


def _extends(tree: merkle.Tree, believed: Checkpoint) -> list[str]:
    if believed.size > len(tree):
        return [f"{ROLLED_BACK}{len(tree)} entries, where {believed.size} were believed"]
    if tree.root(believed.size) != believed.root_hash:
        return [f"{REWRITTEN}other entries than the {believed.size} that were believed"]
    return []


def _by_size(snapshots: Mapping[str, bytes], found: list[str]) -> dict[int, list[str]]:
    """Names of snapshots by the number of entries they are of."""
    names: dict[int, list[str]] = {}
    for name, data in snapshots.items():
        try:
            names.setdefault(Snapshot.from_bytes(data).frontier.size, []).append(name)
        except DecodeError as error:
            found.append(f"{name}: {error.message}")
    return names


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
    store: LogStore,
    tree: merkle.Tree,
    origin: str,
    log_key: bytes,
    policy: Policy,
) -> list[str]:
    found, newest, cosigned = [], 0, False
    for size in store.checkpoint_sizes():  # 5.
        checkpoint = store.checkpoint(size)
        if checkpoint is None:
            continue
        name, newest = f"checkpoint {size}", size
        try:
            signed = checkpoint.origin == origin and checkpoint.signed_by_log(log_key)
            if not signed or checkpoint.cosigned_at(origin, log_key) is None:
                found.append(f"{name}: not signed by the log's key")
            cosigned |= checkpoint.reached_at(policy) is not None
        except LedgerError as error:
            found.append(f"{name}: {error.message}")
        if size > len(tree):
            found.append(f"{name}: covers entries that are not there")
        elif tree.root(size) != checkpoint.root_hash:
            found.append(f"{name}: root does not match the entries")
    if newest < len(tree):  # 6.
        found.append(f"checkpoint: entries {newest} .. {len(tree) - 1} are not covered yet")
    if not cosigned and newest:
        found.append(f"checkpoint: none has the cosignatures that readers need ({policy.needed})")
    if store.orphans():
        found.append(f"signatures: {store.orphans()} of checkpoints that are not there")
    return found
