"""Settings: environment variables with the prefix ``ZKPROOF_``, or a ``.env`` file."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One verifier's service."""

    model_config = SettingsConfigDict(env_prefix="ZKPROOF_", env_file=".env", extra="ignore")

    host: str = "127.0.0.1"
    port: int = 8470
    database: str = "sqlite+aiosqlite:///zkproof.db"
    """SQLAlchemy address; SQLite for one process, PostgreSQL for several."""

    ledger: Path = Path("ledger")
    """Folder of the ledger to believe: its file and pins."""

    verifier: Path = Path("verifier")
    """Folder with ``verifier.json`` and the sealed key, from ``zkproof request init``."""

    public_url: str | None = None
    """Address that holders reach the service at; this machine's when not given."""

    max_body_bytes: int = Field(default=256 << 10, gt=0)
    max_tries: int = Field(default=3, gt=0)
    """Refused answers before a request is closed."""

    verification_seconds: float = Field(default=20, gt=0)
    trust_refresh_seconds: float = Field(default=30, gt=0)
    trust_max_age_seconds: int = Field(default=86_400, gt=0)
    retention_seconds: int = Field(default=30 * 86_400, gt=0)
    """How long disclosed values stay readable; receipts stay."""
