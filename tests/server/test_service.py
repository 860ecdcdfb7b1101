"""The verifier service over real HTTP: one answer per request, whatever else is thrown at it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from tests.presentation.building import (
    ALICE,
    DEPOSIT,
    NOW,
    POLICY,
    SIGNER,
    VERIFIER,
    deposit,
    identity,
    trust_view,
)
from zkproof.credential.trust import TrustView
from zkproof.presentation.presentation import Presentation, present
from zkproof.presentation.receipt import Receipt
from zkproof.presentation.request import Request
from zkproof_server.access import READ, WRITE, create_key
from zkproof_server.app import create_app
from zkproof_server.database import make_engine, migrate
from zkproof_server.settings import Settings

CBOR = {"content-type": "application/cbor"}


class Written:
    """A trust view written by hand."""

    def current(self) -> TrustView:
        return trust_view()


@dataclass
class Running:
    url: str
    folder: Path
    key: str
    reader: str
    clock: list[int]

    def open(self, **body: Any) -> Request:
        reply = self.post("", json={"policy": POLICY, **body}, headers=self.auth(self.key))
        assert reply.status_code == 201, reply.text
        return Request.from_bytes(bytes.fromhex(reply.json()["request"]))

    def post(self, path: str, **arguments: Any) -> httpx.Response:
        return httpx.post(f"{self.url}/v1/requests{path}", timeout=30, **arguments)

    def get(self, path: str, **arguments: Any) -> httpx.Response:
        return httpx.get(f"{self.url}/v1/requests{path}", timeout=30, **arguments)

    def answer(self, asked: Request, presentation: bytes) -> httpx.Response:
        path = f"/{asked.request_id.hex()}/presentation"
        return self.post(path, content=presentation, headers=CBOR)

    @staticmethod
    def auth(key: str) -> dict[str, str]:
        return {"authorization": f"Bearer {key}"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("service")
    settings = Settings(database=f"sqlite+aiosqlite:///{folder / 'service.db'}")
    clock = [NOW]
    app = create_app(settings, SIGNER, VERIFIER, Written(), clock=lambda: clock[0])

    async def keys() -> tuple[str, str]:
        engine = make_engine(settings.database)
        await migrate(engine)
        made = (
            await create_key(engine, "both", frozenset((READ, WRITE))),
            await create_key(engine, "reader", frozenset((READ,))),
        )
        await engine.dispose()
        return made

    key, reader = asyncio.run(keys())
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Running(f"http://127.0.0.1:{port}", folder, key, reader, clock)
    server.should_exit = True
    thread.join(timeout=10)


def proof_for(asked: Request) -> bytes:
    circuit = asked.circuit(trust_view().schemas)
    return present(
        asked, circuit, {"a": deposit(), "i": identity()}, ALICE, trust_view()
    ).to_bytes()


def test_answer_carries_verdict_report_and_receipt(service: Running) -> None:
    asked = service.open()
    fetched = service.get(f"/{asked.request_id.hex()}")
    assert fetched.headers["content-type"] == "application/cbor"
    assert Request.from_bytes(fetched.content) == asked
    reply = service.answer(asked, proof_for(asked)).json()
    assert reply["result"] == "proven"
    assert [each["text"] for each in reply["report"]["constraints"]][1] == (
        "require a.balance >= 500_000.00 MOP"
    )
    assert reply["report"]["credentials"][0]["disclosed"] == {
        "bank_name": "Bank A",
        "currency": "MOP",
    }
    receipt = Receipt.from_bytes(bytes.fromhex(reply["receipt"]))
    assert receipt.signed_by(SIGNER.public_key)
    assert receipt.request_digest == asked.digest
    stored = service.get(f"/{asked.request_id.hex()}/result", headers=service.auth(service.reader))
    assert stored.json()["state"] == "answered"
    assert stored.json()["result"]["report"] == reply["report"]
    copy = service.get(f"/{asked.request_id.hex()}/receipt", headers=service.auth(service.reader))
    assert copy.content.hex() == reply["receipt"]


def test_request_is_answered_once(service: Running) -> None:
    asked = service.open()
    proof = proof_for(asked)
    assert service.answer(asked, proof).json()["result"] == "proven"
    again = service.answer(asked, proof)
    assert again.status_code == 409
    assert again.headers["content-type"] == "application/problem+json"
    assert again.json()["title"] == "not-open"


def test_of_many_answers_at_once_exactly_one_wins(service: Running) -> None:
    asked = service.open()
    proofs = [proof_for(asked) for _ in range(8)]

    async def all_at_once() -> list[int]:
        path = f"{service.url}/v1/requests/{asked.request_id.hex()}/presentation"
        async with httpx.AsyncClient(timeout=60) as client:
            replies = await asyncio.gather(
                *(client.post(path, content=proof, headers=CBOR) for proof in proofs)
            )
        return sorted(reply.status_code for reply in replies)

    assert asyncio.run(all_at_once()) == [200] + [409] * 7


def test_refused_answers_are_recorded_and_close_the_request_at_last(service: Running) -> None:
    asked, other = service.open(), service.open()
    wrong = proof_for(other)
    for _ in range(3):
        reply = service.answer(asked, wrong).json()
        assert reply["result"] == "wrong-request"
        assert Receipt.from_bytes(bytes.fromhex(reply["receipt"])).result == "wrong-request"
    assert service.answer(asked, proof_for(asked)).status_code == 409
    assert service.answer(other, wrong).json()["result"] == "proven"


def test_malformed_answers_cost_nothing(service: Running) -> None:
    asked = service.open()
    proof = proof_for(asked)
    for junk in (b"", b"junk", proof[:-1], proof + b"\0", b"\x81" * 5000):
        reply = service.answer(asked, junk)
        assert reply.status_code == 422
        assert reply.json()["title"] == "malformed"
    assert service.answer(asked, proof).json()["result"] == "proven"


def test_changed_answers_are_refused(service: Running) -> None:
    asked = service.open()
    parsed = Presentation.from_bytes(proof_for(asked))
    changed = dict(parsed.credentials)
    changed["a"] = replace(changed["a"], disclosed={**changed["a"].disclosed, "bank_name": "X"})
    forged = replace(parsed, credentials=changed).to_bytes()
    assert service.answer(asked, forged).json()["result"] == "proof-invalid"
    assert service.answer(asked, parsed.to_bytes()).json()["result"] == "proven"


def test_expired_request_is_refused(service: Running) -> None:
    asked = service.open(lifetime_seconds=60)
    proof = proof_for(asked)
    service.clock[0] = NOW + 61
    try:
        assert service.answer(asked, proof).json()["result"] == "expired"
    finally:
        service.clock[0] = NOW
    assert service.answer(asked, proof).json()["result"] == "proven"


def test_body_over_the_limit_is_not_read(service: Running) -> None:
    asked = service.open()
    path = f"/{asked.request_id.hex()}/presentation"
    big = service.post(path, content=b"\0" * (300 << 10), headers=CBOR)
    assert big.status_code == 413

    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b"\0" * 8192

    undeclared = service.post(path, content=chunks(), headers=CBOR)
    assert undeclared.status_code == 413


def test_content_type_is_asked_for(service: Running) -> None:
    asked = service.open()
    path = f"/{asked.request_id.hex()}/presentation"
    assert service.post(path, content=proof_for(asked)).status_code == 415


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": "Basic abc"}, 401),
        ({"authorization": "Bearer zkp_"}, 401),
    ],
)
def test_nobody_gets_in_without_a_key(
    service: Running, headers: dict[str, str], status: int
) -> None:
    assert service.post("", json={"policy": POLICY}, headers=headers).status_code == status
    asked = service.open()
    path = f"/{asked.request_id.hex()}"
    for part in ("/result", "/receipt"):
        assert service.get(path + part, headers=headers).status_code == status


def test_scope_is_needed(service: Running) -> None:
    reply = service.post("", json={"policy": POLICY}, headers=service.auth(service.reader))
    assert reply.status_code == 403
    assert service.post("", json={"policy": POLICY}, headers=service.auth(service.key)).is_success


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"policy": ""},
        {"policy": 5},
        {"policy": "policy"},
        {"policy": POLICY, "surplus": 1},
        {"policy": POLICY, "lifetime_seconds": 0},
        {"policy": POLICY.replace("balance", "balanse")},
        {"policy": "x" * 20_001},
    ],
)
def test_bad_policies_are_refused_with_the_reason(service: Running, body: dict[str, Any]) -> None:
    reply = service.post("", json=body, headers=service.auth(service.key))
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in reply.text


def test_unknown_requests_and_paths_are_not_found(service: Running) -> None:
    assert service.get("/" + "0" * 32).status_code == 404
    assert service.get("/nonsense").status_code == 422
    assert httpx.get(f"{service.url}/etc/passwd").status_code == 404
    assert (
        service.post("/" + "0" * 32 + "/presentation", content=b"", headers=CBOR).status_code == 404
    )


def test_service_says_whether_it_is_well(service: Running) -> None:
    assert httpx.get(f"{service.url}/healthz").json() == {"status": "ok"}
    assert httpx.get(f"{service.url}/readyz").json()["ready"] is True
    paths = httpx.get(f"{service.url}/openapi.json").json()["paths"]
    assert "/v1/requests/{request_id}/presentation" in paths


def test_database_holds_nothing_undisclosed(service: Running) -> None:
    asked = service.open()
    proof = proof_for(asked)
    service.answer(asked, proof)
    with sqlite3.connect(service.folder / "service.db") as db:
        dump = "\n".join(db.iterdump()).encode()
    db.close()
    files = b"".join(path.read_bytes() for path in service.folder.glob("service.db*"))
    parsed = Presentation.from_bytes(proof)
    for hidden in (
        parsed.proof[:48],
        b"Chan Tai Man",
        bytes([1]) * 32,
        service.key.encode(),
        str(DEPOSIT["balance"]).encode(),
    ):
        assert hidden not in dump
        assert hidden.hex().encode() not in dump.lower()
        assert hidden not in files
