"""Start the service: everything that can be missing is looked for before it says "serving"."""

from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Callable
from types import FrameType

import structlog
import uvicorn
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette

from zkproof.errors import ConflictError, UsageError
from zkproof_server import connections
from zkproof_server.database import Database
from zkproof_server.settings import Settings

log = structlog.get_logger()


def prepare_database(address: str, *, now: int) -> None:
    """Bring the database up to date and write to it once.

    Raises `UsageError` and `ConflictError`.
    """
    database = Database(address)
    try:
        database.migrate()
        database.write_probe(now)
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise ConflictError(f"ZKPROOF_DATABASE: cannot be used ({reason})") from None
    except CommandError:
        raise ConflictError(
            "ZKPROOF_DATABASE: written by another version of this program"
        ) from None
    finally:
        database.close()


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


def announce(at: socket.socket) -> None:
    """Say where the service is."""
    host, port = at.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    log.info("serving", address=address)
    print(f"serving on {address}", flush=True)


def run(
    app: Starlette,
    settings: Settings,
    at: socket.socket,
    started: Callable[[socket.socket], None] = announce,
) -> None:
    """Serve until told to stop; ``started`` is called once it serves. Raises `ConflictError` when
    the application does not start.

    Told to stop (SIGTERM), it takes no new connections, answers what it has begun, and ends.
    """
    config = connections.configured(
        app,
        most=settings.max_connections,
        head_seconds=settings.head_seconds,
        trusted_proxies=settings.trusted_proxies,
    )
    server = _Announcing(config, started, app)
    # uvicorn raises the signal again once it has stopped in order; that is no failure.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: None)
    server.run(sockets=[at])
    if not server.started:
        raise ConflictError("service: did not start", hint="its log says why")


class _Announcing(uvicorn.Server):
    """Says that it serves, once it does."""

    def __init__(
        self, config: uvicorn.Config, started: Callable[[socket.socket], None], app: Starlette
    ) -> None:
        super().__init__(config)
        self._said = started
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.state.stopping = True  # streams of events end by themselves
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            self._said(sockets[0])
