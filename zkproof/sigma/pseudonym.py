"""Pseudonym: the point that a secret gives in one scope, the same at every visit.

Relation     ``N = m*H`` for a slot's value m, with ``H`` hashed from the scope's text, which names
             its owner (`zkproof.presentation.scopes`)
Source       per-verifier pseudonyms, spec sheet section 10; the base is a random oracle's output
Rests on     decisional Diffie-Hellman in G1: pseudonyms of two scopes do not show that they are one
             person's. Unlike the rest of a presentation this is not everlasting
Not proven   that the holder has only one secret: who issued it to one person says so
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from zkproof import curve
from zkproof.bbs.masks import MaskSource
from zkproof.curve import G1
from zkproof.errors import UsageError
from zkproof.sigma.clause import Clause, FirstMove, Secret

_DST = b"ZKPROOF_PSEUDONYM_V2_BLS12381G1_XMD:SHA-256_SSWU_RO_"


@lru_cache(maxsize=256)
def base(scope: str) -> G1:
    """``H``."""
    return curve.map_to_g1(curve.Expander.XMD_SHA256.expand(scope.encode(), _DST, 128))


@dataclass(frozen=True, slots=True)
class Pseudonym(Clause):
    """The statement: the point sent is the slot's value times the base of ``scope``."""

    scope: str
    slot: int

    POINTS = 1
    RESPONSES = 0

    @property
    def reads(self) -> tuple[int, ...]:
        return (self.slot,)

    def canonical(self) -> list[object]:
        return ["pseudonym", _DST, self.scope, self.slot]

    def commit(
        self,
        secret: Secret,
        values: Sequence[int],
        slot_masks: Sequence[int],
        masks: MaskSource,
    ) -> FirstMove:
        """``N = m*H`` is sent, ``T = m~*H`` hashed."""
        del secret, masks
        rows = ((values[self.slot],), (slot_masks[self.slot],))
        N, T = curve.msm_rows((base(self.scope),), rows)
        if N.is_identity():
            raise UsageError("pseudonym: the secret is zero")
        return FirstMove((N,), (T,))

    def replay(
        self,
        points: Sequence[G1],
        responses: Sequence[int],
        slot_responses: Sequence[int],
        c: int,
    ) -> tuple[G1, ...]:
        """``T = m^*H - c*N``. N is not the identity: no received point is."""
        del responses
        m_hat = slot_responses[self.slot]
        return (curve.msm_vartime((base(self.scope), -points[0]), (m_hat, c)),)
