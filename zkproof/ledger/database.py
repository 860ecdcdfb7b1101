"""One SQLite file, opened so that what was acknowledged is on disk.

``journal_mode=WAL`` lets readers go on while one process writes; ``synchronous=FULL`` makes a
commit wait for the disk. `application_id` and `user_version` keep a file of another kind, or of
another version, from being used by mistake.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from zkproof.errors import LedgerError

BUSY_SECONDS = 10.0
"""How long a writer waits for another process before it gives up."""

Row = tuple[Any, ...]

# What ANALYZE leaves behind (sqlite_stat1 and the like) changes nothing.
_OBJECTS = "SELECT type, name, sql FROM sqlite_schema WHERE substr(name, 1, 11) != 'sqlite_stat'"


class LedgerBusy(LedgerError):
    """Another process was writing for too long. Nothing was written; trying again is safe."""


class Database:
    """Statements and transactions on one file, from any thread, one at a time.

    ``path`` of ``None`` is a database in memory, gone with its process. Raises `LedgerError` when
    the file is not one of this kind, or is damaged; for writing also when its tables are not those
    of this program: a trigger could change what is written. ``upgrades`` has, for each older
    version, the statements that lead to the next one.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        application_id: int,
        version: int,
        tables: str,
        create: bool,
        read_only: bool = False,
        upgrades: Mapping[int, str] | None = None,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        if path is not None and not create and not path.is_file():
            raise LedgerError(f"ledger: no file {path.name}", hint="zkproof ledger init makes one")
        self._name = "memory" if path is None else path.name
        self._tables = tables
        self._lock = threading.RLock()
        mode = "ro" if read_only else "rwc" if create else "rw"
        try:
            self._connection = sqlite3.connect(
                ":memory:" if path is None else f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                timeout=busy_seconds,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise LedgerError(f"ledger: {self._name} cannot be opened ({error})") from None
        try:
            if not read_only:
                self._upgrade(application_id, upgrades or {})
            self._prepare(application_id, version, tables, read_only=read_only)
        except sqlite3.Error as error:
            self._connection.close()
            raise self._failure("is no usable log", error) from None
        except LedgerError:
            self._connection.close()
            raise

    def _prepare(self, application_id: int, version: int, tables: str, *, read_only: bool) -> None:
        run = self._connection.execute
        if not read_only:
            run("PRAGMA journal_mode=WAL")
            run("PRAGMA synchronous=FULL")
            with self.writing():
                if not run("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                    for statement in filter(str.strip, tables.split(";")):
                        run(statement)
                    run(f"PRAGMA application_id={application_id:d}")
                    run(f"PRAGMA user_version={version:d}")
        if run("PRAGMA application_id").fetchone()[0] != application_id:
            raise LedgerError(f"ledger: {self._name} is a file of another kind")
        if run("PRAGMA user_version").fetchone()[0] != version:
            raise LedgerError(
                f"ledger: {self._name} was written by another version of this program"
            )
        if not read_only:
            for misfit in self.misfits():
                raise LedgerError(
                    f"ledger: {self._name} is damaged ({misfit})", hint="zkproof ledger fsck"
                )

    def _upgrade(self, application_id: int, upgrades: Mapping[int, str]) -> None:
        """Bring a file of an older version up to date, whole or not at all."""
        run = self._connection.execute
        while run("PRAGMA application_id").fetchone()[0] == application_id:
            found = run("PRAGMA user_version").fetchone()[0]
            if found not in upgrades:
                return
            with self.writing():
                if run("PRAGMA user_version").fetchone()[0] != found:
                    continue  # another process did it
                for statement in filter(str.strip, upgrades[found].split(";")):
                    run(statement)
                run(f"PRAGMA user_version={found + 1:d}")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def misfits(self) -> list[str]:
        """Where tables, indexes, triggers or views differ from those this program makes."""
        with closing(sqlite3.connect(":memory:")) as model:
            model.executescript(self._tables)
            expected = {(kind, name): sql for kind, name, sql in model.execute(_OBJECTS)}
        found = {(str(kind), str(name)): sql for kind, name, sql in self.query(_OBJECTS)}
        return (
            [f"no such {kind} {name}" for kind, name in sorted(expected.keys() - found.keys())]
            + [f"foreign {kind} {name}" for kind, name in sorted(found.keys() - expected.keys())]
            + [
                f"{kind} {name} has other columns or rules"
                for kind, name in sorted(expected.keys() & found.keys())
                if _words(expected[kind, name]) != _words(found[kind, name])
            ]
        )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction, all or nothing; committed means on disk.

        Raises `LedgerBusy` when another process does not let go of the file.
        """
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                raise self._failure("cannot be written", error) from None
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise self._failure("was not written", error) from None
                raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside belongs to one moment, whatever other processes write meanwhile."""
        with self._lock:
            self.query("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("ROLLBACK")

    def run(self, statement: str, values: tuple[object, ...] = ()) -> None:
        """A statement that changes something; inside `writing`."""
        with self._lock:
            self._connection.execute(statement, values)

    def run_many(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """The same statement for every row; inside `writing`."""
        with self._lock:
            self._connection.executemany(statement, rows)

    def query(self, statement: str, values: tuple[object, ...] = ()) -> list[Row]:
        with self._lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise self._failure("is damaged", error) from None

    def _failure(self, what: str, error: sqlite3.Error) -> LedgerError:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (
            sqlite3.SQLITE_BUSY,
            sqlite3.SQLITE_LOCKED,
        ):
            message = f"ledger: {self._name} is in use by another process"
            return LedgerBusy(message, hint="try again")
        return LedgerError(f"ledger: {self._name} {what} ({error})")


def _words(sql: str | None) -> list[str]:
    """A statement without its layout; of an index that SQLite made by itself, nothing."""
    return (sql or "").split()
