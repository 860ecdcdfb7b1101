"""A witness over HTTP: C2SP's tlog-witness, and the last checkpoint of each log for monitors.

``POST /add-checkpoint`` cosigns; the state that forbids another history is on disk before the
answer leaves. ``GET /newest/<SHA-256 of the origin>`` shows what was cosigned last, with the lines
of log and witness. ``GET /`` gives the witness's vkey.

Nobody has to say who calls: what counts is the log's signature on what is sent.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zkproof.clock import Clock, system_clock
from zkproof.errors import DecodeError, LedgerError, UsageError
from zkproof.ledger import note, witness_folder
from zkproof.ledger.cosigning import SIZE_TYPE
from zkproof.ledger.database import LedgerBusy
from zkproof.ledger.witness import (
    LogWitness,
    NotExtended,
    UnknownLog,
    Unsigned,
    WitnessConflict,
)
from zkproof.ledger.witness import Request as Asked
from zkproof_server.__main__ import read_settings, run_program
from zkproof_server.ledger.endpoints import ANEW
from zkproof_server.ledger.running import run

_STATUS = {UnknownLog: 404, Unsigned: 403, NotExtended: 422, LedgerBusy: 503}


class Witnessing:
    """Answers for one witness. ``origins`` are the logs it watches."""

    def __init__(self, witness: LogWitness, origins: list[str], clock: Clock) -> None:
        self._witness = witness
        self._origins = {hashlib.sha256(each.encode()).hexdigest(): each for each in origins}
        self._clock = clock

    async def add(self, request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(self._cosigned, body)

    async def newest(self, request: Request) -> Response:
        origin = self._origins.get(request.path_params["log"])
        found = None if origin is None else await run_in_threadpool(self._witness.newest, origin)
        if found is None:
            return _text(404, "no checkpoint of this log was cosigned here\n")
        return _text(200, found.decode(), cache=ANEW)

    async def key(self, _: Request) -> Response:
        return _text(200, self._witness.key.to_text() + "\n", cache=ANEW)

    def _cosigned(self, body: bytes) -> Response:
        try:
            line = self._witness.cosign(Asked.from_bytes(body), now=self._clock())
        except WitnessConflict as error:
            return Response(f"{error.size}\n", 409, headers={"Content-Type": SIZE_TYPE})
        except DecodeError as error:
            return _text(400, f"{error.message}\n")
        except LedgerError as error:
            return _text(_STATUS.get(type(error), 500), f"{error.message}\n")
        return _text(200, note.line_text(line))


def make_app(witnessing: Witnessing) -> Starlette:
    """An application to serve alone, or to mount under a path (C2SP's submission prefix)."""
    return Starlette(
        routes=[
            Route("/add-checkpoint", witnessing.add, methods=["POST"]),
            Route("/newest/{log}", witnessing.newest, methods=["GET"]),
            Route("/", witnessing.key, methods=["GET"]),
        ]
    )


def _text(status: int, text: str, *, cache: str = "no-store") -> Response:
    headers = {"Cache-Control": cache, "X-Content-Type-Options": "nosniff"}
    return Response(text, status, headers=headers, media_type="text/plain")


commands = typer.Typer(pretty_exceptions_enable=False)


@commands.command()
def serve(
    folder: Path,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535)] = 8490,
) -> None:
    """Serve the witness of a folder."""
    secret = read_settings().passphrase
    if secret is None:
        raise UsageError("passphrase: needed for the witness", hint="set ZKPROOF_PASSPHRASE")
    _, logs = witness_folder.read(folder)
    witness = witness_folder.open_witness(folder, secret.get_secret_value())
    run(make_app(Witnessing(witness, [each.name for each in logs], system_clock)), host, port)


if __name__ == "__main__":
    run_program(commands)
