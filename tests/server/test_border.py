"""What comes in from the network: keys, sizes, speeds, types, paths."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from fastapi import APIRouter

from tests.presentation.building import NOW, POLICY, trust_view
from tests.server.building import CBOR, PROBLEM, Running, bearer, proof_for
from zkproof.errors import UsageError
from zkproof.presentation.presentation import MAX_PRESENTATION_BYTES
from zkproof_server.access import (
    READ,
    Public,
    Writer,
    check_authorisation,
    create_key,
    revoke_key,
)
from zkproof_server.database import make_engine


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
    path = f"/{asked.request_id.hex()}/presentation"
    largest = service.post(path, content=b"\0" * MAX_PRESENTATION_BYTES, headers=CBOR)
    assert largest.status_code == 422
    larger = service.post(path, content=b"\0" * (MAX_PRESENTATION_BYTES + 1), headers=CBOR)
    assert larger.status_code == 413
    assert larger.headers["content-type"] == PROBLEM


def test_body_without_a_declared_length_is_cut_off_at_the_limit(service: Running) -> None:
    asked = service.open()
    path = f"/{asked.request_id.hex()}/presentation"

    def chunks(count: int) -> Iterator[bytes]:
        for _ in range(count):
            yield b"\0" * 8192

    assert service.post(path, content=chunks(32), headers=CBOR).status_code == 422
    assert service.post(path, content=chunks(33), headers=CBOR).status_code == 413


def test_declared_length_over_the_limit_is_refused_unread(service: Running) -> None:
    asked = service.open()
    path = f"/v1/requests/{asked.request_id.hex()}/presentation"
    reply = raw(service, head(path, "Content-Type: application/cbor", "Content-Length: 999999999"))
    assert reply.startswith(b"HTTP/1.1 413")


def test_slow_body_is_given_up(service: Running) -> None:
    asked = service.open()
    path = f"/v1/requests/{asked.request_id.hex()}/presentation"
    lines = ("Content-Type: application/cbor", "Content-Length: 4", "Connection: close")
    assert raw(service, head(path, *lines), b"junk").startswith(b"HTTP/1.1 422")
    start = time.monotonic()
    slow = raw(service, head(path, *lines), b"j", b"u", pause=0.1)
    assert slow.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - start < 10


def test_content_type_is_asked_for(service: Running) -> None:
    asked = service.open()
    path = f"/{asked.request_id.hex()}/presentation"
    proof = proof_for(asked)
    for headers in ({}, {"content-type": "application/json"}, {"content-type": "text/plain"}):
        reply = service.post(path, content=proof, headers=headers)
        assert (reply.status_code, reply.json()["title"]) == (415, "content-type")
    assert service.post(path, content=proof, headers=CBOR).json()["result"] == "proven"


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
        reply = service.get(f"/{asked.request_id.hex()}{part}", headers=headers)
        assert reply.status_code == 401


def test_scope_is_needed(service: Running) -> None:
    assert service.ask(policy=POLICY, key=service.reader).status_code == 403
    assert service.ask(policy=POLICY, key=service.key).status_code == 201


def test_revoked_key_opens_nothing(service: Running) -> None:
    async def change(key: str | None) -> str | bool:
        engine = make_engine(service.settings.database)
        if key is None:
            done: str | bool = await create_key(engine, "short-lived", {READ})
        else:
            done = await revoke_key(engine, key)
        await engine.dispose()
        return done

    asked = service.open()
    path = f"/{asked.request_id.hex()}/result"
    key = str(asyncio.run(change(None)))
    assert service.get(path, headers=bearer(key)).status_code == 200
    assert asyncio.run(change("0" * 16)) is False
    assert asyncio.run(change(key.split("_")[1])) is True
    assert service.get(path, headers=bearer(key)).status_code == 401


@pytest.mark.parametrize(
    ("name", "scopes"),
    [("", {READ}), ("x" * 65, {READ}), ("a\nb", {READ}), ("a", {"all"}), ("a", ())],
)
def test_key_without_a_fitting_name_or_scope_is_not_made(
    service: Running, name: str, scopes: set[str]
) -> None:
    engine = make_engine(service.settings.database)
    with pytest.raises(UsageError, match=r"name: |scopes: "):
        asyncio.run(create_key(engine, name, scopes))


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
    assert service.get(f"/{asked.request_id.hex()}").status_code == 200
    unknown = "/" + "0" * 32
    for reply, status in (
        (service.get(unknown), 404),
        (service.post(f"{unknown}/presentation", content=b"", headers=CBOR), 404),
        (service.get(f"{unknown}/result", headers=bearer(service.reader)), 404),
        (service.get(f"{unknown}/receipt", headers=bearer(service.reader)), 404),
        (service.get(f"/{asked.request_id.hex().upper()}"), 422),
        (service.get("/" + "0" * 31), 422),
        (service.get(f"/{asked.request_id.hex()}/receipt", headers=bearer(service.reader)), 404),
        (httpx.get(f"{service.url}/etc/passwd"), 404),
        (httpx.delete(f"{service.url}/v1/requests{unknown}"), 405),
    ):
        assert reply.status_code == status
        assert reply.headers["content-type"] == PROBLEM
        assert set(reply.json()) >= {"type", "title", "status", "detail"}
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
    assert httpx.get(f"{service.url}/healthz").json() == {"status": "ok"}
    ready = httpx.get(f"{service.url}/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    service.trust.view = trust_view(as_of=NOW - 86_401)
    stale = httpx.get(f"{service.url}/readyz")
    assert (stale.status_code, stale.json()["ready"]) == (503, False)
    assert stale.json()["trust_age_seconds"] == 86_401


def test_interface_is_described(service: Running) -> None:
    description = httpx.get(f"{service.url}/openapi.json").json()
    operations = {
        (method, path): facts
        for path, methods in description["paths"].items()
        for method, facts in methods.items()
    }
    answer = operations["post", "/v1/requests/{request_id}/presentation"]
    assert list(answer["requestBody"]["content"]) == ["application/cbor"]
    guarded = {each for each, facts in operations.items() if "security" in facts}
    assert guarded == {
        ("post", "/v1/requests"),
        ("get", "/v1/requests/{request_id}/result"),
        ("get", "/v1/requests/{request_id}/receipt"),
    }
    assert "Public" not in json.dumps(description)
