"""The entries that a ledger begins with, whatever carries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.entries import GOVERNANCE, Entry, make_entry
from zkproof_circuits import library


def first_entries(name: str, governance: Ed25519Signer, *, now: int) -> list[Entry]:
    """The governance root, of one key, and all packaged schemas."""

    def governed(kind: str, body: Mapping[str, Any]) -> Entry:
        return make_entry(name, kind, GOVERNANCE, body, governance, now=now)

    root = {"keys": [governance.public_key], "threshold": 1, "name": name}
    schemas = [{"schema": schema.to_bytes()} for schema in library.all_schemas()]
    return [
        governed("governance-root", root),
        *(governed("schema-publish", body) for body in schemas),
    ]
