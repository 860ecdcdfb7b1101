"""Offline bundle: one entry, its inclusion proof, and a checkpoint, to check without a network.

::

    {"format": 1, "entry": octets, "position": n, "proof": [32 octets, ...], "checkpoint": octets}

The same as a C2SP ``tlog-proof`` file, for other programs; the entry is its extra data::

    c2sp.org/tlog-proof@v1
    extra <entry, base64>
    index <position>
    <inclusion proof, one base64 hash a line>

    <checkpoint>
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from zkproof.codec import decode, encode
from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import merkle, note
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.entries import Entry
from zkproof.ledger.log import Log
from zkproof.ledger.pins import Pins
from zkproof.ledger.policy import NOBODY, Policy
from zkproof.ledger.source import Source

FORMAT = 1
MAX_BUNDLE_BYTES = 1 << 18
MAX_POSITION = 1 << 53
PROOF_HEAD = "c2sp.org/tlog-proof@v1"


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
        table = decode(data, field="bundle", max_bytes=MAX_BUNDLE_BYTES)
        names = {"format", "entry", "position", "proof", "checkpoint"}
        if not isinstance(table, dict) or set(table) != names:
            raise DecodeError("bundle", "not the fields of a bundle")
        if type(table["format"]) is not int or table["format"] != FORMAT:
            raise DecodeError("bundle.format", "a version this program does not know")
        if type(table["position"]) is not int or not 0 <= table["position"] < MAX_POSITION:
            raise DecodeError("bundle.position", "a position is needed")
        proof = table["proof"]
        if not isinstance(proof, list) or len(proof) > 64:
            raise DecodeError("bundle.proof", "at most 64 hashes")
        if not all(isinstance(each, bytes) and len(each) == merkle.HASH_BYTES for each in proof):
            raise DecodeError("bundle.proof", "hashes are needed")
        if not isinstance(table["entry"], bytes) or not isinstance(table["checkpoint"], bytes):
            raise DecodeError("bundle", "entry and checkpoint are octets")
        return cls(table["entry"], table["position"], tuple(proof), table["checkpoint"])

    def to_proof(self) -> bytes:
        """The bundle as a ``.tlog-proof`` file."""
        lines = [PROOF_HEAD, f"extra {_base64(self.entry)}", f"index {self.position}"]
        lines += [_base64(each) for each in self.proof]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.checkpoint

    @classmethod
    def from_proof(cls, data: bytes, *, entry: bytes | None = None) -> Bundle:
        """Read such a file; ``entry`` where it has no extra data. Raises `DecodeError`."""
        if len(data) > MAX_BUNDLE_BYTES:
            raise DecodeError("proof", f"longer than {MAX_BUNDLE_BYTES} octets")
        head, separator, checkpoint = data.partition(b"\n\n")
        if not separator or not head.isascii():
            raise DecodeError("proof", "lines, an empty line and a checkpoint are needed")
        first, *lines = head.decode().split("\n")
        if first != PROOF_HEAD:
            raise DecodeError("proof", "of another format or version")
        has_extra = bool(lines) and lines[0].startswith("extra ")
        if has_extra:
            extra = note.decode_base64(lines.pop(0).removeprefix("extra "), "proof.extra")
            if entry is not None and extra != entry:
                raise DecodeError("proof.extra", "not this entry")
            entry = extra
        if entry is None:
            raise DecodeError("proof.extra", "holds no entry", hint="give the entry beside it")
        digits = lines.pop(0).removeprefix("index ") if lines else ""
        if not digits.isdigit() or len(digits) > 15 or len(lines) > 64:
            raise DecodeError("proof.index", "a position, and at most 64 hashes")
        proof = tuple(note.decode_base64(line, "proof") for line in lines)
        if any(len(each) != merkle.HASH_BYTES for each in proof):
            raise DecodeError("proof", "hashes are needed")
        found = cls(entry, int(digits), proof, checkpoint)
        whole = found.to_proof()
        if not has_extra:
            whole = whole.replace(f"extra {_base64(entry)}\n".encode(), b"", 1)
        if whole != data:
            raise DecodeError("proof", "not the canonical form")
        return found


def read_bundle(data: bytes) -> Bundle:
    """A bundle in either form. Raises `DecodeError`."""
    if data.startswith(PROOF_HEAD.encode()):
        return Bundle.from_proof(data)
    return Bundle.from_bytes(data)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


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
    return bundle_from(log.store, position, log.policy_of(quorum))


def bundle_from(source: Source, position: int, policy: Policy = NOBODY) -> Bundle:
    """The same from what is read of the log, for whoever reads it."""
    newest = source.newest_checkpoint(policy)
    if newest is None:
        raise LedgerError("ledger: no such checkpoint yet", hint="append, or ask the witnesses")
    if not 0 <= position < newest.size:
        raise LedgerError("ledger: no such entry at that size")
    tree = source.at(newest.size)
    proof = merkle.inclusion_proof(tree.node, position, newest.size)
    (entry,) = tree.entries(position, position + 1)
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
