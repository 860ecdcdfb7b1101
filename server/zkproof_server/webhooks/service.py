"""Webhooks of tenants, and what is put into the outbox for them.

A message says that something happened and to what; it never holds a value. Fetching the result is a
call of its own, with a key.
"""

from __future__ import annotations

import datetime
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from zkproof.clock import Clock
from zkproof.errors import UsageError
from zkproof_server.database import Database
from zkproof_server.problems import Problem
from zkproof_server.sealing import Sealing
from zkproof_server.verification.repository import Row
from zkproof_server.verification.states import State
from zkproof_server.webhooks.addresses import check_url
from zkproof_server.webhooks.repository import Attempt, Delivery, WebhookRepository, WebhookRow
from zkproof_server.webhooks.signing import Secrets

TEST = "test"
TYPES = frozenset(f"request.{state.value}" for state in State if state is not State.CREATED)
LOG_SECONDS = 30 * 86_400
"""How long the delivery log is kept."""

MAX_WEBHOOKS = 16
"""Of one tenant."""


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook as its owner gets it, with the secret, once."""

    row: WebhookRow
    secret: str

    def __repr__(self) -> str:
        return f"<NewWebhook {self.row.id}>"


class Webhooks:
    """The domain's service object. ``wake`` is called when a message was put."""

    def __init__(
        self, database: Database, sealing: Sealing, clock: Clock, *, private: bool
    ) -> None:
        self.database = database
        self.rows = WebhookRepository()
        self.wake: Callable[[], None] = lambda: None
        self._sealing = sealing
        self._clock = clock
        self._private = private

    def create(
        self, connection: Connection, tenant: str, url: str, types: Iterable[str]
    ) -> NewWebhook:
        """Raises `UsageError`, `Problem` 409."""
        check_url(url, private=self._private)
        wanted = frozenset(types)
        if not wanted or not wanted <= TYPES:
            raise UsageError(f"types: among {', '.join(sorted(TYPES))}")
        if len(self.rows.of_tenant(connection, tenant)) >= MAX_WEBHOOKS:
            raise Problem(409, "too-many-webhooks", f"at most {MAX_WEBHOOKS} webhooks")
        webhook_id, drawn = secrets.token_hex(16), Secrets.draw()
        sealed = self._sealing.seal(drawn.to_bytes(), webhook_id.encode())
        row = WebhookRow(webhook_id, tenant, url, wanted, sealed, True, self._clock())
        self.rows.add(connection, row)
        return NewWebhook(row, drawn.newest)

    def rotate(
        self, connection: Connection, tenant: str, webhook_id: str, overlap: int
    ) -> NewWebhook:
        """A new secret; the old one signs beside it for ``overlap`` seconds. Raises `Problem`."""
        row = self.owned(connection, tenant, webhook_id)
        rotated = self.secrets_of(row).rotated(self._clock(), overlap)
        sealed = self._sealing.seal(rotated.to_bytes(), webhook_id.encode())
        self.rows.reseal(connection, webhook_id, sealed)
        return NewWebhook(row, rotated.newest)

    def secrets_of(self, row: WebhookRow) -> Secrets:
        return Secrets.from_bytes(self._sealing.open(row.sealed, row.id.encode()))

    def owned(self, connection: Connection, tenant: str, webhook_id: str) -> WebhookRow:
        """Raises `Problem` 404."""
        row = self.rows.one(connection, webhook_id, tenant)
        if row is None:
            raise Problem(404, "no-webhook", "no webhook with this identifier")
        return row

    def all(self, tenant: str) -> list[WebhookRow]:
        with self.database.read() as connection:
            return self.rows.of_tenant(connection, tenant)

    def remove(self, tenant: str, webhook_id: str) -> None:
        """With everything that waits for it. Raises `Problem` 404."""
        with self.database.write() as connection:
            self.owned(connection, tenant, webhook_id)
            self.rows.remove(connection, webhook_id)

    def changed(self, connection: Connection, row: Row, state: State) -> None:
        """Put a message about a request into the outbox, in the transaction that changed it."""
        kind = f"request.{state.value}"
        now = self._clock()
        for webhook in self.rows.of_tenant(connection, row.tenant):
            if webhook.active and kind in webhook.types:
                self.rows.put(connection, webhook.id, kind, _message(kind, row, state, now), now)

    def test(self, connection: Connection, tenant: str, webhook_id: str) -> Delivery:
        """Put a message that says nothing. Raises `Problem` 404."""
        row, now = self.owned(connection, tenant, webhook_id), self._clock()
        body = json.dumps({"type": TEST, "timestamp": _iso(now), "data": {}})
        delivery_id = self.rows.put(connection, row.id, TEST, body, now)
        return next(
            each
            for each, _ in self.rows.page(connection, row.id, None, None, 50)
            if each.id == delivery_id
        )

    def again(self, tenant: str, webhook_id: str, **which: object) -> int:
        """Send ended messages again; how many. Raises `Problem` 404."""
        with self.database.write() as connection:
            self.owned(connection, tenant, webhook_id)
            count = self.rows.again(connection, webhook_id, self._clock(), which)
        self.wake()
        return count

    def forget(self, now: int) -> None:
        """Delete what ended long ago."""
        with self.database.write() as connection:
            self.rows.forget(connection, now - LOG_SECONDS)

    def page(
        self,
        tenant: str,
        webhook_id: str,
        state: str | None,
        after: tuple[int, str] | None,
        limit: int,
    ) -> list[tuple[Delivery, list[Attempt]]]:
        """The delivery log, newest first. Raises `Problem` 404."""
        with self.database.read() as connection:
            self.owned(connection, tenant, webhook_id)
            return self.rows.page(connection, webhook_id, state, after, limit)


def _message(kind: str, row: Row, state: State, now: int) -> str:
    data = {
        "id": row.rp_id,
        "state": state.value,
        "policy": row.policy,
        "policy_version": row.policy_version,
        "reference": row.reference,
    }
    return json.dumps({"type": kind, "timestamp": _iso(now), "data": data}, ensure_ascii=False)


def _iso(now: int) -> str:
    return datetime.datetime.fromtimestamp(now, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
