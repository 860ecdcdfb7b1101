"""HTTP of policies."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from zkproof_server.access.authorisation import Author, Reader
from zkproof_server.policies import schemas
from zkproof_server.policies.service import Policies
from zkproof_server.problems import errors
from zkproof_server.replies import Called, replied

router = APIRouter(prefix="/v1/policies", tags=["policies"])


def _policies(request: Request) -> Policies:
    found: Policies = request.app.state.policies
    return found


Domain = Annotated[Policies, Depends(_policies)]
Name = Annotated[str, Path(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=128)]
Version = Annotated[int, Path(ge=1, lt=1 << 31)]


@router.post(
    "",
    status_code=201,
    response_model=schemas.PolicyText,
    responses=errors(401, 403, 409, 429, 503),
)
async def store_policy(
    body: schemas.StorePolicy, domain: Domain, caller: Author, called: Called
) -> Response:
    """Keep a policy, if it compiles. A version that is kept never changes."""
    call = called.by(caller, "policies")
    return replied(
        await asyncio.to_thread(domain.store, body.text, body.parameters, call, caller.name)
    )


@router.get("", responses=errors(401, 403, 429, 503))
async def list_policies(domain: Domain, caller: Reader) -> schemas.Policies:
    """All versions of all policies of the caller's tenant."""
    rows = await asyncio.to_thread(domain.all, caller.tenant)
    return schemas.Policies(
        items=[
            schemas.Policy(
                name=each.name,
                version=each.version,
                created_at=each.created_at,
                created_by=each.created_by,
            )
            for each in rows
        ]
    )


@router.get("/{name}/versions/{policy_version}", responses=errors(401, 403, 404, 429, 503))
async def one_policy(
    name: Name, policy_version: Version, domain: Domain, caller: Reader
) -> schemas.PolicyText:
    """One version with its text."""
    row = await asyncio.to_thread(domain.one, caller.tenant, name, policy_version)
    return schemas.PolicyText(
        name=row.name,
        version=row.version,
        created_at=row.created_at,
        created_by=row.created_by,
        text=row.text,
    )
