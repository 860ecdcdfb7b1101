"""``zkproof auditor``: a key that several authorities hold together, and opening with it."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from zkproof.audit.acceptance import Acceptance, accept, check_accepted
from zkproof.audit.authority import Authority, AuthorityCard, DeliverySecret
from zkproof.audit.ceremony import NONCE_BYTES, Ceremony
from zkproof.audit.complaint import Complaint, dealer_at_fault
from zkproof.audit.contribution import Contribution, contribute
from zkproof.audit.decryption import (
    VerifiedCiphertext,
    combine,
    decrypt_part,
    parts_from_bytes,
    parts_to_bytes,
)
from zkproof.audit.keys import Disputed, JointKey, KeyShare, finish
from zkproof.audit.opening import check_receipt, open_presentation
from zkproof.audit.values import MAX_VALUE, ValueSearch, find_registered
from zkproof.cli.terminal import Json, note, passphrase, tell
from zkproof.curve import G1, R
from zkproof.errors import AuditError, ConflictError, UsageError
from zkproof.files import read, read_text, write_new
from zkproof.keys import keyring
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.ledger import Ledger, read_pins
from zkproof.presentation.receipt import Receipt
from zkproof.presentation.report import Refusal
from zkproof.presentation.request import Request

app = typer.Typer(help="Hold an auditor's key together; open what it may.", no_args_is_help=True)

Home = Annotated[
    Path,
    typer.Option("--authority", help="Folder of this authority.", envvar="ZKPROOF_AUTHORITY"),
]
LedgerFolder = Annotated[Path, typer.Option("--ledger", help="Folder of the ledger to believe.")]
CeremonyFile = Annotated[Path, typer.Argument(help="The ceremony, from `zkproof auditor propose`.")]
KeyFile = Annotated[Path, typer.Argument(help="The joint key, from `zkproof auditor finish`.")]
RequestFile = Annotated[Path, typer.Argument(help="The verifier's request.")]
PresentationFile = Annotated[Path, typer.Argument(help="What the holder answered.")]
ReceiptFile = Annotated[Path, typer.Argument(help="The verifier's receipt for it.")]
_DEFAULT = Path("authority")
_LEDGER = Path("ledger")


def open_authority(home: Path) -> Authority:
    """Its secrets and card.

    Raises `WalletError`, `NotFoundError`, `ConflictError` and `DecodeError`.
    """
    card = AuthorityCard.from_bytes(read(home / "authority.card"))
    signing, delivery = keyring.load(
        home / "authority.key", passphrase("the authority"), "signing", "delivery"
    )
    authority = Authority.from_secrets(
        card.name, Ed25519Signer.from_octets(signing), DeliverySecret.from_octets(delivery)
    )
    if authority.card != card:
        raise ConflictError(f"{home}: card and keys do not belong together")
    return authority


@app.command("init")
def init(
    name: Annotated[str, typer.Argument(help="Name of the authority, for people.")],
    home: Home = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Make an authority's keys, and the card to hand to the others."""
    home.mkdir(parents=True, exist_ok=True)
    made = Authority.generate(name)
    kept = {
        "signing": made.signer.export_secret(),
        "delivery": made.delivery.export_secret(),
    }
    keyring.save(home / "authority.key", kept, passphrase("the new authority", new=True))
    write_new(home / "authority.card", made.card.to_bytes())
    facts = {"authority": name, "card": str(home / "authority.card")}
    tell({**facts, "fingerprint": made.card.fingerprint}, as_json)


@app.command("propose")
def propose(
    auditor: Annotated[str, typer.Argument(help="Identifier that policies will name.")],
    key: Annotated[str, typer.Argument(help="Identifier of the key.")],
    out: Annotated[Path, typer.Argument(help="File to write the ceremony to.")],
    cards: Annotated[list[Path], typer.Argument(help="Cards of all authorities.")],
    threshold: Annotated[int, typer.Option(help="How many are needed to open.")],
    ledger: LedgerFolder = _LEDGER,
    as_json: Json = False,
) -> None:
    """Write down who makes which key, for all of them to use the same file."""
    ceremony = Ceremony(
        ledger_id=read_pins(ledger).ledger_id,
        auditor_id=auditor,
        key_id=key,
        threshold=threshold,
        authorities=tuple(AuthorityCard.from_bytes(read(card)) for card in cards),
        nonce=secrets.token_bytes(NONCE_BYTES),
    )
    write_new(out, ceremony.to_bytes())
    tell(_described(ceremony), as_json)


