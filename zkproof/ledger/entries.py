"""Entries of the ledger: what may be said, and who signs it.

::

    {"format": 1, "ledger": id, "type": name, "author": id, "time": seconds, "nonce": 16 octets,
     "body": {...}, "signatures": [{"key": 32 octets, "signature": 64 octets}, ...]}

The signature covers everything but ``signatures``, under a label of its own. The nonce keeps an
entry from being appended twice. There is no type and no field for attributes, proofs, pseudonyms
or record identifiers: they cannot be put on the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from zkproof.clock import RandomBytes, os_random
from zkproof.codec import decode, encode
from zkproof.credential.ed25519 import (
    PUBLIC_KEY_BYTES,
    SIGNATURE_BYTES,
    Ed25519Signer,
    verify_ed25519,
)
from zkproof.errors import DecodeError
from zkproof_circuits.schema import MAX_SCHEMA_BYTES

FORMAT = 1
NONCE_BYTES = 16
MAX_ENTRY_BYTES = 1 << 18
MAX_ID = 256
GOVERNANCE = "governance"
"""Author of what the governance keys sign together."""

_LABEL = b"zkproof ledger entry v1"

Check = Callable[[Any], bool]


def _text(limit: int = MAX_ID) -> Check:
    return lambda value: isinstance(value, str) and 0 < len(value) <= limit and value.isprintable()


def _octets(length: int) -> Check:
    return lambda value: isinstance(value, bytes) and len(value) == length


def _number(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 53


def _optional(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _list_of(check: Check, limit: int) -> Check:
    return lambda value: (
        isinstance(value, list)
        and len(value) <= limit
        and all(check(each) for each in value)
        and all(value.count(each) == 1 for each in value)
    )


def _schema_octets(value: Any) -> bool:
    return isinstance(value, bytes) and 0 < len(value) <= MAX_SCHEMA_BYTES


TYPES: Mapping[str, Mapping[str, Check]] = {
    # Governance: the first entry, and changes of its own keys.
    "governance-root": {
        "keys": _list_of(_octets(PUBLIC_KEY_BYTES), 32),
        "threshold": _number,
        "name": _text(),
    },
    "governance-rotate": {
        "keys": _list_of(_octets(PUBLIC_KEY_BYTES), 32),
        "threshold": _number,
    },
    # Issuers. Registration and suspension are governance's, keys are the issuer's own.
    "issuer-register": {
        "issuer": _text(),
        "name": _text(),
        "admin_key": _octets(PUBLIC_KEY_BYTES),
        "key": _text(64),
        "public_key": _octets(96),
        "possession": _octets(80),
        "not_before": _number,
        "not_after": _optional(_number),
    },
    "issuer-rotate-key": {
        "key": _text(64),
        "public_key": _octets(96),
        "possession": _octets(80),
        "not_before": _number,
        "not_after": _optional(_number),
        "replaces": _text(64),
        "replaced_not_after": _number,
    },
    "issuer-revoke-key": {"issuer": _text(), "key": _text(64), "reason": _text()},
    "issuer-suspend": {"issuer": _text(), "reason": _text()},
    "issuer-reinstate": {"issuer": _text()},
    "schema-publish": {"schema": _schema_octets},
    "registry-publish": {
        "registry": _text(),
        "version": _number,
        "issuers": _list_of(_text(), 4096),
    },
    # Verifiers, so that a holder can see who asks.
    "verifier-register": {
        "verifier": _text(),
        "name": _text(),
        "key": _text(64),
        "public_key": _octets(PUBLIC_KEY_BYTES),
    },
    "policy-register": {"circuit": _octets(32), "policy": _text(64), "version": _number},
    "status-epoch": {
        "list": _text(),
        "public_key": _octets(96),
        "epoch": _number,
        "not_before": _number,
        "not_after": _number,
        "root": _octets(32),
    },
    # The old platform's check: a document's salted digests, and their withdrawal.
    "document-anchor": {"sha256": _octets(32), "sm3": _octets(32)},
    "document-revoke": {"sha256": _octets(32)},
    "receipt-head": {"size": _number, "head": _octets(32)},
}


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
        """Public keys whose signatures hold; an entry with a bad one has none."""
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
        table = decode(data, field="entry", max_bytes=MAX_ENTRY_BYTES)
        names = {"format", "ledger", "type", "author", "time", "nonce", "body", "signatures"}
        if not isinstance(table, dict) or set(table) != names:
            raise DecodeError("entry", "not the fields of an entry")
        if type(table["format"]) is not int or table["format"] != FORMAT:
            raise DecodeError("entry.format", "a version this program does not know")
        for name, check in (
            ("ledger", _text()),
            ("author", _text()),
            ("time", _number),
            ("nonce", _octets(NONCE_BYTES)),
        ):
            if not check(table[name]):
                raise DecodeError(f"entry.{name}", "wrong type, length or range")
        listed = table["signatures"]
        if not isinstance(listed, list) or not 0 < len(listed) <= 32:
            raise DecodeError("entry.signatures", "one to 32 are needed")
        signatures = []
        for each in listed:
            if not isinstance(each, dict) or set(each) != {"key", "signature"}:
                raise DecodeError("entry.signatures", "key and signature needed")
            if not _octets(PUBLIC_KEY_BYTES)(each["key"]) or not _octets(SIGNATURE_BYTES)(
                each["signature"]
            ):
                raise DecodeError("entry.signatures", "wrong length")
            signatures.append((each["key"], each["signature"]))
        entry = cls(
            table["ledger"],
            table["type"],
            table["author"],
            table["time"],
            table["nonce"],
            table["body"],
            tuple(signatures),
        )
        check_body(entry.type, entry.body)
        return entry


def check_body(kind: object, body: object) -> None:
    """Raises `DecodeError` unless ``body`` has exactly the fields of the type, each in range."""
    fields = TYPES.get(kind) if isinstance(kind, str) else None
    if fields is None:
        raise DecodeError("entry.type", "unknown")
    if not isinstance(body, Mapping) or set(body) != set(fields):
        raise DecodeError("entry.body", f"not the fields of {kind}")
    for name, check in fields.items():
        if not check(body[name]):
            raise DecodeError(f"entry.body.{name}", "wrong type, length or range")


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
    check_body(kind, body)
    entry = Entry(ledger_id, kind, author, now, random(NONCE_BYTES), dict(body))
    return entry.signed_by(*signers)
