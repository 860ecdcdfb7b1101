"""For whoever supervises the process: is it alive, can it do its work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from zkproof.clock import Clock
from zkproof.trust import TrustSource
from zkproof_server.access.authorisation import MetricsReader, Supervisor
from zkproof_server.database import Database
from zkproof_server.problems import errors
from zkproof_server.tenants import DEFAULT, Tenants
from zkproof_server.webhooks.repository import WebhookRepository

PROBE_SECONDS = 5.0
"""Longest time that writing to the database may take."""

PROBE_AGE_SECONDS = 1.0
"""How long one finding stands: whoever asks often does not make the disk work often."""


class Health(BaseModel):
    """The process answers."""

    status: str = "ok"


class Readiness(BaseModel):
    """Whether requests can be opened and answers verified, and if not, why."""

    ready: bool
    database: bool
    """A row was written and committed."""

    ledger: bool
    """The trust view is fresh."""

    verifier: bool
    """The ledger names the first tenant's verifier with its key, and it is not suspended. What is
    wrong with another tenant is its own affair: it stands in the log.
    """

    ledger_entries: int
    trust_age_seconds: int
    reasons: list[str]


class Probe:
    """Writes to the database and remembers for a moment how that went."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._attempt: asyncio.Task[bool] | None = None
        self._begun_at = float("-inf")

    async def writable(self) -> bool:
        """Whether a row was written within `PROBE_SECONDS`, at most `PROBE_AGE_SECONDS` ago."""
        last, now = self._attempt, time.monotonic()
        # One that hangs is left to end by itself: cutting it off would wait for the same lock.
        if last is None or (last.done() and now - self._begun_at >= PROBE_AGE_SECONDS):
            self._begun_at = now
            last = self._attempt = asyncio.create_task(self._write())
        left = max(0.0, self._begun_at + PROBE_SECONDS - now)
        done, _ = await asyncio.wait((last,), timeout=left)
        return bool(done) and last.result()

    async def _write(self) -> bool:
        try:
            await asyncio.to_thread(self._database.write_probe, self._clock())
        except (SQLAlchemyError, OSError):
            return False
        return True


def make_router(
    database: Database, tenants: Tenants, trust: TrustSource, clock: Clock, trust_max_age: int
) -> APIRouter:
    """``/healthz``, ``/livez`` and ``/readyz``; ``trust_max_age`` in seconds."""
    router = APIRouter(tags=["operation"])
    probe = Probe(database, clock)

    @router.get("/healthz", responses=errors())
    @router.get("/livez", responses=errors())
    async def healthy(_: Supervisor) -> Health:
        """Whether the process answers."""
        return Health()

    @router.get("/readyz", responses={**errors(), 503: {"model": Readiness}})
    async def ready(response: Response, _: Supervisor) -> Readiness:
        """Whether requests can be verified: database written, ledger fresh, verifier known."""
        writable = await probe.writable()
        view = trust.trust()
        age = max(0, clock() - view.as_of)
        unknown = tenants.get(DEFAULT).unknown_to(view)
        reasons = [
            reason
            for reason in (
                None if writable else "the database cannot be written",
                None if age <= trust_max_age else "the ledger's newest checkpoint is too old",
                unknown,
            )
            if reason is not None
        ]
        response.status_code = 503 if reasons else 200
        return Readiness(
            ready=not reasons,
            database=writable,
            ledger=age <= trust_max_age,
            verifier=unknown is None,
            ledger_entries=view.tree_size,
            trust_age_seconds=age,
            reasons=reasons,
        )

    @router.get(
        "/metrics",
        response_class=PlainTextResponse,
        responses={
            **errors(401, 403, 429, 503),
            200: {"description": "For Prometheus", "content": {"text/plain": {}}},
        },
    )
    async def figures(request: Request, _: MetricsReader) -> PlainTextResponse:
        """Counts, latencies, the ledger's age, what waits in the outbox."""
        state = request.app.state

        def gauges() -> Iterator[tuple[str, str, float]]:
            view, now = trust.trust(), clock()
            with database.read() as connection:
                waiting, oldest = WebhookRepository().depth(connection)
            yield "trust_age_seconds", "Since the ledger was read.", max(0, now - view.as_of)
            yield "ledger_entries", "Entries of the ledger as it is believed.", view.tree_size
            yield "outbox_messages", "Messages that wait to be sent.", waiting
            age = 0 if oldest is None else max(0, now - oldest)
            yield "outbox_oldest_seconds", "Since the oldest of them was put.", age
            yield "at_work", "Calls that run or wait, in this process.", state.workers.at_work

        whole = await asyncio.to_thread(state.metrics.exposition, gauges)
        return PlainTextResponse(whole, media_type="text/plain; version=0.0.4")

    return router
