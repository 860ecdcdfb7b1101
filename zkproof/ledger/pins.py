"""What a reader knows beforehand about one log, and what a single checkpoint must show it.

The pins are where trust begins. The log's key alone would not do: whoever runs the log could show a
newcomer a history with a governance of its own making, so the governance root is pinned too.

1. It is a checkpoint of the pinned origin, signed by the pinned key. (anyone's forgery)
2. A quorum of pinned witnesses cosigned it. (two histories for two readers)
3. It says when it was made, and that is not in the future.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from zkproof.bounded import load_json
from zkproof.errors import DecodeError, LedgerError, UsageError
from zkproof.ledger import note
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.merkle import HASH_BYTES
from zkproof.ledger.note import KEY_BYTES, MAX_SIGNATURES, check_name
from zkproof.ledger.policy import MAX_POLICY_BYTES, Policy
from zkproof.record import Record, hexadecimal, map_of, number, octets, parsed, text

SKEW = 300
"""Seconds by which clocks may differ."""

MAX_AGE = 86_400
"""Seconds after which a reader no longer believes a checkpoint to be the newest one."""


class Pinned(Protocol):
    """What a reader knows beforehand about a ledger, whatever carries it."""

    @property
    def ledger_id(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def root(self) -> bytes: ...
    @property
    def required(self) -> Policy: ...
    @property
    def max_age(self) -> int: ...

    def to_json(self) -> bytes: ...

    def vouches_for(self, checkpoint: Checkpoint) -> bool:
        """Whether it is a checkpoint of this ledger's carrier. Raises `LedgerError`."""
        ...

    def attested_at(self, checkpoint: Checkpoint, *, now: int) -> int:
        """When it was the newest one, never later than ``now``. Raises `LedgerError`."""
        ...


@dataclass(frozen=True, slots=True)
class Pins:
    """Identity and keys of a log, its first entry, its witnesses, and how many of them a reader
    asks for.

    ``root`` is the leaf hash of the governance root. Witnesses are names and Ed25519 keys, of which
    ``quorum`` are needed; or a ``policy`` says more (groups, other keys), and then they are none.
    Raises `UsageError` when the quorum cannot be reached, one key stands under two names, or a part
    has another length.
    """

    ledger_id: str
    origin: str
    log_key: bytes
    root: bytes
    witnesses: Mapping[str, bytes] = field(default_factory=dict)
    quorum: int = 0
    max_age: int = MAX_AGE
    policy: Policy | None = None

    @property
    def required(self) -> Policy:
        """Whose cosignatures a checkpoint needs."""
        return self.policy or Policy.of(self.witnesses, self.quorum)

    def __post_init__(self) -> None:
        keys = list(self.witnesses.values())
        for name in (self.origin, *self.witnesses):
            check_name(name)
        if any(len(key) != KEY_BYTES for key in (self.log_key, *keys)):
            raise UsageError(f"pins: keys have {KEY_BYTES} octets")
        if len(self.root) != HASH_BYTES:
            raise UsageError(f"pins: the root has {HASH_BYTES} octets")
        if not 0 <= self.quorum <= len(keys):
            raise UsageError("pins: quorum between none and all witnesses")
        if len({self.log_key, *keys}) != len(keys) + 1:
            raise UsageError("pins: every key stands once; nobody witnesses twice or itself")
        if self.policy is not None:
            if self.witnesses:
                raise UsageError("pins: either witnesses or a policy")
            listed = [each.key for each in self.policy.logs]
            known = note.NoteKey(self.origin, note.Kind.SIGNATURE, self.log_key)
            if listed and known not in listed:
                raise UsageError("pins: the policy is for another log")
            if self.log_key in (each.key.public_key for each in self.policy.witnesses.values()):
                raise UsageError("pins: nobody witnesses itself")
        if self.max_age <= 0:
            raise UsageError("pins: the age limit is a positive number of seconds")

    def to_json(self) -> bytes:
        """A file to hand out."""
        table: dict[str, Any] = {
            "ledger": self.ledger_id,
            "origin": self.origin,
            "log_key": self.log_key.hex(),
            "root": self.root.hex(),
        }
        if self.policy is None:
            table["witnesses"] = {name: key.hex() for name, key in self.witnesses.items()}
            table["quorum"] = self.quorum
        else:
            table["policy"] = self.policy.to_text()
        table["max_age"] = self.max_age
        return json.dumps(table, indent=2, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> Pins:
        """Read such a file; people write them too, so its layout is free.

        Every field is needed and no other: a quorum that somebody wrote down must not be passed
        over. Raises `DecodeError`.
        """
        decoded = load_json(data, field="pins")
        record = _PINS_WITH_POLICY if isinstance(decoded, dict) and "policy" in decoded else _PINS
        table = record.check(decoded)
        try:
            return cls(ledger_id=table.pop("ledger"), **table)
        except UsageError as error:
            raise DecodeError("pins", error.message.removeprefix("pins: ")) from None

    def vouches_for(self, checkpoint: Checkpoint) -> bool:
        """Whether the pinned log signed it. Raises `LedgerError` for a false line."""
        return checkpoint.origin == self.origin and checkpoint.signed_by_log(self.log_key)

    def attested_at(self, checkpoint: Checkpoint, *, now: int) -> int:
        """When the checkpoint was the newest one, by the word of whom these pins trust.

        With a quorum that is the time by which so many witnesses had seen it; without one, what
        the log says. Never later than ``now``. Raises `LedgerError`, see the head of this file.
        """
        if not self.vouches_for(checkpoint):  # 1.
            raise LedgerError("checkpoint: not signed by the pinned log")
        log_time = checkpoint.cosigned_at(self.origin, self.log_key)
        if log_time is None:
            raise LedgerError("checkpoint: the log does not say when it signed")
        required = self.required
        keys = {name: each.key for name, each in required.witnesses.items()}
        times = checkpoint.cosigned_by(keys)
        reached = required.reached_at(times)  # 2.
        if reached is None:
            raise LedgerError(
                f"checkpoint: {len(times)} pinned witnesses cosigned it, {required.needed} needed",
                hint="wait for the witnesses, and ask another reader what it sees",
            )
        time = reached or log_time
        if time > now + SKEW:  # 3.
            raise LedgerError("checkpoint: dated in the future", hint="check this machine's clock")
        return min(time, now)


_KEY = hexadecimal(octets(KEY_BYTES))
_ALWAYS = {
    "ledger": text(),
    "origin": text(),
    "log_key": _KEY,
    "root": hexadecimal(octets(HASH_BYTES)),
    "max_age": number(),
}
_PINS = Record(
    "pins", {**_ALWAYS, "witnesses": map_of(_KEY, most=MAX_SIGNATURES), "quorum": number()}
)
_PINS_WITH_POLICY = Record(
    "pins",
    {
        **_ALWAYS,
        "policy": parsed(text(MAX_POLICY_BYTES), lambda value: Policy.from_text(value.encode())),
    },
)
