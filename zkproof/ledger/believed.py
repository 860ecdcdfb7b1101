"""What a reader believed, on disk: after a restart it refuses what it would have refused before.

In the reader's folder, which is that of the pins unless it names another::

    believed.json          {"root": pinned root, "checkpoint": note,
                            "snapshot": {"size": n, "sha256": digest} or null}
    believed-<size>.state  the folded state of that size (`zkproof.ledger.snapshot`)

The checkpoint is a lower bound: a log that is smaller, or does not extend it, is refused. The state
only saves folding entries again: without it, or when its digest differs, everything is verified
from the first entry.

Trusted: as the pins are; whoever can change both files can change the pins as well. May be lost:
the state yes, the checkpoint no. A reader cannot tell a lost checkpoint from a first look, except
by the state beside it: where that is left, reading is refused. A first look is always said.
Acknowledged means: file and folder are synced before the reader hands out a view.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from zkproof import files
from zkproof.bounded import load_json
from zkproof.errors import ConflictError, DecodeError, LedgerError, NotFoundError
from zkproof.ledger.bodies import DIGEST_BYTES
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.merkle import HASH_BYTES
from zkproof.ledger.note import MAX_NOTE_BYTES
from zkproof.ledger.pins import Pinned
from zkproof.ledger.reader import LedgerReader, SplitView
from zkproof.ledger.snapshot import MAX_SNAPSHOT_BYTES, Snapshot
from zkproof.record import Record, hexadecimal, number, octets, optional, parsed, text

BELIEVED = "believed.json"
MAX_BELIEVED_BYTES = 2 * MAX_NOTE_BYTES
_STATES = "believed-*.state"
_EVERY = 256
_SHARE = 16
_ANEW = "restore the file from a copy; or take the ledger as it is now: zkproof ledger forget"


@dataclass(frozen=True, slots=True)
class Kept:
    """Size and SHA-256 of a state on file."""

    size: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Believed:
    """The contents of `BELIEVED`."""

    root: bytes
    checkpoint: Checkpoint
    snapshot: Kept | None

    def to_json(self) -> bytes:
        kept = self.snapshot
        table = {
            "root": self.root.hex(),
            "checkpoint": self.checkpoint.to_note().decode(),
            "snapshot": kept and {"size": kept.size, "sha256": kept.digest.hex()},
        }
        return json.dumps(table, indent=2, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> Believed:
        """Raises `DecodeError` for anything that `to_json` would not have written."""
        table = _BELIEVED.check(load_json(data, field="believed", max_bytes=MAX_BELIEVED_BYTES))
        found = cls(table["root"], table["checkpoint"], table["snapshot"])
        if found.to_json() != data:
            raise DecodeError("believed", "not what a reader writes")
        return found


_SNAPSHOT = Record("snapshot", {"size": number(), "sha256": hexadecimal(octets(DIGEST_BYTES))})
_BELIEVED = Record(
    "believed",
    {
        "root": hexadecimal(octets(HASH_BYTES)),
        "checkpoint": parsed(
            text(MAX_NOTE_BYTES), lambda value: Checkpoint.from_note(value.encode())
        ),
        "snapshot": optional(
            parsed(_SNAPSHOT, lambda kept: Kept(size=kept["size"], digest=kept["sha256"]))
        ),
    },
)


class BelievedFiles:
    """The two files of one reader. ``notices`` are sentences for the person who runs it."""

    def __init__(self, folder: Path, pins: Pinned) -> None:
        self.notices: list[str] = []
        self._folder = folder
        self._pins = pins
        self._unusable = False

    def resume(self, reader: LedgerReader) -> None:
        """Give the reader what is on file, where that goes beyond what it has.

        Raises `LedgerError` when the files contradict the pins, each other or the reader.
        """
        believed = self._read()
        if believed is None:
            if self._states():
                raise LedgerError(
                    f"ledger: {BELIEVED} is gone, but this ledger was read here before", hint=_ANEW
                )
            if reader.last is None:
                self._say("this ledger is read here for the first time: nothing to compare it with")
            return
        if reader.last is None:
            snapshot = self._snapshot(believed.snapshot)
            if snapshot is not None:
                reader.start_from(snapshot)
        reader.hold(believed.checkpoint)

    def keep(self, reader: LedgerReader) -> None:
        """Write what the reader believes. Raises `ConflictError` and `SplitView`."""
        ours = reader.last
        if ours is None:
            return
        with self._alone():
            stored = self._read()
            kept = None if stored is None else stored.snapshot
            if stored is not None:
                theirs = stored.checkpoint
                if theirs.size > ours.size:  # another process is ahead
                    return
                if theirs.size == ours.size and theirs.root_hash != ours.root_hash:
                    raise SplitView(theirs, ours)
            if stored is None or stored.checkpoint.size < ours.size:
                self._write(Believed(self._pins.root, ours, kept))
            behind = kept is None or ours.size - kept.size >= max(_EVERY, kept.size // _SHARE)
            if behind or self._unusable:
                self._write_state(reader, ours)

    def forget(self) -> None:
        """Delete both files: the next look is a first one. Raises `ConflictError`."""
        with self._alone():
            for path in (self._folder / BELIEVED, *self._states()):
                path.unlink(missing_ok=True)

    def checkpoint(self) -> Checkpoint | None:
        """The checkpoint on file. Raises `LedgerError`."""
        believed = self._read()
        return None if believed is None else believed.checkpoint

    def state(self) -> bytes | None:
        """The octets of the state on file, for comparing them with the entries.

        Raises `LedgerError` when it is not the one that the checkpoint's file names,
        `NotFoundError` and `ConflictError` when it cannot be read.
        """
        believed = self._read()
        if believed is None or believed.snapshot is None:
            return None
        path = self._state_path(believed.snapshot)
        data = files.read(path, max_bytes=MAX_SNAPSHOT_BYTES)
        if hashlib.sha256(data).digest() != believed.snapshot.digest:
            raise LedgerError(f"{path.name}: not the state that {BELIEVED} names")
        return data

    def drop_state(self) -> None:
        """Delete the state: the next reading folds all entries and writes another."""
        with self._alone():
            believed = self._read()
            if believed is not None:
                self._write(replace(believed, snapshot=None))
            for path in self._states():
                path.unlink(missing_ok=True)

    def _write_state(self, reader: LedgerReader, ours: Checkpoint) -> None:
        snapshot = Snapshot(reader.state, reader.frontier)
        data, kept = snapshot.to_bytes(), snapshot.frontier.size
        now_kept = Kept(kept, hashlib.sha256(data).digest())
        # A process that is killed in between leaves the old pair, or two states and the new name.
        path = self._state_path(now_kept)
        files.replace(path, data)
        self._write(Believed(self._pins.root, ours, now_kept))
        for other in self._states():
            if other != path:
                other.unlink(missing_ok=True)
        self._unusable = False

    def _snapshot(self, kept: Kept | None) -> Snapshot | None:
        """The state on file, when it is the one that is named and this program reads it."""
        if kept is None:
            return None
        path = self._state_path(kept)
        try:
            data = files.read(path, max_bytes=MAX_SNAPSHOT_BYTES)
            if hashlib.sha256(data).digest() == kept.digest:
                return Snapshot.from_bytes(data)
            self._say(f"{path.name} was changed: the ledger is verified from its first entry")
        except (NotFoundError, ConflictError):
            self._say(f"{path.name} is missing: the ledger is verified from its first entry")
        except DecodeError:
            pass  # another version of this program wrote it
        self._unusable = True
        return None

    def _read(self) -> Believed | None:
        path = self._folder / BELIEVED
        if not path.exists():
            return None
        try:
            found = Believed.from_json(files.read(path, max_bytes=MAX_BELIEVED_BYTES))
        except DecodeError as error:
            raise LedgerError(f"ledger: {BELIEVED}: {error.message}", hint=_ANEW) from None
        checkpoint, pins = found.checkpoint, self._pins
        if found.root != pins.root or not pins.vouches_for(checkpoint):
            raise LedgerError(f"ledger: {BELIEVED} was written under other pins", hint=_ANEW)
        return found

    def _write(self, believed: Believed) -> None:
        files.replace(self._folder / BELIEVED, believed.to_json())

    def _states(self) -> list[Path]:
        return sorted(self._folder.glob(_STATES))

    def _state_path(self, kept: Kept) -> Path:
        return self._folder / f"believed-{kept.size}.state"

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process reads and writes the files meanwhile."""
        try:
            descriptor = os.open(self._folder, os.O_RDONLY)
        except OSError as error:
            raise ConflictError(f"{self._folder}: cannot be opened ({error.strerror})") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _say(self, notice: str) -> None:
        if notice not in self.notices:
            self.notices.append(notice)
