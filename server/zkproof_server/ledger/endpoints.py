"""The read side of a log over HTTP: C2SP's tlog-tiles. Public, unlike everything that a verifier
keeps: whoever reads a ledger says nothing but which part of it.

Tiles and entries never change, so caches and browsers may keep them for ever; the checkpoint is
asked for anew, at little cost where it is the same (``ETag``).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import tiles
from zkproof.ledger.pins import Pins
from zkproof.ledger.store import LogStore
from zkproof_server.problems import Problem

FOR_EVER = "public, max-age=31536000, immutable"
ANEW = "public, no-cache"


class Tiles:
    """Answers the paths of one log's file. It is only read; another process appends."""

    def __init__(self, path: Path, pins: Pins) -> None:
        self._store = LogStore(path, read_only=True)
        self._policy = pins.required

    def close(self) -> None:
        self._store.close()

    async def answer(self, request: Request) -> Response:
        path = request.path_params["path"]
        try:
            found = await run_in_threadpool(self._read, path)
        except (DecodeError, LedgerError) as error:
            return Problem(404, "not-found", error.message).response()
        tag = f'"{hashlib.sha256(found.content).hexdigest()[:32]}"'
        headers = {
            "Cache-Control": FOR_EVER if found.immutable else ANEW,
            "ETag": tag,
            "Access-Control-Allow-Origin": "*",
            "X-Content-Type-Options": "nosniff",
        }
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        headers["Content-Type"] = found.content_type
        return Response(found.content, headers=headers)

    def _read(self, path: str) -> tiles.Resource:
        return tiles.read(self._store, path, self._policy)


def make_app(answers: Tiles) -> Starlette:
    """An application to serve alone, or to mount under a path."""
    return Starlette(routes=[Route("/{path:path}", answers.answer, methods=["GET"])])
