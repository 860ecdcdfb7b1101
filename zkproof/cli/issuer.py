"""``zkproof issuer``: keys, offers, credentials."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli import issuer_records
from zkproof.cli.issuer_folder import (
    DEFAULT_HOME,
    Home,
    lifetime_of,
    open_issuer,
    progress_bar,
    schema_named,
    time_text,
)
from zkproof.cli.ledger_place import DEFAULT_LEDGER, LedgerPlace, appending, pins_of
from zkproof.cli.terminal import Json, note, passphrase, tell
from zkproof.credential.issuing import MAX_OFFER_BYTES, Offer
from zkproof.errors import ConflictError, UsageError
from zkproof.files import read, read_text, write_new
from zkproof.issuer.bulk import BulkSource
from zkproof.issuer.csv_form import PLAIN, CsvForm, delimiter_of, read_form
from zkproof.issuer.deposits import VALID_DAYS
from zkproof.issuer.folder import RECORDS, REGISTRATION
from zkproof.issuer.issuer import DAY, Issuer
from zkproof.issuer.rows import BadRow
from zkproof.issuer.values import read_values

app = typer.Typer(help="Issue credentials.", no_args_is_help=True)

SchemaName = Annotated[
    str,
    typer.Argument(help="A packaged schema, a TOML file, or the id of one on the ledger."),
]
_MAX_COMMITMENT = 1 << 20
MAX_VALUES = 1 << 20
MAX_SHOWN = 100
"""Most bad rows that are printed one by one."""


@app.command("init")
def init(
    issuer: Annotated[str, typer.Argument(help="Identifier, for example did:web:bank.example")],
    name: Annotated[str, typer.Argument(help="Name for people.")],
    ledger: LedgerPlace = DEFAULT_LEDGER,
    key: Annotated[str, typer.Option(help="Identifier of the first key.")] = "1",
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make keys and the registration to hand to the ledger's governance."""
    Issuer.create(
        issuer,
        name,
        folder=home,
        ledger_id=pins_of(ledger).ledger_id,
        key_id=key,
        passphrase=passphrase("the new issuer", new=True),
    )
    tell({"issuer": issuer, "registration": str(home / REGISTRATION)}, as_json)


@app.command("offer")
def offer(
    schema: SchemaName,
    out: Annotated[Path, typer.Argument(help="File to write the offer to.")],
    values: Annotated[
        Path | None,
        typer.Option(help="JSON object: attribute names to texts; then `answer` signs it."),
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="Your own name for the customer, for `find`.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long it can be answered.")] = 7,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make a one-shot offer for a holder to answer."""
    lifetime = lifetime_of(days)
    chosen = schema_named(schema, ledger)
    if out.exists():
        raise ConflictError(f"{out}: exists already", hint="choose another name")
    given = None if values is None else read_values(read(values), field=str(values))
    made = open_issuer(home).offer(chosen, given, reference=reference, lifetime=lifetime)
    write_new(out, made.to_bytes())
    tell({"offer": made.offer_id, "schema": chosen.id, "file": str(out)}, as_json)


@app.command("issue")
def issue_one(
    offer_file: Annotated[Path, typer.Argument(help="The offer.")],
    commitment: Annotated[Path, typer.Argument(help="The holder's answer to it.")],
    values: Annotated[Path, typer.Argument(help="JSON object: attribute names to texts.")],
    out: Annotated[Path, typer.Argument(help="File to write the credential to.")],
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Sign an offer that was made without values: they are texts, each held against the schema."""
    made = _read_offer(offer_file)
    record = read_values(read(values, max_bytes=MAX_VALUES), field=str(values))
    answered = read(commitment, max_bytes=_MAX_COMMITMENT)
    credential = open_issuer(home).issue(made, answered, values=record)
    write_new(out, credential.to_bytes(), secret=True)
    tell({"schema": made.schema.id, "credential": str(out)}, as_json)


