"""Ask, take an answer, verify it, settle it once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog

from zkproof.clock import Clock
from zkproof.credential.ed25519 import Ed25519Signer
from zkproof.credential.trust import TrustView
from zkproof.presentation.receipt import PROVEN, make_receipt
from zkproof.presentation.report import Refusal, RefusalCode, Report
from zkproof.presentation.request import Request, VerifierIdentity, open_request
from zkproof.presentation.verify import VerificationRules, verify
from zkproof_circuits import library
from zkproof_server.problems import Problem
from zkproof_server.settings import Settings
from zkproof_server.trust import TrustSource
from zkproof_server.verification.repository import Repository

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Settled:
    """An outcome that was recorded."""

    result: str
    reason: str | None
    report: dict[str, Any] | None
    receipt: bytes


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

    async def open(
        self, policy: str, parameters: dict[str, str], lifetime: int, opened_by: str
    ) -> Request:
        """Compile, sign and store a request. Raises `PolicyError` for a text that does not
        compile.
        """
        text = library.policy_text(policy) if policy in library.policy_names() else policy
        view = self._trust.current()
        request = open_request(
            self._signer,
            self._identity,
            text,
            tuple(view.schemas.values()),
            ledger_id=view.ledger_id,
            now=self._clock(),
            lifetime=lifetime,
            parameters=parameters,
        )
        await self.repository.add(request, opened_by)
        log.info("request opened", request=request.request_id.hex(), by=opened_by)
        return request

    async def find(self, request_id: str) -> dict[str, Any]:
        """The stored row. Raises `Problem` 404."""
        row = await self.repository.find(request_id)
        if row is None:
            raise Problem(404, "no-request", "no request with this identifier")
        return row

    async def answer(self, request_id: str, presentation: bytes) -> Settled:
        """Verify and settle. What cannot be read changes nothing; what is refused uses up a try;
        what is proven closes the request. Raises `Problem`.
        """
        row = await self.find(request_id)
        if row["state"] != "open":
            raise Problem(409, "not-open", "this request was answered or closed before")
        request = Request.from_bytes(row["document"])  # as stored, never as sent
        view, now = self._trust.current(), self._clock()
        try:
            outcome = await asyncio.wait_for(
                asyncio.to_thread(self._verify, request, presentation, view, now),
                self._settings.verification_seconds,
            )
        except TimeoutError:
            raise Problem(503, "busy", "verification took too long; try again") from None
        if isinstance(outcome, Refusal) and outcome.code is RefusalCode.MALFORMED:
            raise Problem(422, outcome.code.value, outcome.text)
        circuit = request.circuit(view.schemas)
        ledger = (view.ledger_id, view.tree_size, view.root_hash)
        receipt = make_receipt(
            self._signer, request, circuit, presentation, outcome, ledger=ledger, now=now
        )
        proven = isinstance(outcome, Report)
        report = report_facts(outcome, view) if isinstance(outcome, Report) else None
        reason = outcome.text if isinstance(outcome, Refusal) else None
        settled = Settled(receipt.result, reason, report, receipt.to_bytes())
        recorded = await self.repository.settle(
            request_id,
            receipt,
            {"result": settled.result, "reason": reason, "report": report},
            result_until=now + self._settings.retention_seconds,
            proven=proven,
            max_tries=self._settings.max_tries,
        )
        if not recorded:
            raise Problem(409, "not-open", "this request was answered or closed before")
        log.info("request settled", request=request_id, result=settled.result)
        return settled

    def _verify(
        self, request: Request, presentation: bytes, view: TrustView, now: int
    ) -> Report | Refusal:
        return verify(request, presentation, view, now=now, rules=self._rules)


def report_facts(report: Report, view: TrustView) -> dict[str, Any]:
    """A report as JSON: what was proven, by whom, what was disclosed, what stayed hidden."""
    return {
        "policy": report.policy_name,
        "policy_version": report.policy_version,
        "purpose": report.purpose,
        "constraints": [
            {"text": each.source, "credentials": list(each.credentials)}
            for each in report.constraints
        ],
        "credentials": [
            {
                "alias": each.alias,
                "schema": f"{each.schema_id} v{each.schema_version}",
                "issuer": each.issuer_id,
                "issuer_name": each.issuer_name,
                "key": each.key_id,
                "disclosed": {
                    name: view.schemas[each.schema_digest].attribute(name).type.format(value)
                    for name, value in each.disclosed.items()
                },
                "hidden": list(each.hidden),
            }
            for each in report.credentials
        ],
        "ledger": report.ledger_id,
        "tree_size": report.tree_size,
        "root": report.root_hash.hex(),
        "verified_at": report.verified_at,
        "result": PROVEN,
    }
