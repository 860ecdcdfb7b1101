"""Checkpoints: signed statements of the size and root of a log.

A checkpoint is a signed note (`zkproof.ledger.note`) whose text is exactly three lines::

    <origin>
    <size>
    <root, base64>

The log signs it twice under its origin as the name: a plain signature, and a ``cosignature/v1``
that says when, so that a reader can tell a log that stands still from one that is held back.
Witnesses add ``cosignature/v1`` lines of their own.

Source: C2SP tlog-checkpoint. Extension lines, and origins that cannot be key names, are allowed
there and refused here.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zkproof.errors import DecodeError, UsageError
from zkproof.ledger import note
from zkproof.ledger.merkle import HASH_BYTES
from zkproof.ledger.policy import Policy

MAX_SIZE_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of a log, with its signature lines as received."""

    origin: str
    size: int
    root_hash: bytes
    signatures: tuple[note.Line, ...] = ()

    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root_hash).decode()
        return f"{self.origin}\n{self.size}\n{root}\n"

    def to_note(self) -> bytes:
        return note.to_bytes(self.text(), self.signatures)

    @classmethod
    def from_note(cls, data: bytes) -> Checkpoint:
        """Raises `DecodeError` for anything that `to_note` would not have written."""
        text, signatures = note.from_bytes(data, "checkpoint")
        lines = text[:-1].split("\n")
        if len(lines) != 3:
            raise DecodeError("checkpoint", "origin, size and root are needed, and nothing else")
        origin, size, root = lines
        if not size.isascii() or not size.isdigit() or len(size) > MAX_SIZE_DIGITS:
            raise DecodeError("checkpoint", "origin or size")
        try:
            note.check_name(origin)
        except UsageError as error:
            raise DecodeError("checkpoint.origin", error.message) from None
        found = cls(origin, int(size), note.decode_base64(root, "checkpoint.root"), signatures)
        if len(found.root_hash) != HASH_BYTES or found.to_note() != data:
            raise DecodeError("checkpoint", "not the canonical form")
        return found

    def signed_by_log(self, public_key: bytes) -> bool:
        """Whether the key signed it under the origin. Raises `LedgerError` for a false line."""
        key = note.NoteKey(self.origin, note.Kind.SIGNATURE, public_key)
        return note.signed_by(self.text(), self.signatures, key)

    def cosigned_at(self, name: str, public_key: bytes) -> int | None:
        """The time that key states, or ``None``. Raises `LedgerError` for a false line."""
        key = note.NoteKey(name, note.Kind.COSIGNATURE, public_key)
        return note.cosigned_at(self.text(), self.signatures, key)

    def cosigned_by(self, witnesses: Mapping[str, note.NoteKey]) -> dict[str, int]:
        """Names and times of those among ``witnesses`` that cosigned it.

        Raises `LedgerError` for a line that claims to be one of theirs and is not.
        """
        text, lines = self.text(), self.signatures
        times = {name: note.cosigned_at(text, lines, key) for name, key in witnesses.items()}
        return {name: time for name, time in times.items() if time is not None}

    def reached_at(self, policy: Policy) -> int | None:
        """When it had the policy's quorum; ``None`` when it has not. Raises as `cosigned_by`."""
        keys = {name: each.key for name, each in policy.witnesses.items()}
        return policy.reached_at(self.cosigned_by(keys))

    def with_line(self, line: note.Line) -> Checkpoint:
        """The checkpoint with one more signature line."""
        return replace(self, signatures=(*self.signatures, line))


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey, *, now: int) -> Checkpoint:
    """Add the log's two lines."""
    text, name = checkpoint.text(), checkpoint.origin
    signed = checkpoint.with_line(note.sign(text, name, key))
    return signed.with_line(note.cosign(text, name, key, now=now))
