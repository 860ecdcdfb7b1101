"""Tenants: each a verifier with its own identity, signing key and chain of receipts.

A tenant is a folder as ``zkproof request init`` makes it: ``ZKPROOF_VERIFIER`` for the first one,
which is called ``default``, and one folder in ``ZKPROOF_TENANTS`` for each other, named as the
tenant. All keys open with the service's passphrase. New folders, and new keys in old ones, are
found while the service runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import SecretStr
from sqlalchemy import insert, select

from zkproof.errors import ConflictError, NotFoundError, UsageError, ZkProofError
from zkproof.files import unreadable
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.presentation.request import VerifierIdentity
from zkproof.trust import TrustView
from zkproof.verifier.registration import KEYS, REGISTRATION, open_folder
from zkproof_server import tables
from zkproof_server.database import Database

log = structlog.get_logger()

DEFAULT = "default"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Tenant:
    """Who asks."""

    tenant_id: str
    signer: Ed25519Signer
    identity: VerifierIdentity

    def unknown_to(self, view: TrustView) -> str | None:
        """Why wallets would not answer this verifier; ``None`` when they would."""
        known = view.verifiers.get(self.identity.verifier_id)
        if known is None:
            return "the verifier is not on the ledger"
        if known.suspended:
            return "the verifier is suspended"
        if (known.key_id, known.public_key) != (self.identity.key_id, self.signer.public_key):
            return "the ledger names another key of the verifier"
        return None


class Tenants:
    """All tenants of a service."""

    def __init__(self, tenants: Iterable[Tenant]) -> None:
        self._tenants = {each.tenant_id: each for each in tenants}

    def get(self, tenant_id: str) -> Tenant:
        """Raises `NotFoundError` for one that there is not."""
        found = self._tenants.get(tenant_id)
        if found is None:
            raise NotFoundError(f"tenant: none is called {tenant_id}")
        return found

    def all(self) -> list[Tenant]:
        return list(self._tenants.values())

    def refresh(self) -> bool:
        """Look for new ones. Whether anything changed."""
        return False

    def enter(self, database: Database, now: int) -> None:
        """Give each a row, with a chain of receipts that is empty."""
        with database.write() as connection:
            known = set(connection.execute(select(tables.tenants.c.id)).scalars())
            for tenant_id in sorted(set(self._tenants) - known):
                connection.execute(
                    insert(tables.tenants).values(
                        id=tenant_id, created_at=now, position=0, chain=bytes(32)
                    )
                )


class TenantFolders(Tenants):
    """Tenants from their folders. Raises `UsageError` and `WalletError`."""

    def __init__(self, first: Path, others: Path | None, passphrase: SecretStr | None) -> None:
        self._first = first
        self._others = others
        self._passphrase = passphrase
        self._seen: dict[str, tuple[float, float]] = {}
        super().__init__(())
        for tenant_id, folder in self._folders():
            self._tenants[tenant_id] = self._opened(tenant_id, folder)

    def refresh(self) -> bool:
        """Open what is new or has changed; what cannot be opened stays as it was, and is logged."""
        changed = False
        for tenant_id, folder in self._folders():
            try:
                if self._seen.get(tenant_id) != _changed_at(folder):
                    self._tenants[tenant_id] = self._opened(tenant_id, folder)
                    log.info("tenant opened", tenant=tenant_id)
                    changed = True
            except ZkProofError as error:
                log.warning("tenant not opened", tenant=tenant_id, reason=error.message)
        return changed

    def _folders(self) -> list[tuple[str, Path]]:
        found = [(DEFAULT, self._first)]
        if self._others is None:
            return found
        if not self._others.is_dir():
            raise UsageError("ZKPROOF_TENANTS: not a folder")
        for folder in sorted(self._others.iterdir()):
            if folder.name == DEFAULT or not _NAME.fullmatch(folder.name):
                raise UsageError(
                    f"ZKPROOF_TENANTS: {folder.name[:40]!r} is no tenant's name",
                    hint="small letters, digits, hyphens; at most 32, and not 'default'",
                )
            found.append((folder.name, folder))
        return found

    def _opened(self, tenant_id: str, folder: Path) -> Tenant:
        at = _changed_at(folder)
        signer, identity = open_verifier(folder, self._passphrase)
        self._seen[tenant_id] = at
        return Tenant(tenant_id, signer, identity)


def _changed_at(folder: Path) -> tuple[float, float]:
    card, keys = folder / REGISTRATION, folder / KEYS
    try:
        return card.stat().st_mtime, keys.stat().st_mtime
    except OSError as error:
        raise unreadable(Path(error.filename), error, hint="zkproof request init") from None


def open_verifier(
    folder: Path, passphrase: SecretStr | None
) -> tuple[Ed25519Signer, VerifierIdentity]:
    """Signer and identity. Raises `UsageError` without a passphrase, and what `open_folder` raises.

    The key's file is sealed, and still has to be its owner's alone: who can copy it can try
    passphrases.
    """
    if passphrase is None or not passphrase.get_secret_value():
        raise UsageError("passphrase: needed for the verifier's key", hint="set ZKPROOF_PASSPHRASE")
    keys = folder / KEYS
    try:
        mode = keys.stat().st_mode
    except OSError as error:
        raise unreadable(keys, error, hint="zkproof request init") from None
    if mode & 0o077:
        raise ConflictError(f"{keys}: others can read it", hint=f"chmod 600 {keys}")
    return open_folder(folder, passphrase.get_secret_value())
