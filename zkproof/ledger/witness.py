"""Witnesses: others than the log, who cosign a checkpoint only when it extends the last one.

A witness sees no entries and judges none. What it adds is that the log cannot show two histories
to two readers who both ask for its cosignature. It stores one row for each log it watches, on disk
before the cosignature leaves: a witness that forgets can be shown two histories.

`Request` is the body of the ``add-checkpoint`` call::

    old <size of the last checkpoint this witness cosigned>
    <consistency proof, one base64 hash a line>

    <checkpoint>

Source: C2SP tlog-witness, tlog-cosignature.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import note
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.database import Database
from zkproof.ledger.merkle import EMPTY_ROOT, HASH_BYTES, verify_consistency

MAX_PROOF_HASHES = 63
_APPLICATION_ID = 0x7A6B6C77  # "zklw"
_VERSION = 2
_TABLES = """
CREATE TABLE seen (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    note BLOB
) STRICT;
"""
_UPGRADES = {
    1: ";".join(
        (
            "ALTER TABLE seen RENAME TO seen_1",
            _TABLES,
            "INSERT INTO seen SELECT origin, size, root, NULL FROM seen_1",
            "DROP TABLE seen_1",
        )
    )
}


class UnknownLog(LedgerError):
    """A checkpoint of a log that this witness does not watch. Over HTTP: 404."""


class Unsigned(LedgerError):
    """No signature by a key of this log. Over HTTP: 403."""


class NotExtended(LedgerError):
    """The checkpoint does not extend the one seen before, or this is not shown. Over HTTP: 422."""


class WitnessConflict(LedgerError):
    """The request builds on another checkpoint than the last one cosigned; ``size`` is its size.

    Over HTTP this is the answer 409 with that size.
    """

    def __init__(self, size: int) -> None:
        super().__init__(
            f"checkpoint: the last one cosigned has size {size}", hint="prove consistency from it"
        )
        self.size = size


@dataclass(frozen=True, slots=True)
class Request:
    """What a log sends to a witness."""

    old_size: int
    consistency: tuple[bytes, ...]
    checkpoint: bytes

    def to_bytes(self) -> bytes:
        proof = "".join(base64.b64encode(each).decode() + "\n" for each in self.consistency)
        return f"old {self.old_size}\n{proof}\n".encode() + self.checkpoint

    @classmethod
    def from_bytes(cls, data: bytes) -> Request:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        head, separator, checkpoint = data.partition(b"\n\n")
        if not separator or len(data) > note.MAX_NOTE_BYTES or not head.isascii():
            raise DecodeError("request", "old size, proof, an empty line and a checkpoint")
        first, *rest = head.decode().split("\n")
        digits = first.removeprefix("old ")
        if not digits.isdigit() or len(digits) > 15 or len(rest) > MAX_PROOF_HASHES:
            raise DecodeError("request", "old size, or too long a proof")
        proof = tuple(note.decode_base64(line, "request.proof") for line in rest)
        if any(len(each) != HASH_BYTES for each in proof):
            raise DecodeError("request.proof", f"hashes of {HASH_BYTES} octets")
        request = cls(int(digits), proof, checkpoint)
        if request.to_bytes() != data:
            raise DecodeError("request", "not the canonical form")
        return request


class LogWitness:
    """Cosigns checkpoints of the logs it watches (origin to public key)."""

    def __init__(
        self, path: Path, name: str, key: Ed25519PrivateKey, logs: Mapping[str, bytes]
    ) -> None:
        self.name = name
        self.public_key = key.public_key().public_bytes_raw()
        self._key = key
        self._logs = dict(logs)
        self._db = Database(
            path,
            application_id=_APPLICATION_ID,
            version=_VERSION,
            tables=_TABLES,
            create=True,
            upgrades=_UPGRADES,
        )

    def close(self) -> None:
        self._db.close()

    @property
    def key(self) -> note.NoteKey:
        """What logs and readers know it by."""
        return note.NoteKey(self.name, note.Kind.COSIGNATURE, self.public_key)

    def cosign(self, request: Request, *, now: int) -> note.Line:
        """The witness's line, once its new row is on disk.

        1. The checkpoint is one, of a log that is watched, signed by its key.
        2. It is not smaller than the size that the request builds on, and that is the size of the
           last one cosigned.
        3. It extends the last one; of size 0 its root is that of the empty tree.

        Raises `DecodeError` for what is no checkpoint, and for one smaller than its old size;
        `UnknownLog`, `Unsigned`; `WitnessConflict` when the request builds on another one than the
        last; `NotExtended`. What is raised says which answer HTTP has.
        """
        checkpoint = Checkpoint.from_note(request.checkpoint)  # 1.
        size, root = checkpoint.size, checkpoint.root_hash
        log_key = self._logs.get(checkpoint.origin)
        if log_key is None:
            raise UnknownLog("checkpoint: of a log that is not watched here")
        try:
            signed = checkpoint.signed_by_log(log_key)
        except LedgerError as error:
            raise Unsigned(error.message) from None
        if not signed:
            raise Unsigned("checkpoint: not signed by the log")
        if request.old_size > size:  # 2.
            raise DecodeError("checkpoint", "smaller than the old size")
        line = note.cosign(checkpoint.text(), self.name, self._key, now=now)
        # Comparing and remembering are one transaction: two requests at once cannot roll back.
        with self._db.writing():
            old_size, old_root = self._seen(checkpoint.origin)
            if request.old_size != old_size:
                raise WitnessConflict(old_size)
            if size == 0:  # 3.
                extends = root == EMPTY_ROOT and not request.consistency
            elif old_size == 0:
                extends = not request.consistency
            else:
                extends = verify_consistency(old_size, old_root, size, root, request.consistency)
            if not extends:
                raise NotExtended("checkpoint: does not extend the one seen before")
            self._db.run(
                "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)",
                (checkpoint.origin, size, root, _kept(checkpoint, log_key, line)),
            )
        return line

    def newest(self, origin: str) -> bytes | None:
        """The last checkpoint of a log that was cosigned, with the lines of both, as a note.

        For monitors: it shows what this witness has seen, whatever the log shows them.
        """
        rows = self._db.query("SELECT note FROM seen WHERE origin = ?", (origin,))
        return bytes(rows[0][0]) if rows and rows[0][0] is not None else None

    def _seen(self, origin: str) -> tuple[int, bytes]:
        rows = self._db.query("SELECT size, root FROM seen WHERE origin = ?", (origin,))
        return (int(rows[0][0]), bytes(rows[0][1])) if rows else (0, b"")


def _kept(checkpoint: Checkpoint, log_key: bytes, line: note.Line) -> bytes:
    """The checkpoint with the lines of its log and of this witness; strangers' lines are left."""
    keys = {
        (checkpoint.origin, note.NoteKey(checkpoint.origin, kind, log_key).key_id)
        for kind in (note.Kind.SIGNATURE, note.Kind.COSIGNATURE)
    }
    lines = [each for each in checkpoint.signatures if (each[0], each[1][:4]) in keys]
    return replace(checkpoint, signatures=(*lines, line)).to_note()
