"""``zkproof witness``: cosign other people's logs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli.terminal import VARIABLE, Json, passphrase, tell
from zkproof.ledger import witness_folder

app = typer.Typer(
    help="Cosign logs, so that nobody is shown another history.", no_args_is_help=True
)

Folder = Annotated[Path, typer.Option(help="Folder of the witness.", envvar="ZKPROOF_WITNESS")]
HOME = Path("witness")


@app.command("init")
def init(
    name: Annotated[str, typer.Argument(help="Key name, for example witness.example/w1.")],
    home: Folder = HOME,
    as_json: Json = False,
) -> None:
    """Make a witness and its key. Its vkey goes into policies of logs and readers."""
    key = witness_folder.create(home, name, passphrase("the new witness", new=True))
    tell({"witness": name, "vkey": key.to_text()}, as_json)


@app.command("watch")
def watch(
    log: Annotated[str, typer.Argument(help="The log's pins.json, or its vkey.")],
    home: Folder = HOME,
    as_json: Json = False,
) -> None:
    """Watch one more log, under the key you got over a way you trust."""
    key = witness_folder.log_key(log)
    witness_folder.watch(home, key)
    tell({"watches": key.name, "vkey": key.to_text()}, as_json)


@app.command("serve")
def serve(
    home: Annotated[Path, typer.Argument(help="Folder of the witness.")] = HOME,
    host: Annotated[str, typer.Option(envvar="ZKPROOF_WITNESS_HOST")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="ZKPROOF_WITNESS_PORT")] = 8490,
) -> None:
    """Answer logs that ask for cosignatures, as C2SP's tlog-witness.

    Replaces this process by ``python -m zkproof_server.ledger.witness``.
    """
    os.environ[VARIABLE] = passphrase("the witness")
    program = [sys.executable, "-m", "zkproof_server.ledger.witness", str(home)]
    program += ["--host", host, "--port", str(port)]
    os.execv(sys.executable, program)  # noqa: S606  # no shell
