"""Verify many proofs at once. Not in the draft; each answer is the one `proof_verify` gives.

What is shared between proofs is the pairing check; announcements are recomputed for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from zkproof.bbs.ciphersuite import Suite
from zkproof.bbs.keys import PublicKey
from zkproof.bbs.pairings import PairingClaim, failing
from zkproof.bbs.proof import verify_challenge
from zkproof.clock import RandomBytes, os_random


@dataclass(frozen=True, slots=True)
class ProofClaim:
    """One proof and everything it is checked against; fields as in `proof_verify`."""

    public_key: PublicKey
    proof: bytes
    disclosed_messages: Sequence[bytes]
    disclosed_indexes: Sequence[int]
    header: bytes = b""
    presentation_header: bytes = b""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The answer for each claim, in order. Has no truth value: ask for what you mean."""

    valid: tuple[bool, ...]

    @property
    def all_valid(self) -> bool:
        return all(self.valid)

    @property
    def invalid(self) -> tuple[int, ...]:
        """Positions of the claims that do not hold."""
        return tuple(i for i, valid in enumerate(self.valid) if not valid)

    def __bool__(self) -> NoReturn:
        raise TypeError("a BatchResult has no truth value; use all_valid or invalid")


def proof_verify_batch(
    claims: Sequence[ProofClaim],
    *,
    suite: Suite = Suite.SHA256,
    random: RandomBytes = os_random,
) -> BatchResult:
    """Verify all claims; bad ones are found by bisection and named.

    ``random`` gives the folding weights and must be unpredictable to provers. Raises
    `UsageError` for wrong types.
    """
    positions: list[int] = []
    pairings: list[PairingClaim] = []
    for i, claim in enumerate(claims):
        proof = verify_challenge(
            claim.public_key,
            claim.proof,
            claim.disclosed_messages,
            claim.disclosed_indexes,
            claim.header,
            claim.presentation_header,
            suite,
        )
        if proof is not None:
            positions.append(i)
            pairings.append(PairingClaim(proof.Abar, claim.public_key, proof.Bbar))
    valid = [False] * len(claims)
    bad = failing(pairings, random=random)
    for k, i in enumerate(positions):
        valid[i] = k not in bad
    return BatchResult(tuple(valid))
