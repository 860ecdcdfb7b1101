"""``zkproof info``: what runs on this machine, and why."""

from __future__ import annotations

import json
import platform
from importlib import metadata
from typing import Annotated

import typer


def info(
    as_json: Annotated[
        bool, typer.Option("--json", help="The same facts as one JSON object.")
    ] = False,
) -> None:
    """Show the version, the curve backend in use and the reason for it."""
    # Imported here because choosing a backend may fail, and that failure is an answer too.
    from zkproof import curve

    facts: dict[str, object] = {
        "version": metadata.version("zkproof"),
        "python": platform.python_version(),
        "backend": curve.backend.name,
        "reason": curve.choice.reason,
        "backends": {name: reason or "works" for name, reason in curve.available().items()},
        "build": dict(curve.backend.info()),
    }
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    for name, value in facts.items():
        if isinstance(value, dict):
            typer.echo(f"{name}:")
            for key, entry in value.items():
                typer.echo(f"  {key}: {entry}")
        else:
            typer.echo(f"{name}: {value}")
