"""Documents that travel as CBOR."""

from __future__ import annotations

from typing import Any

from fastapi import Response

CBOR = "application/cbor"

_OCTETS = {"schema": {"type": "string", "format": "binary"}}
CBOR_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "The document", "content": {CBOR: _OCTETS}}
}
CBOR_BODY = {"requestBody": {"required": True, "content": {CBOR: _OCTETS}}}


class CborResponse(Response):
    """A signed document, not to be kept by anything in between."""

    media_type = CBOR

    def __init__(self, content: bytes, status_code: int = 200) -> None:
        super().__init__(content, status_code, {"Cache-Control": "no-store"})
