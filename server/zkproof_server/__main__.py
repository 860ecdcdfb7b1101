"""``python -m zkproof_server``: serve; with ``keys NAME`` make an API key, with ``revoke ID`` end
one.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from zkproof.clock import system_clock
from zkproof.errors import NotFoundError, UsageError, ZkProofError
from zkproof_server import logs, serving
from zkproof_server.access import SCOPES, create_key, revoke_key
from zkproof_server.app import create_app
from zkproof_server.database import make_engine, migrate
from zkproof_server.settings import Settings
from zkproof_server.trust import FileLedger
from zkproof_server.verifier import open_verifier

T = TypeVar("T")

commands = typer.Typer(
    help="The verifier service. Settings come from the environment (ZKPROOF_...).",
    pretty_exceptions_enable=False,
)


@commands.callback(invoke_without_command=True)
def serve(context: typer.Context) -> None:
    """Serve, unless a command is named."""
    if context.invoked_subcommand is not None:
        return
    logs.configure()
    settings = read_settings()
    signer, identity = open_verifier(settings.verifier, settings.passphrase)
    asyncio.run(serving.prepare_database(settings.database, now=system_clock()))
    at = serving.listening(settings.host, settings.port)
    trust = FileLedger(settings.ledger, system_clock, state=settings.ledger_state)
    serving.run(create_app(settings, signer, identity, trust), settings, at)


@commands.command("keys")
def keys(
    name: Annotated[str, typer.Argument(help="Who will use it, for people.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="May be repeated; all scopes when left out.")
    ] = None,
) -> None:
    """Make an API key and print it: once, for it is not kept."""
    scopes = frozenset(scope) if scope else SCOPES
    typer.echo(_with_database(lambda engine: create_key(engine, name, scopes)))


@commands.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="What stands between the key's underscores.")],
) -> None:
    """End an API key."""
    if not _with_database(lambda engine: revoke_key(engine, key_id)):
        raise NotFoundError("key: none with this identifier")
    typer.echo(f"{key_id}: revoked", err=True)


def read_settings() -> Settings:
    """From the environment. Raises `UsageError` that names the setting, not its value."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise UsageError(f"ZKPROOF_{name}: {first['msg']}") from None


def _with_database(work: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    async def run() -> T:
        engine = make_engine(read_settings().database)
        try:
            await migrate(engine)
            return await work(engine)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def main() -> None:
    """Run; an error is one line, and a hint where there is one."""
    try:
        commands()
    except ZkProofError as error:
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint is not None:
            print(f"hint: {error.hint}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
