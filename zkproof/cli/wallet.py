"""``zkproof wallet``: keep credentials, answer requests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import httpx
import typer

from zkproof.cli.terminal import Json, note, passphrase, tell
from zkproof.clock import system_clock
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import Offer
from zkproof.errors import UsageError, WalletError
from zkproof.files import read, write_new
from zkproof.ledger.ledger import Ledger
from zkproof.lists.fetch import Source, source_of
from zkproof.presentation.presentation import present as make_presentation
from zkproof.presentation.receipt import PROVEN, Receipt
from zkproof.presentation.request import MAX_REQUEST_BYTES, Request
from zkproof.trust import TrustView
from zkproof.wallet import wallet as wallets
from zkproof.wallet.choosing import choose
from zkproof.wallet.refreshing import refresh as fetch_list_proofs
from zkproof.wallet.refreshing import wanted_by, wanted_standing
from zkproof_circuits.explain import explain
from zkproof_circuits.types import Value

app = typer.Typer(help="Keep credentials and answer requests.", no_args_is_help=True)

File = Annotated[Path, typer.Option("--wallet", help="The wallet's file.", envvar="ZKPROOF_WALLET")]
LedgerFolder = Annotated[Path, typer.Option("--ledger", help="Folder of the ledger to believe.")]
_DEFAULT = Path("wallet.zkp")
_LEDGER = Path("ledger")


@app.command("init")
def init(wallet: File = _DEFAULT, as_json: Json = False) -> None:
    """Make a wallet with a fresh link secret."""
    wallets.create(wallet, passphrase("the new wallet", new=True))
    note("keep a backup: the secret in it cannot be made again")
    tell({"wallet": str(wallet)}, as_json)


@app.command("commit")
def commit(
    offer: Annotated[Path, typer.Argument(help="An issuer's offer.")],
    out: Annotated[Path, typer.Argument(help="File for the answer.")],
    choose: Annotated[
        list[str] | None,
        typer.Option(help="A value of your own for a blind attribute: NAME=VALUE. May repeat."),
    ] = None,
    wallet: File = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Answer an offer with a commitment; the issuer does not learn the link secret, nor what you
    choose, only that it lies in its type.
    """
    parsed = Offer.from_bytes(read(offer))
    chosen = _chosen(parsed, choose or [])
    secret = passphrase("the wallet")
    answers: list[bytes] = []

    def change(current: wallets.Wallet) -> wallets.Wallet:
        changed, commitment = current.answer(parsed, chosen)
        answers.append(commitment)
        return changed

    wallets.update(wallet, secret, change)
    write_new(out, answers[0])
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
    chosen: list[str] = []

    def change(current: wallets.Wallet) -> wallets.Wallet:
        changed, kept = current.receive(parsed, name)
        chosen.append(kept)
        return changed

    wallets.update(wallet, passphrase("the wallet"), change)
    tell({"credential": chosen[0], "issuer": parsed.issuer_id}, as_json)


@app.command("list")
def list_all(wallet: File = _DEFAULT, as_json: Json = False) -> None:
    """What is in the wallet, by name."""
    opened = wallets.open_wallet(wallet, passphrase("the wallet"))
    tell(
        {
            "credentials": {
                name: f"{each.schema.id} from {each.issuer_name}"
                for name, each in opened.credentials.items()
            },
            "open offers": len(opened.offers),
            "list proofs": [
                f"{each.list_id}: version {each.version}" for each in opened.list_proofs
            ],
            "receipts": [f"{r.verifier.name}: {r.result}" for r in opened.receipts],
        },
        as_json,
    )


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="Name of a credential.")],
    wallet: File = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Show a credential to its holder, values and all."""
    opened = wallets.open_wallet(wallet, passphrase("the wallet"))
    credential = opened.credentials.get(name)
    if credential is None:
        raise WalletError(f"no credential {name}", hint="zkproof wallet list")
    values = {
        attribute.name: attribute.type.format(credential.known[attribute.name])
        for attribute in credential.schema.attributes
        if not attribute.type.holder_chosen
    }
    tell({"issuer": credential.issuer_name, "schema": credential.schema.id, **values}, as_json)


@app.command("present")
def present(
    request: Annotated[str, typer.Argument(help="A request's file, or its http(s) address.")],
    out: Annotated[
        Path | None, typer.Option(help="Write the presentation here, do not send.")
    ] = None,
    ledger: LedgerFolder = _LEDGER,
    language: Annotated[str, typer.Option(help="zh-Hant, zh-Hans, pt or en.")] = "en",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before answering.")] = False,
    wallet: File = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Read in plain words what is asked; then, if you agree, prove it."""
    asked, address = _request(request)
    view = Ledger.open(ledger).trust()
    _check_asker(asked, view)
    circuit = asked.circuit(view.schemas)
    note(explain(circuit, view.schemas.values(), language).text())
    opened = wallets.open_wallet(wallet, passphrase("the wallet"))
    chosen = choose(
        circuit,
        opened.credentials,
        opened.link_secret,
        today=asked.today,
        registries=view.registries,
        list_proofs=opened.list_proofs,
    )
    note("would be shown from: " + ", ".join(chosen.names.values()))
    if not yes and not typer.confirm("Answer this request?", err=True):
        raise typer.Exit(1)
    answer = make_presentation(
        asked, circuit, chosen.credentials, opened.link_secret, view, list_proofs=opened.list_proofs
    ).to_bytes()
    if out is not None:
        write_new(out, answer)
        tell({"presentation": str(out), "octets": len(answer)}, as_json)
        return
    target = asked.respond_to or (f"{address}/presentation" if address else None)
    if target is None:
        raise UsageError("request: names no address to answer to", hint="use --out FILE")
    receipt = _send(target, answer, asked, view)
    secret = passphrase("the wallet")
    wallets.update(wallet, secret, lambda current: current.keep_receipt(receipt))
    facts = {"result": receipt.result, "verifier": receipt.verifier.name, "octets": len(answer)}
    tell(facts, as_json)
    if receipt.result != PROVEN:
        raise typer.Exit(1)


