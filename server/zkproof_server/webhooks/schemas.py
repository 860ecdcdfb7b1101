"""Webhooks as JSON."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from zkproof_server.webhooks.repository import Attempt, Delivery, WebhookRow
from zkproof_server.webhooks.service import NewWebhook

DAY = 86_400
SECONDS = Field(ge=0, lt=1 << 53)


class MakeWebhook(BaseModel):
    """Where messages of these types go."""

    model_config = ConfigDict(extra="forbid", strict=True)

    url: Annotated[str, Field(min_length=1, max_length=2048)]
    types: Annotated[list[str], Field(min_length=1, max_length=16)]


class RotateSecret(BaseModel):
    """How long the old secret signs beside the new one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    overlap_seconds: Annotated[int, Field(ge=0, le=30 * DAY)] = DAY


class Replay(BaseModel):
    """A span of time, by when messages were put: from ``since``, before ``until``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    since: Annotated[int, SECONDS]
    until: Annotated[int, SECONDS]


class Webhook(BaseModel):
    """A webhook, without its secret. It is inactive after its host answered 410."""

    id: str
    url: str
    types: list[str]
    active: bool
    created_at: int

    @classmethod
    def of(cls, row: WebhookRow) -> Self:
        return cls(
            id=row.id,
            url=row.url,
            types=sorted(row.types),
            active=row.active,
            created_at=row.created_at,
        )


class MadeWebhook(Webhook):
    """The same with its newest secret, which is shown this once."""

    secret: str

    @classmethod
    def of_new(cls, made: NewWebhook) -> Self:
        return cls(secret=made.secret, **Webhook.of(made.row).model_dump())


class Webhooks(BaseModel):
    """All webhooks of the caller's tenant."""

    items: list[Webhook]


class Tried(BaseModel):
    """One attempt. Without a ``status`` nobody answered, and ``reason`` says why."""

    number: int
    at: int
    status: int | None
    reason: str | None
    milliseconds: int


class Sent(BaseModel):
    """A message. ``id`` is its ``webhook-id``, the same in every attempt."""

    id: str
    type: str
    state: Literal["pending", "delivered", "dead"]
    created_at: int
    due_at: int
    attempts: list[Tried]

    @classmethod
    def of(cls, delivery: Delivery, tried: list[Attempt]) -> Self:
        return cls.model_validate(
            {
                "id": delivery.id,
                "type": delivery.type,
                "state": delivery.state,
                "created_at": delivery.created_at,
                "due_at": delivery.due_at,
                "attempts": [
                    Tried(
                        number=each.number,
                        at=each.at,
                        status=each.status,
                        reason=each.reason,
                        milliseconds=each.milliseconds,
                    )
                    for each in tried
                ],
            }
        )


class SentPage(BaseModel):
    """Messages, newest first."""

    items: list[Sent]
    next: str | None = None


class Again(BaseModel):
    """How many messages are sent again."""

    count: int
