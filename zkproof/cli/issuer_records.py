"""``zkproof issuer offers``, ``find``, ``renew``: what stands in an issuer's records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkproof.cli.issuer_folder import (
    DEFAULT_HOME,
    Home,
    lifetime_of,
    open_issuer,
    progress_bar,
    records_of,
    time_text,
)
from zkproof.cli.terminal import Json, tell
from zkproof.clock import system_clock
from zkproof.errors import NotFoundError
from zkproof.issuer.offer_files import file_name
from zkproof.issuer.offer_files import write_offers as write_offer_files


def offers(
    out: Annotated[Path, typer.Argument(help="Folder to write the open offers to.")],
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Write every open offer to a file for its holder, named by your reference."""
    records = records_of(home)
    with progress_bar("offers", records.counts()[0]) as progress:
        done = write_offer_files(records, out, now=system_clock(), progress=progress)
    tell(
        {
            "written": done.written,
            "there already": done.there,
            "answered": done.answered,
            "lapsed": done.lapsed,
            "folder": str(out),
        },
        as_json,
    )


def find(
    reference: Annotated[str, typer.Argument(help="Your own name for the customer.")],
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show what was offered and issued under one of your references."""
    records, now = records_of(home), system_clock()
    found = [records.record(each, now=now) for each in records.find(reference)]
    if not found:
        raise NotFoundError(f"{reference}: no record has this reference")
    tell(
        {
            each.offer_id.hex(): {
                "schema": each.schema_id,
                "state": each.state.value,
                "answered until": time_text(each.expires_at),
                "record": "-" if each.record_id is None else each.record_id,
                "key": each.key_id,
                "file": file_name(each.reference, each.offer_id),
            }
            for each in found
        },
        as_json,
    )


def renew(
    record: Annotated[
        str | None,
        typer.Argument(help="Reference, record identifier or offer id; all lapsed ones without."),
    ] = None,
    days: Annotated[int, typer.Option(help="How long it can be answered.")] = 30,
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make offers that nobody answered in time answerable again; `offers` writes the new files."""
    lifetime = lifetime_of(days)
    issuer = open_issuer(home)
    if record is None:
        tell({"renewed": issuer.renew_lapsed(lifetime=lifetime)}, as_json)
        return
    made = issuer.renew(issuer.records.resolve(record), lifetime=lifetime)
    tell({"renewed": 1, "offer": made.offer_id}, as_json)
