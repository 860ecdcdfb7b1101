"""The service: one verifier, its database, its trust view."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from zkproof.clock import Clock, system_clock
from zkproof.credential.ed25519 import Ed25519Signer
from zkproof.presentation.request import VerifierIdentity
from zkproof_server import limits, problems
from zkproof_server.database import make_engine, migrate
from zkproof_server.settings import Settings
from zkproof_server.trust import FileLedger, TrustSource, keep_fresh
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
    """The application. Migrations run when it starts."""
    engine = make_engine(settings.database)
    repository = Repository(engine)

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await migrate(engine)
        await repository.forget_results(clock())
        task = None
        if isinstance(trust, FileLedger):
            task = asyncio.create_task(keep_fresh(trust.refresh, settings.trust_refresh_seconds))
        yield
        if task is not None:
            task.cancel()
        await engine.dispose()

    app = FastAPI(
        title="zkproof verifier",
        version="1",
        description="Ask for facts; get exactly what was proven.",
        lifespan=life,
    )
    app.state.settings, app.state.engine = settings, engine
    app.state.verification = Verification(repository, signer, identity, trust, settings, clock)
    app.add_middleware(limits.BodyLimit, max_bytes=settings.max_body_bytes)
    problems.install(app)
    app.include_router(endpoints.router)

    @app.get("/healthz", tags=["operation"])
    async def healthy() -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["operation"])
    async def ready() -> JSONResponse:
        """Whether requests can be verified: the trust view is fresh enough."""
        age = clock() - trust.current().as_of
        fresh = age <= settings.trust_max_age_seconds
        return JSONResponse({"trust_age_seconds": age, "ready": fresh}, 200 if fresh else 503)

    return app
