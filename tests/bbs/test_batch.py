"""Many proofs at once: the same answers as one by one, and the bad ones are named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkproof import bbs, curve
from zkproof.bbs.batch import ProofClaim, proof_verify_batch
from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.pairings import PairingClaim, failing, holds

KEYS = [bbs.keygen(bytes([k]) * 32) for k in (1, 2, 3)]
MESSAGES = [b"name", b"balance"]


def held_by(key: bbs.SigningKey) -> HeldSignature:
    return bbs.hold_signature(key.public_key, bbs.sign(key, MESSAGES), MESSAGES)


HELD = [held_by(key) for key in KEYS]


def forged(held: HeldSignature) -> HeldSignature:
    """A made-up ``A``: its proofs pass everything but the pairing."""
    return HeldSignature(
        held.public_key, held.generators, held.domain, held.scalars, held.B, 7, held.B
    )


def claim(k: int, *, kind: str) -> ProofClaim:
    held = forged(HELD[k]) if kind == "forged" else HELD[k]
    proof = bbs.proof_gen(held, [0], presentation_header=b"ph")
    if kind == "malformed":
        proof = proof[:-1]
    shown = b"eman" if kind == "false" else b"name"
    return ProofClaim(KEYS[k].public_key, proof, [shown], [0], presentation_header=b"ph")


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.sampled_from(["good"] * 4 + ["forged", "false", "malformed"])
        ),
        max_size=12,
    )
)
def test_batch_answers_like_single_verification(kinds: list[tuple[int, str]]) -> None:
    claims = [claim(k, kind=kind) for k, kind in kinds]
    result = proof_verify_batch(claims)
    singly = tuple(
        bbs.proof_verify(
            c.public_key,
            c.proof,
            c.disclosed_messages,
            c.disclosed_indexes,
            presentation_header=c.presentation_header,
        )
        for c in claims
    )
    assert result.valid == singly == tuple(kind == "good" for _, kind in kinds)
    assert result.invalid == tuple(i for i, ok in enumerate(singly) if not ok)
    assert result.all_valid is all(singly)


def test_result_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="no truth value"):
        bool(proof_verify_batch([]))


def test_errors_that_cancel_without_weights_do_not_cancel() -> None:
    """Two false claims whose product is true: what fixed or equal weights would accept."""
    held = HELD[0]
    key = held.public_key
    Y = curve.msm((held.A,), (5,))
    X = curve.msm_rows((held.A, held.B), ((3, None), (None, 11)))
    good_Y = [curve.msm((held.B, held.A), (s, -s * held.e % curve.R)) for s in (3,)]
    good = PairingClaim(X[0], key, good_Y[0])
    assert holds([good])
    high = PairingClaim(X[0], key, good_Y[0] + Y)
    low = PairingClaim(X[0], key, good_Y[0] - Y)
    both = (
        (X[0] + X[0], key.prepared),
        (high.Y + low.Y, curve.prepare_g2(-curve.g2_generator)),
    )
    assert curve.pairing_check(both), "without weights the two errors cancel"
    assert not holds([high, low])
    assert failing([good, high, good, low]) == {1, 3}
