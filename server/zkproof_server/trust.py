"""Where the trust view comes from: the ledger's file, verified, refreshed aside.

Nothing on the hot path reads the ledger. A refresh that fails leaves the old view, which
verification refuses once it is too old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

from zkproof.clock import Clock
from zkproof.credential.trust import TrustView
from zkproof.errors import ZkProofError
from zkproof.ledger.following import follow
from zkproof.ledger.pins import Pins
from zkproof.ledger.reader import LedgerReader

log = structlog.get_logger()


class TrustSource(Protocol):
    """Gives the newest view."""

    def current(self) -> TrustView: ...


class FileLedger:
    """Follows a ledger's file as any reader does."""

    def __init__(self, folder: Path, pins: Pins, clock: Clock) -> None:
        self._path = folder / "ledger.db"
        self._reader = LedgerReader(pins)
        self._clock = clock
        self.refresh()

    def current(self) -> TrustView:
        return self._reader.trust_view()

    def refresh(self) -> None:
        """Read and verify what is new. Raises `LedgerError` or `DecodeError`."""
        follow(self._reader, self._path, now=self._clock())


async def keep_fresh(refresh: Callable[[], None], seconds: float) -> None:
    """Refresh for ever."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await asyncio.to_thread(refresh)
        except ZkProofError as error:
            log.warning("trust view not refreshed", reason=error.message)
