"""For whoever supervises the process: is it alive, can it do its work."""

from __future__ import annotations

import asyncio
import time

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from zkproof.clock import Clock
from zkproof.trust import TrustSource
from zkproof_server.access.authorisation import Supervisor
from zkproof_server.database import Database
from zkproof_server.problems import errors
from zkproof_server.tenants import DEFAULT, Tenants

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

    return router
