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
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import note
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.database import Database
from zkproof.ledger.merkle import HASH_BYTES, verify_consistency

MAX_PROOF_HASHES = 63
_APPLICATION_ID = 0x7A6B6C77  # "zklw"
_TABLES = """
CREATE TABLE seen (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL CHECK (size > 0),
    root BLOB NOT NULL CHECK (length(root) = 32)
) STRICT;
"""


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
            path, application_id=_APPLICATION_ID, version=1, tables=_TABLES, create=True
        )

    def close(self) -> None:
        self._db.close()

    def cosign(self, request: Request, *, now: int) -> note.Line:
        """The witness's line, once its new row is on disk.

        Raises `DecodeError` for what is no checkpoint, `WitnessConflict` when the request builds
        on another one than the last, `LedgerError` for a log that is not watched, a signature that
        does not hold, and a checkpoint that does not extend the last one.
        """
        checkpoint = Checkpoint.from_note(request.checkpoint)
        size, root = checkpoint.size, checkpoint.root_hash
        log_key = self._logs.get(checkpoint.origin)
        if log_key is None:
            raise LedgerError("checkpoint: of a log that is not watched here")
        if not checkpoint.signed_by_log(log_key):
            raise LedgerError("checkpoint: not signed by the log")
        if size == 0 or request.old_size > size:
            raise LedgerError("checkpoint: smaller than the old size, or empty")
        # Comparing and remembering are one transaction: two requests at once cannot roll back.
        with self._db.writing():
            old_size, old_root = self._seen(checkpoint.origin)
            if request.old_size != old_size:
                raise WitnessConflict(old_size)
            if old_size == 0:
                extends = not request.consistency
            else:
                extends = verify_consistency(old_size, old_root, size, root, request.consistency)
            if not extends:
                raise LedgerError("checkpoint: does not extend the one seen before")
            self._db.run(
                "INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (checkpoint.origin, size, root)
            )
        return note.cosign(checkpoint.text(), self.name, self._key, now=now)

    def _seen(self, origin: str) -> tuple[int, bytes]:
        rows = self._db.query("SELECT size, root FROM seen WHERE origin = ?", (origin,))
        return (int(rows[0][0]), bytes(rows[0][1])) if rows else (0, b"")
