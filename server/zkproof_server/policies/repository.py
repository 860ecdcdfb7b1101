"""Rows of policies. A version never changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from zkproof_server.tables import policies


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One version of one policy."""

    name: str
    version: int
    text: str
    created_at: int
    created_by: str


class PolicyRepository:
    """All SQL of this domain."""

    def add(self, connection: Connection, tenant: str, row: PolicyRow) -> None:
        """Raises `IntegrityError` when there is this version."""
        connection.execute(
            insert(policies).values(
                tenant=tenant,
                name=row.name,
                version=row.version,
                text=row.text,
                created_at=row.created_at,
                created_by=row.created_by,
            )
        )

    def one(
        self, connection: Connection, tenant: str, name: str, version: int | None
    ) -> PolicyRow | None:
        """That version, or the newest."""
        query = _of(tenant).where(policies.c.name == name)
        if version is not None:
            query = query.where(policies.c.version == version)
        found = connection.execute(query.order_by(policies.c.version.desc()).limit(1)).first()
        return None if found is None else PolicyRow(*found)

    def all(self, connection: Connection, tenant: str) -> list[PolicyRow]:
        """By name, versions ascending."""
        query = _of(tenant).order_by(policies.c.name, policies.c.version)
        return [PolicyRow(*each) for each in connection.execute(query)]


def _of(tenant: str) -> Select[Any]:
    table = policies.c
    columns = (table.name, table.version, table.text, table.created_at, table.created_by)
    return select(*columns).where(table.tenant == tenant)
