"""How a version of a list is cut into files: how many cells it may have, what the files are called.

::

    <list>/<version>/summary
    <list>/<version>/cell-<bits, 2 digits>-<number, 4 hex digits>
    <list>/<version>/wide                       exclusion lists of spread BLOCK, in cells

The most bits follow from kind, number of entries and the cap on the ledger, which everybody knows
before anything is fetched. Names have one width: the length of a request shows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from zkproof.trust import OWN_BITS_CAP, ListKind, ListVersion, Spread

FORMAT = 2
ENTRY_BYTES: Mapping[ListKind, int] = {
    ListKind.STATUS: 53,
    ListKind.MEMBERS: 80,
    ListKind.GAPS: 92,
}
"""Octets of an entry."""

WHOLE_BYTES = 2 << 20
"""A list whose entries take no more octets is one file, fetched whole."""

PER_CELL = 2048
"""Least entries of a cell on average, below the cap."""

MIN_TOKENS = 1024
"""Least tokens of a cell: fewer bits are used when a cell would have less."""

PADDED_TO = 4096
"""Entries of all cells are padded to one multiple of this."""

SUMMARY = "summary"
WIDE = "wide"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What an owner is about to publish: one version of one list of one ledger."""

    ledger_id: str
    list_id: str
    kind: ListKind
    spread: Spread
    version: int
    bits_cap: int = OWN_BITS_CAP

    @classmethod
    def of(cls, version: ListVersion) -> Edition:
        """The edition that a version on the ledger is of."""
        return cls(
            ledger_id=version.ledger_id,
            list_id=version.list_id,
            kind=version.kind,
            spread=version.spread,
            version=version.version,
            bits_cap=version.bits_cap,
        )


def most_bits(kind: ListKind, count: int, cap: int) -> int:
    """The most bits of an address that a version with ``count`` entries may ask for."""
    if count * ENTRY_BYTES[kind] <= WHOLE_BYTES:
        return 0
    return min(cap, (count // PER_CELL).bit_length() - 1)


def padded_length(kind: ListKind, largest: int) -> int:
    """Octets that the entries of every cell are padded to, when the largest has so many."""
    return max(1, -(-largest * ENTRY_BYTES[kind] // PADDED_TO)) * PADDED_TO


def version_path(list_id: str, version: int) -> str:
    """Folder of a version's files below the list owner's address."""
    return f"{quote(list_id, safe='')}/{version}"


def cell_name(bits: int, number: int) -> str:
    """File name of a cell."""
    return f"cell-{bits:02d}-{number:04x}"
