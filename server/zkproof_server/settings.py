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
    """The verifier service. Times are in seconds."""

    model_config = SettingsConfigDict(env_prefix="ZKPROOF_", env_file=".env", extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8470, ge=0, le=65_535)
    workers: int = Field(default=1, ge=1, le=64)
    """Processes that serve the same port."""

    database: str = "sqlite:///zkproof.db"
    """``sqlite:///file`` or ``postgresql://user@host/name``."""

    ledger: str = "ledger"
    """The ledger to believe: the folder of its file and pins, or its address."""

    ledger_state: Path | None = None
    """Folder where this reader keeps what it believed, and for an address the pins; the ledger's
    folder when not given."""

    verifier: Path = Path("verifier")
    """Folder of the first tenant: ``verifier.json`` and the sealed key, from ``zkproof request
    init``.
    """

    tenants: Path | None = None
    """Folder with such a folder for every other tenant."""

    passphrase: SecretStr | None = None
    """Opens the verifiers' keys, and seals what the database keeps of secrets."""

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
    max_queue: int = Field(default=256, ge=0)
    """Answers that may wait for a thread; more are refused with 503."""

    calls_per_key: int = Field(default=6000, gt=0)
    calls_per_address: int = Field(default=600, gt=0)
    """A minute; for calls without a key, by address (of IPv6 the first 64 bits)."""

    webhook_private: bool = False
    """Whether messages may go to ``http`` and to addresses that are not public: for trying out."""

    trusted_proxies: str = ""
    """Addresses whose ``X-Forwarded-For`` is believed, separated by commas."""

    trust_refresh_seconds: float = Field(default=30, gt=0)
    trust_max_age_seconds: int = Field(default=86_400, gt=0)
    retention_seconds: int = Field(default=30 * 86_400, gt=0)
    """Longest time that results stay readable; a policy may promise less. Receipts stay."""

    sweep_seconds: float = Field(default=60, gt=0)
    """How often results whose time is over are deleted."""
