"""What a caller gets wrong raises a typed error that names it; what a prover gets wrong is
False."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from zkproof import bbs, curve
from zkproof.bbs import blind, pseudonym, update
from zkproof.bbs.encoding import Proof, Signature
from zkproof.curve import P, R
from zkproof.errors import DecodeError, IssuanceError, UsageError

KEY = bbs.keygen(b"\x01" * 32)
MESSAGES = [b"zero", b"one", b"two"]
SIGNATURE = bbs.sign(KEY, MESSAGES, header=b"header")
HELD = bbs.hold_signature(KEY.public_key, SIGNATURE, MESSAGES, header=b"header")
PROOF = bbs.proof_gen(HELD, [0, 2], presentation_header=b"nonce")


def verifies(
    proof: Any = PROOF,
    messages: Any = (b"zero", b"two"),
    indexes: Any = (0, 2),
    header: bytes = b"header",
    presentation_header: bytes = b"nonce",
    public_key: bbs.PublicKey = KEY.public_key,
) -> bool:
    return bbs.proof_verify(
        public_key,
        proof,
        messages,
        indexes,
        header=header,
        presentation_header=presentation_header,
    )


def test_the_unchanged_proof_verifies() -> None:
    assert verifies()


@pytest.mark.parametrize("position", range(len(PROOF)))
def test_every_changed_octet_of_a_proof_is_refused(position: int) -> None:
    for bit in (1, 0x80):
        changed = bytearray(PROOF)
        changed[position] ^= bit
        assert not verifies(bytes(changed))


def test_every_changed_octet_of_a_signature_is_refused() -> None:
    assert bbs.verify(KEY.public_key, SIGNATURE, MESSAGES, header=b"header")
    for position in range(len(SIGNATURE)):
        for bit in (1, 0x80):
            changed = bytearray(SIGNATURE)
            changed[position] ^= bit
            assert not bbs.verify(KEY.public_key, bytes(changed), MESSAGES, header=b"header")


def test_every_changed_octet_of_a_public_key_is_refused() -> None:
    for position in range(96):
        changed = bytearray(KEY.public_key.octets)
        changed[position] ^= 1
        try:
            public_key = bbs.PublicKey.from_octets(bytes(changed))
        except DecodeError:
            continue
        assert not verifies(public_key=public_key)


def test_every_changed_octet_of_header_message_and_occasion_is_refused() -> None:
    assert not verifies(header=b"Header")
    assert not verifies(presentation_header=b"Nonce")
    assert not verifies(messages=(b"Zero", b"two"))
    assert not verifies(messages=(b"zero", b"twO"))
    assert not verifies(messages=(b"two", b"zero"))


@pytest.mark.parametrize(
    "indexes",
    [(2, 0), (0, 0), (0, 3), (-1, 2), (0, 1), (1, 2), (0,), (0, 1, 2), (), (0, 2**64)],
    ids=str,
)
def test_proof_with_other_indexes_is_refused(indexes: tuple[int, ...]) -> None:
    assert not verifies(indexes=indexes)


@pytest.mark.parametrize("length", [0, 1, 271, 272, 303, 304, 305, 336])
def test_proof_of_another_length_is_refused(length: int) -> None:
    padded = (PROOF + bytes(64))[:length]
    assert verifies(padded) is (length == len(PROOF))


def test_oversized_proof_is_refused_before_generators_are_derived() -> None:
    assert not verifies(PROOF + bytes(32) * (bbs.MAX_MESSAGES + 1))


def replaced(data: bytes, start: int, part: bytes) -> bytes:
    return data[:start] + part + data[start + len(part) :]


def wrong(value: Any) -> Any:
    """A value whose type the signature forbids."""
    return value


IDENTITY = b"\xc0" + bytes(47)


@pytest.mark.parametrize("start", [0, 48, 96])
@pytest.mark.parametrize(
    "part",
    [
        IDENTITY,
        b"\x40" + bytes(47),
        b"\xe0" + bytes(47),
        bytes(48),
        (P + (1 << 383)).to_bytes(48, "big"),
    ],
    ids=["identity", "uncompressed identity", "signed identity", "zeros", "x = p"],
)
def test_bad_point_in_a_proof_is_refused(start: int, part: bytes) -> None:
    changed = replaced(PROOF, start, part)
    assert not verifies(changed)
    with pytest.raises(DecodeError, match=r"proof\.points"):
        Proof.from_octets(changed)


@pytest.mark.parametrize("start", range(144, len(PROOF), 32))
@pytest.mark.parametrize("value", [0, R, 2**256 - 1], ids=["zero", "r", "2^256-1"])
def test_bad_scalar_in_a_proof_is_refused(start: int, value: int) -> None:
    changed = replaced(PROOF, start, value.to_bytes(32, "big"))
    assert not verifies(changed)
    with pytest.raises(DecodeError, match="proof"):
        Proof.from_octets(changed)


@pytest.mark.parametrize("value", [0, R, 2**256 - 1], ids=["zero", "r", "2^256-1"])
def test_signature_with_bad_e_is_refused(value: int) -> None:
    changed = replaced(SIGNATURE, 48, value.to_bytes(32, "big"))
    assert not bbs.verify(KEY.public_key, changed, MESSAGES, header=b"header")
    with pytest.raises(DecodeError, match=r"signature\.e"):
        Signature.from_octets(changed)


def test_signature_with_identity_a_is_refused() -> None:
    changed = replaced(SIGNATURE, 0, IDENTITY)
    assert not bbs.verify(KEY.public_key, changed, MESSAGES, header=b"header")
    with pytest.raises(DecodeError, match=r"signature\.A"):
        Signature.from_octets(changed)


@pytest.mark.parametrize("data", [b"", bytes(95), bytes(97), bytes(96), b"\xc0" + bytes(95)])
def test_malformed_public_key_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError, match="public key"):
        bbs.PublicKey.from_octets(data)


@pytest.mark.parametrize(
    "data", [bytes(32), R.to_bytes(32, "big"), b"\xff" * 32, bytes(31), bytes(33)]
)
def test_malformed_secret_key_is_refused(data: bytes) -> None:
    assert bbs.SigningKey.from_octets(KEY.export_secret()).public_key == KEY.public_key
    with pytest.raises(DecodeError, match="secret key"):
        bbs.SigningKey.from_octets(data)


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda: bbs.sign(KEY, wrong("text")), "messages"),
        (lambda: bbs.sign(KEY, wrong(b"octets")), "messages"),
        (lambda: bbs.sign(KEY, wrong(["text"])), r"messages\[0\]"),
        (lambda: bbs.sign(KEY, wrong([b"", None])), r"messages\[1\]"),
        (lambda: bbs.sign(KEY, [], header=wrong("text")), "header"),
        (lambda: bbs.sign(KEY, [b""] * (bbs.MAX_MESSAGES + 1)), "at most"),
        (lambda: bbs.keygen(bytes(31)), "key_material"),
        (lambda: bbs.keygen(bytes(32), key_info=bytes(65536)), "key_info"),
        (lambda: bbs.proof_gen(HELD, [2, 0]), "disclosed_indexes"),
        (lambda: bbs.proof_gen(HELD, [0, 0]), "disclosed_indexes"),
        (lambda: bbs.proof_gen(HELD, [3]), "disclosed_indexes"),
        (lambda: bbs.proof_gen(HELD, [-1]), "disclosed_indexes"),
        (lambda: bbs.proof_gen(HELD, [True]), r"disclosed_indexes\[0\]"),
        (lambda: bbs.proof_gen(HELD, wrong(["0"])), r"disclosed_indexes\[0\]"),
        (lambda: verifies(proof="text"), "proof"),
        (lambda: verifies(messages="text"), "disclosed_messages"),
        (lambda: verifies(indexes=b"\0\2"), "disclosed_indexes"),
        (lambda: verifies(indexes=(0, 2.0)), r"disclosed_indexes\[1\]"),
        (lambda: pseudonym.commit([]), "nym_secrets"),
        (lambda: bbs.PublicKey.from_octets(wrong("text")), "public key"),
    ],
)
def test_wrong_use_is_named(call: Any, names: str) -> None:
    with pytest.raises(UsageError, match=names):
        call()


def test_signature_on_other_messages_is_not_held() -> None:
    with pytest.raises(IssuanceError, match="signature"):
        bbs.hold_signature(KEY.public_key, SIGNATURE, [b"zero", b"one", b"2"], header=b"header")


def test_commitment_with_a_changed_octet_is_not_signed() -> None:
    commitment, _ = blind.commit([b"secret"])
    assert blind.sign(KEY, MESSAGES, commitment=commitment)
    for position in range(len(commitment)):
        changed = bytearray(commitment)
        changed[position] ^= 1
        with pytest.raises((DecodeError, IssuanceError), match="commitment"):
            blind.sign(KEY, MESSAGES, commitment=bytes(changed))


@pytest.mark.parametrize(
    "data", [bytes(111), bytes(113), IDENTITY + b"\1" * 64, bytes(48) + b"\1" * 64]
)
def test_malformed_commitment_is_not_signed(data: bytes) -> None:
    with pytest.raises(DecodeError, match="commitment"):
        blind.sign(KEY, MESSAGES, commitment=data)


def test_nym_secret_cannot_be_passed_off_as_a_disclosed_message() -> None:
    secrets = [bbs.NymSecret.random()]
    commitment, prover_blind = pseudonym.commit(secrets, [b"k"])
    entropy = bytes(32)
    signature = pseudonym.sign(KEY, commitment, 1, [], signer_nym_entropy=entropy)
    held = pseudonym.hold_signature(
        KEY.public_key, signature, [], secrets, prover_blind, [b"k"], signer_nym_entropy=entropy
    )
    proof, name = pseudonym.proof_gen(held, b"context", [], [0])

    def answer(index: int) -> bool:
        return pseudonym.proof_verify(
            KEY.public_key, proof, name, b"context", 1, 0, [], [], [b"k"], [index]
        )

    assert answer(0)
    assert not answer(1)


@pytest.mark.parametrize("name", [IDENTITY, curve.g1_generator.encode(), bytes(48), b""])
def test_special_pseudonyms_are_refused(name: bytes) -> None:
    secrets = [bbs.NymSecret.random()]
    commitment, prover_blind = pseudonym.commit(secrets)
    signature = pseudonym.sign(KEY, commitment, 1, [], signer_nym_entropy=bytes(32))
    held = pseudonym.hold_signature(
        KEY.public_key, signature, [], secrets, prover_blind, signer_nym_entropy=bytes(32)
    )
    proof, genuine = pseudonym.proof_gen(held, b"context", [])
    for tried, expected in ((genuine, True), (name, False)):
        answer = pseudonym.proof_verify(KEY.public_key, proof, tried, b"context", 1, 0, [], [])
        assert answer is expected


def test_record_that_another_key_made_or_someone_changed_is_not_updated() -> None:
    kept = update.record(KEY, SIGNATURE, MESSAGES, header=b"header")
    assert update.update(KEY, kept, {0: b"new"})
    with pytest.raises(IssuanceError, match="record"):
        update.update(bbs.keygen(b"\x02" * 32), kept, {0: b"new"})
    octets = kept.to_octets()
    for position in range(17, len(octets)):
        changed = bytearray(octets)
        changed[position] ^= 1
        with pytest.raises((DecodeError, IssuanceError), match="record"):
            update.update(KEY, update.SigningRecord.from_octets(bytes(changed)), {0: b"new"})
    with pytest.raises(UsageError, match="changes"):
        update.update(KEY, kept, {3: b"new"})
    with pytest.raises(IssuanceError, match="signature"):
        update.record(KEY, SIGNATURE, MESSAGES, header=b"other")


SECRETS = [
    KEY,
    KEY.secret,
    HELD,
    bbs.ProverBlind(0x1234567890ABCDEF),
    bbs.NymSecret(0x1234567890ABCDEF),
]


@pytest.mark.parametrize("secret", SECRETS, ids=lambda s: type(s).__name__)
def test_secrets_do_not_show(secret: Any) -> None:
    for text in (repr(secret), str(secret), f"{secret}", f"{[secret]}"):
        assert "1234567890abcdef" not in text.lower()
        assert KEY.export_secret().hex()[:12] not in text
        assert "zero" not in text
        for scalar in HELD.scalars:
            assert str(scalar) not in text


@pytest.mark.parametrize("secret", SECRETS, ids=lambda s: type(s).__name__)
def test_secrets_are_not_copied_out(secret: Any) -> None:
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy, hash):
        with pytest.raises(TypeError):
            attempt(secret)


@pytest.mark.parametrize("secret", [s for s in SECRETS if s is not HELD])
def test_secret_comes_out_when_asked_for_by_name(secret: Any) -> None:
    assert len(secret.export_secret()) == 32
