"""Pseudonyms (vector of nym secrets) against the published fixtures."""

from __future__ import annotations

from typing import Any

import pytest

from tests.vectors.loading import cases, mocked_scalars, octets
from tests.vectors.test_blind import revealed
from zkproof import bbs
from zkproof.bbs import pseudonym
from zkproof.bbs.ciphersuite import Suite
from zkproof.bbs.ciphersuite import pseudonym as pseudonym_interface
from zkproof.bbs.commitment import CommitmentProof, commit_with_scalars, verify_commitment
from zkproof.bbs.encoding import scalar_octets


def secrets(items: list[str]) -> list[int]:
    return [int(item, 16) for item in items]  # leading zeros are lost in the files


@pytest.mark.parametrize(("suite", "case"), cases("nym/*/nymCommit/*.json"))
def test_commitment_is_the_published_one(suite: Suite, case: Any) -> None:
    interface = pseudonym_interface(suite)
    scalars = [
        *interface.messages_to_scalars(octets(case["committedMessages"])),
        *secrets(case["proverNyms"]),
    ]
    drawn = mocked_scalars(suite, "COMMIT_", len(scalars) + 2)
    assert drawn[0] == int(case["proverBlind"], 16)
    proof = commit_with_scalars(interface, scalars, drawn)
    assert proof.to_octets().hex() == case["commitmentWithProof"]
    parsed = CommitmentProof.from_octets(bytes.fromhex(case["commitmentWithProof"]))
    assert verify_commitment(interface, parsed) is case["result"]["valid"]


def hold(suite: Suite, case: Any, public_key: bbs.PublicKey) -> pseudonym.HeldPseudonymSignature:
    return pseudonym.hold_signature(
        public_key,
        bytes.fromhex(case["signature"]),
        octets(case["messages"]),
        [bbs.NymSecret(value) for value in secrets(case["proverNyms"])],
        bbs.ProverBlind(int(case["proverBlind"], 16)),
        octets(case["committedMessages"]),
        signer_nym_entropy=scalar_octets(int(case["signer_nym_entropy"], 16)),
        header=bytes.fromhex(case["header"]),
        suite=suite,
    )


@pytest.mark.parametrize(("suite", "case"), cases("nym/*/nymSignature/*.json"))
def test_signature_is_the_published_one(suite: Suite, case: Any) -> None:
    key = bbs.SigningKey.from_octets(bytes.fromhex(case["signerKeyPair"]["secretKey"]))
    signature = pseudonym.sign(
        key,
        bytes.fromhex(case["commitmentWithProof"]),
        len(case["proverNyms"]),
        octets(case["messages"]),
        signer_nym_entropy=scalar_octets(int(case["signer_nym_entropy"], 16)),
        header=bytes.fromhex(case["header"]),
        suite=suite,
    )
    assert signature.hex() == case["signature"]
    held = hold(suite, case, key.public_key)
    assert list(held.held.scalars[-held.nym_count :]) == secrets(case["nym_secrets"])


@pytest.mark.parametrize(("suite", "case"), cases("nym/*/nymProof/*.json"))
def test_proof_and_pseudonym_are_the_published_ones(suite: Suite, case: Any) -> None:
    indexes, messages = revealed(case["revealedMessages"])
    committed_indexes, committed = revealed(case["revealedCommittedMessages"])
    public_key = bbs.PublicKey.from_octets(bytes.fromhex(case["signerPublicKey"]))
    context_id = bytes.fromhex(case["context_id"])
    header = bytes.fromhex(case["header"])
    presentation_header = bytes.fromhex(case["presentationHeader"])

    def answer(context: bytes) -> bool:
        return pseudonym.proof_verify(
            public_key,
            bytes.fromhex(case["proof"]),
            bytes.fromhex(case["pseudonym"]),
            context,
            len(case["proverNyms"]),
            case["L"],
            messages,
            indexes,
            committed,
            committed_indexes,
            header=header,
            presentation_header=presentation_header,
            suite=suite,
        )

    assert answer(context_id) is case["result"]["valid"]
    assert answer(context_id + b"\0") is False

    held = hold(suite, case, public_key)
    combined = [*indexes, *(j + case["L"] + 1 for j in committed_indexes)]
    drawn = mocked_scalars(suite, "PROOF_", 5 + held.held.generators.count - len(combined))
    proof, name = pseudonym.prove_pseudonym_with_scalars(
        held, context_id, combined, presentation_header, drawn
    )
    assert proof.hex() == case["proof"]
    assert name.hex() == case["pseudonym"]
    assert pseudonym.calculate_pseudonym(held, context_id).hex() == case["pseudonym"]
