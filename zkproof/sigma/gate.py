"""Gates: what lets a proof leave out a signature or a token without showing that it does.

Relation     ``w != 0``, or ``Bbar = r1*D - e*Abar`` as `zkproof.bbs.knowledge` has it
Source       the equation of that proof with one term more, taken from its simulator;
             docs/security.md, "Hidden alternatives"
Rests on     what that proof rests on, and on the exact block, which ties the gate w to a selector
Not proven   anything at all while the gate is open

For a key ``W = x*BP2`` a pair ``(U, U' = x*U)`` is public. The signature's equation becomes
``Bbar = r1*D - e*Abar + w*U'``. A prover without a signature takes ``Abar = w*U``, ``Bbar = w*U'``,
which fulfils the pairing equation as a signature does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from zkproof import curve
from zkproof.bbs.encoding import check_octets
from zkproof.bbs.keys import PublicKey
from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.pairings import PairingClaim, holds
from zkproof.curve import G1, G1_BYTES, R
from zkproof.errors import DecodeError, UsageError

GATE_PAIR_BYTES = 2 * G1_BYTES


@dataclass(frozen=True)
class GatePair:
    """``(U, U')`` with ``e(U, W) = e(U', BP2)``, checked whenever one is made.

    With a wrong pair exactly those proofs fail whose prover has no signature by this key: the
    failure would tell. A pair that passes is the right one, whoever made it.
    """

    public_key: PublicKey
    U: G1
    U_prime: G1

    def __post_init__(self) -> None:
        claim = PairingClaim(self.U, self.public_key, self.U_prime)
        if self.U.is_identity() or not holds([claim]):
            raise UsageError("pair of a key: not one of this key")

    @staticmethod
    def from_octets(public_key: PublicKey, data: bytes) -> GatePair:
        """From 96 octets. Raises `DecodeError` for other points, `UsageError` for another key's.

        Pairs come again with every presentation: the last 512 are kept, checked.
        """
        check_octets(data, "pair of a key")
        return _read(public_key, data)

    @cached_property
    def octets(self) -> bytes:
        return curve.encode_g1_many((self.U, self.U_prime))

    def canonical(self) -> list[object]:
        """For the transcript."""
        return [self.public_key.octets, self.octets]


@lru_cache(maxsize=512)
def _read(public_key: PublicKey, data: bytes) -> GatePair:
    if len(data) != GATE_PAIR_BYTES:
        raise DecodeError("pair of a key", f"{len(data)} octets, not {GATE_PAIR_BYTES}")
    U, U_prime = curve.decode_g1_many(data, "pair of a key")
    return GatePair(public_key, U, U_prime)


@dataclass(frozen=True, slots=True, repr=False)
class KeyMove:
    """The part of a first move that belongs to one key. ``secrets`` are those of e and r1."""

    Abar: G1
    Bbar: G1
    T1: G1
    secrets: tuple[tuple[int, int], tuple[int, int]]

    def __repr__(self) -> str:
        return "<KeyMove behind a gate, secrets hidden>"


def commit_key(
    pair: GatePair,
    signature: HeldSignature | None,
    B: G1,
    gate: tuple[int, int],
    r2: int,
    masks: MaskSource,
) -> KeyMove:
    """``Abar``, ``Bbar``, ``T1 = e~*Abar + r1~*D - w~*U'`` for ``D = r2*B``.

    ``gate`` is the value of the gate and its mask. Without a signature ``A := U``, ``e := 0``, and
    the coefficients of B and U' in Bbar change places: one sequence of operations serves both.
    """
    w, w_tilde = gate
    A, e, real = (pair.U, 0, 0) if signature is None else (signature.A, signature.e, 1)
    if bool(w) == bool(real):
        raise UsageError("gate: open with a signature, or closed without one")
    product = real * masks.nonzero_scalar() + w
    e_tilde, r1_tilde = masks.scalar(), masks.scalar()
    Abar, Bbar, T1 = curve.msm_rows(
        (A, B, pair.U_prime),
        (
            (product, None, None),
            (-e * product % R, real * product, w),
            (e_tilde * product % R, r1_tilde * r2 % R, -w_tilde % R),
        ),
    )
    r1 = real * product * curve.invert(r2) % R
    return KeyMove(Abar, Bbar, T1, ((e_tilde, e), (r1_tilde, -r1 % R)))


def replay_key(
    pair: GatePair, points: tuple[G1, G1, G1], responses: tuple[int, int, int], c: int
) -> G1:
    """``T1 = c*Bbar + e^*Abar + r1^*D - w^*U'`` from ``Abar, Bbar, D`` and ``e^, r1^, w^``."""
    Abar, Bbar, D = points
    e_hat, r1_hat, w_hat = responses
    return curve.msm_vartime((Bbar, Abar, D, pair.U_prime), (c, e_hat, r1_hat, -w_hat % R))
