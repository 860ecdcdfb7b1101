"""Proof that whoever registers a key holds its secret.

For issuers and lists, a BBS signature by that key over no messages, whose header names ledger,
issuer, key id and what the key is for. Without it a registrant could claim somebody else's key, or
one computed from others' keys, or turn one issuer's status key into another's signing key. For
auditors, whose keys lie in G1, a Schnorr proof over the same names; where several made the key
together, one for the part of each, and the parts add up to the key.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import reduce
from operator import add

from zkproof import curve
from zkproof.bbs.ciphersuite import Interface, Suite
from zkproof.bbs.encoding import Signature, scalars_from_octets
from zkproof.bbs.generators import generators
from zkproof.bbs.keys import PublicKey, SigningKey
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.signature import calculate_domain, sign_scalars
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.curve import G1, G1_BYTES, SCALAR_BYTES, R, SecretScalar
from zkproof.errors import DecodeError, UsageError
from zkproof.sigma.encryption import generators as generators_of_encryption
from zkproof.sigma.gate import GatePair

_INTERFACE = Interface(Suite.SHA256, Suite.SHA256.ciphersuite_id + b"ZKPROOF_KEY_POSSESSION_V1_")
"""Apart from every interface that signs credentials."""


_AUDITOR_DST = _INTERFACE.api_id + b"AUDITOR_"
_PROOF_BYTES = 2 * SCALAR_BYTES


class Purpose(StrEnum):
    """What a registered key signs."""

    CREDENTIALS = "credentials"
    STATUS = "status"
    MEMBERS = "members"
    GAPS = "gaps"


def prove_possession(
    key: SigningKey,
    ledger_id: str,
    issuer_id: str,
    key_id: str,
    *,
    purpose: Purpose = Purpose.CREDENTIALS,
) -> bytes:
    """80 octets. For a list's key ``key_id`` is the identifier of the list."""
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
    names = (ledger_id, issuer_id, key_id)
    return gate_pair(public_key, proof, *names, purpose=purpose) is not None


def gate_pair(
    public_key: bytes,
    proof: bytes,
    ledger_id: str,
    issuer_id: str,
    key_id: str,
    *,
    purpose: Purpose,
) -> GatePair | None:
    """``(A, B - e*A)`` of the signature that ``proof`` is: with it a prover leaves a gate of this
    key open (`zkproof.sigma.gate`). ``None`` where the proof does not hold: that the second point
    is ``x*A``, which the pair checks, is the signature's equation.
    """
    try:
        key, signature = PublicKey.from_octets(public_key), Signature.from_octets(proof)
    except DecodeError:
        return None
    over = generators(_INTERFACE, 0)
    header = _header(ledger_id, issuer_id, key_id, purpose)
    B = over.signed_point(calculate_domain(key, over, header), ())
    try:
        return GatePair(key, signature.A, B - curve.msm_vartime((signature.A,), (signature.e,)))
    except UsageError:
        return None


def prove_auditor_possession(
    secret: SecretScalar,
    ledger_id: str,
    auditor_id: str,
    key_id: str,
    *,
    random: RandomBytes = os_random,
) -> bytes:
    """64 octets: challenge and response of a Schnorr proof for ``K = k*g``."""
    g, _ = generators_of_encryption()
    k = int.from_bytes(secret.export_secret(), "big")
    K = secret.multiply(g)
    about = K.encode() + encode({"ledger": ledger_id, "auditor": auditor_id, "key": key_id})
    masks = MaskSource(random=random, secrets=(k,), statement=about, attempt=0)
    mask = masks.nonzero_scalar()
    c = _auditor_challenge(K, curve.msm((g,), (mask,)), ledger_id, auditor_id, key_id)
    return c.to_bytes(32, "big") + ((mask + c * k) % R).to_bytes(32, "big")


def join_auditor_possessions(parts: Sequence[tuple[G1, bytes]]) -> bytes:
    """The proof for the sum of the parts, from `prove_auditor_possession` for each of them."""
    if len(parts) == 1:
        return parts[0][1]
    return b"".join(point.encode() + proof for point, proof in parts)


def verify_auditor_possession(
    public_key: bytes, proof: bytes, ledger_id: str, auditor_id: str, key_id: str
) -> bool:
    """Whether ``proof`` was made with the secret of ``public_key`` for this registration.

    ``proof`` is one of 64 octets, or the parts of a key made by several: 48 octets of a point and
    64 of its proof for each. Whoever can prove every part knows the secret of their sum, together;
    a part that was computed from the others has no proof. False as well for octets that are no key
    or no proof.
    """
    if len(proof) == _PROOF_BYTES:
        return _holds(public_key, proof, ledger_id, auditor_id, key_id)
    size = G1_BYTES + _PROOF_BYTES
    parts = [proof[i : i + size] for i in range(0, len(proof), size)]
    if len(parts) < 2 or len(parts[-1]) != size:
        return False
    try:
        K = curve.decode_g1(public_key, "auditor key")  # never the identity, though parts cancel
        points = curve.decode_g1_many(b"".join(part[:G1_BYTES] for part in parts), "part")
    except DecodeError:
        return False
    return reduce(add, points) == K and all(
        _holds(part[:G1_BYTES], part[G1_BYTES:], ledger_id, auditor_id, key_id) for part in parts
    )


def _holds(public_key: bytes, proof: bytes, ledger_id: str, auditor_id: str, key_id: str) -> bool:
    try:
        K = curve.decode_g1(public_key, "auditor key")
        c, response = scalars_from_octets(proof, "possession", count=2, allow_zero=True)
    except DecodeError:
        return False
    g, _ = generators_of_encryption()
    T = curve.msm_vartime((g, K), (response, R - c if c else 0))
    return _auditor_challenge(K, T, ledger_id, auditor_id, key_id) == c


def _auditor_challenge(K: G1, T: G1, ledger_id: str, auditor_id: str, key_id: str) -> int:
    names = encode({"ledger": ledger_id, "auditor": auditor_id, "key": key_id})
    return _INTERFACE.hash_to_scalar(K.encode() + T.encode() + names, _AUDITOR_DST)


def _header(ledger_id: str, issuer_id: str, key_id: str, purpose: Purpose) -> bytes:
    return encode(
        {"ledger": ledger_id, "issuer": issuer_id, "key": key_id, "purpose": purpose.value}
    )
