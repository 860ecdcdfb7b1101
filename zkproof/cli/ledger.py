"""``zkproof ledger``: run the embedded ledger, read it, check it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zkproof.cli import keyring
from zkproof.cli.terminal import Json, note, passphrase, read, read_text, tell, write_new
from zkproof.clock import system_clock
from zkproof.credential.ed25519 import Ed25519Signer
from zkproof.errors import DecodeError, UsageError
from zkproof.ledger.bundle import make_bundle
from zkproof.ledger.entries import GOVERNANCE, Entry, make_entry
from zkproof.ledger.following import follow as bring_up_to_date
from zkproof.ledger.fsck import fsck as check_file
from zkproof.ledger.log import Appended, Log
from zkproof.ledger.pins import Pins
from zkproof.ledger.reader import LedgerReader
from zkproof.ledger.store import LogStore
from zkproof_circuits import library
from zkproof_circuits.schema_text import parse_schema

app = typer.Typer(
    help="The embedded ledger: issuer keys, schemas, registries.", no_args_is_help=True
)

Folder = Annotated[
    Path, typer.Option("--ledger", help="Folder of the ledger.", envvar="ZKPROOF_LEDGER")
]
_DEFAULT = Path("ledger")


def open_log(folder: Path) -> tuple[Log, Ed25519Signer]:
    """The log for appending, and its governance key."""
    secret, governance = keyring.load(
        folder / "ledger.key", passphrase("the ledger"), "log", "governance"
    )
    pins = read_pins(folder)
    key = Ed25519PrivateKey.from_private_bytes(secret)
    log = Log.open(folder / "ledger.db", pins.origin, key)
    return log, Ed25519Signer.from_octets(governance)


def read_pins(folder: Path) -> Pins:
    """What a reader pins: identifiers, log key, governance root. Raises `UsageError`."""
    try:
        return Pins.from_json(read(folder / "pins.json"))
    except DecodeError as error:
        raise UsageError(f"{folder}/pins.json: {error.message}") from None


def follow(folder: Path) -> LedgerReader:
    """A reader that has verified the whole log. Raises `LedgerError`."""
    reader = LedgerReader(read_pins(folder))
    bring_up_to_date(reader, folder / "ledger.db", now=system_clock())
    return reader


def append(folder: Path, kind: str, body: dict[str, Any]) -> Appended:
    """Append what governance says."""
    log, governance = open_log(folder)
    now = system_clock()
    entry = make_entry(log.state.ledger_id, kind, GOVERNANCE, body, governance, now=now)
    return log.append(entry)


def submit(
    folder: Path, kind: str, author: str, body: dict[str, Any], signer: Ed25519Signer
) -> Appended:
    """Append what somebody else than governance says, signed by its own key."""
    log, _ = open_log(folder)
    entry = make_entry(log.state.ledger_id, kind, author, body, signer, now=system_clock())
    return log.append(entry)


@app.command("init")
def init(
    name: Annotated[str, typer.Argument(help="Identifier, for example ledger.example.mo")],
    ledger: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Start a ledger: keys, the governance root, all packaged schemas."""
    ledger.mkdir(parents=True, exist_ok=True)
    log_key, governance = Ed25519PrivateKey.generate(), Ed25519Signer.generate()
    secrets = {"log": log_key.private_bytes_raw(), "governance": governance.export_secret()}
    keyring.save(ledger / "ledger.key", secrets, passphrase("the new ledger", new=True))
    log = Log.open(ledger / "ledger.db", name, log_key, create=True)
    now = system_clock()
    root = {"keys": [governance.public_key], "threshold": 1, "name": name}
    log.append(make_entry(name, "governance-root", GOVERNANCE, root, governance, now=now))
    pins = log.pins()
    write_new(ledger / "pins.json", pins.to_json())
    for schema in library.all_schemas():
        body = {"schema": schema.to_bytes()}
        log.append(make_entry(name, "schema-publish", GOVERNANCE, body, governance, now=now))
    facts = {"origin": pins.origin, "log_key": pins.log_key.hex(), "root": pins.root.hex()}
    tell({"ledger": name, "entries": log.store.size(), **facts}, as_json)


