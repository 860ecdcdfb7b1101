"""Proof that an issuer holds the secret of the key it registers.

A BBS signature by that key over no messages, whose header names ledger, issuer and key id. Without
it a registrant could claim somebody else's key, or one computed from others' keys.
"""

from __future__ import annotations

from zkproof.bbs.ciphersuite import Interface, Suite
from zkproof.bbs.encoding import Signature
from zkproof.bbs.generators import generators
from zkproof.bbs.keys import PublicKey, SigningKey
from zkproof.bbs.signature import sign_scalars, verify_scalars
from zkproof.codec import encode
from zkproof.errors import DecodeError

_INTERFACE = Interface(Suite.SHA256, Suite.SHA256.ciphersuite_id + b"ZKPROOF_KEY_POSSESSION_V1_")
"""Apart from every interface that signs credentials."""


def prove_possession(key: SigningKey, ledger_id: str, issuer_id: str, key_id: str) -> bytes:
    """80 octets."""
    header = _header(ledger_id, issuer_id, key_id)
    return sign_scalars(key, (), generators=generators(_INTERFACE, 0), header=header).to_octets()


def verify_possession(
    public_key: bytes, proof: bytes, ledger_id: str, issuer_id: str, key_id: str
) -> bool:
    """Whether ``proof`` was made with the secret of ``public_key`` for this registration."""
    try:
        key, signature = PublicKey.from_octets(public_key), Signature.from_octets(proof)
    except DecodeError:
        return False
    header = _header(ledger_id, issuer_id, key_id)
    return verify_scalars(key, signature, (), generators=generators(_INTERFACE, 0), header=header)


def _header(ledger_id: str, issuer_id: str, key_id: str) -> bytes:
    return encode({"ledger": ledger_id, "issuer": issuer_id, "key": key_id})
