"""The reader's side: trust as a state machine. Fetching is outside, time is an argument.

A reader believes a new checkpoint when all of this holds, checked in this order:

1. It is signed by the pinned log, cosigned by the quorum and not of the future. (see `Pins`)
2. It is not older than the age limit. (a log that is held back)
3. It is not smaller than the last one. (rollback)
4. It extends the last one, by a consistency proof. (rewritten history)
5. The entries handed over hash to its root. (an entry left out or changed)
6. They begin with the pinned governance root and break no rule. (a forged or unauthorised entry)

`CheckpointReader` does 1 to 4 and never sees an entry; `LedgerReader` does all, and what it knows
afterwards rests on nobody's word but the signers'.
"""

from __future__ import annotations

from collections.abc import Sequence

from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import merkle
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.entries import Entry
from zkproof.ledger.fold import apply
from zkproof.ledger.pins import Pinned
from zkproof.ledger.snapshot import Snapshot
from zkproof.ledger.state import LedgerState
from zkproof.ledger.trust import trust_view
from zkproof.trust import TrustView


class SplitView(LedgerError):
    """Two checkpoints of one log of which neither extends the other.

    ``ours`` and ``theirs`` are notes, both signed by the log: keep them, they prove it.
    """

    def __init__(self, ours: Checkpoint, theirs: Checkpoint) -> None:
        super().__init__(
            "checkpoint: does not extend the one seen before",
            hint="the log or its connection cannot be trusted; keep both checkpoints as evidence",
        )
        self.ours = ours.to_note()
        self.theirs = theirs.to_note()


class RuleBroken(LedgerError):
    """The log holds an entry that no reader takes, under a checkpoint that it signed."""


class CheckpointReader:
    """Follows the checkpoints of one log. Keep `last` on disk: who forgets can be rolled back."""

    def __init__(self, pins: Pinned, *, last: Checkpoint | None = None) -> None:
        self.pins = pins
        self.last = last
        self.attested_at = 0

    @property
    def size(self) -> int:
        return self.last.size if self.last else 0

    def update(self, note: bytes, consistency: Sequence[bytes], *, now: int) -> Checkpoint:
        """Take in a checkpoint.

        Raises `DecodeError`, `LedgerError` or `SplitView`; nothing changed then.
        """
        checkpoint, attested_at = self.check(note, consistency, now=now)
        self.take(checkpoint, attested_at)
        return checkpoint

    def check(
        self, note: bytes, consistency: Sequence[bytes], *, now: int
    ) -> tuple[Checkpoint, int]:
        """Steps 1 to 4; the checkpoint and when it was attested. Raises as `update` does."""
        checkpoint = Checkpoint.from_note(note)
        attested_at = self.pins.attested_at(checkpoint, now=now)  # 1.
        if attested_at + self.pins.max_age < now:  # 2.
            raise LedgerError(
                "checkpoint: older than the age limit",
                hint="its operator has to sign it again (`zkproof ledger refresh`)",
            )
        if checkpoint.size == 0:
            raise LedgerError("checkpoint: of an empty log")
        if self.last is None:
            return checkpoint, attested_at
        if checkpoint.size < self.last.size:  # 3.
            raise LedgerError(
                f"checkpoint: of {checkpoint.size} entries, smaller than the one seen before"
                f" ({self.last.size})",
                hint="the ledger was rolled back: ask its operator, and another reader",
            )
        if not merkle.verify_consistency(  # 4.
            self.last.size,
            self.last.root_hash,
            checkpoint.size,
            checkpoint.root_hash,
            consistency,
        ):
            raise SplitView(self.last, checkpoint)
        return checkpoint, attested_at

    def hold(self, checkpoint: Checkpoint) -> None:
        """Take up what was believed before, in this process or another.

        Raises `LedgerError` when the pinned log did not sign it, `SplitView` when it contradicts
        the last one.
        """
        if not self.pins.vouches_for(checkpoint):
            raise LedgerError("checkpoint: not signed by the pinned log")
        if self.last is not None and checkpoint.size == self.size:
            if checkpoint.root_hash != self.last.root_hash:
                raise SplitView(self.last, checkpoint)
        elif checkpoint.size > self.size:
            self.last = checkpoint

    def take(self, checkpoint: Checkpoint, attested_at: int) -> None:
        """Remember what `check` gave."""
        self.last = checkpoint
        self.attested_at = max(self.attested_at, attested_at)


class LedgerReader:
    """Follows one log with its entries. Starts knowing nothing but its pins.

    `zkproof.ledger.believed` keeps what it knows over a restart, through `start_from` and `hold`.
    """

    def __init__(self, pins: Pinned) -> None:
        self.pins = pins
        self.state = LedgerState()
        self._checkpoints = CheckpointReader(pins)
        self._frontier = merkle.Frontier()
        self._view: TrustView | None = None

    @property
    def size(self) -> int:
        """How many entries the state has taken in: where the next ones to hand over begin."""
        return self._frontier.size

    @property
    def frontier(self) -> merkle.Frontier:
        """The tree of these entries. Not to be changed."""
        return self._frontier

    @property
    def last(self) -> Checkpoint | None:
        """The newest checkpoint that was believed."""
        return self._checkpoints.last

    def start_from(self, snapshot: Snapshot) -> None:
        """Begin with a state that this reader folded and verified before, instead of with none.

        Raises `LedgerError` when entries were taken in already, or it is of another ledger.
        """
        if self.size or snapshot.state.ledger_id != self.pins.ledger_id:
            raise LedgerError("ledger: not a state this reader can begin with")
        self.state, self._frontier = snapshot.state, snapshot.frontier

    def hold(self, checkpoint: Checkpoint) -> None:
        """See `CheckpointReader.hold`."""
        self._checkpoints.hold(checkpoint)

    def update(
        self, note: bytes, entries: Sequence[bytes], consistency: Sequence[bytes], *, now: int
    ) -> None:
        """Take in a checkpoint, the entries from `size` on, and the proof that it extends `last`.

        Raises `DecodeError`, `LedgerError` or `SplitView`; nothing changed then.
        """
        checkpoint, attested_at = self._checkpoints.check(note, consistency, now=now)  # 1. to 4.
        if not self.size and entries and merkle.leaf_hash(entries[0]) != self.pins.root:
            raise LedgerError("entries: do not begin with the pinned governance root")
        frontier = self._frontier.copy()
        for data in entries:
            frontier.append(merkle.leaf_hash(data))
        if (frontier.size, frontier.root()) != (checkpoint.size, checkpoint.root_hash):  # 5.
            raise LedgerError("entries: do not hash to the checkpoint's root")
        state = self._folded(entries)  # 6.
        self.state, self._frontier = state, frontier
        self._checkpoints.take(checkpoint, attested_at)
        # Made once and replaced as a whole: another thread sees the old one or the new one.
        self._view = trust_view(state, checkpoint, as_of=self._checkpoints.attested_at)

    def trust_view(self) -> TrustView:
        """What verification may believe; ``as_of`` is when the newest checkpoint was attested.

        Raises `LedgerError` when nothing was read yet.
        """
        if self._view is None:
            raise LedgerError("ledger: nothing read yet")
        return self._view

    def _folded(self, entries: Sequence[bytes]) -> LedgerState:
        state = self.state.copy()
        for offset, data in enumerate(entries):
            try:
                apply(state, Entry.from_bytes(data))
            except (DecodeError, LedgerError) as error:
                raise RuleBroken(f"entry {self.size + offset}: {error.message}") from None
        if state.ledger_id != self.pins.ledger_id:
            raise LedgerError("ledger: not the pinned one")
        return state
