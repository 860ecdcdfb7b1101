"""A log at an address, read through its tiles (`zkproof.ledger.tiles`): any such log, ours or not.

Octets, time and number of requests are bounded, and a tile is asked for only at a size that a
checkpoint of the pinned keys named. Where a partial tile is gone because the full one is there, the
full one is fetched. Errors are `LedgerError`: a log that is away, or answers with something else.

Source: C2SP tlog-tiles. Trusted: no.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import tiles
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.merkle import HASH_BYTES, node_hash
from zkproof.ledger.note import MAX_NOTE_BYTES
from zkproof.ledger.policy import NOBODY, Policy
from zkproof.ledger.tiles import HEIGHT, WIDTH, Tile
from zkproof.web import Caller, Unreachable, require_private

MAX_ENTRIES = 1 << 22
"""Entries that are fetched at once; a log that claims more is refused before anything is."""

MAX_BUNDLE_BYTES = WIDTH * (2 + 0xFFFF)
_KEPT_TILES = 2048
_OK, _GONE = 200, (404, 410)

T = TypeVar("T")


class TiledLog:
    """One log at its address (C2SP's prefix), for one reading by one thread: tiles that do not
    verify are not kept beyond it.
    """

    def __init__(self, address: str) -> None:
        require_private(address)
        self.address = address.rstrip("/")
        self._caller = Caller()
        self._kept: OrderedDict[Tile, tuple[bytes, ...]] = OrderedDict()

    def close(self) -> None:
        self._caller.close()

    def newest_checkpoint(self, policy: Policy = NOBODY) -> Checkpoint:
        """The one that the log publishes; whether it has a quorum is the reader's to check."""
        data = self._get("checkpoint", MAX_NOTE_BYTES)
        if data is None:
            raise LedgerError(f"ledger: {self.address} serves no checkpoint")
        try:
            return Checkpoint.from_note(data)
        except DecodeError as error:
            raise LedgerError(f"ledger: {self.address}: {error.message}") from None

    def at(self, size: int) -> TiledTree:
        """The log at a size that a signed checkpoint names."""
        return TiledTree(self, size)

    def hashes(self, tile: Tile) -> tuple[bytes, ...]:
        """The hashes of a tree tile, fetched or kept. Raises `LedgerError`."""
        known = self._kept.get(tile)
        if known is not None:
            self._kept.move_to_end(tile)
            return known
        data, width = self._whole(tile, WIDTH * HASH_BYTES)
        found = tuple(self._read(tiles.hashes, data, width)[: tile.width])
        self._kept[tile] = found
        if len(self._kept) > _KEPT_TILES:
            self._kept.popitem(last=False)
        return found

    def bundle(self, tile: Tile) -> list[bytes]:
        """The entries of a bundle. Raises `LedgerError`."""
        data, width = self._whole(tile, MAX_BUNDLE_BYTES)
        return self._read(tiles.unbundle, data, width)[: tile.width]

    def _whole(self, tile: Tile, limit: int) -> tuple[bytes, int]:
        """Octets of a tile, or of the full one in place of a partial one that is gone."""
        for width in dict.fromkeys((tile.width, WIDTH)):
            data = self._get(Tile(tile.level, tile.index, width).path, limit)
            if data is not None:
                return data, width
        raise LedgerError(f"ledger: {self.address} does not serve {tile.path}")

    def _read(self, parse: Callable[[bytes, int], list[T]], data: bytes, width: int) -> list[T]:
        try:
            return parse(data, width)
        except DecodeError as error:
            raise LedgerError(f"ledger: {self.address}: {error.message}") from None

    def _get(self, path: str, limit: int) -> bytes | None:
        """What stands at a path; ``None`` when nothing does."""
        try:
            reply = self._caller.call("GET", f"{self.address}/{path}", limit=limit)
        except Unreachable as error:
            raise LedgerError(f"ledger: {error.message}", hint="try again later") from None
        if reply.status in _GONE:
            return None
        if reply.status != _OK:
            raise LedgerError(f"ledger: {self.address}/{path} answers {reply.status}")
        return reply.body


class TiledTree:
    """Nodes and entries of a tiled log at one size."""

    def __init__(self, log: TiledLog, size: int) -> None:
        self._log = log
        self._size = size

    def node(self, level: int, position: int) -> bytes:
        """The hash of a complete subtree, computed from the tile that has the level below."""
        above, rest = divmod(level, HEIGHT)
        first, count = position << rest, 1 << rest
        if (position + 1) << level > self._size:
            raise LedgerError(f"ledger: no tree node {level}/{position} at that size")
        hashes = self._log.hashes(self._tile(above, first // WIDTH))
        start = first % WIDTH
        row = list(hashes[start : start + count])
        while len(row) > 1:
            row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
        return row[0]

    def entries(self, start: int, end: int) -> list[bytes]:
        """Entries ``start .. end-1``."""
        if not 0 <= start <= end <= self._size:
            raise LedgerError("ledger: no such entries at that size")
        if end - start > MAX_ENTRIES:
            raise LedgerError(f"ledger: more than {MAX_ENTRIES} entries at once")
        found: list[bytes] = []
        for index in range(start // WIDTH, -(-end // WIDTH)):
            found += self._log.bundle(self._tile(None, index))
        skipped = start % WIDTH
        return found[skipped : skipped + end - start]

    def _tile(self, level: int | None, index: int) -> Tile:
        """The tile as the log has it at this size."""
        width = (self._size >> (HEIGHT * (level or 0))) - index * WIDTH
        return Tile(level, index, min(WIDTH, width))
