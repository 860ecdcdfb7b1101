"""Uniform octets to a point, on every backend: published vectors and the edges of the map."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vectors.loading import cases
from zkproof.bbs.ciphersuite import Suite
from zkproof.curve import Expander, available, load
from zkproof.curve.interface import P

NAMES = [
    pytest.param(name, marks=pytest.mark.skip(reason=reason) if reason else (), id=name)
    for name, reason in available().items()
]
PRESENT = [load(name) for name, reason in available().items() if reason is None]

DST = b"QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_"

# Origin: RFC 9380, appendix J.9.1, coordinates of the point P.
VECTORS = [
    (
        b"",
        "052926add2207b76ca4fa57a8734416c8dc95e24501772c814278700eed6d1e4"
        "e8cf62d9c09db0fac349612b759e79a1",
        "08ba738453bfed09cb546dbb0783dbb3a5f1f566ed67bb6be0e8c67e2e81a4cc"
        "68ee29813bb7994998f3eae0c9c6a265",
    ),
    (
        b"abc",
        "03567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0a9a7943388a49a3a"
        "ee664ba5379a7655d3c68900be2f6903",
        "0b9c15f3fe6e5cf4211f346271d7b01c8f3b28be689c8429c85b67af21553331"
        "1f0b8dfaaa154fa6b88176c229f2885d",
    ),
    (
        b"abcdef0123456789",
        "11e0b079dea29a68f0383ee94fed1b940995272407e3bb916bbf268c263ddd57"
        "a6a27200a784cbc248e84f357ce82d98",
        "03a87ae2caf14e8ee52e51fa2ed8eefe80f02457004ba4d486d6aa1f517c0889"
        "501dc7413753f9599b099ebcbbd2d709",
    ),
    (
        b"q128_" + b"q" * 128,
        "15f68eaa693b95ccb85215dc65fa81038d69629f70aeee0d0f677cf22285e7bf"
        "58d7cb86eefe8f2e9bc3f8cb84fac488",
        "1807a1d50c29f430b8cafc4f8638dfeeadf51211e1602a5f184443076715f91b"
        "b90a48ba1e370edce6ae1062f5e6dd38",
    ),
    (
        b"a512_" + b"a" * 512,
        "082aabae8b7dedb0e78aeb619ad3bfd9277a2f77ba7fad20ef6aabdc6c31d19b"
        "a5a6d12283553294c1825c4b3ca2dcfe",
        "05b84ae5a942248eea39e1d91030458c40153f3b654ab7872d779ad1e942856a"
        "20c438e8d99bc8abfbf74729ce1f7ac8",
    ),
]


def compressed(x: str, y: str) -> bytes:
    """Flags above x: compressed, and the sign of y."""
    sign = 0x20 if 2 * int(y, 16) > P else 0
    octets = bytes.fromhex(x)
    return bytes([octets[0] | 0x80 | sign]) + octets[1:]


def uniform(u: int, v: int) -> bytes:
    return u.to_bytes(64, "big") + v.to_bytes(64, "big")


def maps(octets: bytes) -> bytes:
    """The point's encoding, on which all backends agree."""
    answers = {backend.name: backend.map_to_g1(octets).encode() for backend in PRESENT}
    assert len(set(answers.values())) == 1, answers
    return next(iter(answers.values()))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("message", "x", "y"), VECTORS, ids=lambda value: str(value)[:12])
def test_published_vector_is_met(name: str, message: bytes, x: str, y: str) -> None:
    octets = Expander.XMD_SHA256.expand(message, DST, 128)
    assert load(name).map_to_g1(octets).encode() == compressed(x, y)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("suite", "case"), cases("bbs/*/generators.json"))
def test_first_generator_of_the_bbs_draft_is_met(name: str, suite: Suite, case: Any) -> None:
    api_id = suite.ciphersuite_id + b"H2G_HM2S_"
    expand, seed_dst = suite.expander.expand, api_id + b"SIG_GENERATOR_SEED_"
    v = expand(api_id + b"MESSAGE_GENERATOR_SEED", seed_dst, 48)
    v = expand(v + (1).to_bytes(8, "big"), seed_dst, 48)
    point = load(name).map_to_g1(expand(v, api_id + b"SIG_GENERATOR_DST_", 128))
    assert point.encode().hex() == case["Q1"]


@settings(max_examples=20)
@given(st.binary(min_size=128, max_size=128))
def test_random_octets_map_alike_into_the_subgroup(octets: bytes) -> None:
    encoding = maps(octets)
    for backend in PRESENT:
        assert backend.decode_g1(encoding).encode() == encoding


# Where the textbook form of the map divides by zero: Z^2 u^4 + Z u^2 = 0, with Z = 11. Besides
# u = 0 that needs a root of -1/11.
ROOT = pow(-pow(11, -1, P), (P + 1) // 4, P)
EXCEPTIONAL = [0, ROOT, P - ROOT] if ROOT * ROOT * 11 % P == P - 1 else [0]


@pytest.mark.parametrize("u", EXCEPTIONAL, ids=hex)
@pytest.mark.parametrize("v", [0, 1, 2, P - 1], ids=hex)
def test_exceptional_element_maps_alike_in_both_places(u: int, v: int) -> None:
    assert maps(uniform(u, v)) == maps(uniform(v, u))


@pytest.mark.parametrize("u", [1, 2, 0xABCDEF, P - 2], ids=hex)
def test_opposite_elements_cancel(u: int) -> None:
    identity = b"\xc0" + bytes(47)
    assert maps(uniform(u, u)) != identity
    assert maps(uniform(u, P - u)) == identity


@pytest.mark.parametrize(("u", "v"), [(1, 2), (0, P - 1), (7, 7)], ids=str)
def test_the_two_elements_are_mapped_apart_and_added(u: int, v: int) -> None:
    both, first, second = maps(uniform(u, v)), maps(uniform(u, u)), maps(uniform(v, v))
    for backend in PRESENT:
        mixed = backend.decode_g1(both)
        assert backend.decode_g1(first) + backend.decode_g1(second) == mixed + mixed


@pytest.mark.parametrize("element", [P, P + 3, 2**381, 2**512 - 1], ids=hex)
def test_elements_are_reduced_by_the_field_prime(element: int) -> None:
    assert maps(uniform(element, 5)) == maps(uniform(element % P, 5))
    assert maps(uniform(5, element)) == maps(uniform(5, element % P))
