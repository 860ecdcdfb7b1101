"""Offers as files that a clerk can hand out: named by the issuer's own reference."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zkproof import files
from zkproof.issuer.records import IssuanceRecords, Record, State

MAX_NAME_BYTES = 80
_KEPT = "-_.,()+@"


@dataclass(frozen=True, slots=True)
class Written:
    """What writing did: new files, files that were there, offers that are not open any more."""

    written: int
    there: int
    answered: int
    lapsed: int


def file_name(reference: str | None, offer_id: bytes) -> str:
    """The name of an offer's file: readable, safe in any folder, different for each offer."""
    if reference is None:
        return f"{offer_id.hex()}.offer"
    text = unicodedata.normalize("NFC", reference)
    kept = "".join(
        sign if sign.isalnum() or unicodedata.category(sign)[0] == "M" or sign in _KEPT else "-"
        for sign in text
    ).strip("-.")
    short = kept.encode()[:MAX_NAME_BYTES].decode(errors="ignore")
    return f"{short or 'offer'}-{offer_id.hex()[:12]}.offer"


def write_offers(
    records: IssuanceRecords,
    folder: Path,
    *,
    now: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Written:
    """Write every open offer that is not there yet. A file of that name that holds something else
    is written again.

    Raises `ConflictError` for a folder that cannot be written.
    """
    files.make_folder(folder)
    written = there = answered = lapsed = 0
    for done, offer_id in enumerate(records.offers(), 1):
        record = records.record(offer_id, now=now)
        if record.state is State.LAPSED:
            lapsed += 1
        elif record.state is not State.OPEN:
            answered += 1
        elif _write(folder, record, records.offer_octets(offer_id)):
            written += 1
        else:
            there += 1
        progress(done)
    return Written(written, there, answered, lapsed)


def _write(folder: Path, record: Record, data: bytes) -> bool:
    target = folder / file_name(record.reference, record.offer_id)
    if target.exists() and target.read_bytes() == data:
        return False
    files.replace(target, data)
    return True
