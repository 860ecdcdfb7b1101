"""The first credential of a presentation is checked with care, the others are taken along.

Seen in: wallets' verifiers that ran the pairing check, or the revocation check, for one of several
credentials; and in batch verification with fixed weights, where two errors cancel.
"""

from __future__ import annotations

import pytest

from tests.sigma.building import two_banks
from zkproof import curve
from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.pairings import holds
from zkproof.sigma import composite


def made_up(held: HeldSignature) -> HeldSignature:
    """The same hidden vector under a signature nobody made: only the pairing tells."""
    A = curve.map_to_g1(bytes(range(128)))
    return HeldSignature(
        held.public_key, held.generators, held.domain, held.scalars, A, held.e, held.B
    )


@pytest.mark.parametrize("position", [0, 1])
def test_forged_signature_at_any_position_is_refused(position: int) -> None:
    statement, held = two_banks()
    proof = composite.prove(statement, held)
    assert composite.verify(statement, proof)
    forged = list(held)
    forged[position] = made_up(held[position])
    proof = composite.prove(statement, forged)
    replayed = composite.replay(statement, proof)
    assert replayed is not None, "the challenge is right: nothing but the pairing is wrong"
    assert [holds([claim]) for claim in replayed.claims] == [k != position for k in range(2)]
    assert not composite.verify(statement, proof)
