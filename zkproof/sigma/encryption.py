"""Encryption to an auditor, proven: the ciphertext holds the slot's value.

Relation     ``E1 = rho*g`` and ``E2 = m*g_m + rho*K`` for a rho the prover knows
Source       ElGamal in the exponent; spec sheet section 9.1
Rests on     decisional Diffie-Hellman in G1, for everyone but the auditor
Not proven   that m is small enough to be found again: the attribute's type says so, since an issuer
             signed it inside its box. ElGamal can be altered by anyone; an auditor accepts a
             ciphertext only inside a presentation that verifies, whose transcript names request,
             verifier and auditor
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from zkproof import curve
from zkproof.bbs.masks import MaskSource
from zkproof.curve import G1, FixedBases
from zkproof.sigma.clause import Clause, FirstMove, Secret

_DST = b"ZKPROOF_ENCRYPTION_V1_BLS12381G1_XMD:SHA-256_SSWU_RO_"
MAX_BITS = 48
"""Largest value that an auditor can be asked to find, in bits."""


@lru_cache(maxsize=1)
def generators() -> tuple[G1, G1]:
    """``(g, g_m)``: independent, both outputs of hash-to-curve."""
    expand = curve.Expander.XMD_SHA256.expand
    return (
        curve.map_to_g1(expand(b"g", _DST, 128)),
        curve.map_to_g1(expand(b"g_m", _DST, 128)),
    )


@dataclass(frozen=True, slots=True)
class Ciphertext:
    """``(rho*g, m*g_m + rho*K)``."""

    E1: G1
    E2: G1

    def to_octets(self) -> bytes:
        """96 octets."""
        return curve.encode_g1_many((self.E1, self.E2))

    @classmethod
    def from_octets(cls, data: bytes) -> Ciphertext:
        """Raises `DecodeError`."""
        first, second = data[:48], data[48:]
        return cls(
            curve.decode_g1(first, "ciphertext.E1"), curve.decode_g1(second, "ciphertext.E2")
        )


@lru_cache(maxsize=8)
def _tables(K: G1) -> FixedBases:
    """``g, g_m, K``."""
    return curve.fixed_bases((*generators(), K))


@dataclass(frozen=True, slots=True)
class EncryptedTo(Clause):
    """The statement: the points sent encrypt ``slot`` to ``auditor_key``.

    ``label`` names the auditor and its key; purpose, verifier and time are in the proof's context.
    """

    auditor_key: G1
    label: str
    slot: int

    POINTS = 2
    RESPONSES = 1

    @property
    def reads(self) -> tuple[int, ...]:
        return (self.slot,)

    def canonical(self) -> list[object]:
        return ["encryption", _DST, self.auditor_key.encode(), self.label, self.slot]

    def commit(
        self,
        secret: Secret,
        values: Sequence[int],
        slot_masks: Sequence[int],
        masks: MaskSource,
    ) -> FirstMove:
        """``E1, E2`` are sent; ``T1 = rho~*g`` and ``T2 = m~*g_m + rho~*K`` hashed."""
        del secret
        tables = _tables(self.auditor_key)
        rho, rho_tilde = masks.nonzero_scalar(), masks.scalar()
        m, m_tilde = values[self.slot], slot_masks[self.slot]
        return FirstMove(
            points=(tables.msm((rho,)), tables.msm((None, m, rho))),
            announcements=(tables.msm((rho_tilde,)), tables.msm((None, m_tilde, rho_tilde))),
            secrets=((rho_tilde, rho),),
        )

    def replay(
        self,
        points: Sequence[G1],
        responses: Sequence[int],
        slot_responses: Sequence[int],
        c: int,
    ) -> tuple[G1, ...]:
        """``T1 = rho^*g - c*E1`` and ``T2 = m^*g_m + rho^*K - c*E2``."""
        tables = _tables(self.auditor_key)
        (rho_hat,), (E1, E2) = responses, points
        return (
            tables.msm_vartime((rho_hat,), (-E1,), (c,)),
            tables.msm_vartime((0, slot_responses[self.slot], rho_hat), (-E2,), (c,)),
        )
