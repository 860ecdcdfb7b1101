"""``zkproof lists``: what an issuer publishes: status epochs, sets, exclusion lists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from zkproof import bbs
from zkproof.cli.issuer import Home, open_admin, registered
from zkproof.cli.terminal import Json, passphrase, tell
from zkproof.clock import system_clock
from zkproof.credential.encoding import attribute_scalar
from zkproof.errors import SchemaError, UsageError
from zkproof.files import read_text
from zkproof.issuer.records import IssuanceRecords
from zkproof.keys import keyring
from zkproof.ledger.ledger import Ledger
from zkproof.ledger.possession import Purpose, prove_possession
from zkproof.ledger.state import PublishedList
from zkproof.lists.publish import (
    Published,
    publish_gaps,
    publish_members,
    publish_status,
    remove_version,
)
from zkproof.trust import LIST_SEPARATOR, ListKind, status_list_id
from zkproof_circuits import library

Publisher = Callable[[bbs.SigningKey, Progress], Published]

app = typer.Typer(help="Publish status and other lists.", no_args_is_help=True)

LedgerFolder = Annotated[
    Path, typer.Option("--ledger", help="Folder of the ledger.", envvar="ZKPROOF_LEDGER")
]
Out = Annotated[Path, typer.Option("--out", help="Folder that is served to holders.")]
_HOME, _LEDGER, _OUT = Path("issuer"), Path("ledger"), Path("lists")


@app.command("open")
def open_list(
    name: Annotated[str, typer.Argument(help="Name of the list; for status, the schema's id.")],
    kind: Annotated[ListKind, typer.Option(help="status, members or gaps.")] = ListKind.STATUS,
    location: Annotated[
        str | None, typer.Option(help="Address from which holders fetch the files.")
    ] = None,
    home: Home = _HOME,
    ledger: LedgerFolder = _LEDGER,
    as_json: Json = False,
) -> None:
    """Make a key for a list and register both on the ledger."""
    issuer_id = registered(home)
    list_id = f"{issuer_id}{LIST_SEPARATOR}{name}"
    key = bbs.SigningKey.generate()
    secret = passphrase("the list's key", new=True)
    keyring.save(_key_file(home, name), {"list": key.export_secret()}, secret)
    anchored = Ledger.open(ledger, passphrase("the ledger"))
    body = {
        "list": list_id,
        "kind": kind.value,
        "public_key": key.public_key.octets,
        "possession": prove_possession(
            key, anchored.ledger_id, issuer_id, list_id, purpose=Purpose(kind.value)
        ),
        "location": location,
    }
    done = anchored.submit("list-authority", issuer_id, body, open_admin(home))
    tell({"list": list_id, "kind": kind.value, "position": done.position}, as_json)


@app.command("status")
def status(
    schema: Annotated[str, typer.Argument(help="Id of the schema.")] = "deposit-certificate",
    hours: Annotated[int, typer.Option(min=1, max=24 * 31, help="Length of an epoch.")] = 24,
    out: Out = _OUT,
    home: Home = _HOME,
    ledger: LedgerFolder = _LEDGER,
    as_json: Json = False,
) -> None:
    """Publish the current epoch: a token for every record that was issued and not revoked."""
    issuer_id = registered(home)
    list_id = status_list_id(issuer_id, schema)
    epoch = system_clock() // (3600 * hours)
    book = IssuanceRecords(home / "book.db")
    count, ids = book.standing(schema)

    def publish(key: bbs.SigningKey, progress: Progress) -> Published:
        task = progress.add_task("tokens", total=count)
        return publish_status(
            out,
            key,
            list_id,
            epoch,
            ids,
            count,
            progress=lambda done: progress.update(task, completed=done),
        )

    period = (epoch * 3600 * hours, (epoch + 1) * 3600 * hours)
    _publish(publish, list_id, epoch, period, ListKind.STATUS, (out, home, ledger), as_json)


@app.command("publish")
def publish(
    name: Annotated[str, typer.Argument(help="Name of the list.")],
    file: Annotated[Path, typer.Argument(help="One entry a line.")],
    like: Annotated[
        str | None,
        typer.Option(help="For members: SCHEMA.ATTRIBUTE whose type the entries have."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is current.")] = 7,
    out: Out = _OUT,
    home: Home = _HOME,
    ledger: LedgerFolder = _LEDGER,
    as_json: Json = False,
) -> None:
    """Publish a new version of a set, or of an exclusion list of integers."""
    issuer_id = registered(home)
    list_id = f"{issuer_id}{LIST_SEPARATOR}{name}"
    known = _known(ledger, list_id)
    lines = [line for line in read_text(file).splitlines() if line]
    version = known.versions[-1].version + 1 if known.versions else 1
    if known.kind is ListKind.GAPS:
        entries = _integers(lines)
    elif known.kind is ListKind.MEMBERS:
        entries = _scalars(lines, like)
    else:
        raise UsageError(f"{name}: a status list", hint="zkproof lists status")

    def make(key: bbs.SigningKey, progress: Progress) -> Published:
        task = progress.add_task("entries", total=len(entries))
        writer = publish_gaps if known.kind is ListKind.GAPS else publish_members
        return writer(
            out,
            key,
            list_id,
            version,
            entries,
            progress=lambda done: progress.update(task, completed=done),
        )

    now = system_clock()
    period = (now, now + 86_400 * days)
    _publish(make, list_id, version, period, known.kind, (out, home, ledger), as_json)


@app.command("revoke")
def revoke(
    record: Annotated[str, typer.Argument(help="Record identifier, or the offer's id in hex.")],
    reason: Annotated[str, typer.Option(help="For the issuer's own book.")],
    home: Home = _HOME,
    as_json: Json = False,
) -> None:
    """Take a record out of good standing from the next epoch on."""
    book = IssuanceRecords(home / "book.db")
    book.revoke(_offer(book, record), reason, now=system_clock())
    tell({"revoked": record, "takes effect": "with the next epoch"}, as_json)


@app.command("reinstate")
def reinstate(
    record: Annotated[str, typer.Argument(help="Record identifier, or the offer's id in hex.")],
    home: Home = _HOME,
    as_json: Json = False,
) -> None:
    """Undo a revocation from the next epoch on."""
    book = IssuanceRecords(home / "book.db")
    book.reinstate(_offer(book, record))
    tell({"reinstated": record}, as_json)


def _publish(
    make: Publisher,
    list_id: str,
    version: int,
    period: tuple[int, int],
    kind: ListKind,
    folders: tuple[Path, Path, Path],
    as_json: bool,
) -> None:
    """Write the files, then anchor them. What was written and never anchored is made again."""
    out, home, ledger = folders
    known = _known(ledger, list_id)
    if known.kind is not kind:
        raise UsageError(f"{list_id}: a list of kind {known.kind.value}")
    if known.versions and known.versions[-1].version >= version:
        raise UsageError(
            f"{list_id}: version {known.versions[-1].version} is published already",
            hint="a version never changes; publish when the next one begins",
        )
    remove_version(out, list_id, version)
    name = list_id.partition(LIST_SEPARATOR)[2]
    (secret,) = keyring.load(_key_file(home, name), passphrase("the list's key"), "list")
    key = bbs.SigningKey.from_octets(secret)
    if key.public_key.octets != known.public_key:
        raise UsageError(f"{list_id}: the ledger knows another key")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        made = make(key, progress)
    body = {
        "list": list_id,
        "version": version,
        "not_before": period[0],
        "not_after": period[1],
        "count": made.count,
        "root": made.root,
    }
    anchored = Ledger.open(ledger, passphrase("the ledger"))
    done = anchored.submit("list-version", registered(home), body, open_admin(home))
    tell(
        {
            "list": list_id,
            "version": version,
            "entries": made.count,
            "octets": made.octets,
            "root": made.root,
            "folder": str(made.folder),
            "position": done.position,
        },
        as_json,
    )


def _known(ledger: Path, list_id: str) -> PublishedList:
    known = Ledger.open(ledger).state.lists.get(list_id)
    if known is None:
        raise UsageError(f"{list_id}: no such list on the ledger", hint="zkproof lists open NAME")
    return known


def _key_file(home: Path, name: str) -> Path:
    return home / f"list-{name}.key"


def _integers(lines: list[str]) -> list[int]:
    if not all(line.isascii() and line.isdigit() for line in lines):
        bad = next(i for i, line in enumerate(lines, 1) if not line.isdigit())
        raise UsageError(f"line {bad}: not an integer")
    return [int(line) for line in lines]


def _scalars(lines: list[str], like: str | None) -> list[int]:
    schema_id, dot, name = (like or "").partition(".")
    if not dot or schema_id not in library.schema_names():
        raise UsageError("--like: SCHEMA.ATTRIBUTE is needed, of a packaged schema")
    kind = library.schema(schema_id).attribute(name).type
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(attribute_scalar(kind, kind.parse(line, field=name)))
        except SchemaError as error:
            raise UsageError(f"line {number}: {error.message}") from None
    return found


def _offer(book: IssuanceRecords, record: str) -> bytes:
    if record.isascii() and record.isdigit():
        return book.offer_of(int(record))
    try:
        return bytes.fromhex(record)
    except ValueError:
        raise UsageError("record: an identifier, or an offer's id in hexadecimal") from None
