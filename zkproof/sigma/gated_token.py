"""Gated token: the slot's value has a token of the list, or the gate is open.

Relation     ``w != 0``, or knowledge of A with ``A = 1/(alpha + m) * V``
Source       `zkproof.sigma.signed_set` with one term more; docs/security.md, "Hidden alternatives"
Rests on     what the signed set rests on, and on the exact block, which ties the gate to selectors
Not proven   that m is anybody's record: the slot is an auxiliary one, and the statement says
             ``s*(m - record) = 0``
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zkproof import curve
from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.pairings import PairingClaim
from zkproof.curve import G1, R
from zkproof.errors import UsageError
from zkproof.sigma import signed_set
from zkproof.sigma.clause import Clause, FirstMove, Opening, Secret, Unsigned
from zkproof.sigma.gate import GatePair


@dataclass(frozen=True)
class GatedToken(Clause):
    """The statement. ``slot`` is zero where there is no token.

    The pair is one of the list's key, and serves all its versions. One list may serve several
    alternatives: the gate is then closed by the sum of their selectors.
    """

    ledger_id: str
    kind: str
    list_id: str
    version: int
    pair: GatePair
    slot: int
    gate: int

    POINTS = 2
    RESPONSES = 1

    def __post_init__(self) -> None:
        if self.slot == self.gate:
            raise UsageError("gated token: element and gate are two slots")

    @property
    def reads(self) -> tuple[int, ...]:
        return (self.slot, self.gate)

    @property
    def gates(self) -> tuple[int, ...]:
        return (self.gate,)

    def opens(self, secret: Secret, values: Sequence[int]) -> tuple[bool, ...]:
        if secret is None and values[self.slot]:
            raise UsageError("gated token: without a token its slot is zero")
        return (secret is None,)

    def canonical(self) -> list[object]:
        return [
            "gated token",
            signed_set.base_digest_input(),
            self.ledger_id,
            self.kind,
            self.list_id,
            self.version,
            self.slot,
            self.gate,
            self.pair.canonical(),
        ]

    def commit(
        self,
        secret: Secret,
        values: Sequence[int],
        slot_masks: Sequence[int],
        masks: MaskSource,
    ) -> FirstMove:
        """``A'`` and ``Abar' = v*V - m*A' + w*U'`` are sent, ``T`` of their masks is hashed.

        ``secret`` is the token A: ``A' = v*A``. Without one ``A' = w*U`` and ``v = m = 0``.
        """
        if isinstance(secret, Opening | HeldSignature | Unsigned):
            raise UsageError("gated token: a token or nothing")
        w, m = values[self.gate], values[self.slot]
        A, real = (self.pair.U, 0) if secret is None else (secret, 1)
        if bool(w) == bool(real):
            raise UsageError("gate: open with a token, or closed without one")
        v, v_tilde = real * masks.nonzero_scalar(), masks.scalar()
        A_prime = curve.msm((A,), (v + w,))
        Abar_prime, T = curve.msm_rows(
            (self._base(), A_prime, self.pair.U_prime),
            (
                (v, -m % R, w),
                (v_tilde, -slot_masks[self.slot] % R, slot_masks[self.gate]),
            ),
        )
        return FirstMove((A_prime, Abar_prime), (T,), ((v_tilde, v),))

    def replay(
        self,
        points: Sequence[G1],
        responses: Sequence[int],
        slot_responses: Sequence[int],
        c: int,
    ) -> tuple[G1, ...]:
        """``T = v^*V - m^*A' + w^*U' - c*Abar'``."""
        (v_hat,), (A_prime, Abar_prime) = responses, points
        m_hat, w_hat = slot_responses[self.slot], slot_responses[self.gate]
        return (
            curve.msm_vartime(
                (self._base(), A_prime, self.pair.U_prime, -Abar_prime),
                (v_hat, -m_hat % R, w_hat, c),
            ),
        )

    def claims(self, points: Sequence[G1]) -> tuple[PairingClaim, ...]:
        """``e(A', X) = e(Abar', BP2)``."""
        return (PairingClaim(points[0], self.pair.public_key, points[1]),)

    def _base(self) -> G1:
        return signed_set.base(self.ledger_id, self.kind, self.list_id, self.version)
