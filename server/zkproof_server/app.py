"""The service: its database, its tenants, its trust view."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI

from zkproof.clock import Clock, system_clock
from zkproof.trust import TrustSource
from zkproof_server import limits, logs, operation, pages, problems
from zkproof_server.access import endpoints as access_endpoints
from zkproof_server.access.authorisation import check_authorisation, describe_scopes
from zkproof_server.access.service import Keys
from zkproof_server.database import Database
from zkproof_server.metrics import Metrics
from zkproof_server.policies import endpoints as policy_endpoints
from zkproof_server.policies.service import Policies
from zkproof_server.rates import Rates
from zkproof_server.replies import Replies
from zkproof_server.sealing import Sealing
from zkproof_server.settings import Settings
from zkproof_server.tenants import Tenants
from zkproof_server.trust import FileLedger, keep_fresh
from zkproof_server.verification import endpoints, wallet_endpoints
from zkproof_server.verification.repository import Repository
from zkproof_server.verification.service import Verification
from zkproof_server.webhooks import endpoints as webhook_endpoints
from zkproof_server.webhooks.sender import Sender
from zkproof_server.webhooks.service import Webhooks


def create_app(
    settings: Settings, tenants: Tenants, trust: TrustSource, *, clock: Clock = system_clock
) -> FastAPI:
    """The application. Migrations run when it starts.

    Raises `UsageError` when an endpoint does not say who may call it.
    """
    database = Database(settings.database)
    sealing = Sealing(database, settings.passphrase)
    replies = Replies(database, sealing, clock)
    policies = Policies(database, replies, trust, clock)
    private = settings.webhook_private
    metrics = Metrics()
    webhooks = Webhooks(database, sealing, clock, private=private)
    verification = Verification(
        Repository(database), tenants, policies, replies, webhooks, trust, settings, metrics, clock
    )

    def start() -> None:
        database.migrate()
        sealing.prepare()
        tenants.enter(database, clock())
        verification.sweep()

    def refresh() -> None:
        if isinstance(trust, FileLedger):
            trust.refresh()
        if tenants.refresh():
            tenants.enter(database, clock())

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(start)
        tasks = [
            asyncio.create_task(verification.keep_sweeping()),
            asyncio.create_task(logs.keep_counting()),
            asyncio.create_task(Sender(webhooks, metrics, clock, private=private).run()),
            asyncio.create_task(keep_fresh(refresh, settings.trust_refresh_seconds)),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.to_thread(verification.workers.close)
            database.close()

    app = FastAPI(
        title="zkproof verifier",
        version="1",
        description="Ask for facts; get exactly what was proven.",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
    )
    state = app.state
    state.settings, state.database, state.verification = settings, database, verification
    state.keys, state.replies, state.policies = Keys(database, clock), replies, policies
    state.webhooks, state.stopping, state.streams = webhooks, False, 0
    state.metrics, state.workers = metrics, verification.workers
    state.rates = Rates(settings.calls_per_key, settings.calls_per_address, settings.workers)
    # The last one added is the outermost: it also sees what the others answer.
    app.add_middleware(
        limits.BodyLimit, max_bytes=settings.max_body_bytes, seconds=settings.body_seconds
    )
    app.add_middleware(logs.Record, metrics=metrics)
    problems.install(app)
    state.routers = [
        endpoints.router,
        wallet_endpoints.router,
        policy_endpoints.router,
        access_endpoints.router,
        webhook_endpoints.router,
        operation.make_router(database, tenants, trust, clock, settings.trust_max_age_seconds),
        pages.make_router(lambda: app.openapi()),
    ]
    for router in state.routers:
        check_authorisation(router)
        app.include_router(router)
    _describe(app)
    return app


def _describe(app: FastAPI) -> None:
    """Say in the interface's description which scope each call needs."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        document = described()
        describe_scopes(app, document)
        return document

    app.openapi = openapi  # type: ignore[method-assign]
