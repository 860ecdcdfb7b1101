"""Core BBS against the published fixtures of both ciphersuites."""

from __future__ import annotations

from typing import Any

import pytest

from tests.vectors.loading import SEED, cases, mocked_scalars, octets
from zkproof import bbs, curve
from zkproof.bbs.ciphersuite import Suite, hash_to_scalar, plain
from zkproof.bbs.encoding import Proof, Signature, scalar_octets
from zkproof.bbs.generators import create_generators, generators
from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.proof import prove_with_scalars, verify_challenge
from zkproof.bbs.signature import calculate_domain


@pytest.mark.parametrize(("suite", "case"), cases("bbs/*/keypair.json"))
def test_keygen_gives_the_published_key_pair(suite: Suite, case: Any) -> None:
    key = bbs.keygen(
        bytes.fromhex(case["keyMaterial"]),
        key_info=bytes.fromhex(case["keyInfo"]),
        key_dst=bytes.fromhex(case["keyDst"]),
        suite=suite,
    )
    assert key.export_secret().hex() == case["keyPair"]["secretKey"]
    assert key.public_key.octets.hex() == case["keyPair"]["publicKey"]


@pytest.mark.parametrize(("suite", "case"), cases("bbs/*/generators.json"))
def test_generators_are_the_published_ones(suite: Suite, case: Any) -> None:
    expected = [case["Q1"], *case["MsgGenerators"]]
    found = create_generators(len(expected), plain(suite))
    assert [point.encode().hex() for point in found] == expected
    assert suite.p1.encode().hex() == case["P1"]


@pytest.mark.parametrize(("suite", "case"), cases("bbs/*/generators.json"))
def test_p1_is_hashed_from_its_published_seed(suite: Suite, case: Any) -> None:
    api_id = plain(suite).api_id
    expand = suite.expander.expand
    v = expand(api_id + b"BP_MESSAGE_GENERATOR_SEED", api_id + b"SIG_GENERATOR_SEED_", 48)
    v = expand(v + (1).to_bytes(8, "big"), api_id + b"SIG_GENERATOR_SEED_", 48)
    point = curve.map_to_g1(expand(v, api_id + b"SIG_GENERATOR_DST_", 128))
    assert point.encode().hex() == case["P1"]


@pytest.mark.parametrize(("suite", "case"), cases("bbs/*/h2s.json"))
def test_hash_to_scalar_gives_the_published_scalar(suite: Suite, case: Any) -> None:
    scalar = hash_to_scalar(
        bytes.fromhex(case["message"]), bytes.fromhex(case["dst"]), suite.expander
    )
    assert scalar_octets(scalar).hex() == case["scalar"]


@pytest.mark.parametrize(("suite", "case"), cases("bbs/*/MapMessageToScalarAsHash.json"))
def test_messages_map_to_the_published_scalars(suite: Suite, case: Any) -> None:
    messages = [bytes.fromhex(each["message"]) for each in case["cases"]]
    scalars = plain(suite).messages_to_scalars(messages)
    assert [scalar_octets(s).hex() for s in scalars] == [each["scalar"] for each in case["cases"]]


@pytest.mark.parametrize(("suite", "case"), cases("bbs/*/mockedRng.json"))
def test_mocked_scalars_are_the_published_ones(suite: Suite, case: Any) -> None:
    assert bytes.fromhex(case["seed"]) == SEED
    found = mocked_scalars(suite, "", case["count"])
    assert [scalar_octets(s).hex() for s in found] == case["mockedScalars"]


@pytest.mark.parametrize(("suite", "case"), cases("bbs/*/signature/*.json"))
def test_verify_answers_as_published(suite: Suite, case: Any) -> None:
    public_key = bbs.PublicKey.from_octets(bytes.fromhex(case["signerKeyPair"]["publicKey"]))
    answer = bbs.verify(
        public_key,
        bytes.fromhex(case["signature"]),
        octets(case["messages"]),
        header=bytes.fromhex(case["header"]),
        suite=suite,
    )
    assert answer is case["result"]["valid"]


