"""API keys with scopes, and authorisation as a typed parameter of every endpoint.

A key is ``zkp_<id>_<secret>``. The secret has 256 random bits, so its plain SHA-256 cannot be
searched; only that digest is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from zkproof.errors import UsageError
from zkproof_server.database import api_keys
from zkproof_server.problems import Problem

WRITE, READ = "requests:write", "requests:read"
SCOPES = frozenset((WRITE, READ))

_bearer = HTTPBearer(auto_error=False, description="An API key of this service.")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, by the key's name."""

    name: str


@dataclass(frozen=True, slots=True)
class Anyone:
    """Nobody has to say who calls: the identifier in the address is all that is needed."""


class RequiresScope:
    """The caller, when its key has this scope; otherwise `Problem` 401 or 403."""

    def __init__(self, scope: str) -> None:
        self.scope = scope

    async def __call__(
        self,
        request: Request,
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Caller | Anyone:
        challenge = {"WWW-Authenticate": "Bearer"}
        if given is None:
            detail = "an API key is needed: Authorization: Bearer ..."
            raise Problem(401, "no-key", detail, headers=challenge)
        caller = await find_caller(request.app.state.engine, given.credentials)
        if caller is None:
            raise Problem(401, "unknown-key", "this API key is not known", headers=challenge)
        name, scopes = caller
        if self.scope not in scopes:
            raise Problem(403, "scope", f"this API key lacks the scope {self.scope}")
        return Caller(name)


class AllowsScope(RequiresScope):
    """The caller as above, or `Anyone` when no key is given: the endpoint asks for something else
    then.
    """

    async def __call__(
        self,
        request: Request,
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Caller | Anyone:
        return Anyone() if given is None else await super().__call__(request, given)


def anyone() -> Anyone:
    """For endpoints that are open to whoever knows the address."""
    return Anyone()


Writer = Annotated[Caller, Depends(RequiresScope(WRITE))]
Reader = Annotated[Caller, Depends(RequiresScope(READ))]
ReaderOrHolder = Annotated[Caller | Anyone, Depends(AllowsScope(READ))]
Public = Annotated[Anyone, Depends(anyone)]


def check_authorisation(router: APIRouter) -> None:
    """Raises `UsageError` when an endpoint says nothing about who may call it."""
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise UsageError(f"{route}: a route whose authorisation cannot be seen")
        calls = [each.call for each in route.dependant.dependencies]
        if not any(call is anyone or isinstance(call, RequiresScope) for call in calls):
            raise UsageError(f"{route.path}: no parameter says who may call it")


async def create_key(engine: AsyncEngine, name: str, scopes: Iterable[str]) -> str:
    """A new key. It is shown once: only its digest is kept. Raises `UsageError`."""
    asked = frozenset(scopes)
    if not name or len(name) > 64 or not name.isprintable():
        raise UsageError("name: 1 to 64 printable characters")
    if not asked or not asked <= SCOPES:
        raise UsageError(f"scopes: among {', '.join(sorted(SCOPES))}")
    key_id = secrets.token_hex(8)
    key = f"zkp_{key_id}_{secrets.token_urlsafe(32)}"
    row = {"id": key_id, "digest": _digest(key), "name": name, "scopes": " ".join(sorted(asked))}
    async with engine.begin() as connection:
        await connection.execute(insert(api_keys).values(**row, revoked=False))
    return key


async def revoke_key(engine: AsyncEngine, key_id: str) -> bool:
    """From now on the key opens nothing; ``False`` when there is none with this identifier."""
    change = update(api_keys).where(api_keys.c.id == key_id).values(revoked=True)
    async with engine.begin() as connection:
        return (await connection.execute(change)).rowcount == 1


async def find_caller(engine: AsyncEngine, key: str) -> tuple[str, frozenset[str]] | None:
    """Name and scopes of a key that is known and not revoked."""
    prefix, _, rest = key.partition("_")
    key_id = rest.partition("_")[0]
    async with engine.connect() as connection:
        row = (
            (await connection.execute(select(api_keys).where(api_keys.c.id == key_id)))
            .mappings()
            .first()
        )
    known = "" if row is None else row["digest"]
    if not hmac.compare_digest(_digest(key), known) or prefix != "zkp":
        return None
    if row is None or row["revoked"]:
        return None
    return row["name"], frozenset(row["scopes"].split())


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()
