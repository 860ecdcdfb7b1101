"""Blind BBS against the published fixtures (SHA-256 suite; SHAKE-256 is in tests/interop)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.vectors.loading import cases, mocked_scalars, octets
from zkproof import bbs
from zkproof.bbs import blind
from zkproof.bbs.ciphersuite import Suite
from zkproof.bbs.ciphersuite import blind as blind_interface
from zkproof.bbs.commitment import CommitmentProof, commit_with_scalars, verify_commitment
from zkproof.bbs.encoding import scalar_octets
from zkproof.bbs.generators import generators
from zkproof.bbs.proof import prove_with_scalars


def prover_blind(text: str | None) -> bbs.ProverBlind | None:
    return None if text is None else bbs.ProverBlind(int(text, 16))


@pytest.mark.parametrize(("suite", "case"), cases("blind/*/generators.json"))
def test_generators_are_the_published_ones(suite: Suite, case: Any) -> None:
    signer, holder = case["generators"], case["blindGenerators"]
    over = generators(
        blind_interface(suite), len(signer["MsgGenerators"]), len(holder["MsgGenerators"]) + 1
    )
    expected = [*signer["MsgGenerators"], holder["Q1"], *holder["MsgGenerators"]]
    assert [point.encode().hex() for point in over.points] == expected
    assert over.encoded[:48].hex() == signer["Q1"]


@pytest.mark.parametrize(("suite", "case"), cases("blind/*/commit/*.json"))
def test_commitment_is_the_published_one(suite: Suite, case: Any) -> None:
    interface = blind_interface(suite)
    scalars = interface.messages_to_scalars(octets(case["committedMessages"]))
    drawn = mocked_scalars(suite, "COMMIT_", len(scalars) + 2)
    assert scalar_octets(drawn[0]).hex() == case["proverBlind"]
    proof = commit_with_scalars(interface, scalars, drawn)
    assert proof.to_octets().hex() == case["commitmentWithProof"]
    parsed = CommitmentProof.from_octets(bytes.fromhex(case["commitmentWithProof"]))
    assert verify_commitment(interface, parsed) is case["result"]["valid"]


@pytest.mark.parametrize(("suite", "case"), cases("blind/*/signature/*.json"))
def test_blind_signature_is_the_published_one(suite: Suite, case: Any) -> None:
    key = bbs.SigningKey.from_octets(bytes.fromhex(case["signerKeyPair"]["secretKey"]))
    header, messages = bytes.fromhex(case["header"]), octets(case["messages"])
    commitment = bytes.fromhex(case["commitmentWithProof"] or "")
    signature = blind.sign(key, messages, commitment=commitment, header=header, suite=suite)
    assert signature.hex() == case["signature"]
    arguments = (octets(case["committedMessages"]), prover_blind(case["proverBlind"]))
    assert blind.verify(key.public_key, signature, messages, *arguments, header=header, suite=suite)
    assert not blind.verify(
        key.public_key, signature, messages, *arguments, header=header + b"x", suite=suite
    )


def committed_messages_of(case: Any) -> list[bytes]:
    """All committed messages behind a proof fixture, which lists only the revealed ones."""
    commitments = {
        param.values[1]["commitmentWithProof"]: param.values[1]["committedMessages"]
        for param in cases("blind/bls12-381-sha-256/commit/*.json")
    }
    return octets(commitments.get(case["commitmentWithProof"], []))


def revealed(table: dict[str, str] | None) -> tuple[list[int], list[bytes]]:
    table = table or {}
    return [int(i) for i in table], octets(list(table.values()))


@pytest.mark.parametrize(("suite", "case"), cases("blind/*/proof/*.json"))
def test_blind_proof_verifies_as_published(suite: Suite, case: Any) -> None:
    indexes, messages = revealed(case["revealedMessages"])
    committed_indexes, committed = revealed(case["revealedCommittedMessages"])
    public_key = bbs.PublicKey.from_octets(bytes.fromhex(case["signerPublicKey"]))

    def answer(signer_messages: int) -> bool:
        return blind.proof_verify(
            public_key,
            bytes.fromhex(case["proof"]),
            signer_messages,
            messages,
            indexes,
            committed,
            committed_indexes,
            header=bytes.fromhex(case["header"]),
            presentation_header=bytes.fromhex(case["presentationHeader"]),
            suite=suite,
        )

    assert answer(case["L"]) is case["result"]["valid"]
    assert answer(case["L"] + 1) is False
    assert answer(case["L"] - 1) is False


@pytest.mark.parametrize(("suite", "case"), cases("blind/*/proof/*.json"))
def test_blind_proof_gen_gives_the_published_proof(suite: Suite, case: Any) -> None:
    sources = [
        param.values[1]
        for param in cases("blind/bls12-381-sha-256/signature/*.json")
        if param.values[1]["signature"] == case["signature"]
    ]
    (source,) = sources
    held = blind.hold_signature(
        bbs.PublicKey.from_octets(bytes.fromhex(case["signerPublicKey"])),
        bytes.fromhex(case["signature"]),
        octets(source["messages"]),
        octets(source["committedMessages"]),
        prover_blind(case["proverBlind"]),
        header=bytes.fromhex(case["header"]),
        suite=suite,
    )
    indexes, _ = revealed(case["revealedMessages"])
    committed_indexes, _ = revealed(case["revealedCommittedMessages"])
    combined = [*indexes, *(j + case["L"] + 1 for j in committed_indexes)]
    drawn = mocked_scalars(suite, "PROOF_", 5 + held.held.generators.count - len(combined))
    proof = prove_with_scalars(
        held.held, combined, bytes.fromhex(case["presentationHeader"]), drawn
    )
    assert proof.hex() == case["proof"]
