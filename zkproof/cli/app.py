"""The program itself: command groups, and how an error looks on a terminal.

Results go to standard output; everything else, ``error:`` and ``hint:`` lines included, to
standard error. Exit code 0: done; 1: refused or failed; 2: a command line that cannot be read.
"""

from __future__ import annotations

import sys

import typer

from zkproof.cli import demo, info
from zkproof.errors import ZkProofError

app = typer.Typer(
    name="zkproof",
    help="Prove facts from signed certificates without showing the certificates.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("info")(info.info)
app.command("demo")(demo.demo)


def main() -> None:
    """Run the command line; the entry point of ``zkproof`` and ``python -m zkproof``."""
    try:
        app()
    except ZkProofError as error:
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint is not None:
            print(f"hint: {error.hint}", file=sys.stderr)
        sys.exit(1)
