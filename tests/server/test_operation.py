"""A service in trouble and under watch: workers killed, told to stop, asked for its figures."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import JSON, LargeBinary, Text, text

from tests.presentation.building import ALICE, DEPOSIT, POLICY, deposit, identity
from tests.server.building import CBOR, Running, bearer, proof_for, serving
from tests.server.postgresql import Cluster
from tests.server.program import Operator, answer_to
from tests.server.test_webhooks import receiving, until
from zkproof.audit.receipt_log import START, link
from zkproof.presentation.presentation import Presentation
from zkproof.presentation.receipt import Receipt
from zkproof.presentation.request import Request
from zkproof_server import logs
from zkproof_server.access.service import Scope
from zkproof_server.database import Database
from zkproof_server.tables import metadata

ANSWERS = 24


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def chain_of(address: str) -> list[Receipt]:
    """Every receipt, after the whole chain was checked."""
    database = Database(address)
    with database.read() as connection:
        rows = connection.execute(
            text("SELECT position, document, chain FROM receipt ORDER BY position")
        ).all()
    database.close()
    chain, found = START, []
    for expected, (position, document, stored) in enumerate(rows, 1):
        found.append(Receipt.from_bytes(bytes(document)))
        chain = link(chain, found[-1].digest)
        assert (position, bytes(stored)) == (expected, chain)
    return found


def test_killed_worker_loses_nothing_that_was_acknowledged(
    address: str, operator: Operator
) -> None:
    operator.environment |= {"ZKPROOF_DATABASE": address, "ZKPROOF_WORKERS": "2"}
    key = operator.run("keys", "console").stdout.strip()
    told: dict[str, str] = {}

    def send(address: str, answer: bytes) -> None:
        try:
            reply = httpx.post(f"{address}/presentation", content=answer, headers=CBOR, timeout=30)
        except httpx.TransportError:
            return  # cut off: nothing was acknowledged
        assert reply.status_code == 200, reply.text
        told[address] = reply.json()["receipt"]

    def until_told(address: str, answer: bytes) -> None:
        end = time.monotonic() + 20
        while address not in told or told[address] not in again:
            assert time.monotonic() < end, "no reply"
            send(address, answer)
            again.add(told.get(address, ""))

    again: set[str] = set()
    with operator.serving() as process:
        opened = [
            httpx.post(
                f"{operator.url}/v1/requests", json={"policy": POLICY}, headers=bearer(key)
            ).json()
            for _ in range(ANSWERS)
        ]
        answers = {
            each["url"]: answer_to(
                Request.from_bytes(bytes.fromhex(each["request"])), operator.folder
            )
            for each in opened
        }
        waiting = [threading.Thread(target=send, args=each) for each in answers.items()]
        workers = children(process.pid)
        assert len(workers) == 2
        for each in waiting:
            each.start()
        until(lambda: len(told) >= 3)
        os.kill(workers[0], signal.SIGKILL)
        for each in waiting:
            each.join(40)
        acknowledged = dict(told)
        # Another took its place, and the dead one was waited for.
        until(
            lambda: len(children(process.pid)) == 2 and workers[0] not in children(process.pid), 20
        )
        for url, answer in answers.items():  # who was cut off sends again, and so does the rest
            until_told(url, answer)
        assert {url: told[url] for url in acknowledged} == acknowledged
        states = {
            httpx.get(f"{operator.url}/v1/requests/{each['id']}", headers=bearer(key)).json()[
                "state"
            ]
            for each in opened
        }
        assert states == {"proven"}
    assert process.returncode == 0  # told to stop, it stops in order, workers and all
    assert {each.to_bytes().hex() for each in chain_of(address)} == set(told.values())


def test_stopping_service_finishes_what_it_has_begun(operator: Operator) -> None:
    key = operator.run("keys", "console").stdout.strip()
    replies: list[httpx.Response] = []
    with operator.serving() as process:
        opened = [
            httpx.post(
                f"{operator.url}/v1/requests", json={"policy": POLICY}, headers=bearer(key)
            ).json()
            for _ in range(8)
        ]
        answers = [
            answer_to(Request.from_bytes(bytes.fromhex(each["request"])), operator.folder)
            for each in opened
        ]
        clients = [httpx.Client(timeout=30) for _ in opened]
        for client in clients:  # all are connected before it is told
            assert client.get(f"{operator.url}/livez").status_code == 200

        def send(client: httpx.Client, url: str, answer: bytes) -> None:
            replies.append(client.post(f"{url}/presentation", content=answer, headers=CBOR))

        sending = [
            threading.Thread(target=send, args=(client, each["url"], answer))
            for client, each, answer in zip(clients, opened, answers, strict=True)
        ]
        for each in sending:
            each.start()
        until(lambda: len(replies) >= 1)
        process.send_signal(signal.SIGTERM)
        for each in sending:
            each.join(30)
        for client in clients:
            client.close()
        process.wait(20)
    assert process.returncode == 0
    assert {reply.status_code for reply in replies} == {200}
    receipts = {
        each.to_bytes().hex() for each in chain_of(f"sqlite:///{operator.folder}/zkproof.db")
    }
    assert {reply.json()["receipt"] for reply in replies} == receipts


@contextmanager
def written_logs() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.configure(stream)
    try:
        yield stream
    finally:
        structlog.reset_defaults()


def store_uncompressed(address: str) -> None:
    """PostgreSQL compresses long values, so that nothing would be found in its files."""
    database = Database(address)
    with database.write() as connection:
        if not database.is_sqlite:
            for table in metadata.tables.values():
                for column in table.columns:
                    if isinstance(column.type, LargeBinary | Text | JSON):
                        connection.execute(
                            text(f"ALTER TABLE {table} ALTER {column.name} SET STORAGE EXTERNAL")
                        )
    database.close()


def test_nothing_undisclosed_or_secret_is_kept_or_said_anywhere(
    address: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A full run: database with its log, logs, metrics, messages, replies of the console."""
    service = Running(tmp_path, address, webhook_private=True)
    operator = service.make_key(Scope.METRICS, tenant=None)
    store_uncompressed(address)
    hidden, shown = "Marker Hidden In A Certificate", "Marker Shown To The Verifier"
    said: list[bytes] = []
    with written_logs() as log, receiving() as receiver, serving(service):
        every = sorted(f"request.{each}" for each in ("fetched", "answered", "proven", "cancelled"))
        made = service.call(
            "post",
            "/v1/webhooks",
            json={"url": receiver.url, "types": every},
            headers={**bearer(service.key), "idempotency-key": "hook"},
        ).json()
        asked, other, ended = service.open(), service.open(), service.open()
        proof = proof_for(asked, a=deposit(bank_name=shown), i=identity(name=hidden))
        refused = proof_for(other, a=deposit(bank_name=shown), i=identity(name=hidden))
        service.fetch(asked)
        service.answer(asked, refused)
        service.answer(asked, proof)
        service.answer(asked, proof)
        service.answer(asked, b"junk")
        service.post(f"/{service.id(ended)}/cancel", headers=bearer(service.key))
        result = service.get(f"/{service.id(asked)}/result", headers=bearer(service.key))
        until(lambda: len(receiver.got) == 4)
        metrics = service.call("get", "/metrics", headers=bearer(operator)).content
        said += [log.getvalue().encode(), metrics, *(body for _, body in receiver.got)]
    if address.startswith("sqlite"):
        stored = service.files
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        stored = cluster.files()
    assert shown.encode() in stored  # it is looked for where it would be
    assert shown in result.text
    never = [
        hidden.encode(),
        str(DEPOSIT["balance"]).encode() + b"00",
        b"750,000",
        b"750_000",
        bytes([1]) * 32,
        bytes([4]) * 32,
        Presentation.from_bytes(proof).proof[:48],
        Presentation.from_bytes(refused).proof[:48],
        ALICE.export_secret(),
        made["secret"].encode(),
        *(key.split("_", 2)[2].encode() for key in (service.key, service.reader, operator)),
    ]
    assert len(said) == 6
    for octets in [stored, *said]:
        for value in never:
            assert value not in octets
            assert value.hex().encode() not in octets.lower()
    for octets in said:  # shown to the console, and to nobody else
        assert shown.encode() not in octets
        assert asked.request_id.hex().encode() not in octets


