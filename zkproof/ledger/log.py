"""The operator's side: append entries, sign checkpoints, give proofs.

An append is checked against the folded state, and written in one transaction together with the
checkpoint that covers it; nobody sees either before it is on disk. Opening a log hashes all entries
again and compares them with the newest checkpoint: an edited or shortened file does not open, so
the log never signs a second history over it. What they say is folded again too, from the last
snapshot on (`zkproof.ledger.log_snapshot`). The operator is not trusted by readers
(`zkproof.ledger.reader`); these checks protect it from its own disk.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zkproof.clock import Clock, system_clock
from zkproof.errors import DecodeError, LedgerError, UsageError
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger import log_snapshot, merkle, note
from zkproof.ledger.checkpoint import Checkpoint, sign_checkpoint
from zkproof.ledger.cosigning import Collector
from zkproof.ledger.entries import Entry
from zkproof.ledger.fold import apply
from zkproof.ledger.grouping import Appended, Group, Waiting
from zkproof.ledger.pins import SKEW, Pins
from zkproof.ledger.policy import Policy
from zkproof.ledger.snapshot import Snapshot
from zkproof.ledger.state import LedgerState
from zkproof.ledger.store import LogStore
from zkproof.ledger.trust import trust_view
from zkproof.ledger.witness import Request
from zkproof.trust import TrustView

MAX_BATCH = 1 << 16
"""Entries that are appended together at most."""


class AppendedBefore(LedgerError):
    """This very entry stands in the log already, at ``position``: an append was repeated.

    Of a batch that was repeated, the first one.
    """

    def __init__(self, position: int) -> None:
        super().__init__("entry: appended before", hint=f"it is entry {position}")
        self.position = position


class BatchRefused(LedgerError):
    """One entry of a batch breaks a rule, the one at ``index``; none of the batch was appended."""

    def __init__(self, index: int, error: DecodeError | LedgerError) -> None:
        super().__init__(f"entries[{index}]: {error.message}", hint=error.hint)
        self.index = index


class Log:
    """An open log, usable from any thread. Several processes may open the same file: each append
    first folds what the others wrote.

    Example: see docs/ledger.md.
    """

    def __init__(
        self,
        store: LogStore,
        origin: str,
        key: Ed25519PrivateKey,
        *,
        clock: Clock,
        witnesses: Mapping[str, bytes] | None = None,
        collector: Collector | None = None,
    ) -> None:
        note.check_name(origin)
        self.store = store
        self.origin = origin
        self.public_key = key.public_key().public_bytes_raw()
        self.witnesses = dict(witnesses or {})
        self.collector = collector
        self._key = key
        self._clock = clock
        self._lock = threading.RLock()
        self._state, self._frontier, self._kept = LedgerState(), merkle.Frontier(), 0
        self._ahead = False
        self._group = Group(self._append_group)
        self._pace = log_snapshot.Pace()
        self._catch_up()
        with store.writing():  # so that no other process appends or signs in between
            self._catch_up()
            self._compare()
            newest = store.newest_checkpoint()
            if self._frontier.size > (newest.size if newest else 0):
                self._sign()
        self._keep_snapshot()

    @classmethod
    def open(
        cls,
        path: Path | None,
        origin: str,
        key: Ed25519PrivateKey,
        *,
        clock: Clock = system_clock,
        witnesses: Mapping[str, bytes] | None = None,
        collector: Collector | None = None,
        create: bool = False,
    ) -> Log:
        """Open or create; without a path, in memory.

        ``witnesses`` are names and public keys whose cosignatures this log keeps, beside those of
        the collector's policy, whom it asks with every checkpoint. Raises `LedgerError` when an
        entry breaks a rule or the file does not match its last checkpoint.
        """
        store = LogStore(path, create=create)
        try:
            return cls(store, origin, key, clock=clock, witnesses=witnesses, collector=collector)
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Close the file; a snapshot that is due is written first."""
        if self.collector is not None:
            self.collector.close()
        with self._lock:
            self._keep_snapshot(closing=True)
            self.store.close()

    @property
    def state(self) -> LedgerState:
        """What the entries say, as of the last call that read them. Not to be changed."""
        return self._state

    def append(self, entry: Entry) -> Appended:
        """Append an entry that its authors signed; on return it is on disk.

        Appends that wait for each other are written together (`zkproof.ledger.grouping`): one that
        is refused does not touch the others. Raises `LedgerError` naming the rule it breaks,
        `AppendedBefore` for a repetition (its position is in the error), `LedgerBusy` when another
        process does not let go, and `DecodeError` for an entry that no reader would accept. Nothing
        was written then.
        """
        try:
            data, read = as_read(0, entry)
        except BatchRefused as refused:
            raise refused.__cause__ or refused from None
        return self._group.settle(Waiting(data, read))

    def append_many(self, entries: Sequence[Entry]) -> list[Appended]:
        """Append entries in this order, all of them or none, under one checkpoint; on return they
        are on disk.

        Raises `BatchRefused` naming the entry and the rule it breaks, `AppendedBefore` when the
        whole batch stands in the log already, `LedgerBusy`, and `UsageError` for none at all or
        more than `MAX_BATCH`. Nothing was written then.
        """
        if not 0 < len(entries) <= MAX_BATCH:
            raise UsageError(f"entries: 1 to {MAX_BATCH} are appended together")
        read = [as_read(index, entry) for index, entry in enumerate(entries)]
        with self._lock, self._appending():
            self._refuse_repetition([data for data, _ in read])
            first, latest = self._frontier.size, self._clock() + SKEW
            # The first ones are applied when a later one is refused.
            state = self._state.copy()
            for index, (_, entry) in enumerate(read):
                try:
                    _take(state, entry, latest=latest)
                except LedgerError as error:
                    raise BatchRefused(index, error) from error
            self._ahead, self._state = True, state
            checkpoint = self._write([data for data, _ in read])
        checkpoint = self._cosigned(checkpoint)
        return [Appended(first + index, checkpoint) for index in range(len(read))]

    def _append_group(self, group: Sequence[Waiting]) -> None:
        """Append each entry that breaks no rule, all under one checkpoint; settle all of them."""
        with self._lock, self._appending():
            latest, self._ahead = self._clock() + SKEW, True
            taken: dict[bytes, tuple[int, Waiting]] = {}
            for each in group:
                try:
                    position = self.store.position_of(each.data)
                    if position is None and each.data in taken:
                        position = taken[each.data][0]
                    if position is not None:
                        raise AppendedBefore(position)
                    _take(self._state, each.entry, latest=latest)
                except LedgerError as error:
                    each.error = error
                    continue
                taken[each.data] = (self._frontier.size + len(taken), each)
            if taken:
                checkpoint = self._write(list(taken))
        if taken:  # on disk now
            checkpoint = self._cosigned(checkpoint)
        for position, each in taken.values():
            each.appended = Appended(position, checkpoint)

    @contextmanager
    def _appending(self) -> Iterator[None]:
        """A transaction in which the state in memory is that of the file, and after it again."""
        try:
            with self.store.writing():
                self._catch_up()
                self._ahead = False
                yield
        except BaseException:
            if self._ahead:  # of what is on disk: read again next time
                self._forget()
            raise
        self._keep_snapshot()

    def _write(self, entries: Sequence[bytes]) -> Checkpoint:
        """Entries that the state has taken in, and a checkpoint over them."""
        self.store.append(self._frontier, entries)
        return self._sign()

    def refresh(self) -> Checkpoint:
        """Sign the newest checkpoint again with the time of now.

        To be called well within readers' age limit when nothing is appended.
        """
        with self._lock, self.store.writing():
            signed = self._sign()
        return self._cosigned(signed)

    def policy_of(self, quorum: int) -> Policy:
        """At least ``quorum`` of this log's witnesses."""
        return Policy.of(self.witnesses, quorum)

    def checkpoint(self, *, quorum: int = 0) -> Checkpoint:
        """The newest one that at least ``quorum`` of this log's witnesses cosigned.

        Raises `LedgerError` when there is none.
        """
        found = self.store.newest_checkpoint(self.policy_of(quorum))
        if found is None:
            raise LedgerError("ledger: no such checkpoint yet", hint="append, or ask the witnesses")
        return found

    def witness_request(self, old_size: int, size: int | None = None) -> Request:
        """What to send to a witness whose last cosigned checkpoint has that size (0: none).

        Of the newest checkpoint, or the one of ``size``. Raises `LedgerError`.
        """
        found = self.checkpoint() if size is None else self.store.checkpoint(size)
        if found is None:
            raise LedgerError("ledger: no checkpoint of that size")
        proof = self.consistency_proof(old_size, found.size) if old_size else []
        return Request(old_size, tuple(proof), found.to_note())

    def add_cosignature(self, size: int, line: note.Line) -> Checkpoint:
        """Keep a witness's line. Raises `LedgerError` unless it is one of this log's witnesses and
        its signature holds.
        """
        return self.add_cosignatures(size, [line])

    def add_cosignatures(self, size: int, lines: Sequence[note.Line]) -> Checkpoint:
        """Keep lines of witnesses, all or none. Raises as `add_cosignature`."""
        found = self.store.checkpoint(size)
        if found is None:
            raise LedgerError("cosignature: no such checkpoint here")
        keys = self._witness_keys()
        for name, blob in lines:
            key = keys.get((name, blob[:4]))
            if key is None:
                raise LedgerError("cosignature: not by the key of a witness of this log")
            # What this machine cannot check for lack of the algorithm is carried along.
            note.cosigned_at(found.text(), ((name, blob),), key)
        lone = Checkpoint(found.origin, found.size, found.root_hash, tuple(lines))
        with self.store.writing():
            self.store.put_checkpoint(lone)
        return self.store.checkpoint(size) or lone

    def _witness_keys(self) -> dict[tuple[str, bytes], note.NoteKey]:
        """The witnesses' keys by what their lines begin with."""
        listed = [
            note.NoteKey(name, note.Kind.COSIGNATURE, key) for name, key in self.witnesses.items()
        ]
        if self.collector is not None:
            listed += [each.key for each in self.collector.policy.witnesses.values()]
        return {(key.name, key.key_id): key for key in listed}

    def _cosigned(self, checkpoint: Checkpoint) -> Checkpoint:
        """The checkpoint with what its witnesses said in time. It is on disk before."""
        if self.collector is None:
            return checkpoint
        self.collector.collect(checkpoint, self.witness_request, self.add_cosignatures)
        return self.store.checkpoint(checkpoint.size) or checkpoint

    def inclusion_proof(self, position: int, size: int) -> list[bytes]:
        """Raises `LedgerError` when there is no such entry at that size."""
        if not 0 <= position < size <= self.store.size():
            raise LedgerError("ledger: no such entry at that size")
        return merkle.inclusion_proof(self.store.node, position, size)

    def consistency_proof(self, old_size: int, size: int) -> list[bytes]:
        """Raises `LedgerError` when the sizes do not fit this log."""
        if not 0 < old_size <= size <= self.store.size():
            raise LedgerError("ledger: no such sizes")
        return merkle.consistency_proof(self.store.node, old_size, size)

    def pins(self, *, quorum: int = 0) -> Pins:
        """What to hand to readers, over a way they trust. Raises `LedgerError` when empty."""
        if not self.store.size():
            raise LedgerError("ledger: empty", hint="append the governance root first")
        root = self.store.leaf(0)
        return Pins(
            self.state.ledger_id, self.origin, self.public_key, root, self.witnesses, quorum
        )

    def trust_view(self, *, as_of: int) -> TrustView:
        """What the entries say; ``as_of`` is when the caller looked. For the operator itself:
        everybody else reads through `LedgerReader`.
        """
        with self._lock:
            self._catch_up()
            size, root = self._frontier.size, self._frontier.root()
            checkpoint = Checkpoint(self.origin, size, root)
            return trust_view(self._state, checkpoint, as_of=as_of, past=_OwnPast(self, size))

    def _refuse_repetition(self, batch: list[bytes]) -> None:
        """Raises `AppendedBefore` when the whole batch stands in the log, `BatchRefused` when a
        part of it does.
        """
        known = [self.store.position_of(data) for data in batch]
        found = [(index, place) for index, place in enumerate(known) if place is not None]
        if not found:
            return
        index, position = found[0]
        if known == list(range(position, position + len(batch))):
            raise AppendedBefore(position)
        raise BatchRefused(index, AppendedBefore(position))

    def _forget(self) -> None:
        self._state, self._frontier, self._kept = LedgerState(), merkle.Frontier(), 0

    def _keep_snapshot(self, *, closing: bool = False) -> None:
        """Write one when enough was folded since the last."""
        path, size = self.store.path, self._frontier.size
        if path is None or not log_snapshot.is_due(size, self._kept):
            return
        with self._pace.writing(anyway=closing) as allowed:
            if allowed:
                snapshot = Snapshot(self._state, self._frontier)
                log_snapshot.keep(path, snapshot, Ed25519Signer(self._key))
                self._kept = size

    def _catch_up(self) -> None:
        """Fold what is new. An entry that fails leaves the log unusable, as it should."""
        if not self._frontier.size:
            snapshot = log_snapshot.load(self.store, self.public_key)
            if snapshot is not None:
                self._state, self._frontier = snapshot.state, snapshot.frontier
                self._kept = self._frontier.size
        for position, data in self.store.walk(self._frontier.size):
            if position != self._frontier.size:
                raise LedgerError(f"ledger: entry {self._frontier.size} is missing", hint=_DAMAGED)
            try:
                apply(self._state, Entry.from_bytes(data))
            except (DecodeError, LedgerError) as error:
                self._forget()
                message = f"ledger: entry {position}: {error.message}"
                raise LedgerError(message, hint=_DAMAGED) from None
            self._frontier.append(merkle.leaf_hash(data))

    def _compare(self) -> None:
        """The file against the newest checkpoint this log signed over it."""
        size = self._frontier.size
        if size and merkle.root(self.store.node, size) != self._frontier.root():
            raise LedgerError("ledger: tree nodes do not match the entries", hint=_DAMAGED)
        newest = self.store.newest_checkpoint()
        if newest is None:
            return
        if newest.origin != self.origin or not newest.signed_by_log(self.public_key):
            raise LedgerError("ledger: the checkpoints were signed under another name or key")
        if newest.size > size:
            raise LedgerError("ledger: entries that were signed over are missing", hint=_DAMAGED)
        if merkle.root(self.store.node, newest.size) != newest.root_hash:
            raise LedgerError("ledger: entries differ from what was signed", hint=_DAMAGED)

    def _sign(self) -> Checkpoint:
        """A checkpoint over all that is there; inside `writing`, so that nothing larger can be
        signed before it is stored.
        """
        self._catch_up()
        if not self._frontier.size:
            raise LedgerError("ledger: empty", hint="append the governance root first")
        bare = Checkpoint(self.origin, self._frontier.size, self._frontier.root())
        signed = sign_checkpoint(bare, self._key, now=self._clock())
        self.store.put_checkpoint(signed)
        return self.store.checkpoint(signed.size) or signed


def as_read(index: int, entry: Entry) -> tuple[bytes, Entry]:
    """The entry as it is stored, and as a reader will read it. Raises `BatchRefused`."""
    data = entry.to_bytes()
    try:
        return data, Entry.from_bytes(data)
    except DecodeError as error:
        raise BatchRefused(index, error) from error


def _take(state: LedgerState, entry: Entry, *, latest: int) -> None:
    """Apply one entry that is to be appended. Raises `LedgerError`."""
    # Otherwise one author could date an entry far ahead, and nobody could follow.
    if entry.time > latest:
        raise LedgerError("entry: dated in the future")
    apply(state, entry)


_DAMAGED = "run `zkproof ledger fsck`, restore a copy, and compare it with a witness"


@dataclass(frozen=True, slots=True)
class _OwnPast:
    """Roots that the operator's own log had before it had ``size`` entries."""

    log: Log
    size: int

    def had_root(self, size: int, root: bytes) -> bool:
        return 0 < size <= self.size and merkle.root(self.log.store.node, size) == root
