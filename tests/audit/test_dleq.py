"""Exponent proofs: complete, extractable, simulatable, and every octet and fact matters."""

from __future__ import annotations

import contextlib
import pickle
import secrets
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkproof import curve
from zkproof.audit import dleq
from zkproof.audit.dleq import PROOF_BYTES, ExponentProof, ExponentStatement, Purpose, prove, verify
from zkproof.audit.sharing import Share
from zkproof.curve import G1, R
from zkproof.errors import DecodeError, UsageError
from zkproof.sigma.encryption import generators

X = 0x5EC4E7**9 % R
SECRET = Share(X)
FACTS: dict[str, object] = {
    "auditor": "did:web:auditor.example",
    "key": "2026-1",
    "ceremony": b"\x0c" * 32,
    "request": b"\x01" * 32,
    "presentation": b"\x02" * 32,
    "attribute": "i.rid",
    "party": 2,
}


def times(point: G1, scalar: int) -> G1:
    return curve.msm((point,), (scalar % R,))


def statement(x: int = X, bases: tuple[G1, ...] | None = None) -> ExponentStatement:
    bases = bases or generators()
    return ExponentStatement(
        Purpose.DECRYPTION, FACTS, tuple((base, times(base, x)) for base in bases)
    )


TWO = statement()
PROOF = prove(TWO, SECRET)


@given(st.integers(1, R - 1), st.integers(1, 4))
def test_true_statement_is_proven(x: int, count: int) -> None:
    bases = tuple(times(curve.g1_generator, 7 + i) for i in range(count))
    assert verify(statement(x, bases), prove(statement(x, bases), Share(x)))


def test_false_statement_is_not_proven() -> None:
    (g, K), (E1, S) = TWO.pairs
    wrong = replace(TWO, pairs=((g, K), (E1, S + g)))
    with pytest.raises(UsageError, match="not the exponent"):
        prove(wrong, SECRET)
    assert verify(TWO, PROOF)
    assert not verify(wrong, PROOF)


def test_proof_for_the_first_pair_says_nothing_of_the_second() -> None:
    """Chaum and Pedersen's point: one response has to serve both pairs."""
    g, E1 = generators()
    lie = ExponentStatement(Purpose.DECRYPTION, FACTS, ((g, times(g, X)), (E1, times(E1, X + 1))))
    x_tilde = secrets.randbelow(R)
    c = dleq._challenge(lie.canonical(), [times(g, x_tilde), times(E1, x_tilde)])
    for x in (X, X + 1):
        assert not verify(lie, ExponentProof(c, (x_tilde + c * x) % R))


@pytest.mark.parametrize("octet", range(PROOF_BYTES))
def test_every_octet_of_a_proof_matters(octet: int) -> None:
    octets = bytearray(PROOF.to_octets())
    assert verify(TWO, ExponentProof.from_octets(bytes(octets)))
    octets[octet] ^= 1
    try:
        changed = ExponentProof.from_octets(bytes(octets))
    except DecodeError:
        return
    assert not verify(TWO, changed)


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_matters(name: str) -> None:
    value = FACTS[name]
    other = value + 1 if isinstance(value, int) else value[:-1]  # type: ignore[index]
    assert verify(TWO, PROOF)
    assert not verify(replace(TWO, facts={**FACTS, name: other}), PROOF)
    without = {each: FACTS[each] for each in FACTS if each != name}
    assert not verify(replace(TWO, facts=without), PROOF)


def test_every_point_matters() -> None:
    for i in range(2):
        for j in range(2):
            pairs = [list(pair) for pair in TWO.pairs]
            pairs[i][j] += curve.g1_generator
            changed = tuple((base, image) for base, image in pairs)
            assert not verify(replace(TWO, pairs=changed), PROOF)
    assert not verify(replace(TWO, pairs=TWO.pairs[:1]), PROOF)
    assert not verify(replace(TWO, pairs=(TWO.pairs[1], TWO.pairs[0])), PROOF)


