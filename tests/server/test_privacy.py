"""What the service keeps and says: nothing hidden, nothing longer than promised, no secret."""

from __future__ import annotations

import asyncio
import datetime
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog
from sqlalchemy.exc import DBAPIError

from tests.presentation.building import ALICE, DEPOSIT, NOW, POLICY, deposit, identity
from tests.server.building import Running, bearer, proof_for, serving
from zkproof.presentation.presentation import Presentation
from zkproof_circuits.circuit import Retention
from zkproof_server import logs
from zkproof_server.access.service import Keys, Scope
from zkproof_server.database import Database
from zkproof_server.verification.store import promised_end

DAY = 86_400
HIDDEN = "Marker Hidden In A Certificate"
SHOWN = "Marker Shown To The Verifier"


@pytest.fixture
def written_logs() -> Iterator[io.StringIO]:
    """Everything the service logs, as it would stand in a file."""
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    structlog.reset_defaults()


def marked_proof(service: Running, policy: str = POLICY) -> tuple[str, bytes]:
    asked = service.open(policy)
    proof = proof_for(asked, a=deposit(bank_name=SHOWN), i=identity(name=HIDDEN))
    assert service.answer(asked, proof).json()["result"] == "proven"
    return service.id(asked), proof


def dump(service: Running) -> bytes:
    with closing(sqlite3.connect(service.database)) as database:
        return "\n".join(database.iterdump()).encode()


def test_database_holds_nothing_undisclosed(service: Running) -> None:
    _, proof = marked_proof(service)
    assert SHOWN.encode() in dump(service)
    for held in (dump(service), service.files):
        for hidden in (
            HIDDEN.encode(),
            Presentation.from_bytes(proof).proof[:48],
            bytes([1]) * 32,
            bytes([4]) * 32,
            str(DEPOSIT["balance"]).encode(),
            b"750,000",
            ALICE.export_secret(),
            service.key.encode(),
            service.key.split("_", 2)[2].encode(),
        ):
            assert hidden not in held
            assert hidden.hex().encode() not in held.lower()


def test_logs_hold_no_value_key_body_or_whole_identifier(
    written_logs: io.StringIO, service: Running
) -> None:
    request_id, proof = marked_proof(service)
    service.get(f"/{request_id}/result", headers=bearer(service.key))
    service.ask(policy=POLICY.replace("balance", "balanse-marker"))
    service.ask(policy=POLICY, parameters={"marker": "parameter-marker"})
    service.post("", json={"policy": POLICY}, headers=bearer("key-marker"))
    service.trust.failure = RuntimeError("error-marker")
    service.ask(policy=POLICY)
    text = written_logs.getvalue()
    for expected in ("request opened", "request settled", request_id[:8], "RuntimeError"):
        assert expected in text
    assert '"route": "/v1/w/{request_id}/presentation"' in text
    for absent in (
        SHOWN,
        HIDDEN,
        request_id,
        service.key,
        service.key.split("_", 2)[2],
        "marker",
        proof.hex()[:64],
        "500_000",
    ):
        assert absent not in text


def test_result_ends_with_its_time_and_the_receipt_stays(tmp_path: Path) -> None:
    service = Running(tmp_path, retention_seconds=1000, sweep_seconds=0.05)
    with serving(service):
        request_id, _ = marked_proof(service)
        path = f"/{request_id}/result"
        service.now = NOW + 999
        kept = service.get(path, headers=bearer(service.reader)).json()
        assert kept["result"]["report"]["credentials"][0]["disclosed"]["bank_name"] == SHOWN
        assert kept["kept_until"] == NOW + 1000
        assert SHOWN.encode() in service.files
        service.now = NOW + 1000
        gone = service.get(path, headers=bearer(service.reader)).json()
        assert (gone["state"], gone["result"]) == ("proven", None)
        assert gone["receipt"] == kept["receipt"]

        async def until_swept() -> None:
            async with asyncio.timeout(10):
                while SHOWN.encode() in service.files:
                    await asyncio.sleep(0.05)

        asyncio.run(until_swept())
    assert SHOWN.encode() not in service.files


def test_policy_that_promises_less_than_the_settings_is_kept_to(service: Running) -> None:
    promising = POLICY.replace("credential a:", "retention 2 days\ncredential a:", 1)
    for policy, days in ((POLICY, 30), (promising, 2)):
        request_id, _ = marked_proof(service, policy)
        facts = service.get(f"/{request_id}/result", headers=bearer(service.reader)).json()
        assert facts["kept_until"] == NOW + days * DAY


@pytest.mark.parametrize(
    ("retention", "end"),
    [
        (Retention(0, "day"), "2024-01-31"),
        (Retention(1, "day"), "2024-02-01"),
        (Retention(1, "month"), "2024-02-29"),
        (Retention(13, "month"), "2025-02-28"),
        (Retention(4, "year"), "2028-01-31"),
    ],
)
def test_promise_is_counted_in_calendar_units(retention: Retention, end: str) -> None:
    now = int(datetime.datetime(2024, 1, 31, 12, tzinfo=datetime.UTC).timestamp())
    until = datetime.datetime.fromtimestamp(promised_end(retention, now), datetime.UTC)
    assert until.isoformat() == f"{end}T12:00:00+00:00"


def test_errors_of_the_database_do_not_repeat_values(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(DBAPIError) as caught:
        Keys(database, lambda: NOW).create("marker-in-a-row", {Scope.READ}, tenant="default")
    assert "no such table" in str(caught.value)
    assert "marker-in-a-row" not in str(caught.value)
    database.close()
