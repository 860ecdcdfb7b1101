"""``python -m zkproof_server.ledger``: what ``zkproof ledger serve`` becomes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from starlette.applications import Starlette

from zkproof.ledger.founding import DATABASE
from zkproof.ledger.ledger import read_pins
from zkproof_server import limits, logs, serving
from zkproof_server.__main__ import read_settings, run_program
from zkproof_server.ledger.endpoints import Tiles, make_app

commands = typer.Typer(pretty_exceptions_enable=False)

Host = Annotated[str, typer.Option()]
Port = Annotated[int, typer.Option(min=0, max=65_535)]

MAX_BODY_BYTES = 1 << 17
BODY_SECONDS = 10.0


@commands.command()
def serve(folder: Path, host: Host = "127.0.0.1", port: Port = 8480) -> None:
    """Serve the log of a folder."""
    answers = Tiles(folder / DATABASE, read_pins(folder))
    run(make_app(answers), host, port)


def run(app: Starlette, host: str, port: int) -> None:
    """Serve an application with the service's limits on connections, heads and bodies."""
    logs.configure()
    # The last one added is the outermost: it also sees what the other answers.
    app.add_middleware(limits.BodyLimit, max_bytes=MAX_BODY_BYTES, seconds=BODY_SECONDS)
    app.add_middleware(logs.Record)
    serving.run(app, read_settings(), serving.listening(host, port))


if __name__ == "__main__":
    run_program(commands)
