"""What a reader knows beforehand about a ledger on a chain.

Nobody signs checkpoints there: the reader makes them from the blocks that its node shows. So the
node is trusted for one thing, that it does not hold entries back. It cannot add or change one,
and what this reader has believed before it cannot take away.

1. The checkpoint is of the pinned chain and contract, and names a block.
2. The block is not of the future.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from zkproof.bounded import load_json
from zkproof.errors import DecodeError, LedgerError, UsageError
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.evm.place import checked_contract, checked_finality
from zkproof.ledger.evm.profile import profile_of
from zkproof.ledger.evm.seen import Seen
from zkproof.ledger.merkle import HASH_BYTES
from zkproof.ledger.pins import MAX_AGE, SKEW
from zkproof.ledger.policy import NOBODY, Policy

MAX_CHAIN_ID = (1 << 64) - 1
_FIELDS = frozenset(("ledger", "chain_id", "contract", "profile", "finality", "root", "max_age"))


@dataclass(frozen=True, slots=True)
class ChainPins:
    """Chain, contract and governance root of a ledger, and how deep a block must lie.

    ``root`` is the leaf hash of the governance root. Raises `UsageError`.
    """

    ledger_id: str
    chain_id: int
    contract: str
    profile: str
    finality: int
    root: bytes
    max_age: int = MAX_AGE

    def __post_init__(self) -> None:
        profile_of(self.profile)
        checked_finality(self.finality)
        if checked_contract(self.contract) != self.contract:
            raise UsageError("pins: the contract is written in small letters")
        if not 0 < self.chain_id <= MAX_CHAIN_ID:
            raise UsageError("pins: a chain's identifier is a positive number")
        if len(self.root) != HASH_BYTES:
            raise UsageError(f"pins: the root has {HASH_BYTES} octets")
        if self.max_age <= 0:
            raise UsageError("pins: the age limit is a positive number of seconds")

    @property
    def origin(self) -> str:
        """Under which name checkpoints of it stand."""
        return f"evm:{self.chain_id}:{self.contract}"

    @property
    def required(self) -> Policy:
        """Nobody's: the chain's nodes are the witnesses."""
        return NOBODY

    def to_json(self) -> bytes:
        """A file to hand out."""
        table: dict[str, Any] = {
            "ledger": self.ledger_id,
            "chain_id": self.chain_id,
            "contract": self.contract,
            "profile": self.profile,
            "finality": self.finality,
            "root": self.root.hex(),
            "max_age": self.max_age,
        }
        return json.dumps(table, indent=2, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> ChainPins:
        """Read such a file. Every field is needed and no other. Raises `DecodeError`."""
        table = load_json(data, field="pins")
        try:
            if set(table) != _FIELDS or bytes.fromhex(table["root"]).hex() != table["root"]:
                raise ValueError
            numbers = (table["chain_id"], table["finality"], table["max_age"])
            texts = (table["ledger"], table["contract"], table["profile"])
            if any(type(each) is not int for each in numbers):
                raise ValueError
            if any(not isinstance(each, str) for each in texts):
                raise ValueError
            return cls(
                table["ledger"],
                table["chain_id"],
                table["contract"],
                table["profile"],
                table["finality"],
                bytes.fromhex(table["root"]),
                table["max_age"],
            )
        except UsageError as error:
            raise DecodeError("pins", error.message.removeprefix("pins: ")) from None
        except (ValueError, TypeError, AttributeError):
            fields = ", ".join(sorted(_FIELDS))
            raise DecodeError("pins", f"a JSON object with exactly {fields} is needed") from None

    def vouches_for(self, checkpoint: Checkpoint) -> bool:
        """Whether it is of this chain and contract, and names its block."""
        if checkpoint.origin != self.origin:
            return False
        try:
            Seen.of(checkpoint)
        except DecodeError:
            return False
        return True

    def attested_at(self, checkpoint: Checkpoint, *, now: int) -> int:
        """The time of its block, never later than ``now``. Raises `LedgerError`."""
        if not self.vouches_for(checkpoint):  # 1.
            raise LedgerError("checkpoint: not of a block of the pinned contract")
        time = Seen.of(checkpoint).time
        if time > now + SKEW:  # 2.
            raise LedgerError("checkpoint: dated in the future", hint="check this machine's clock")
        return min(time, now)


def of_chain(data: bytes) -> bool:
    """Whether pins are of a chain; what else is wrong with them, reading them says."""
    try:
        table = load_json(data, field="pins")
    except DecodeError:
        return False
    return isinstance(table, dict) and "contract" in table
