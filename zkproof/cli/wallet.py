"""``zkproof wallet``: keep credentials, answer requests."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli.ledger_place import DEFAULT_LEDGER, LedgerPlace, reading
from zkproof.cli.terminal import Json, note, passphrase, tell
from zkproof.clock import system_clock
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import Offer
from zkproof.errors import UsageError
from zkproof.files import read, write_new
from zkproof.ledger.ledger import Ledger
from zkproof.presentation.receipt import PROVEN
from zkproof.presentation.request import DAY_SECONDS, MAX_REQUEST_BYTES, Request
from zkproof.wallet import evidence
from zkproof.wallet.consent import consent
from zkproof.wallet.listing import described
from zkproof.wallet.reasons import ReviewRefused
from zkproof.wallet.saying import why_not
from zkproof.wallet.sending import address_for, fetch_request, request_id_in, send
from zkproof.wallet.wallet import Wallet
from zkproof.words.catalogue import verdict, word
from zkproof_circuits.labels import require_language
from zkproof_circuits.types import Value

app = typer.Typer(help="Keep credentials and answer requests.", no_args_is_help=True)

File = Annotated[Path, typer.Option("--wallet", help="The wallet's file.", envvar="ZKPROOF_WALLET")]
Name = Annotated[str, typer.Argument(help="Name of a credential in the wallet.")]
Relay = Annotated[
    str | None,
    typer.Option(
        "--relay",
        help="Forward proxy through which lists are fetched, so that their servers do not see"
        " your network address: http://host:port.",
        envvar="ZKPROOF_RELAY",
    ),
]
InLanguage = Annotated[str, typer.Option("--language", help="zh-Hant, zh-Hans, pt or en.")]
_DEFAULT = Path("wallet.zkp")
_BACKUP = "ZKPROOF_BACKUP_PASSPHRASE"
_NEW = "ZKPROOF_NEW_PASSPHRASE"


def opened(path: Path) -> Wallet:
    """The wallet in a file. Raises `WalletError`."""
    return Wallet.open(path, passphrase("the wallet"))


@app.command("init")
def init(wallet: File = _DEFAULT, as_json: Json = False) -> None:
    """Make a wallet with a fresh link secret."""
    Wallet.create(wallet, passphrase("the new wallet", new=True))
    note("keep a backup: the secret in it cannot be made again")
    tell({"wallet": str(wallet)}, as_json)


@app.command("commit")
def commit(
    offer: Annotated[Path, typer.Argument(help="An issuer's offer.")],
    out: Annotated[Path, typer.Argument(help="File for the commitment.")],
    choose: Annotated[
        list[str] | None,
        typer.Option(help="A value of your own for a blind attribute: NAME=VALUE. May repeat."),
    ] = None,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    wallet: File = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Commit to an offer; the issuer does not learn the link secret, nor what you choose, only
    that it lies in its type. Issuer, key and schema are checked against the ledger.
    """
    parsed = Offer.from_bytes(read(offer))
    anchored = reading(ledger)
    commitment = opened(wallet).commit(parsed, _chosen(parsed, choose or []), ledger=anchored)
    write_new(out, commitment)
    tell({"issuer": parsed.issuer.issuer_id, "schema": parsed.schema.id, "file": str(out)}, as_json)


