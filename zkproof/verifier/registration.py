"""The ledger entry by which a verifier becomes known."""

from __future__ import annotations

from typing import Any

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
