"""The verifier service as a process of its own, for the demo and for tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from zkproof.errors import RemoteError


@dataclass(frozen=True, slots=True)
class Service:
    """Where it answers, and an API key for it."""

    url: str
    api_key: str

    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.api_key}"}


@contextmanager
def running(folder: Path, passphrase: str, **settings: str) -> Iterator[Service]:
    """Start the service on a free port of this machine; stop it at the end.

    ``folder`` holds ``ledger`` and ``verifier``. Raises `RemoteError` when it does not start.
    """
    port = _free_port()
    environment = {
        **os.environ,
        "ZKPROOF_PASSPHRASE": passphrase,
        "ZKPROOF_LEDGER": str(folder / "ledger"),
        "ZKPROOF_VERIFIER": str(folder / "verifier"),
        "ZKPROOF_DATABASE": f"sqlite:///{folder / 'service.db'}",
        "ZKPROOF_PORT": str(port),
        **settings,
    }
    command = [sys.executable, "-m", "zkproof_server"]
    made = subprocess.run(  # noqa: S603  # our own module
        [*command, "keys", "demo"], env=environment, capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise RemoteError(f"service: no API key could be made: {made.stderr.strip()[-300:]}")
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603
        try:
            service = Service(f"http://127.0.0.1:{port}", made.stdout.strip())
            _wait(service, process)
            yield service
        finally:
            process.terminate()
            process.wait(timeout=10)


def _wait(service: Service, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{service.url}/readyz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise RemoteError("service: does not start", hint="see service.log")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
