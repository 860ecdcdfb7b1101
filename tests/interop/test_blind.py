"""Blind issuance against another implementation: each role played by either side.

Both hash different octets to ``e`` (the package: secret key, commitment, messages, domain; here,
as the fixtures: secret key and ``B``), so that signatures differ and yet verify on both sides.
"""

from __future__ import annotations

from hypothesis import example, given

from tests.interop.peer import Peer
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
from zkproof.bbs import blind

KEY = bbs.keygen(b"\x08" * 32)
SHA256, SHAKE256 = bbs.Suite.SHA256, bbs.Suite.SHAKE256

NOTHING = selection([], [])
ALL_SHOWN = selection([b"a", b""], [0, 1])
NONE_SHOWN = selection([b"a", b""], [])


@few
@given(
    key=keys, suite=suites, header=octets, ph=octets, chosen=selections(5), committed=selections(4)
)
@example(key=KEY, suite=SHA256, header=b"", ph=b"", chosen=NOTHING, committed=NOTHING)
@example(key=KEY, suite=SHAKE256, header=b"", ph=b"", chosen=ALL_SHOWN, committed=ALL_SHOWN)
@example(key=KEY, suite=SHA256, header=b"", ph=b"", chosen=NONE_SHOWN, committed=NONE_SHOWN)
def test_they_commit_and_prove_we_sign_and_verify(
    peer: Peer,
    key: bbs.SigningKey,
    suite: bbs.Suite,
    header: bytes,
    ph: bytes,
    chosen: Selection,
    committed: Selection,
) -> None:
    asked = {"suite": PEER_SUITES[suite], "api": "blind"}
    answer = peer.ask("commit", **asked, committed=committed.messages)
    signature = blind.sign(
        key,
        chosen.messages,
        commitment=bytes.fromhex(answer["commitment"]),
        header=header,
        suite=suite,
    )
    held = {
        **asked,
        "publicKey": key.public_key.octets,
        "signature": signature,
        "header": header,
        "messages": chosen.messages,
        "committed": committed.messages,
        "proverBlind": answer["proverBlind"],
    }
    assert peer.ask("blindVerify", **held)
    proof = peer.octets(
        "blindProofGen",
        **held,
        ph=ph,
        indexes=chosen.indexes,
        committedIndexes=committed.indexes,
    )

    def ours(signer_messages: int) -> bool:
        return blind.proof_verify(
            key.public_key,
            proof,
            signer_messages,
            chosen.shown,
            chosen.indexes,
            committed.shown,
            committed.indexes,
            header=header,
            presentation_header=ph,
            suite=suite,
        )

    assert ours(len(chosen.messages))
    assert not ours(len(chosen.messages) + 1)


@few
@given(
    key=keys, suite=suites, header=octets, ph=octets, chosen=selections(5), committed=selections(4)
)
@example(key=KEY, suite=SHA256, header=b"", ph=b"", chosen=NOTHING, committed=NOTHING)
@example(key=KEY, suite=SHAKE256, header=b"", ph=b"", chosen=ALL_SHOWN, committed=ALL_SHOWN)
@example(key=KEY, suite=SHA256, header=b"", ph=b"", chosen=NONE_SHOWN, committed=NONE_SHOWN)
def test_we_commit_and_prove_they_sign_and_verify(
    peer: Peer,
    key: bbs.SigningKey,
    suite: bbs.Suite,
    header: bytes,
    ph: bytes,
    chosen: Selection,
    committed: Selection,
) -> None:
    asked = {
        "suite": PEER_SUITES[suite],
        "api": "blind",
        "publicKey": key.public_key.octets,
        "header": header,
    }
    commitment, prover_blind = blind.commit(committed.messages, suite=suite)
    signature = peer.octets(
        "blindSign",
        **asked,
        secretKey=key.export_secret(),
        commitment=commitment,
        messages=chosen.messages,
    )
    held = blind.hold_signature(
        key.public_key,
        signature,
        chosen.messages,
        committed.messages,
        prover_blind,
        header=header,
        suite=suite,
    )
    proof = blind.proof_gen(held, chosen.indexes, committed.indexes, presentation_header=ph)

    def theirs(presentation_header: bytes) -> bool:
        verified: bool = peer.ask(
            "blindProofVerify",
            **asked,
            proof=proof,
            ph=presentation_header,
            signerMessages=len(chosen.messages),
            messages=chosen.shown,
            indexes=chosen.indexes,
            committed=committed.shown,
            committedIndexes=committed.indexes,
        )
        return verified

    assert theirs(ph)
    assert not theirs(ph + b"\x00")


@few
@given(key=keys, suite=suites, header=octets, chosen=selections(5))
@example(key=KEY, suite=SHA256, header=b"", chosen=NOTHING)
def test_signatures_without_a_commitment_hold_on_both_sides(
    peer: Peer, key: bbs.SigningKey, suite: bbs.Suite, header: bytes, chosen: Selection
) -> None:
    asked = {
        "suite": PEER_SUITES[suite],
        "api": "blind",
        "publicKey": key.public_key.octets,
        "header": header,
        "messages": chosen.messages,
    }
    theirs = peer.octets("blindSign", **asked, secretKey=key.export_secret(), commitment=b"")
    assert blind.verify(key.public_key, theirs, chosen.messages, header=header, suite=suite)
    ours = blind.sign(key, chosen.messages, header=header, suite=suite)
    assert peer.ask("blindVerify", **asked, signature=ours, committed=[], proverBlind="00")
