"""A cell: entries whose addresses begin alike, in one file; and the part that everybody downloads.

::

    cell    = {"payload": octets, "path": [32 octets, ...]}
    payload = {"format": 2, "list", "kind", "version", "cell": 4 octets, "count": 4 octets,
               "entries": octets, padded with zeros}
    wide    = {"format": 2, "list", "kind", "version", "count": 4 octets, "entries": octets}

All cell files of a version have one length, so that the length of what was fetched does not say
which one it was. ``path`` leads from the payload's leaf hash to ``cells`` in the summary.

Trusted: no, everything is checked on reading. May be lost: yes, it is published again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zkproof.codec import decode, encode
from zkproof.credential.credential import octets_field
from zkproof.errors import DecodeError
from zkproof.ledger.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from zkproof.lists.address import cell_of, cells_of_gap
from zkproof.lists.entries import Entries
from zkproof.lists.layout import ENTRY_BYTES, FORMAT, Edition
from zkproof.lists.summary import COUNT_BYTES, Summary, Wide
from zkproof.trust import ListKind

_NUMBER_BYTES = 4


def cell_payload(edition: Edition, number: int, entries: bytes, length: int) -> bytes:
    """The payload of a cell, its entries padded to ``length``."""
    return encode(
        {
            **_head(edition),
            "cell": number.to_bytes(_NUMBER_BYTES, "big"),
            "count": _count(edition, entries),
            "entries": entries.ljust(length, b"\0"),
        }
    )


def cell_file(payload: bytes, path: Sequence[bytes]) -> bytes:
    """The file of a cell."""
    return encode({"payload": payload, "path": list(path)})


def wide_file(edition: Edition, entries: bytes) -> bytes:
    """The file of the gaps that everybody downloads."""
    return encode({**_head(edition), "count": _count(edition, entries), "entries": entries})


def cell_octets(summary: Summary) -> int:
    """The length of every cell file of a version."""
    empty = len(cell_payload(summary.edition, 0, b"", 0))
    payload = empty - _string_octets(0) + _string_octets(summary.length)
    around = len(cell_file(b"", [bytes(HASH_BYTES)] * summary.bits))
    return around - _string_octets(0) + _string_octets(payload)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that was read and checked against the summary."""

    number: int
    entries: Entries

    @classmethod
    def read(cls, data: bytes, summary: Summary, number: int) -> Cell:
        """Read the cell of that number.

        1. The file has exactly the length of all cell files.
        2. The payload leads to the root in the summary, at its place.
        3. It is of this list, version and place, and has the count that the summary promised.
        4. Nothing but zeros follows the entries, which ascend.
        5. Every entry belongs to this cell. (a crowd filled up with entries of other cells)

        Raises `CellNotServed` for 1 and 2, which a server alone can cause, and `DecodeError` for
        the rest: the list's owner contradicts its own summary.
        """
        if len(data) != cell_octets(summary):  # 1.
            raise CellNotServed("cell", "not the length of this version's cells")
        payload = _payload_of(data, summary, number)  # 2.
        table = _table(payload, summary.edition, {"cell", "count", "entries"})  # 3.
        if octets_field(table, "cell", _NUMBER_BYTES) != number.to_bytes(_NUMBER_BYTES, "big"):
            raise DecodeError("cell.cell", "another cell")
        entries = _entries(table, summary.edition, summary.counts[number], summary.length)  # 4.
        if not _all_belong(entries, summary, number):  # 5.
            raise DecodeError("cell.entries", "an entry belongs to another cell")
        return cls(number, entries)


class CellNotServed(DecodeError):
    """What came is not a file of this version: nothing that its owner is bound to."""


def read_wide(data: bytes, summary: Summary, wide: Wide) -> Entries:
    """The gaps that everybody downloads, checked. Raises as `Cell.read`."""
    if len(data) != wide.octets or hashlib.sha256(data).digest() != wide.sha256:
        raise CellNotServed("wide", "not the file of this version")
    edition = summary.edition
    table = _table(data, edition, {"count", "entries"})
    count = int.from_bytes(octets_field(table, "count", COUNT_BYTES), "big")
    entries = _entries(table, edition, count, count * ENTRY_BYTES[edition.kind])
    if any(
        cells_of_gap(edition.spread, low, high, summary.bits) is not None
        for low, high in entries.gaps()
    ):
        raise DecodeError("wide.entries", "a gap belongs to a cell")
    return entries


def _string_octets(length: int) -> int:
    """Octets of an encoded string of so many octets."""
    return length + next(
        head for limit, head in ((24, 1), (1 << 8, 2), (1 << 16, 3), (1 << 32, 5)) if length < limit
    )


def _head(edition: Edition) -> dict[str, object]:
    return {
        "format": FORMAT,
        "list": edition.list_id,
        "kind": edition.kind.value,
        "version": edition.version,
    }


def _count(edition: Edition, entries: bytes) -> bytes:
    return (len(entries) // ENTRY_BYTES[edition.kind]).to_bytes(COUNT_BYTES, "big")


def _payload_of(data: bytes, summary: Summary, number: int) -> bytes:
    """The payload, once it leads to the root of the cells."""
    try:
        table = decode(data, field="cell", max_bytes=len(data))
    except DecodeError as error:
        raise CellNotServed("cell", error.message) from None
    if not isinstance(table, dict) or set(table) != {"payload", "path"}:
        raise CellNotServed("cell", "payload and path needed")
    payload, path = table["payload"], table["path"]
    if not isinstance(payload, bytes) or not isinstance(path, list):
        raise CellNotServed("cell", "payload and path needed")
    if len(path) != summary.bits or not all(
        isinstance(each, bytes) and len(each) == HASH_BYTES for each in path
    ):
        raise CellNotServed("cell.path", "hashes are needed, one for each bit")
    if not verify_inclusion(leaf_hash(payload), number, 1 << summary.bits, path, summary.cells):
        raise CellNotServed("cell.path", "does not lead to the root in the summary")
    return payload


def _table(payload: bytes, edition: Edition, more: set[str]) -> dict[str, Any]:
    table = decode(payload, field="cell.payload", max_bytes=len(payload))
    head = _head(edition)
    if not isinstance(table, dict) or set(table) != head.keys() | more:
        raise DecodeError("cell.payload", "not the fields of a cell")
    if any(type(table[k]) is not type(v) or table[k] != v for k, v in head.items()):
        raise DecodeError("cell.payload", "of another format, list or version")
    return table


def _entries(table: dict[str, Any], edition: Edition, count: int, length: int) -> Entries:
    octets = octets_field(table, "entries", length)
    if octets_field(table, "count", COUNT_BYTES) != count.to_bytes(COUNT_BYTES, "big"):
        raise DecodeError("cell.count", "not what the summary says")
    end = count * ENTRY_BYTES[edition.kind]
    if octets[end:].strip(b"\0"):
        raise DecodeError("cell.entries", "something stands in the padding")
    return Entries.read(edition.kind, octets[:end])


def _all_belong(entries: Entries, summary: Summary, number: int) -> bool:
    edition, bits = summary.edition, summary.bits
    if edition.kind is not ListKind.GAPS:
        return all(cell_of(edition.spread, each, bits) == number for each in entries.elements())
    for low, high in entries.gaps():
        cells = cells_of_gap(edition.spread, low, high, bits)
        if high - low < 2 or cells is None or number not in cells:
            return False
    return True
