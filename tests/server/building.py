"""The service on a port of this machine, with a clock and a trust view that tests can set."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from pydantic import SecretStr

from tests.presentation.building import (
    ALICE,
    NOW,
    POLICY,
    SIGNER,
    VERIFIER,
    deposit,
    identity,
)
from tests.presentation.building import trust_view as view_of_issuers
from zkproof.credential.credential import Credential
from zkproof.presentation.presentation import present
from zkproof.presentation.request import Request
from zkproof.trust import RegisteredVerifier, TrustView
from zkproof_server import connections
from zkproof_server.access.service import SCOPES, Keys, Scope
from zkproof_server.app import create_app
from zkproof_server.database import Database
from zkproof_server.problems import ProblemDocument
from zkproof_server.serving import listening
from zkproof_server.settings import Settings
from zkproof_server.tenants import DEFAULT, Tenant, Tenants

CBOR = {"content-type": "application/cbor"}
PROBLEM = "application/problem+json"


def trust_view(**changes: Any) -> TrustView:
    """What the ledger says, with this service's verifier registered."""
    known = RegisteredVerifier(
        VERIFIER.verifier_id, VERIFIER.name, VERIFIER.key_id, SIGNER.public_key
    )
    return view_of_issuers(**{"verifiers": {VERIFIER.verifier_id: known}, **changes})


class WrittenTrust:
    """A trust view written by hand; ``failure`` is raised instead when it is set."""

    def __init__(self) -> None:
        self.view = trust_view()
        self.failure: Exception | None = None

    def trust(self) -> TrustView:
        if self.failure is not None:
            raise self.failure
        return self.view


FIRST = Tenant(DEFAULT, SIGNER, VERIFIER)


class Running:
    """A service that runs, and the calls of its clients. ``address`` is a database's; by default
    it is SQLite in ``folder``.
    """

    def __init__(
        self, folder: Path, address: str | None = None, tenants: Tenants | None = None, **more: Any
    ) -> None:
        self.folder = folder
        self.database = folder / "service.db"
        self.settings = Settings(
            **{
                "database": address or f"sqlite:///{self.database}",
                "passphrase": SecretStr("a passphrase of the tests"),
                "calls_per_address": 10**6,
                "calls_per_key": 10**6,
                **more,
            }
        )
        self.tenants = tenants or Tenants([FIRST])
        self.trust = WrittenTrust()
        self.now = NOW
        self.key, self.reader = self.make_key(*SCOPES), self.make_key(Scope.READ)
        self.url = ""
        self.described: dict[str, Any] = {}
        self.ids: dict[bytes, str] = {}

    def make_key(self, *scopes: Scope, tenant: str | None = DEFAULT) -> str:
        with self.keys() as keys:
            return keys.create("console", scopes, tenant=tenant).secret

    @contextmanager
    def keys(self) -> Iterator[Keys]:
        """As ``python -m zkproof_server keys`` has them."""
        database = Database(self.settings.database)
        try:
            database.migrate()
            yield Keys(database, lambda: self.now)
        finally:
            database.close()

    def open(self, policy: str = POLICY, **body: Any) -> Request:
        reply = self.ask(policy=policy, **body)
        assert reply.status_code == 201, reply.text
        asked = Request.from_bytes(bytes.fromhex(reply.json()["request"]))
        self.ids[asked.request_id] = reply.json()["id"]
        return asked

    def id(self, asked: Request) -> str:
        """The relying party's identifier of a request."""
        return self.ids[asked.request_id]

    def ask(self, *, key: str | None = None, **body: Any) -> httpx.Response:
        return self.post("", json=body, headers=bearer(key or self.key))

    def answer(self, asked: Request, presentation: bytes) -> httpx.Response:
        path = f"{wallet_path(asked)}/presentation"
        return self.call("post", path, content=presentation, headers=CBOR)

    def fetch(self, asked: Request) -> httpx.Response:
        """As the holder's wallet does."""
        return self.call("get", wallet_path(asked))

    def result(self, asked: Request) -> Any:
        reply = self.get(f"/{self.id(asked)}/result", headers=bearer(self.reader))
        assert reply.status_code == 200, reply.text
        return reply.json()

    def post(self, path: str, **arguments: Any) -> httpx.Response:
        return self.call("post", f"/v1/requests{path}", **arguments)

    def get(self, path: str, **arguments: Any) -> httpx.Response:
        return self.call("get", f"/v1/requests{path}", **arguments)

    def call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Call, and hold the reply against what the interface's description says of it."""
        reply = httpx.request(method, f"{self.url}{path}", timeout=30, **arguments)
        if reply.status_code in (204, 304):
            assert reply.content == b""
            return reply
        plain = path.partition("?")[0]
        for pattern, operations in self.described["paths"].items():
            if re.fullmatch(re.sub(r"{[a-z_]+}", "[^/]+", pattern), plain) and method in operations:
                content_type = reply.headers["content-type"].partition(";")[0]
                replies = operations[method]["responses"]
                assert str(reply.status_code) in replies, (method, path, reply.status_code)
                assert content_type in replies[str(reply.status_code)]["content"], (path, reply)
                if content_type == PROBLEM:
                    ProblemDocument.model_validate(reply.json())
        return reply

    def post_at_once(self, asked: Request, answers: list[bytes]) -> list[httpx.Response]:
        """All of them at the same time, over connections of their own."""
        path = f"{self.url}{wallet_path(asked)}/presentation"

        async def send() -> list[httpx.Response]:
            async with httpx.AsyncClient(timeout=60) as client:
                posts = (client.post(path, content=each, headers=CBOR) for each in answers)
                return list(await asyncio.gather(*posts))

        return asyncio.run(send())

    @property
    def files(self) -> bytes:
        """Every octet of the database on disk, its write-ahead log included."""
        return b"".join(path.read_bytes() for path in self.folder.glob("service.db*"))


@contextmanager
def serving(service: Running) -> Iterator[Running]:
    """Serve over real HTTP until the block ends."""
    app = create_app(service.settings, service.tenants, service.trust, clock=lambda: service.now)
    settings = service.settings
    config = connections.configured(
        app, most=settings.max_connections, head_seconds=settings.head_seconds
    )
    server = uvicorn.Server(config)
    at = listening("127.0.0.1", 0)
    service.described = app.openapi()
    thread = threading.Thread(target=server.run, args=([at],), daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 30
        while not server.started:
            assert thread.is_alive(), "the service does not start"
            assert time.monotonic() < until, "the service takes too long to start"
            time.sleep(0.01)
        service.url = f"http://127.0.0.1:{at.getsockname()[1]}"
        yield service
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def wallet_path(asked: Request) -> str:
    """Where a wallet fetches a request, as the path of an address."""
    return f"/v1/w/{asked.request_id.hex()}"


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def proof_for(asked: Request, **credentials: Credential) -> bytes:
    """Alice's answer; credentials by alias, hers when not given."""
    circuit = asked.circuit(trust_view().schemas)
    held = {"a": deposit(), "i": identity(), **credentials}
    return present(asked, circuit, held, ALICE, trust_view()).to_bytes()
