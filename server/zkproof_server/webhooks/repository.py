"""Rows of webhooks and of the outbox."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from zkproof_server.tables import attempts, deliveries, webhooks

PENDING, DELIVERED, DEAD = "pending", "delivered", "dead"


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook; ``sealed`` are its secrets."""

    id: str
    tenant: str
    url: str
    types: frozenset[str]
    sealed: bytes
    active: bool
    created_at: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to one webhook. Its identifier stays the same however often it is sent."""

    id: str
    webhook_id: str
    type: str
    body: str
    state: str
    attempts: int
    created_at: int
    due_at: int
    lease_until: int
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of sending once; without a ``status`` nobody answered."""

    delivery_id: str
    number: int
    at: int
    status: int | None
    reason: str | None
    milliseconds: int


class WebhookRepository:
    """All SQL of this domain."""

    def add(self, connection: Connection, row: WebhookRow) -> None:
        connection.execute(
            insert(webhooks).values(
                id=row.id,
                tenant=row.tenant,
                url=row.url,
                types=" ".join(sorted(row.types)),
                secrets=row.sealed,
                active=row.active,
                created_at=row.created_at,
            )
        )

    def of_tenant(self, connection: Connection, tenant: str) -> list[WebhookRow]:
        query = select(webhooks).where(webhooks.c.tenant == tenant)
        ordered = query.order_by(webhooks.c.created_at, webhooks.c.id)
        return [_webhook(each) for each in connection.execute(ordered).mappings()]

    def one(
        self, connection: Connection, webhook_id: str, tenant: str | None = None
    ) -> WebhookRow | None:
        query = select(webhooks).where(webhooks.c.id == webhook_id)
        if tenant is not None:
            query = query.where(webhooks.c.tenant == tenant)
        found = connection.execute(query).mappings().first()
        return None if found is None else _webhook(found)

    def reseal(self, connection: Connection, webhook_id: str, sealed: bytes) -> None:
        this = update(webhooks).where(webhooks.c.id == webhook_id)
        connection.execute(this.values(secrets=sealed))

    def disable(self, connection: Connection, webhook_id: str) -> None:
        this = update(webhooks).where(webhooks.c.id == webhook_id)
        connection.execute(this.values(active=False))

    def remove(self, connection: Connection, webhook_id: str) -> None:
        theirs = select(deliveries.c.id).where(deliveries.c.webhook_id == webhook_id)
        connection.execute(delete(attempts).where(attempts.c.delivery_id.in_(theirs)))
        connection.execute(delete(deliveries).where(deliveries.c.webhook_id == webhook_id))
        connection.execute(delete(webhooks).where(webhooks.c.id == webhook_id))

    # The outbox

    def put(self, connection: Connection, webhook_id: str, kind: str, body: str, now: int) -> str:
        delivery_id = secrets.token_hex(16)
        connection.execute(
            insert(deliveries).values(
                id=delivery_id,
                webhook_id=webhook_id,
                type=kind,
                body=body,
                state=PENDING,
                attempts=0,
                created_at=now,
                due_at=now,
                lease_until=0,
            )
        )
        return delivery_id

    def take(
        self, connection: Connection, now: int, lease: int, most: int, busy: Collection[str]
    ) -> Sequence[Delivery]:
        """Messages that are due, for this process alone until the lease ends."""
        due = (
            select(deliveries.c.id)
            .where(deliveries.c.state == PENDING)
            .where(deliveries.c.due_at <= now)
            .where(deliveries.c.lease_until <= now)
            .where(deliveries.c.webhook_id.not_in(sorted(busy)))
            .order_by(deliveries.c.due_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        change = update(deliveries).where(deliveries.c.id.in_(due)).values(lease_until=now + lease)
        found = connection.execute(change.returning(*deliveries.c))
        return [Delivery(*each) for each in found]

    def record(
        self,
        connection: Connection,
        sent: Delivery,
        attempt: Attempt,
        state: str,
        due_at: int,
    ) -> None:
        """What came of it, unless the lease went to another process in the meantime."""
        ours = and_(deliveries.c.id == sent.id, deliveries.c.lease_until == sent.lease_until)
        changed = connection.execute(
            update(deliveries)
            .where(ours)
            .values(
                state=state,
                attempts=deliveries.c.attempts + 1,
                due_at=due_at,
                lease_until=0,
                ended_at=None if state == PENDING else attempt.at,
            )
        )
        if changed.rowcount == 1:
            connection.execute(
                insert(attempts).values(
                    delivery_id=attempt.delivery_id,
                    number=attempt.number,
                    at=attempt.at,
                    status=attempt.status,
                    reason=attempt.reason,
                    milliseconds=attempt.milliseconds,
                )
            )

    def again(
        self, connection: Connection, webhook_id: str, now: int, which: Mapping[str, Any]
    ) -> int:
        """Send those again that have ended: one by ``id``, or a span ``since``/``until``."""
        table = deliveries.c
        change = update(deliveries).where(
            (table.webhook_id == webhook_id) & (table.state != PENDING)
        )
        if "id" in which:
            change = change.where(table.id == which["id"])
        else:
            change = change.where(table.created_at >= which["since"])
            change = change.where(table.created_at < which["until"])
        values = {"state": PENDING, "due_at": now, "lease_until": 0, "ended_at": None}
        return connection.execute(change.values(values)).rowcount

    def page(
        self,
        connection: Connection,
        webhook_id: str,
        state: str | None,
        after: tuple[int, str] | None,
        limit: int,
    ) -> list[tuple[Delivery, list[Attempt]]]:
        """Newest first, each with its attempts."""
        table = deliveries.c
        query = select(deliveries).where(table.webhook_id == webhook_id)
        if state is not None:
            query = query.where(table.state == state)
        if after is not None:
            at, last = after
            earlier = and_(table.created_at == at, table.id < last)
            query = query.where(or_(table.created_at < at, earlier))
        query = query.order_by(table.created_at.desc(), table.id.desc()).limit(limit)
        found = [Delivery(*each) for each in connection.execute(query)]
        tried = select(attempts).where(attempts.c.delivery_id.in_([each.id for each in found]))
        by_delivery: dict[str, list[Attempt]] = {}
        for row in connection.execute(tried.order_by(attempts.c.number)):
            by_delivery.setdefault(row[0], []).append(Attempt(*row))
        return [(each, by_delivery.get(each.id, [])) for each in found]

    def depth(self, connection: Connection) -> tuple[int, int | None]:
        """How many messages wait, and since when the oldest."""
        query = select(func.count(), func.min(deliveries.c.created_at))
        count, oldest = connection.execute(query.where(deliveries.c.state == PENDING)).one()
        return count, oldest

    def forget(self, connection: Connection, before: int) -> None:
        """Delete what ended before that time."""
        old = and_(deliveries.c.state != PENDING, deliveries.c.ended_at < before)
        these = select(deliveries.c.id).where(old)
        connection.execute(delete(attempts).where(attempts.c.delivery_id.in_(these)))
        connection.execute(delete(deliveries).where(old))


def _webhook(found: Mapping[Any, Any]) -> WebhookRow:
    return WebhookRow(
        id=found["id"],
        tenant=found["tenant"],
        url=found["url"],
        types=frozenset(found["types"].split()),
        sealed=found["secrets"],
        active=found["active"],
        created_at=found["created_at"],
    )
