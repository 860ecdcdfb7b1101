"""``zkproof ledger``: run the embedded ledger, read it, check it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli.terminal import Json, note, passphrase, tell
from zkproof.files import read, read_text, write_new
from zkproof.ledger.bundle import make_bundle
from zkproof.ledger.entries import Entry
from zkproof.ledger.fsck import fsck as check_file
from zkproof.ledger.ledger import Ledger, read_pins
from zkproof.ledger.store import LogStore
from zkproof_circuits.schema_text import parse_schema

app = typer.Typer(
    help="The embedded ledger: issuer keys, schemas, registries.", no_args_is_help=True
)

Folder = Annotated[
    Path, typer.Option("--ledger", help="Folder of the ledger.", envvar="ZKPROOF_LEDGER")
]
_DEFAULT = Path("ledger")


def opened(folder: Path) -> Ledger:
    """The ledger with its keys, for appending."""
    return Ledger.open(folder, passphrase("the ledger"))


@app.command("init")
def init(
    name: Annotated[str, typer.Argument(help="Identifier, for example ledger.example.mo")],
    ledger: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Start a ledger: keys, the governance root, all packaged schemas."""
    made = Ledger.create(ledger, name, passphrase("the new ledger", new=True))
    pins = made.pins
    facts = {"origin": pins.origin, "log_key": pins.log_key.hex(), "root": pins.root.hex()}
    tell({"ledger": name, "entries": made.trust().tree_size, **facts}, as_json)


@app.command("publish-schema")
def publish_schema(
    file: Annotated[Path, typer.Argument(help="Schema as TOML.")],
    ledger: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Publish a schema."""
    schema = parse_schema(read_text(file))
    done = opened(ledger).govern("schema-publish", {"schema": schema.to_bytes()})
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
    done = opened(ledger).govern("issuer-register", body)
    tell({"issuer": table["issuer"], "key": table["key"], "position": done.position}, as_json)


@app.command("publish-registry")
def publish_registry(
    registry: Annotated[str, typer.Argument(help="Name, for example mo-banks.")],
    issuers: Annotated[list[str], typer.Argument(help="Issuers it lists.")],
    ledger: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Publish a list of accredited issuers; a later one replaces it."""
    writable = opened(ledger)
    done = writable.publish_registry(registry, issuers)
    version = writable.state.registries[registry].version
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
    done = opened(ledger).govern("verifier-register", body)
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
    writable = opened(ledger)
    kind = "auditor-register"
    if table["auditor"] in writable.state.auditors:
        kind = "auditor-rotate-key"
        del body["name"]
    done = writable.govern(kind, body)
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
    done = opened(ledger).govern("issuer-revoke-key", body)
    tell({"issuer": issuer, "revoked": key, "position": done.position}, as_json)


@app.command("show")
def show(ledger: Folder = _DEFAULT, as_json: Json = False) -> None:
    """Who is registered, with which keys, as a verified reader sees it."""
    reader = Ledger.open(ledger)
    view, state = reader.trust(), reader.state
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
                for name, each in state.lists.items()
            },
            "verifiers": {v.verifier_id: v.name for v in state.verifiers.values()},
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
    write_new(out, make_bundle(opened(ledger).log, position).to_bytes())
    note(f"{out}: entry {position} with its inclusion proof")


@app.command("verify")
def verify(ledger: Folder = _DEFAULT, as_json: Json = False) -> None:
    """Verify checkpoint, hashes and every rule, as a reader does."""
    view = Ledger.open(ledger).trust()
    tell({"ledger": view.ledger_id, "entries": view.tree_size, "verified": True}, as_json)


@app.command("refresh")
def refresh(ledger: Folder = _DEFAULT, as_json: Json = False) -> None:
    """Sign the newest checkpoint again; needed once a day when nothing is appended."""
    tell({"entries": opened(ledger).log.refresh().size}, as_json)


@app.command("fsck")
def fsck(ledger: Folder = _DEFAULT, as_json: Json = False) -> None:
    """Check the file from end to end; exit code 1 when something is wrong."""
    pins = read_pins(ledger)
    found = check_file(ledger / "ledger.db", pins.origin, pins.log_key)
    tell({"findings": found or ["none"]}, as_json)
    if found:
        raise typer.Exit(1)
