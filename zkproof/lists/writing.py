"""Files of a version, written so that at every moment it is there as a whole or not at all.

Signed entries are first put, in ascending order, into one file without a name; then every cell is
cut out of it. Files are made beside their place and renamed, with every file and the folder on
disk. Memory is that of one cell, and a few octets for each entry of a list that is not of spread
PREFIX.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import shutil
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from zkproof.errors import ConflictError
from zkproof.ledger.merkle import Tree, inclusion_proof, leaf_hash
from zkproof.lists.address import cell_of, cells_of_gap
from zkproof.lists.cell import cell_file, cell_payload, wide_file
from zkproof.lists.layout import (
    ENTRY_BYTES,
    MIN_TOKENS,
    SUMMARY,
    WIDE,
    Edition,
    cell_name,
    most_bits,
    padded_length,
    version_path,
)
from zkproof.lists.summary import Summary, Wide
from zkproof.trust import ListKind, Spread

Placement = Sequence[Sequence[int]]
"""For each cell the numbers of its entries, in ascending order."""


@dataclass(frozen=True, slots=True)
class Published:
    """What the ledger entry of a version says, and what was written."""

    folder: Path
    count: int
    root: bytes
    octets: int
    bits: int


def version_folder(root: Path, list_id: str, version: int) -> Path:
    """Where a version's files are."""
    return root / version_path(list_id, version)


def remove_version(root: Path, list_id: str, version: int) -> None:
    """Remove files of a version that never was anchored: the owner died between the two."""
    shutil.rmtree(version_folder(root, list_id, version), ignore_errors=True)


class Places:
    """Which entries belong to which cell, noted while they come in, in ascending order.

    With spread PREFIX the entries of a cell are neighbours, and only the ends are kept.
    """

    def __init__(self, edition: Edition, count: int) -> None:
        self.edition = edition
        self.bits = most_bits(edition.kind, count, edition.bits_cap)
        self.wide: array[int] = array("Q")
        self._runs: list[range] = [range(0)] * (1 << self.bits)
        self._scattered = [array("Q") for _ in self._runs]
        self._seen = 0

    def add_element(self, element: int) -> None:
        """The next entry is the token of this element."""
        self._note([cell_of(self.edition.spread, element, self.bits)])

    def add_gap(self, low: int, high: int) -> None:
        """The next entry is this gap."""
        cells = cells_of_gap(self.edition.spread, low, high, self.bits)
        if cells is None:
            self.wide.append(self._seen)
            self._seen += 1
        else:
            self._note(cells)

    def _note(self, cells: Sequence[int] | frozenset[int]) -> None:
        for cell in cells:
            if self.edition.spread is Spread.PREFIX:
                run = self._runs[cell]
                start = run.start if run else self._seen
                self._runs[cell] = range(start, self._seen + 1)
            else:
                self._scattered[cell].append(self._seen)
        self._seen += 1

    def settle(self) -> tuple[int, Placement]:
        """Bits and placement. Tokens get fewer bits while a cell has less than `MIN_TOKENS`."""
        bits = self.bits
        prefix = self.edition.spread is Spread.PREFIX
        cells: Placement = self._runs if prefix else self._scattered
        if self.edition.kind is ListKind.GAPS:
            return bits, cells
        while bits and min(len(each) for each in cells) < MIN_TOKENS:
            pairs = list(zip(cells[::2], cells[1::2], strict=True))
            cells = [_joined(a, b) for a, b in pairs]
            bits -= 1
        return bits, cells


def _joined(first: Sequence[int], second: Sequence[int]) -> Sequence[int]:
    if not first or not second:
        return first or second
    if isinstance(first, range) and isinstance(second, range):
        return range(first.start, second.stop)
    return array("Q", sorted((*first, *second)))


class Draft:
    """A version being written. Make one with `draft`."""

    def __init__(self, root: Path, edition: Edition, count: int) -> None:
        self.count = count
        self.places = Places(edition, count)
        self._edition = edition
        self._target = version_folder(root, edition.list_id, edition.version)
        if self._target.exists():
            raise ConflictError(
                f"{self._target.name}: this version is published already",
                hint="a version never changes",
            )
        parent = self._target.parent
        parent.mkdir(parents=True, exist_ok=True)
        self._new = Path(tempfile.mkdtemp(dir=parent, prefix=f".{self._target.name}-"))
        self._spill: IO[bytes] = tempfile.TemporaryFile(dir=parent)  # noqa: SIM115

    def add(self, entries: bytes) -> None:
        """The next entries, in ascending order; `places` has noted them too."""
        self._spill.write(entries)

    def finish(self) -> Published:
        """Write all files, and rename."""
        self._spill.flush()
        size = os.fstat(self._spill.fileno()).st_size
        if not size:
            return self._write(b"")
        with mmap.mmap(self._spill.fileno(), size, access=mmap.ACCESS_READ) as entries:
            return self._write(entries)

    def discard(self) -> None:
        """Remove what a draft left behind, if it was not finished."""
        self._spill.close()
        shutil.rmtree(self._new, ignore_errors=True)

    def _write(self, entries: bytes | mmap.mmap) -> Published:
        bits, cells = self.places.settle()
        counts = tuple(len(each) for each in cells)
        length = padded_length(self._edition.kind, max(counts))
        tree = Tree()
        for number, members in enumerate(cells):
            picked = self._pick(entries, members)
            payload = cell_payload(self._edition, number, picked, length)
            (self._new / cell_name(bits, number)).write_bytes(payload)
            tree.append(leaf_hash(payload))
        octets = 0
        for number in range(len(cells)):
            path = inclusion_proof(tree.node, number, len(cells))
            file = self._new / cell_name(bits, number)
            octets += _write_synced(file, cell_file(file.read_bytes(), path))
        wide = None
        if bits and self._edition.kind is ListKind.GAPS and self._edition.spread is Spread.BLOCK:
            data = wide_file(self._edition, self._pick(entries, self.places.wide))
            wide = Wide(len(data), hashlib.sha256(data).digest())
            octets += _write_synced(self._new / WIDE, data)
        summary = Summary(self._edition, self.count, bits, counts, tree.root(), wide).to_bytes()
        octets += _write_synced(self._new / SUMMARY, summary)
        self._new.chmod(0o755)  # to be served; nothing in it is secret
        _sync(self._new)
        os.rename(self._new, self._target)
        _sync(self._target.parent)
        return Published(self._target, self.count, leaf_hash(summary), octets, bits)

    def _pick(self, entries: bytes | mmap.mmap, numbers: Sequence[int]) -> bytes:
        size = ENTRY_BYTES[self._edition.kind]
        if isinstance(numbers, range):
            return entries[numbers.start * size : numbers.stop * size]
        return b"".join(entries[number * size : (number + 1) * size] for number in numbers)


@contextmanager
def draft(root: Path, edition: Edition, count: int) -> Iterator[Draft]:
    """A draft of a version with so many entries on the ledger; gone unless it is finished.

    Raises `ConflictError` when the version is there already.
    """
    made = Draft(root, edition, count)
    try:
        yield made
    finally:
        made.discard()


def _write_synced(path: Path, data: bytes) -> int:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return len(data)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
