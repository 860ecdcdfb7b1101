"""``python -m zkproof_server``: serve; ``check`` looks whether it could; ``keys NAME`` makes an API
key, ``revoke ID`` ends one.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from zkproof.clock import system_clock
from zkproof.errors import NotFoundError, UsageError, ZkProofError
from zkproof_server import logs, serving, supervisor
from zkproof_server.access.service import OPERATOR_SCOPES, SCOPES, Keys
from zkproof_server.app import create_app
from zkproof_server.checking import check_all
from zkproof_server.database import Database
from zkproof_server.settings import Settings
from zkproof_server.tenants import DEFAULT, TenantFolders
from zkproof_server.trust import FileLedger

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
    tenants = _tenants(settings)
    serving.prepare_database(settings.database, now=system_clock())
    at = serving.listening(settings.host, settings.port)
    ledger = _ledger(settings)
    if settings.workers == 1:
        app = create_app(settings, tenants, ledger)
        serving.run(app, settings, at, serving.announce)
    else:
        del ledger, tenants  # each worker opens its own
        supervisor.Supervisor(settings.workers, at).run(serving.announce)


@commands.command("worker", hidden=True)
def worker(
    at: Annotated[int, typer.Argument(help="Descriptor of the socket.")],
    pipe: Annotated[int, typer.Argument(help="Descriptor of the pipe to the parent.")],
) -> None:
    """One of several processes of a service."""
    logs.configure()
    settings = read_settings()
    started = supervisor.report_ready(pipe)
    app = create_app(settings, _tenants(settings), _ledger(settings))
    serving.run(app, settings, socket.socket(fileno=at), started)


@commands.command("check")
def check() -> None:
    """Look at everything that serving needs, without serving."""
    logs.configure()
    settings = read_settings()
    for name, said in check_all(settings, system_clock):
        typer.echo(f"{name}: {said}")


@commands.command("keys")
def keys(
    name: Annotated[str, typer.Argument(help="Who will use it, for people.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="May be repeated; all scopes when left out.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Whose key it is.")] = DEFAULT,
    operator: Annotated[
        bool, typer.Option("--operator", help="A key of the service's operator, of no tenant.")
    ] = False,
) -> None:
    """Make an API key and print it: once, for it is not kept."""
    allowed = OPERATOR_SCOPES if operator else SCOPES
    scopes = frozenset(scope) if scope else {each.value for each in allowed}
    settings = read_settings()
    if not operator and tenant != DEFAULT:
        _tenants(settings).get(tenant)
    owner = None if operator else tenant
    made = _with_keys(settings, lambda kept: kept.create(name, scopes, tenant=owner))
    typer.echo(made.secret)


@commands.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="What stands between the key's underscores.")],
) -> None:
    """End an API key."""
    if not _with_keys(read_settings(), lambda kept: kept.revoke(key_id)):
        raise NotFoundError("key: none with this identifier")
    typer.echo(f"{key_id}: revoked", err=True)


def read_settings() -> Settings:
    """From the environment. Raises `UsageError` that names the setting, not its value."""
    try:
        return Settings()
    except ValidationError as error:
        first: Any = error.errors(include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise UsageError(f"ZKPROOF_{name}: {first['msg']}") from None


def _tenants(settings: Settings) -> TenantFolders:
    return TenantFolders(settings.verifier, settings.tenants, settings.passphrase)


def _ledger(settings: Settings) -> FileLedger:
    return FileLedger(settings.ledger, system_clock, state=settings.ledger_state)


def _with_keys(settings: Settings, work: Callable[[Keys], T]) -> T:
    database = Database(settings.database)
    try:
        database.migrate()
        return work(Keys(database, system_clock))
    finally:
        database.close()


def main() -> None:
    """Run the service."""
    run_program(commands)


def run_program(program: typer.Typer) -> None:
    """Run; an error is one line, and a hint where there is one."""
    try:
        program()
    except ZkProofError as error:
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint is not None:
            print(f"hint: {error.hint}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
