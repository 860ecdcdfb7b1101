"""``zkproof issuer``: keys, offers, credentials."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from zkproof import bbs
from zkproof.cli.terminal import Json, note, passphrase, tell
from zkproof.clock import system_clock
from zkproof.credential.issuing import IssuerIdentity, Offer, issue, make_offer
from zkproof.errors import UsageError
from zkproof.files import read, read_text, write_new
from zkproof.issuer.camt053 import deposit_rows, read_statements
from zkproof.issuer.csv_rows import BadRow, read_csv
from zkproof.issuer.issuer import Issuer
from zkproof.issuer.records import IssuanceRecords
from zkproof.keys import keyring
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.ledger import read_pins
from zkproof_circuits import library
from zkproof_circuits.schema_text import parse_schema

app = typer.Typer(help="Issue credentials.", no_args_is_help=True)

Home = Annotated[
    Path, typer.Option("--issuer", help="Folder of the issuer.", envvar="ZKPROOF_ISSUER")
]
_DEFAULT = Path("issuer")


def open_issuer(home: Path) -> tuple[bbs.SigningKey, IssuerIdentity]:
    """Signing key and identity. Raises `WalletError` and `UsageError`."""
    try:
        table = json.loads(read(home / "issuer.json"))
        identity = IssuerIdentity(table["issuer"], table["name"], table["key"], table["ledger"])
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{home}/issuer.json: not an issuer's registration") from None
    (secret,) = keyring.load(home / "issuer.key", passphrase("the issuer"), "signing")
    return bbs.SigningKey.from_octets(secret), identity


def registered(home: Path) -> str:
    """The issuer's identifier. Raises `UsageError`."""
    try:
        return str(json.loads(read(home / "issuer.json"))["issuer"])
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{home}/issuer.json: not an issuer's registration") from None


def open_admin(home: Path) -> Ed25519Signer:
    """The key that signs the issuer's entries on the ledger. Raises `WalletError`."""
    (secret,) = keyring.load(home / "issuer.key", passphrase("the issuer"), "admin")
    return Ed25519Signer.from_octets(secret)


