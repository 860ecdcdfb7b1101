"""``zkproof serve``: the verifier service of this machine."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from zkproof.cli.terminal import note


def serve(
    host: Annotated[str, typer.Option(envvar="ZKPROOF_HOST")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="ZKPROOF_PORT")] = 8470,
) -> None:
    """Serve requests and take answers. Settings come from the environment: see docs/operations.md.

    Replaces this process by ``python -m zkproof_server``.
    """
    os.environ["ZKPROOF_HOST"], os.environ["ZKPROOF_PORT"] = host, str(port)
    note(f"serving on http://{host}:{port}")
    os.execv(sys.executable, [sys.executable, "-m", "zkproof_server"])  # noqa: S606  # no shell
