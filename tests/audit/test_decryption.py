"""Opening together: any threshold opens, fewer do not, and bad parts are named and left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audit.building import encrypted, office, value_point
from zkproof import curve
from zkproof.audit.decryption import (
    Opening,
    PartialDecryption,
    VerifiedCiphertext,
    combine,
    decrypt_part,
    part_holds,
    parts_from_bytes,
    parts_to_bytes,
)
from zkproof.audit.dleq import ExponentProof
from zkproof.audit.sharing import weights_at_zero
from zkproof.codec import decode, encode
from zkproof.curve import R
from zkproof.errors import AuditError, DecodeError, UsageError
from zkproof.sigma.encryption import Ciphertext, generators

OFFICES = {(t, n): office(t, n) for n in range(1, 5) for t in range(1, n + 1)}
OFFICE = OFFICES[2, 3]
VALUE = 99_001
VERIFIED = encrypted(OFFICE.key, VALUE)
PARTS = [decrypt_part(share, VERIFIED) for share in OFFICE.shares]
g, g_m = generators()


@settings(max_examples=60)
@given(st.data(), st.integers(0, 1 << 48))
def test_any_threshold_opens_what_was_encrypted(data: st.DataObject, value: int) -> None:
    made = OFFICES[data.draw(st.sampled_from(sorted(OFFICES)))]
    verified = encrypted(made.key, value, rho=data.draw(st.integers(1, R - 1)))
    threshold = made.key.ceremony.threshold
    chosen = data.draw(st.permutations(made.shares))
    chosen = chosen[: data.draw(st.integers(threshold, len(chosen)))]
    opening = combine(made.key, verified, [decrypt_part(share, verified) for share in chosen])
    assert opening.point == value_point(value)
    assert len(opening.opened_by) == threshold
    assert opening.left_out == ()


@pytest.mark.parametrize(("threshold", "count"), sorted(OFFICES))
def test_one_part_less_than_the_threshold_opens_nothing(threshold: int, count: int) -> None:
    made = OFFICES[threshold, count]
    verified = encrypted(made.key, VALUE)
    parts = [decrypt_part(share, verified) for share in made.shares]
    assert combine(made.key, verified, parts[:threshold]).point == value_point(VALUE)
    with pytest.raises(AuditError, match=f"{threshold} are needed"):
        combine(made.key, verified, parts[: threshold - 1])


def test_one_part_alone_combined_by_hand_gives_another_point() -> None:
    (w,) = weights_at_zero([1])
    assert VERIFIED.ciphertext.E2 - curve.msm((PARTS[0].S,), (w,)) != value_point(VALUE)


def test_part_handed_in_twice_counts_once() -> None:
    again = decrypt_part(OFFICE.shares[0], VERIFIED)
    assert again != PARTS[0]
    with pytest.raises(AuditError, match="1 parts that hold, 2 are needed"):
        combine(OFFICE.key, VERIFIED, [PARTS[0], PARTS[0], again])
    assert combine(OFFICE.key, VERIFIED, [PARTS[0], again, PARTS[1]]).opened_by == (
        "Authority 1",
        "Authority 2",
    )


def test_invalid_part_is_named_and_left_out() -> None:
    wrong = replace(PARTS[0], S=PARTS[0].S + g)
    opening = combine(OFFICE.key, VERIFIED, [wrong, PARTS[1], PARTS[2]])
    assert opening == Opening(
        value_point(VALUE),
        ("Authority 2", "Authority 3"),
        ("Authority 1: its part does not hold",),
    )
    with pytest.raises(AuditError) as caught:
        combine(OFFICE.key, VERIFIED, [wrong, PARTS[1]])
    assert caught.value.hint == "Authority 1: its part does not hold"


def test_wrong_part_would_have_steered_the_result() -> None:
    """Without proofs an authority turns the opened value into one of its choice."""
    w1, w2 = weights_at_zero([1, 2])
    shift = curve.msm((g_m,), (pow(w1, -1, R),))
    steered = replace(PARTS[0], S=PARTS[0].S - shift)
    masked = curve.msm((steered.S, PARTS[1].S), (w1, w2))
    assert VERIFIED.ciphertext.E2 - masked == value_point(VALUE + 1)
    assert not part_holds(OFFICE.key, VERIFIED, steered)
    assert part_holds(OFFICE.key, VERIFIED, PARTS[0])


def test_part_of_one_authority_is_none_of_another() -> None:
    for party in (2, 3, 4, 64):
        moved = replace(PARTS[0], party=party)
        assert not part_holds(OFFICE.key, VERIFIED, moved)
    assert part_holds(OFFICE.key, VERIFIED, PARTS[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"request_digest": b"\x09" * 32},
        {"presentation_digest": b"\x09" * 32},
        {"attribute": "i.other"},
        {"ciphertext": Ciphertext(VERIFIED.ciphertext.E1, VERIFIED.ciphertext.E2 + g)},
        {"ciphertext": Ciphertext(VERIFIED.ciphertext.E1 + g, VERIFIED.ciphertext.E2)},
        {"auditor_id": "did:web:other.example"},
        {"key_id": "other"},
        {"public_key": g.encode()},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_part_is_of_one_ciphertext_in_one_presentation(changes: dict[str, object]) -> None:
    assert part_holds(OFFICE.key, VERIFIED, PARTS[0])
    elsewhere = replace(VERIFIED, **changes)  # type: ignore[arg-type]
    moved = replace(
        PARTS[0],
        request_digest=elsewhere.request_digest,
        presentation_digest=elsewhere.presentation_digest,
        attribute=elsewhere.attribute,
    )
    assert not part_holds(OFFICE.key, elsewhere, PARTS[0])
    assert not part_holds(OFFICE.key, elsewhere, moved)


def test_part_under_another_key_is_refused() -> None:
    other = OFFICES[2, 2]
    assert other.key.ceremony.auditor_id == VERIFIED.auditor_id
    with pytest.raises(UsageError, match="not under this one"):
        decrypt_part(other.shares[0], VERIFIED)
    with pytest.raises(UsageError, match="not under this one"):
        combine(other.key, VERIFIED, PARTS)
    with pytest.raises(UsageError, match="key other of"):
        decrypt_part(OFFICE.shares[0], replace(VERIFIED, key_id="other"))


def test_parts_come_back_as_they_were_and_nothing_else_is_read() -> None:
    octets = PARTS[0].to_bytes()
    assert PartialDecryption.from_bytes(octets) == PARTS[0]
    for wrong in (octets + b"\0", octets[:-1], b"", b"\xa0"):
        with pytest.raises(DecodeError):
            PartialDecryption.from_bytes(wrong)


def test_parts_of_a_presentation_travel_in_one_file() -> None:
    octets = parts_to_bytes(PARTS)
    assert list(parts_from_bytes(octets)) == PARTS
    table = decode(octets, field="parts")
    for wrong in ({**table, "parts": [5]}, {**table, "parts": None}, {**table, "format": 2}):
        with pytest.raises(DecodeError):
            parts_from_bytes(encode(wrong))


def test_every_octet_of_a_part_matters() -> None:
    octets = PARTS[0].to_bytes()
    for at in range(len(octets)):
        changed = bytearray(octets)
        changed[at] ^= 1
        try:
            part = PartialDecryption.from_bytes(bytes(changed))
        except DecodeError:
            continue
        assert not part_holds(OFFICE.key, VERIFIED, part), at


def test_part_without_its_secret_is_refused() -> None:
    lie = replace(PARTS[0], S=curve.msm((VERIFIED.ciphertext.E1,), (5,)))
    for proof in (PARTS[0].proof, PARTS[1].proof, ExponentProof(1, 1)):
        assert not part_holds(OFFICE.key, VERIFIED, replace(lie, proof=proof))


def test_altered_ciphertext_opens_to_another_value() -> None:
    """Why only presentations that verify are opened: this is not noticed further on."""
    shifted = Ciphertext(VERIFIED.ciphertext.E1 + g, VERIFIED.ciphertext.E2 + OFFICE.key.public_key)
    altered: VerifiedCiphertext = replace(VERIFIED, ciphertext=shifted)
    opening = combine(
        OFFICE.key, altered, [decrypt_part(share, altered) for share in OFFICE.shares[:2]]
    )
    assert opening.point == value_point(VALUE), "the same value, in a ciphertext never proven"
