"""HTTP of API keys, for whoever administers a tenant."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from zkproof_server.access.authorisation import KeyAdmin
from zkproof_server.access.schemas import ApiKey, ApiKeys, MadeKey, MakeKey, RotateKey
from zkproof_server.access.service import Keys, no_key_here
from zkproof_server.problems import errors
from zkproof_server.replies import Called, Replies, replied

router = APIRouter(prefix="/v1/keys", tags=["keys"])

KeyId = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="Between its underscores.")]


def _keys(request: Request) -> Keys:
    found: Keys = request.app.state.keys
    return found


def _replies(request: Request) -> Replies:
    found: Replies = request.app.state.replies
    return found


Domain = Annotated[Keys, Depends(_keys)]
Kept = Annotated[Replies, Depends(_replies)]


@router.post("", status_code=201, response_model=MadeKey, responses=errors(401, 403, 409, 429, 503))
async def make_key(
    body: MakeKey, domain: Domain, kept: Kept, caller: KeyAdmin, called: Called
) -> Response:
    """Make a key of the caller's tenant. Its secret is in this reply and nowhere else."""
    call = called.by(caller, "keys")
    reply = await asyncio.to_thread(
        kept.once,
        call,
        201,
        lambda connection: MadeKey.of_new(
            domain.create_within(connection, body.name, body.scopes, tenant=caller.tenant)
        ),
    )
    return replied(reply)


@router.get("", responses=errors(401, 403, 429, 503))
async def list_keys(domain: Domain, caller: KeyAdmin) -> ApiKeys:
    """All keys of the caller's tenant, ended ones too, without their secrets."""
    rows = await asyncio.to_thread(domain.list, caller.tenant)
    return ApiKeys(items=[ApiKey.of(each) for each in rows])


@router.post(
    "/{key_id}/rotate",
    status_code=201,
    response_model=MadeKey,
    responses=errors(401, 403, 404, 409, 429, 503),
)
async def rotate_key(
    key_id: KeyId, body: RotateKey, domain: Domain, kept: Kept, caller: KeyAdmin, called: Called
) -> Response:
    """A new key with the same name and scopes; the old one goes on for a while."""
    call = called.by(caller, f"keys/{key_id}/rotate")
    reply = await asyncio.to_thread(
        kept.once,
        call,
        201,
        lambda connection: MadeKey.of_new(
            domain.rotate_within(connection, caller.tenant, key_id, body.overlap_seconds)
        ),
    )
    return replied(reply)


@router.delete("/{key_id}", status_code=204, responses=errors(401, 403, 404, 429, 503))
async def revoke_key(key_id: KeyId, domain: Domain, caller: KeyAdmin) -> None:
    """End a key at once."""
    if not await asyncio.to_thread(domain.revoke, key_id, tenant=caller.tenant):
        raise no_key_here()
