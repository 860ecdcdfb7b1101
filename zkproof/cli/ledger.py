"""``zkproof ledger``: run the embedded ledger. Reading it: `zkproof.cli.ledger_reading`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from zkproof.cli import ledger_chain, ledger_reading
from zkproof.cli.ledger_place import (
    DEFAULT_LEDGER,
    LedgerPlace,
    appending,
    creating,
    has_keys,
    pins_of,
    reading,
)
from zkproof.cli.ledger_reading import say_notices
from zkproof.cli.policy import Parameters, beside, parameters_of, text_of
from zkproof.cli.terminal import Json, passphrase, tell
from zkproof.clock import system_clock
from zkproof.errors import DecodeError, UsageError
from zkproof.files import read, read_text
from zkproof.ledger import registrations
from zkproof.ledger.checking import check_folder
from zkproof.ledger.evm.place import is_chain
from zkproof.ledger.ledger import set_policy
from zkproof.ledger.note import Kind, NoteKey
from zkproof.ledger.pins import Pins
from zkproof.ledger.policy import MAX_POLICY_BYTES, Policy
from zkproof.ledger.registrations import MAX_REGISTRATION_BYTES
from zkproof.trust import RegisteredScope, ScopeForm
from zkproof.verifier.policies import policy_entry
from zkproof.verifier.registration import open_folder
from zkproof_circuits.schema_text import parse_schema
from zkproof_circuits.scopes import PeriodUnit

app = typer.Typer(
    help="The embedded ledger: issuer keys, schemas, registries.", no_args_is_help=True
)

File = Annotated[Path, typer.Argument(help="Registration, as its owner handed it over.")]
Issuer = Annotated[str, typer.Argument(help="Identifier of the issuer.")]
Verifier = Annotated[str, typer.Argument(help="Identifier of the verifier.")]
Reason = Annotated[str, typer.Option(help="Stands on the ledger, for everybody to read.")]


@app.command("init")
def init(
    name: Annotated[str, typer.Argument(help="Identifier, for example ledger.example.mo")],
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Start a ledger: keys, the governance root, all packaged schemas. With `--ledger evm+https://…`
    on a chain: `?profile=fisco` or `ethereum`, `&finality=` blocks.
    """
    secret = passphrase("the new ledger", new=not is_chain(ledger) or not has_keys(ledger))
    made = creating(ledger, name, secret)
    pins = made.pins
    facts = {"origin": pins.origin, "root": pins.root.hex()}
    if isinstance(pins, Pins):
        facts["log_key"] = pins.log_key.hex()
    tell({"ledger": name, "entries": made.trust().tree_size, **facts}, as_json)


