"""The service's database as the store of `zkproof.verifier`: which rules there are, is said there.

One object serves one call: it knows the tenant, what the caller wants kept with the request, and
the row that was read already.
"""

from __future__ import annotations

import datetime
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from zkproof.errors import UsageError
from zkproof.presentation.receipt import Receipt
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.request import Request
from zkproof.trust import TrustView
from zkproof.verifier.store import StoredRequest
from zkproof_circuits.circuit import Retention
from zkproof_circuits.lowering.arithmetic import shift_months
from zkproof_server.receipts.repository import ReceiptRepository
from zkproof_server.verification.repository import Repository, Row, StoredResult
from zkproof_server.verification.schemas import Verdict
from zkproof_server.verification.states import State

FOR_EVER = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class Opening:
    """What is kept with a request besides itself."""

    tenant: str
    opened_by: str
    language: str
    reference: str | None
    details: Mapping[str, str] | None
    also: Callable[[Connection, Row], None]
    """Done in the same transaction."""


class OpeningStore:
    """Takes one request in."""

    def __init__(self, repository: Repository, view: TrustView, opening: Opening) -> None:
        self._repository = repository
        self._view = view
        self._opening = opening

    def put(self, request: Request) -> None:
        """Raises `IntegrityError` when ``also`` does."""
        circuit = request.circuit(self._view.schemas)
        opening = self._opening
        row = Row(
            id=request.request_id.hex(),
            rp_id=secrets.token_hex(16),
            tenant=opening.tenant,
            state=State.CREATED,
            tries=0,
            version=1,
            document=request.to_bytes(),
            policy=circuit.name,
            policy_version=circuit.version,
            language=opening.language,
            reference=opening.reference,
            details=opening.details,
            opened_by=opening.opened_by,
            created_at=request.issued_at,
            fetched_at=None,
            answered_at=None,
            ended_at=None,
            expires_at=request.expires_at,
        )
        with self._repository.database.write() as connection:
            self._repository.add(connection, row)
            opening.also(connection, row)

    def get(self, request_id: bytes) -> StoredRequest | None:
        raise UsageError("store: this one opens requests")

    def settle(
        self, request_id: bytes, outcome: Report | Refusal, receipt: Receipt, *, max_tries: int
    ) -> bool:
        raise UsageError("store: this one opens requests")


class AnsweringStore:
    """Settles one answer to the request of ``row``."""

    def __init__(
        self,
        repository: Repository,
        receipts: ReceiptRepository,
        row: Row,
        view: TrustView,
        retention_seconds: int,
        also: Callable[[Connection, Row, State], None],
    ) -> None:
        self._repository = repository
        self._receipts = receipts
        self._row = row
        self._view = view
        self._retention_seconds = retention_seconds
        self._also = also
        self.verdict: Verdict | None = None
        """What was recorded."""

        self.seconds = 0.0
        """How long that took."""

    def put(self, request: Request) -> None:
        raise UsageError("store: this one takes answers")

    def get(self, request_id: bytes) -> StoredRequest | None:
        if request_id.hex() != self._row.id:
            return None
        return StoredRequest(self._row.document, self._row.state.for_the_library, self._row.tries)

    def settle(
        self, request_id: bytes, outcome: Report | Refusal, receipt: Receipt, *, max_tries: int
    ) -> bool:
        request = Request.from_bytes(self._row.document)
        circuit = request.circuit(self._view.schemas)
        now = receipt.verified_at
        verdict = Verdict.of(outcome, circuit, request, self._view, language=self._row.language)
        kept_until = min(now + self._retention_seconds, promised_end(circuit.retention, now))
        kept = StoredResult(verdict.model_dump(mode="json", by_alias=True), kept_until)
        begun = time.perf_counter()
        try:
            with self._repository.database.write() as connection:
                settled = self._repository.settle(
                    connection,
                    self._row.id,
                    proven=isinstance(outcome, Report),
                    max_tries=max_tries,
                    now=now,
                )
                if settled is None:
                    return False
                state, tries = settled
                self._repository.keep_result(connection, self._row.id, kept, first=tries == 1)
                self._receipts.append(connection, self._row.tenant, self._row.id, receipt)
                self._also(connection, self._row, state)
        except IntegrityError:  # another process has just recorded this very answer
            return False
        self.seconds = time.perf_counter() - begun
        self.verdict = verdict
        return True


def promised_end(retention: Retention | None, now: int) -> int:
    """Until when (seconds) the policy lets a verifier keep what it was shown from ``now`` on."""
    if retention is None:
        return FOR_EVER
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
        return FOR_EVER
    return now + 86_400 * (end - today).days
