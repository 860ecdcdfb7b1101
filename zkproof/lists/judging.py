"""What the files of a list's version say, and whether that is what its owner announced.

A server alone can send what is no file of the version (`CellNotServed`). Everything else that is
wrong in a file under the root on the ledger is its owner's doing (`OwnerContradiction`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zkproof import curve
from zkproof.bbs.keys import PublicKey
from zkproof.errors import DecodeError
from zkproof.lists.cell import Cell, CellNotServed, read_wide
from zkproof.lists.entries import Entries
from zkproof.lists.layout import WIDE, cell_name
from zkproof.lists.summary import Summary
from zkproof.sigma import signed_set
from zkproof.trust import ListKind, ListVersion


class OwnerContradiction(DecodeError):
    """Summary and file of one version contradict each other, under one root on the ledger.

    ``summary`` and ``file`` are proof of it for anybody who knows the ledger; ``cell`` is the
    number of the file's cell, ``None`` for the file that everybody fetches.
    """

    def __init__(self, error: DecodeError, summary: bytes, file: bytes, cell: int | None) -> None:
        super().__init__("list", f"its owner contradicts itself: {error.message}")
        self.cell = cell
        self.summary = summary
        self.file = file


@dataclass(frozen=True, slots=True)
class Held:
    """Files of one version that were fetched, by name, and its summary: to be judged."""

    version: ListVersion
    summary: Summary
    head: bytes
    files: Mapping[str, bytes]

    def cell(self, number: int) -> Entries:
        """The entries of a cell. Raises `CellNotServed` and `OwnerContradiction`."""
        data = self._file(number)
        try:
            return Cell.read(data, self.summary, number).entries
        except CellNotServed:
            raise
        except DecodeError as error:
            raise OwnerContradiction(error, self.head, data, number) from None

    def wide(self) -> Entries | None:
        """The entries that everybody fetches, if there are any. Raises as `cell`."""
        if self.summary.wide is None:
            return None
        data = self.files[WIDE]
        try:
            return read_wide(data, self.summary, self.summary.wide)
        except CellNotServed:
            raise
        except DecodeError as error:
            raise OwnerContradiction(error, self.head, data, None) from None

    def check_tokens(self, number: int, entries: Entries) -> None:
        """Whether the owner signed every token of a cell. Raises `OwnerContradiction`."""
        version = self.version
        if version.kind is ListKind.GAPS:
            return  # a gap is signed by itself; whoever shows it has checked it
        try:
            tokens = curve.decode_g1_many(entries.tokens(), "cell.tokens")
        except DecodeError as error:
            raise OwnerContradiction(error, self.head, self._file(number), number) from None
        V = signed_set.base(version.ledger_id, version.kind.value, version.list_id, version.version)
        key = PublicKey.from_octets(version.public_key)
        if not signed_set.tokens_hold(key, V, entries.elements(), tokens):
            forged = DecodeError("cell.tokens", "not all are the owner's")
            raise OwnerContradiction(forged, self.head, self._file(number), number)

    def _file(self, number: int) -> bytes:
        return self.files[cell_name(self.summary.bits, number)]
