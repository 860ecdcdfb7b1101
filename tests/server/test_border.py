"""What comes in from the network: keys, sizes, speeds, types, paths."""

from __future__ import annotations

import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from tests.presentation.building import NOW, POLICY
from tests.server.building import (
    CBOR,
    PROBLEM,
    Running,
    bearer,
    proof_for,
    serving,
    trust_view,
    wallet_path,
)
from zkproof.errors import UsageError
from zkproof.presentation.presentation import MAX_PRESENTATION_BYTES
from zkproof_server.access.authorisation import Public, Writer, check_authorisation
from zkproof_server.access.service import Scope
from zkproof_server.operation import PROBE_AGE_SECONDS


def raw(service: Running, *parts: bytes, pause: float = 0) -> bytes:
    """Send octets as they are; everything that comes back until the service hangs up."""
    port = httpx.URL(service.url).port
    assert port is not None
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def head(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


def test_body_of_the_limit_is_read_and_one_octet_more_is_not(service: Running) -> None:
    asked = service.open()
    path = f"{wallet_path(asked)}/presentation"
    largest = service.call("post", path, content=b"\0" * MAX_PRESENTATION_BYTES, headers=CBOR)
    assert largest.status_code == 422
    larger = service.call("post", path, content=b"\0" * (MAX_PRESENTATION_BYTES + 1), headers=CBOR)
    assert larger.status_code == 413
    assert larger.headers["content-type"] == PROBLEM


def test_body_without_a_declared_length_is_cut_off_at_the_limit(service: Running) -> None:
    asked = service.open()
    path = f"{wallet_path(asked)}/presentation"

    def chunks(count: int) -> Iterator[bytes]:
        for _ in range(count):
            yield b"\0" * 8192

    assert service.call("post", path, content=chunks(32), headers=CBOR).status_code == 422
    assert service.call("post", path, content=chunks(33), headers=CBOR).status_code == 413


def test_declared_length_over_the_limit_is_refused_unread(service: Running) -> None:
    asked = service.open()
    path = f"{wallet_path(asked)}/presentation"
    reply = raw(service, head(path, "Content-Type: application/cbor", "Content-Length: 999999999"))
    assert reply.startswith(b"HTTP/1.1 413")


def test_slow_body_is_given_up(service: Running) -> None:
    asked = service.open()
    path = f"{wallet_path(asked)}/presentation"
    lines = ("Content-Type: application/cbor", "Content-Length: 4", "Connection: close")
    assert raw(service, head(path, *lines), b"junk").startswith(b"HTTP/1.1 422")
    start = time.monotonic()
    slow = raw(service, head(path, *lines), b"j", b"u", pause=0.1)
    assert slow.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - start < 10


def test_content_type_is_asked_for(service: Running) -> None:
    asked = service.open()
    path = f"{wallet_path(asked)}/presentation"
    proof = proof_for(asked)
    for headers in ({}, {"content-type": "application/json"}, {"content-type": "text/plain"}):
        reply = service.call("post", path, content=proof, headers=headers)
        assert (reply.status_code, reply.json()["code"]) == (415, "content-type")
    assert service.call("post", path, content=proof, headers=CBOR).json()["result"] == "proven"


@pytest.mark.parametrize(
    "change",
    [
        lambda key: "",
        lambda key: "Bearer",
        lambda key: "Bearer wrong",
        lambda key: "Bearer zkp_",
        lambda key: "Bearer zkp__",
        lambda key: f"Basic {key}",
        lambda key: f"Bearer {key[:-1]}",
        lambda key: f"Bearer {key}x",
        lambda key: f"Bearer {key[: key.index('_', 4)]}_{'x' * 43}",
        lambda key: f"Bearer x{key}",
    ],
)
def test_nobody_gets_in_without_a_key(service: Running, change: object) -> None:
    assert callable(change)
    asked = service.open()
    right = {"authorization": f"Bearer {service.key}"}
    headers = {"authorization": change(service.key)}
    for given, status in ((right, 201), (headers, 401)):
        reply = service.post("", json={"policy": POLICY}, headers=given)
        assert reply.status_code == status
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.headers["content-type"] == PROBLEM
    for part in ("/result", "/receipt"):
        reply = service.get(f"/{service.id(asked)}{part}", headers=headers)
        assert reply.status_code == 401


def test_scope_is_needed(service: Running) -> None:
    assert service.ask(policy=POLICY, key=service.reader).status_code == 403
    assert service.ask(policy=POLICY, key=service.key).status_code == 201


def test_revoked_key_opens_nothing(service: Running) -> None:
    path = f"/{service.id(service.open())}/result"
    with service.keys() as keys:
        key = keys.create("short-lived", {Scope.READ}, tenant="default").secret
        assert service.get(path, headers=bearer(key)).status_code == 200
        assert keys.revoke("0" * 16) is False
        assert keys.revoke(key.split("_")[1]) is True
    assert service.get(path, headers=bearer(key)).status_code == 401


@pytest.mark.parametrize(
    ("name", "scopes", "tenant"),
    [
        ("", {Scope.READ}, "default"),
        ("x" * 65, {Scope.READ}, "default"),
        ("a\nb", {Scope.READ}, "default"),
        ("a", {"all"}, "default"),
        ("a", {Scope.METRICS}, "default"),
        ("a", {Scope.READ}, None),
        ("a", (), "default"),
    ],
)
def test_key_without_a_fitting_name_or_scope_is_not_made(
    service: Running, name: str, scopes: set[str], tenant: str | None
) -> None:
    with service.keys() as keys:
        assert keys.create("a", {Scope.READ}, tenant="default").secret
        assert keys.create("a", {Scope.METRICS}, tenant=None).secret
        with pytest.raises(UsageError, match=r"name: |scopes: "):
            keys.create(name, scopes, tenant=tenant)


def test_endpoint_that_does_not_say_who_may_call_it_does_not_start() -> None:
    router = APIRouter()

    @router.get("/open")
    def open_to_all(_: Public) -> None: ...

    @router.get("/closed")
    def closed(_: Writer) -> None: ...

    check_authorisation(router)

    @router.get("/forgotten")
    def forgotten() -> None: ...

    with pytest.raises(UsageError, match="/forgotten: no parameter says who may call it"):
        check_authorisation(router)


def test_unknown_requests_and_paths_are_problems_too(service: Running) -> None:
    asked = service.open()
    assert service.fetch(asked).status_code == 200
    none, reader = "0" * 32, bearer(service.reader)
    for reply, status in (
        (service.call("get", f"/v1/w/{none}"), 404),
        (service.call("post", f"/v1/w/{none}/presentation", content=b"", headers=CBOR), 404),
        (service.call("get", f"/v1/w/{service.id(asked)}"), 404),
        (service.call("get", f"/v1/w/{asked.request_id.hex().upper()}"), 422),
        (service.call("get", "/v1/w/" + "0" * 31), 422),
        (service.get(f"/{none}/result", headers=reader), 404),
        (service.get(f"/{asked.request_id.hex()}", headers=reader), 404),
        (service.get(f"/{service.id(asked)}/receipt", headers=reader), 404),
        (httpx.get(f"{service.url}/etc/passwd"), 404),
        (httpx.delete(f"{service.url}/v1/requests/{none}"), 405),
    ):
        assert reply.status_code == status
        assert reply.headers["content-type"] == PROBLEM
        assert set(reply.json()) >= {"type", "title", "status", "detail", "code"}
    assert "allow" in reply.headers


def test_unexpected_error_tells_the_client_nothing(service: Running) -> None:
    assert service.ask(policy=POLICY).status_code == 201
    service.trust.failure = RuntimeError("secret-in-an-error")
    reply = service.ask(policy=POLICY)
    assert reply.status_code == 500
    assert reply.headers["content-type"] == PROBLEM
    assert "secret-in-an-error" not in reply.text
    assert "Traceback" not in reply.text
    service.trust.failure = None
    assert service.ask(policy=POLICY).status_code == 201


def test_service_says_whether_it_is_well(service: Running) -> None:
    for path in ("/healthz", "/livez"):
        assert service.call("get", path).json() == {"status": "ok"}
    ready = service.call("get", "/readyz")
    assert (ready.status_code, ready.json()["ready"], ready.json()["reasons"]) == (200, True, [])
    service.trust.view = trust_view(as_of=NOW - 86_401)
    stale = service.call("get", "/readyz")
    assert (stale.status_code, stale.json()["ready"]) == (503, False)
    assert stale.json()["trust_age_seconds"] == 86_401
    assert stale.json()["reasons"] == ["the ledger's newest checkpoint is too old"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (None, "is not on the ledger"),
        ({"suspended": True}, "is suspended"),
        ({"public_key": bytes(32)}, "names another key"),
        ({"key_id": "other"}, "names another key"),
    ],
)
def test_service_says_when_wallets_would_not_answer_it(
    service: Running, change: dict[str, Any] | None, reason: str
) -> None:
    assert service.call("get", "/readyz").status_code == 200
    known = service.trust.view.verifiers
    changed = {} if change is None else {name: replace(v, **change) for name, v in known.items()}
    service.trust.view = replace(service.trust.view, verifiers=changed)
    reply = service.call("get", "/readyz")
    assert (reply.status_code, reply.json()["verifier"]) == (503, False)
    assert reason in reply.json()["reasons"][0]