@app.command("bulk")
def bulk(
    file: Annotated[Path, typer.Argument(help="The bank's export: CSV or camt.053 (XML).")],
    schema: Annotated[
        str, typer.Option(help="A packaged schema, a TOML file, or the id of one on the ledger.")
    ] = "deposit-certificate",
    on_error: Annotated[
        str, typer.Option(help="stop: take nothing of a file with a bad row; skip: take the rest.")
    ] = "stop",
    days: Annotated[int, typer.Option(help="How long offers can be answered.")] = 30,
    reference_column: Annotated[
        str | None, typer.Option(help="CSV: column with your own name for each customer.")
    ] = None,
    equal_rows: Annotated[
        str,
        typer.Option(
            help="CSV without references: refuse equal rows, or take them for several people."
        ),
    ] = "refuse",
    mapping: Annotated[
        Path | None, typer.Option(help="CSV: TOML file that maps columns to attributes.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="CSV: comma, semicolon, tab or pipe.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="CSV: for example utf-8, gb18030, big5, windows-1252.")
    ] = None,
    residency: Annotated[str, typer.Option(help="For camt.053: residency of the holders.")] = "MO",
    valid_days: Annotated[
        int, typer.Option(help="For camt.053: how long certificates are valid.")
    ] = VALID_DAYS,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Turn a file of records into one-shot offers; run it again and nothing is issued twice."""
    if on_error not in ("stop", "skip"):
        raise UsageError("--on-error: stop or skip")
    if equal_rows not in ("refuse", "people"):
        raise UsageError("--equal-rows: refuse or people")
    lifetime = lifetime_of(days)
    form = _form(mapping, delimiter, encoding, reference_column)
    source = BulkSource(file, form, residency=residency, valid_days=valid_days)
    chosen = schema_named(schema, ledger)
    issuer = open_issuer(home)
    said = 0

    def report(row: BadRow) -> None:
        nonlocal said
        said += 1
        if said <= MAX_SHOWN:
            note(str(row))

    try:
        with progress_bar("rows") as progress:
            done = issuer.bulk(
                source,
                chosen,
                skip=on_error == "skip",
                equal_rows=equal_rows == "people",
                lifetime=lifetime,
                report=report,
                warn=lambda text: note(f"note: {text}"),
                progress=progress,
            )
    finally:
        if said > MAX_SHOWN:
            note(f"and {said - MAX_SHOWN} more bad rows")
    facts = {"new offers": done.new, "known before": done.known, "bad rows": done.bad}
    tell({**facts, "book": str(home / RECORDS)}, as_json)


app.command("offers")(issuer_records.offers)


@app.command("answer")
def answer(
    offer_file: Annotated[Path, typer.Argument(help="An offer of the book.")],
    commitment: Annotated[Path, typer.Argument(help="The holder's answer to it.")],
    out: Annotated[Path, typer.Argument(help="File to write the credential to.")],
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Sign the credential of an answered offer of the book, once."""
    made = _read_offer(offer_file)
    answered = read(commitment, max_bytes=_MAX_COMMITMENT)
    credential = open_issuer(home).issue(made, answered)
    write_new(out, credential.to_bytes(), secret=True)
    tell({"schema": made.schema.id, "credential": str(out)}, as_json)


app.command("find")(issuer_records.find)
app.command("renew")(issuer_records.renew)


@app.command("rotate-key")
def rotate_key(
    key: Annotated[str | None, typer.Option(help="Identifier of the new key.")] = None,
    until: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day of the old key; it stays without."),
    ] = None,
    ledger: LedgerPlace = DEFAULT_LEDGER,
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make the next signing key and register it; the old one signs what it was offered with."""
    issuer = open_issuer(home)
    last = None
    if until is not None:
        last = int(until.replace(tzinfo=datetime.UTC).timestamp()) + DAY - 1
    done = issuer.rotate_key(appending(ledger), key_id=key, until=last)
    tell(
        {"key": done.key_id, "replaces": done.replaces, "begins": time_text(done.not_before)},
        as_json,
    )


def _form(
    mapping: Path | None, delimiter: str | None, encoding: str | None, reference: str | None
) -> CsvForm:
    form = PLAIN if mapping is None else read_form(read_text(mapping))
    if delimiter is not None:
        form = replace(form, delimiter=delimiter_of(delimiter))
    if encoding is not None:
        form = replace(form, encoding=encoding)
    if reference is not None:
        form = replace(form, reference_column=reference)
    return form


def _read_offer(path: Path) -> Offer:
    return Offer.from_bytes(read(path, max_bytes=MAX_OFFER_BYTES))
