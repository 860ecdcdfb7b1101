"""What commands share that work on an issuer's folder."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from zkproof.cli.terminal import passphrase
from zkproof.errors import NotFoundError, UsageError
from zkproof.issuer.folder import RECORDS, Registration
from zkproof.issuer.issuer import DAY, MAX_OFFER_SECONDS, Issuer
from zkproof.issuer.records import IssuanceRecords
from zkproof.issuer.schemas import find_schema
from zkproof.ledger.founding import PINS
from zkproof.ledger.ledger import Ledger
from zkproof_circuits.schema import Schema

Home = Annotated[
    Path, typer.Option("--issuer", help="Folder of the issuer.", envvar="ZKPROOF_ISSUER")
]
LedgerFolder = Annotated[
    Path, typer.Option("--ledger", help="Folder of the ledger.", envvar="ZKPROOF_LEDGER")
]
DEFAULT_HOME, DEFAULT_LEDGER = Path("issuer"), Path("ledger")


def open_issuer(home: Path) -> Issuer:
    """The issuer of a folder. Raises `WalletError`, `NotFoundError` and `ConflictError`."""
    Registration.read(home)  # before anybody is asked for a passphrase
    return Issuer.open(home, passphrase("the issuer"))


def records_of(home: Path) -> IssuanceRecords:
    """An issuer's records, for what needs none of its keys.

    Raises `NotFoundError` and `ConflictError`.
    """
    Registration.read(home)
    return IssuanceRecords(home / RECORDS)


def schema_named(named: str, ledger: Path) -> Schema:
    """The schema that a person names. Raises `NotFoundError` and `SchemaError`."""
    try:
        return find_schema(named)
    except NotFoundError:
        if named.endswith(".toml") or not (ledger / PINS).exists():
            raise
    return find_schema(named, list(Ledger.open(ledger).state.schemas.values()))


def lifetime_of(days: int) -> int:
    """Seconds of a number of days. Raises `UsageError` for one that no offer lasts."""
    if not 0 < days <= MAX_OFFER_SECONDS // DAY:
        raise UsageError(f"--days: 1 to {MAX_OFFER_SECONDS // DAY}")
    return days * DAY


@contextmanager
def progress_bar(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, fed with the number done so far."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)


def time_text(seconds_since: int) -> str:
    moment = datetime.datetime.fromtimestamp(seconds_since, datetime.UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
