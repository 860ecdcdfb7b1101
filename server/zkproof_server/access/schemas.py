"""API keys as JSON."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from zkproof_server.access.repository import KeyRow
from zkproof_server.access.service import NewKey

DAY = 86_400


class MakeKey(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=64)]
    scopes: Annotated[list[str], Field(min_length=1, max_length=16)]


class RotateKey(BaseModel):
    """How long the old key goes on beside the new one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    overlap_seconds: Annotated[int, Field(ge=0, le=30 * DAY)] = DAY


class ApiKey(BaseModel):
    """A key, without its secret. ``last_used_at`` is exact to the hour."""

    id: str
    name: str
    scopes: list[str]
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    revoked: bool

    @classmethod
    def of(cls, row: KeyRow) -> Self:
        return cls(
            id=row.key_id,
            name=row.name,
            scopes=sorted(row.scopes),
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked=row.revoked,
        )


class MadeKey(ApiKey):
    """A new key; ``secret`` is shown this once."""

    secret: str

    @classmethod
    def of_new(cls, made: NewKey) -> Self:
        return cls(secret=made.secret, **ApiKey.of(made.row).model_dump())


class ApiKeys(BaseModel):
    """All keys of the caller's tenant, oldest first."""

    items: list[ApiKey]
