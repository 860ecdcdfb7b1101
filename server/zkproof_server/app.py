"""The service: one verifier, its database, its trust view."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI

from zkproof.clock import Clock, system_clock
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.presentation.request import VerifierIdentity
from zkproof.trust import TrustSource
from zkproof_server import limits, logs, operation, pages, problems
from zkproof_server.access import check_authorisation
from zkproof_server.database import make_engine, migrate
from zkproof_server.settings import Settings
from zkproof_server.trust import FileLedger, keep_fresh
from zkproof_server.verification import endpoints
from zkproof_server.verification.repository import Repository
from zkproof_server.verification.service import Verification


def create_app(
    settings: Settings,
    signer: Ed25519Signer,
    identity: VerifierIdentity,
    trust: TrustSource,
    *,
    clock: Clock = system_clock,
) -> FastAPI:
    """The application. Migrations run when it starts.

    Raises `UsageError` when an endpoint does not say who may call it.
    """
    engine = make_engine(settings.database)
    verification = Verification(Repository(engine), signer, identity, trust, settings, clock)

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await migrate(engine)
        await verification.forget_results()
        tasks = [
            asyncio.create_task(verification.keep_forgetting()),
            asyncio.create_task(logs.keep_counting()),
        ]
        if isinstance(trust, FileLedger):
            refreshing = keep_fresh(trust.refresh, settings.trust_refresh_seconds)
            tasks.append(asyncio.create_task(refreshing))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            verification.close()
            await engine.dispose()

    app = FastAPI(
        title="zkproof verifier",
        version="1",
        description="Ask for facts; get exactly what was proven.",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings, app.state.engine = settings, engine
    app.state.verification = verification
    # The last one added is the outermost: it also sees what the others answer.
    app.add_middleware(
        limits.BodyLimit, max_bytes=settings.max_body_bytes, seconds=settings.body_seconds
    )
    app.add_middleware(logs.Record)
    problems.install(app)
    for router in (
        endpoints.router,
        operation.make_router(trust, clock, settings.trust_max_age_seconds, signer, identity),
        pages.make_router(lambda: app.openapi()),
    ):
        check_authorisation(router)
        app.include_router(router)
    return app
