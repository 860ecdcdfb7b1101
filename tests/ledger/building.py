"""A small ledger for tests: governance of two of three, two issuers, a verifier, a witness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zkproof import bbs, curve
from zkproof.clock import fixed_clock
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.entries import GOVERNANCE, Entry, make_entry
from zkproof.ledger.fold import fold
from zkproof.ledger.log import Log
from zkproof.ledger.merkle import leaf_hash
from zkproof.ledger.pins import Pins
from zkproof.ledger.possession import (
    Purpose,
    join_auditor_possessions,
    prove_auditor_possession,
    prove_possession,
)
from zkproof.ledger.reader import LedgerReader
from zkproof.ledger.state import LedgerState
from zkproof.ledger.witness import LogWitness
from zkproof.sigma import encryption
from zkproof.trust import ListKind
from zkproof_circuits import library

LEDGER = "ledger.test"
ORIGIN = "log.ledger.test"
NOW = 1_790_000_000
DAY = 86_400
GOVERNORS = [Ed25519Signer.from_octets(bytes([k]) * 32) for k in (1, 2, 3)]
ADMIN = Ed25519Signer.from_octets(b"\x11" * 32)
OTHER_ADMIN = Ed25519Signer.from_octets(b"\x12" * 32)
VERIFIER = Ed25519Signer.from_octets(b"\x13" * 32)
STRANGER = Ed25519Signer.from_octets(b"\x77" * 32)
LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"\x21" * 32)
LOG_PUBLIC = LOG_KEY.public_key().public_bytes_raw()
WITNESS = "witness.test/w1"
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(b"\x31" * 32)
WITNESS_PUBLIC = WITNESS_KEY.public_key().public_bytes_raw()
BANK, OTHER, CHECKER = "did:web:bank-a.mo", "did:web:bank-b.mo", "did:web:verifier.mo"
AUDITOR = "financial-intelligence-office"
LIST = f"{BANK}#2026"
SCHEMA = library.schema("deposit-certificate")


def bank_key(k: int = 1) -> bbs.SigningKey:
    return bbs.keygen(bytes([0x40 + k]) * 32)


def governed(kind: str, body: dict[str, Any], *, now: int = NOW) -> Entry:
    return make_entry(LEDGER, kind, GOVERNANCE, body, *GOVERNORS[:2], now=now)


def by_bank(kind: str, body: dict[str, Any], *, now: int = NOW) -> Entry:
    return make_entry(LEDGER, kind, BANK, body, ADMIN, now=now)


def by_other(kind: str, body: dict[str, Any], *, now: int = NOW) -> Entry:
    return make_entry(LEDGER, kind, OTHER, body, OTHER_ADMIN, now=now)


def by_verifier(kind: str, body: dict[str, Any], *, now: int = NOW) -> Entry:
    return make_entry(LEDGER, kind, CHECKER, body, VERIFIER, now=now)


def resigned(entry: Entry, *signers: Ed25519Signer) -> Entry:
    """The same entry with these signatures and no others."""
    return replace(entry, signatures=()).signed_by(*signers)


def genesis(**changes: Any) -> Entry:
    keys = [each.public_key for each in GOVERNORS]
    return governed("governance-root", {"keys": keys, "threshold": 2, "name": "Test", **changes})


ROOT = genesis()
PINS = Pins(LEDGER, ORIGIN, LOG_PUBLIC, leaf_hash(ROOT.to_bytes()))
WITNESSED = replace(PINS, witnesses={WITNESS: WITNESS_PUBLIC}, quorum=1)


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
        "not_before": NOW - 40 * DAY,
        "not_after": None,
        **changes,
    }
    return governed("issuer-register", body)


def rotation(k: int = 9, **changes: Any) -> Entry:
    key, key_id = bank_key(k), changes.get("key", "2027-1")
    body = {
        "key": key_id,
        "public_key": key.public_key.octets,
        "possession": prove_possession(key, LEDGER, BANK, key_id),
        "not_before": NOW,
        "not_after": None,
        "replaces": "2026-1",
        "replaced_not_after": NOW + DAY,
        **changes,
    }
    return by_bank("issuer-rotate-key", body)


def authority(
    k: int = 7, *, list_id: str = LIST, kind: ListKind = ListKind.STATUS, **changes: Any
) -> Entry:
    key = bank_key(k)
    purpose = Purpose(kind.value)
    body = {
        "list": list_id,
        "kind": kind.value,
        "spread": "prefix",
        "bits_cap": 8,
        "public_key": key.public_key.octets,
        "possession": prove_possession(key, LEDGER, BANK, list_id, purpose=purpose),
        "location": None,
        **changes,
    }
    return by_bank("list-authority", body)


def epoch(number: int, **changes: Any) -> Entry:
    body = {
        "list": LIST,
        "version": number,
        "not_before": NOW + number * DAY,
        "not_after": NOW + (number + 1) * DAY,
        "count": 3,
        "root": bytes(32),
        **changes,
    }
    return by_bank("list-version", body)


def revoked_list_key(k: int = 7) -> dict[str, Any]:
    public_key = bank_key(k).public_key.octets
    return {"list": LIST, "public_key": public_key, "reason": "stolen"}


def auditor(k: int = 3, kind: str = "auditor-register", **changes: Any) -> Entry:
    g, _ = encryption.generators()
    secret = curve.secret_scalar(bytes(31) + bytes([k]))
    key_id = f"2026-{k}"
    body = {
        "auditor": AUDITOR,
        "name": "Financial Intelligence Office",
        "key": key_id,
        "public_key": secret.multiply(g).encode(),
        "possession": prove_auditor_possession(secret, LEDGER, AUDITOR, key_id),
        **changes,
    }
    if kind == "auditor-rotate-key":
        del body["name"]
    return governed(kind, body)


def joint_auditor(parts: Sequence[int] = (5, 6, 7), *, known: bool = True, **changes: Any) -> Entry:
    """A key in parts; where not ``known``, the first is a point minus the others'."""
    g, _ = encryption.generators()
    secrets = [curve.secret_scalar(k.to_bytes(32, "big")) for k in parts]
    points = [secret.multiply(g) for secret in secrets]
    proofs = [prove_auditor_possession(each, LEDGER, AUDITOR, "joint") for each in secrets]
    if not known:
        points[0] -= sum(points[2:], points[1])
    body = {
        "public_key": sum(points[1:], points[0]).encode(),
        "possession": join_auditor_possessions(list(zip(points, proofs, strict=True))),
        "key": "joint",
        **changes,
    }
    return auditor(**body)


