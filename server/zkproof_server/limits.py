"""Size and time limits of bodies, enforced while octets arrive.

A declared length over the limit is refused before anything is read; one below it is not believed.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zkproof_server.problems import Problem


class BodyLimit:
    """Reads the body up to a limit before the application sees it."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, seconds: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                body = await self._read(scope, receive)
        except TimeoutError:
            body = Problem(408, "too-slow", f"the body took longer than {self._seconds:g} seconds")
        if body is None:  # the client went away
            return
        if isinstance(body, Problem):
            # What is still on its way is not read: the connection ends here.
            body.headers = {"Connection": "close"}
            await body.response()(scope, receive, send)
            return
        whole: Message | None = {"type": "http.request", "body": body, "more_body": False}

        async def replay() -> Message:
            nonlocal whole
            if whole is None:
                return await receive()
            message, whole = whole, None
            return message

        await self._app(scope, replay, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | Problem | None:
        too_large = Problem(413, "too-large", f"at most {self._max_bytes} octets are taken")
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or len(declared) > 18 or int(declared) > self._max_bytes:
            return too_large
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            body += message.get("body", b"")
            if len(body) > self._max_bytes:
                return too_large
            if not message.get("more_body", False):
                return bytes(body)
