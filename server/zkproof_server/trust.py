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
from zkproof.errors import DecodeError, UsageError, ZkProofError
from zkproof.ledger.following import follow
from zkproof.ledger.pins import Pins
from zkproof.ledger.reader import LedgerReader
from zkproof.trust import TrustView

log = structlog.get_logger()


class TrustSource(Protocol):
    """Gives the newest view, at once and from any thread."""

    def current(self) -> TrustView: ...


class FileLedger:
    """Follows a ledger's file as any reader does."""

    def __init__(self, path: Path, pins: Pins, clock: Clock) -> None:
        self._path = path
        self._reader = LedgerReader(pins)
        self._clock = clock
        self.refresh()

    def current(self) -> TrustView:
        return self._view

    def refresh(self) -> None:
        """Read and verify what is new. Raises `LedgerError` or `DecodeError`."""
        follow(self._reader, self._path, now=self._clock())
        # Replaced as a whole: a call in between sees the old view or the new one, not a mixture.
        self._view = self._reader.trust_view()


def read_pins(path: Path) -> Pins:
    """The pins file of a ledger. Raises `UsageError`."""
    try:
        return Pins.from_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    except DecodeError as error:
        raise UsageError(f"{path}: {error.message}") from None


async def keep_fresh(refresh: Callable[[], None], seconds: float) -> None:
    """Refresh for ever."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await asyncio.to_thread(refresh)
        except ZkProofError as error:
            log.warning("trust view not refreshed", reason=error.message)
        except Exception as error:  # a locked or missing file: the next time may be better
            log.warning("trust view not refreshed", reason=type(error).__name__)
