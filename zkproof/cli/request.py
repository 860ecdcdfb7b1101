"""``zkproof request`` and ``zkproof verify``: ask, and check the answer, without a service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli.policy import Parameters, beside, parameters_of, text_of
from zkproof.cli.terminal import Json, passphrase, tell
from zkproof.files import read, write_new
from zkproof.ledger.ledger import Ledger
from zkproof.presentation.report import HiddenIssuerCredential, ProvenCredential, Refusal
from zkproof.presentation.request import Request, VerifierIdentity
from zkproof.verifier import registration
from zkproof.verifier.verifier import Verifier

app = typer.Typer(help="Ask for facts.", no_args_is_help=True)

Home = Annotated[
    Path, typer.Option("--verifier", help="Folder of the verifier.", envvar="ZKPROOF_VERIFIER")
]
LedgerFolder = Annotated[Path, typer.Option("--ledger", help="Folder of the ledger to believe.")]
_DEFAULT = Path("verifier")
_LEDGER = Path("ledger")


def opened(home: Path, ledger: Path) -> Verifier:
    """The verifier in a folder. Raises `WalletError`, `NotFoundError` and `ConflictError`."""
    return Verifier.open(home, passphrase("the verifier"), ledger=Ledger.open(ledger))


@app.command("init")
def init(
    verifier: Annotated[str, typer.Argument(help="Identifier, for example did:web:bank.example")],
    name: Annotated[str, typer.Argument(help="Name for people.")],
    key: Annotated[str, typer.Option(help="Identifier of the key.")] = "1",
    home: Home = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Make a verifier's key and the registration to hand to the ledger's governance."""
    identity = VerifierIdentity(verifier, name, key)
    registration.found(home, identity, passphrase("the new verifier", new=True))
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
    made = opened(home, ledger).request(
        text_of(policy),
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
    """Verify a presentation and use the request up; exit code 1 when it is refused.

    Which requests were answered before is remembered in the verifier's folder.
    """
    stored, answer = Request.from_bytes(read(request)), read(presentation)
    done = opened(home, ledger).settle(stored, answer)
    outcome = done.outcome
    if receipt is not None and done.receipt is not None:
        write_new(receipt, done.receipt.to_bytes())
    if isinstance(outcome, Refusal):
        tell({"result": "refused", "code": outcome.code.value, "reason": outcome.text}, as_json)
        raise typer.Exit(1)
    view = Ledger.open(ledger).trust()
    tell(
        {
            "result": "proven",
            "policy": f"{outcome.policy_name} v{outcome.policy_version}",
            "purpose": outcome.purpose,
            "proven": [each.source for each in outcome.constraints],
            "disclosed": {
                f"{each.alias}.{name}": view.schemas[each.schema_digest]
                .attribute(name)
                .type.to_text(value)
                for each in outcome.credentials
                for name, value in each.disclosed.items()
            },
            "issuers": {each.alias: _issuer(each) for each in outcome.credentials},
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


def _issuer(shown: ProvenCredential | HiddenIssuerCredential) -> str:
    """Who signed it, or among whom that stays hidden; ``if used`` where a holder may do without."""
    if isinstance(shown, ProvenCredential):
        return f"{shown.issuer_name} ({shown.issuer_id}), key {shown.key_id}"
    names = ", ".join(f"{name} ({issuer_id})" for issuer_id, name in shown.issuers)
    among = f"one of {names}" if names else "nobody: no key is in force"
    return f"if used: {among}" if shown.in_a_way else among
