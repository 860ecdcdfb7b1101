"""An authority: one of those who hold an auditor's key together.

Its card is public. Before a ceremony people compare the cards' fingerprints over another way than
the one the cards came by: whoever can swap a card can take its owner's place.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from zkproof import curve
from zkproof.audit.documents import FORMAT, point, read_document
from zkproof.bbs.secret import HiddenScalar
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.curve import G1
from zkproof.keys.ed25519 import PUBLIC_KEY_BYTES, Ed25519Signer
from zkproof.record import octets, text
from zkproof.sigma.encryption import generators

_FINGERPRINT_DOMAIN = b"zkproof authority card v1\0"
_FIELDS = {"name": text(), "signing_key": octets(PUBLIC_KEY_BYTES), "delivery_key": point}


class DeliverySecret(HiddenScalar):
    """What an authority opens the shares with that are sent to it."""

    __slots__ = ()

    def multiply(self, point: G1) -> G1:
        """``secret*point``."""
        return curve.msm((point,), (self._expose(),))


@dataclass(frozen=True, slots=True)
class AuthorityCard:
    """Name and public keys: an Ed25519 key that signs, a point of G1 that shares are sent to."""

    name: str
    signing_key: bytes
    delivery_key: G1

    def to_bytes(self) -> bytes:
        return encode(
            {
                "format": FORMAT,
                "name": self.name,
                "signing_key": self.signing_key,
                "delivery_key": self.delivery_key.encode(),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> AuthorityCard:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        return cls(**read_document("authority card", _FIELDS, data))

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits in groups of four, to be read out."""
        digest = hashlib.sha256(_FINGERPRINT_DOMAIN + self.to_bytes()).hexdigest()
        return " ".join(digest[i : i + 4] for i in range(0, 32, 4))


@dataclass(frozen=True, slots=True, eq=False)
class Authority:
    """An authority's own secrets and its card."""

    card: AuthorityCard
    signer: Ed25519Signer
    delivery: DeliverySecret

    @classmethod
    def generate(cls, name: str, *, random: RandomBytes = os_random) -> Authority:
        return cls.from_secrets(name, Ed25519Signer.generate(), DeliverySecret.random(random))

    @classmethod
    def from_secrets(cls, name: str, signer: Ed25519Signer, delivery: DeliverySecret) -> Authority:
        g, _ = generators()
        card = AuthorityCard(name, signer.public_key, delivery.multiply(g))
        return cls(card, signer, delivery)
