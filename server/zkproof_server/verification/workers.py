"""Threads for what takes time, and who has to wait or is sent away.

The curve arithmetic runs without the interpreter's lock, so there are as many threads as
processors; what is beyond a bounded queue is refused at once, with the time after which the queue
will have been worked off.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from zkproof_server.metrics import Metrics
from zkproof_server.problems import Problem
from zkproof_server.settings import Settings

T = TypeVar("T")

_WEIGHT = 0.1
"""Of the newest call in the mean duration."""


class Workers:
    """A bounded pool."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._metrics = metrics
        self._count = settings.verification_threads
        self._most = self._count + settings.max_queue
        self._seconds = settings.verification_seconds
        self._pool = ThreadPoolExecutor(self._count, "verification")
        self._mean = 0.01
        self.at_work = 0
        """Calls that run or wait."""

        self._turns: dict[str, tuple[asyncio.Lock, int]] = {}

    def close(self) -> None:
        """Finish what was begun; nothing that was taken in is dropped."""
        self._pool.shutdown(wait=True)

    async def run(self, work: Callable[[], T]) -> T:
        """Run on a thread, within the time limit. Raises `Problem` 503."""
        if self.at_work >= self._most:
            raise self._busy()
        self.at_work += 1
        begun = time.monotonic()
        running = asyncio.get_running_loop().run_in_executor(self._pool, self._timed, work, begun)
        running.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.shield(running), self._seconds)
        except TimeoutError:
            if time.monotonic() - begun < self._seconds:  # the work's own
                raise
            running.cancel()
            raise self._busy() from None

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        """One at a time for each name: of many answers to one request, the others then find it
        settled and cost no verification.
        """
        lock, waiting = self._turns.get(name, (asyncio.Lock(), 0))
        if waiting >= self._most:
            raise self._busy()
        self._turns[name] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._turns[name]
            if waiting == 1:
                del self._turns[name]
            else:
                self._turns[name] = (lock, waiting - 1)

    def _timed(self, work: Callable[[], T], begun: float) -> T:
        self._metrics.queue.observe(time.monotonic() - begun)
        start = time.perf_counter()
        try:
            return work()
        finally:
            took = time.perf_counter() - start
            self._mean += _WEIGHT * (took - self._mean)

    def _done(self, running: asyncio.Future[T]) -> None:
        self.at_work -= 1
        if not running.cancelled():
            running.exception()  # looked at, also when nobody waits any more

    def _busy(self) -> Problem:
        seconds = max(1, math.ceil(self.at_work * self._mean / self._count))
        detail = f"too much to do at the moment; again in {seconds} s"
        return Problem(503, "busy", detail, headers={"Retry-After": str(seconds)})
