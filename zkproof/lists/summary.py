"""The summary of a version: everything about its files that does not depend on a value.

::

    {"format": 2, "list", "kind", "version", "spread", "bits", "count", "length",
     "counts": 4 octets for each cell, "cells": root over the payloads of the cells,
     "wide": null or [octets, SHA-256]}

Its leaf hash is the root on the ledger. A wallet reads it first and decides from it and the ledger
alone which number of cells it asks for; only then does anything depend on a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zkproof.codec import decode, encode
from zkproof.credential.credential import octets_field
from zkproof.errors import DecodeError
from zkproof.ledger.merkle import HASH_BYTES, leaf_hash
from zkproof.lists.address import MAX_BLOCKS
from zkproof.lists.layout import (
    ENTRY_BYTES,
    FORMAT,
    MIN_TOKENS,
    Edition,
    most_bits,
    padded_length,
)
from zkproof.trust import MAX_COUNT, MOST_BITS_CAP, ListKind, ListVersion, Spread

MAX_SUMMARY_BYTES = 4 * (1 << MOST_BITS_CAP) + 4096
MAX_WIDE_BYTES = 32 << 20
COUNT_BYTES = 4

_FIELDS = frozenset(
    (
        "format",
        "list",
        "kind",
        "version",
        "spread",
        "bits",
        "count",
        "length",
        "counts",
        "cells",
        "wide",
    )
)


@dataclass(frozen=True, slots=True)
class Wide:
    """Length and SHA-256 of the file that everybody downloads."""

    octets: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary. Made by an owner, or read by `read`, which checks everything."""

    edition: Edition
    count: int
    bits: int
    counts: tuple[int, ...]
    """Entries of each cell."""

    cells: bytes
    """Merkle root over the payloads of the cells."""

    wide: Wide | None

    @property
    def length(self) -> int:
        """Octets of the entries of every cell, padding included."""
        return padded_length(self.edition.kind, max(self.counts))

    def to_bytes(self) -> bytes:
        return encode(
            {
                "format": FORMAT,
                "list": self.edition.list_id,
                "kind": self.edition.kind.value,
                "version": self.edition.version,
                "spread": self.edition.spread.value,
                "bits": self.bits,
                "count": self.count,
                "length": self.length,
                "counts": b"".join(each.to_bytes(COUNT_BYTES, "big") for each in self.counts),
                "cells": self.cells,
                "wide": None if self.wide is None else [self.wide.octets, self.wide.sha256],
            }
        )

    @classmethod
    def read(cls, data: bytes, version: ListVersion) -> Summary:
        """Read the summary of a version on the ledger.

        1. Its leaf hash is the root on the ledger. (a server's own summary)
        2. Its fields are this list's, version's and count's; the spread is the ledger's.
        3. ``bits`` is at most what kind, count and cap give. (a free number of files, whose names
           would be so many bits of a hidden value)
        4. There is a count for each cell, and ``length`` is what the largest gives.
        5. Tokens: counts add up to the number on the ledger, and no cell has less than
           `MIN_TOKENS`. Gaps: not more in all than gaps can touch cells. (a cell for one holder)

        Raises `DecodeError`.
        """
        table = decode(data, field="summary", max_bytes=MAX_SUMMARY_BYTES)
        if leaf_hash(data) != version.root:  # 1.
            raise DecodeError("summary", "does not have the root on the ledger")
        if not isinstance(table, dict) or set(table) != _FIELDS:
            raise DecodeError("summary", "not the fields of a summary")
        if type(table["format"]) is not int or table["format"] != FORMAT:
            raise DecodeError("summary.format", "a version this program does not know")
        expected = {  # 2.
            "list": version.list_id,
            "kind": version.kind.value,
            "version": version.version,
            "spread": version.spread.value,
            "count": version.count,
        }
        for name, value in expected.items():
            if type(table[name]) is not type(value) or table[name] != value:
                raise DecodeError(f"summary.{name}", "not what the ledger says")
        bits = table["bits"]
        most = most_bits(version.kind, version.count, version.bits_cap)
        if type(bits) is not int or not 0 <= bits <= most:  # 3.
            raise DecodeError("summary.bits", f"between 0 and {most} for so many entries")
        counts = octets_field(table, "counts", COUNT_BYTES << bits)  # 4.
        summary = cls(
            Edition.of(version),
            version.count,
            bits,
            tuple(
                int.from_bytes(counts[i : i + COUNT_BYTES], "big")
                for i in range(0, len(counts), COUNT_BYTES)
            ),
            octets_field(table, "cells", HASH_BYTES),
            _wide(table, version, bits),
        )
        if type(table["length"]) is not int or table["length"] != summary.length:
            raise DecodeError("summary.length", "not what the largest cell needs")
        _check_counts(summary.counts, version)  # 5.
        return summary


def check_version(version: ListVersion) -> None:
    """What is checked of a version before anything is fetched: number of entries, cap.

    Raises `DecodeError`.
    """
    if not 0 <= version.count <= MAX_COUNT:
        raise DecodeError("list.count", f"at most {MAX_COUNT} entries")
    if not 0 <= version.bits_cap <= MOST_BITS_CAP:
        raise DecodeError("list.bits_cap", f"at most {MOST_BITS_CAP}")
    if version.kind is ListKind.GAPS and version.spread is Spread.HASH:
        raise DecodeError("list.spread", "gaps have no spread hash")


def _check_counts(counts: Sequence[int], version: ListVersion) -> None:
    if version.kind is ListKind.GAPS:
        most = (MAX_BLOCKS + 1) * (version.count + 1) + len(counts)
        if sum(counts) > most:
            raise DecodeError("summary.counts", "more gaps than there can be")
        return
    if sum(counts) != version.count:
        raise DecodeError("summary.counts", "do not add up to the number on the ledger")
    if len(counts) > 1 and min(counts) < MIN_TOKENS:
        raise DecodeError("summary.counts", f"a cell has less than {MIN_TOKENS} entries")


def _wide(table: Mapping[str, Any], version: ListVersion, bits: int) -> Wide | None:
    listed = table["wide"]
    needed = version.kind is ListKind.GAPS and version.spread is Spread.BLOCK and bits > 0
    if not needed:
        if listed is not None:
            raise DecodeError("summary.wide", "only exclusion lists in blocks have one")
        return None
    if not isinstance(listed, list) or len(listed) != 2:
        raise DecodeError("summary.wide", "length and digest are needed")
    octets, digest = listed
    largest = min(MAX_WIDE_BYTES, (version.count + 1) * ENTRY_BYTES[version.kind] + 4096)
    if type(octets) is not int or not 0 < octets <= largest:
        raise DecodeError("summary.wide", f"at most {largest} octets")
    if not isinstance(digest, bytes) or len(digest) != HASH_BYTES:
        raise DecodeError("summary.wide", "a SHA-256 digest is needed")
    return Wide(octets, digest)
