"""``zkproof serve``: the verifier service of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli.terminal import note


def serve(
    host: Annotated[str, typer.Option(envvar="ZKPROOF_HOST")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="ZKPROOF_PORT")] = 8470,
    demo: Annotated[
        Path | None,
        typer.Option(help="Serve a made-up ledger and verifier, kept in this folder."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Look at everything that is needed, and end.")
    ] = False,
) -> None:
    """Serve requests and take answers. Settings come from the environment: see docs/operations.md.

    Replaces this process by ``python -m zkproof_server``, which looks for everything it needs
    before it says "serving".
    """
    if demo is not None:
        _prepare(demo)
    os.environ["ZKPROOF_HOST"], os.environ["ZKPROOF_PORT"] = host, str(port)
    command = [sys.executable, "-m", "zkproof_server", *(["check"] if check else [])]
    os.execv(sys.executable, command)  # noqa: S606  # no shell


def _prepare(folder: Path) -> None:
    """A ledger, a verifier and an API key to try the service with. Nothing in it is secret."""
    from zkproof.scenarios.demo import PASSPHRASE, Demo

    folder = folder.resolve()
    os.environ["ZKPROOF_PASSPHRASE"] = PASSPHRASE
    os.environ["ZKPROOF_LEDGER"] = str(folder / "ledger")
    os.environ["ZKPROOF_VERIFIER"] = str(folder / "verifier")
    os.environ["ZKPROOF_DATABASE"] = f"sqlite:///{folder / 'service.db'}"
    if not (folder / "verifier").exists():
        folder.mkdir(parents=True, exist_ok=True)
        Demo(folder, "en", 3).make_ledger()
    command = [sys.executable, "-m", "zkproof_server", "keys", "demo"]
    made = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    note(f"API key for this demo: {made.stdout.strip()}")