@app.command("publish-schema")
def publish_schema(
    file: Annotated[Path, typer.Argument(help="Schema as TOML.")],
    ledger: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Publish a schema."""
    schema = parse_schema(read_text(file))
    done = append(ledger, "schema-publish", {"schema": schema.to_bytes()})
    tell({"schema": schema.id, "digest": schema.digest, "position": done.position}, as_json)


@app.command("register-issuer")
def register_issuer(
    file: Annotated[Path, typer.Argument(help="Registration, from `zkproof issuer init`.")],
    ledger: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Register an issuer and its first key."""
    table = json.loads(read(file))
    body = {
        "issuer": table["issuer"],
        "name": table["name"],
        "admin_key": bytes.fromhex(table["admin_key"]),
        "key": table["key"],
        "public_key": bytes.fromhex(table["public_key"]),
        "possession": bytes.fromhex(table["possession"]),
        "not_before": table["not_before"],
        "not_after": None,
    }
    done = append(ledger, "issuer-register", body)
    tell({"issuer": table["issuer"], "key": table["key"], "position": done.position}, as_json)


@app.command("publish-registry")
def publish_registry(
    registry: Annotated[str, typer.Argument(help="Name, for example mo-banks.")],
    issuers: Annotated[list[str], typer.Argument(help="Issuers it lists.")],
    ledger: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Publish a list of accredited issuers; a later one replaces it."""
    log, _ = open_log(ledger)
    known = log.state.registries.get(registry)
    version = known.version + 1 if known else 1
    body = {"registry": registry, "version": version, "issuers": sorted(set(issuers))}
    done = append(ledger, "registry-publish", body)
    tell({"registry": registry, "version": version, "position": done.position}, as_json)


@app.command("register-verifier")
def register_verifier(
    file: Annotated[Path, typer.Argument(help="Registration, from `zkproof request init`.")],
    ledger: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Register a verifier, so that a holder can see who asks."""
    table = json.loads(read(file))
    body = {**table, "public_key": bytes.fromhex(table["public_key"])}
    done = append(ledger, "verifier-register", body)
    tell({"verifier": table["verifier"], "position": done.position}, as_json)


@app.command("register-auditor")
def register_auditor(
    file: Annotated[Path, typer.Argument(help="Registration, from `zkproof auditor register`.")],
    ledger: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Register an auditor, or the next key of one that is registered."""
    table = json.loads(read(file))
    body = {
        **table,
        "public_key": bytes.fromhex(table["public_key"]),
        "possession": bytes.fromhex(table["possession"]),
    }
    log, _ = open_log(ledger)
    kind = "auditor-register"
    if table["auditor"] in log.state.auditors:
        kind = "auditor-rotate-key"
        del body["name"]
    done = append(ledger, kind, body)
    tell({"auditor": table["auditor"], "key": table["key"], "position": done.position}, as_json)


@app.command("revoke-key")
def revoke_key(
    issuer: Annotated[str, typer.Argument()],
    key: Annotated[str, typer.Argument()],
    reason: Annotated[str, typer.Option()] = "compromised",
    ledger: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Revoke an issuer's key: nothing it signed is accepted any more."""
    body = {"issuer": issuer, "key": key, "reason": reason}
    done = append(ledger, "issuer-revoke-key", body)
    tell({"issuer": issuer, "revoked": key, "position": done.position}, as_json)


@app.command("show")
def show(ledger: Folder = _DEFAULT, as_json: Json = False) -> None:
    """Who is registered, with which keys, as a verified reader sees it."""
    reader = follow(ledger)
    view = reader.trust_view()
    tell(
        {
            "ledger": view.ledger_id,
            "entries": view.tree_size,
            "root": view.root_hash,
            "issuers": {
                issuer.issuer_id: ", ".join(
                    f"{key.key_id}{' REVOKED' if key.revoked_at is not None else ''}"
                    for key in issuer.keys.values()
                )
                + (" SUSPENDED" if issuer.suspended else "")
                for issuer in view.issuers.values()
            },
            "registries": {name: sorted(ids) for name, ids in view.registries.items()},
            "auditors": {a.auditor_id: f"{a.name}, key {a.key_id}" for a in view.auditors.values()},
            "lists": {
                name: f"{each.kind.value}, "
                + (f"version {each.versions[-1].version}" if each.versions else "nothing yet")
                for name, each in reader.state.lists.items()
            },
            "verifiers": {v.verifier_id: v.name for v in reader.state.verifiers.values()},
            "schemas": [f"{s.id} v{s.version} {s.digest.hex()}" for s in view.schemas.values()],
        },
        as_json,
    )


@app.command("entries")
def entries(ledger: Folder = _DEFAULT, as_json: Json = False) -> None:
    """Every entry: position, time, author, type."""
    listed = [Entry.from_bytes(data) for data in LogStore(ledger / "ledger.db").entries()]
    lines = {str(i): f"{e.time} {e.author} {e.type}" for i, e in enumerate(listed)}
    tell(lines, as_json)


@app.command("bundle")
def bundle(
    position: Annotated[int, typer.Argument(help="Which entry.")],
    out: Annotated[Path, typer.Argument(help="File to write.")],
    ledger: Folder = _DEFAULT,
) -> None:
    """Write an entry with its proof, to be checked offline."""
    log, _ = open_log(ledger)
    write_new(out, make_bundle(log, position).to_bytes())
    note(f"{out}: entry {position} with its inclusion proof")


@app.command("verify")
def verify(ledger: Folder = _DEFAULT, as_json: Json = False) -> None:
    """Verify checkpoint, hashes and every rule, as a reader does."""
    reader = follow(ledger)
    tell({"ledger": reader.pins.ledger_id, "entries": reader.size, "verified": True}, as_json)


@app.command("refresh")
def refresh(ledger: Folder = _DEFAULT, as_json: Json = False) -> None:
    """Sign the newest checkpoint again; needed once a day when nothing is appended."""
    log, _ = open_log(ledger)
    tell({"entries": log.refresh().size}, as_json)


@app.command("fsck")
def fsck(ledger: Folder = _DEFAULT, as_json: Json = False) -> None:
    """Check the file from end to end; exit code 1 when something is wrong."""
    pins = read_pins(ledger)
    found = check_file(ledger / "ledger.db", pins.origin, pins.log_key)
    tell({"findings": found or ["none"]}, as_json)
    if found:
        raise typer.Exit(1)
