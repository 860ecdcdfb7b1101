"""Start the service: everything that can be missing is looked for before it says "serving"."""

from __future__ import annotations

import contextlib
import errno
import socket
import sqlite3
from typing import Any

import structlog
import uvicorn
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from zkproof.errors import ConflictError, UsageError
from zkproof_server import connections
from zkproof_server.database import make_engine, migrate, write_probe
from zkproof_server.settings import Settings

log = structlog.get_logger()


async def prepare_database(address: str, *, now: int) -> None:
    """Bring the database up to date and write to it once.

    Raises `UsageError` and `ConflictError`.
    """
    try:
        engine = make_engine(address)
    except (SQLAlchemyError, ImportError, ValueError):
        raise UsageError("ZKPROOF_DATABASE: not an address this program can use") from None
    try:
        _open_sqlite(engine)
        await migrate(engine)
        await write_probe(engine, now)
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise ConflictError(f"ZKPROOF_DATABASE: cannot be used ({reason})") from None
    except CommandError:
        raise ConflictError(
            "ZKPROOF_DATABASE: written by another version of this program"
        ) from None
    finally:
        await engine.dispose()


def _open_sqlite(engine: AsyncEngine) -> None:
    """Open the file once without the asynchronous driver, whose thread would write a traceback if
    the program ends while it still reports that it cannot. Raises `sqlite3.Error`.
    """
    file = engine.url.database
    if engine.dialect.name == "sqlite" and file:
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA schema_version")


def listening(host: str, port: int) -> socket.socket:
    """A socket that is bound.

    Raises `UsageError` and `ConflictError` when the address cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        found = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(f"ZKPROOF_HOST: {host} is no address of this machine ({error})") from None
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(connections.BACKLOG)
        found.setblocking(False)
    except OSError as error:
        found.close()
        if error.errno == errno.EADDRINUSE:
            raise ConflictError(
                f"port {port}: in use by another program", hint="choose another: ZKPROOF_PORT"
            ) from None
        raise ConflictError(f"{host} port {port}: cannot be used ({error.strerror})") from None
    return found


def run(app: Any, settings: Settings, at: socket.socket) -> None:
    """Serve until told to stop. Raises `ConflictError` when the application does not start."""
    config = connections.configured(
        app, most=settings.max_connections, head_seconds=settings.head_seconds
    )
    server = _Announcing(config)
    server.run(sockets=[at])
    if not server.started:
        raise ConflictError("service: did not start", hint="its log says why")


class _Announcing(uvicorn.Server):
    """Says where it serves, once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            log.info("serving", address=address)
            print(f"serving on {address}", flush=True)
