"""Programs in Go that others wrote for transparency logs: built here, or missing for a reason."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parent / "go"
TOOLS = (
    "github.com/transparency-dev/tessera/cmd/fsck@v1.0.4",
    "github.com/transparency-dev/tessera/cmd/examples/posix-oneshot@v1.0.4",
    "filippo.io/torchwood/cmd/litewitness@v0.6.1",
)
_FETCH_SECONDS, _BUILD_SECONDS = 300, 1200


class GoMissing(Exception):
    """Why the programs cannot be had here."""


@dataclass(frozen=True)
class Programs:
    """The folder of the built programs."""

    folder: Path

    def run(self, name: str, *arguments: str, seconds: float = 120) -> tuple[int | None, str]:
        """Exit code, and what the program said on either stream; ``None`` when it did not end."""
        command = [str(self.folder / name), *arguments]
        out, err = subprocess.PIPE, subprocess.STDOUT
        process = subprocess.Popen(command, stdout=out, stderr=err, text=True)
        try:
            said, _ = process.communicate(timeout=seconds)
            return process.returncode, said
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
            return None, said


def build(folder: Path) -> Programs:
    """Build all programs. Raises `GoMissing` when Go or its module proxy is not there; a program
    that does not build although its modules are is an error.
    """
    if shutil.which("go") is None:
        raise GoMissing("no go on the PATH")
    for name in ("peer", "proof"):
        # The second one names a newer toolchain, which comes through the proxy as modules do.
        fetched = _go("mod", "download", at=SOURCES / name, seconds=_FETCH_SECONDS)
        if fetched is not None:
            raise GoMissing(f"go mod download: {fetched}")
        failed = _go("build", "-o", str(folder / name), ".", at=SOURCES / name)
        assert failed is None, failed
    for tool in TOOLS:
        failed = _go("install", tool, at=folder, GOBIN=str(folder))
        assert failed is None, failed
    return Programs(folder)


def _go(*arguments: str, at: Path, seconds: float = _BUILD_SECONDS, **more: str) -> str | None:
    """Run go; the end of what it said when it failed."""
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-p=1", "GOWORK": "off", **more}
    environment["GOTOOLCHAIN"] = "auto"
    try:
        done = subprocess.run(
            ["go", *arguments], cwd=at, env=environment, capture_output=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return f"took longer than {seconds:g} seconds"
    return None if done.returncode == 0 else done.stderr.decode(errors="replace")[-400:]
