"""Points as objects, pairing in both arguments, and what a caller gets wrong, on every backend."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkproof.curve import available, load
from zkproof.curve.interface import R
from zkproof.errors import UsageError

NAMES = [
    pytest.param(name, marks=pytest.mark.skip(reason=reason) if reason else (), id=name)
    for name, reason in available().items()
]
PRESENT = [load(name) for name, reason in available().items() if reason is None]

# Origin: the standard generators, e.g. draft-irtf-cfrg-pairing-friendly-curves, section 4.2.1.
G1_GENERATOR = (
    "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac58"
    "6c55e83ff97a1aeffb3af00adb22c6bb"
)
G2_GENERATOR = (
    "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049"
    "334cf11213945d57e5ac7d055d042b7e024aa2b2f08f0a91260805272dc51051"
    "c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
)


def key(backend: Any, value: int) -> Any:
    """``value * BP2``."""
    return backend.secret_scalar(value.to_bytes(32, "big")).public_key()


@pytest.mark.parametrize("name", NAMES)
def test_constants_are_the_published_ones(name: str) -> None:
    backend = load(name)
    assert backend.g1_generator.encode().hex() == G1_GENERATOR
    assert backend.g2_generator.encode().hex() == G2_GENERATOR
    assert backend.g1_identity.encode() == b"\xc0" + bytes(47)


@pytest.mark.parametrize("name", NAMES)
def test_identity_stays_itself_and_equals_nothing_else(name: str) -> None:
    """However often it is doubled: projective formulas may turn it into all zeros."""
    backend = load(name)
    identity, g = backend.g1_identity, backend.g1_generator
    for same in (
        identity + identity,
        -identity,
        g - g,
        backend.msm([identity], [R - 1]),
        backend.secret_scalar(bytes(31) + b"\x08").multiply(identity),
        backend.msm([g], [0]),
        backend.msm([], []),
    ):
        assert same.is_identity()
        assert same == identity
        assert same != g
        assert hash(same) == hash(identity)
        assert same + g == g
        assert g + same == g
    assert not g.is_identity()


@pytest.mark.parametrize("name", NAMES)
def test_points_are_equal_by_value_whatever_way_they_came(name: str) -> None:
    backend = load(name)
    g = backend.g1_generator
    ways = [g + g + g, backend.msm([g], [3]), -backend.msm([g], [R - 3]), g + (g + g)]
    assert len(set(ways)) == 1
    assert len({way.encode() for way in ways}) == 1
    assert {g, -g, g + g, backend.g1_identity} == {g + g - g, -g, g + g, g - g}
    assert len({g, -g, g + g, g - g}) == 4
    assert g != g.encode()
    assert g != backend.g2_generator


@pytest.mark.parametrize("name", NAMES)
def test_points_of_two_groups_do_not_add(name: str) -> None:
    backend: Any = load(name)
    with pytest.raises(TypeError):
        backend.g1_generator + backend.g2_generator
    with pytest.raises(TypeError):
        backend.g2_generator + backend.g1_generator
    with pytest.raises(TypeError):
        backend.g1_generator - 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ks", [[], [0], [1, 0, R - 1, 5], [0, 0]], ids=str)
def test_joined_encodings_are_the_single_ones(name: str, ks: list[int]) -> None:
    backend = load(name)
    points = [backend.msm([backend.g1_generator], [k]) for k in ks]
    joined = backend.encode_g1_many(points)
    assert joined == b"".join(point.encode() for point in points)
    if 0 not in ks:
        assert backend.decode_g1_many(joined) == points


@settings(max_examples=8)
@given(a=st.integers(1, R - 1), b=st.integers(1, R - 1))
def test_keys_agree_add_and_come_back(a: int, b: int) -> None:
    answers = set()
    for backend in PRESENT:
        one, other = key(backend, a), key(backend, b)
        total = one + other
        assert total.is_identity() == ((a + b) % R == 0)
        assert (one + -one).is_identity()
        assert backend.decode_g2(one.encode()) == one
        assert (one == other) == (a == b)
        assert hash(other + one) == hash(total)
        answers.add(tuple(point.encode() for point in (one, total, -one, one + one)))
    assert len(answers) == 1


@settings(max_examples=4)
@given(a=st.integers(1, R - 1), b=st.integers(1, R - 1))
def test_pairing_moves_factors_from_one_side_to_the_other(a: int, b: int) -> None:
    for backend in PRESENT:
        g = backend.g1_generator
        product = backend.msm([g], [a * b % R])
        near = backend.msm([g], [(a * b + 1) % R])
        pair = (backend.msm([g], [a]), backend.prepare_g2(key(backend, b)))
        one = backend.prepare_g2(backend.g2_generator)
        assert backend.pairing_check((pair, (-product, one)))
        assert not backend.pairing_check((pair, (-near, one)))


@pytest.mark.parametrize("name", NAMES)
def test_pairing_is_not_trivial_and_an_identity_counts_as_one(name: str) -> None:
    backend = load(name)
    g, key_one = backend.g1_generator, backend.prepare_g2(backend.g2_generator)
    nothing = backend.prepare_g2(backend.g2_generator + -backend.g2_generator)
    assert not backend.pairing_check(((g, key_one),))
    assert backend.pairing_check(((g, nothing),))
    assert backend.pairing_check(((g, nothing), (backend.g1_identity, key_one)))
    assert not backend.pairing_check(((g, nothing), (g, key_one)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [R, R + 1, -1, -R, 2**255, 2**256, 2**300], ids=hex)
def test_scalar_out_of_range_is_refused_in_every_place(name: str, value: int) -> None:
    backend = load(name)
    g = backend.g1_generator
    bases = backend.fixed_bases([g, g])
    secret = backend.secret_scalar(bytes(31) + b"\7")

    def calls(scalar: int) -> list[Any]:
        return [
            lambda: backend.msm([g, g], [1, scalar]),
            lambda: backend.msm_rows([g, g], [[1, None], [None, scalar]]),
            lambda: backend.msm_vartime([g, g], [1, scalar]),
            lambda: bases.msm([None, scalar]),
            lambda: bases.msm_vartime([1, scalar]),
            lambda: bases.msm_vartime([1], [g], [scalar]),
            lambda: secret.divide_by_sum(g, scalar),
            lambda: secret.divide_by_sums(g, [1, scalar]),
        ]

    for accepted, refused in zip(calls(R - 1), calls(value), strict=True):
        accepted()
        with pytest.raises(UsageError) as caught:
            refused()
        # The words of the rule hold short numbers; those of a secret are long.
        assert abs(value) < 10 or str(abs(value))[:8] not in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_bound_on_bits_is_itself_bounded(name: str) -> None:
    backend = load(name)
    bases = backend.fixed_bases([backend.g1_generator])
    assert bases.msm([1], bits=1) == bases.msm([1], bits=255) == backend.g1_generator
    for bits in (0, 256):
        with pytest.raises(UsageError, match="bits"):
            bases.msm([1], bits=bits)


@pytest.mark.parametrize("name", NAMES)
def test_fixed_bases_count_their_points_and_take_fewer_scalars(name: str) -> None:
    backend = load(name)
    g = backend.g1_generator
    bases = backend.fixed_bases([g, g + g, -g])
    assert len(bases) == 3
    assert bases.memory_bytes >= 0
    assert bases.msm([5]) == bases.msm([5, None, None]) == bases.msm_vartime([5])
    assert bases.msm([]) == bases.msm_vartime([]) == bases.msm([None, None]) == g - g
    assert bases.msm([None, 2]) == backend.msm([g], [4])
    assert bases.msm_vartime([], [g], [4]) == backend.msm([g], [4])


@pytest.mark.parametrize("name", NAMES)
def test_info_names_the_library_and_what_is_constant_time(name: str) -> None:
    info = load(name).info()
    assert all(isinstance(text, str) and text for text in info.values())
    assert "constant time" in info
    assert info["constant time"].startswith("nothing") == (name != "kernel")
