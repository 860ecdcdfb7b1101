"""A limit on log lines that strangers can cause, so that nobody fills the disk with them.

Of each kind of line a number is written in a span of time; the rest is counted, and the count is
said with the next line of that kind, or when the span is over.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

MOST = 20
SPAN_SECONDS = 10.0
MAX_KINDS = 512

Kind = tuple[object, ...]


class Flood:
    """Counts lines by kind. ``now`` gives seconds that only go forward."""

    def __init__(
        self,
        most: int = MOST,
        span_seconds: float = SPAN_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._span = span_seconds
        self._now = now
        self._lock = threading.Lock()
        self._begun: dict[Kind, float] = {}
        self._written: dict[Kind, int] = {}

    def pass_on(self, kind: Kind) -> int | None:
        """How many lines of this kind were left out before this one; ``None``: leave it out too."""
        with self._lock:
            if kind not in self._begun and len(self._begun) >= MAX_KINDS:
                kind = ("other kinds",)
            moment = self._now()
            if moment - self._begun.get(kind, float("-inf")) >= self._span:
                left_out = max(0, self._written.get(kind, 0) - self._most)
                self._begun[kind], self._written[kind] = moment, 1
                return left_out
            self._written[kind] += 1
            return 0 if self._written[kind] <= self._most else None

    def settle(self) -> dict[Kind, int]:
        """Kinds whose span is over, with how many lines were left out; forgets them."""
        with self._lock:
            moment = self._now()
            over = [kind for kind, at in self._begun.items() if moment - at >= self._span]
            left_out = {kind: self._written[kind] - self._most for kind in over}
            for kind in over:
                del self._begun[kind], self._written[kind]
        return {kind: count for kind, count in left_out.items() if count > 0}


class FloodFilter(logging.Filter):
    """The same limit for the lines of libraries, by logger and text without its values."""

    def __init__(self, flood: Flood) -> None:
        super().__init__()
        self._flood = flood

    def filter(self, record: logging.LogRecord) -> bool:
        left_out = self._flood.pass_on((record.name, str(record.msg)[:80]))
        if left_out is None:
            return False
        if left_out:
            record.msg = f"{record.msg} ({left_out} such lines were left out)"
        return True
