"""``zkproof ledger show``, ``entries``, ``verify``, ``bundle``.

For whoever reads a ledger: nothing here needs a key.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli import monitoring
from zkproof.cli.bundle import check, facts_of
from zkproof.cli.ledger_place import DEFAULT_LEDGER, LedgerPlace, reading
from zkproof.cli.terminal import Json, note, tell
from zkproof.files import write_new
from zkproof.ledger.ledger import Ledger
from zkproof.ledger.listing import iso_time, listed
from zkproof.trust import Issuer, RegisteredVerifier

Day = Annotated[datetime.datetime | None, typer.Option(formats=["%Y-%m-%d"])]


def say_notices(ledger: Ledger) -> None:
    """What the reader should know of this reading."""
    for each in ledger.notices:
        note(f"note: {each}")


def show(ledger: LedgerPlace = DEFAULT_LEDGER, as_json: Json = False) -> None:
    """Who is registered, with which keys, as a verified reader sees it."""
    reader = reading(ledger)
    view, state = reader.trust(), reader.state
    say_notices(reader)
    tell(
        {
            "ledger": view.ledger_id,
            "entries": view.tree_size,
            "as of": iso_time(view.as_of),
            "root": view.root_hash,
            "issuers": {each.issuer_id: _issuer(each) for each in view.issuers.values()},
            "registries": {name: sorted(ids) for name, ids in view.registries.items()},
            "auditors": {a.auditor_id: f"{a.name}, key {a.key_id}" for a in view.auditors.values()},
            "lists": {
                name: f"{each.kind.value}, "
                + (f"version {each.versions[-1].version}" if each.versions else "nothing yet")
                for name, each in state.lists.items()
            },
            "verifiers": {each.verifier_id: _verifier(each) for each in view.verifiers.values()},
            "schemas": [f"{s.id} v{s.version} {s.digest.hex()}" for s in view.schemas.values()],
        },
        as_json,
    )


def entries(
    kind: Annotated[
        list[str] | None, typer.Option(help="Only these types. Can stand several times.")
    ] = None,
    author: Annotated[str | None, typer.Option(help="Only by this author.")] = None,
    subject: Annotated[
        str | None, typer.Option(help="Only about this issuer, verifier, schema, list …")
    ] = None,
    since: Day = None,
    until: Day = None,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Every entry: position, time (UTC), author, type, whom or what it is about."""
    reader = reading(ledger)
    found = [
        each
        for each in listed(reader.entries())
        if (not kind or each.kind in kind)
        and author in (None, each.author)
        and subject in (None, each.subject)
        and (since is None or each.time >= _seconds(since))
        and (until is None or each.time < _seconds(until) + 86_400)
    ]
    say_notices(reader)
    if as_json:
        typer.echo(json.dumps([facts_of(each) for each in found], indent=2, ensure_ascii=False))
        return
    for each in found:
        line = f"{each.position}  {each.when}  {each.author}  {each.kind}  {each.subject}"
        typer.echo(f"{line}  {each.details}".rstrip())


def bundle(
    position: Annotated[int, typer.Argument(help="Which entry.")],
    out: Annotated[Path, typer.Argument(help="File to write; one in .tlog-proof has C2SP's form.")],
    ledger: LedgerPlace = DEFAULT_LEDGER,
) -> None:
    """Write an entry with its proof, to be checked offline."""
    made = reading(ledger).bundle(position)
    write_new(out, made.to_proof() if out.suffix == ".tlog-proof" else made.to_bytes())
    note(f"{out}: entry {position} with its inclusion proof")
    note(f"hint: zkproof bundle check {out} --pins {ledger}/pins.json")


def verify(ledger: LedgerPlace = DEFAULT_LEDGER, as_json: Json = False) -> None:
    """Verify checkpoint, hashes and every rule, as a reader does."""
    reader = reading(ledger)
    view = reader.trust()
    say_notices(reader)
    facts = {"ledger": view.ledger_id, "entries": view.tree_size, "as of": iso_time(view.as_of)}
    tell({**facts, "verified": True}, as_json)


def add_to(app: typer.Typer) -> None:
    """Put the reading commands into ``zkproof ledger``."""
    app.command("show")(show)
    app.command("entries")(entries)
    app.command("bundle")(bundle)
    app.command("verify-bundle")(check)
    app.command("verify")(verify)
    app.command("monitor")(monitoring.monitor)
    app.command("check-evidence")(monitoring.check_evidence)


def _issuer(issuer: Issuer) -> str:
    keys = []
    for key in issuer.keys.values():
        said = f"key {key.key_id} from {iso_time(key.not_before)}"
        if key.not_after is not None:
            said += f" until {iso_time(key.not_after)}"
        if key.revoked_at is not None:
            said += f", REVOKED {iso_time(key.revoked_at)}"
        keys.append(said)
    suspended = ", SUSPENDED" if issuer.suspended else ""
    return f"{issuer.name}{suspended}; {'; '.join(keys)}"


def _verifier(verifier: RegisteredVerifier) -> str:
    asks = ", ".join(f"{name} v{version}" for name, version in sorted(verifier.policies))
    suspended = ", SUSPENDED" if verifier.suspended else ""
    return f"{verifier.name}{suspended}; key {verifier.key_id}; policies: {asks or 'none'}"


def _seconds(day: datetime.datetime) -> int:
    return int(day.replace(tzinfo=datetime.UTC).timestamp())
