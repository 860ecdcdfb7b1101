"""Authorisation as a typed parameter of every endpoint.

A key belongs to one tenant and opens nothing of another: what is another's is not there (404). Keys
of the operator belong to no tenant and open nothing that does.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from zkproof.errors import UsageError
from zkproof_server.access.service import Caller, Keys, Scope
from zkproof_server.problems import Problem
from zkproof_server.rates import Rates

_bearer = HTTPBearer(auto_error=False, description="An API key of this service.")
_CHALLENGE = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class Anyone:
    """Nobody has to say who calls: the identifier in the address is all that is needed."""


class RequiresScope:
    """The caller, when its key has this scope; otherwise `Problem` 401 or 403."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(
        self,
        request: Request,
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Caller:
        keys: Keys = request.app.state.keys
        rates: Rates = request.app.state.rates
        if given is None:
            raise _no_key()
        caller = await asyncio.to_thread(keys.find, given.credentials)
        if caller is None:
            rates.count_address(request)
            raise Problem(401, "unknown-key", "this API key is not known", headers=_CHALLENGE)
        rates.count_key(caller.key_id)
        if self.scope not in caller.scopes:
            raise Problem(403, "scope", f"this API key lacks the scope {self.scope.value}")
        return caller


def _no_key() -> Problem:
    detail = "an API key is needed: Authorization: Bearer ..."
    return Problem(401, "no-key", detail, headers=_CHALLENGE)


def anyone(request: Request) -> Anyone:
    """For endpoints that are open to whoever knows the address."""
    rates: Rates = request.app.state.rates
    rates.count_address(request)
    return Anyone()


def unlimited() -> Anyone:
    """For whoever supervises the process, as often as it likes."""
    return Anyone()


Writer = Annotated[Caller, Depends(RequiresScope(Scope.WRITE))]
Reader = Annotated[Caller, Depends(RequiresScope(Scope.READ))]
Author = Annotated[Caller, Depends(RequiresScope(Scope.POLICIES))]
KeyAdmin = Annotated[Caller, Depends(RequiresScope(Scope.KEYS))]
WebhookAdmin = Annotated[Caller, Depends(RequiresScope(Scope.WEBHOOKS))]
MetricsReader = Annotated[Caller, Depends(RequiresScope(Scope.METRICS))]
Public = Annotated[Anyone, Depends(anyone)]
Supervisor = Annotated[Anyone, Depends(unlimited)]

SCOPE_FIELD = "x-required-scope"
"""Where the interface's description says which scope a call needs."""


def check_authorisation(router: APIRouter) -> None:
    """Raises `UsageError` when an endpoint says nothing about who may call it."""
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise UsageError(f"{route}: a route whose authorisation cannot be seen")
        if not _says_who(route.dependant):
            raise UsageError(f"{route.path}: no parameter says who may call it")


def _says_who(dependant: Dependant) -> bool:
    calls = [each.call for each in dependant.dependencies]
    return any(call in (anyone, unlimited) or isinstance(call, RequiresScope) for call in calls)


def describe_scopes(app: FastAPI, description: dict[str, Any]) -> None:
    """Write into the interface's description which scope each call needs."""
    for route in _routes(app):
        for each in route.dependant.dependencies:
            if isinstance(each.call, RequiresScope) and route.include_in_schema:
                for method in route.methods or ():
                    facts = description["paths"][route.path_format][method.lower()]
                    facts[SCOPE_FIELD] = each.call.scope.value


def _routes(app: FastAPI) -> list[APIRoute]:
    routers: list[APIRouter] = app.state.routers
    return [each for router in routers for each in router.routes if isinstance(each, APIRoute)]
