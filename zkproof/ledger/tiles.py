"""The read side for everybody: checkpoint, tree tiles and entry bundles, under fixed paths.

=============================  ==================================================================
``checkpoint``                 the newest checkpoint; changes
``tile/<L>/<N>[.p/<W>]``       256 (or W) hashes of level ``8 * L``, from position ``256 * N``
``tile/entries/<N>[.p/<W>]``   the entries of the level-0 tile N, each after its length in 2 octets
=============================  ==================================================================

``<N>`` is written in groups of three digits, all but the last with an ``x`` before them. Everything
but the checkpoint never changes once it can be had, so any web server or cache may serve it, and a
reader can compute every proof by itself. Functions over the store; HTTP is elsewhere.

Source: C2SP tlog-tiles. Trusted: no.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger.merkle import HASH_BYTES
from zkproof.ledger.policy import NOBODY, Policy
from zkproof.ledger.store import LogStore

WIDTH = 256
"""Hashes or entries of a full tile."""

HEIGHT = 8
"""Levels of the tree in one tile."""

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)"
    r"/(?P<groups>(?:x[0-9]{3}/){0,4})(?P<last>[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One resource. ``level`` is ``None`` for entries; ``width`` is 256 for a full one."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        number = "/".join(["x" + each for each in groups[:-1]] + groups[-1:])
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{'entries' if self.level is None else self.level}/{number}{partial}"

    @classmethod
    def from_path(cls, path: str) -> Tile:
        """Raises `DecodeError` for anything that `path` would not have given."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise DecodeError("path", "not one of a tile")
        level = None if found["level"] == "entries" else int(found["level"])
        index = int(found["groups"].replace("x", "").replace("/", "") + found["last"])
        tile = cls(level, index, int(found["width"] or WIDTH))
        if tile.path != path or (level or 0) > 63 or tile.width > WIDTH:
            raise DecodeError("path", "not the one form of this tile's path")
        return tile


@dataclass(frozen=True, slots=True)
class Resource:
    """What to answer with. ``immutable`` means that it may be cached for ever."""

    content: bytes
    content_type: str
    immutable: bool


def read(store: LogStore, path: str, policy: Policy = NOBODY) -> Resource:
    """The resource under a path.

    The checkpoint is the newest one with the policy's quorum. Only what a
    checkpoint covers is given out. Raises `DecodeError` for a path that is none, and `LedgerError`
    for a resource that is not there (yet).
    """
    newest = store.newest_checkpoint()
    if newest is None:
        raise LedgerError("ledger: empty")
    if path == "checkpoint":
        newest = store.newest_checkpoint(policy)
        if newest is None:
            raise LedgerError("ledger: no checkpoint with enough cosignatures yet")
        return Resource(newest.to_note(), "text/plain; charset=utf-8", immutable=False)
    tile = Tile.from_path(path)
    level, start = tile.level or 0, tile.index * WIDTH
    if start + tile.width > newest.size >> (HEIGHT * level):
        raise LedgerError("ledger: no such tile at the newest checkpoint")
    if tile.level is None:
        content = bundle(store.entries(start, start + tile.width))
    else:
        content = b"".join(store.node(HEIGHT * level, start + i) for i in range(tile.width))
    return Resource(content, "application/octet-stream", immutable=True)


def tiles(size: int, *, known: int = 0) -> list[Tile]:
    """Entry bundles a reader needs to go from ``known`` entries to ``size``."""
    first, last = known // WIDTH, -(-size // WIDTH)
    return [Tile(None, index, min(WIDTH, size - index * WIDTH)) for index in range(first, last)]


def bundle(entries: list[bytes]) -> bytes:
    """Entries, each after its length in two octets."""
    return b"".join(len(each).to_bytes(2, "big") + each for each in entries)


def unbundle(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle. Raises `DecodeError` unless there are exactly ``width``."""
    found: list[bytes] = []
    at = 0
    while at < len(data) and len(found) < width:
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data) or at + 2 > len(data):
            raise DecodeError("entries", "cut short")
        found.append(data[at + 2 : end])
        at = end
    if at != len(data) or len(found) != width:
        raise DecodeError("entries", f"not exactly {width}")
    return found


def hashes(data: bytes, width: int) -> list[bytes]:
    """The hashes of a tree tile. Raises `DecodeError` unless there are exactly ``width``."""
    if len(data) != width * HASH_BYTES:
        raise DecodeError("tile", f"not {width} hashes")
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]
