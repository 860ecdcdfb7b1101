"""The other implementation: an npm package behind a small Node program, one JSON line each way."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "node"
MANIFEST = ("package.json", "package-lock.json")

INSTALL_SECONDS = 180
ANSWER_SECONDS = 60


class PeerMissing(Exception):
    """The peer cannot be had on this machine; the message says why."""


class PeerRefused(Exception):
    """The peer answered with an error instead of a result."""


def installed(folder: Path = FOLDER) -> Path:
    """The folder with the packages of a manifest, installed on first use outside the repository.

    Installing goes into a new folder that takes its final name only when it is complete, so
    that two test processes cannot see half of it. Raises `PeerMissing`.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise PeerMissing(f"no {program} on the PATH")
    pinned = hashlib.sha256(b"".join((folder / name).read_bytes() for name in MANIFEST))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zkproof-interop"
    final = cache / pinned.hexdigest()[:16]
    if final.exists():
        return final
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        fresh = Path(temporary) / "packages"
        fresh.mkdir()
        for name in MANIFEST:
            shutil.copy(folder / name, fresh)
        try:
            subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=fresh,
                capture_output=True,
                text=True,
                check=True,
                timeout=INSTALL_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise PeerMissing("npm ci did not finish: registry unreachable?") from error
        except subprocess.CalledProcessError as error:
            said = [line for line in error.stderr.splitlines() if "error" in line.lower()]
            raise PeerMissing(f"npm ci failed: {(said or ['no reason given'])[0]}") from error
        try:
            fresh.rename(final)
        except OSError:
            if not final.exists():
                raise
    return final


class Peer:
    """A running peer. Octets go in and come out as ``bytes``, or as lists of them."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(FOLDER / "runner.mjs"), str(installed())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, operation: str, **fields: Any) -> Any:
        """The result of one operation of runner.mjs. Raises `PeerRefused`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {name: _to_json(value) for name, value in fields.items()}
        watchdog = threading.Timer(ANSWER_SECONDS, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write(json.dumps({"op": operation, **request}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            raise RuntimeError(f"the peer died or said nothing for {ANSWER_SECONDS} s: {operation}")
        answer = json.loads(line)
        if "error" in answer:
            raise PeerRefused(answer["error"])
        return answer["result"]

    def octets(self, operation: str, **fields: Any) -> bytes:
        """As `ask`, for operations that answer with octets."""
        return bytes.fromhex(self.ask(operation, **fields))

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def _to_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [_to_json(item) for item in value]
    return value
