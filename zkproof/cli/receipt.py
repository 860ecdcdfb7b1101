"""``zkproof receipt``: read and check what verifiers signed, for holders and regulators."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkproof.audit.receipt_check import check_signed
from zkproof.cli.terminal import Json, note, tell
from zkproof.clock import system_clock
from zkproof.errors import ConflictError, DecodeError, NotFoundError
from zkproof.files import read, unreadable
from zkproof.ledger.ledger import Ledger
from zkproof.ledger.listing import iso_time
from zkproof.presentation.receipt import MAX_RECEIPT_BYTES, Receipt
from zkproof.words.catalogue import verdict
from zkproof_circuits.types import date_of

app = typer.Typer(
    help="Receipts: who asked what, when and with which result.", no_args_is_help=True
)

File = Annotated[Path, typer.Argument(help="A receipt.")]
LedgerFolder = Annotated[
    Path, typer.Option("--ledger", help="Folder of the ledger.", envvar="ZKPROOF_LEDGER")
]
InLanguage = Annotated[str, typer.Option("--language", help="zh-Hant, zh-Hans, pt or en.")]


@app.command("show")
def show(file: File, language: InLanguage = "en", as_json: Json = False) -> None:
    """What a receipt says. Nothing is checked: see `zkproof receipt check`."""
    tell(_facts(_receipt(file), language), as_json)


@app.command("check")
def check(
    file: File,
    ledger: LedgerFolder = Path("ledger"),
    language: InLanguage = "en",
    as_json: Json = False,
) -> None:
    """Check a receipt against the ledger of its time; exit code 1 when something is wrong.

    Ledger size and root, verifier and key of that time, signature, times.
    """
    receipt = _receipt(file)
    then = Ledger.open(ledger).trust_at(
        receipt.tree_size, receipt.root_hash, as_of=receipt.verified_at
    )
    found = check_signed(receipt, then, now=system_clock())
    registered = then.verifiers.get(receipt.verifier.verifier_id)
    policies = () if registered is None else registered.policies.values()
    tell(
        {
            "holds": not found,
            "findings": [each.value for each in found],
            "policy registered": any(each.circuit == receipt.circuit_digest for each in policies),
            **_facts(receipt, language),
        },
        as_json,
    )
    if found:
        raise typer.Exit(1)


@app.command("list")
def list_all(
    folder: Annotated[Path, typer.Argument(help="Folder with receipts.")], as_json: Json = False
) -> None:
    """Who asked what under which policy, in a folder of receipts, oldest first."""
    found = []
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise unreadable(folder, error) from None
    for path in files:
        try:
            found.append((path.name, _receipt(path)))
        except (DecodeError, NotFoundError, ConflictError):
            note(f"{path}: no receipt")
    found.sort(key=lambda each: each[1].verified_at)
    tell(
        {
            name: f"{iso_time(each.verified_at)}  {each.verifier.name}  {each.policy_name}"
            f" v{each.policy_version}  {each.purpose}  {each.result}"
            for name, each in found
        },
        as_json,
    )


def _receipt(path: Path) -> Receipt:
    return Receipt.from_bytes(read(path, max_bytes=MAX_RECEIPT_BYTES))


def _facts(receipt: Receipt, language: str) -> dict[str, object]:
    return {
        "verifier": receipt.verifier.name,
        "verifier id": receipt.verifier.verifier_id,
        "key": receipt.verifier.key_id,
        "policy": f"{receipt.policy_name} v{receipt.policy_version}",
        "purpose": receipt.purpose,
        "seen": list(receipt.revealed),
        "result": receipt.result,
        "in words": verdict(receipt.result, language),
        "asked": iso_time(receipt.issued_at),
        "verified": iso_time(receipt.verified_at),
        "today": date_of(receipt.today).isoformat(),
        "circuit": receipt.circuit_digest,
        "request": receipt.request_digest,
        "presentation": receipt.presentation_digest,
        "ledger": f"{receipt.ledger_id} at {receipt.tree_size} entries",
    }
