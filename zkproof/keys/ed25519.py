"""Ed25519 keys of verifiers and issuers' services, with a label in front of everything signed.

The label keeps a signature made for one purpose from being shown as one for another.
Source: RFC 8032, by `cryptography`.
"""

from __future__ import annotations

from typing import NoReturn, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from zkproof.errors import DecodeError

PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64


class Ed25519Signer:
    """A secret key: does not print, pickle or compare; exports only when asked by name."""

    __slots__ = ("_key", "public_key")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> Self:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_octets(cls, data: bytes) -> Self:
        """From the 32 octets of `export_secret`. Raises `DecodeError`."""
        if len(data) != 32:
            raise DecodeError("signing key", "32 octets needed")
        return cls(Ed25519PrivateKey.from_private_bytes(data))

    def export_secret(self) -> bytes:
        """The 32 octets: the only way out, for storing under encryption."""
        return self._key.private_bytes_raw()

    def sign(self, label: bytes, message: bytes) -> bytes:
        """64 octets over label and message."""
        return self._key.sign(_labelled(label, message))

    def __repr__(self) -> str:
        return f"<Ed25519Signer of {self.public_key.hex()[:16]}…, secret hidden>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an Ed25519Signer is a secret and cannot be pickled or copied")

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


def verify_ed25519(public_key: bytes, signature: bytes, label: bytes, message: bytes) -> bool:
    """Whether ``signature`` is one by that key over label and message."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _labelled(label, message))
    except (InvalidSignature, ValueError):
        return False
    return True


def _labelled(label: bytes, message: bytes) -> bytes:
    return len(label).to_bytes(1, "big") + label + message