@app.command("publish-schema")
def publish_schema(
    file: Annotated[Path, typer.Argument(help="Schema as TOML.")],
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Publish a schema."""
    schema = parse_schema(read_text(file))
    done = appending(ledger).govern("schema-publish", {"schema": schema.to_bytes()})
    tell({"schema": schema.id, "digest": schema.digest, "position": done.position}, as_json)


@app.command("register-issuer")
def register_issuer(
    file: File, ledger: LedgerPlace = DEFAULT_LEDGER, as_json: Json = False
) -> None:
    """Register an issuer and its first key, from `zkproof issuer init`."""
    data = read(file, max_bytes=MAX_REGISTRATION_BYTES)
    body = registrations.issuer_registration(data, pins_of(ledger).ledger_id)
    facts = {"issuer": body["issuer"], "key": body["key"]}
    _govern("issuer-register", body, facts, ledger, as_json)


@app.command("publish-registry")
def publish_registry(
    registry: Annotated[str, typer.Argument(help="Name, for example mo-banks.")],
    issuers: Annotated[list[str], typer.Argument(help="Issuers it lists.")],
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Publish a list of accredited issuers; a later one replaces it."""
    writable = appending(ledger)
    done = writable.publish_registry(registry, issuers)
    version = writable.state.registries[registry].version
    tell({"registry": registry, "version": version, "position": done.position}, as_json)


@app.command("share-scope")
def share_scope(
    scope: Annotated[str, typer.Argument(help="For example governance#deposit-pledge.")],
    members: Annotated[list[str], typer.Argument(help="Verifiers that see the same in it.")],
    slots: Annotated[
        list[str],
        typer.Option("--of", help="Attribute: the link secret; for a tag, also the record's."),
    ],
    purpose: Annotated[str, typer.Option(help="Stands on the ledger, for everybody to read.")],
    unit: Annotated[
        PeriodUnit | None, typer.Option("--per", help="Renewed so often; never, if not given.")
    ] = None,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Let several verifiers see the same pseudonyms or tags; later only members may change."""
    writable = appending(ledger)
    known = writable.state.scopes.get(scope)
    done = writable.share_scope(
        RegisteredScope(
            scope_id=scope,
            form=ScopeForm.PSEUDONYM if len(slots) == 1 else ScopeForm.TAG,
            unit=unit,
            slots=tuple(slots),
            since=system_clock() // 86_400 if known is None else known.since,
            purpose=purpose,
            members=frozenset(members),
        )
    )
    tell({"scope": scope, "members": len(set(members)), "position": done.position}, as_json)


@app.command("register-verifier")
def register_verifier(
    file: File, ledger: LedgerPlace = DEFAULT_LEDGER, as_json: Json = False
) -> None:
    """Register a verifier, from `zkproof request init`, so that a holder can see who asks."""
    body = registrations.verifier_registration(read(file, max_bytes=MAX_REGISTRATION_BYTES))
    _govern("verifier-register", body, {"verifier": body["verifier"]}, ledger, as_json)


@app.command("register-policy")
def register_policy(
    policy: Annotated[str, typer.Argument(help="Name of a packaged policy, or a file.")],
    param: Parameters = None,
    verifier: Annotated[
        Path, typer.Option(help="Folder of the verifier.", envvar="ZKPROOF_VERIFIER")
    ] = Path("verifier"),
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Register a policy with the verifier's key, so that a wallet notices when more is asked."""
    signer, identity = open_folder(verifier, passphrase("the verifier"))
    writable = appending(ledger)
    body = policy_entry(
        text_of(policy),
        tuple(writable.trust().schemas.values()),
        today=system_clock() // 86_400,
        parameters=parameters_of(param),
        includes=beside(policy),
    )
    done = writable.submit("policy-register", identity.verifier_id, body, signer)
    facts = {"policy": f"{body['policy']} v{body['version']}", "verifier": identity.verifier_id}
    tell({**facts, "circuit": body["circuit"], "position": done.position}, as_json)


@app.command("register-auditor")
def register_auditor(
    file: File, ledger: LedgerPlace = DEFAULT_LEDGER, as_json: Json = False
) -> None:
    """Register an auditor, from `zkproof auditor register`, or the next key of one."""
    body = registrations.auditor_registration(read(file, max_bytes=MAX_REGISTRATION_BYTES))
    writable = appending(ledger)
    kind = "auditor-register"
    if body["auditor"] in writable.state.auditors:
        kind = "auditor-rotate-key"
        del body["name"]
    done = writable.govern(kind, body)
    tell({"auditor": body["auditor"], "key": body["key"], "position": done.position}, as_json)


@app.command("revoke-key")
def revoke_key(
    issuer: Issuer,
    key: Annotated[str, typer.Argument(help="Identifier of the key.")],
    reason: Reason = "compromised",
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Revoke an issuer's key: nothing it signed is accepted any more."""
    body = {"issuer": issuer, "key": key, "reason": reason}
    _govern("issuer-revoke-key", body, {"issuer": issuer, "revoked": key}, ledger, as_json)


@app.command("suspend-issuer")
def suspend_issuer(
    issuer: Issuer,
    reason: Reason = "supervision",
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Suspend an issuer: no proof with its certificates is accepted until it is reinstated."""
    body = {"issuer": issuer, "reason": reason}
    _govern("issuer-suspend", body, {"issuer": issuer, "suspended": True}, ledger, as_json)


@app.command("reinstate-issuer")
def reinstate_issuer(
    issuer: Issuer, ledger: LedgerPlace = DEFAULT_LEDGER, as_json: Json = False
) -> None:
    """End an issuer's suspension."""
    facts = {"issuer": issuer, "suspended": False}
    _govern("issuer-reinstate", {"issuer": issuer}, facts, ledger, as_json)


@app.command("suspend-verifier")
def suspend_verifier(
    verifier: Verifier,
    reason: Reason = "supervision",
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Suspend a verifier: wallets answer none of its requests until it is reinstated."""
    body = {"verifier": verifier, "reason": reason}
    _govern("verifier-suspend", body, {"verifier": verifier, "suspended": True}, ledger, as_json)


@app.command("reinstate-verifier")
def reinstate_verifier(
    verifier: Verifier, ledger: LedgerPlace = DEFAULT_LEDGER, as_json: Json = False
) -> None:
    """End a verifier's suspension."""
    facts = {"verifier": verifier, "suspended": False}
    _govern("verifier-reinstate", {"verifier": verifier}, facts, ledger, as_json)


@app.command("policy")
def policy(
    file: Annotated[Path, typer.Argument(help="Witnesses, addresses, quorum: C2SP tlog-policy.")],
    ledger: LedgerPlace = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Ask these witnesses to cosign, and need their quorum.

    Readers get the new pins.json over the way by which they got the last one.
    """
    try:
        asked = Policy.from_text(read(file, max_bytes=MAX_POLICY_BYTES))
    except DecodeError as error:
        raise UsageError(f"{file}: {error.message}") from None
    pins = set_policy(Path(ledger), asked)
    facts = {"origin": pins.origin, "needs": pins.required.needed}
    writable = appending(ledger)
    signed = writable.log.refresh()
    say_notices(writable)
    reached = signed.reached_at(pins.required) is not None
    tell({**facts, "entries": signed.size, "cosigned": reached}, as_json)


@app.command("key")
def key(ledger: LedgerPlace = DEFAULT_LEDGER, as_json: Json = False) -> None:
    """The log's key in vkey form, for witnesses and other programs."""
    pins = pins_of(ledger)
    if not isinstance(pins, Pins):
        raise UsageError("ledger: on a chain, no log's key signs")
    tell({"vkey": NoteKey(pins.origin, Kind.SIGNATURE, pins.log_key).to_text()}, as_json)


@app.command("serve")
def serve(
    folder: Annotated[Path, typer.Argument(help="Folder of the ledger.")] = Path(DEFAULT_LEDGER),
    host: Annotated[str, typer.Option(envvar="ZKPROOF_LEDGER_HOST")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="ZKPROOF_LEDGER_PORT")] = 8480,
) -> None:
    """Serve the log for everybody to read, as C2SP's tlog-tiles. Needs no key.

    Replaces this process by ``python -m zkproof_server.ledger``.
    """
    program = [sys.executable, "-m", "zkproof_server.ledger", str(folder)]
    program += ["--host", host, "--port", str(port)]
    os.execv(sys.executable, program)  # noqa: S606  # no shell


@app.command("refresh")
def refresh(ledger: LedgerPlace = DEFAULT_LEDGER, as_json: Json = False) -> None:
    """Sign the newest checkpoint again; needed once a day when nothing is appended."""
    writable = appending(ledger)
    size = writable.writer.refresh().size
    say_notices(writable)
    tell({"entries": size}, as_json)


@app.command("fsck")
def fsck(ledger: LedgerPlace = DEFAULT_LEDGER, as_json: Json = False) -> None:
    """Check the file from end to end, as its pins ask; exit code 1 when something is wrong."""
    found = check_folder(Path(ledger))
    tell({"findings": found or ["none"]}, as_json)
    if found:
        raise typer.Exit(1)


@app.command("forget")
def forget(ledger: LedgerPlace = DEFAULT_LEDGER, as_json: Json = False) -> None:
    """Forget what was believed, and believe the ledger as it is now.

    After its operator restored an older copy and told you so: what stood in the lost entries, a
    revocation perhaps, is lost for you too.
    """
    believing = reading(ledger)
    believing.forget()
    view = believing.trust()
    say_notices(believing)
    tell({"ledger": view.ledger_id, "entries": view.tree_size, "root": view.root_hash}, as_json)


def _govern(
    kind: str, body: Mapping[str, Any], facts: Mapping[str, object], folder: str, as_json: bool
) -> None:
    """Append what governance says, and tell where it stands."""
    writable = appending(folder)
    done = writable.govern(kind, body)
    say_notices(writable)
    tell({**facts, "position": done.position}, as_json)


ledger_reading.add_to(app)
ledger_chain.add_to(app)
