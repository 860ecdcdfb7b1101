"""The database: SQLite for one machine, PostgreSQL by its address; migrations run at start.

Trusted: yes, for what this service asked and answered. May be lost: no, it is what makes a request
single-use. Acknowledged means: committed, on disk (SQLite ``synchronous=FULL``, PostgreSQL
``synchronous_commit=on``). Holds requests, results until their time is over, receipts, hashes of
API keys; no proof and nothing that was not disclosed.

SQL is synchronous and runs on threads: with SQLAlchemy's asynchronous engines the same statements
took two and a half times the processor time with PostgreSQL and four times with SQLite.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text, update
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from zkproof.errors import UsageError
from zkproof_server.tables import probe

_MIGRATING = 0x7A6B_7072
"""PostgreSQL's advisory lock while migrations run: several workers may start at once."""

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=10000",
    "foreign_keys=ON",
    "secure_delete=ON",
)


class Database:
    """One database. ``read`` and ``write`` give a connection within a transaction."""

    def __init__(self, address: str) -> None:
        self.engine = make_engine(address)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        file = self.engine.url.database
        self.file = Path(file) if self.is_sqlite and file else None
        self._turn = nullcontext() if self.file is None else _Turn(self.file)
        self._writing = self.engine.execution_options(writes=True)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Committed when the block ends, rolled back when it raises."""
        with self._turn, self._writing.begin() as connection:
            yield connection

    def write_probe(self, now: int) -> None:
        """Write a row and wait until it is committed. Raises `SQLAlchemyError`.

        SQLite writes on to a file that somebody deleted, and the next start would find none of it.
        """
        if self.file is not None and not self.file.is_file():
            raise OperationalError(None, None, OSError("the file is gone"))
        with self.write() as connection:
            connection.execute(update(probe).values(written_at=now))

    def empty_write_ahead_log(self) -> None:
        """Let deleted rows go from SQLite's write-ahead log as well; elsewhere nothing to do."""
        if self.is_sqlite:
            with self._turn, self.engine.connect() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
                connection.rollback()

    def migrate(self) -> None:
        """Bring the database to the newest version: all of it, or nothing."""
        config = _alembic()
        with self.write() as connection:
            if not self.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATING})"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def is_current(self) -> bool:
        """Whether the database has the version that this program uses."""
        with self.read() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
        return found == ScriptDirectory.from_config(_alembic()).get_current_head()


def make_engine(address: str) -> Engine:
    """An engine. Its errors do not repeat parameters: these would bring values into logs.

    SQLite gets foreign keys, a write-ahead log, full synchronisation, and overwrites what it
    deletes. Raises `UsageError`.
    """
    try:
        url = make_url(address)
    except ArgumentError:
        raise UsageError("ZKPROOF_DATABASE: not an address this program can use") from None
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise UsageError(
            "ZKPROOF_DATABASE: not an address this program can use",
            hint="sqlite:///service.db, or postgresql://user@host/name",
        )
    options: dict[str, Any] = {"pool_size": 16, "max_overflow": 16}
    try:
        engine = create_engine(url, hide_parameters=True, **options)
    except (ImportError, NoSuchModuleError):
        raise UsageError(
            "ZKPROOF_DATABASE: the driver for PostgreSQL is not installed",
            hint="pip install 'zkproof[server]'",
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    # The driver would begin transactions by itself, and only before some statements.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # Who reads first and writes later would lose against a writer in between.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class _Turn:
    """One writer at a time, over all threads and processes that use a SQLite file.

    SQLite itself lets writers poll for its lock, with sleeps of up to a tenth of a second; here the
    kernel wakes the next one. What does not take part (another program) still meets SQLite's own.
    """

    def __init__(self, file: Path) -> None:
        self._path = file.with_name(f"{file.name}.lock")
        self._thread = threading.Lock()
        self._descriptor: int | None = None

    def __enter__(self) -> None:
        self._thread.acquire()
        try:
            if self._descriptor is None:
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
                self._descriptor = os.open(self._path, flags, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        except BaseException:
            self._thread.release()
            raise

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._thread.release()


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
