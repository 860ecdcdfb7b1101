"""Core BBS against another implementation, in both directions."""

from __future__ import annotations

import pytest
from hypothesis import example, given

from tests.interop.peer import Peer, PeerRefused
from tests.interop.strategies import (
    PEER_SUITES,
    Selection,
    few,
    keys,
    octets,
    selection,
    selections,
    suites,
)
from zkproof import bbs

KEY = bbs.keygen(b"\x07" * 32)
SHA256, SHAKE256 = bbs.Suite.SHA256, bbs.Suite.SHAKE256

NOTHING = selection([], [])
ONE_EMPTY_MESSAGE_HIDDEN = selection([b""], [])
ALL_SHOWN = selection([b"a", b"", b"c"], [0, 1, 2])
NONE_SHOWN = selection([b"a", b"", b"c"], [])


@few
@given(key=keys, suite=suites, header=octets, chosen=selections(8))
@example(key=KEY, suite=SHA256, header=b"", chosen=NOTHING)
@example(key=KEY, suite=SHAKE256, header=b"", chosen=NOTHING)
@example(key=KEY, suite=SHA256, header=b"", chosen=ONE_EMPTY_MESSAGE_HIDDEN)
def test_both_make_the_same_keys_and_signatures(
    peer: Peer, key: bbs.SigningKey, suite: bbs.Suite, header: bytes, chosen: Selection
) -> None:
    secret = key.export_secret()
    name = PEER_SUITES[suite]
    assert peer.octets("publicKey", suite=name, secretKey=secret) == key.public_key.octets
    theirs = peer.octets(
        "sign", suite=name, secretKey=secret, header=header, messages=chosen.messages
    )
    assert bbs.sign(key, chosen.messages, header=header, suite=suite) == theirs


@few
@given(key=keys, suite=suites, header=octets, ph=octets, chosen=selections(10))
@example(key=KEY, suite=SHA256, header=b"", ph=b"", chosen=NOTHING)
@example(key=KEY, suite=SHAKE256, header=b"", ph=b"", chosen=NOTHING)
@example(key=KEY, suite=SHAKE256, header=b"", ph=b"", chosen=ONE_EMPTY_MESSAGE_HIDDEN)
@example(key=KEY, suite=SHA256, header=b"h", ph=b"p", chosen=ALL_SHOWN)
@example(key=KEY, suite=SHA256, header=b"h", ph=b"p", chosen=NONE_SHOWN)
def test_what_they_sign_and_derive_we_verify(
    peer: Peer, key: bbs.SigningKey, suite: bbs.Suite, header: bytes, ph: bytes, chosen: Selection
) -> None:
    name = PEER_SUITES[suite]
    signature = peer.octets(
        "sign",
        suite=name,
        secretKey=key.export_secret(),
        header=header,
        messages=chosen.messages,
    )
    assert bbs.verify(key.public_key, signature, chosen.messages, header=header, suite=suite)
    proof = peer.octets(
        "deriveProof",
        suite=name,
        publicKey=key.public_key.octets,
        signature=signature,
        header=header,
        ph=ph,
        messages=chosen.messages,
        indexes=chosen.indexes,
    )

    def ours(presentation_header: bytes) -> bool:
        return bbs.proof_verify(
            key.public_key,
            proof,
            chosen.shown,
            chosen.indexes,
            header=header,
            presentation_header=presentation_header,
            suite=suite,
        )

    assert ours(ph)
    assert not ours(ph + b"\x00")


@few
@given(key=keys, suite=suites, header=octets, ph=octets, chosen=selections(10))
@example(key=KEY, suite=SHA256, header=b"", ph=b"", chosen=NOTHING)
@example(key=KEY, suite=SHAKE256, header=b"", ph=b"", chosen=NOTHING)
@example(key=KEY, suite=SHAKE256, header=b"", ph=b"", chosen=ONE_EMPTY_MESSAGE_HIDDEN)
@example(key=KEY, suite=SHA256, header=b"h", ph=b"p", chosen=ALL_SHOWN)
@example(key=KEY, suite=SHA256, header=b"h", ph=b"p", chosen=NONE_SHOWN)
def test_what_we_sign_and_derive_they_verify(
    peer: Peer, key: bbs.SigningKey, suite: bbs.Suite, header: bytes, ph: bytes, chosen: Selection
) -> None:
    name = PEER_SUITES[suite]
    signature = bbs.sign(key, chosen.messages, header=header, suite=suite)
    assert peer.ask(
        "verifySignature",
        suite=name,
        publicKey=key.public_key.octets,
        signature=signature,
        header=header,
        messages=chosen.messages,
    )
    held = bbs.hold_signature(
        key.public_key, signature, chosen.messages, header=header, suite=suite
    )
    proof = bbs.proof_gen(held, chosen.indexes, presentation_header=ph)

    def theirs(presentation_header: bytes) -> bool:
        verified: bool = peer.ask(
            "verifyProof",
            suite=name,
            publicKey=key.public_key.octets,
            proof=proof,
            header=header,
            ph=presentation_header,
            messages=chosen.shown,
            indexes=chosen.indexes,
        )
        return verified

    assert theirs(ph)
    assert not theirs(ph + b"\x00")


@pytest.mark.parametrize("suite", list(bbs.Suite))
def test_both_refuse_a_proof_whose_point_lies_outside_the_subgroup(
    peer: Peer, suite: bbs.Suite
) -> None:
    """Twin of the proofs above: one point replaced by one of the curve with another order."""
    signature = bbs.sign(KEY, [b"m"], suite=suite)
    held = bbs.hold_signature(KEY.public_key, signature, [b"m"], suite=suite)
    good = bbs.proof_gen(held, [0])
    # x = 4 is the smallest x of a point of the curve that is outside the subgroup.
    outside = bytes([0x80]) + (4).to_bytes(47, "big")
    bad = outside + good[48:]

    def theirs(proof: bytes) -> bool:
        verified: bool = peer.ask(
            "verifyProof",
            suite=PEER_SUITES[suite],
            publicKey=KEY.public_key.octets,
            proof=proof,
            header=b"",
            ph=b"",
            messages=[b"m"],
            indexes=[0],
        )
        return verified

    assert bbs.proof_verify(KEY.public_key, good, [b"m"], [0], suite=suite)
    assert theirs(good)
    assert not bbs.proof_verify(KEY.public_key, bad, [b"m"], [0], suite=suite)
    with pytest.raises(PeerRefused):
        theirs(bad)
