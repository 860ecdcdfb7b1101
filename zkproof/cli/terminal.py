"""What every command shares: how it asks for a passphrase, and how it says what it did.

Results go to standard output, for people or with ``--json`` as one object; everything else goes to
standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from zkproof.errors import UsageError

VARIABLE = "ZKPROOF_PASSPHRASE"

Json = Annotated[bool, typer.Option("--json", help="The same facts as one JSON object.")]


def passphrase(what: str, *, new: bool = False, variable: str = VARIABLE) -> str:
    """From the environment, or asked for without echo. Raises `UsageError` where nobody can be
    asked.
    """
    given = os.environ.get(variable)
    if given:
        return given
    if not sys.stdin.isatty():
        raise UsageError(f"passphrase: needed for {what}", hint=f"set {variable}")
    answer: str = typer.prompt(
        f"Passphrase for {what}", hide_input=True, confirmation_prompt=new, err=True
    )
    return answer


def tell(facts: Mapping[str, object], as_json: bool) -> None:
    """Print the result."""
    if as_json:
        typer.echo(json.dumps(facts, indent=2, ensure_ascii=False, default=_plain))
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in facts.items():
        table.add_row(f"[bold]{name}[/bold]", _shown(value))
    Console().print(table)


def note(text: str) -> None:
    """Say something that is not the result."""
    typer.echo(text, err=True)


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else str(value)


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return "\n".join(_shown(each) for each in value) or "-"
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {_shown(each)}" for name, each in value.items()) or "-"
    return str(value)
