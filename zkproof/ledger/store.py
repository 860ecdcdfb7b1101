"""The log on disk: one SQLite file, entries and checkpoints.

Trusted: no. A reader verifies signatures, hashes and the fold. May be lost: no, it is the log;
back it up like any database. Acknowledged means: the entry's row is committed with
``synchronous=FULL`` in WAL mode. A crash between that and the checkpoint loses nothing: the
next start signs a checkpoint over what is there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zkproof.errors import LedgerError
from zkproof.ledger.merkle import leaf_hash

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    position INTEGER PRIMARY KEY CHECK (position >= 0),
    data BLOB NOT NULL,
    leaf BLOB NOT NULL UNIQUE
) STRICT;
CREATE TABLE IF NOT EXISTS checkpoint (
    size INTEGER PRIMARY KEY,
    note BLOB NOT NULL
) STRICT;
"""
_BUSY_MS = 10_000


class LogStore:
    """Rows of one log. Raises `LedgerError` when the file is no log or cannot be used."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if not create and not path.is_file():
            raise LedgerError(f"ledger: no file {path.name}", hint="zkproof ledger init makes one")
        self.path = path
        try:
            self._db = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_MS / 1000)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise LedgerError(f"ledger: {path.name} is no usable log ({error})") from None

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def appending(self) -> Iterator[None]:
        """One writer at a time; all or nothing."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            raise LedgerError("ledger: another process is appending", hint="try again") from None
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def size(self) -> int:
        row = self._query("SELECT count(*) FROM entry")
        return int(row[0][0])

    def entries(self, start: int = 0, end: int | None = None) -> list[bytes]:
        """Entries ``start .. end-1``, in order."""
        limit = self.size() if end is None else end
        rows = self._query(
            "SELECT data FROM entry WHERE position >= ? AND position < ? ORDER BY position",
            (start, limit),
        )
        return [bytes(row[0]) for row in rows]

    def leaves(self, size: int) -> list[bytes]:
        """Leaf hashes of the first ``size`` entries."""
        rows = self._query("SELECT leaf FROM entry WHERE position < ? ORDER BY position", (size,))
        return [bytes(row[0]) for row in rows]

    def rows(self) -> list[tuple[int, bytes, bytes]]:
        """Everything, for `fsck`."""
        rows = self._query("SELECT position, data, leaf FROM entry ORDER BY position")
        return [(int(p), bytes(d), bytes(leaf)) for p, d, leaf in rows]

    def append(self, position: int, data: bytes) -> None:
        """Only inside `appending`."""
        try:
            self._db.execute(
                "INSERT INTO entry VALUES (?, ?, ?)", (position, data, leaf_hash(data))
            )
        except sqlite3.IntegrityError:
            raise LedgerError("entry: appended before") from None

    def put_checkpoint(self, size: int, note: bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO checkpoint VALUES (?, ?)", (size, note))

    def last_checkpoint(self) -> bytes | None:
        rows = self._query("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")
        return bytes(rows[0][0]) if rows else None

    def checkpoints(self) -> list[bytes]:
        return [bytes(row[0]) for row in self._query("SELECT note FROM checkpoint ORDER BY size")]

    def integrity(self) -> str:
        """SQLite's own check: ``ok`` or what is wrong."""
        return str(self._query("PRAGMA integrity_check")[0][0])

    def _query(self, text: str, values: tuple[int, ...] = ()) -> list[tuple[bytes, ...]]:
        try:
            return self._db.execute(text, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise LedgerError(f"ledger: {self.path.name} is damaged ({error})") from None
