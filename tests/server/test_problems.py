"""Which HTTP status an error of the library becomes."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from tests.server.building import PROBLEM
from zkproof.errors import (
    ConflictError,
    DecodeError,
    NotFoundError,
    PolicyError,
    UsageError,
    ZkProofError,
)
from zkproof_server.problems import install


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (UsageError("lifetime: 1 to 9 seconds"), 422, "unacceptable"),
        (NotFoundError("list: no such list"), 404, "not-found"),
        (ConflictError("list: published already", hint="the next one"), 409, "conflict"),
        (DecodeError("request.nonce", "32 octets are needed"), 422, "malformed"),
        (PolicyError("no such schema", line=2, column=7), 422, "policy"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_error_says_by_its_status_what_to_change(
    error: ZkProofError, status: int, code: str
) -> None:
    app = FastAPI()
    install(app)

    @app.get("/")
    async def fails() -> None:
        raise error

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/")

    answer = asyncio.run(call())
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    found = answer.json()
    assert (found["code"], found["status"], found["detail"]) == (code, status, error.message)
    assert found.get("hint") == error.hint
