"""The holder's commitment to messages that the signer must not see, with its proof.

Relation     knowledge of s and k_1 ... k_M such that C = s*Q_2 + sum k_i*J_i
Source       draft-irtf-cfrg-bbs-blind-signatures-02, sections 4.1.1 and 4.3; letters as there
Rests on     discrete logarithm in G1 and the random oracle
Not proven   anything about the values: a holder can commit to any scalar it likes
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zkproof import curve
from zkproof.bbs.ciphersuite import Interface
from zkproof.bbs.encoding import join_scalars, scalars_from_octets
from zkproof.bbs.generators import MAX_MESSAGES, Generators, generators
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.proof import same_scalar
from zkproof.clock import RandomBytes
from zkproof.curve import G1, G1_BYTES, R
from zkproof.errors import DecodeError

FLOOR_BYTES = G1_BYTES + 64


@dataclass(frozen=True, slots=True)
class CommitmentProof:
    """What travels: the commitment, ``1 + M`` responses, the challenge."""

    C: G1
    s_hat: int
    m_hat: tuple[int, ...]
    challenge: int

    @classmethod
    def from_octets(cls, data: bytes) -> CommitmentProof:
        """Raises `DecodeError`, also for a commitment outside the subgroup or to nothing."""
        count, rest = divmod(len(data) - FLOOR_BYTES, 32)
        if count < 0 or rest:
            raise DecodeError("commitment", f"length of {len(data)} octets")
        if count > MAX_MESSAGES - 1:
            raise DecodeError("commitment", f"{count} messages, at most {MAX_MESSAGES - 1} allowed")
        s_hat, *m_hat, challenge = scalars_from_octets(data[G1_BYTES:], "commitment")
        return cls(curve.decode_g1(data[:G1_BYTES], "commitment.C"), s_hat, tuple(m_hat), challenge)

    def to_octets(self) -> bytes:
        return self.C.encode() + join_scalars((self.s_hat, *self.m_hat, self.challenge))


def committed_generators(interface: Interface, count: int) -> Generators:
    """``Q_2`` (as ``q1`` of the sums) and ``J_1 ... J_count``."""
    return generators(interface.committed(), count)


def commitment_scalars(
    interface: Interface, committed: Sequence[int], random: RandomBytes
) -> list[int]:
    """Hedged randomness for `commit_with_scalars`: ``s, s~, m~_1 ... m~_M``."""
    masks = MaskSource(
        random=random, secrets=committed, statement=interface.committed().api_id, attempt=0
    )
    return masks.scalars(len(committed) + 2)


def commit_with_scalars(
    interface: Interface,
    committed: Sequence[int],
    drawn: Sequence[int],
    *,
    context: bytes = b"",
) -> CommitmentProof:
    """Commit to scalars; ``drawn`` is ``s, s~, m~_1 ... m~_M`` and must never be used again.

    ``context`` binds the proof to an occasion; the draft's interfaces have none.
    """
    s, s_tilde, *m_tilde = drawn
    over = committed_generators(interface, len(committed))
    C = over.msm(s, committed)
    c = _challenge(interface, over, C, over.msm(s_tilde, m_tilde), context)
    return CommitmentProof(
        C=C,
        s_hat=(s_tilde + s * c) % R,
        m_hat=tuple((t + k * c) % R for t, k in zip(m_tilde, committed, strict=True)),
        challenge=c,
    )


def verify_commitment(
    interface: Interface, proof: CommitmentProof, *, context: bytes = b""
) -> bool:
    """Whether the holder knows what it committed to: ``Cbar = s^*Q_2 + sum m^_i*J_i - c*C``."""
    over = committed_generators(interface, len(proof.m_hat))
    Cbar = over.msm_vartime(0, proof.s_hat, proof.m_hat, (proof.C,), (-proof.challenge % R,))
    return same_scalar(_challenge(interface, over, proof.C, Cbar, context), proof.challenge)


def _challenge(interface: Interface, over: Generators, C: G1, Cbar: G1, context: bytes) -> int:
    points = curve.encode_g1_many((C, Cbar))
    return interface.hash_to_scalar(over.count.to_bytes(8, "big") + over.encoded + points + context)
