"""``zkproof request`` and ``zkproof verify``: ask, and check the answer, without a service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli.policy import Parameters, beside, parameters_of, text_of
from zkproof.cli.terminal import Json, passphrase, tell
from zkproof.clock import system_clock
from zkproof.errors import UsageError
from zkproof.files import read, write_new
from zkproof.keys import keyring
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.ledger import Ledger
from zkproof.presentation.receipt import make_receipt
from zkproof.presentation.report import Refusal
from zkproof.presentation.request import Request, VerifierIdentity, open_request
from zkproof.presentation.verify import verify as verify_presentation

app = typer.Typer(help="Ask for facts.", no_args_is_help=True)

Home = Annotated[
    Path, typer.Option("--verifier", help="Folder of the verifier.", envvar="ZKPROOF_VERIFIER")
]
LedgerFolder = Annotated[Path, typer.Option("--ledger", help="Folder of the ledger to believe.")]
_DEFAULT = Path("verifier")
_LEDGER = Path("ledger")


def open_verifier(home: Path) -> tuple[Ed25519Signer, VerifierIdentity]:
    """Signer and identity. Raises `WalletError` and `UsageError`."""
    try:
        table = json.loads(read(home / "verifier.json"))
        identity = VerifierIdentity(table["verifier"], table["name"], table["key"])
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{home}/verifier.json: not a verifier's registration") from None
    (secret,) = keyring.load(home / "verifier.key", passphrase("the verifier"), "request")
    return Ed25519Signer.from_octets(secret), identity


@app.command("init")
def init(
    verifier: Annotated[str, typer.Argument(help="Identifier, for example did:web:bank.example")],
    name: Annotated[str, typer.Argument(help="Name for people.")],
    key: Annotated[str, typer.Option(help="Identifier of the key.")] = "1",
    home: Home = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Make a verifier's key and the registration to hand to the ledger's governance."""
    home.mkdir(parents=True, exist_ok=True)
    signer = Ed25519Signer.generate()
    secrets = {"request": signer.export_secret()}
    keyring.save(home / "verifier.key", secrets, passphrase("the new verifier", new=True))
    registration = {
        "verifier": verifier,
        "name": name,
        "key": key,
        "public_key": signer.public_key.hex(),
    }
    write_new(home / "verifier.json", json.dumps(registration, indent=2).encode() + b"\n")
    tell({"verifier": verifier, "registration": str(home / "verifier.json")}, as_json)


@app.command("new")
def new(
    policy: Annotated[str, typer.Argument(help="Name of a packaged policy, or a file.")],
    out: Annotated[Path, typer.Argument(help="File to write the request to.")],
    minutes: Annotated[int, typer.Option(help="How long it can be answered.")] = 10,
    param: Parameters = None,
    ledger: LedgerFolder = _LEDGER,
    home: Home = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Write a signed request."""
    signer, identity = open_verifier(home)
    view = Ledger.open(ledger).trust()
    made = open_request(
        signer,
        identity,
        text_of(policy),
        tuple(view.schemas.values()),
        ledger_id=view.ledger_id,
        now=system_clock(),
        lifetime=60 * minutes,
        parameters=parameters_of(param),
        includes=beside(policy),
    )
    write_new(out, made.to_bytes())
    tell({"request": made.request_id, "circuit": made.circuit_digest, "file": str(out)}, as_json)


def verify(
    request: Annotated[Path, typer.Argument(help="The request, as you stored it.")],
    presentation: Annotated[Path, typer.Argument(help="What the holder sent.")],
    receipt: Annotated[Path | None, typer.Option(help="Write the signed receipt here.")] = None,
    ledger: LedgerFolder = _LEDGER,
    home: Home = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Verify a presentation; exit code 1 when it is refused.

    A file remembers nothing: whether the request was answered before is yours to know. The service
    (zkproof serve) keeps that.
    """
    stored, answer = Request.from_bytes(read(request)), read(presentation)
    view = Ledger.open(ledger).trust()
    now = system_clock()
    outcome = verify_presentation(stored, answer, view, now=now)
    if receipt is not None:
        signer, _ = open_verifier(home)
        made = make_receipt(
            signer,
            stored,
            stored.circuit(view.schemas),
            answer,
            outcome,
            ledger=(view.ledger_id, view.tree_size, view.root_hash),
            now=now,
        )
        write_new(receipt, made.to_bytes())
    if isinstance(outcome, Refusal):
        tell({"result": "refused", "code": outcome.code.value, "reason": outcome.text}, as_json)
        raise typer.Exit(1)
    tell(
        {
            "result": "proven",
            "policy": f"{outcome.policy_name} v{outcome.policy_version}",
            "purpose": outcome.purpose,
            "proven": [each.source for each in outcome.constraints],
            "disclosed": {
                f"{each.alias}.{name}": view.schemas[each.schema_digest]
                .attribute(name)
                .type.format(value)
                for each in outcome.credentials
                for name, value in each.disclosed.items()
            },
            "issuers": {
                each.alias: f"{each.issuer_name} ({each.issuer_id}), key {each.key_id}"
                for each in outcome.credentials
            },
            "pseudonyms": {
                f"{each.scope}, from {', '.join(each.slots)}": each.value
                for each in outcome.pseudonyms
            },
            "encrypted": {
                f"{each.slot} to {each.auditor_id}, key {each.key_id}": each.ciphertext
                for each in outcome.ciphertexts
            },
            "lists": {each.list_id: each.version for each in outcome.lists},
            "ledger": f"{outcome.ledger_id} at {outcome.tree_size} entries",
        },
        as_json,
    )
