"""``zkproof lists``: what an issuer publishes: status epochs, sets, exclusion lists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli.issuer_folder import (
    Home,
    open_issuer,
    progress_bar,
    records_of,
    schema_named,
)
from zkproof.cli.ledger_place import DEFAULT_LEDGER, LedgerPlace, appending, reading
from zkproof.cli.terminal import Json, note, passphrase, tell
from zkproof.clock import system_clock
from zkproof.credential.list_proof import spread_of
from zkproof.errors import UsageError
from zkproof.files import read
from zkproof.issuer import publishing
from zkproof.issuer.folder import Registration
from zkproof.issuer.list_entries import MAX_FILE_BYTES, read_members, read_numbers
from zkproof.issuer.publishing import Anchored, ListKeys
from zkproof.ledger.listing import iso_time
from zkproof.lists.complaint import MAX_COMPLAINT_BYTES, Complaint, check_complaint
from zkproof.trust import LIST_SEPARATOR, ListKind
from zkproof_circuits.schema import Schema

app = typer.Typer(help="Publish status and other lists.", no_args_is_help=True)

Out = Annotated[Path, typer.Option("--out", help="Folder that is served to holders.")]
_HOME, _OUT = Path("issuer"), Path("lists")


@app.command("open")
def open_list(
    name: Annotated[str, typer.Argument(help="Name of the list; for status, the schema's id.")],
    kind: Annotated[
        ListKind | None,
        typer.Option(
            help="members: a set; gaps: an exclusion list; status: a token for every record in"
            " good standing. Without it: good standing, by the gaps between revoked records."
        ),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(help="For members: SCHEMA.ATTRIBUTE whose values the list holds."),
    ] = None,
    location: Annotated[
        str | None, typer.Option(help="Address from which holders fetch the files.")
    ] = None,
    home: Home = _HOME,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Make a key for a list and register both on the ledger."""
    issuer = open_issuer(home)
    position = publishing.open_list(
        issuer,
        appending(ledger),
        ListKeys(home, lambda: passphrase("the list's key", new=True)),
        name,
        kind=kind,
        spread=None if like is None else spread_of(*_attribute_named(like, ledger)),
        location=location,
    )
    list_id = f"{issuer.issuer_id}{LIST_SEPARATOR}{name}"
    opened = (kind or ListKind.GAPS).value
    tell({"list": list_id, "kind": opened, "position": position}, as_json)


