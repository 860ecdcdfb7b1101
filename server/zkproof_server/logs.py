"""Logs: one JSON object a line; never a body, a disclosed value, a key or an address in full.

The identifier of a request opens it to whoever knows it, so logs carry its first eight digits.
Lines that strangers can cause are limited (`zkproof_server.flood`); what became of requests is
always written.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import time
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zkproof_server.flood import SPAN_SECONDS, Flood, FloodFilter
from zkproof_server.metrics import Metrics
from zkproof_server.problems import Problem

log = structlog.get_logger()
_flood = Flood()

_ALWAYS = frozenset(
    (
        "request opened",
        "request settled",
        "request cancelled",
        "results deleted",
        "serving",
    )
)


_SECRET = re.compile(r"zkp_[0-9a-f]{16}_|whsec_|(?:^|[^0-9a-f])[0-9a-f]{32}")
"""API keys, secrets of webhooks, whole identifiers and digests."""

_MOST_CHARACTERS = 300


def configure(stream: TextIO = sys.stderr) -> None:
    """Write this program's log lines, and warnings of its libraries, to ``stream``."""
    structlog.configure(
        processors=[
            _limited,
            _redacted,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(stream=stream, level=logging.WARNING, force=True)
    for handler in logging.getLogger().handlers:
        handler.addFilter(FloodFilter(_flood))


def _limited(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Leave out what there was too much of. Raises `structlog.DropEvent` for such a line."""
    if event["event"] in _ALWAYS or event.get("left_out"):
        return event
    kind = tuple(str(event.get(name)) for name in ("event", "route", "status", "reason", "code"))
    left_out = _flood.pass_on(kind)
    if left_out is None:
        raise structlog.DropEvent
    return {**event, "left_out": left_out} if left_out else event


def _redacted(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Let through what has a plain type and no shape of a secret: who adds a field to a line need
    not think of it.
    """
    return {name: _plain(value) for name, value in event.items()}


def _plain(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return "<redacted>" if _SECRET.search(value) else str(value)[:_MOST_CHARACTERS]
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return f"<{type(value).__name__} redacted>"


async def keep_counting() -> None:
    """Say, for ever, how many lines were left out once there are no more of their kind."""
    while True:
        await asyncio.sleep(SPAN_SECONDS)
        for kind, count in _flood.settle().items():
            log.warning("lines left out", like=[each for each in kind if each], left_out=count)


def short(request_id: str) -> str:
    """What a log may say of a request's identifier."""
    return request_id[:8]


class Record:
    """One line for each call: method, the route's pattern, status, milliseconds.

    Also the last resort for errors nobody expected: the client gets a problem document, the log
    gets type and places. The error's own text stays out: libraries put values into it.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        start = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            places = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)[-8:]
            ]
            log.error("unexpected error", error=type(error).__name__, places=places)
            if status == 0:
                problem = Problem(500, "internal", "something failed here; it was logged")
                await problem.response()(scope, receive, watched)
        route = getattr(scope.get("route"), "path", None)
        self._metrics.calls.labels(route or "none", status).inc()
        log.info(
            "call",
            method=scope["method"],
            route=route,
            status=status,
            milliseconds=round((time.perf_counter() - start) * 1000, 1),
        )
