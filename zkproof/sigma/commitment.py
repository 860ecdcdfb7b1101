"""Commitment: slots that nobody has signed yet, as a holder's answer to an offer.

Relation     ``C = s*Q_2 + sum m_j*J_j``
Source       Pedersen commitments over the generators of blind signatures,
             draft-irtf-cfrg-bbs-blind-signatures-02; here one clause of a composite proof, so that
             the exact block can speak of the values
Rests on     discrete logarithm in G1; hides perfectly
Not proven   anything of the values by itself
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zkproof.bbs.generators import Generators
from zkproof.bbs.masks import MaskSource
from zkproof.curve import G1, R
from zkproof.errors import UsageError
from zkproof.sigma.clause import Clause, FirstMove, Opening, Secret


@dataclass(frozen=True, slots=True)
class CommittedTo(Clause):
    """The statement: the point sent commits to ``slots``, in the order of the generators."""

    generators: Generators
    slots: tuple[int, ...]

    POINTS = 1
    RESPONSES = 1

    def __post_init__(self) -> None:
        if len(self.slots) != self.generators.count:
            raise UsageError("commitment: a slot for each generator")

    @property
    def reads(self) -> tuple[int, ...]:
        return self.slots

    @property
    def holds(self) -> tuple[int, ...]:
        """Binding fixes the values, as a signature does; but no issuer has checked them."""
        return self.slots

    def canonical(self) -> list[object]:
        return [
            "commitment",
            self.generators.interface.api_id,
            self.generators.encoded,
            list(self.slots),
        ]

    def commit(
        self,
        secret: Secret,
        values: Sequence[int],
        slot_masks: Sequence[int],
        masks: MaskSource,
    ) -> FirstMove:
        """``C`` is sent, ``T = s~*Q_2 + sum m~_j*J_j`` hashed. ``s`` is the opening's blind."""
        if not isinstance(secret, Opening):
            raise UsageError("commitment: its opening is needed")
        s_tilde = masks.scalar()
        C = self.generators.msm(secret.blind, [values[slot] for slot in self.slots])
        T = self.generators.msm(s_tilde, [slot_masks[slot] for slot in self.slots])
        return FirstMove((C,), (T,), ((s_tilde, secret.blind),))

    def replay(
        self,
        points: Sequence[G1],
        responses: Sequence[int],
        slot_responses: Sequence[int],
        c: int,
    ) -> tuple[G1, ...]:
        """``T = s^*Q_2 + sum m^_j*J_j - c*C``."""
        m_hat = [slot_responses[slot] for slot in self.slots]
        (s_hat,) = responses
        return (self.generators.msm_vartime(0, s_hat, m_hat, points, (R - c if c else 0,)),)
