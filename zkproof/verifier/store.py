"""Where a verifier remembers its requests, so that each is used up once.

`RequestStore` is the protocol; the service implements it over its own database.

Trusted: yes, what stands here is what was asked. May be lost: no, or an answer could be accepted
twice. Acknowledged means: for `FileStore`, committed in SQLite with ``synchronous=FULL``.
"""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from zkproof.errors import ConflictError
from zkproof.presentation.receipt import Receipt
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.request import Request


class RequestState(StrEnum):
    """What became of a request."""

    OPEN = "open"
    ANSWERED = "answered"
    """A presentation was accepted."""

    CLOSED = "closed"
    """Refused as often as the verifier allows."""


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A request as it was signed, its state, and what was last said about an answer."""

    document: bytes
    state: RequestState = RequestState.OPEN
    tries: int = 0
    presentation_digest: bytes | None = None
    receipt: bytes | None = None


class RequestStore(Protocol):
    """One row for each request."""

    def put(self, request: Request) -> None:
        """Remember an opened request. Raises `ConflictError` when its identifier is known."""
        ...

    def get(self, request_id: bytes) -> StoredRequest | None:
        """What is known of a request."""
        ...

    def settle(
        self,
        request_id: bytes,
        outcome: Report | Refusal,
        receipt: Receipt,
        *,
        max_tries: int,
    ) -> bool:
        """Record an outcome and the receipt about it, if the request is open still; ``False`` when
        nothing changed.

        A `Report`: open becomes answered. A `Refusal`: one try more, and closed at the last. Of
        several answers at once, exactly one finds it open.
        """
        ...


class MemoryStore:
    """Requests of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[bytes, StoredRequest] = {}

    def put(self, request: Request) -> None:
        with self._lock:
            if request.request_id in self._requests:
                raise _known()
            self._requests[request.request_id] = StoredRequest(request.to_bytes())

    def get(self, request_id: bytes) -> StoredRequest | None:
        return self._requests.get(request_id)

    def settle(
        self,
        request_id: bytes,
        outcome: Report | Refusal,
        receipt: Receipt,
        *,
        max_tries: int,
    ) -> bool:
        with self._lock:
            stored = self._requests.get(request_id)
            if stored is None or stored.state is not RequestState.OPEN:
                return False
            self._requests[request_id] = replace(
                stored,
                state=state_after(outcome, stored.tries + 1, max_tries=max_tries),
                tries=stored.tries + 1,
                presentation_digest=receipt.presentation_digest,
                receipt=receipt.to_bytes(),
            )
            return True


_TABLE = """
CREATE TABLE IF NOT EXISTS request (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    document BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'closed')),
    tries INTEGER NOT NULL,
    presentation_digest BLOB,
    receipt BLOB
) STRICT, WITHOUT ROWID;
"""


class FileStore:
    """Requests in one SQLite file, from any thread and several processes.

    Raises `ConflictError` when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._lock = threading.RLock()
        try:
            self._db = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=10
            )
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute(_TABLE)
        except sqlite3.Error as error:
            raise self._failure(error) from None

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def put(self, request: Request) -> None:
        try:
            self._run(
                "INSERT INTO request (id, document, state, tries) VALUES (?, ?, 'open', 0)",
                (request.request_id, request.to_bytes()),
            )
        except sqlite3.IntegrityError:
            raise _known() from None

    def get(self, request_id: bytes) -> StoredRequest | None:
        row = self._run(
            "SELECT document, state, tries, presentation_digest, receipt FROM request WHERE id = ?",
            (request_id,),
        ).fetchone()
        if row is None:
            return None
        document, state, tries, digest, receipt = row
        return StoredRequest(document, RequestState(state), tries, digest, receipt)

    def settle(
        self,
        request_id: bytes,
        outcome: Report | Refusal,
        receipt: Receipt,
        *,
        max_tries: int,
    ) -> bool:
        # One conditional statement: whoever finds the row open changes it.
        changed = self._run(
            "UPDATE request SET tries = tries + 1, presentation_digest = ?, receipt = ?,"
            " state = CASE WHEN ? THEN 'answered' WHEN tries + 1 >= ? THEN 'closed'"
            " ELSE 'open' END WHERE id = ? AND state = 'open'",
            (
                receipt.presentation_digest,
                receipt.to_bytes(),
                isinstance(outcome, Report),
                max_tries,
                request_id,
            ),
        )
        return changed.rowcount == 1

    def _run(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        with self._lock:
            try:
                return self._db.execute(statement, values)
            except sqlite3.IntegrityError:
                raise
            except sqlite3.Error as error:
                raise self._failure(error) from None

    def _failure(self, error: sqlite3.Error) -> ConflictError:
        return ConflictError(f"requests: {self._name} cannot be used ({error})")


def state_after(outcome: Report | Refusal, tries: int, *, max_tries: int) -> RequestState:
    """What an open request becomes by an answer that was its ``tries``-th."""
    if isinstance(outcome, Report):
        return RequestState.ANSWERED
    return RequestState.CLOSED if tries >= max_tries else RequestState.OPEN


def _known() -> ConflictError:
    return ConflictError("request: its identifier is in use")
