"""Several worker processes on one port, and one that looks after them.

The parent holds the socket and does nothing else: a worker that ends without being told to is
started again, at most once a second. A worker whose parent is gone ends as if told to stop: the
pipe between them breaks.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable

import structlog

from zkproof.errors import UsageError
from zkproof_server.metrics import MULTIPROCESS

log = structlog.get_logger()

START_SECONDS = 60.0
STOP_SECONDS = 30.0
_READY = b"1"


class Supervisor:
    """Runs workers until told to stop."""

    def __init__(self, count: int, at: socket.socket) -> None:
        self._count = count
        self._at = at
        self._workers: dict[subprocess.Popen[bytes], socket.socket] = {}
        self._stopping = threading.Event()
        self._environment: dict[str, str] = {}

    def run(self, started: Callable[[socket.socket], None]) -> None:
        """Raises `UsageError` when a worker does not start."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self._stopping.set())
        figures = tempfile.TemporaryDirectory(prefix="zkproof-metrics-")
        self._environment = {**os.environ, MULTIPROCESS: figures.name}
        try:
            for _ in range(self._count):
                self._start()
            self._wait_until_ready()
            if not self._stopping.is_set():
                started(self._at)
            while not self._stopping.wait(0.2):
                self._replace_the_dead()
        finally:
            self._stop()
            figures.cleanup()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "zkproof_server", "worker"]
        numbers = (self._at.fileno(), theirs.fileno())
        worker = subprocess.Popen(  # noqa: S603  # this program
            [*command, *map(str, numbers)], pass_fds=numbers, env=self._environment
        )
        theirs.close()
        self._workers[worker] = ours

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + START_SECONDS
        for pipe in self._workers.values():
            pipe.settimeout(max(0.1, until - time.monotonic()))
            try:
                ready = pipe.recv(1) == _READY
            except OSError:
                ready = False
            if not ready and not self._stopping.is_set():
                raise UsageError("service: a worker did not start", hint="its log says why")

    def _replace_the_dead(self) -> None:
        for worker in [each for each in self._workers if each.poll() is not None]:
            log.error("worker ended", code=worker.returncode)
            self._workers.pop(worker).close()
            if not self._stopping.wait(1):
                self._start()

    def _stop(self) -> None:
        for worker in self._workers:
            worker.terminate()
        until = time.monotonic() + STOP_SECONDS
        for worker, pipe in self._workers.items():
            try:
                worker.wait(timeout=max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.error("worker killed", reason="it did not stop")
                worker.kill()
                worker.wait()
            pipe.close()


def report_ready(pipe: int) -> Callable[[socket.socket], None]:
    """What a worker calls once it serves; from then on it ends when its parent does."""
    ours = socket.socket(fileno=pipe)

    def watch() -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(ours, selectors.EVENT_READ)
            selector.select()
        os.kill(os.getpid(), signal.SIGTERM)

    def started(_: socket.socket) -> None:
        ours.sendall(_READY)
        threading.Thread(target=watch, daemon=True, name="parent").start()

    return started