@app.command("refresh")
def refresh(
    source: Annotated[
        str | None,
        typer.Option("--from", help="Folder or address of the lists; else what the ledger says."),
    ] = None,
    request: Annotated[
        Path | None, typer.Option(help="A request that asks for other lists too.")
    ] = None,
    ledger: LedgerFolder = _LEDGER,
    wallet: File = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Fetch tokens of good standing, by bucket; do it early in an epoch."""
    anchored = Ledger.open(ledger)
    view, secret = anchored.trust(), passphrase("the wallet")
    opened = wallets.open_wallet(wallet, secret)
    wanted = [*wanted_standing(opened.credentials)]
    if request is not None:
        asked = Request.from_bytes(read(request))
        wanted += wanted_by(asked.circuit(view.schemas), opened.credentials)

    def source_for(list_id: str) -> Source | None:
        known = anchored.state.lists.get(list_id)
        where = source or (None if known is None else known.location)
        return None if where is None else source_of(where)

    done = fetch_list_proofs(wanted, view, source_for, now=system_clock())
    for line in done.missing:
        note(line)
    wallets.update(wallet, secret, lambda w: w.keep_list_proofs(done.list_proofs, view.lists))
    tell({"fetched": len(done.list_proofs), "missing": len(done.missing)}, as_json)


@app.command("backup")
def backup(
    target: Annotated[Path, typer.Argument(help="File for the copy.")], wallet: File = _DEFAULT
) -> None:
    """Write a copy under a passphrase of its own."""
    second = passphrase("the backup", new=True, variable="ZKPROOF_BACKUP_PASSPHRASE")
    wallets.backup(wallet, passphrase("the wallet"), target, second)
    note(f"{target}: written")


@app.command("restore")
def restore(
    source: Annotated[Path, typer.Argument(help="The backup.")], wallet: File = _DEFAULT
) -> None:
    """Make a wallet from a backup."""
    first = passphrase("the backup", variable="ZKPROOF_BACKUP_PASSPHRASE")
    wallets.restore(source, first, wallet, passphrase("the new wallet", new=True))
    note(f"{wallet}: restored")


def _chosen(offer: Offer, texts: list[str]) -> dict[str, Value]:
    """Values from NAME=VALUE. Raises `SchemaError` and `UsageError`."""
    found: dict[str, Value] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name in found:
            raise UsageError("--choose: NAME=VALUE, each name once")
        found[name] = offer.schema.attribute(name).type.parse(value, field=name)
    return found


def _request(source: str) -> tuple[Request, str | None]:
    """The request, and its address when it came from one."""
    if not source.startswith(("http://", "https://")):
        return Request.from_bytes(read(Path(source))), None
    try:
        answer = httpx.get(source, timeout=10, follow_redirects=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise UsageError(f"request: cannot be fetched ({type(error).__name__})") from None
    if len(answer.content) > MAX_REQUEST_BYTES:
        raise UsageError("request: too long")
    return Request.from_bytes(answer.content), source


def _check_asker(asked: Request, view: TrustView) -> None:
    """The verifier must be registered, with the key that signed. Raises `UsageError`."""
    verifier = view.verifiers.get(asked.verifier.verifier_id)
    if verifier is None or verifier.key_id != asked.verifier.key_id:
        raise UsageError(
            "request: its verifier is not registered on the ledger",
            hint="do not answer unless you know who asks",
        )
    if not asked.signed_by(verifier.public_key):
        raise UsageError("request: not signed by the verifier it names")
    if asked.ledger_id != view.ledger_id:
        raise UsageError("request: speaks of another ledger")
    if system_clock() > asked.expires_at:
        raise UsageError("request: expired", hint="ask the verifier for a new one")


def _send(target: str, answer: bytes, asked: Request, view: TrustView) -> Receipt:
    """Post the answer; the receipt, checked. Raises `UsageError`."""
    try:
        got = httpx.post(
            target, content=answer, headers={"content-type": "application/cbor"}, timeout=30
        )
        table = got.json()
        receipt = Receipt.from_bytes(bytes.fromhex(table["receipt"]))
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"answer: no receipt came back ({type(error).__name__})") from None
    verifier = view.verifiers[asked.verifier.verifier_id]
    if not receipt.signed_by(verifier.public_key) or receipt.request_digest != asked.digest:
        raise UsageError("answer: the receipt is not one for this request")
    return receipt
