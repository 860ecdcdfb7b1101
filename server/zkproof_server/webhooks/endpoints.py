"""HTTP of webhooks."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy import Connection

from zkproof_server.access.authorisation import WebhookAdmin
from zkproof_server.cursors import read_cursor, write_cursor
from zkproof_server.problems import Problem, errors
from zkproof_server.replies import Called, Replies, replied
from zkproof_server.webhooks import schemas
from zkproof_server.webhooks.service import Webhooks

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

WebhookId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
DeliveryId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="The webhook-id.")]


def _webhooks(request: Request) -> Webhooks:
    found: Webhooks = request.app.state.webhooks
    return found


def _replies(request: Request) -> Replies:
    found: Replies = request.app.state.replies
    return found


Domain = Annotated[Webhooks, Depends(_webhooks)]
Kept = Annotated[Replies, Depends(_replies)]
_MADE = errors(401, 403, 404, 409, 429, 503)


@router.post("", status_code=201, response_model=schemas.MadeWebhook, responses=_MADE)
async def make_webhook(
    body: schemas.MakeWebhook, domain: Domain, kept: Kept, caller: WebhookAdmin, called: Called
) -> Response:
    """Have messages sent to an address. Their secret is in this reply and nowhere else."""

    def make(connection: Connection) -> schemas.MadeWebhook:
        made = domain.create(connection, caller.tenant, body.url, body.types)
        return schemas.MadeWebhook.of_new(made)

    return replied(await asyncio.to_thread(kept.once, called.by(caller, "webhooks"), 201, make))


@router.get("", responses=errors(401, 403, 429, 503))
async def list_webhooks(domain: Domain, caller: WebhookAdmin) -> schemas.Webhooks:
    """All webhooks of the caller's tenant."""
    rows = await asyncio.to_thread(domain.all, caller.tenant)
    return schemas.Webhooks(items=[schemas.Webhook.of(each) for each in rows])


@router.delete("/{webhook_id}", status_code=204, responses=errors(401, 403, 404, 429, 503))
async def remove_webhook(webhook_id: WebhookId, domain: Domain, caller: WebhookAdmin) -> None:
    """Send nothing there any more, what waits included."""
    await asyncio.to_thread(domain.remove, caller.tenant, webhook_id)


@router.post(
    "/{webhook_id}/rotate", status_code=201, response_model=schemas.MadeWebhook, responses=_MADE
)
async def rotate_secret(
    webhook_id: WebhookId,
    body: schemas.RotateSecret,
    domain: Domain,
    kept: Kept,
    caller: WebhookAdmin,
    called: Called,
) -> Response:
    """A new secret; for a while messages are signed with the old one as well."""

    def make(connection: Connection) -> schemas.MadeWebhook:
        made = domain.rotate(connection, caller.tenant, webhook_id, body.overlap_seconds)
        return schemas.MadeWebhook.of_new(made)

    call = called.by(caller, f"webhooks/{webhook_id}/rotate"[:64])
    return replied(await asyncio.to_thread(kept.once, call, 201, make))


@router.post("/{webhook_id}/test", status_code=202, response_model=schemas.Sent, responses=_MADE)
async def test_webhook(
    webhook_id: WebhookId, domain: Domain, kept: Kept, caller: WebhookAdmin, called: Called
) -> Response:
    """Send a message that says nothing."""

    def make(connection: Connection) -> schemas.Sent:
        return schemas.Sent.of(domain.test(connection, caller.tenant, webhook_id), [])

    call = called.by(caller, f"webhooks/{webhook_id}/test"[:64])
    reply = await asyncio.to_thread(kept.once, call, 202, make)
    domain.wake()
    return replied(reply)


@router.get("/{webhook_id}/deliveries", responses=errors(401, 403, 404, 429, 503))
async def list_deliveries(
    webhook_id: WebhookId,
    domain: Domain,
    caller: WebhookAdmin,
    state: Literal["pending", "delivered", "dead"] | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> schemas.SentPage:
    """The delivery log: each message with its attempts, newest first; kept for 30 days."""
    after = None if cursor is None else read_cursor(cursor)
    rows = await asyncio.to_thread(domain.page, caller.tenant, webhook_id, state, after, limit + 1)
    page = rows[:limit]
    last = page[-1][0] if len(rows) > limit else None
    return schemas.SentPage(
        items=[schemas.Sent.of(*each) for each in page],
        next=None if last is None else write_cursor(last.created_at, last.id),
    )


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    status_code=202,
    responses=errors(401, 403, 404, 429, 503),
)
async def redeliver(
    webhook_id: WebhookId, delivery_id: DeliveryId, domain: Domain, caller: WebhookAdmin
) -> schemas.Again:
    """Send one message again that was delivered or given up; its identifier stays."""
    count = await asyncio.to_thread(domain.again, caller.tenant, webhook_id, id=delivery_id)
    if not count:
        raise Problem(404, "no-delivery", "no ended message with this identifier")
    return schemas.Again(count=count)


@router.post("/{webhook_id}/replay", status_code=202, responses=errors(401, 403, 404, 429, 503))
async def replay(
    webhook_id: WebhookId, body: schemas.Replay, domain: Domain, caller: WebhookAdmin
) -> schemas.Again:
    """Send all messages of a span again that were delivered or given up."""
    count = await asyncio.to_thread(
        domain.again, caller.tenant, webhook_id, since=body.since, until=body.until
    )
    return schemas.Again(count=count)
