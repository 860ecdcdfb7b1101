"""The line that a checkpoint of a chain carries instead of signatures: which block it is of.

::

    — evm:<chain id>:<contract> <base64 of key id || number || time || count || link || hash>

``count`` is how many entries the contract had taken by that block, those that readers leave out
included, and ``link`` commits to them. Nobody signs the line: it says what this reader saw, and it
believes no other's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from zkproof.errors import DecodeError
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.note import Line

HASH_BYTES = 32
_KIND = b"\xffzkproof block v1"
_BYTES = 8 + 8 + 8 + HASH_BYTES + HASH_BYTES


@dataclass(frozen=True, slots=True)
class Seen:
    """A block, its time (seconds), and the contract's count and link when it had been made."""

    number: int
    time: int
    count: int
    link: bytes
    block_hash: bytes

    def line(self, origin: str) -> Line:
        """The line under this origin."""
        numbers = b"".join(each.to_bytes(8, "big") for each in (self.number, self.time, self.count))
        return origin, _key_id(origin) + numbers + self.link + self.block_hash

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Seen:
        """What a checkpoint's one line says. Raises `DecodeError`."""
        lines = checkpoint.signatures
        if len(lines) != 1 or lines[0][0] != checkpoint.origin:
            raise DecodeError("checkpoint", "not one line that names its block")
        blob = lines[0][1]
        if blob[:4] != _key_id(checkpoint.origin) or len(blob) != 4 + _BYTES:
            raise DecodeError("checkpoint", "its line does not name a block")
        number, time, count = (int.from_bytes(blob[i : i + 8], "big") for i in (4, 12, 20))
        return cls(number, time, count, blob[28:60], blob[60:])


def _key_id(origin: str) -> bytes:
    return hashlib.sha256(origin.encode() + b"\n" + _KIND).digest()[:4]
