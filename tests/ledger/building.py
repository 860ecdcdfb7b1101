"""A small ledger for tests: governance of two of three, an issuer, a verifier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zkproof import bbs
from zkproof.credential.ed25519 import Ed25519Signer
from zkproof.ledger.entries import GOVERNANCE, Entry, make_entry
from zkproof.ledger.log import Log
from zkproof.ledger.possession import prove_possession
from zkproof.ledger.reader import Pins

LEDGER = "ledger.test"
NOW = 1_790_000_000
GOVERNORS = [Ed25519Signer.from_octets(bytes([k]) * 32) for k in (1, 2, 3)]
ADMIN = Ed25519Signer.from_octets(b"\x11" * 32)
OTHER_ADMIN = Ed25519Signer.from_octets(b"\x12" * 32)
VERIFIER = Ed25519Signer.from_octets(b"\x13" * 32)
LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"\x21" * 32)
LOG_PUBLIC = LOG_KEY.public_key().public_bytes_raw()
PINS = Pins(LEDGER, LEDGER, LOG_PUBLIC)
BANK = "did:web:bank-a.mo"


def bank_key(k: int = 1) -> bbs.SigningKey:
    return bbs.keygen(bytes([0x40 + k]) * 32)


def governed(kind: str, body: dict[str, Any], *, now: int = NOW) -> Entry:
    return make_entry(LEDGER, kind, GOVERNANCE, body, *GOVERNORS[:2], now=now)


def genesis(**changes: Any) -> Entry:
    keys = [each.public_key for each in GOVERNORS]
    return governed("governance-root", {"keys": keys, "threshold": 2, "name": "Test", **changes})


def registration(issuer: str = BANK, k: int = 1, **changes: Any) -> Entry:
    key, key_id = bank_key(k), changes.get("key", "2026-1")
    admin = ADMIN if issuer == BANK else OTHER_ADMIN
    body = {
        "issuer": issuer,
        "name": "Bank A",
        "admin_key": admin.public_key,
        "key": key_id,
        "public_key": key.public_key.octets,
        "possession": prove_possession(key, LEDGER, issuer, key_id),
        "not_before": NOW - 1000,
        "not_after": None,
        **changes,
    }
    return governed("issuer-register", body)


def rotation(**changes: Any) -> Entry:
    key = bank_key(9)
    body = {
        "key": "2027-1",
        "public_key": key.public_key.octets,
        "possession": prove_possession(key, LEDGER, BANK, "2027-1"),
        "not_before": NOW,
        "not_after": None,
        "replaces": "2026-1",
        "replaced_not_after": NOW + 86_400,
        **changes,
    }
    return make_entry(LEDGER, "issuer-rotate-key", BANK, body, ADMIN, now=NOW)


def by_bank(kind: str, body: dict[str, Any], *, now: int = NOW) -> Entry:
    return make_entry(LEDGER, kind, BANK, body, ADMIN, now=now)


def new_log(folder: Path) -> Log:
    return Log.open(folder / "ledger.db", LEDGER, LOG_KEY, create=True)
