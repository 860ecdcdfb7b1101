"""One exponent behind several pairs of points, proven without showing it.

Relation     ``P_i = x*B_i`` for every pair ``(B_i, P_i)``, for one x the prover knows
Source       Chaum and Pedersen 1992 for two pairs, Schnorr 1991 for one; made non-interactive in
             the strong form: context and all pairs are hashed before the first message
Rests on     discrete logarithm in G1; SHAKE-256 as a random oracle
Not proven   anything of who x belongs to, or when the proof was made: the context says that

One pair is a proof of possession. Two pairs with ``B_1 = g`` say that a point was multiplied by the
secret of a public key, which is what a partial decryption and a complaint claim.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from zkproof import curve
from zkproof.bbs.encoding import scalar_octets, scalars_from_octets
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.secret import HiddenScalar
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.curve import G1, SCALAR_BYTES, R
from zkproof.errors import DecodeError, UsageError

PROOF_BYTES = 2 * SCALAR_BYTES

_PROTOCOL = b"zkproof exponent proof v1 BLS12-381 SHAKE-256"
_CHALLENGE_BYTES = 64


class Purpose(StrEnum):
    """What a proof is for. One made for one purpose is none for another."""

    DEALING = "constant term of a dealt polynomial"
    DELIVERY = "ephemeral key of delivered shares"
    COMPLAINT = "complaint about a dealer"
    DECRYPTION = "partial decryption"


@dataclass(frozen=True, slots=True)
class ExponentStatement:
    """The pairs, and what the proof is bound to: facts by name, of the data model of CBOR."""

    purpose: Purpose
    facts: Mapping[str, object]
    pairs: tuple[tuple[G1, G1], ...]

    def __post_init__(self) -> None:
        if not self.pairs:
            raise UsageError("pairs: none given")

    def canonical(self) -> bytes:
        """What is hashed first: purpose, facts, and all points."""
        return encode(
            {
                "purpose": self.purpose.value,
                "facts": dict(self.facts),
                "pairs": [[base.encode(), image.encode()] for base, image in self.pairs],
            }
        )


@dataclass(frozen=True, slots=True)
class ExponentProof:
    """Challenge and response. The announcements are recomputed, never sent."""

    c: int
    x_hat: int

    def to_octets(self) -> bytes:
        """64 octets."""
        return scalar_octets(self.c) + scalar_octets(self.x_hat)

    @classmethod
    def from_octets(cls, data: bytes, field: str = "proof") -> ExponentProof:
        """Raises `DecodeError`: another length, a scalar that is zero or not below the order."""
        if not isinstance(data, bytes):
            raise DecodeError(field, "octets are needed")
        c, x_hat = scalars_from_octets(data, field, count=2)
        return cls(c, x_hat)


def prove(
    statement: ExponentStatement, secret: HiddenScalar, *, random: RandomBytes = os_random
) -> ExponentProof:
    """``x^ = x~ + c x``, with ``c`` from the statement and ``T_i = x~*B_i``.

    Raises `UsageError` when the secret is not the exponent of every pair: such a proof would be
    refused, but its response would go out all the same.
    """
    x = secret._expose()
    bases = [base for base, _ in statement.pairs]
    if any(curve.msm((base,), (x,)) != image for base, image in statement.pairs):
        raise UsageError("secret: not the exponent of every pair")
    canonical = statement.canonical()
    masks = MaskSource(random=random, secrets=(x,), statement=canonical, attempt=0)
    x_tilde = masks.nonzero_scalar()
    c = _challenge(canonical, [curve.msm((base,), (x_tilde,)) for base in bases])
    return ExponentProof(c, (x_tilde + c * x) % R)


def verify(statement: ExponentStatement, proof: ExponentProof) -> bool:
    """Whether the proof holds.

    1.  No point is the identity. (a base that turns every secret into the same image)
    2.  ``T_i = x^*B_i - c*P_i`` give back the challenge.
    """
    if any(base.is_identity() or image.is_identity() for base, image in statement.pairs):  # 1.
        return False
    announcements = [  # 2.
        curve.msm_vartime((base, -image), (proof.x_hat, proof.c)) for base, image in statement.pairs
    ]
    return _challenge(statement.canonical(), announcements) == proof.c


def _challenge(canonical: bytes, announcements: list[G1]) -> int:
    """A full scalar: there is one exponent only, so nothing is saved by a shorter one."""
    state = hashlib.shake_256()
    for item in (_PROTOCOL, canonical, curve.encode_g1_many(announcements)):
        state.update(len(item).to_bytes(8, "big") + item)
    return int.from_bytes(state.digest(_CHALLENGE_BYTES), "big") % R