def test_figures_count_what_happened_and_stay_few(tmp_path: Path) -> None:
    service = Running(tmp_path)
    operator = service.make_key(Scope.METRICS, tenant=None)

    def figures() -> dict[str, float]:
        reply = service.call("get", "/metrics", headers=bearer(operator))
        assert reply.status_code == 200
        lines = [line for line in reply.text.splitlines() if not line.startswith("#")]
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}

    with serving(service):
        assert service.call("get", "/metrics", headers=bearer(service.key)).status_code == 403
        asked, other = service.open(), service.open()
        service.answer(asked, proof_for(other))
        service.answer(asked, proof_for(asked))
        found = figures()
        assert found['zkproof_requests_total{state="created"}'] == 2
        assert found['zkproof_requests_total{state="proven"}'] == 1
        assert found['zkproof_answers_total{result="proven"}'] == 1
        assert found['zkproof_answers_total{result="wrong-request"}'] == 1
        assert found["zkproof_verify_seconds_count"] == 2
        assert found["zkproof_settle_seconds_count"] == 2
        assert found["zkproof_compile_seconds_count"] == 2
        assert found["zkproof_trust_age_seconds"] == 60
        assert found["zkproof_outbox_messages"] == 0
        figures()  # their own calls are counted too
        few = len(figures())
        for _ in range(20):
            service.fetch(service.open())
            service.call("get", "/v1/w/" + os.urandom(16).hex())
            httpx.get(f"{service.url}/{os.urandom(4).hex()}")
        assert len(figures()) - few <= 12  # new statuses of known routes, nothing for each call
        assert figures()['zkproof_requests_total{state="fetched"}'] == 20


