"""``zkproof renewal``: an issuer asks for an earlier certificate before it signs another one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli.ledger_place import DEFAULT_LEDGER, LedgerPlace, reading
from zkproof.cli.policy import Parameters, parameters_of, text_of
from zkproof.cli.terminal import Json, note, passphrase, tell
from zkproof.clock import system_clock
from zkproof.credential.issuing import Offer
from zkproof.errors import UsageError
from zkproof.files import read, write_new
from zkproof.issuer.issuer import Issuer
from zkproof.wallet.renewing import OfferReview
from zkproof.wallet.wallet import Wallet
from zkproof.words.catalogue import word

app = typer.Typer(
    help="Issue under the link secret of an earlier certificate.", no_args_is_help=True
)

Home = Annotated[
    Path, typer.Option("--issuer", help="Folder of the issuer.", envvar="ZKPROOF_ISSUER")
]
_ISSUER = Path("issuer")


@app.command("ask")
def ask(
    offer: Annotated[Path, typer.Argument(help="An open offer of the issuer's book.")],
    subject: Annotated[str, typer.Argument(help="Your reference for the customer.")],
    out: Annotated[Path, typer.Argument(help="File for the customer, in place of the offer.")],
    policy: Annotated[
        str | None,
        typer.Option(help="What to show, a policy's file or name; else only your pseudonym of it."),
    ] = None,
    expect: Annotated[
        list[str] | None,
        typer.Option(help="A disclosed value that must be the customer's: SLOT=VALUE. May repeat."),
    ] = None,
    param: Parameters = None,
    first: Annotated[
        bool, typer.Option("--first", help="First certificate: add a share to the link secret.")
    ] = False,
    days: Annotated[int, typer.Option(help="How long it can be answered, at most 7.")] = 7,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    home: Home = _ISSUER,
    as_json: Json = False,
) -> None:
    """Ask for more than a commitment before an offer is signed."""
    issuer = Issuer.open(home, passphrase("the issuer"))
    asked = issuer.ask(
        Offer.from_bytes(read(offer)),
        subject,
        None if policy is None else text_of(policy),
        ledger=reading(ledger),
        expected=_pairs(expect, "--expect: SLOT=VALUE"),
        parameters=parameters_of(param),
        adds_share=first,
        lifetime=days * 86_400,
    )
    write_new(out, asked.to_bytes())
    tell({"offer": asked.offer.offer_id, "subject": subject, "file": str(out)}, as_json)


@app.command("answer")
def answer(
    asked: Annotated[Path, typer.Argument(help="What the issuer asks.")],
    out: Annotated[Path, typer.Argument(help="File for the answer.")],
    use: Annotated[
        list[str] | None, typer.Option(help="Show this certificate: ALIAS=NAME. May repeat.")
    ] = None,
    choose: Annotated[
        list[str] | None,
        typer.Option(help="A value of your own for a blind attribute: NAME=VALUE. May repeat."),
    ] = None,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    language: Annotated[str, typer.Option(help="zh-Hant, zh-Hans, pt or en.")] = "en",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before answering.")] = False,
    wallet: Annotated[
        Path, typer.Option("--wallet", help="The wallet's file.", envvar="ZKPROOF_WALLET")
    ] = Path("wallet.zkp"),
    as_json: Json = False,
) -> None:
    """Read what an issuer asks before it signs; then, if you agree, prove it."""
    holder = Wallet.open(wallet, passphrase("the wallet"))
    review = holder.review_offer(read(asked), reading(ledger), use=_pairs(use, "--use: ALIAS=NAME"))
    for line in _told(review, language):
        note(line)
    if not yes and not typer.confirm(word("consent-ask", language), err=True):
        raise typer.Exit(1)
    schema = review.asked.offer.schema
    values = {
        name: schema.attribute(name).type.parse(value, field=name)
        for name, value in _pairs(choose, "--choose: NAME=VALUE").items()
    }
    write_new(out, review.answer(values))
    tell({"issuer": review.asked.offer.issuer.issuer_id, "file": str(out)}, as_json)


@app.command("issue")
def issue(
    answer_file: Annotated[Path, typer.Argument(help="The customer's answer.")],
    out: Annotated[Path, typer.Argument(help="File to write the credential to.")],
    ledger: LedgerPlace = DEFAULT_LEDGER,
    home: Home = _ISSUER,
    as_json: Json = False,
) -> None:
    """Check an answer and sign the credential of its offer, once."""
    issuer = Issuer.open(home, passphrase("the issuer"))
    credential = issuer.answer(read(answer_file), reading(ledger))
    write_new(out, credential.to_bytes(), secret=True)
    tell({"schema": credential.schema.id, "credential": str(out)}, as_json)


@app.command("rebind")
def rebind(
    subject: Annotated[str, typer.Argument(help="Your reference for the customer.")],
    home: Home = _ISSUER,
    as_json: Json = False,
) -> None:
    """After a lost wallet: let the customer's next answer bind another link secret, once a year."""
    issuer = Issuer.open(home, passphrase("the issuer"))
    issuer.subjects.rebind(subject, now=system_clock())
    tell({"subject": subject, "rebound_on": issuer.subjects.rebound_on(subject)}, as_json)


def _told(review: OfferReview, language: str) -> list[str]:
    issuer = review.asked.offer.issuer
    lines = [word("consent-who", language), f"  {issuer.name} ({issuer.issuer_id})"]
    explained = review.explanation(language)
    if explained is not None:
        lines += [word("consent-why", language), f"  {explained.purpose}"]
        lines.append(word("consent-sees", language))
        lines += [f"  {slot}: {value}" for slot, value in review.disclosed(language).items()]
        lines += [f"  {each}" for each in explained.knows]
    return lines


def _pairs(texts: Sequence[str] | None, usage: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not equals or name in found:
            raise UsageError(f"{usage}, each name once")
        found[name] = value
    return found
