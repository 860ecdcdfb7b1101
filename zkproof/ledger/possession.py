"""Proof that an issuer holds the secret of the key it registers.

A BBS signature by that key over no messages, whose header names ledger, issuer, key id and what the
key is for. Without it a registrant could claim somebody else's key, or one computed from others'
keys, or turn one issuer's status key into another's signing key.
"""

from __future__ import annotations

from enum import StrEnum

from zkproof.bbs.ciphersuite import Interface, Suite
from zkproof.bbs.encoding import Signature
from zkproof.bbs.generators import generators
from zkproof.bbs.keys import PublicKey, SigningKey
from zkproof.bbs.signature import sign_scalars, verify_scalars
from zkproof.codec import encode
from zkproof.errors import DecodeError

_INTERFACE = Interface(Suite.SHA256, Suite.SHA256.ciphersuite_id + b"ZKPROOF_KEY_POSSESSION_V1_")
"""Apart from every interface that signs credentials."""


class Purpose(StrEnum):
    """What a registered key signs."""

    CREDENTIALS = "credentials"
    STATUS = "status"


def prove_possession(
    key: SigningKey,
    ledger_id: str,
    issuer_id: str,
    key_id: str,
    *,
    purpose: Purpose = Purpose.CREDENTIALS,
) -> bytes:
    """80 octets. For a status key ``key_id`` is the identifier of the list."""
    header = _header(ledger_id, issuer_id, key_id, purpose)
    return sign_scalars(key, (), generators=generators(_INTERFACE, 0), header=header).to_octets()


def verify_possession(
    public_key: bytes,
    proof: bytes,
    ledger_id: str,
    issuer_id: str,
    key_id: str,
    *,
    purpose: Purpose,
) -> bool:
    """Whether ``proof`` was made with the secret of ``public_key`` for this registration.

    False as well for octets that are no public key or no signature.
    """
    try:
        key, signature = PublicKey.from_octets(public_key), Signature.from_octets(proof)
    except DecodeError:
        return False
    header = _header(ledger_id, issuer_id, key_id, purpose)
    return verify_scalars(key, signature, (), generators=generators(_INTERFACE, 0), header=header)


def _header(ledger_id: str, issuer_id: str, key_id: str, purpose: Purpose) -> bytes:
    return encode(
        {"ledger": ledger_id, "issuer": issuer_id, "key": key_id, "purpose": purpose.value}
    )
