"""``zkproof issuer``: keys, offers, credentials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from zkproof import bbs
from zkproof.cli import keyring
from zkproof.cli.ledger import read_pins
from zkproof.cli.terminal import Json, passphrase, read, tell, write_new
from zkproof.clock import system_clock
from zkproof.credential.ed25519 import Ed25519Signer
from zkproof.credential.issuing import IssuerIdentity, Offer, issue, make_offer
from zkproof.errors import UsageError
from zkproof.ledger.possession import prove_possession
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
        identity = IssuerIdentity(table["issuer"], table["name"], table["key"])
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{home}/issuer.json: not an issuer's registration") from None
    (secret,) = keyring.load(home / "issuer.key", passphrase("the issuer"), "signing")
    return bbs.SigningKey.from_octets(secret), identity


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
    home.mkdir(parents=True, exist_ok=True)
    signing, admin = bbs.SigningKey.generate(), Ed25519Signer.generate()
    secrets = {"signing": signing.export_secret(), "admin": admin.export_secret()}
    keyring.save(home / "issuer.key", secrets, passphrase("the new issuer", new=True))
    ledger_id = read_pins(ledger).ledger_id
    registration = {
        "issuer": issuer,
        "name": name,
        "admin_key": admin.public_key.hex(),
        "key": key,
        "public_key": signing.public_key.octets.hex(),
        "possession": prove_possession(signing, ledger_id, issuer, key).hex(),
        "not_before": system_clock(),
    }
    write_new(home / "issuer.json", json.dumps(registration, indent=2).encode() + b"\n")
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
        chosen = parse_schema(read(Path(schema)).decode("utf-8", errors="replace"))
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
