"""Ask, take an answer, verify it, settle it once.

What an answer does to a request is the library's rule (`zkproof.verifier`); here it is carried out
on threads, and written down. In short:

* What cannot be read changes nothing. (a broken line)
* What the verifier itself cannot check now (stale trust view, its own clock) changes nothing.
* What was read and refused is recorded with a receipt and uses up a try; after the last one the
  request is refused. (guessing, and proofs made to keep the verifier busy)
* What is proven ends the request. It never opens again.
* The same octets once more change nothing and get the same receipt. (a reply that was lost)
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from zkproof.clock import Clock, os_random
from zkproof.errors import DecodeError, ZkProofError
from zkproof.presentation.presentation import Presentation, presentation_digest
from zkproof.presentation.receipt import Receipt
from zkproof.presentation.report import Refusal, RefusalCode
from zkproof.presentation.request import REQUEST_ID_BYTES
from zkproof.presentation.verify import VerificationRules
from zkproof.trust import TrustSource, TrustView
from zkproof.verifier.store import RequestStore
from zkproof.verifier.verifier import Verifier
from zkproof_server.logs import short
from zkproof_server.metrics import Metrics
from zkproof_server.policies.service import Policies
from zkproof_server.problems import Problem, problem_of
from zkproof_server.receipts.repository import ReceiptRepository
from zkproof_server.replies import Call, Replies, Reply
from zkproof_server.settings import Settings
from zkproof_server.tenants import Tenants
from zkproof_server.verification.repository import Filter, Repository, Row, StoredResult
from zkproof_server.verification.schemas import OpenedRequest, OpenRequest, Verdict
from zkproof_server.verification.states import State
from zkproof_server.verification.store import AnsweringStore, Opening, OpeningStore
from zkproof_server.verification.workers import Workers
from zkproof_server.webhooks.service import Webhooks

log = structlog.get_logger()

_Learnt = tuple[Row, StoredResult | None, bytes | None]

SWEEP_ROWS = 500
"""Rows written in one transaction: others wait no longer than that."""


@dataclass(frozen=True, slots=True)
class Settled:
    """An outcome that was recorded."""

    verdict: Verdict
    receipt: bytes


class Verification:
    """The domain's one service object."""

    def __init__(
        self,
        repository: Repository,
        tenants: Tenants,
        policies: Policies,
        replies: Replies,
        webhooks: Webhooks,
        trust: TrustSource,
        settings: Settings,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._rows = repository
        self._receipts = ReceiptRepository()
        self._tenants = tenants
        self._policies = policies
        self._replies = replies
        self._webhooks = webhooks
        self._trust = trust
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._rules = VerificationRules(trust_max_age=settings.trust_max_age_seconds)
        self.workers = Workers(settings, metrics)

    # Asking

    async def open(self, asked: OpenRequest, call: Call, opened_by: str, base: str) -> Reply:
        """Compile, sign and store a request. Raises `PolicyError` for a text that does not
        compile, `UsageError` for a shared scope in which this verifier may not ask, `Problem` 503.
        """
        with self._metrics.compile.time():
            return await self.workers.run(lambda: self._open(asked, call, opened_by, base))

    def _open(self, asked: OpenRequest, call: Call, opened_by: str, base: str) -> Reply:
        known = self._replies.find(call)
        if known is not None:
            return known
        made: list[Reply] = []

        def also(connection: Connection, row: Row) -> None:
            reply = Reply(201, OpenedRequest.of(row, base).model_dump_json().encode())
            self._replies.keep(connection, call, reply)
            made.append(reply)
            self._metrics.requests.labels(row.state.value).inc()
            log.info("request opened", request=short(row.rp_id), by=opened_by)

        opening = Opening(
            tenant=call.tenant,
            opened_by=opened_by,
            language=asked.language,
            reference=asked.reference,
            details=asked.metadata or None,
            also=also,
        )
        request_id = os_random(REQUEST_ID_BYTES)
        public_url = self._settings.public_url
        respond_to = (
            None if public_url is None else f"{public_url}/v1/w/{request_id.hex()}/presentation"
        )

        def random(count: int) -> bytes:
            # The address to answer to names the request, so the identifier is drawn beforehand.
            return request_id if count == REQUEST_ID_BYTES else os_random(count)

        view = self._trust.trust()
        verifier = self._verifier(
            call.tenant, view, OpeningStore(self._rows, view, opening), random=random
        )
        policy = self._policies.text_of(call.tenant, asked.policy, asked.policy_version)
        try:
            verifier.request(
                policy,
                parameters=asked.parameters,
                lifetime=asked.lifetime_seconds,
                respond_to=respond_to,
            )
        except IntegrityError:
            return self._replies.of_the_first(call)
        return made[0]

    # Answering

    async def fetch(self, request_id: str) -> bytes:
        """The signed request for its holder. Raises `Problem` 404, and 409 when it is over."""
        row = await asyncio.to_thread(self._fetch, request_id)
        return row.document

    def _fetch(self, request_id: str) -> Row:
        now = self._clock()
        row = self._rows.for_wallet(request_id, now)
        if row is None:
            raise no_request()
        if row.state.is_final:
            raise not_open(row.state)
        if row.state is State.CREATED:
            with self._rows.database.write() as connection:
                if self._rows.fetched(connection, request_id, now):
                    self._webhooks.changed(connection, row, State.FETCHED)
                    self._metrics.requests.labels(State.FETCHED.value).inc()
        return row

    async def answer(self, request_id: str, presentation: bytes) -> Settled:
        """Verify and settle; see the head of this file. Raises `Problem`."""
        async with self.workers.alone(request_id):
            return await self.workers.run(lambda: self._answer(request_id, presentation))

    def _answer(self, request_id: str, presentation: bytes) -> Settled:
        digest = presentation_digest(presentation)
        found = self._rows.for_answer(request_id, digest, self._clock())
        if found is None:
            raise no_request()
        row, receipt = found
        if receipt is not None:
            return self._said_before(row, receipt)
        if row.state.is_final:
            raise not_open(row.state)
        view = self._trust.trust()
        store = AnsweringStore(
            self._rows,
            self._receipts,
            row,
            view,
            self._settings.retention_seconds,
            also=self._settled,
        )
        verifier = self._verifier(row.tenant, view, store)
        try:
            begun = time.perf_counter()
            settled = verifier.answer(bytes.fromhex(request_id), presentation)
            self._metrics.verify.observe(time.perf_counter() - begun - store.seconds)
        except ZkProofError as error:
            # The verifier's own request: nothing the holder sent leads here.
            log.error("stored request cannot be used", error=type(error).__name__)
            raise Problem(500, "internal", "this request cannot be verified any more") from None
        if settled.receipt is not None and store.verdict is not None:
            self._metrics.settle.observe(store.seconds)
            self._metrics.answers.labels(store.verdict.result).inc()
            self._webhooks.wake()
            return Settled(store.verdict, settled.receipt.to_bytes())
        return self._not_settled(request_id, presentation, settled.outcome)

    def _settled(self, connection: Connection, row: Row, state: State) -> None:
        """In the transaction that settles an answer."""
        self._webhooks.changed(connection, row, state)
        self._metrics.requests.labels(state.value).inc()
        log.info("request settled", request=short(row.rp_id), state=state.value)

    def _not_settled(self, request_id: str, presentation: bytes, outcome: object) -> Settled:
        """What to say of an answer that used nothing up. Raises `Problem`."""
        if not isinstance(outcome, Refusal):
            raise Problem(500, "internal", "an answer was proven and not recorded")
        if outcome.code is RefusalCode.MALFORMED:
            try:
                Presentation.from_bytes(presentation)
            except DecodeError as error:
                raise problem_of(error) from None
        if outcome.code is RefusalCode.ALREADY_ANSWERED:  # by another worker, in the meantime
            digest = presentation_digest(presentation)
            found = self._rows.for_answer(request_id, digest, self._clock())
            if found is None:
                raise no_request()
            row, receipt = found
            if receipt is not None:
                return self._said_before(row, receipt)
            raise not_open(row.state)
        log.warning("cannot verify", code=outcome.code.value)
        raise Problem(503, outcome.code.value, outcome.text, headers={"Retry-After": "60"})

    def _said_before(self, row: Row, document: bytes) -> Settled:
        """What was said of this very answer; the report for as long as it is kept."""
        receipt = Receipt.from_bytes(document)
        kept = self._rows.result(row.id, self._clock())
        verdict = None if kept is None else Verdict.model_validate(kept.facts)
        if verdict is None or verdict.result != receipt.result:
            verdict = Verdict(result=receipt.result)
        return Settled(verdict, document)

    def _verifier(
        self,
        tenant: str,
        view: TrustView,
        store: RequestStore,
        *,
        random: Callable[[int], bytes] = os_random,
    ) -> Verifier:
        who = self._tenants.get(tenant)
        return Verifier(
            who.signer,
            who.identity,
            ledger=_Read(view),
            store=store,
            rules=self._rules,
            max_tries=self._settings.max_tries,
            clock=self._clock,
            random=random,
        )

    # Reading

    async def one(self, tenant: str, rp_id: str) -> Row:
        """Raises `Problem` 404."""
        return await asyncio.to_thread(self.read_one, tenant, rp_id)

    def read_one(self, tenant: str, rp_id: str) -> Row:
        """The same on this thread."""
        row = self._rows.for_tenant(tenant, rp_id, self._clock())
        if row is None:
            raise no_request()
        return row

    async def result(self, tenant: str, rp_id: str) -> _Learnt:
        """The request, what was learnt, and the newest receipt. Raises `Problem` 404."""

        def read() -> _Learnt:
            row = self.read_one(tenant, rp_id)
            if row.tries == 0:
                return row, None, None
            return row, self._rows.result(row.id, self._clock()), self._receipt(row.id, None)

        return await asyncio.to_thread(read)

    async def page(self, tenant: str, wanted: Filter, limit: int) -> list[Row]:
        """Newest first."""
        return await asyncio.to_thread(self._rows.page, tenant, wanted, limit, self._clock())

    async def receipt(self, request_id: str, presentation: bytes | None) -> bytes:
        """The receipt of an answer, or the newest, by the wallet's identifier. Raises `Problem`
        404.
        """
        document = await asyncio.to_thread(self._receipt, request_id, presentation)
        if document is None:
            raise Problem(404, "no-receipt", "this request has no such answer")
        return document

    def _receipt(self, request_id: str, presentation: bytes | None) -> bytes | None:
        with self._rows.database.read() as connection:
            return self._receipts.of_request(connection, request_id, presentation)

    # Ending

    async def cancel(self, tenant: str, rp_id: str) -> Row:
        """End an open request. Cancelling twice is cancelling once. Raises `Problem` 404, 409."""

        def cancel() -> Row:
            with self._rows.database.write() as connection:
                row = self.read_one(tenant, rp_id)
                done = self._rows.cancel(connection, tenant, rp_id, self._clock())
                if done:
                    self._webhooks.changed(connection, row, State.CANCELLED)
            row = self.read_one(tenant, rp_id)
            if not done and row.state is not State.CANCELLED:
                raise not_open(row.state)
            if done:
                self._webhooks.wake()
                self._metrics.requests.labels(State.CANCELLED.value).inc()
                log.info("request cancelled", request=short(rp_id))
            return row

        return await asyncio.to_thread(cancel)

    def sweep(self) -> None:
        """Delete what may no longer be kept, and write down which requests are over."""
        now = self._clock()
        count = self._rows.forget_results(now)
        if count:
            log.info("results deleted", count=count)
        while True:
            with self._rows.database.write() as connection:
                over = self._rows.expire(connection, now, SWEEP_ROWS)
                for row in over:
                    self._webhooks.changed(connection, row, State.EXPIRED)
            self._metrics.requests.labels(State.EXPIRED.value).inc(len(over))
            if len(over) < SWEEP_ROWS:
                break
        self._replies.forget(now)
        self._webhooks.forget(now)

    async def keep_sweeping(self) -> None:
        """Do so for ever."""
        while True:
            await asyncio.sleep(self._settings.sweep_seconds)
            try:
                await asyncio.to_thread(self.sweep)
            except Exception as error:  # a database that is away comes back
                log.warning("results not deleted", reason=type(error).__name__)


@dataclass(frozen=True, slots=True)
class _Read:
    """One view for the whole of one call."""

    view: TrustView

    def trust(self) -> TrustView:
        return self.view


def no_request() -> Problem:
    return Problem(404, "no-request", "no request with this identifier")


_SAID: Mapping[State, str] = {
    State.PROVEN: "this request was answered",
    State.REFUSED: "this request was closed after too many refused answers",
    State.EXPIRED: "this request has expired",
    State.CANCELLED: "this request was cancelled",
}


def not_open(state: State) -> Problem:
    """What whoever asks for, answers or cancels a request that is over is told."""
    return Problem(409, "not-open", _SAID.get(state, "this request is over"), state=state.value)
