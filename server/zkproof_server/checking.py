"""Whether the service could serve, looked at without serving: for before a restart."""

from __future__ import annotations

import os
from collections.abc import Iterator

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from zkproof.clock import Clock
from zkproof.errors import UsageError
from zkproof_server.database import Database
from zkproof_server.settings import Settings
from zkproof_server.tenants import TenantFolders
from zkproof_server.trust import FileLedger

OTHER_VARIABLES = frozenset(("ZKPROOF_BACKEND",))
"""Read by the library, not by the service."""


def check_all(settings: Settings, clock: Clock) -> Iterator[tuple[str, str]]:
    """What was looked at and how it is. Raises `UsageError`, `WalletError` or `LedgerError` for the
    first thing that is not in order.
    """
    yield "settings", _settings()
    tenants = TenantFolders(settings.verifier, settings.tenants, settings.passphrase)
    yield "tenants", f"{len(tenants.all())}, keys open"
    yield "database", _database(settings)
    view = FileLedger(settings.ledger, clock, state=settings.ledger_state).trust()
    age = max(0, clock() - view.as_of)
    if age > settings.trust_max_age_seconds:
        raise UsageError(f"ledger: its newest checkpoint is {age} seconds old")
    yield "ledger", f"{view.tree_size} entries, {age} seconds old"
    for tenant in tenants.all():
        unknown = tenant.unknown_to(view)
        if unknown is not None:
            raise UsageError(f"tenant {tenant.tenant_id}: {unknown}")
    yield "verifiers", "registered with these keys, not suspended"


def _settings() -> str:
    known = {f"ZKPROOF_{name.upper()}" for name in Settings.model_fields} | OTHER_VARIABLES
    strange = sorted(
        name for name in os.environ if name.startswith("ZKPROOF_") and name not in known
    )
    if strange:
        raise UsageError(f"{strange[0]}: no such setting")
    return "known and in range"


def _database(settings: Settings) -> str:
    database = Database(settings.database)
    if database.file is not None and not database.file.is_file():
        return "not there yet; starting makes it"
    try:
        current = database.is_current()
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise UsageError(f"ZKPROOF_DATABASE: cannot be used ({reason})") from None
    except CommandError:
        raise UsageError("ZKPROOF_DATABASE: written by another version of this program") from None
    finally:
        database.close()
    return "reachable, up to date" if current else "reachable; starting brings it up to date"
