"""Where the trust view comes from: the ledger's folder, verified, refreshed aside.

Nothing on the hot path reads the ledger. A refresh that fails leaves the old view, which
verification refuses once it is too old. What was believed is kept on disk by `Ledger`, so a ledger
that was rolled back is refused after a restart too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from zkproof.clock import Clock
from zkproof.errors import ZkProofError
from zkproof.ledger.ledger import Ledger
from zkproof.trust import TrustView

log = structlog.get_logger()


class FileLedger:
    """A `TrustSource` that gives the last view at once, and reads the ledger when told to.

    ``state`` is where this reader keeps what it believed, when not in the ledger's folder. Raises
    `NotFoundError`, `ConflictError` and `LedgerError`.
    """

    def __init__(self, folder: Path, clock: Clock, *, state: Path | None = None) -> None:
        self._ledger = Ledger.open(folder, state=state, clock=clock)
        self._said: set[str] = set()
        self.refresh()

    def trust(self) -> TrustView:
        return self._view

    def refresh(self) -> None:
        """Read and verify what is new.

        Raises `LedgerError`, `DecodeError`, `NotFoundError` and `ConflictError`.
        """
        # Replaced as a whole: a call in between sees the old view or the new one, not a mixture.
        self._view = self._ledger.trust()
        for notice in self._ledger.notices:
            if notice not in self._said:
                self._said.add(notice)
                log.warning("ledger", notice=notice)


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
