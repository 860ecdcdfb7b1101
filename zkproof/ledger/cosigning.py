"""The log's side of witnessing: ask every witness of a policy over HTTP, for a bounded time.

A checkpoint is on disk before anybody is asked, so a witness that is slow, away or wrong costs time
and a cosignature, never an entry. Each witness is asked by one thread at a time; what it answers
too late for one checkpoint is kept all the same.

Source: C2SP tlog-witness.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from zkproof.errors import DecodeError, LedgerError, ZkProofError
from zkproof.ledger import note
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.policy import NONE, Listed, Policy
from zkproof.ledger.witness import Request
from zkproof.web import Caller

SECONDS = 5.0
"""How long an append waits for its quorum."""

MAX_REPLY_BYTES = 1 << 16
SIZE_TYPE = "text/x.tlog.size"
_OK, _CONFLICT = 200, 409
_TRIES = 3

RequestFor = Callable[[int, int], Request]
"""The request for a checkpoint of some size (second) to a witness that saw another (first)."""

Keep = Callable[[int, Sequence[note.Line]], object]
"""Keeps lines over the checkpoint of some size."""


@dataclass
class _Asked:
    """One witness: where it is, what it saw, whether it is being asked."""

    name: str
    listed: Listed
    caller: Caller = field(default_factory=Caller)
    seen: int = 0
    busy: bool = False
    failure: str | None = None


class Collector:
    """Collects the cosignatures of a policy's witnesses that have an address."""

    def __init__(self, policy: Policy, *, seconds: float = SECONDS) -> None:
        self.policy = policy
        self.seconds = seconds
        self._asked = [_Asked(n, each) for n, each in policy.witnesses.items() if each.url]
        self._changed = threading.Condition()
        self._unkept: str | None = None

    @property
    def failures(self) -> list[str]:
        """What went wrong at the last call of each witness, or with keeping what they said."""
        with self._changed:
            found = [f"witness {a.name}: {a.failure}" for a in self._asked if a.failure is not None]
        return found if self._unkept is None else [*found, f"cosignatures: {self._unkept}"]

    def collect(self, checkpoint: Checkpoint, request_for: RequestFor, keep: Keep) -> None:
        """Ask all witnesses; return when the quorum is there, all have answered, or time is over.

        Lines that hold go to ``keep``, late ones too.
        """
        ends = time.monotonic() + self.seconds
        lines: list[note.Line] = []
        returned = False

        def ask(one: _Asked) -> None:
            found: Sequence[note.Line] = ()
            try:
                found = self._ask(one, checkpoint, request_for)
                one.failure = None
            except ZkProofError as error:
                one.failure = error.message
            except Exception as error:  # whatever it is, appending goes on
                one.failure = type(error).__name__
            with self._changed:
                one.busy = False
                late = returned
                lines.extend(found)
                self._changed.notify_all()
            if late:
                self._keep(checkpoint.size, found, keep)

        with self._changed:
            free = [each for each in self._asked if not each.busy]
            for each in free:
                each.busy = True
                threading.Thread(target=ask, args=(each,), daemon=True).start()
            while any(each.busy for each in free) and (left := ends - time.monotonic()) > 0:
                if self._reached(checkpoint, lines):
                    break
                self._changed.wait(left)
            returned = True
            found = list(lines)
        self._keep(checkpoint.size, found, keep)

    def close(self) -> None:
        """Wait for those who are being asked, as long as an append would, and hang up."""
        ends = time.monotonic() + self.seconds
        with self._changed:
            while any(a.busy for a in self._asked) and (left := ends - time.monotonic()) > 0:
                self._changed.wait(left)
            free = [each for each in self._asked if not each.busy]
        for each in free:
            each.caller.close()

    def _reached(self, checkpoint: Checkpoint, lines: Sequence[note.Line]) -> bool:
        bare = Checkpoint(checkpoint.origin, checkpoint.size, checkpoint.root_hash, tuple(lines))
        return self.policy.quorum != NONE and bare.reached_at(self.policy) is not None

    def _keep(self, size: int, lines: Sequence[note.Line], keep: Keep) -> None:
        """The entry is on disk: what goes wrong here must not look as if it were not."""
        if not lines:
            return
        try:
            keep(size, lines)
            self._unkept = None
        except LedgerError as error:  # the log was closed, or is busy
            self._unkept = error.message

    def _ask(self, one: _Asked, checkpoint: Checkpoint, request_for: RequestFor) -> list[note.Line]:
        """The lines of one witness over this checkpoint. Raises what went wrong."""
        url = f"{(one.listed.url or '').rstrip('/')}/add-checkpoint"
        for _ in range(_TRIES):
            if one.seen > checkpoint.size:
                raise LedgerError(f"has seen a larger checkpoint ({one.seen})")
            body = request_for(one.seen, checkpoint.size).to_bytes()
            reply = one.caller.call(
                "POST", url, content=body, limit=MAX_REPLY_BYTES, seconds=self.seconds
            )
            if reply.status == _CONFLICT and reply.content_type.startswith(SIZE_TYPE):
                one.seen = _size(reply.body)
                continue
            if reply.status != _OK:
                raise LedgerError(f"answers {reply.status}")
            lines = _lines_of(one.listed.key, checkpoint, reply.body)
            one.seen = checkpoint.size
            return lines
        raise LedgerError("names another size each time")


def _size(body: bytes) -> int:
    text = body.decode("ascii", "replace")
    digits = text.removesuffix("\n")
    if not digits.isdigit() or len(digits) > 15 or text != f"{int(digits)}\n":
        raise DecodeError("witness", "names no size")
    return int(digits)


def _lines_of(key: note.NoteKey, checkpoint: Checkpoint, body: bytes) -> list[note.Line]:
    """Those lines of an answer that are by this key, and hold. Raises `LedgerError`."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise DecodeError("witness", "not UTF-8") from None
    if not text.endswith("\n"):
        raise DecodeError("witness", "no signature lines")
    parsed = [note.parse_line(f"{each}\n", "witness") for each in text[:-1].split("\n")]
    lines = [each for each in parsed if each[0] == key.name and each[1][:4] == key.key_id]
    if not lines:
        raise LedgerError("no cosignature by the key of the policy")
    note.cosigned_at(checkpoint.text(), tuple(lines), key)  # a line that does not hold is refused
    return lines
