"""Empties the outbox: at least once, with one identifier for each message.

A message is taken with a lease in one short transaction, sent outside of any, and recorded in
another. A process that dies in between leaves a lease that lapses: the message is sent again, with
the same identifier. A host that does not answer holds back its own messages alone.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter

import httpx
import structlog

from zkproof.clock import Clock
from zkproof.errors import UsageError
from zkproof_server.metrics import Metrics
from zkproof_server.webhooks.addresses import resolve
from zkproof_server.webhooks.repository import (
    DEAD,
    DELIVERED,
    PENDING,
    Attempt,
    Delivery,
    WebhookRow,
)
from zkproof_server.webhooks.service import Webhooks

log = structlog.get_logger()

PAUSES = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds between attempts; after the last the message is dead. Each is spread by a fifth."""

LEASE_SECONDS = 60
CALL_SECONDS = 15.0
MAX_AT_ONCE = 32
MAX_FOR_ONE = 4
IDLE_SECONDS = 0.5
_GONE = 410
_MAX_REPLY = 4096


class Sender:
    """One for each process."""

    def __init__(
        self, webhooks: Webhooks, metrics: Metrics, clock: Clock, *, private: bool
    ) -> None:
        self._webhooks = webhooks
        self._metrics = metrics
        self._clock = clock
        self._private = private
        self._woken = asyncio.Event()
        self._at_work: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """For ever. Stopped, it lets go of what is being sent: the lease lapses."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._woken.set)

        self._webhooks.wake = wake
        timeout = httpx.Timeout(CALL_SECONDS)
        async with httpx.AsyncClient(timeout=timeout, follow_redirects=False) as client:
            try:
                while True:
                    try:
                        taken = await asyncio.to_thread(self._take)
                    except Exception as error:  # a database that is away comes back
                        log.warning("outbox not read", reason=type(error).__name__)
                        taken = []
                    for delivery in taken:
                        self._begin(client, delivery)
                    if not taken:
                        await self._rest()
            finally:
                for task in self._tasks:
                    task.cancel()

    async def _rest(self) -> None:
        self._woken.clear()
        try:
            await asyncio.wait_for(self._woken.wait(), IDLE_SECONDS)
        except TimeoutError:
            return

    def _take(self) -> list[Delivery]:
        room = min(10, MAX_AT_ONCE - self._at_work.total())
        if room <= 0:
            return []
        busy = {each for each, count in self._at_work.items() if count >= MAX_FOR_ONE}
        now = self._clock()
        with self._webhooks.database.read() as connection:  # most of the time there is nothing
            if self._webhooks.rows.depth(connection)[0] == 0:
                return []
        with self._webhooks.database.write() as connection:
            return list(self._webhooks.rows.take(connection, now, LEASE_SECONDS, room, busy))

    def _begin(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        self._at_work[delivery.webhook_id] += 1
        task = asyncio.create_task(self._deliver(client, delivery))
        self._tasks.add(task)

        def done(ended: asyncio.Task[None]) -> None:
            self._tasks.discard(ended)
            self._at_work[delivery.webhook_id] -= 1
            self._woken.set()

        task.add_done_callback(done)

    async def _deliver(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        try:
            webhook = await asyncio.to_thread(self._webhook, delivery)
            if webhook is None:
                return
            begun = time.perf_counter()
            status, reason, wait = await self._send(client, webhook, delivery)
            took = round((time.perf_counter() - begun) * 1000)
            await asyncio.to_thread(self._record, webhook, delivery, status, reason, wait, took)
        except Exception as error:  # it stays in the outbox
            log.warning("message not sent", reason=type(error).__name__)

    def _webhook(self, delivery: Delivery) -> WebhookRow | None:
        with self._webhooks.database.read() as connection:
            return self._webhooks.rows.one(connection, delivery.webhook_id)

    async def _send(
        self, client: httpx.AsyncClient, webhook: WebhookRow, delivery: Delivery
    ) -> tuple[int | None, str | None, int]:
        """Status, or why there is none; and how long the receiver asks us to wait."""
        if not webhook.active:
            return None, "disabled", 0
        now = self._clock()
        try:
            target = await resolve(webhook.url, private=self._private)
            headers = {
                "host": target.host,
                "content-type": "application/json",
                "webhook-id": delivery.id,
                "webhook-timestamp": str(now),
                "webhook-signature": self._webhooks.secrets_of(webhook).signature(
                    delivery.id, now, delivery.body, now
                ),
            }
            request = client.build_request(
                "POST",
                target.url,
                content=delivery.body.encode(),
                headers=headers,
                extensions={"sni_hostname": target.name},
            )
            async with asyncio.timeout(CALL_SECONDS):
                reply = await client.send(request, stream=True)
                try:
                    async for chunk in reply.aiter_raw(_MAX_REPLY):
                        del chunk
                        break  # what it says beyond its status is of no use
                finally:
                    await reply.aclose()
        except UsageError as error:
            return None, error.message[:64], 0
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            return None, type(error).__name__[:64], 0
        asked = reply.headers.get("retry-after", "")
        wait = int(asked) if asked.isdigit() and len(asked) < 7 else 0
        return reply.status_code, None, wait

    def _record(
        self,
        webhook: WebhookRow,
        delivery: Delivery,
        status: int | None,
        reason: str | None,
        wait: int,
        milliseconds: int,
    ) -> None:
        now = self._clock()
        number = delivery.attempts + 1
        attempt = Attempt(delivery.id, number, now, status, reason, milliseconds)
        state, due_at = PENDING, now
        if status is not None and 200 <= status < 300:
            state = DELIVERED
        elif number > len(PAUSES) or not webhook.active or status == _GONE:
            state = DEAD
        else:
            spread = random.uniform(0.8, 1.2)  # noqa: S311  # no secret
            due_at = now + max(wait, round(PAUSES[number - 1] * spread))
        with self._webhooks.database.write() as connection:
            self._webhooks.rows.record(connection, delivery, attempt, state, due_at)
            if status == _GONE:
                self._webhooks.rows.disable(connection, webhook.id)
        self._metrics.webhooks.labels("retried" if state == PENDING else state).inc()
        log.info("message sent", state=state, status=status, attempt=number)
