"""The database: SQLAlchemy tables, and migrations run at start.

Trusted: yes, for what this verifier asked and answered. May be lost: no, it is what makes a request
single-use. Acknowledged means: committed. Holds requests, results, receipts, hashes of API keys;
no proof and nothing undisclosed.
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
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    event,
)
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

metadata = MetaData()

requests = Table(
    "request",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("state", String(16), nullable=False),  # open, answered, closed
    Column("tries", Integer, nullable=False, default=0),
    Column("document", LargeBinary, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("opened_by", String(64), nullable=False),
    Column("result", JSON, nullable=True),
    Column("result_until", Integer, nullable=True),
    Column("receipt", LargeBinary, nullable=True),
)

receipts = Table(
    "receipt",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("request_id", String(32), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("chain", LargeBinary, nullable=False),  # SHA-256(previous chain || receipt digest)
)

api_keys = Table(
    "api_key",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("scopes", String(200), nullable=False),
    Column("revoked", Boolean, nullable=False, default=False),
)


def make_engine(address: str) -> AsyncEngine:
    """An engine; SQLite with foreign keys, WAL and full synchronisation."""
    engine = create_async_engine(address)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine.sync_engine, "connect")
        def pragmas(connection: object, _: object) -> None:
            cursor = connection.cursor()  # type: ignore[attr-defined]
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

    return engine


async def migrate(engine: AsyncEngine) -> None:
    """Bring the database to the newest version."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    async with engine.begin() as connection:
        await connection.run_sync(run)
