"""How a verifier becomes known: the ledger entry, and the file that governance is handed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from zkproof import files
from zkproof.errors import UsageError
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.presentation.request import VerifierIdentity


def verifier_entry(identity: VerifierIdentity, signer: Ed25519Signer) -> dict[str, Any]:
    """The body of a ``verifier-register``."""
    return {
        "verifier": identity.verifier_id,
        "name": identity.name,
        "key": identity.key_id,
        "public_key": signer.public_key,
    }


def to_json(identity: VerifierIdentity, signer: Ed25519Signer) -> bytes:
    """The same as a file."""
    entry = verifier_entry(identity, signer)
    return json.dumps({**entry, "public_key": signer.public_key.hex()}, indent=2).encode() + b"\n"


def identity_of(path: Path) -> VerifierIdentity:
    """Who such a file speaks of. Raises `UsageError`."""
    try:
        table = json.loads(files.read(path, max_bytes=1 << 16))
        return VerifierIdentity(table["verifier"], table["name"], table["key"])
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{path}: not a verifier's registration") from None
