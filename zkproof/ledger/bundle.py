"""Offline bundle: one entry, its inclusion proof, and a checkpoint, to check without a network.

::

    {"format": 1, "entry": octets, "position": n, "proof": [32 octets, ...], "checkpoint": octets}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zkproof.codec import encode
from zkproof.errors import LedgerError
from zkproof.ledger import merkle
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.entries import Entry
from zkproof.ledger.log import Log
from zkproof.ledger.pins import Pins
from zkproof.ledger.store import LogStore
from zkproof.record import Record, list_of, number, octets

FORMAT = 1
MAX_BUNDLE_BYTES = 1 << 18
MAX_PROOF = 64

_BUNDLE = Record(
    "bundle",
    {
        "entry": octets(),
        "position": number(),
        "proof": list_of(octets(merkle.HASH_BYTES), most=MAX_PROOF),
        "checkpoint": octets(),
    },
    format=FORMAT,
)


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
                "format": FORMAT,
                "entry": self.entry,
                "position": self.position,
                "proof": list(self.proof),
                "checkpoint": self.checkpoint,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Bundle:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        table = _BUNDLE.read(data, max_bytes=MAX_BUNDLE_BYTES)
        return cls(table["entry"], table["position"], tuple(table["proof"]), table["checkpoint"])


@dataclass(frozen=True, slots=True)
class Included:
    """What a bundle proves: the entry stands at this position of the log of this size."""

    entry: Entry
    position: int
    size: int
    attested_at: int
    """When the checkpoint was the newest one (seconds)."""


def make_bundle(log: Log, position: int, *, quorum: int = 0) -> Bundle:
    """The bundle of an entry at the newest checkpoint with that many cosignatures.

    Raises `LedgerError` when there is none, or it does not cover the entry yet.
    """
    return bundle_from(log.store, position, witnesses=log.witnesses, quorum=quorum)


def bundle_from(
    store: LogStore, position: int, *, witnesses: Mapping[str, bytes], quorum: int = 0
) -> Bundle:
    """The same from the log's file alone, for whoever reads it."""
    newest = store.newest_checkpoint(witnesses=witnesses, quorum=quorum)
    if newest is None:
        raise LedgerError("ledger: no such checkpoint yet", hint="append, or ask the witnesses")
    if not 0 <= position < newest.size:
        raise LedgerError("ledger: no such entry at that size")
    proof = merkle.inclusion_proof(store.node, position, newest.size)
    (entry,) = store.entries(position, position + 1)
    return Bundle(entry, position, tuple(proof), newest.to_note())


def verify_bundle(bundle: Bundle, pins: Pins, *, now: int) -> Included:
    """The entry, when the pinned log contains it. Raises `LedgerError` or `DecodeError`.

    1. The checkpoint is the pinned log's, with the quorum's cosignatures.
    2. The entry is included in it.
    3. It is an entry of the pinned ledger.

    It says that the entry stands in the log, not that later entries leave it in force, nor that
    its author was entitled: the log and its witnesses keep order, `LedgerReader` judges.
    """
    checkpoint = Checkpoint.from_note(bundle.checkpoint)
    attested_at = pins.attested_at(checkpoint, now=now)  # 1.
    leaf = merkle.leaf_hash(bundle.entry)
    if not merkle.verify_inclusion(  # 2.
        leaf, bundle.position, checkpoint.size, bundle.proof, checkpoint.root_hash
    ):
        raise LedgerError("entry: not included in the checkpoint")
    entry = Entry.from_bytes(bundle.entry)
    if entry.ledger_id != pins.ledger_id:  # 3.
        raise LedgerError("entry: made for another ledger")
    return Included(entry, bundle.position, checkpoint.size, attested_at)
