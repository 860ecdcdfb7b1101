"""Ask, take an answer, verify it, settle it once.

What happens to a request:

* What cannot be read changes nothing. (a broken line)
* What the verifier itself cannot check now (stale trust view, its own clock) changes nothing.
* What was read and refused is recorded with a receipt and uses up a try; after the last one the
  request is closed. (guessing, and proofs made to keep the verifier busy)
* What is proven answers the request. It never opens again.
* The same octets once more change nothing and get the same receipt. (a reply that was lost)
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import structlog

from zkproof.clock import Clock, os_random
from zkproof.errors import DecodeError, ZkProofError
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.presentation.presentation import Presentation, presentation_digest
from zkproof.presentation.receipt import Receipt
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.request import (
    REQUEST_ID_BYTES,
    Request,
    VerifierIdentity,
    open_request,
)
from zkproof.presentation.scopes import resolve_scopes
from zkproof.presentation.verify import VerificationRules
from zkproof.trust import TrustSource, TrustView
from zkproof.verifier.judging import judge
from zkproof_circuits import library
from zkproof_circuits.circuit import Retention
from zkproof_circuits.lowering.arithmetic import shift_months
from zkproof_server.logs import short
from zkproof_server.problems import Problem, problem_of
from zkproof_server.settings import Settings
from zkproof_server.verification.repository import (
    ANSWERED,
    CLOSED,
    OPEN,
    Repository,
    StoredRequest,
    StoredResult,
)
from zkproof_server.verification.schemas import Verdict

log = structlog.get_logger()

T = TypeVar("T")

EXPIRED = "expired"
"""The state of an open request whose time is over; it is not stored."""


@dataclass(frozen=True, slots=True)
class Settled:
    """An outcome that was recorded."""

    verdict: Verdict
    receipt: Receipt


class Verification:
    """The domain's one service object."""

    def __init__(
        self,
        repository: Repository,
        signer: Ed25519Signer,
        identity: VerifierIdentity,
        trust: TrustSource,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self.repository = repository
        self._signer = signer
        self._identity = identity
        self._trust = trust
        self._settings = settings
        self._clock = clock
        self._rules = VerificationRules(trust_max_age=settings.trust_max_age_seconds)
        # As many threads as there is work for: the curve arithmetic runs without the interpreter's
        # lock, and more threads would only queue for the processor.
        self._workers = ThreadPoolExecutor(settings.verification_threads, "verification")

    def close(self) -> None:
        """Start nothing more; what is running ends by itself."""
        self._workers.shutdown(wait=False, cancel_futures=True)

    async def open(
        self, policy: str, parameters: Mapping[str, str], lifetime: int, opened_by: str
    ) -> Request:
        """Compile, sign and store a request. Raises `PolicyError` for a text that does not
        compile, `UsageError` for a shared scope in which this verifier may not ask, `Problem` 503.
        """
        text = library.policy_text(policy) if policy in library.policy_names() else policy
        view = self._trust.trust()
        request_id = os_random(REQUEST_ID_BYTES)
        public_url = self._settings.public_url
        respond_to = None
        if public_url is not None:
            respond_to = f"{public_url}/v1/requests/{request_id.hex()}/presentation"

        def random(count: int) -> bytes:
            # The address to answer to names the request, so the identifier is drawn beforehand.
            return request_id if count == REQUEST_ID_BYTES else os_random(count)

        def compiled() -> Request:
            made = open_request(
                self._signer,
                self._identity,
                text,
                tuple(view.schemas.values()),
                ledger_id=view.ledger_id,
                checkpoint=view.checkpoint,
                now=self._clock(),
                lifetime=lifetime,
                parameters=parameters,
                respond_to=respond_to,
                random=random,
            )
            circuit = made.circuit(view.schemas)
            resolve_scopes(circuit.at_once, self._identity.verifier_id, view, today=made.today)
            return made

        request = await self._aside(compiled)
        await self.repository.add(request, opened_by)
        log.info("request opened", request=short(request.request_id.hex()), by=opened_by)
        return request

    async def find(self, request_id: str) -> StoredRequest:
        """The stored request. Raises `Problem` 404."""
        stored = await self.repository.request(request_id)
        if stored is None:
            raise Problem(404, "no-request", "no request with this identifier")
        return stored

    async def state(self, request_id: str) -> tuple[StoredRequest, str, StoredResult | None]:
        """The request, its state as of now, and its result while that is kept."""
        stored, now = await self.find(request_id), self._clock()
        lapsed = stored.state == OPEN and now > stored.expires_at
        state = EXPIRED if lapsed else stored.state
        return stored, state, await self.repository.result(request_id, now)

    async def answer(self, request_id: str, presentation: bytes) -> Settled:
        """Verify and settle; see the head of this file. Raises `Problem`."""
        stored = await self.find(request_id)
        known = await self._settled(request_id, presentation)
        if known is not None:
            return known
        if stored.state != OPEN:
            raise not_open(stored.state)
        view, now = self._trust.trust(), self._clock()
        judged = await self._aside(lambda: self._judge(stored.document, presentation, view, now))
        recorded = await self.repository.settle(
            request_id,
            judged.receipt,
            StoredResult(judged.verdict.model_dump(mode="json", by_alias=True), judged.kept_until),
            proven=judged.proven,
            max_tries=self._settings.max_tries,
        )
        if not recorded:
            known = await self._settled(request_id, presentation)
            if known is not None:
                return known
            raise not_open((await self.find(request_id)).state)
        log.info("request settled", request=short(request_id), result=judged.verdict.result)
        return Settled(judged.verdict, judged.receipt)

    async def _settled(self, request_id: str, presentation: bytes) -> Settled | None:
        """What was said of this very answer before; the report for as long as it is kept."""
        digest = presentation_digest(presentation)
        document = await self.repository.receipt(request_id, digest)
        if document is None:
            return None
        receipt = Receipt.from_bytes(document)
        kept = await self.repository.result(request_id, self._clock())
        verdict = None if kept is None else Verdict.model_validate(kept.facts)
        if verdict is None or verdict.result != receipt.result:
            verdict = Verdict(result=receipt.result)
        return Settled(verdict, receipt)

    async def forget_results(self) -> None:
        """Delete what may no longer be kept."""
        count = await self.repository.forget_results(self._clock())
        if count:
            log.info("results deleted", count=count)

    async def keep_forgetting(self) -> None:
        """Do so for ever."""
        while True:
            await asyncio.sleep(self._settings.sweep_seconds)
            try:
                await self.forget_results()
            except Exception as error:  # a database that is away comes back
                log.warning("results not deleted", reason=type(error).__name__)

    async def _aside(self, work: Callable[[], T]) -> T:
        """Run on a worker thread, within the time limit. Raises `Problem` 503."""
        running = asyncio.get_running_loop().run_in_executor(self._workers, work)
        try:
            return await asyncio.wait_for(running, self._settings.verification_seconds)
        except TimeoutError:
            detail = "too much to do at the moment; try again"
            raise Problem(503, "busy", detail, headers={"Retry-After": "5"}) from None

    def _judge(self, document: bytes, presentation: bytes, view: TrustView, now: int) -> _Judged:
        """Everything about an answer that takes time and touches no database."""
        try:
            Presentation.from_bytes(presentation)
        except DecodeError as error:
            raise problem_of(error) from None
        try:
            request = Request.from_bytes(document)  # as stored, never as sent
            judged = judge(request, presentation, view, self._signer, now=now, rules=self._rules)
            outcome, receipt = judged.outcome, judged.receipt
            if receipt is None:  # the verifier's own clock or ledger view
                code = outcome.code.value if isinstance(outcome, Refusal) else "internal"
                log.warning("cannot verify", code=code)
                text = outcome.text if isinstance(outcome, Refusal) else "no receipt was made"
                raise Problem(503, code, text, headers={"Retry-After": "60"})
            circuit = request.circuit(view.schemas)
        except ZkProofError as error:
            # The verifier's own request: nothing the holder sent leads here.
            log.error("stored request cannot be used", error=type(error).__name__)
            raise Problem(500, "internal", "this request cannot be verified any more") from None
        return _Judged(
            Verdict.of(outcome, view.schemas),
            receipt,
            isinstance(outcome, Report),
            min(now + self._settings.retention_seconds, promised_end(circuit.retention, now)),
        )


@dataclass(frozen=True, slots=True)
class _Judged:
    verdict: Verdict
    receipt: Receipt
    proven: bool
    kept_until: int


def promised_end(retention: Retention | None, now: int) -> int:
    """Until when (seconds) the policy lets a verifier keep what it was shown from ``now`` on."""
    if retention is None:
        return (1 << 31) - 1
    today = datetime.datetime.fromtimestamp(now, datetime.UTC).date()
    try:
        match retention.unit:
            case "day":
                end = today + datetime.timedelta(days=retention.count)
            case "month":
                end = shift_months(today, retention.count)
            case "year":
                end = shift_months(today, 12 * retention.count)
    except (ValueError, OverflowError):
        return (1 << 31) - 1
    return now + 86_400 * (end - today).days


def not_open(state: str) -> Problem:
    """What whoever asks for, or answers, a request that is over is told."""
    said = {
        ANSWERED: "this request was answered",
        CLOSED: "this request was closed after too many refused answers",
        EXPIRED: "this request has expired",
    }
    return Problem(409, "not-open", said[state], state=state)
