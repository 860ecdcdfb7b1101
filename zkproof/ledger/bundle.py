"""Offline bundle: one entry, its inclusion proof, and a checkpoint, to check without a network.

::

    {"format": 1, "entry": octets, "position": n, "proof": [32 octets, ...], "checkpoint": octets}
"""

from __future__ import annotations

from dataclasses import dataclass

from zkproof.codec import decode, encode
from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import merkle
from zkproof.ledger.checkpoint import Checkpoint, witnesses_seen
from zkproof.ledger.entries import Entry
from zkproof.ledger.log import Log
from zkproof.ledger.reader import Pins

MAX_BUNDLE_BYTES = 1 << 19


@dataclass(frozen=True, slots=True)
class Bundle:
    """See the head of this file."""

    entry: bytes
    position: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def to_bytes(self) -> bytes:
        return encode(
            {
                "format": 1,
                "entry": self.entry,
                "position": self.position,
                "proof": list(self.proof),
                "checkpoint": self.checkpoint,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Bundle:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        table = decode(data, field="bundle", max_bytes=MAX_BUNDLE_BYTES)
        names = {"format", "entry", "position", "proof", "checkpoint"}
        if not isinstance(table, dict) or set(table) != names or table["format"] != 1:
            raise DecodeError("bundle", "not the fields of a bundle of format 1")
        if type(table["position"]) is not int or not 0 <= table["position"] < 1 << 53:
            raise DecodeError("bundle.position", "a position is needed")
        proof = table["proof"]
        if not isinstance(proof, list) or len(proof) > 64:
            raise DecodeError("bundle.proof", "at most 64 hashes")
        if not all(isinstance(each, bytes) and len(each) == 32 for each in proof):
            raise DecodeError("bundle.proof", "hashes are needed")
        if not isinstance(table["entry"], bytes) or not isinstance(table["checkpoint"], bytes):
            raise DecodeError("bundle", "entry and checkpoint are octets")
        return cls(table["entry"], table["position"], tuple(proof), table["checkpoint"])


def make_bundle(log: Log, position: int) -> Bundle:
    """The bundle of an entry at the newest checkpoint. Raises `LedgerError` when there is none."""
    newest = log.checkpoint()
    proof = log.inclusion_proof(position, newest.size)
    (entry,) = log.store.entries(position, position + 1)
    return Bundle(entry, position, tuple(proof), newest.to_note())


def verify_bundle(bundle: Bundle, pins: Pins) -> Entry:
    """The entry, when the pinned log contains it. Raises `LedgerError` or `DecodeError`.

    It says that the entry stands in the log, not that later entries leave it in force.
    """
    checkpoint = Checkpoint.from_note(bundle.checkpoint)
    if checkpoint.origin != pins.origin or not checkpoint.signed_by_log(pins.origin, pins.log_key):
        raise LedgerError("checkpoint: not signed by the pinned log")
    if len(witnesses_seen(checkpoint, pins.witnesses)) < pins.quorum:
        raise LedgerError("checkpoint: not cosigned by enough pinned witnesses")
    leaf = merkle.leaf_hash(bundle.entry)
    if not merkle.verify_inclusion(
        leaf, bundle.position, checkpoint.size, bundle.proof, checkpoint.root_hash
    ):
        raise LedgerError("entry: not included in the checkpoint")
    return Entry.from_bytes(bundle.entry)