@app.command("receive")
def receive(
    credential: Annotated[Path, typer.Argument(help="What the issuer sent back.")],
    name: Annotated[str | None, typer.Option(help="Name in the wallet.")] = None,
    wallet: File = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Check a credential and keep it."""
    parsed = Credential.from_bytes(read(credential))
    kept = opened(wallet).receive(parsed, name)
    tell({"credential": kept, "issuer": parsed.issuer_id}, as_json)


@app.command("list")
def list_all(language: InLanguage = "en", wallet: File = _DEFAULT, as_json: Json = False) -> None:
    """What is in the wallet, by name; what has ended or soon will is marked."""
    found, today = opened(wallet), system_clock() // DAY_SECONDS
    tell(
        {
            "credentials": {
                name: described(each, today, language) for name, each in found.credentials.items()
            },
            "open offers": [
                f"{offer.schema.id}, {word('list-from', language, issuer=offer.issuer.name)}"
                for offer in (each.offer for each in found.content.offers.values())
            ],
            "list proofs": [
                f"{each.list_id}: version {each.version}" for each in found.content.list_proofs
            ],
            "answers": len(found.history),
        },
        as_json,
    )


@app.command("show")
def show(
    name: Name, language: InLanguage = "en", wallet: File = _DEFAULT, as_json: Json = False
) -> None:
    """Show a credential to its holder, values and all."""
    spoken = require_language(language)
    credential = opened(wallet).content.credential(name)
    values = {
        attribute.name: attribute.format(credential.known[attribute.name], spoken)
        for attribute in credential.schema.attributes
        if not attribute.type.holder_chosen
    }
    tell({"issuer": credential.issuer_name, "schema": credential.schema.id, **values}, as_json)


@app.command("history")
def history(language: InLanguage = "en", wallet: File = _DEFAULT, as_json: Json = False) -> None:
    """What was shown to whom, when and what for; names of attributes, never values."""
    tell(
        {
            f"{_moment(each.at)} {each.verifier_name}": {
                "verifier": each.verifier_id,
                "policy": each.policy,
                "purpose": each.purpose,
                "shown": list(each.revealed),
                "from": list(each.credentials),
                "result": each.receipt.result if each.receipt else "no receipt",
                "in words": verdict(each.receipt.result, language)
                if each.receipt
                else word("history-no-receipt", language),
            }
            for each in opened(wallet).history
        },
        as_json,
    )


@app.command("delete")
def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wallet: File = _DEFAULT,
) -> None:
    """Forget a credential; only its issuer can make it again."""
    found = opened(wallet)
    found.content.credential(name)
    if not yes and not typer.confirm(f"Forget {name}?", err=True):
        raise typer.Exit(1)
    found.delete(name)
    note(f"{name}: forgotten")


@app.command("rename")
def rename(
    name: Name,
    new: Annotated[str, typer.Argument(help="Its new name.")],
    wallet: File = _DEFAULT,
) -> None:
    """Give a credential another name."""
    opened(wallet).rename(name, new)
    note(f"{name}: is {new} now")


@app.command("passphrase")
def change_passphrase(wallet: File = _DEFAULT) -> None:
    """Change the passphrase; copies made before still open with the old one."""
    old = passphrase("the wallet")
    found = Wallet.open(wallet, old)
    found.change_passphrase(old, passphrase("the wallet from now on", new=True, variable=_NEW))
    note(f"{wallet}: passphrase changed")


@app.command("present")
def present(
    request: Annotated[str, typer.Argument(help="A request's file, or its http(s) address.")],
    out: Annotated[
        Path | None, typer.Option(help="Write the presentation here, do not send.")
    ] = None,
    use: Annotated[
        list[str] | None,
        typer.Option(help="Use this certificate: ALIAS=NAME, as the review says. May repeat."),
    ] = None,
    relay: Relay = None,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    language: InLanguage = "en",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before answering.")] = False,
    wallet: File = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Read in plain words what is asked; then, if you agree, prove it."""
    address = request if request.startswith(("http://", "https://")) else None
    anchored, holder = reading(ledger), opened(wallet)
    known = request_id_in(address) if address and out is None else None
    waiting = holder.pending(known) if known else None
    if waiting is not None:
        note(word("consent-sending-again", language))
        _send(holder, anchored, address_for(waiting.answer_to, address), waiting.pending, as_json)
        return
    asked = fetch_request(address) if address else _request_in(Path(request))
    target = address_for(asked.respond_to, address)
    if out is None and target is None:
        raise UsageError("request: names no address to answer to", hint="use --out FILE")
    try:
        review = holder.review(asked, anchored, use=_pairs(use or [], "--use: ALIAS=NAME"))
    except ReviewRefused as refused:
        for line in why_not(refused, anchored.trust().schemas.values(), language):
            note(line)
        raise
    note(consent(review, language, target if out is None else None, relay=relay is not None))
    if not yes and not typer.confirm(word("consent-ask", language), err=True):
        raise typer.Exit(1)
    answer = review.prove()
    if out is not None:
        write_new(out, answer)
        tell({"presentation": str(out), "octets": len(answer)}, as_json)
        return
    _send(holder, anchored, target, answer, as_json)


@app.command("refresh")
def refresh(
    source: Annotated[
        str | None,
        typer.Option("--from", help="Folder or address of the lists; else what the ledger says."),
    ] = None,
    request: Annotated[
        Path | None, typer.Option(help="A request that asks for other lists too.")
    ] = None,
    relay: Relay = None,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    wallet: File = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Fetch proofs of good standing, and of lists that a request names; do it early in an epoch."""
    asked = None if request is None else Request.from_bytes(read(request))
    holder = opened(wallet)
    done = holder.refresh(reading(ledger), request=asked, source=source, relay=relay)
    for line in done.missing:
        note(line)
    for made in done.complaints:
        note(f"{made.list_id}: its owner contradicts itself; kept in {evidence.folder_of(wallet)}")
        note("hint: zkproof lists complain shows it to others")
    tell({"fetched": len(done.proofs), "missing": len(done.missing)}, as_json)


@app.command("backup")
def backup(
    target: Annotated[Path, typer.Argument(help="File for the copy.")], wallet: File = _DEFAULT
) -> None:
    """Write a copy under a passphrase of its own."""
    second = passphrase("the backup", new=True, variable=_BACKUP)
    opened(wallet).backup(target, second)
    note(f"{target}: written")


@app.command("restore")
def restore(
    source: Annotated[Path, typer.Argument(help="The backup.")], wallet: File = _DEFAULT
) -> None:
    """Make a wallet from a backup."""
    first = passphrase("the backup", variable=_BACKUP)
    Wallet.restore(source, first, wallet, passphrase("the new wallet", new=True))
    note(f"{wallet}: restored")


def _request_in(path: Path) -> Request:
    return Request.from_bytes(read(path, max_bytes=MAX_REQUEST_BYTES))


def _send(
    holder: Wallet, anchored: Ledger, target: str | None, answer: bytes | None, as_json: bool
) -> None:
    """Send an answer and keep the receipt; exit code 1 when the verifier did not accept it."""
    octets = answer or b""
    receipt = send(target or "", octets)
    holder.keep_receipt(receipt, anchored)
    facts = {"result": receipt.result, "verifier": receipt.verifier.name, "octets": len(octets)}
    tell(facts, as_json)
    if receipt.result != PROVEN:
        raise typer.Exit(1)


def _moment(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")


def _pairs(texts: list[str], usage: str) -> dict[str, str]:
    """NAME=VALUE, each name once. Raises `UsageError`."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name in found:
            raise UsageError(f"{usage}, each name once")
        found[name] = value
    return found


def _chosen(offer: Offer, texts: list[str]) -> dict[str, Value]:
    """Values from NAME=VALUE. Raises `SchemaError` and `UsageError`."""
    return {
        name: offer.schema.attribute(name).type.parse(value, field=name)
        for name, value in _pairs(texts, "--choose: NAME=VALUE").items()
    }
