"""Signatures as Standard Webhooks 1.0 has them, and their secrets.

Signed is ``<id>.<timestamp>.<body>`` with HMAC-SHA-256. While a secret is being replaced a message
carries two signatures.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Self

PREFIX = "whsec_"
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Secrets:
    """A webhook's secrets, the newest first. Prints none of them."""

    held: tuple[tuple[str, int | None], ...]
    """Each with the time from which it signs no more."""

    def __repr__(self) -> str:
        return f"<Secrets {len(self.held)}>"

    @classmethod
    def draw(cls) -> Self:
        return cls(((_new(), None),))

    @property
    def newest(self) -> str:
        """As the receiver is told it, once."""
        return self.held[0][0]

    def rotated(self, now: int, overlap: int) -> Secrets:
        """A new secret; the one before signs beside it for ``overlap`` seconds."""
        return Secrets(((_new(), None), (self.newest, now + overlap)))

    def signature(self, message_id: str, timestamp: int, body: str, now: int) -> str:
        """The header's value."""
        signed = f"{message_id}.{timestamp}.{body}".encode()
        return " ".join(
            f"v1,{_mac(secret, signed)}" for secret, ends in self.held if ends is None or now < ends
        )

    def to_bytes(self) -> bytes:
        return json.dumps(self.held).encode()

    @classmethod
    def from_bytes(cls, octets: bytes) -> Self:
        return cls(tuple((secret, ends) for secret, ends in json.loads(octets)))


def _new() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def _mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
