"""Entries of the ledger: the signed envelope around every body.

::

    {"format": 1, "ledger": id, "type": name, "author": id, "time": seconds, "nonce": 16 octets,
     "body": {...}, "signatures": [{"key": 32 octets, "signature": 64 octets}, ...]}

Signatures are Ed25519 over everything but ``signatures``, under a label of their own. Ledger id and
nonce keep an entry from being appended twice, or to another ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.keys.ed25519 import (
    PUBLIC_KEY_BYTES,
    SIGNATURE_BYTES,
    Ed25519Signer,
    verify_ed25519,
)
from zkproof.ledger.bodies import MAX_GOVERNORS, check_body
from zkproof.record import Record, line, list_of, number, octets

FORMAT = 1
NONCE_BYTES = 16
MAX_ENTRY_BYTES = (1 << 16) - 1
"""What the two octets of length in an entry bundle can say (`zkproof.ledger.tiles`)."""

MAX_SIGNATURES = 2 * MAX_GOVERNORS
GOVERNANCE = "governance"
"""Author of what the governance keys sign together."""

_LABEL = b"zkproof ledger entry v1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One signed entry. ``body`` has exactly the fields of its type."""

    ledger_id: str
    type: str
    author: str
    time: int
    nonce: bytes
    body: Mapping[str, Any]
    signatures: tuple[tuple[bytes, bytes], ...] = ()

    def signed_octets(self) -> bytes:
        """What signatures cover."""
        return encode(self._unsigned())

    def to_bytes(self) -> bytes:
        return encode(
            {
                **self._unsigned(),
                "signatures": [{"key": key, "signature": sig} for key, sig in self.signatures],
            }
        )

    def _unsigned(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "ledger": self.ledger_id,
            "type": self.type,
            "author": self.author,
            "time": self.time,
            "nonce": self.nonce,
            "body": dict(self.body),
        }

    def signed_by(self, *signers: Ed25519Signer) -> Entry:
        """The entry with these signatures added."""
        message = self.signed_octets()
        added = tuple((each.public_key, each.sign(_LABEL, message)) for each in signers)
        return replace(self, signatures=(*self.signatures, *added))

    def valid_signers(self) -> frozenset[bytes]:
        """Public keys whose signatures hold; none at all when one does not, or signed twice."""
        message = self.signed_octets()
        keys = [key for key, _ in self.signatures]
        if len(set(keys)) != len(keys):
            return frozenset()
        if not all(verify_ed25519(key, sig, _LABEL, message) for key, sig in self.signatures):
            return frozenset()
        return frozenset(keys)

    @classmethod
    def from_bytes(cls, data: bytes) -> Entry:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        table = _ENTRY.read(data, max_bytes=MAX_ENTRY_BYTES)
        return cls(
            ledger_id=table["ledger"],
            type=table["type"],
            author=table["author"],
            time=table["time"],
            nonce=table["nonce"],
            body=check_body(table["type"], table["body"]),
            signatures=tuple((each["key"], each["signature"]) for each in table["signatures"]),
        )


def make_entry(
    ledger_id: str,
    kind: str,
    author: str,
    body: Mapping[str, Any],
    *signers: Ed25519Signer,
    now: int,
    random: RandomBytes = os_random,
) -> Entry:
    """A signed entry of that type. Raises `DecodeError` when the body is not one of it."""
    checked = check_body(kind, dict(body))
    entry = Entry(ledger_id, kind, author, now, random(NONCE_BYTES), checked)
    return entry.signed_by(*signers)


_SIGNATURE = Record(
    "signature", {"key": octets(PUBLIC_KEY_BYTES), "signature": octets(SIGNATURE_BYTES)}
)
_ENTRY = Record(
    "entry",
    {
        "ledger": line(),
        "type": line(),
        "author": line(),
        "time": number(),
        "nonce": octets(NONCE_BYTES),
        "body": lambda value, _: value,  # by its type, with `check_body`
        "signatures": list_of(_SIGNATURE, least=1, most=MAX_SIGNATURES),
    },
    format=FORMAT,
)
