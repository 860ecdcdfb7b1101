"""Rows of API keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from zkproof_server.tables import api_keys


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key without its digest. ``tenant`` is ``None`` for the operator's."""

    key_id: str
    tenant: str | None
    name: str
    scopes: frozenset[str]
    revoked: bool
    created_at: int
    expires_at: int | None
    last_used_at: int | None

    def is_over(self, now: int) -> bool:
        """Whether it opens nothing any more."""
        return self.revoked or (self.expires_at is not None and now >= self.expires_at)


class KeyRepository:
    """All SQL of this domain."""

    def add(self, connection: Connection, row: KeyRow, digest: str) -> None:
        values = {
            "id": row.key_id,
            "tenant": row.tenant,
            "digest": digest,
            "name": row.name,
            "scopes": " ".join(sorted(row.scopes)),
            "revoked": False,
            "created_at": row.created_at,
        }
        connection.execute(insert(api_keys).values(values))

    def with_digest(self, connection: Connection, key_id: str) -> tuple[KeyRow, str] | None:
        query = select(api_keys).where(api_keys.c.id == key_id)
        found = connection.execute(query).mappings().first()
        return None if found is None else (_row(found), found["digest"])

    def one(
        self, connection: Connection, tenant: str, key_id: str, *, lock: bool = False
    ) -> KeyRow | None:
        query = select(api_keys).where((api_keys.c.id == key_id) & (api_keys.c.tenant == tenant))
        found = connection.execute(query.with_for_update() if lock else query).mappings().first()
        return None if found is None else _row(found)

    def of_tenant(self, connection: Connection, tenant: str) -> list[KeyRow]:
        query = select(api_keys).where(api_keys.c.tenant == tenant)
        ordered = query.order_by(api_keys.c.created_at, api_keys.c.id)
        return [_row(each) for each in connection.execute(ordered).mappings()]

    def end(self, connection: Connection, key_id: str, at: int) -> None:
        this = update(api_keys).where(api_keys.c.id == key_id)
        connection.execute(this.values(expires_at=at))

    def used(self, connection: Connection, key_id: str, at: int) -> None:
        this = update(api_keys).where(api_keys.c.id == key_id)
        connection.execute(this.values(last_used_at=at))

    def revoke(self, connection: Connection, key_id: str, tenant: str | None) -> bool:
        change = update(api_keys).where(api_keys.c.id == key_id)
        if tenant is not None:
            change = change.where(api_keys.c.tenant == tenant)
        return connection.execute(change.values(revoked=True)).rowcount == 1


def _row(found: Mapping[Any, Any]) -> KeyRow:
    return KeyRow(
        key_id=found["id"],
        tenant=found["tenant"],
        name=found["name"],
        scopes=frozenset(found["scopes"].split()),
        revoked=found["revoked"],
        created_at=found["created_at"],
        expires_at=found["expires_at"],
        last_used_at=found["last_used_at"],
    )
