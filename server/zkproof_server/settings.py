"""Settings: environment variables with the prefix ``ZKPROOF_``, or a ``.env`` file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _http_address(address: str) -> str:
    if not address.startswith(("https://", "http://")):
        raise ValueError("an address beginning with https:// or http:// is needed")
    return address.rstrip("/")


class Settings(BaseSettings):
    """One verifier's service. Times are in seconds."""

    model_config = SettingsConfigDict(env_prefix="ZKPROOF_", env_file=".env", extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8470, ge=0, le=65_535)
    database: str = "sqlite+aiosqlite:///zkproof.db"
    """SQLAlchemy address; SQLite for one process, PostgreSQL for several."""

    ledger: str = "ledger"
    """The ledger to believe: the folder of its file and pins, or its address."""

    ledger_state: Path | None = None
    """Folder where this reader keeps what it believed, and for an address the pins; the ledger's
    folder when not given."""

    verifier: Path = Path("verifier")
    """Folder with ``verifier.json`` and the sealed key, from ``zkproof request init``."""

    passphrase: SecretStr | None = None
    """Opens the verifier's key."""

    public_url: Annotated[str, AfterValidator(_http_address)] | None = None
    """Address that holders reach the service at. When given, it is signed into each request."""

    max_connections: int = Field(default=512, gt=0)
    """Open connections; fewer where the process may not open so many files."""

    head_seconds: float = Field(default=5, gt=0)
    """How long a client may take to send the head of a request."""

    max_body_bytes: int = Field(default=256 << 10, gt=0)
    body_seconds: float = Field(default=15, gt=0)
    """How long a client may take to send a body."""

    max_tries: int = Field(default=3, gt=0)
    """Refused answers before a request is closed."""

    verification_seconds: float = Field(default=20, gt=0)
    verification_threads: int = Field(default_factory=lambda: os.cpu_count() or 1, gt=0)
    trust_refresh_seconds: float = Field(default=30, gt=0)
    trust_max_age_seconds: int = Field(default=86_400, gt=0)
    retention_seconds: int = Field(default=30 * 86_400, gt=0)
    """Longest time that results stay readable; a policy may promise less. Receipts stay."""

    sweep_seconds: float = Field(default=60, gt=0)
    """How often results whose time is over are deleted."""
