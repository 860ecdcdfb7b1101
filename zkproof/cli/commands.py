"""All commands and groups of the program, each loaded only when it is called.

A program that starts for one command should not import the others: `zkproof wallet list` needs
neither the auditors nor the service, and ``--help`` needs nothing. One-line helps stand here for
that; a test holds them equal to what the modules say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

import typer


class _Entry(NamedTuple):
    module: str
    help: str
    command: str | None = None
    """The function of a single command; a group's module has an ``app``."""


ENTRIES = {
    "demo": _Entry(
        "demo",
        'From a bank\'s export file to a verified "balance at least", and five attacks refused.',
        "demo",
    ),
    "scenario": _Entry(
        "scenario",
        "A story from the region: who proves what to whom, and who fails for which reason.",
        "scenario",
    ),
    "wallet": _Entry("wallet", "Keep credentials and answer requests."),
    "issuer": _Entry("issuer", "Issue credentials."),
    "renewal": _Entry("renewal", "Issue under the link secret of an earlier certificate."),
    "lists": _Entry("lists", "Publish status and other lists."),
    "schema": _Entry("schema", "Schemas: what certificates hold."),
    "policy": _Entry("policy", "Policies: what is asked."),
    "request": _Entry("request", "Ask for facts."),
    "verify": _Entry(
        "request",
        "Verify a presentation and use the request up; exit code 1 when it is refused.",
        "verify",
    ),
    "ledger": _Entry("ledger", "The embedded ledger: issuer keys, schemas, registries."),
    "witness": _Entry("witness", "Cosign logs, so that nobody is shown another history."),
    "bundle": _Entry("bundle", "One ledger entry with its proof, in a file."),
    "receipt": _Entry("receipt", "Receipts: who asked what, when and with which result."),
    "auditor": _Entry("auditor", "Hold an auditor's key together; open what it may."),
    "serve": _Entry(
        "serve",
        "Serve requests and take answers. Settings come from the environment: see"
        " docs/operations.md.",
        "serve",
    ),
    "info": _Entry(
        "info", "Show the version, the curve backend in use and the reason for it.", "info"
    ),
}


def program(arguments: Sequence[str] | None = None) -> typer.Typer:
    """The program; with ``arguments``, only the command that they call is loaded."""
    app = typer.Typer(
        name="zkproof",
        help="Prove facts from signed certificates without showing the certificates.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    called = None if arguments is None else next(iter(arguments), "")
    for name, entry in ENTRIES.items():
        if called not in (None, name):
            app.command(name, help=entry.help)(_not_called)
        elif entry.command is None:
            app.add_typer(_loaded(entry).app, name=name, help=entry.help)
        else:
            function: Callable[..., None] = getattr(_loaded(entry), entry.command)
            app.command(name)(function)
    return app


def _loaded(entry: _Entry) -> ModuleType:
    return import_module(f"zkproof.cli.{entry.module}")


def _not_called() -> None:
    """Stands for a command that was not called, in the list of all."""
