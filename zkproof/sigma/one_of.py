"""One of several: a signature on the slots by one of the listed keys, which stays hidden, or none.

Relation     for the alternative i whose selector is one, if there is one: knowledge of (A, e) that
             signs the slots under W_i and domain_i
Source       `zkproof.sigma.gate` for each key, with one D for all: the vector of an absent
             signature may be anything, so it is the real one, and predicates are said once
Rests on     what `zkproof.bbs.knowledge` rests on, and on the exact block, which ties gates to
             selectors
Not proven   anything, while all selectors are zero. A slot that only this clause holds may then be
             read only in terms that the selectors, or their sum, multiply

The statement says of selectors s_i and gates w_i:

    s_i^2 = s_i,    s_i*w_i = 0,    sum s_i = 1  or  sum s_i = S  for a bit S

`Statement` refuses to be made without it (`zkproof.sigma.gate_rules`). For ``sum s_i = 1`` one of
the keys did sign. With a bit S, which may be another clause's selector or that of a way in the
policy, one of the keys signed where S is one. A single key needs no sum: its selector is S.

The signed domain names key and header. It is hidden as ``domain = sum s_i*domain_i``, computed from
the selectors' responses: it has no slot, and nobody can leave out the equation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from zkproof import curve
from zkproof.bbs.generators import Generators
from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.pairings import PairingClaim
from zkproof.bbs.signature import calculate_domain
from zkproof.curve import G1, R
from zkproof.errors import ConflictError, UsageError
from zkproof.sigma.clause import Clause, FirstMove, Secret, Unsigned
from zkproof.sigma.gate import GatePair, commit_key, replay_key


@dataclass(frozen=True, slots=True)
class Alternative:
    """One key with the header under which it would have signed. Gate and selector are slots."""

    pair: GatePair
    header: bytes
    gate: int
    selector: int


@dataclass(frozen=True)
class OneOf(Clause):
    """The statement: the selected alternative's key signed ``slots``."""

    alternatives: tuple[Alternative, ...]
    generators: Generators
    slots: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.slots) != self.generators.count:
            raise UsageError("one of several: a slot for each message")
        if not self.alternatives:
            raise UsageError("one of several: no alternative")
        count = len(self.alternatives)
        if len({(each.pair.public_key, each.header) for each in self.alternatives}) != count:
            raise UsageError("one of several: the same key and header twice")
        if len(set(self.selectors)) != count:
            raise UsageError("one of several: two alternatives share a selector")

    @property
    def POINTS(self) -> int:
        return 1 + 2 * len(self.alternatives)

    @property
    def RESPONSES(self) -> int:
        return 1 + 2 * len(self.alternatives)

    @cached_property
    def domains(self) -> tuple[int, ...]:
        return tuple(
            calculate_domain(each.pair.public_key, self.generators, each.header)
            for each in self.alternatives
        )

    @property
    def reads(self) -> tuple[int, ...]:
        return (*self.slots, *self.gates, *self.selectors)

    @property
    def holds(self) -> tuple[int, ...]:
        """Slots that are signed where an alternative is selected; where none is they are anything.
        A box of theirs must hold the boxes of every alternative.
        """
        return self.slots

    @property
    def gates(self) -> tuple[int, ...]:
        return tuple(each.gate for each in self.alternatives)

    @property
    def selectors(self) -> tuple[int, ...]:
        return tuple(each.selector for each in self.alternatives)

    def opens(self, secret: Secret, values: Sequence[int]) -> tuple[bool, ...]:
        selected = self.selected(secret)
        for i, slot in enumerate(self.selectors):
            if values[slot] != int(i == selected):
                # A gap that is missing around a revoked record comes to this: nobody's mistake.
                raise ConflictError("one of several: no signature where one is selected")
        return tuple(i != selected for i in range(len(self.alternatives)))

    def selected(self, secret: Secret) -> int | None:
        """The alternative that the signature is of; ``None`` for the vector in its place. Raises
        `UsageError` for anything else.
        """
        if isinstance(secret, Unsigned):
            return None
        if isinstance(secret, HeldSignature):
            for i, (each, domain) in enumerate(zip(self.alternatives, self.domains, strict=True)):
                if secret.public_key == each.pair.public_key and secret.domain == domain:
                    return i
            raise UsageError("one of several: the signature is by none of the listed keys")
        raise UsageError("one of several: a signature or the vector in its place is needed")

    def absent(self) -> Unsigned:
        """The secret of a prover without a signature: a vector of zeros under the domain zero.
        Its point is a constant, so that proofs with and without a signature take the same time.
        """
        return _absent(self.generators)

    def canonical(self) -> list[object]:
        return [
            "signature of one of",
            self.generators.interface.api_id,
            self.generators.encoded,
            list(self.slots),
            [
                [domain.to_bytes(32, "big"), each.gate, each.selector, each.pair.canonical()]
                for each, domain in zip(self.alternatives, self.domains, strict=True)
            ],
        ]

    def commit(
        self,
        secret: Secret,
        values: Sequence[int],
        slot_masks: Sequence[int],
        masks: MaskSource,
    ) -> FirstMove:
        """``D = r2*B`` and for each key ``Abar, Bbar`` are sent; ``T2`` and each ``T1`` are hashed.

        ``T2 = r3~*D + domain~*Q_1 + sum m~_j*H_j``, with domain~ from the selectors' masks.
        """
        selected = self.selected(secret)
        if not isinstance(secret, HeldSignature | Unsigned):
            raise UsageError("one of several: a signature or the vector in its place is needed")
        r2, r3_tilde = masks.nonzero_scalar(), masks.scalar()
        D, T2 = curve.msm_rows((secret.B,), ((r2,), (r3_tilde * r2 % R,)))
        T2 = T2 + self.generators.msm(
            self._domain(slot_masks), [slot_masks[slot] for slot in self.slots]
        )
        points, announcements = [D], [T2]
        secrets = [(r3_tilde, -curve.invert(r2) % R)]
        for i, each in enumerate(self.alternatives):
            real = secret if i == selected and isinstance(secret, HeldSignature) else None
            gate = (values[each.gate], slot_masks[each.gate])
            move = commit_key(each.pair, real, secret.B, gate, r2, masks)
            points += [move.Abar, move.Bbar]
            announcements.append(move.T1)
            secrets += move.secrets
        return FirstMove(tuple(points), tuple(announcements), tuple(secrets))

    def replay(
        self,
        points: Sequence[G1],
        responses: Sequence[int],
        slot_responses: Sequence[int],
        c: int,
    ) -> tuple[G1, ...]:
        """``T2 = c*P1 + domain^*Q_1 + r3^*D + sum m^_j*H_j``; each ``T1`` as `replay_key`."""
        D, r3_hat = points[0], responses[0]
        m_hat = [slot_responses[slot] for slot in self.slots]
        T2 = self.generators.msm_vartime(c, self._domain(slot_responses), m_hat, (D,), (r3_hat,))
        found = [T2]
        for i, each in enumerate(self.alternatives):
            Abar, Bbar = points[1 + 2 * i : 3 + 2 * i]
            e_hat, r1_hat = responses[1 + 2 * i : 3 + 2 * i]
            w_hat = slot_responses[each.gate]
            found.append(replay_key(each.pair, (Abar, Bbar, D), (e_hat, r1_hat, w_hat), c))
        return tuple(found)

    def claims(self, points: Sequence[G1]) -> tuple[PairingClaim, ...]:
        """``e(Abar_i, W_i) = e(Bbar_i, BP2)`` for every key."""
        return tuple(
            PairingClaim(points[1 + 2 * i], each.pair.public_key, points[2 + 2 * i])
            for i, each in enumerate(self.alternatives)
        )

    def _domain(self, slots: Sequence[int]) -> int:
        """``sum s_i*domain_i`` of masks or responses."""
        terms = zip(self.selectors, self.domains, strict=True)
        return sum(slots[selector] * domain for selector, domain in terms) % R


@lru_cache(maxsize=256)
def _absent(generators: Generators) -> Unsigned:
    zeros = (0,) * generators.count
    return Unsigned(zeros, generators.signed_point(0, zeros))
