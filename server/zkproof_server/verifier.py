"""The verifier's own identity and key, from the folder that ``zkproof request init`` made."""

from __future__ import annotations

import json
import os
from pathlib import Path

from zkproof.credential.ed25519 import Ed25519Signer
from zkproof.credential.sealed import unseal_keys
from zkproof.errors import UsageError
from zkproof.presentation.request import VerifierIdentity

VARIABLE = "ZKPROOF_PASSPHRASE"


def open_verifier(folder: Path) -> tuple[Ed25519Signer, VerifierIdentity]:
    """Signer and identity. Raises `UsageError` and `WalletError`."""
    passphrase = os.environ.get(VARIABLE)
    if not passphrase:
        raise UsageError("passphrase: needed for the verifier's key", hint=f"set {VARIABLE}")
    table = json.loads((folder / "verifier.json").read_bytes())
    (secret,) = unseal_keys((folder / "verifier.key").read_bytes(), passphrase, "request")
    identity = VerifierIdentity(table["verifier"], table["name"], table["key"])
    return Ed25519Signer.from_octets(secret), identity
