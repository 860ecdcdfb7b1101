"""The database: SQLAlchemy tables, and migrations run at start.

Trusted: yes, for what this verifier asked and answered. May be lost: no, it is what makes a request
single-use. Acknowledged means: committed, with SQLite on disk (``synchronous=FULL``). Holds
requests, results until their time is over, receipts, hashes of API keys; no proof and nothing that
was not disclosed.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    event,
    text,
    update,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

metadata = MetaData()

requests = Table(
    "request",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("state", String(16), nullable=False),  # open, answered, closed
    Column("tries", Integer, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("opened_by", String(64), nullable=False),
)

# The only place of disclosed values; rows are deleted when their time is over.
results = Table(
    "result",
    metadata,
    Column("request_id", String(32), ForeignKey("request.id"), primary_key=True),
    Column("facts", JSON, nullable=False),
    Column("kept_until", Integer, nullable=False, index=True),
)

receipts = Table(
    "receipt",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("request_id", String(32), ForeignKey("request.id"), nullable=False, index=True),
    Column("document", LargeBinary, nullable=False),
    Column("chain", LargeBinary, nullable=False),  # SHA-256(previous chain || receipt digest)
    Column("presentation", LargeBinary, nullable=True),  # digest of the answer it is about
)

# One row. Who appends to the chain takes it first, so that the chain cannot fork.
chain_head = Table(
    "receipt_chain_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, nullable=False),
    Column("chain", LargeBinary, nullable=False),
)

# One row that says nothing: writing it shows that the database can be written.
probe = Table(
    "probe",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("written_at", Integer, nullable=False),
)

api_keys = Table(
    "api_key",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("scopes", String(200), nullable=False),
    Column("revoked", Boolean, nullable=False),
)


def make_engine(address: str) -> AsyncEngine:
    """An engine. Its errors do not repeat parameters: these would bring values into logs.

    SQLite gets foreign keys, a write-ahead log, full synchronisation, and overwrites what it
    deletes.
    """
    engine = create_async_engine(address, hide_parameters=True)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine.sync_engine, "connect")
        def pragmas(connection: object, _: object) -> None:
            cursor = connection.cursor()  # type: ignore[attr-defined]
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "busy_timeout=10000",
                "foreign_keys=ON",
                "secure_delete=ON",
            ):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

    return engine


async def empty_write_ahead_log(engine: AsyncEngine) -> None:
    """Let deleted rows go from SQLite's write-ahead log as well; elsewhere nothing to do."""
    if engine.dialect.name == "sqlite":
        async with engine.connect() as connection:
            await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


async def write_probe(engine: AsyncEngine, now: int) -> None:
    """Write a row and wait until it is committed. Raises `SQLAlchemyError`.

    SQLite writes on to a file that somebody deleted, and the next start would find none of it.
    """
    file = engine.url.database
    if engine.dialect.name == "sqlite" and file and not Path(file).is_file():
        raise OperationalError(None, None, OSError("the file is gone"))
    async with engine.begin() as connection:
        await connection.execute(update(probe).values(written_at=now))


async def migrate(engine: AsyncEngine) -> None:
    """Bring the database to the newest version."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    async with engine.begin() as connection:
        await connection.run_sync(run)
