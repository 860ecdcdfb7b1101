"""What a reader knows beforehand about one log, and what a single checkpoint must show it.

1. It is a checkpoint of the pinned origin, signed by the pinned key. (anyone's forgery)
2. A quorum of pinned witnesses cosigned it. (two histories for two readers)
3. It says when it was made, and that is not in the future.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zkproof.errors import LedgerError, UsageError
from zkproof.ledger.checkpoint import Checkpoint

SKEW = 300
"""Seconds by which clocks may differ."""

MAX_AGE = 86_400
"""Seconds after which a reader no longer believes a checkpoint to be the newest one."""


@dataclass(frozen=True, slots=True)
class Pins:
    """Identity and keys of a log, its witnesses, and how many of them a reader asks for.

    Raises `UsageError` when the quorum cannot be reached or one key stands under two names.
    """

    ledger_id: str
    origin: str
    log_key: bytes
    witnesses: Mapping[str, bytes] = field(default_factory=dict)
    quorum: int = 0
    max_age: int = MAX_AGE

    def __post_init__(self) -> None:
        keys = list(self.witnesses.values())
        if not 0 <= self.quorum <= len(keys):
            raise UsageError("pins: quorum between none and all witnesses")
        if len({self.log_key, *keys}) != len(keys) + 1:
            raise UsageError("pins: every key stands once; nobody witnesses twice or itself")
        if self.max_age <= 0:
            raise UsageError("pins: the age limit is a positive number of seconds")

    def attested_at(self, checkpoint: Checkpoint, *, now: int) -> int:
        """When the checkpoint was the newest one, by the word of whom these pins trust.

        With a quorum that is the time by which so many witnesses had seen it; without one, what
        the log says. Never later than ``now``. Raises `LedgerError`, see the head of this file.
        """
        if checkpoint.origin != self.origin or not checkpoint.signed_by_log(self.log_key):  # 1.
            raise LedgerError("checkpoint: not signed by the pinned log")
        log_time = checkpoint.cosigned_at(self.origin, self.log_key)
        if log_time is None:
            raise LedgerError("checkpoint: the log does not say when it signed")
        times = sorted(checkpoint.cosigned_by(self.witnesses).values(), reverse=True)  # 2.
        if len(times) < self.quorum:
            raise LedgerError(
                f"checkpoint: {len(times)} pinned witnesses cosigned it, {self.quorum} are needed",
                hint="wait for the witnesses, and ask another reader what it sees",
            )
        time = times[self.quorum - 1] if self.quorum else log_time
        if time > now + SKEW:  # 3.
            raise LedgerError("checkpoint: dated in the future", hint="check this machine's clock")
        return min(time, now)
