"""Tag: the point that one record of one person gives in one scope, the same at every visit.

Relation     ``x*N = H`` for ``x`` the sum of the slots, with ``H`` hashed from the scope's text,
             which names its owner (`zkproof.presentation.scopes`)
Source       Dodis-Yampolskiy 2005: ``N = 1/x * H`` is a verifiable pseudorandom function of x
Rests on     decisional Diffie-Hellman inversion in G1. Not everlasting
Not proven   that a record was issued once only: its issuer says so

The slots are a link secret and an attribute that its issuer knows (an account number, hashed).
Whoever knows the attribute but not the secret cannot compute the tag; and unlike ``x*H``, tags of
two records of one person have no difference that the issuer could recognise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from zkproof import curve
from zkproof.bbs.masks import MaskSource
from zkproof.curve import G1, R
from zkproof.errors import UsageError
from zkproof.sigma.clause import Clause, FirstMove, Secret

_DST = b"ZKPROOF_TAG_V2_BLS12381G1_XMD:SHA-256_SSWU_RO_"


@lru_cache(maxsize=256)
def base(scope: str) -> G1:
    """``H``; another one than a pseudonym's for the same scope."""
    return curve.map_to_g1(curve.Expander.XMD_SHA256.expand(scope.encode(), _DST, 128))


@dataclass(frozen=True, slots=True)
class Tag(Clause):
    """The statement: the sum of ``slots`` times the point sent is the base of ``scope``."""

    scope: str
    slots: tuple[int, ...]

    POINTS = 1
    RESPONSES = 0

    @property
    def reads(self) -> tuple[int, ...]:
        return self.slots

    def canonical(self) -> list[object]:
        return ["tag", _DST, self.scope, list(self.slots)]

    def commit(
        self,
        secret: Secret,
        values: Sequence[int],
        slot_masks: Sequence[int],
        masks: MaskSource,
    ) -> FirstMove:
        """``N = 1/x * H`` is sent, ``T = x~*N`` hashed."""
        del secret, masks
        x = sum(values[slot] for slot in self.slots) % R
        if not x:
            raise UsageError("tag: the secret is zero")
        inverse = curve.invert(x)
        x_tilde = sum(slot_masks[slot] for slot in self.slots) % R
        N, T = curve.msm_rows((base(self.scope),), ((inverse,), (x_tilde * inverse % R,)))
        return FirstMove((N,), (T,))

    def replay(
        self,
        points: Sequence[G1],
        responses: Sequence[int],
        slot_responses: Sequence[int],
        c: int,
    ) -> tuple[G1, ...]:
        """``T = x^*N - c*H``."""
        del responses
        x_hat = sum(slot_responses[slot] for slot in self.slots) % R
        return (curve.msm_vartime((points[0], -base(self.scope)), (x_hat, c)),)
