"""A random source that repeats (a restored snapshot, a fork) gives nothing away.

Each test makes the attack work on proofs whose masks are what the source says, and fail on those of
the public functions.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zkproof import bbs, curve
from zkproof.bbs import blind, pseudonym
from zkproof.bbs.ciphersuite import blind as blind_interface
from zkproof.bbs.commitment import (
    CommitmentProof,
    commit_with_scalars,
    committed_generators,
)
from zkproof.bbs.encoding import Proof
from zkproof.bbs.proof import prove_with_scalars
from zkproof.bbs.secret import NymSecret
from zkproof.curve import R
from zkproof.ledger.possession import prove_auditor_possession, verify_auditor_possession

MESSAGES = [b"balance: 750000", b"residency: MO", b"name: Ada"]
KEY = bbs.keygen(b"\x01" * 32)


def repeated(count: int) -> bytes:
    return (b"the same octets after a restored snapshot" * (count // 40 + 1))[:count]


def solved(first: tuple[int, int], second: tuple[int, int]) -> int:
    """The secret behind two responses with one mask: ``(challenge, response)`` each."""
    (c1, z1), (c2, z2) = first, second
    return (z1 - z2) * pow(c1 - c2, -1, R) % R


def held() -> bbs.HeldSignature:
    signature = bbs.sign(KEY, MESSAGES, header=b"h")
    return bbs.hold_signature(KEY.public_key, signature, MESSAGES, header=b"h")


def hidden_message(make: Callable[[bytes], bytes]) -> int:
    """What two proofs for two occasions give away of the first hidden message."""
    one, two = (Proof.from_octets(make(occasion)) for occasion in (b"n1", b"n2"))
    return solved((one.challenge, one.m_hat[0]), (two.challenge, two.m_hat[0]))


def test_repeated_randomness_does_not_give_hidden_messages_away() -> None:
    signature = held()
    drawn = list(range(2, 9))[: 5 + 2]

    def careless(occasion: bytes) -> bytes:
        return prove_with_scalars(signature, (0,), occasion, drawn)

    def hedged(occasion: bytes) -> bytes:
        return bbs.proof_gen(signature, [0], presentation_header=occasion, random=repeated)

    assert hidden_message(careless) == signature.scalars[1]
    assert hidden_message(hedged) != signature.scalars[1]
    proof = hedged(b"n1")
    assert bbs.proof_verify(
        KEY.public_key, proof, MESSAGES[:1], [0], header=b"h", presentation_header=b"n1"
    )


def test_repeated_randomness_does_not_link_commitments() -> None:
    """Under one blind the difference of two commitments is that of the messages, times J."""
    interface = blind_interface(bbs.Suite.SHA256)
    one, two = (interface.messages_to_scalars([message])[0] for message in (b"one", b"two"))
    careless = [commit_with_scalars(interface, [each], [5, 6, 7]).C for each in (one, two)]
    hedged = [
        CommitmentProof.from_octets(blind.commit([message], random=repeated)[0]).C
        for message in (b"one", b"two")
    ]
    J = committed_generators(interface, 1).msm(0, [1])
    difference = curve.msm((J,), ((one - two) % R,))
    assert careless[0] + -careless[1] == difference
    assert hedged[0] + -hedged[1] != difference


def test_repeated_randomness_does_not_give_pseudonym_secrets_away() -> None:
    secret = NymSecret.random()
    one, two = (
        CommitmentProof.from_octets(pseudonym.commit([secret], [message], random=repeated)[0])
        for message in (b"one", b"two")
    )
    found = solved((one.challenge, one.m_hat[-1]), (two.challenge, two.m_hat[-1]))
    assert found != secret._expose()


@pytest.mark.parametrize("other", ["ledger.b", "ledger.c"])
def test_repeated_randomness_does_not_give_an_auditors_key_away(other: str) -> None:
    k = 0x1234567**9 % R
    secret = curve.secret_scalar(k.to_bytes(32, "big"))
    proofs = [
        prove_auditor_possession(secret, ledger, "fiu", "2026-1", random=repeated)
        for ledger in ("ledger.a", other)
    ]
    parts = [
        (int.from_bytes(proof[:32], "big"), int.from_bytes(proof[32:], "big")) for proof in proofs
    ]
    assert solved(*parts) != k
    from zkproof.sigma.encryption import generators

    key = secret.multiply(generators()[0]).encode()
    assert verify_auditor_possession(key, proofs[0], "ledger.a", "fiu", "2026-1")