@pytest.mark.parametrize(("suite", "case"), cases("bbs/*/signature/*.json", valid_only=True))
def test_sign_gives_the_published_signature(suite: Suite, case: Any) -> None:
    key = bbs.SigningKey.from_octets(bytes.fromhex(case["signerKeyPair"]["secretKey"]))
    header = bytes.fromhex(case["header"])
    signature = bbs.sign(key, octets(case["messages"]), header=header, suite=suite)
    assert signature.hex() == case["signature"]
    over = generators(plain(suite), len(case["messages"]))
    domain = calculate_domain(key.public_key, over, header)
    assert scalar_octets(domain).hex() == case["trace"]["domain"]
    scalars = plain(suite).messages_to_scalars(octets(case["messages"]))
    assert over.signed_point(domain, scalars).encode().hex() == case["trace"]["B"]


@pytest.mark.parametrize(("suite", "case"), cases("bbs/*/proof/*.json"))
def test_proof_verify_answers_as_published(suite: Suite, case: Any) -> None:
    public_key = bbs.PublicKey.from_octets(bytes.fromhex(case["signerPublicKey"]))
    messages = octets(case["messages"])
    answer = bbs.proof_verify(
        public_key,
        bytes.fromhex(case["proof"]),
        [messages[i] for i in case["disclosedIndexes"]],
        case["disclosedIndexes"],
        header=bytes.fromhex(case["header"]),
        presentation_header=bytes.fromhex(case["presentationHeader"]),
        suite=suite,
    )
    assert answer is case["result"]["valid"]


@pytest.mark.parametrize(("suite", "case"), cases("bbs/*/proof/*.json", valid_only=True))
def test_proof_gen_gives_the_published_proof(suite: Suite, case: Any) -> None:
    messages = octets(case["messages"])
    held = bbs.hold_signature(
        bbs.PublicKey.from_octets(bytes.fromhex(case["signerPublicKey"])),
        bytes.fromhex(case["signature"]),
        messages,
        header=bytes.fromhex(case["header"]),
        suite=suite,
    )
    indexes = case["disclosedIndexes"]
    drawn = mocked_scalars(suite, "", 5 + len(messages) - len(indexes))
    proof = prove_with_scalars(held, indexes, bytes.fromhex(case["presentationHeader"]), drawn)
    assert proof.hex() == case["proof"]
    held.precompute()
    again = prove_with_scalars(held, indexes, bytes.fromhex(case["presentationHeader"]), drawn)
    assert again == proof


@pytest.mark.parametrize(("suite", "case"), cases("bbs/bls12-381-sha-256/proof/proof003.json"))
def test_only_the_pairing_refuses_a_proof_about_a_made_up_signature(
    suite: Suite, case: Any
) -> None:
    """No published negative proof reaches the pairing check; this one reaches nothing else."""
    public_key = bbs.PublicKey.from_octets(bytes.fromhex(case["signerPublicKey"]))
    header, messages = bytes.fromhex(case["header"]), octets(case["messages"])
    genuine = bbs.hold_signature(
        public_key, bytes.fromhex(case["signature"]), messages, header=header, suite=suite
    )
    made_up = HeldSignature(
        public_key,
        genuine.generators,
        genuine.domain,
        genuine.scalars,
        A=curve.map_to_g1(bytes(range(128))),
        e=12345,
        B=genuine.B,
    )
    for held, expected in ((genuine, True), (made_up, False)):
        proof = bbs.proof_gen(held, [0], presentation_header=b"occasion")
        answer = bbs.proof_verify(
            public_key,
            proof,
            messages[:1],
            [0],
            header=header,
            presentation_header=b"occasion",
            suite=suite,
        )
        assert answer is expected
        # The challenge holds in both cases: it is the pairing that decides.
        claim = (public_key, proof, messages[:1], [0], header, b"occasion", suite)
        assert verify_challenge(*claim) is not None


@pytest.mark.parametrize(("suite", "case"), cases("bbs/*/proof/*.json"))
def test_what_parses_encodes_to_the_same_octets(suite: Suite, case: Any) -> None:
    for text, parse in ((case["proof"], Proof), (case["signature"], Signature)):
        data = bytes.fromhex(text)
        assert parse.from_octets(data).to_octets() == data