@app.command("init")
def init(
    issuer: Annotated[str, typer.Argument(help="Identifier, for example did:web:bank.example")],
    name: Annotated[str, typer.Argument(help="Name for people.")],
    ledger: Annotated[Path, typer.Option(help="Folder with the ledger's pins.json.")] = Path(
        "ledger"
    ),
    key: Annotated[str, typer.Option(help="Identifier of the first key.")] = "1",
    home: Home = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Make keys and the registration to hand to the ledger's governance."""
    Issuer.create(
        issuer,
        name,
        folder=home,
        ledger_id=read_pins(ledger).ledger_id,
        key_id=key,
        passphrase=passphrase("the new issuer", new=True),
    )
    tell({"issuer": issuer, "registration": str(home / "issuer.json")}, as_json)


@app.command("offer")
def offer(
    schema: Annotated[str, typer.Argument(help="Name of a packaged schema, or a TOML file.")],
    out: Annotated[Path, typer.Argument(help="File to write the offer to.")],
    days: Annotated[int, typer.Option(help="How long it can be answered.")] = 7,
    home: Home = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Make a one-shot offer for a holder to answer."""
    key, identity = open_issuer(home)
    if schema in library.schema_names():
        chosen = library.schema(schema)
    else:
        chosen = parse_schema(read_text(Path(schema)))
    made = make_offer(key, identity, chosen, expires_at=system_clock() + days * 86_400)
    write_new(out, made.to_bytes())
    tell({"offer": made.offer_id, "schema": chosen.id, "file": str(out)}, as_json)


@app.command("issue")
def issue_one(
    offer_file: Annotated[Path, typer.Argument(help="The offer.")],
    commitment: Annotated[Path, typer.Argument(help="The holder's answer to it.")],
    values: Annotated[Path, typer.Argument(help="JSON object: attribute names to texts.")],
    out: Annotated[Path, typer.Argument(help="File to write the credential to.")],
    home: Home = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Sign a credential: values as texts, each held against the schema."""
    key, _ = open_issuer(home)
    made = Offer.from_bytes(read(offer_file))
    try:
        record = json.loads(read(values))
    except ValueError:
        raise UsageError(f"{values}: not JSON") from None
    if not isinstance(record, dict) or not all(isinstance(v, str) for v in record.values()):
        raise UsageError(f"{values}: an object of texts is needed")
    parsed = made.schema.parse_record(record)
    credential = issue(key, made, parsed, read(commitment), now=system_clock())
    write_new(out, credential.to_bytes(), secret=True)
    tell({"schema": made.schema.id, "credential": str(out)}, as_json)


@app.command("bulk")
def bulk(
    file: Annotated[Path, typer.Argument(help="The bank's export: CSV or camt.053 (XML).")],
    schema: Annotated[str, typer.Option(help="Name of a packaged schema.")] = "deposit-certificate",
    on_error: Annotated[
        str, typer.Option(help="stop: take nothing of a file with a bad row; skip: take the rest.")
    ] = "stop",
    days: Annotated[int, typer.Option(help="How long offers can be answered.")] = 30,
    residency: Annotated[str, typer.Option(help="For camt.053: residency of the holders.")] = "MO",
    home: Home = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Turn a file of records into one-shot offers; run it again and nothing is issued twice."""
    if on_error not in ("stop", "skip"):
        raise UsageError("--on-error: stop or skip")
    key, identity = open_issuer(home)
    chosen = library.schema(schema)
    data = read(file)
    if data.lstrip()[:1] == b"<":
        salt = _salt(home)
        found = list(
            deposit_rows(
                read_statements(data),
                chosen,
                bank=identity.name,
                residency=residency,
                valid_days=90,
                salt=salt,
            )
        )
    else:
        record_id = chosen.roles.record_id
        assigned = frozenset() if record_id is None else frozenset({record_id})
        found = list(read_csv(data, chosen, assigned=assigned))
    bad = [row for row in found if isinstance(row, BadRow)]
    for row in bad:
        note(f"row {row.line}: {row.reason}")
    if bad and on_error == "stop":
        raise UsageError(
            f"{file}: {len(bad)} bad rows; nothing was taken",
            hint="correct them, or --on-error skip",
        )
    good = [row for row in found if not isinstance(row, BadRow)]
    book = IssuanceRecords(home / "book.db")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("importing", total=len(good))
        done = book.import_rows(
            good,
            schema=chosen,
            signing_key=key,
            issuer=identity,
            expires_at=system_clock() + days * 86_400,
            progress=lambda count: progress.update(task, completed=count),
        )
    facts = {"new offers": done.new, "known before": done.known, "bad rows": len(bad)}
    tell({**facts, "book": str(home / "book.db")}, as_json)


@app.command("offers")
def offers(
    out: Annotated[Path, typer.Argument(help="Folder to write the open offers to.")],
    home: Home = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Write every offer of the book to a file, to be handed to its holder."""
    book = IssuanceRecords(home / "book.db")
    out.mkdir(parents=True, exist_ok=True)
    written = 0
    for offer_id in book.offers():
        target = out / f"{offer_id.hex()}.offer"
        if not target.exists():
            write_new(target, book.offer(offer_id).to_bytes())
            written += 1
    tell({"written": written, "folder": str(out)}, as_json)


@app.command("answer")
def answer(
    offer_file: Annotated[Path, typer.Argument(help="An offer of the book.")],
    commitment: Annotated[Path, typer.Argument(help="The holder's answer to it.")],
    out: Annotated[Path, typer.Argument(help="File to write the credential to.")],
    home: Home = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Sign the credential of an answered offer of the book, once."""
    key, _ = open_issuer(home)
    book = IssuanceRecords(home / "book.db")
    made = Offer.from_bytes(read(offer_file))
    credential = book.answer(made.offer_id, read(commitment), signing_key=key, now=system_clock())
    write_new(out, credential.to_bytes(), secret=True)
    tell({"schema": made.schema.id, "credential": str(out)}, as_json)


def _salt(home: Path) -> bytes:
    """The issuer's salt for account and document digests, made once."""
    path = home / "salt"
    if not path.exists():
        write_new(path, secrets.token_bytes(32), secret=True)
    return read(path)
