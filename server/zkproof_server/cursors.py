"""Cursors of lists: where a page ended. Opaque to callers; they select, and allow nothing."""

from __future__ import annotations

import base64
import binascii
import re

from zkproof_server.problems import Problem

_PLAIN = re.compile(rb"([0-9]{1,15}) ([0-9a-f]{32})")


def write_cursor(at: int, last_id: str) -> str:
    """After the row with that time and identifier."""
    return base64.urlsafe_b64encode(f"{at} {last_id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, str]:
    """Raises `Problem` 422."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = _PLAIN.fullmatch(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, binascii.Error):
        found = None
    if found is None:
        raise Problem(422, "cursor", "cursor: not one of this service", field="query.cursor")
    return int(found[1]), found[2].decode()
