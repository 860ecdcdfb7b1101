"""``zkproof bundle``: one ledger entry with its proof, away from the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli.terminal import Json, tell
from zkproof.clock import system_clock
from zkproof.errors import DecodeError, UsageError
from zkproof.files import read
from zkproof.ledger.bundle import MAX_BUNDLE_BYTES, read_bundle, verify_bundle
from zkproof.ledger.listing import Listed, about, iso_time
from zkproof.ledger.pins import Pins

app = typer.Typer(help="One ledger entry with its proof, in a file.", no_args_is_help=True)

PinsFile = Annotated[Path, typer.Option(help="The pins you got, over a way you trust.")]
BundleFile = Annotated[Path, typer.Argument(help="From `zkproof ledger bundle`.")]


@app.callback()
def bundle() -> None:
    """One ledger entry with its proof, in a file."""


@app.command("check")
def check(
    file: BundleFile, pins: PinsFile = Path("ledger/pins.json"), as_json: Json = False
) -> None:
    """Check an entry's bundle with nothing but the pins; exit code 1 when it does not hold.

    It says that the entry stands in the log, not that no later entry took it back.
    """
    try:
        believed = Pins.from_json(read(pins))
    except DecodeError as error:
        raise UsageError(f"{pins}: {error.message}") from None
    made = read_bundle(read(file, max_bytes=MAX_BUNDLE_BYTES))
    included = verify_bundle(made, believed, now=system_clock())
    entry = included.entry
    subject, details = about(entry)
    tell(
        {
            "included": True,
            "ledger": entry.ledger_id,
            **facts_of(
                Listed(included.position, entry.time, entry.type, entry.author, subject, details)
            ),
            "checkpoint": f"of {included.size} entries, {iso_time(included.attested_at)}",
        },
        as_json,
    )


def facts_of(each: Listed) -> dict[str, object]:
    return {
        "position": each.position,
        "time": each.when,
        "author": each.author,
        "type": each.kind,
        "subject": each.subject,
        "details": each.details,
    }
