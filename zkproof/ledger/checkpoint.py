"""Checkpoints: signed statements of size and root, and witnesses that cosign them.

A checkpoint is a C2SP signed note::

    <origin>
    <size>
    <root, base64>

    — <name> <base64 of 4 octets key hash || signature>

The log's line is an Ed25519 note signature (type 0x01) over the text; a witness's line is a
``cosignature/v1`` (type 0x04) with the time it saw the checkpoint.

Source: C2SP signed-note, tlog-checkpoint, tlog-cosignature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger.merkle import HASH_BYTES, verify_consistency

MAX_NOTE_BYTES = 1 << 16
_LOG_TYPE, _WITNESS_TYPE = 0x01, 0x04
_LINE = "\u2014 "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of a log, with its signature lines by name as received."""

    origin: str
    size: int
    root_hash: bytes
    signatures: tuple[tuple[str, bytes], ...] = ()

    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root_hash).decode()
        return f"{self.origin}\n{self.size}\n{root}\n"

    def to_note(self) -> bytes:
        lines = "".join(
            f"{_LINE}{name} {base64.b64encode(blob).decode()}\n" for name, blob in self.signatures
        )
        return (self.text() + "\n" + lines).encode()

    @classmethod
    def from_note(cls, note: bytes) -> Checkpoint:
        """Raises `DecodeError` for anything that `to_note` would not have written."""
        if len(note) > MAX_NOTE_BYTES:
            raise DecodeError("checkpoint", "too long")
        try:
            text = note.decode()
        except UnicodeDecodeError:
            raise DecodeError("checkpoint", "not UTF-8") from None
        body, separator, rest = text.partition("\n\n")
        lines = body.split("\n")
        if not separator or len(lines) != 3:
            raise DecodeError("checkpoint", "three lines, an empty one, signatures")
        origin, size, root = lines
        if not origin or not size.isascii() or not size.isdigit() or len(size) > 18:
            raise DecodeError("checkpoint", "origin or size")
        signatures = []
        for line in rest.splitlines():
            name, _, blob = line.removeprefix(_LINE).partition(" ")
            if not line.startswith(_LINE) or not name:
                raise DecodeError("checkpoint.signatures", "not a signature line")
            signatures.append((name, _base64(blob, "checkpoint.signatures")))
        found = cls(origin, int(size), _base64(root, "checkpoint.root"), tuple(signatures))
        if len(found.root_hash) != HASH_BYTES or not signatures or found.to_note() != note:
            raise DecodeError("checkpoint", "not the canonical form")
        return found

    def signed_by_log(self, name: str, public_key: bytes) -> bool:
        """Whether a line holds the log key's signature."""
        prefix = key_hash(name, _LOG_TYPE, public_key)
        return any(
            signer == name
            and blob[:4] == prefix
            and _verify(public_key, blob[4:], self.text().encode())
            for signer, blob in self.signatures
        )

    def cosigned_by(self, name: str, public_key: bytes) -> int | None:
        """The time at which that witness cosigned, or ``None``."""
        prefix = key_hash(name, _WITNESS_TYPE, public_key)
        for signer, blob in self.signatures:
            if signer == name and blob[:4] == prefix and len(blob) == 76:
                seen = int.from_bytes(blob[4:12], "big")
                if _verify(public_key, blob[12:], _cosigned_text(seen, self.text())):
                    return seen
        return None


def sign_checkpoint(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey) -> Checkpoint:
    """Add the log's line."""
    public = key.public_key().public_bytes_raw()
    blob = key_hash(name, _LOG_TYPE, public) + key.sign(checkpoint.text().encode())
    return _with(checkpoint, name, blob)


class LogWitness:
    """Cosigns checkpoints that extend the last one it saw. Keep its last checkpoint on disk: a
    witness that forgets can be shown two histories.
    """

    def __init__(
        self, name: str, key: Ed25519PrivateKey, *, last: tuple[int, bytes] | None = None
    ) -> None:
        self.name = name
        self.public_key = key.public_key().public_bytes_raw()
        self._key = key
        self.last = last

    def cosign(self, checkpoint: Checkpoint, consistency: list[bytes], *, now: int) -> Checkpoint:
        """Raises `LedgerError` when the checkpoint does not extend the last one seen."""
        size, root = checkpoint.size, checkpoint.root_hash
        if self.last is not None and self.last[0] > 0:
            old_size, old_root = self.last
            if not verify_consistency(old_size, old_root, size, root, consistency):
                raise LedgerError("checkpoint: does not extend the one seen before")
        self.last = (size, root)
        blob = (
            key_hash(self.name, _WITNESS_TYPE, self.public_key)
            + now.to_bytes(8, "big")
            + self._key.sign(_cosigned_text(now, checkpoint.text()))
        )
        return _with(checkpoint, self.name, blob)


def key_hash(name: str, kind: int, public_key: bytes) -> bytes:
    """The first 4 octets of ``SHA-256(name || 0x0A || type || key)``."""
    return hashlib.sha256(name.encode() + b"\n" + bytes((kind,)) + public_key).digest()[:4]


def witnesses_seen(checkpoint: Checkpoint, witnesses: Mapping[str, bytes]) -> dict[str, int]:
    """Names and times of those among ``witnesses`` whose cosignature holds."""
    seen = {name: checkpoint.cosigned_by(name, key) for name, key in witnesses.items()}
    return {name: time for name, time in seen.items() if time is not None}


def _cosigned_text(time: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _with(checkpoint: Checkpoint, name: str, blob: bytes) -> Checkpoint:
    signatures = (*checkpoint.signatures, (name, blob))
    return Checkpoint(checkpoint.origin, checkpoint.size, checkpoint.root_hash, signatures)


def _verify(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _base64(text: str, field: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise DecodeError(field, "not base64") from None