def ready(service: Running) -> tuple[int, bool]:
    """Asked once what was found before may no longer stand."""
    time.sleep(PROBE_AGE_SECONDS)
    reply = service.call("get", "/readyz")
    return reply.status_code, reply.json()["database"]


def test_database_that_cannot_be_written_is_noticed(tmp_path: Path) -> None:
    service = Running(tmp_path)
    with serving(service):
        assert ready(service) == (200, True)
        with closing(sqlite3.connect(service.database)) as database:
            database.execute(
                "CREATE TRIGGER full BEFORE UPDATE ON probe BEGIN"
                " SELECT RAISE(ABORT, 'database or disk is full'); END"
            )
            assert ready(service) == (503, False)
            database.execute("DROP TRIGGER full")
        assert ready(service) == (200, True)
        aside = service.database.rename(tmp_path / "aside.db")
        assert ready(service) == (503, False)
        aside.rename(service.database)
        assert ready(service) == (200, True)


def test_database_that_another_process_holds_is_noticed_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zkproof_server.operation.PROBE_SECONDS", 0.3)
    service = Running(tmp_path)
    with serving(service):
        assert ready(service) == (200, True)
        with closing(sqlite3.connect(service.database, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            start = time.monotonic()
            assert ready(service) == (503, False)
            assert time.monotonic() - start < 8
            database.execute("ROLLBACK")


def test_interface_is_described(service: Running) -> None:
    description = httpx.get(f"{service.url}/openapi.json").json()
    operations = {
        (method, path): facts
        for path, methods in description["paths"].items()
        for method, facts in methods.items()
    }
    answer = operations["post", "/v1/w/{request_id}/presentation"]
    assert list(answer["requestBody"]["content"]) == ["application/cbor"]
    for (_, path), facts in operations.items():
        of_a_wallet_or_supervisor = path.startswith("/v1/w/") or not path.startswith("/v1/")
        of_a_wallet_or_supervisor &= path != "/metrics"
        assert ("security" in facts) is not of_a_wallet_or_supervisor, path
        assert ("x-required-scope" in facts) is ("security" in facts), path
    whole = json.dumps(description)
    for absent in ("Anyone", "Supervisor", "HTTPValidationError"):
        assert absent not in whole


def test_every_error_is_described_as_a_problem_document(service: Running) -> None:
    description = httpx.get(f"{service.url}/openapi.json").json()
    for path, methods in description["paths"].items():
        for method, facts in methods.items():
            described = {status for status in facts["responses"] if status >= "400"}
            assert {"408", "413", "422", "500"} <= described, (method, path)
            for status in described - ({"503"} if path == "/readyz" else set()):
                assert list(facts["responses"][status]["content"]) == [PROBLEM]
    problem = description["components"]["schemas"]["ProblemDocument"]
    assert set(problem["required"]) == {"type", "title", "status", "detail", "code"}


def test_page_about_the_interface_loads_nothing(service: Running) -> None:
    page = httpx.get(f"{service.url}/docs")
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for absent in ("<script", "http://", "https://", "src=", "@import", "url("):
        assert absent not in page.text
    for path in httpx.get(f"{service.url}/openapi.json").json()["paths"]:
        assert path in page.text
    assert httpx.get(f"{service.url}/redoc").status_code == 404
