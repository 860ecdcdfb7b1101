"""Points of the curve that are not points of the group: every backend refuses each of them.

The curves have about 2^125 (G1) and 2^507 (G2) times as many points as the groups. A point with a
part of small order passes most equations an attacker cares about: its multiples by a secret give
away the secret modulo that order. Points are built here with nothing but the curve's equation.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkproof.curve import available, load
from zkproof.curve.interface import P
from zkproof.errors import DecodeError

NAMES = [
    pytest.param(name, marks=pytest.mark.skip(reason=reason) if reason else (), id=name)
    for name, reason in available().items()
]

OFF_CURVE = "not on the curve"
OFF_GROUP = "not in the subgroup of prime order"

Affine = tuple[int, int]

GENERATOR_X = int(
    "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac58"
    "6c55e83ff97a1aeffb3af00adb22c6bb",
    16,
)
ORDER_THREE: Affine = (0, 2)
"""The tangent at (0, 2) is flat and meets the curve three times there."""


def lifted(x: int) -> Affine | None:
    """The point of ``y^2 = x^3 + 4`` with the smaller y, where there is one."""
    square = (pow(x, 3, P) + 4) % P
    y = pow(square, (P + 1) // 4, P)
    return (x, min(y, P - y)) if y * y % P == square else None


def added(a: Affine, b: Affine) -> Affine:
    """The chord through two points with different x."""
    slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def g1_octets(point: Affine) -> bytes:
    sign = 0x20 if 2 * point[1] > P else 0
    octets = point[0].to_bytes(48, "big")
    return bytes([octets[0] | 0x80 | sign]) + octets[1:]


def g2_octets(real: int, imaginary: int, sign: int = 0) -> bytes:
    octets = imaginary.to_bytes(48, "big") + real.to_bytes(48, "big")
    return bytes([octets[0] | 0x80 | sign]) + octets[1:]


def on_twist(real: int, imaginary: int) -> bool:
    """Whether ``x^3 + 4(1 + i)`` is a square, that is, whether its norm is one."""
    cube_real = real**3 - 3 * real * imaginary**2 + 4
    cube_imaginary = 3 * real**2 * imaginary - imaginary**3 + 4
    return pow(cube_real**2 + cube_imaginary**2, (P - 1) // 2, P) == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("x", [*range(8), P - 1, P - 2], ids=hex)
@pytest.mark.parametrize("sign", [0, 0x20], ids=hex)
def test_small_coordinates_are_refused_in_g1(name: str, x: int, sign: int) -> None:
    octets = x.to_bytes(48, "big")
    octets = bytes([octets[0] | 0x80 | sign]) + octets[1:]
    with pytest.raises(DecodeError) as caught:
        load(name).decode_g1(octets, "here")
    assert caught.value.field == "here"
    assert caught.value.rule == (OFF_GROUP if lifted(x) else OFF_CURVE)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("x", [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (3, 2), (P - 1, P - 1)])
@pytest.mark.parametrize("sign", [0, 0x20], ids=hex)
def test_small_coordinates_are_refused_in_g2(name: str, x: Affine, sign: int) -> None:
    with pytest.raises(DecodeError) as caught:
        load(name).decode_g2(g2_octets(*x, sign), "here")
    assert caught.value.field == "here"
    assert caught.value.rule == (OFF_GROUP if on_twist(*x) else OFF_CURVE)


def test_small_coordinates_hold_both_kinds() -> None:
    """The two tests above meet points off the curve and points off the group."""
    assert {lifted(x) is None for x in range(8)} == {True, False}
    assert {on_twist(*x) for x in ((1, 0), (2, 0), (0, 1), (1, 1), (3, 2))} == {True, False}


@pytest.mark.parametrize("name", NAMES)
def test_generator_with_a_part_of_order_three_is_refused(name: str) -> None:
    backend = load(name)
    generator = lifted(GENERATOR_X)
    assert generator is not None
    assert backend.decode_g1(g1_octets(generator)) == backend.g1_generator
    shifted = added(generator, ORDER_THREE)
    assert added(added(shifted, ORDER_THREE), ORDER_THREE) == generator
    for decode in (backend.decode_g1, backend.decode_g1_or_identity, backend.decode_g1_many):
        with pytest.raises(DecodeError, match=OFF_GROUP):
            decode(g1_octets(shifted))


@settings(max_examples=15)
@given(x=st.integers(0, P - 1))
def test_random_points_of_the_curve_are_refused_alike(x: int) -> None:
    """One point in 2^125 is in the group; whether one of the curve has this x, this file says."""
    for name, reason in available().items():
        if reason is None:
            with pytest.raises(DecodeError) as caught:
                load(name).decode_g1(g1_octets((x, 0)))
            assert caught.value.rule == (OFF_GROUP if lifted(x) else OFF_CURVE)


@settings(max_examples=10)
@given(real=st.integers(0, P - 1), imaginary=st.integers(0, P - 1))
def test_random_points_of_the_twist_are_refused_alike(real: int, imaginary: int) -> None:
    for name, reason in available().items():
        if reason is None:
            with pytest.raises(DecodeError) as caught:
                load(name).decode_g2(g2_octets(real, imaginary))
            assert caught.value.rule == (OFF_GROUP if on_twist(real, imaginary) else OFF_CURVE)


FIELD_PRIME = P.to_bytes(48, "big")
LARGEST = b"\x1f" + b"\xff" * 47
MALFORMED_G2 = {
    "short": (bytes(95), "wrong length"),
    "long": (bytes(97), "wrong length"),
    "uncompressed flag": (bytes(96), "flag bits that no encoder sets"),
    "identity uncompressed": (b"\x40" + bytes(95), "flag bits that no encoder sets"),
    "identity with a sign": (b"\xe0" + bytes(95), "flag bits that no encoder sets"),
    "identity with a bit": (b"\xc0" + bytes(94) + b"\1", "flag bits that no encoder sets"),
    "identity": (b"\xc0" + bytes(95), "the identity"),
}
for part, where in (("imaginary", 0), ("real", 48)):
    for what, octets in (("p", FIELD_PRIME), ("largest", LARGEST)):
        both = bytearray(96)
        both[where : where + 48] = octets
        both[0] |= 0x80
        MALFORMED_G2[f"{part} part {what}"] = (bytes(both), "coordinate not below the field prime")
for flag in (0x20, 0x40, 0x80):
    both = bytearray(96)
    both[0], both[48] = 0x80, flag
    MALFORMED_G2[f"real part with {flag:#x}"] = (
        bytes(both),
        "coordinate not below the field prime",
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("data", "rule"), MALFORMED_G2.values(), ids=MALFORMED_G2.keys())
def test_malformed_key_is_refused_by_its_rule(name: str, data: bytes, rule: str) -> None:
    backend = load(name)
    assert backend.decode_g2(backend.g2_generator.encode()) == backend.g2_generator
    with pytest.raises(DecodeError) as caught:
        backend.decode_g2(data, "here")
    assert (caught.value.field, caught.value.rule) == ("here", rule)


@pytest.mark.parametrize("name", NAMES)
def test_both_signs_of_a_coordinate_are_two_points(name: str) -> None:
    """And no third encoding stands for either of them."""
    backend = load(name)
    for octets, decode in (
        (backend.g1_generator.encode(), backend.decode_g1),
        (backend.g2_generator.encode(), backend.decode_g2),
    ):
        accepted = []
        for flags in range(0, 0x100, 0x20):
            changed = bytes([octets[0] & 0x1F | flags]) + octets[1:]
            try:
                accepted.append(decode(changed).encode())
            except DecodeError as error:
                assert error.rule == "flag bits that no encoder sets"  # noqa: PT017
        assert len(accepted) == 2
        assert all(a != b for a, b in pairwise(accepted))
        one, other = (decode(each) for each in accepted)
        assert (one + other).is_identity()
