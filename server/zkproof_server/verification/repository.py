"""Rows of requests and receipts. One conditional UPDATE decides who answers a request."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from zkproof.presentation.receipt import Receipt
from zkproof.presentation.request import Request
from zkproof_server.database import receipts, requests


class Repository:
    """All SQL of this domain."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, request: Request, opened_by: str) -> None:
        row = {
            "id": request.request_id.hex(),
            "state": "open",
            "tries": 0,
            "document": request.to_bytes(),
            "expires_at": request.expires_at,
            "opened_by": opened_by,
        }
        async with self._engine.begin() as connection:
            await connection.execute(insert(requests).values(**row))

    async def find(self, request_id: str) -> dict[str, Any] | None:
        query = select(requests).where(requests.c.id == request_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().first()
        return None if row is None else dict(row)

    async def settle(
        self,
        request_id: str,
        receipt: Receipt,
        result: dict[str, Any],
        *,
        result_until: int,
        proven: bool,
        max_tries: int,
    ) -> bool:
        """Record an outcome; ``False`` when the request is no longer open.

        Proven: open becomes answered. Refused: one try more, and closed at the last. Whether it is
        still open is decided by the same statement that changes it.
        """
        still_open = (requests.c.id == request_id) & (requests.c.state == "open")
        async with self._engine.begin() as connection:
            if proven:
                change = update(requests).where(still_open).values(state="answered")
            else:
                change = update(requests).where(still_open).values(tries=requests.c.tries + 1)
            if (await connection.execute(change)).rowcount != 1:
                return False
            if not proven:
                last = still_open & (requests.c.tries >= max_tries)
                await connection.execute(update(requests).where(last).values(state="closed"))
            kept = update(requests).where(requests.c.id == request_id)
            await connection.execute(
                kept.values(result=result, result_until=result_until, receipt=receipt.to_bytes())
            )
            newest = select(receipts.c.chain).order_by(receipts.c.position.desc()).limit(1)
            previous = (await connection.execute(newest)).scalar() or bytes(32)
            chain = hashlib.sha256(previous + receipt.digest).digest()
            await connection.execute(
                insert(receipts).values(
                    request_id=request_id, document=receipt.to_bytes(), chain=chain
                )
            )
        return True

    async def forget_results(self, now: int) -> None:
        """Delete disclosed values whose time is over; receipts stay."""
        old = update(requests).where(requests.c.result_until < now)
        async with self._engine.begin() as connection:
            await connection.execute(old.values(result=None, result_until=None))