def test_line_of_the_log_lets_no_secret_through_whatever_it_is_called() -> None:
    key = f"zkp_{'0' * 16}_{'x' * 43}"
    with written_logs() as log:
        structlog.get_logger().info(
            "plain",
            count=3,
            words=["a", "b"],
            key=key,
            secret="whsec_abc",
            identifier="f" * 32,
            octets=b"\x01\x02",
            passphrase=SecretStr("hush"),
            person={"name": "Chan"},
            long="y" * 5000,
        )
    line: dict[str, Any] = json.loads(log.getvalue())
    assert (line["count"], line["words"]) == (3, ["a", "b"])
    for name in ("key", "secret", "identifier"):
        assert line[name] == "<redacted>"
    assert (line["octets"], line["person"]) == ("<bytes redacted>", "<dict redacted>")
    assert line["passphrase"] == "<SecretStr redacted>"
    assert len(line["long"]) == 300
    assert not re.search("hush|Chan|xxx", log.getvalue())


def test_queue_that_is_full_is_said_at_once_with_the_time_it_needs(tmp_path: Path) -> None:
    service = Running(tmp_path, max_queue=0, verification_threads=1)
    with serving(service):
        asked = service.open()
        proof = proof_for(asked)
        entered, leave = threading.Event(), threading.Event()
        given = service.trust.trust

        def slow() -> Any:
            entered.set()
            leave.wait(20)
            return given()

        service.trust.trust = slow  # type: ignore[method-assign]
        first = threading.Thread(target=service.answer, args=(asked, proof))
        first.start()
        entered.wait(20)
        begun = time.monotonic()
        busy = service.ask(policy=POLICY)
        assert (busy.status_code, busy.json()["code"]) == (503, "busy")
        assert time.monotonic() - begun < 5
        assert int(busy.headers["retry-after"]) >= 1
        leave.set()
        first.join(20)
        service.trust.trust = given  # type: ignore[method-assign]
        assert service.ask(policy=POLICY).status_code == 201
        assert service.result(asked)["state"] == "proven"
