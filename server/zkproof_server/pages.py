"""``/docs``: the interface in plain HTML, made from the OpenAPI description.

Nothing is loaded from elsewhere, no script runs, and the page says so to the browser.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from zkproof_server.access.authorisation import Public

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}"
    "code{background:#eee;padding:.1em .3em}h2{margin-top:2.5rem;font-size:1.1rem}"
    "table{border-collapse:collapse}td{padding:.1rem 1rem .1rem 0;vertical-align:top}"
)


def make_router(description: Callable[[], dict[str, Any]]) -> APIRouter:
    """``description`` gives the OpenAPI document."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def docs(_: Public) -> HTMLResponse:
        headers = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
        return HTMLResponse(page(description()), headers=headers)

    return router


def page(description: dict[str, Any]) -> str:
    """The document as a page."""
    info = description["info"]
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'>",
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style>",
        f"<h1>{escape(info['title'])}</h1><p>{escape(info.get('description', ''))}</p>",
        "<p>For programs: <a href='/openapi.json'>openapi.json</a>.</p>",
    ]
    for path, methods in description["paths"].items():
        for method, facts in methods.items():
            parts.append(_operation(method, path, facts))
    return "".join(parts)


def _operation(method: str, path: str, facts: dict[str, Any]) -> str:
    key = "an API key" if facts.get("security") else "no key"
    bodies = ", ".join(facts.get("requestBody", {}).get("content", {})) or "none"
    rows = "".join(
        f"<tr><td>{escape(status)}<td>{escape(reply.get('description', ''))}"
        f"<td>{escape(', '.join(reply.get('content', {})))}"
        for status, reply in sorted(facts["responses"].items())
    )
    return (
        f"<h2><code>{escape(method.upper())} {escape(path)}</code></h2>"
        f"<p>{escape(facts.get('description') or facts.get('summary', ''))}</p>"
        f"<p>Needs {key}. Body: {escape(bodies)}.</p><table>{rows}</table>"
    )
