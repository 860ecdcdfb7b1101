"""Serve an application on a port of this machine; and a proxy that changes what it passes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zkproof_server import connections
from zkproof_server.serving import listening


@contextmanager
def served(app: object) -> Iterator[str]:
    """The address of the application, until the block ends."""
    server = uvicorn.Server(connections.configured(app, most=64, head_seconds=5))
    at = listening("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, args=([at],), daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 30
        while not server.started:
            assert thread.is_alive()
            assert time.monotonic() < until
            time.sleep(0.005)
        yield f"http://127.0.0.1:{at.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


Answer = tuple[int, bytes]


def changing(answer: Callable[[str], Answer]) -> Starlette:
    """An application whose answers a test decides: status and octets of each path."""

    async def get(request: Request) -> Response:
        status, content = answer(request.path_params["path"])
        return Response(content, status, media_type="application/octet-stream")

    return Starlette(routes=[Route("/{path:path}", get, methods=["GET", "POST"])])
