"""A clause: a claim about slots that brings points of its own into the composite proof.

Inequality and exact block gather everything of their kind under one commitment; a clause stands
alone, and there may be any number of them: a token of a signed set, a pseudonym, a ciphertext, a
commitment. All have the same three steps. In the first, the prover makes points to be sent and
announcements to be hashed; its responses are then ``mask + c * secret`` for secrets of its own
(slots respond elsewhere); the verifier recomputes the announcements from responses and points.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.pairings import PairingClaim
from zkproof.curve import G1, R


@dataclass(frozen=True, slots=True, repr=False)
class Opening:
    """Of a commitment: its blind and the values of the slots that it holds. Prints nothing."""

    blind: int
    values: tuple[int, ...]

    def __repr__(self) -> str:
        return "<Opening of a commitment, hidden>"


@dataclass(frozen=True, slots=True, repr=False)
class Unsigned:
    """In the place of a signature that the prover does not have: the vector and its point B."""

    values: tuple[int, ...]
    B: G1

    def __repr__(self) -> str:
        return "<Unsigned vector, hidden>"


Secret = G1 | Opening | HeldSignature | Unsigned | None
"""What a prover needs to know for a clause besides slots: a token, an opening, a signature or the
vector in its place, or nothing."""


def vector(secret: Secret) -> tuple[int, ...] | None:
    """The values of the slots that the clause holds, where its secret brings them."""
    if isinstance(secret, Opening | Unsigned):
        return secret.values
    return secret.scalars if isinstance(secret, HeldSignature) else None


def mask_input(secret: Secret) -> tuple[int, ...]:
    """What the seed of masks hashes of a secret besides slots: with a repeated random source, masks
    must differ where the first message does.
    """
    if isinstance(secret, Opening):
        return (secret.blind,)
    return (secret.e,) if isinstance(secret, HeldSignature) else ()


@dataclass(frozen=True, slots=True, repr=False)
class FirstMove:
    """What a prover has after its first step. ``secrets`` are pairs of mask and value."""

    points: tuple[G1, ...]  # sent
    announcements: tuple[G1, ...]  # hashed
    secrets: tuple[tuple[int, int], ...] = ()

    def respond(self, c: int) -> tuple[int, ...]:
        return tuple((mask + c * value) % R for mask, value in self.secrets)

    def __repr__(self) -> str:
        return "<FirstMove of a clause, secrets hidden>"


class Clause(ABC):
    """The statement of one clause. Every field of it enters `canonical`."""

    @property
    @abstractmethod
    def POINTS(self) -> int:
        """Points that travel."""

    @property
    @abstractmethod
    def RESPONSES(self) -> int:
        """Scalars that travel."""

    @property
    @abstractmethod
    def reads(self) -> tuple[int, ...]:
        """Slots that the clause speaks of."""

    @property
    def holds(self) -> tuple[int, ...]:
        """Slots whose values the clause itself fixes, as a signature does. Most fix none."""
        return ()

    @property
    def gates(self) -> tuple[int, ...]:
        """Auxiliary slots: while one is not zero, what stands behind it says nothing. Most clauses
        have none; `zkproof.sigma.gate_rules` has what a statement must say of them.
        """
        return ()

    @property
    def selectors(self) -> tuple[int, ...]:
        """For each gate the bit that closes it; none where a sum of bits may."""
        return ()

    def opens(self, secret: Secret, values: Sequence[int]) -> tuple[bool, ...]:
        """For each gate whether an honest prover with this secret leaves it open. Raises
        `UsageError` when the values of slots do not fit the secret.
        """
        del secret, values
        return ()

    @abstractmethod
    def canonical(self) -> list[object]:
        """For the transcript: which clause, and all that its equations depend on."""

    @abstractmethod
    def commit(
        self,
        secret: Secret,
        values: Sequence[int],
        slot_masks: Sequence[int],
        masks: MaskSource,
    ) -> FirstMove:
        """The prover's first step. Raises `UsageError` when the secret does not fit."""

    @abstractmethod
    def replay(
        self,
        points: Sequence[G1],
        responses: Sequence[int],
        slot_responses: Sequence[int],
        c: int,
    ) -> tuple[G1, ...]:
        """The announcements, as the verifier recomputes them."""

    def claims(self, points: Sequence[G1]) -> tuple[PairingClaim, ...]:
        """Pairing equations of the points that remain to be checked."""
        del points
        return ()
