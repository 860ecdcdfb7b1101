"""The body limit, enforced while octets arrive: a declared length is not believed."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zkproof_server.problems import Problem


class BodyLimit:
    """Reads the body up to a limit before the application sees it."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parts: list[bytes] = []
        total = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return
            part = message.get("body", b"")
            total += len(part)
            if total > self._max_bytes:
                limit = f"at most {self._max_bytes} octets are taken"
                await Problem(413, "too-large", limit).response()(scope, receive, send)
                return
            parts.append(part)
            if not message.get("more_body", False):
                break
        replayed = False

        async def whole() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": b"".join(parts), "more_body": False}

        await self._app(scope, whole, send)
