"""Where a log is read from: its own file, or an address that serves it as tiles.

Nothing that a source gives is trusted: `zkproof.ledger.following` hands it to a reader, which
verifies all of it. What one needs of a log is little: the newest checkpoint and, at its size, tree
nodes and entries. Another home of the same entries, such as a chain, has to give no more.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.policy import Policy
from zkproof.ledger.store import LogStore
from zkproof.ledger.tiled import TiledLog
from zkproof.web import require_private


class Tree(Protocol):
    """Entries and nodes of a log at one size."""

    def node(self, level: int, position: int, /) -> bytes:
        """The hash of a complete subtree. Raises `LedgerError` when it cannot be had."""
        ...

    def entries(self, start: int, end: int, /) -> list[bytes]:
        """Entries ``start .. end-1``. Raises `LedgerError` when they cannot be had."""
        ...


class Source(Protocol):
    """A log as it is read, from the newest checkpoint on."""

    def newest_checkpoint(self, policy: Policy, /) -> Checkpoint | None:
        """The newest one with that quorum, as far as the source can tell. Raises `LedgerError`."""
        ...

    def at(self, size: int, /) -> Tree:
        """The log at a size that a checkpoint has which its keys signed."""
        ...


class Place(Protocol):
    """Where a source is opened, as often as something is to be read."""

    def reading(self) -> AbstractContextManager[Source]:
        """Raises `LedgerError` when there is nothing to read."""
        ...


class LogFile:
    """The log's own file, opened anew for every reading: it may have been restored meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def reading(self) -> Iterator[Source]:
        store = LogStore(self.path, read_only=True)
        try:
            yield store
        finally:
            store.close()


class LogAddress:
    """A log that is served over HTTP as tiles. Connections and tiles last for one reading."""

    def __init__(self, address: str) -> None:
        require_private(address)
        self.address = address

    @contextlib.contextmanager
    def reading(self) -> Iterator[Source]:
        log = TiledLog(self.address)
        try:
            yield log
        finally:
            log.close()


def is_address(place: Path | str) -> bool:
    """Whether a place is written as an address and not as a path."""
    return isinstance(place, str) and "://" in place


def place_of(place: Path | str | Place) -> Place:
    """A path of a log's file, an address, or a place itself."""
    if isinstance(place, str) and is_address(place):
        return LogAddress(place)
    if isinstance(place, str | Path):
        return LogFile(Path(place))
    return place
