"""Commands and servers of this program as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

PROGRAM = [sys.executable, "-m", "zkproof"]


class Server:
    """A serving command as a process; ``url`` is where it says that it serves."""

    def __init__(self, *command: str, **environment: str) -> None:
        port = () if "--port" in command else ("--port", "0")
        self.process = subprocess.Popen(
            [*PROGRAM, *command, *port],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **environment},
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("serving on "), line
        self.url = line.removeprefix("serving on ").strip()

    @property
    def port(self) -> str:
        return self.url.rpartition(":")[2]

    def kill(self) -> None:
        """At once, as a power cut would."""
        self.process.kill()
        self._gone()

    def stop(self) -> None:
        self.process.terminate()
        self._gone()

    def _gone(self) -> None:
        self.process.wait(timeout=15)
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextmanager
def serving(*command: str, **environment: str) -> Iterator[str]:
    """Where a server answers, until the block ends."""
    server = Server(*command, **environment)
    try:
        yield server.url
    finally:
        server.stop()


def told(*command: str, **environment: str) -> Any:
    """What a command says with ``--json``."""
    done = run(*command, "--json", **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    both: Mapping[str, str] = {**os.environ, **environment}
    return subprocess.run([*PROGRAM, *command], capture_output=True, text=True, env=both)
