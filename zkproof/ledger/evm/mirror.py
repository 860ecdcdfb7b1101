"""What a reader of a chain keeps: the ledger's entries and their tree, as the file of a log.

Only what is final and was judged to be the ledger's gets there, with a checkpoint that names the
block it is of. So everything that reads a log reads a chain: following, bundles, earlier states.

Trusted: as the pins, which stand beside it; the reader verifies it like any log. May be lost: yes,
it is read from the chain again. Rows are committed with ``synchronous=FULL``.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import merkle
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.entries import Entry
from zkproof.ledger.evm.judging import accepted
from zkproof.ledger.evm.pins import ChainPins
from zkproof.ledger.evm.seen import Seen
from zkproof.ledger.evm.walking import Known, Reading
from zkproof.ledger.fold import apply
from zkproof.ledger.snapshot import Snapshot
from zkproof.ledger.state import LedgerState
from zkproof.ledger.store import LogStore


class Overtaken(Exception):
    """Another process wrote to the mirror meanwhile: read again from where it is now."""


class Mirror:
    """A mirror, and the state of its entries. For one thread at a time; processes may share it."""

    def __init__(self, path: Path, pins: ChainPins) -> None:
        self.path = path
        self._pins = pins
        self._store = LogStore(path, create=True)
        self._state, self._frontier = LedgerState(), merkle.Frontier()

    def close(self) -> None:
        self._store.close()

    def start_from(self, snapshot: Snapshot) -> None:
        """Begin with a state that this reader verified before, where that saves folding."""
        size = snapshot.frontier.size
        if not self._frontier.size < size <= self._store.size():
            return
        if merkle.root(self._store.node, size) == snapshot.frontier.root():
            self._state, self._frontier = snapshot.state.copy(), snapshot.frontier.copy()

    def extends(self, frontier: merkle.Frontier) -> bool:
        """Whether its entries begin with those of this tree."""
        if self._store.size() < frontier.size:
            return False
        return merkle.root(self._store.node, frontier.size) == frontier.root()

    def checkpoint(self) -> Checkpoint | None:
        """The newest one. Raises `LedgerError` for one of another chain or contract."""
        found = self._store.newest_checkpoint()
        if found is not None and not self._pins.vouches_for(found):
            raise LedgerError(
                f"{self.path.name}: of another chain or contract",
                hint="delete it: it is read from the chain again",
            )
        return found

    def known(self) -> Known | None:
        """Where reading the chain goes on."""
        newest = self.checkpoint()
        if newest is None:
            return None
        seen = Seen.of(newest)
        return Known(seen.count, seen.link)

    def state(self) -> LedgerState:
        """What its entries say, up to date. Not to be changed."""
        self._catch_up()
        return self._state

    def position_of(self, data: bytes) -> int | None:
        """Where this very entry stands."""
        return self._store.position_of(data)

    def take(self, reading: Reading, known: Known | None) -> Checkpoint | None:
        """Keep what became final since ``known``. Raises `Overtaken`."""
        with self._store.writing():
            if self.known() != known:
                raise Overtaken
            self._catch_up()
            state = self._state.copy()
            entries = accepted(state, reading.final)
            frontier = self._frontier.copy()
            self._store.append(frontier, entries)
            if not frontier.size:
                return None
            block = reading.block
            last = reading.final[-1] if reading.final else None
            count = last.position + 1 if last else (known.count if known else 0)
            link = last.link if last else (known.link if known else bytes(32))
            seen = Seen(block.number, block.time, count, link, block.block_hash)
            bare = Checkpoint(self._pins.origin, frontier.size, frontier.root())
            made = bare.with_line(seen.line(self._pins.origin))
            self._store.put_checkpoint(made)
        self._state, self._frontier = state, frontier
        return made

    def forget(self) -> None:
        """Delete it, and begin anew."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                self.path.with_name(self.path.name + suffix).unlink()
        self._store = LogStore(self.path, create=True)
        self._state, self._frontier = LedgerState(), merkle.Frontier()

    def _catch_up(self) -> None:
        for position, data in self._store.walk(self._frontier.size):
            if position != self._frontier.size:
                raise LedgerError(f"{self.path.name}: entry {position} is missing", hint=_DAMAGED)
            try:
                apply(self._state, Entry.from_bytes(data))
            except (DecodeError, LedgerError) as error:
                self._state, self._frontier = LedgerState(), merkle.Frontier()
                message = f"{self.path.name}: entry {position}: {error.message}"
                raise LedgerError(message, hint=_DAMAGED) from None
            self._frontier.append(merkle.leaf_hash(data))


_DAMAGED = "delete the file: it is read from the chain again"
