"""API keys: random, kept as SHA-256 only, with scopes. A router asks for a scope by type."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Header, Request
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from zkproof_server.database import api_keys
from zkproof_server.problems import Problem

WRITE, READ = "requests:write", "requests:read"
SCOPES = frozenset((WRITE, READ))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, by the key's name."""

    name: str


async def create_key(engine: AsyncEngine, name: str, scopes: frozenset[str]) -> str:
    """A new key. It is shown once: only its digest is kept."""
    if not name or len(name) > 64 or not scopes or not scopes <= SCOPES:
        raise Problem(422, "invalid-input", f"a name, and scopes among {', '.join(sorted(SCOPES))}")
    key = "zkp_" + secrets.token_urlsafe(32)
    row = {"digest": _digest(key), "name": name, "scopes": " ".join(sorted(scopes))}
    async with engine.begin() as connection:
        await connection.execute(insert(api_keys).values(**row, revoked=False))
    return key


def requires(scope: str) -> Callable[..., Awaitable[Caller]]:
    """A dependency: the caller, when its key has that scope.

    The key is looked up by digest: a comparison that leaks nothing of the key itself.
    """

    async def check(
        request: Request, authorization: Annotated[str | None, Header()] = None
    ) -> Caller:
        kind, _, key = (authorization or "").partition(" ")
        if kind.lower() != "bearer" or not key:
            raise Problem(401, "no-key", "an API key is needed: Authorization: Bearer ...")
        query = select(api_keys).where(api_keys.c.digest == _digest(key))
        async with request.app.state.engine.connect() as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None or row["revoked"]:
            raise Problem(401, "unknown-key", "this API key is not known")
        if scope not in row["scopes"].split():
            raise Problem(403, "scope", f"this API key lacks the scope {scope}")
        return Caller(row["name"])

    return check


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