def anchor(k: int = 1) -> Entry:
    return by_bank("document-anchor", {"sha256": bytes([k]) * 32, "sm3": bytes([k + 1]) * 32})


def verifier_registration(**changes: Any) -> Entry:
    body = {
        "verifier": CHECKER,
        "name": "Mortgage desk",
        "key": "1",
        "public_key": VERIFIER.public_key,
        **changes,
    }
    return governed("verifier-register", body)


def policy(version: int = 1) -> Entry:
    text = "policy demo v1\nrequire a.balance >= 1 MOP\n"
    body = {"policy": "demo", "version": version, "circuit": bytes(32), "text": text}
    return by_verifier("policy-register", body)


def after(*entries: Entry) -> LedgerState:
    """The state after the root, a bank and these."""
    return fold([ROOT, registration(), *entries])


def new_log(folder: Path, *, now: int = NOW) -> Log:
    folder.mkdir(exist_ok=True)
    return Log.open(
        folder / "ledger.db",
        ORIGIN,
        LOG_KEY,
        clock=fixed_clock(now),
        witnesses={WITNESS: WITNESS_PUBLIC},
        create=True,
    )


def filled(folder: Path) -> Log:
    """A log of five entries."""
    log = new_log(folder)
    for entry in (ROOT, registration(), anchor(1), anchor(3), anchor(5)):
        log.append(entry)
    return log


def forked(folder: Path) -> Log:
    """A log of the same key that agrees with `filled` in two entries only, and is longer."""
    log = new_log(folder)
    for entry in (ROOT, registration(), *(anchor(k) for k in (11, 13, 15, 17))):
        log.append(entry)
    return log


def new_witness(folder: Path) -> LogWitness:
    return LogWitness(folder / "witness.db", WITNESS, WITNESS_KEY, {ORIGIN: LOG_PUBLIC})


def read_all(reader: LedgerReader, log: Log, *, now: int = NOW) -> None:
    """Bring a reader up to date from a log."""
    assert isinstance(reader.pins, Pins)
    newest, old = log.checkpoint(quorum=reader.pins.quorum), reader.size
    proof = log.consistency_proof(old, newest.size) if old else []
    entries = log.store.entries(old, newest.size)
    reader.update(newest.to_note(), entries, proof, now=now)
