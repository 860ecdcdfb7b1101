"""What becomes of a request, as a stream of server-sent events.

Each state is one event; its ``id`` is its place in the order of states, so that a reader who was
cut off goes on after the last one it saw (``Last-Event-ID``), at whichever process. The stream ends
with the request, or when the service stops.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable

from zkproof_server.verification.repository import Row
from zkproof_server.verification.states import State

PAUSE_SECONDS = 0.25
COMMENT_SECONDS = 15.0
MAX_STREAMS = 256
_CREATED, _FETCHED, _ANSWERED, _ENDED = 1, 2, 3, 4


def history(row: Row) -> list[tuple[int, State, int]]:
    """The states a request has been in: place, state, since when."""
    found = [(_CREATED, State.CREATED, row.created_at)]
    if row.fetched_at is not None:
        found.append((_FETCHED, State.FETCHED, row.fetched_at))
    ended_by_answer = row.state in (State.PROVEN, State.REFUSED)
    if row.answered_at is not None and row.tries > (1 if ended_by_answer else 0):
        found.append((_ANSWERED, State.ANSWERED, row.answered_at))
    if row.state.is_final:
        found.append((_ENDED, row.state, row.ended_at or row.expires_at))
    return found


async def stream(
    read: Callable[[], Row], after: int, stopping: Callable[[], bool]
) -> AsyncIterator[bytes]:
    """Events after that place. ``read`` runs on a thread."""
    yield b"retry: 3000\n\n"
    said = time.monotonic()
    while not stopping():
        row = await asyncio.to_thread(read)
        for place, state, at in history(row):
            if place > after:
                after, said = place, time.monotonic()
                data = json.dumps({"id": row.rp_id, "state": state.value, "at": at})
                yield f"id: {place}\nevent: request.{state.value}\ndata: {data}\n\n".encode()
        if row.state.is_final:
            return
        if time.monotonic() - said >= COMMENT_SECONDS:
            said = time.monotonic()
            yield b": still there\n\n"
        await asyncio.sleep(PAUSE_SECONDS)
