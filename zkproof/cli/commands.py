"""All commands and groups of the program."""

from __future__ import annotations

import typer

from zkproof.cli import (
    auditor,
    demo,
    info,
    issuer,
    ledger,
    lists,
    policy,
    request,
    scenario,
    serve,
    wallet,
)

app = typer.Typer(
    name="zkproof",
    help="Prove facts from signed certificates without showing the certificates.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("info")(info.info)
app.command("demo")(demo.demo)
app.command("scenario")(scenario.scenario)
app.add_typer(issuer.app, name="issuer")
app.add_typer(lists.app, name="lists")
app.add_typer(wallet.app, name="wallet")
app.add_typer(ledger.app, name="ledger")
app.add_typer(request.app, name="request")
app.add_typer(auditor.app, name="auditor")
app.add_typer(policy.app, name="policy")
app.command("verify")(request.verify)
app.command("serve")(serve.serve)
