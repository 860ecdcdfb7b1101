"""The same service over SQLite and PostgreSQL, from several processes at once."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from tests.presentation.building import NOW, POLICY, SIGNER, VERIFIER
from tests.server.building import CBOR, Running, bearer, proof_for, serving, trust_view
from tests.server.program import Operator, answer_to
from zkproof.errors import UsageError
from zkproof.presentation.receipt import Receipt
from zkproof.presentation.request import Request, open_request
from zkproof.verifier.judging import judge
from zkproof_circuits import library
from zkproof_server import database as storage
from zkproof_server.database import Database
from zkproof_server.tables import metadata


@pytest.fixture
def opened(address: str) -> Iterator[Database]:
    database = Database(address)
    yield database
    database.close()


def upgrade(database: Database, revision: str) -> None:
    config = storage._alembic()
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_migrations_lead_to_the_tables_the_program_uses(opened: Database) -> None:
    assert not opened.is_current()
    opened.migrate()
    opened.migrate()  # a second start changes nothing
    assert opened.is_current()
    with opened.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_workers_that_start_together_migrate_once(address: str) -> None:
    program = (
        "import sys; from zkproof_server.database import Database; Database(sys.argv[1]).migrate()"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, address], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for each in started:
        _, said = each.communicate(timeout=60)
        assert each.returncode == 0, said.decode()


def fill(database: Database) -> dict[str, Request]:
    """A database of the version before tenants: one request of each state, and two receipts."""
    view = trust_view()
    upgrade(database, "0002")
    made = {}
    chain = bytes(32)
    with database.write() as connection:
        for position, state in enumerate(("open", "answered", "closed")):
            asked = open_request(
                SIGNER,
                VERIFIER,
                POLICY,
                library.all_schemas(),
                ledger_id=view.ledger_id,
                checkpoint=view.checkpoint,
                now=NOW,
            )
            made[state] = asked
            row = {
                "id": asked.request_id.hex(),
                "state": state,
                "document": asked.to_bytes(),
                "expires_at": asked.expires_at,
            }
            connection.execute(
                text(
                    "INSERT INTO request (id, state, tries, document, expires_at, opened_by)"
                    " VALUES (:id, :state, 0, :document, :expires_at, 'console')"
                ),
                row,
            )
            if state == "open":
                continue
            presentation = proof_for(asked if state == "answered" else made["open"])
            receipt = judge(asked, presentation, view, SIGNER, now=NOW).receipt
            assert receipt is not None
            chain = hashlib.sha256(chain + receipt.digest).digest()
            connection.execute(
                text(
                    "INSERT INTO receipt (position, request_id, document, chain, presentation)"
                    " VALUES (:position, :id, :document, :chain, :presentation)"
                ),
                {
                    "position": position,
                    "id": asked.request_id.hex(),
                    "document": receipt.to_bytes(),
                    "chain": chain,
                    "presentation": receipt.presentation_digest,
                },
            )
        connection.execute(
            text("UPDATE receipt_chain_head SET position = 2, chain = :chain"), {"chain": chain}
        )
    return made


def test_filled_database_of_an_older_version_goes_on(address: str, tmp_path: Path) -> None:
    database = Database(address)
    made = fill(database)
    database.close()
    running = Running(tmp_path, address)
    with serving(running):
        listed = running.get("", headers=bearer(running.reader)).json()["items"]
        assert sorted(each["state"] for each in listed) == ["created", "proven", "refused"]
        running.ids = {bytes.fromhex(each["url"].rpartition("/")[2]): each["id"] for each in listed}
        assert running.answer(made["answered"], proof_for(made["answered"])).status_code == 409
        assert running.answer(made["open"], proof_for(made["open"])).json()["result"] == "proven"
        assert running.result(made["answered"])["receipt"] is not None
    database = Database(address)
    with database.read() as connection:
        rows = connection.execute(
            text("SELECT position, document, chain FROM receipt ORDER BY position")
        ).all()
    database.close()
    chain = bytes(32)
    for position, (stored, document, linked) in enumerate(rows, 1):
        chain = hashlib.sha256(chain + Receipt.from_bytes(bytes(document)).digest).digest()
        assert (stored, bytes(linked)) == (position, chain)
    assert len(rows) == 3


def test_of_a_hundred_answers_to_several_processes_exactly_one_is_accepted(
    address: str, operator: Operator
) -> None:
    operator.environment["ZKPROOF_DATABASE"] = address
    operator.environment["ZKPROOF_WORKERS"] = "2"
    key = operator.run("keys", "console").stdout.strip()
    with operator.serving():
        opened = httpx.post(
            f"{operator.url}/v1/requests", json={"policy": POLICY}, headers=bearer(key)
        ).json()
        asked = Request.from_bytes(bytes.fromhex(opened["request"]))
        answers = [answer_to(asked, operator.folder) for _ in range(4)]

        async def send() -> list[httpx.Response]:
            limits = httpx.Limits(max_connections=100, max_keepalive_connections=0)
            async with httpx.AsyncClient(timeout=60, limits=limits) as client:
                path = f"{opened['url']}/presentation"
                posts = (
                    client.post(path, content=answers[k % len(answers)], headers=CBOR)
                    for k in range(100)
                )
                return list(await asyncio.gather(*posts))

        replies = asyncio.run(send())
        accepted = {reply.json()["receipt"] for reply in replies if reply.status_code == 200}
        assert {reply.status_code for reply in replies} == {200, 409}
        assert len(accepted) == 1
        result = httpx.get(
            f"{operator.url}/v1/requests/{opened['id']}/result", headers=bearer(key)
        ).json()
        assert (result["state"], result["tries"]) == ("proven", 1)
        assert result["receipt"] in accepted
    database = Database(address)
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM receipt")).scalar() == 1
    database.close()


@pytest.mark.parametrize("wrong", ["mydb", "mysql://x/y", "sqlite+aiosqlite:///x.db", ""])
def test_address_of_another_kind_is_refused(wrong: str, tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path / 'right.db'}").close()
    with pytest.raises(UsageError, match="ZKPROOF_DATABASE: not an address"):
        Database(wrong)
