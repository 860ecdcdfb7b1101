"""The ledger entry by which an issuer becomes known."""

from __future__ import annotations

from typing import Any

from zkproof import bbs
from zkproof.credential.issuing import IssuerIdentity
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.possession import prove_possession


def issuer_entry(
    identity: IssuerIdentity,
    key: bbs.SigningKey,
    admin: Ed25519Signer,
    *,
    now: int,
) -> dict[str, Any]:
    """The body of an ``issuer-register``: a key in use from now on, without an end."""
    possession = prove_possession(key, identity.ledger_id, identity.issuer_id, identity.key_id)
    return {
        "issuer": identity.issuer_id,
        "name": identity.name,
        "admin_key": admin.public_key,
        "key": identity.key_id,
        "public_key": key.public_key.octets,
        "possession": possession,
        "not_before": now,
        "not_after": None,
    }
