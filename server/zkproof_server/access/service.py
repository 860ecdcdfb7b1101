"""API keys: made, found, listed, rotated, ended.

A key is ``zkp_<id>_<secret>``. The secret has 256 random bits, so its plain SHA-256 cannot be
searched; only that digest is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from zkproof.clock import Clock
from zkproof.errors import UsageError
from zkproof_server.access.repository import KeyRepository, KeyRow
from zkproof_server.database import Database
from zkproof_server.problems import Problem

LAST_USE_SECONDS = 3600
"""How exactly the last use of a key is kept: writing it at every call would cost a commit."""


class Scope(StrEnum):
    """What a key opens."""

    WRITE = "requests:write"
    READ = "requests:read"
    POLICIES = "policies:write"
    KEYS = "keys:admin"
    WEBHOOKS = "webhooks:admin"
    METRICS = "metrics:read"
    """For keys of the operator, which belong to no tenant."""


OPERATOR_SCOPES = frozenset({Scope.METRICS})
SCOPES = frozenset(Scope) - OPERATOR_SCOPES
"""What keys of a tenant may have."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, by its key. ``tenant`` is empty for the operator's keys."""

    key_id: str
    name: str
    tenant: str
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as its owner gets it, once: only the digest is kept."""

    row: KeyRow
    secret: str

    def __repr__(self) -> str:
        return f"<NewKey {self.row.key_id}>"


class Keys:
    """The domain's service object."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._rows = KeyRepository()
        self._clock = clock

    def create(self, name: str, scopes: Iterable[str], *, tenant: str | None) -> NewKey:
        """A new key. Raises `UsageError`."""
        with self._database.write() as connection:
            return self.create_within(connection, name, scopes, tenant=tenant)

    def create_within(
        self, connection: Connection, name: str, scopes: Iterable[str], *, tenant: str | None
    ) -> NewKey:
        """The same in the transaction of ``connection``."""
        if not name or len(name) > 64 or not name.isprintable():
            raise UsageError("name: 1 to 64 printable characters")
        allowed = OPERATOR_SCOPES if tenant is None else SCOPES
        asked = frozenset(scopes)
        if not asked or not asked <= {each.value for each in allowed}:
            raise UsageError(f"scopes: among {', '.join(sorted(allowed))}")
        key_id = secrets.token_hex(8)
        secret = f"zkp_{key_id}_{secrets.token_urlsafe(32)}"
        row = KeyRow(key_id, tenant, name, frozenset(asked), False, self._clock(), None, None)
        self._rows.add(connection, row, _digest(secret))
        return NewKey(row, secret)

    def rotate_within(
        self, connection: Connection, tenant: str, key_id: str, overlap: int
    ) -> NewKey:
        """A new key with the same name and scopes; the old one ends after ``overlap`` seconds.

        Raises `Problem` 404 and 409.
        """
        old = self._rows.one(connection, tenant, key_id, lock=True)
        now = self._clock()
        if old is None:
            raise no_key_here()
        if old.is_over(now):
            raise Problem(409, "key-ended", "this key has ended: make a new one")
        new = self.create_within(connection, old.name, old.scopes, tenant=tenant)
        ends = now + overlap if old.expires_at is None else min(now + overlap, old.expires_at)
        self._rows.end(connection, key_id, ends)
        return new

    def revoke(self, key_id: str, *, tenant: str | None = None) -> bool:
        """From now on the key opens nothing; ``False`` when there is none of that identifier.

        With a ``tenant``, only keys of that tenant are looked at.
        """
        with self._database.write() as connection:
            return self._rows.revoke(connection, key_id, tenant)

    def list(self, tenant: str) -> list[KeyRow]:
        """A tenant's keys, oldest first."""
        with self._database.read() as connection:
            return self._rows.of_tenant(connection, tenant)

    def find(self, secret: str) -> Caller | None:
        """Whose key this is; nobody's when it is unknown, ended or revoked."""
        prefix, _, rest = secret.partition("_")
        key_id = rest.partition("_")[0]
        with self._database.read() as connection:
            found = self._rows.with_digest(connection, key_id)
        row, digest = found or (None, "")
        if not hmac.compare_digest(_digest(secret), digest) or prefix != "zkp" or row is None:
            return None
        now = self._clock()
        if row.is_over(now):
            return None
        if row.last_used_at is None or now - row.last_used_at >= LAST_USE_SECONDS:
            with self._database.write() as connection:
                self._rows.used(connection, key_id, now)
        scopes = frozenset(Scope(each) for each in row.scopes)
        return Caller(row.key_id, row.name, row.tenant or "", scopes)


def no_key_here() -> Problem:
    return Problem(404, "no-such-key", "no key with this identifier")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
