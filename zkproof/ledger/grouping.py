"""Appends of many threads in one commit: the disk is waited for once for all of them.

Whoever comes first writes for everybody who waits by then; the others find their answer there. No
thread runs beside the callers, and a lone append waits for nobody.
"""

from __future__ import annotations

import copy
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zkproof.errors import LedgerError
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.entries import Entry

MOST = 1024
"""Entries of one commit."""


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an entry stands, and a checkpoint that covers it."""

    position: int
    checkpoint: Checkpoint


class Waiting:
    """An entry on its way to the disk; settled once it is there or refused."""

    __slots__ = ("appended", "data", "entry", "error")

    def __init__(self, data: bytes, entry: Entry) -> None:
        self.data = data
        self.entry = entry
        self.appended: Appended | None = None
        self.error: Exception | None = None

    @property
    def settled(self) -> bool:
        return self.appended is not None or self.error is not None

    def result(self) -> Appended:
        """Raises why the entry was refused."""
        if self.appended is None:
            raise self.error or LedgerError("entry: not settled")
        return self.appended


class Group:
    """Collects appends. ``write`` settles all it is given, or raises."""

    def __init__(self, write: Callable[[Sequence[Waiting]], None]) -> None:
        self._write = write
        self._turn = threading.Lock()
        self._queue: deque[Waiting] = deque()

    def settle(self, one: Waiting) -> Appended:
        """On return the entry is on disk. Raises why it is not."""
        self._queue.append(one)  # atomic, as is popleft
        with self._turn:
            while not one.settled:
                self._settle_some()
        return one.result()

    def _settle_some(self) -> None:
        group: list[Waiting] = []
        while self._queue and len(group) < MOST:
            group.append(self._queue.popleft())
        try:
            self._write(group)
        except LedgerError as error:
            for each in group:  # an error of its own for every thread
                each.appended, each.error = None, copy.copy(error)
        except BaseException:
            for each in group:
                hint = "append it again"
                each.error = LedgerError("entry: the append was interrupted", hint=hint)
            raise
