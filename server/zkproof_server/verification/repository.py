"""Rows of requests, results and receipts. One conditional UPDATE decides who answers a request."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from zkproof.presentation.receipt import Receipt
from zkproof.presentation.request import Request
from zkproof_server.database import (
    chain_head,
    empty_write_ahead_log,
    receipts,
    requests,
    results,
)

OPEN, ANSWERED, CLOSED = "open", "answered", "closed"


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A request as it was signed, and what became of it."""

    document: bytes
    state: str
    tries: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class StoredResult:
    """Facts that were learnt, readable until then."""

    facts: dict[str, Any]
    kept_until: int


class Repository:
    """All SQL of this domain."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, request: Request, opened_by: str) -> None:
        row = {
            "id": request.request_id.hex(),
            "state": OPEN,
            "tries": 0,
            "document": request.to_bytes(),
            "expires_at": request.expires_at,
            "opened_by": opened_by,
        }
        async with self._engine.begin() as connection:
            await connection.execute(insert(requests).values(**row))

    async def request(self, request_id: str) -> StoredRequest | None:
        query = select(requests).where(requests.c.id == request_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            return None
        return StoredRequest(row["document"], row["state"], row["tries"], row["expires_at"])

    async def result(self, request_id: str, now: int) -> StoredResult | None:
        """The newest result, unless its time is over: deleting may lag behind, reading does not."""
        query = select(results).where(
            (results.c.request_id == request_id) & (results.c.kept_until > now)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().first()
        return None if row is None else StoredResult(row["facts"], row["kept_until"])

    async def receipt(self, request_id: str, presentation: bytes | None = None) -> bytes | None:
        """The newest receipt of a request; or the one about an answer, by that answer's digest."""
        query = select(receipts.c.document).where(receipts.c.request_id == request_id)
        if presentation is not None:
            query = query.where(receipts.c.presentation == presentation)
        newest = query.order_by(receipts.c.position.desc()).limit(1)
        async with self._engine.connect() as connection:
            found: bytes | None = (await connection.execute(newest)).scalar()
        return found

    async def settle(
        self,
        request_id: str,
        receipt: Receipt,
        result: StoredResult,
        *,
        proven: bool,
        max_tries: int,
    ) -> bool:
        """Record an outcome; ``False`` when nothing changed: the request is no longer open, or has
        a receipt about this very answer.

        Proven: open becomes answered. Refused: one try more, and closed at the last. Whether it is
        still open is decided by the same statement that changes it: of several answers at once,
        one finds it open.
        """
        still_open = (requests.c.id == request_id) & (requests.c.state == OPEN)
        async with self._engine.begin() as connection:
            if proven:
                change = update(requests).where(still_open).values(state=ANSWERED)
            else:
                change = update(requests).where(still_open).values(tries=requests.c.tries + 1)
            if (await connection.execute(change)).rowcount != 1:
                return False
            if await _is_repeated(connection, request_id, receipt):
                await connection.rollback()
                return False
            if not proven:
                last = still_open & (requests.c.tries >= max_tries)
                await connection.execute(update(requests).where(last).values(state=CLOSED))
            await connection.execute(delete(results).where(results.c.request_id == request_id))
            await connection.execute(
                insert(results).values(
                    request_id=request_id, facts=result.facts, kept_until=result.kept_until
                )
            )
            await _append(connection, request_id, receipt)
        return True

    async def forget_results(self, now: int) -> int:
        """Delete results whose time is over; receipts stay. Gives how many."""
        async with self._engine.begin() as connection:
            old = delete(results).where(results.c.kept_until <= now)
            count = (await connection.execute(old)).rowcount
        if count:
            await empty_write_ahead_log(self._engine)
        return count


async def _is_repeated(connection: AsyncConnection, request_id: str, receipt: Receipt) -> bool:
    """Whether this answer has a receipt. Asked while the request's row is held."""
    query = select(receipts.c.position).where(
        (receipts.c.request_id == request_id)
        & (receipts.c.presentation == receipt.presentation_digest)
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def _append(connection: AsyncConnection, request_id: str, receipt: Receipt) -> None:
    """The next link of the chain. The first UPDATE holds the head until the transaction ends."""
    head = update(chain_head).where(chain_head.c.id == 1)
    await connection.execute(head.values(position=chain_head.c.position + 1))
    position, previous = (
        await connection.execute(select(chain_head.c.position, chain_head.c.chain))
    ).one()
    chain = hashlib.sha256(previous + receipt.digest).digest()
    document = receipt.to_bytes()
    await connection.execute(
        insert(receipts).values(
            position=position,
            request_id=request_id,
            document=document,
            chain=chain,
            presentation=receipt.presentation_digest,
        )
    )
    await connection.execute(head.values(chain=chain))
