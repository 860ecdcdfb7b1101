"""``python -m zkproof_server.ledger``: what ``zkproof ledger serve`` becomes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkproof.ledger.founding import DATABASE
from zkproof.ledger.ledger import read_pins
from zkproof_server.__main__ import run_program
from zkproof_server.ledger.endpoints import Tiles, make_app
from zkproof_server.ledger.running import run

commands = typer.Typer(pretty_exceptions_enable=False)

Host = Annotated[str, typer.Option()]
Port = Annotated[int, typer.Option(min=0, max=65_535)]


@commands.command()
def serve(folder: Path, host: Host = "127.0.0.1", port: Port = 8480) -> None:
    """Serve the log of a folder."""
    answers = Tiles(folder / DATABASE, read_pins(folder))
    run(make_app(answers), host, port)


if __name__ == "__main__":
    run_program(commands)
