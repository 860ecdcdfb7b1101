"""The log on disk: one SQLite file with entries, tree nodes and checkpoints.

Trusted: no. A reader verifies signatures, hashes and the fold by itself. May be lost: no, it is the
log; back it up like any database. After restoring an older copy, compare with a witness or a reader
before appending: the log must not sign a second history.

What a crash leaves: an entry, the nodes it completes and the checkpoint over it are one
transaction, so all are there or none is, and the entry is acknowledged only after that. Where a
checkpoint was lost all the same, the next opening signs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from zkproof.errors import LedgerError
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.database import Database
from zkproof.ledger.merkle import Frontier, leaf_hash
from zkproof.ledger.policy import NOBODY, Policy

APPLICATION_ID = 0x7A6B6C67  # "zklg"
VERSION = 1
_PAGE = 1024
_TABLES = """
CREATE TABLE entry (
    position INTEGER PRIMARY KEY CHECK (position >= 0),
    data BLOB NOT NULL,
    leaf BLOB NOT NULL UNIQUE CHECK (length(leaf) = 32)
) STRICT;
CREATE TABLE node (
    level INTEGER NOT NULL CHECK (level >= 1),
    position INTEGER NOT NULL CHECK (position >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY CHECK (size > 0),
    origin TEXT NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32)
) STRICT;
CREATE TABLE signature (
    size INTEGER NOT NULL REFERENCES checkpoint (size),
    name TEXT NOT NULL,
    key_id BLOB NOT NULL CHECK (length(key_id) = 4),
    signature BLOB NOT NULL,
    PRIMARY KEY (size, name, key_id)
) STRICT;
"""


class LogStore:
    """Rows of one log; without a path, in memory.

    Raises `LedgerError` when the file is no log or cannot be used.
    """

    def __init__(self, path: Path | None, *, create: bool = False, read_only: bool = False) -> None:
        self.path = path
        self._db = Database(
            path,
            application_id=APPLICATION_ID,
            version=VERSION,
            tables=_TABLES,
            create=create,
            read_only=read_only,
        )

    def close(self) -> None:
        self._db.close()

    def writing(self) -> AbstractContextManager[None]:
        """One writer at a time; all or nothing. Raises `LedgerBusy`."""
        return self._db.writing()

    def snapshot(self) -> AbstractContextManager[None]:
        """What is read inside belongs to one moment, whatever others write meanwhile."""
        return self._db.snapshot()

    def at(self, size: int) -> LogStore:
        """This log, of which more than ``size`` entries are there (`zkproof.ledger.source.Tree`).

        Nodes and entries of a log are the same at every size that has them.
        """
        return self

    def size(self) -> int:
        """Number of entries."""
        return self._number("SELECT coalesce(max(position) + 1, 0) FROM entry")

    def entries(self, start: int = 0, end: int | None = None) -> list[bytes]:
        """Entries ``start .. end-1``, in order; those that are there."""
        return [data for _, data in self.walk(start, end)]

    def walk(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Positions and entries, in order, a page at a time."""
        limit = self.size() if end is None else end
        while start < limit:
            rows = self._db.query(
                "SELECT position, data FROM entry WHERE position >= ? AND position < ?"
                " ORDER BY position LIMIT ?",
                (start, limit, _PAGE),
            )
            if not rows:
                return
            for position, data in rows:
                yield int(position), bytes(data)
            start = int(rows[-1][0]) + 1

    def position_of(self, data: bytes) -> int | None:
        """Where this very entry stands."""
        rows = self._db.query("SELECT position FROM entry WHERE leaf = ?", (leaf_hash(data),))
        return int(rows[0][0]) if rows else None

    def node(self, level: int, position: int) -> bytes:
        """The hash of a complete subtree (`merkle.NodeAt`). Raises `LedgerError`."""
        if level == 0:
            rows = self._db.query("SELECT leaf FROM entry WHERE position = ?", (position,))
        else:
            rows = self._db.query(
                "SELECT hash FROM node WHERE level = ? AND position = ?", (level, position)
            )
        if not rows:
            raise LedgerError(f"ledger: no tree node {level}/{position}")
        return bytes(rows[0][0])

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """All stored nodes above the leaves, for `fsck`."""
        for level, position, value in self._db.query(
            "SELECT level, position, hash FROM node ORDER BY level, position"
        ):
            yield int(level), int(position), bytes(value)

    def leaf(self, position: int) -> bytes:
        """The stored leaf hash. Raises `LedgerError`."""
        return self.node(0, position)

    def append(self, frontier: Frontier, entries: Sequence[bytes]) -> None:
        """Entries and the nodes they complete, inside `writing`. Grows ``frontier``, which is that
        of this log.
        """
        rows: list[tuple[object, ...]] = []
        nodes: list[tuple[object, ...]] = []
        for data in entries:
            leaf = leaf_hash(data)
            rows.append((frontier.size, data, leaf))
            nodes += frontier.append(leaf)
        self._db.run_many("INSERT INTO entry VALUES (?, ?, ?)", rows)
        self._db.run_many("INSERT INTO node VALUES (?, ?, ?)", nodes)

    def put_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint, inside `writing`. A newer line by the same key takes the place of the
        older one.

        Raises `LedgerError` when one of this size with another root is there already.
        """
        size, root = checkpoint.size, checkpoint.root_hash
        known = self._db.query("SELECT origin, root FROM checkpoint WHERE size = ?", (size,))
        if known and (known[0][0], bytes(known[0][1])) != (checkpoint.origin, root):
            raise LedgerError(f"checkpoint {size}: another one of this size was signed")
        self._db.run(
            "INSERT OR IGNORE INTO checkpoint VALUES (?, ?, ?)", (size, checkpoint.origin, root)
        )
        for name, blob in checkpoint.signatures:
            self._db.run(
                "INSERT OR REPLACE INTO signature VALUES (?, ?, ?, ?)",
                (size, name, blob[:4], blob[4:]),
            )

    def checkpoint(self, size: int) -> Checkpoint | None:
        """The one of this size, with all its lines."""
        rows = self._db.query("SELECT origin, root FROM checkpoint WHERE size = ?", (size,))
        if not rows:
            return None
        lines = self._db.query(
            "SELECT name, key_id, signature FROM signature WHERE size = ? ORDER BY rowid", (size,)
        )
        signatures = tuple((str(n), bytes(k) + bytes(s)) for n, k, s in lines)
        return Checkpoint(str(rows[0][0]), size, bytes(rows[0][1]), signatures)

    def checkpoint_sizes(self) -> list[int]:
        """Sizes for which a checkpoint was signed, going up."""
        return [int(row[0]) for row in self._db.query("SELECT size FROM checkpoint ORDER BY size")]

    def newest_checkpoint(self, policy: Policy = NOBODY) -> Checkpoint | None:
        """The newest one with the policy's quorum.

        Raises `LedgerError` when a line claims to be by one of its witnesses and is not.
        """
        size = self._number("SELECT coalesce(max(size), 0) FROM checkpoint")
        while size:
            found = self.checkpoint(size)
            if found is not None and found.reached_at(policy) is not None:
                return found
            size = self._number(
                "SELECT coalesce(max(size), 0) FROM checkpoint WHERE size < ?", (size,)
            )
        return None

    def misfits(self) -> list[str]:
        """Where tables, columns, indexes or triggers are not those of a log."""
        return self._db.misfits()

    def integrity(self) -> str:
        """SQLite's own check: ``ok`` or what is wrong."""
        return str(self._db.query("PRAGMA integrity_check")[0][0])

    def orphans(self) -> int:
        """Signature lines of checkpoints that are not there."""
        return len(self._db.query("PRAGMA foreign_key_check"))

    def _number(self, statement: str, values: tuple[object, ...] = ()) -> int:
        return int(self._db.query(statement, values)[0][0])
