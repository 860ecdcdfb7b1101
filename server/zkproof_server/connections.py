"""Connections: how many, and how long one may take to say what it wants.

A client that never finishes its head, or its body, costs a descriptor until somebody ends it; a few
hundred of them would take all there are. So the head has a time limit that no octet extends, and
when all places are taken a newcomer gets the place of the connection that has kept the service
waiting longest. Whoever has sent a whole request is not sent away: only when all places are taken
by such does a newcomer wait in vain.

The time limit of bodies is in `zkproof_server.limits`.
"""

from __future__ import annotations

import asyncio
import resource
from typing import Any

import h11
import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

log = structlog.get_logger()

MAX_HEAD_BYTES = 16 << 10
BACKLOG = 64
"""Connections that the kernel keeps for us; asyncio accepts as many at once before we see one."""

_OTHER_FILES = 48
"""Descriptors for the database, the ledger, the log, the event loop."""


def most_connections(asked: int) -> int:
    """How many of ``asked`` connections the descriptors of this process allow, with a reserve."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return asked
    return min(asked, max(8, soft - BACKLOG - _OTHER_FILES))


class Waiting:
    """The connections of one server that have not sent a whole request, oldest first."""

    def __init__(self, most: int, head_seconds: float) -> None:
        self.most = most
        self.head_seconds = head_seconds
        self._open: dict[Connection, None] = {}

    def admit(self, connection: Connection) -> bool:
        """Take a connection in, in place of another if need be; ``False`` if there is no place."""
        if len(self._open) >= self.most:
            for other in self._open:
                if other.keeps_waiting():
                    log.warning("connection given up", reason="another needs its place")
                    other.give_up()
                    break
            else:
                log.warning("connection refused", reason="all are in use")
                return False
        self._open[connection] = None
        return True

    def renew(self, connection: Connection) -> None:
        """A request was answered: the connection waits from now on."""
        if self._open.pop(connection, self) is not self:
            self._open[connection] = None

    def leave(self, connection: Connection) -> None:
        self._open.pop(connection, None)


class Connection(H11Protocol):
    """uvicorn's connection with a time limit for heads, and a place among `Waiting`."""

    waiting: Waiting
    """Set by `connections_of` for each server."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.waiting.admit(self):
            self._time_head()
        else:
            self.give_up()

    def connection_lost(self, exc: Exception | None) -> None:
        self.waiting.leave(self)
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._time_head()
        super().data_received(data)
        if not self._head_is_missing():
            self._stop_timer()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.waiting.renew(self)

    def keeps_waiting(self) -> bool:
        """Whether the client has yet to finish its head or its body."""
        return self._head_is_missing() or (self.cycle is not None and self.cycle.more_body)

    def give_up(self) -> None:
        """End the connection at once: nothing more is read or sent."""
        self.waiting.leave(self)
        self._stop_timer()
        self.transport.abort()

    def _head_is_missing(self) -> bool:
        return self.conn.their_state is h11.IDLE

    def _time_head(self) -> None:
        """Start the clock, unless it runs: octets that trickle in do not set it back."""
        if self._head_timer is None and self._head_is_missing():
            self._head_timer = self.loop.call_later(self.waiting.head_seconds, self._too_slow)

    def _too_slow(self) -> None:
        log.warning("connection given up", reason="its head took too long")
        self.give_up()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def connections_of(most: int, head_seconds: float) -> type[Connection]:
    """The connection class of one server."""

    class Limited(Connection):
        waiting = Waiting(most, head_seconds)

    return Limited


def configured(app: Any, *, most: int, head_seconds: float, trusted_proxies: str = "") -> Config:
    """uvicorn's configuration around the application."""
    return Config(
        app,
        http=connections_of(most_connections(most), head_seconds),
        ws="none",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=5,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies or None,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
    )