@app.command("contribute")
def contribute_(
    ceremony: CeremonyFile,
    out: Annotated[Path, typer.Argument(help="File to write the contribution to.")],
    home: Home = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Deal a part of the key: once for a ceremony, and only after comparing fingerprints."""
    agreed = Ceremony.from_bytes(read(ceremony))
    made = contribute(agreed, open_authority(home))
    # This mark keeps a second contribution to the same ceremony from being made.
    write_new(home / f"{agreed.digest.hex()[:16]}.contributed", b"")
    write_new(out, made.to_bytes())
    tell({**_described(agreed), "contribution": str(out)}, as_json)


@app.command("finish")
def finish_(
    ceremony: CeremonyFile,
    out: Annotated[Path, typer.Argument(help="Where to write OUT.key, .share and .acceptance.")],
    contributions: Annotated[list[Path], typer.Argument(help="Those of all authorities.")],
    home: Home = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Check all contributions; keep this authority's share, and sign the joint key.

    Exit code 1, and a complaint to show to the others, when a dealer sent a wrong share.
    """
    agreed = Ceremony.from_bytes(read(ceremony))
    authority = open_authority(home)
    made = [Contribution.from_bytes(read(path), agreed) for path in contributions]
    outcome = finish(agreed, authority, made)
    if isinstance(outcome, Disputed):
        written = []
        for fault in outcome.faults:
            if fault.complaint is not None:
                path = home / f"{agreed.digest.hex()[:16]}-{fault.complaint.dealer}.complaint"
                write_new(path, fault.complaint.to_bytes())
                written.append(str(path))
        faults = {fault.dealer: fault.reason for fault in outcome.faults}
        tell({"result": "disputed", "faults": faults, "complaints": written}, as_json)
        raise typer.Exit(1)
    key, share = outcome.key, outcome.share
    kept = {"share": share.export_secret(), "party": share.party.to_bytes(2, "big")}
    keyring.save(Path(f"{out}.share"), kept, passphrase("the share"))
    write_new(Path(f"{out}.key"), key.to_bytes())
    write_new(Path(f"{out}.acceptance"), accept(outcome, authority).to_bytes())
    tell({"result": "finished", "fingerprint": key.fingerprint, "key": f"{out}.key"}, as_json)


@app.command("judge")
def judge(
    ceremony: CeremonyFile,
    contribution: Annotated[Path, typer.Argument(help="The one complained about.")],
    complaint: Annotated[Path, typer.Argument()],
    as_json: Json = False,
) -> None:
    """Whether a complaint shows that the dealer is at fault; exit code 1 when it does not."""
    agreed = Ceremony.from_bytes(read(ceremony))
    dealt = Contribution.from_bytes(read(contribution), agreed)
    found = dealer_at_fault(agreed, dealt, Complaint.from_bytes(read(complaint)))
    tell({"dealer": agreed.card(dealt.dealer).name, "at fault": found}, as_json)
    if not found:
        raise typer.Exit(1)


@app.command("register")
def register(
    name: Annotated[str, typer.Argument(help="Name of the auditor, for people.")],
    key: KeyFile,
    out: Annotated[Path, typer.Argument(help="File to write the registration to.")],
    acceptances: Annotated[list[Path], typer.Argument(help="Those of all authorities.")],
    as_json: Json = False,
) -> None:
    """Write the registration for the ledger, once every authority signed the key."""
    joint = JointKey.from_bytes(read(key))
    check_accepted(joint, [Acceptance.from_bytes(read(path)) for path in acceptances])
    ceremony = joint.ceremony
    registration = {
        "auditor": ceremony.auditor_id,
        "name": name,
        "key": ceremony.key_id,
        "public_key": joint.public_key.encode().hex(),
        "possession": joint.possession().hex(),
    }
    write_new(out, json.dumps(registration, indent=2).encode() + b"\n")
    tell({**_described(ceremony), "fingerprint": joint.fingerprint, "file": str(out)}, as_json)


@app.command("decrypt")
def decrypt(
    key: Annotated[Path, typer.Argument(help="The joint key; this authority's share beside it.")],
    request: RequestFile,
    presentation: PresentationFile,
    receipt: ReceiptFile,
    out: Annotated[Path, typer.Argument(help="File to write this authority's parts to.")],
    ledger: LedgerFolder = _LEDGER,
    as_json: Json = False,
) -> None:
    """This authority's part of opening a presentation that was accepted."""
    joint = JointKey.from_bytes(read(key))
    found = _verified(joint, request, presentation, receipt, ledger)
    secret, party = keyring.load(
        key.with_suffix(".share"), passphrase("the share"), "share", "party"
    )
    share = KeyShare.from_octets(joint, int.from_bytes(party, "big"), secret)
    write_new(out, parts_to_bytes([decrypt_part(share, each) for each in found]))
    asked = Receipt.from_bytes(read(receipt))
    facts = {"verifier": asked.verifier.name, "purpose": asked.purpose, "parts": str(out)}
    tell({"attributes": [each.attribute for each in found], **facts}, as_json)


@app.command("combine")
def combine_(
    key: KeyFile,
    request: RequestFile,
    presentation: PresentationFile,
    receipt: ReceiptFile,
    parts: Annotated[list[Path], typer.Argument(help="Parts of enough authorities.")],
    registered: Annotated[
        Path | None, typer.Option(help="File with one registered value a line, to look in.")
    ] = None,
    max_value: Annotated[
        int, typer.Option(help="Largest value to search for where none is registered.")
    ] = MAX_VALUE,
    ledger: LedgerFolder = _LEDGER,
    as_json: Json = False,
) -> None:
    """Open the attributes that are encrypted to the auditor, and find their values.

    Exit code 1 when a value is not found.
    """
    joint = JointKey.from_bytes(read(key))
    verified = _verified(joint, request, presentation, receipt, ledger)
    handed_in = [part for path in parts for part in parts_from_bytes(read(path))]
    known = None if registered is None else _values(registered)
    opened: dict[str, object] = {}
    missing = False
    search = None
    for each in verified:
        opening = combine(joint, each, [p for p in handed_in if p.attribute == each.attribute])
        for reason in opening.left_out:
            note(f"{each.attribute}: {reason}")
        if known is not None:
            value = find_registered(opening.point, known)
        else:
            search = search or _search(max_value)
            value = _find(search, opening.point)
        missing |= value is None
        opened[each.attribute] = "not found" if value is None else value
    tell({"opened": opened, "by": list(opening.opened_by)}, as_json)
    if missing:
        raise typer.Exit(1)


def _described(ceremony: Ceremony) -> dict[str, object]:
    return {
        "auditor": ceremony.auditor_id,
        "key": ceremony.key_id,
        "needed": f"{ceremony.threshold} of {len(ceremony.authorities)}",
        "authorities": {card.name: card.fingerprint for card in ceremony.authorities},
    }


def _verified(
    joint: JointKey, request: Path, presentation: Path, receipt: Path, ledger: Path
) -> tuple[VerifiedCiphertext, ...]:
    """The ciphertexts, as the verifier accepted them: at its time, with the ledger of that time."""
    asked, answer = Request.from_bytes(read(request)), read(presentation)
    accepted = Receipt.from_bytes(read(receipt))
    view = Ledger.open(ledger).trust_at(
        accepted.tree_size, accepted.root_hash, as_of=accepted.verified_at
    )
    verifier = view.verifiers.get(asked.verifier.verifier_id)
    if verifier is None:
        raise AuditError("request: its verifier was not registered on the ledger")
    check_receipt(accepted, asked, answer, verifier.public_key)
    found = open_presentation(
        asked, answer, view, auditor_id=joint.ceremony.auditor_id, now=accepted.verified_at
    )
    if isinstance(found, Refusal):
        raise AuditError(f"presentation: {found.text}", hint="nothing of it can be opened")
    return found


def _values(path: Path) -> list[int]:
    values = []
    for number, line in enumerate(read_text(path).split(), start=1):
        if not (line.isascii() and line.isdigit() and len(line) < 80 and int(line) < R):
            raise UsageError(f"{path}: value {number}: a number without sign is needed")
        values.append(int(line))
    return values


def _search(max_value: int) -> ValueSearch:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("table", total=None)
        return ValueSearch(
            max_value,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )


def _find(search: ValueSearch, point: G1) -> int | None:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("searching", total=search.steps)
        return search.find(
            point, progress=lambda done, total: progress.update(task, completed=done, total=total)
        )
