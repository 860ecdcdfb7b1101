"""Pseudonyms against another implementation.

The package speaks an older form of the draft: its one nym secret is the hash of an identifier,
the header does not carry the number of nym secrets, the signer adds no entropy, and the challenge
has the context's point where the current form has the context itself. Its own proofs with a hidden
identifier do not pass its own verifier (3.0.0 takes the mask of another message). So what
both forms share (commitments, the signed vector, the pseudonym) is held against the package as it
is, and proofs of the current form against its arithmetic, with the challenge put together in
runner.mjs.
"""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

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
from zkproof.bbs import ciphersuite, pseudonym

KEY = bbs.keygen(b"\x09" * 32)
SHA256, SHAKE256 = bbs.Suite.SHA256, bbs.Suite.SHAKE256

NOTHING = selection([], [])
ALL_SHOWN = selection([b"a", b""], [0, 1])
NONE_SHOWN = selection([b"a", b""], [])

NO_ENTROPY = bytes(32)
"""The package's signer adds none; with it, both sign the same vector."""

pids = st.binary(min_size=1, max_size=32)


def nym_secret(pid: bytes, suite: bbs.Suite) -> bbs.NymSecret:
    """The nym secret that the package derives from an identifier."""
    (scalar,) = ciphersuite.pseudonym(suite).messages_to_scalars([pid])
    return bbs.NymSecret.from_octets(scalar.to_bytes(32, "big"))


def with_count(header: bytes) -> bytes:
    """The header that the current form signs for one nym secret."""
    return header + (1).to_bytes(8, "big")


@few
@given(
    key=keys,
    suite=suites,
    header=octets,
    ph=octets,
    context=octets,
    pid=pids,
    chosen=selections(5),
)
@example(key=KEY, suite=SHA256, header=b"", ph=b"", context=b"", pid=b"p", chosen=NOTHING)
@example(key=KEY, suite=SHAKE256, header=b"", ph=b"", context=b"c", pid=b"p", chosen=ALL_SHOWN)
@example(key=KEY, suite=SHA256, header=b"h", ph=b"p", context=b"c", pid=b"p", chosen=NONE_SHOWN)
def test_they_commit_and_prove_we_sign_and_verify(
    peer: Peer,
    key: bbs.SigningKey,
    suite: bbs.Suite,
    header: bytes,
    ph: bytes,
    context: bytes,
    pid: bytes,
    chosen: Selection,
) -> None:
    asked = {"suite": PEER_SUITES[suite], "api": "pseudonym"}
    answer = peer.ask("commit", **asked, committed=[pid])
    signature = pseudonym.sign(
        key,
        bytes.fromhex(answer["commitment"]),
        1,
        chosen.messages,
        signer_nym_entropy=NO_ENTROPY,
        header=header,
        suite=suite,
    )
    held: dict[str, Any] = {
        **asked,
        "publicKey": key.public_key.octets,
        "signature": signature,
        "header": with_count(header),
        "messages": chosen.messages,
        "proverBlind": answer["proverBlind"],
    }
    assert peer.ask("blindVerify", **held, committed=[pid])
    shown = peer.ask("nymProofGen", **held, pid=pid, ph=ph, context=context, indexes=chosen.indexes)
    nym = bytes.fromhex(shown["pseudonym"])
    assert nym == peer.octets("calculatePseudonym", **asked, context=context, pid=pid)

    def ours(context: bytes) -> bool:
        return pseudonym.proof_verify(
            key.public_key,
            bytes.fromhex(shown["proof"]),
            nym,
            context,
            1,
            len(chosen.messages),
            chosen.shown,
            chosen.indexes,
            header=header,
            presentation_header=ph,
            suite=suite,
        )

    assert ours(context)
    assert not ours(context + b"\x00")


@few
@given(
    key=keys,
    suite=suites,
    header=octets,
    ph=octets,
    context=octets,
    pid=pids,
    chosen=selections(5),
)
@example(key=KEY, suite=SHA256, header=b"", ph=b"", context=b"", pid=b"p", chosen=NOTHING)
@example(key=KEY, suite=SHAKE256, header=b"", ph=b"", context=b"c", pid=b"p", chosen=ALL_SHOWN)
@example(key=KEY, suite=SHA256, header=b"h", ph=b"p", context=b"c", pid=b"p", chosen=NONE_SHOWN)
def test_we_commit_and_prove_they_sign_and_verify(
    peer: Peer,
    key: bbs.SigningKey,
    suite: bbs.Suite,
    header: bytes,
    ph: bytes,
    context: bytes,
    pid: bytes,
    chosen: Selection,
) -> None:
    asked = {
        "suite": PEER_SUITES[suite],
        "api": "pseudonym",
        "publicKey": key.public_key.octets,
        "header": with_count(header),
    }
    secret = nym_secret(pid, suite)
    commitment, prover_blind = pseudonym.commit([secret], suite=suite)
    signature = peer.octets(
        "blindSign",
        **asked,
        secretKey=key.export_secret(),
        commitment=commitment,
        messages=chosen.messages,
    )
    held = pseudonym.hold_signature(
        key.public_key,
        signature,
        chosen.messages,
        [secret],
        prover_blind,
        signer_nym_entropy=NO_ENTROPY,
        header=header,
        suite=suite,
    )
    proof, nym = pseudonym.proof_gen(held, context, chosen.indexes, presentation_header=ph)
    assert nym == peer.octets(
        "calculatePseudonym", suite=asked["suite"], api="pseudonym", context=context, pid=pid
    )

    def theirs(context: bytes) -> bool:
        verified: bool = peer.ask(
            "nymProofVerify",
            **asked,
            proof=proof,
            pseudonym=nym,
            context=context,
            ph=ph,
            signerMessages=len(chosen.messages),
            messages=chosen.shown,
            indexes=chosen.indexes,
        )
        return verified

    assert theirs(context)
    assert not theirs(context + b"\x00")