@app.command("revoke-key")
def revoke_key(
    name: Annotated[str, typer.Argument(help="Name of the list; for status, the schema's id.")],
    reason: Annotated[str, typer.Option(help="Stands on the ledger.")],
    home: Home = _HOME,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Revoke a list's key that was stolen; `zkproof lists open` then registers another one."""
    issuer = open_issuer(home)
    anchored = appending(ledger)
    position = publishing.revoke_list_key(issuer, anchored, _keys(home), name, reason)
    list_id = f"{issuer.issuer_id}{LIST_SEPARATOR}{name}"
    tell({"list": list_id, "position": position}, as_json)


@app.command("status")
def status(
    schema: Annotated[
        str, typer.Argument(help="Id of the schema, or its TOML file.")
    ] = "deposit-certificate",
    hours: Annotated[int, typer.Option(help="Length of an epoch; six at least.")] = 24,
    ahead: Annotated[
        bool, typer.Option("--ahead", help="Publish the next epoch, before it begins.")
    ] = False,
    out: Out = _OUT,
    home: Home = _HOME,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Publish an epoch: which records are in good standing, or which are revoked."""
    schema_id = schema_named(schema, ledger).id if schema.endswith(".toml") else schema
    issuer = open_issuer(home)
    with progress_bar("records") as progress:
        done = publishing.publish_standing(
            issuer,
            appending(ledger),
            _keys(home),
            out,
            schema_id,
            hours=hours,
            ahead=ahead,
            progress=progress,
        )
    _tell_published(done, as_json)


@app.command("publish")
def publish(
    name: Annotated[str, typer.Argument(help="Name of the list.")],
    file: Annotated[Path, typer.Argument(help="One entry a line.")],
    like: Annotated[
        str | None,
        typer.Option(help="For members: SCHEMA.ATTRIBUTE whose type the entries have."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="For example utf-8, gb18030, big5, windows-1252.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long it is current.")] = 7,
    out: Out = _OUT,
    home: Home = _HOME,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Publish a new version of a set, or of an exclusion list of integers."""
    publishing.require_days(days)
    list_id = f"{Registration.read(home).name.issuer_id}{LIST_SEPARATOR}{name}"
    known = publishing.known_list(reading(ledger), list_id)
    data = read(file, max_bytes=MAX_FILE_BYTES)
    try:
        if known.kind is ListKind.MEMBERS:
            schema, attribute = _attribute_named(like or "", ledger)
            if spread_of(schema, attribute) is not known.spread:
                raise UsageError(
                    f"--like: the list was opened for other values ({known.spread.value})",
                    hint="give --like to `zkproof lists open` too",
                )
            kind = schema.attribute(attribute).type
            entries = read_members(data, kind, encoding=encoding, warn=_warn)
        else:
            entries = read_numbers(data, encoding=encoding, warn=_warn)
    except UsageError as error:
        raise UsageError(f"{file}: {error.message}", hint=error.hint) from None
    issuer = open_issuer(home)
    with progress_bar("entries", len(entries)) as progress:
        done = publishing.publish_entries(
            issuer,
            appending(ledger),
            _keys(home),
            out,
            name,
            entries,
            days=days,
            progress=progress,
        )
    _tell_published(done, as_json)


@app.command("revoke")
def revoke(
    record: Annotated[
        str, typer.Argument(help="Record identifier, the offer's id in hex, or your reference.")
    ],
    reason: Annotated[str, typer.Option(help="For the issuer's own book.")],
    home: Home = _HOME,
    as_json: Json = False,
) -> None:
    """Take a record out of good standing from the next epoch on."""
    records = records_of(home)
    records.revoke(records.resolve(record), reason, now=system_clock())
    tell({"revoked": record, "takes effect": "with the next epoch"}, as_json)


@app.command("reinstate")
def reinstate(
    record: Annotated[
        str, typer.Argument(help="Record identifier, the offer's id in hex, or your reference.")
    ],
    home: Home = _HOME,
    as_json: Json = False,
) -> None:
    """Undo a revocation from the next epoch on."""
    records = records_of(home)
    records.reinstate(records.resolve(record))
    tell({"reinstated": record}, as_json)


@app.command("complain")
def complain(
    file: Annotated[Path, typer.Argument(help="A complaint that a wallet kept.")],
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Check against the ledger what shows that a list's owner contradicts itself."""
    made = Complaint.from_bytes(read(file, max_bytes=MAX_COMPLAINT_BYTES))
    reason = check_complaint(made, reading(ledger).trust().lists.get(made.list_id, ()))
    tell({"list": made.list_id, "version": made.version, "holds": True, "reason": reason}, as_json)


def _keys(home: Path) -> ListKeys:
    return ListKeys(home, lambda: passphrase("the list's key"))


def _warn(text: str) -> None:
    note(f"note: {text}")


def _tell_published(done: Anchored, as_json: bool) -> None:
    tell(
        {
            "list": done.list_id,
            "version": done.version,
            "entries": done.files.count,
            "octets": done.files.octets,
            "root": done.files.root,
            "folder": str(done.files.folder),
            "begins": iso_time(done.not_before),
            "ends": iso_time(done.not_after),
            "position": done.position,
        },
        as_json,
    )


def _attribute_named(like: str, ledger: str) -> tuple[Schema, str]:
    """The schema and the attribute of ``SCHEMA.ATTRIBUTE``. Raises `UsageError`, `SchemaError`."""
    schema, dot, name = like.rpartition(".")
    if not dot or not schema:
        raise UsageError("--like: SCHEMA.ATTRIBUTE is needed")
    found = schema_named(schema, ledger)
    found.attribute(name)
    return found, name
