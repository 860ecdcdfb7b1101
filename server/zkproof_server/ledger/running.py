"""Serve a log's or a witness's application, with the service's limits on what callers may cost."""

from __future__ import annotations

from starlette.applications import Starlette

from zkproof_server import limits, logs, serving
from zkproof_server.__main__ import read_settings

MAX_BODY_BYTES = 1 << 17
BODY_SECONDS = 10.0


def run(app: Starlette, host: str, port: int) -> None:
    """Serve until told to stop. Raises `UsageError` when the address cannot be had."""
    logs.configure()
    # The last one added is the outermost: it also sees what the other answers.
    app.add_middleware(limits.BodyLimit, max_bytes=MAX_BODY_BYTES, seconds=BODY_SECONDS)
    app.add_middleware(logs.Record)
    serving.run(app, read_settings(), serving.listening(host, port))
