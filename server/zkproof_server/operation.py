"""For whoever supervises the process: is it alive, can it do its work."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from zkproof.clock import Clock
from zkproof.trust import TrustSource
from zkproof_server.access import Public
from zkproof_server.database import chain_head


def make_router(trust: TrustSource, clock: Clock, trust_max_age: int) -> APIRouter:
    """``/healthz`` and ``/readyz``; ``trust_max_age`` in seconds."""
    router = APIRouter(tags=["operation"])

    @router.get("/healthz")
    async def healthy(_: Public) -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "ok"}

    @router.get("/readyz")
    async def ready(request: Request, _: Public) -> JSONResponse:
        """Whether requests can be verified: fresh trust view, database at hand."""
        view = trust.trust()
        age = max(0, clock() - view.as_of)
        try:
            async with request.app.state.engine.connect() as connection:
                await connection.execute(select(chain_head.c.position))
            database = True
        except SQLAlchemyError:
            database = False
        well = database and age <= trust_max_age
        facts = {
            "ready": well,
            "database": database,
            "ledger_entries": view.tree_size,
            "trust_age_seconds": age,
        }
        return JSONResponse(facts, 200 if well else 503)

    return router