@pytest.mark.parametrize("purpose", Purpose)
def test_proof_for_one_purpose_is_none_for_another(purpose: Purpose) -> None:
    assert verify(replace(TWO, purpose=purpose), PROOF) == (purpose is Purpose.DECRYPTION)


def test_identity_among_the_points_is_refused() -> None:
    g, _ = generators()
    identity = curve.g1_identity
    for pairs in (
        ((g, times(g, X)), (identity, identity)),
        ((identity, identity),),
        ((g, identity),),
    ):
        bad = ExponentStatement(Purpose.DECRYPTION, FACTS, pairs)
        x = 0 if pairs[0][1].is_identity() and len(pairs) == 1 else X
        assert not verify(bad, prove(bad, Share(x)))


@pytest.mark.parametrize(
    "data",
    [
        PROOF.to_octets() + b"\0",
        PROOF.to_octets()[:-1],
        b"",
        bytes(32) + PROOF.to_octets()[32:],
        PROOF.to_octets()[:32] + bytes(32),
        R.to_bytes(32, "big") + PROOF.to_octets()[32:],
        PROOF.to_octets()[:32] + (R + 1).to_bytes(32, "big"),
    ],
    ids=["longer", "shorter", "empty", "c zero", "response zero", "c is R", "response above R"],
)
def test_other_encodings_are_refused(data: bytes) -> None:
    assert ExponentProof.from_octets(PROOF.to_octets()) == PROOF
    with pytest.raises(DecodeError):
        ExponentProof.from_octets(data)


@given(st.binary(min_size=PROOF_BYTES, max_size=PROOF_BYTES))
def test_what_parses_encodes_to_the_same_octets(data: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert ExponentProof.from_octets(data).to_octets() == data


def test_statement_without_pairs_is_refused() -> None:
    with pytest.raises(UsageError, match="pairs"):
        ExponentStatement(Purpose.DECRYPTION, FACTS, ())


def test_extractor_finds_the_secret_from_two_challenges(monkeypatch: pytest.MonkeyPatch) -> None:
    """The prover rewound with its masks: ``x = (x^ - x^') / (c - c')``."""
    proofs = []
    for c in (3, 2**200 + 5):
        monkeypatch.setattr(dleq, "_challenge", lambda *_, c=c: c)
        proofs.append(prove(TWO, SECRET, random=lambda count: b"\x07" * count))
        assert verify(TWO, proofs[-1])
    first, second = proofs
    x = (first.x_hat - second.x_hat) * pow(first.c - second.c, -1, R) % R
    assert x == X
    assert all(times(base, x) == image for base, image in TWO.pairs)


def test_simulator_needs_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the challenge chosen first, any response fits: a transcript tells nothing of x."""
    c, x_hat = secrets.randbelow(R), secrets.randbelow(R)
    asked = []

    def programmed(canonical: bytes, announcements: list[G1]) -> int:
        asked.append((canonical, curve.encode_g1_many(announcements)))
        return c

    monkeypatch.setattr(dleq, "_challenge", programmed)
    (g, _), (E1, _) = TWO.pairs
    unknown = replace(TWO, pairs=((g, times(g, 5)), (E1, times(E1, 5))))
    assert verify(unknown, ExponentProof(c, x_hat))
    assert len(asked) == 1, "the oracle is programmed at one point"


def test_repeated_randomness_does_not_repeat_masks_for_another_statement() -> None:
    """Two responses under one mask give the secret away."""

    def stuck(count: int) -> bytes:
        return b"\x09" * count

    first = prove(TWO, SECRET, random=stuck)
    other = replace(TWO, facts={**FACTS, "attribute": "i.other"})
    second = prove(other, SECRET, random=stuck)
    guess = (first.x_hat - second.x_hat) * pow(first.c - second.c, -1, R) % R
    assert guess != X
    assert prove(TWO, SECRET, random=stuck) == first


def test_secrets_do_not_print_or_pickle() -> None:
    assert str(X) not in repr(SECRET)
    with pytest.raises(TypeError):
        pickle.dumps(SECRET)
