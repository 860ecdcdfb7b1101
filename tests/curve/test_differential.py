"""The backends against each other: same results, same refusals, for every operation.

The slow reference takes part with few examples. Where a backend is missing its part is skipped,
with the reason.
"""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkproof.curve import Expander, available, load
from zkproof.curve.interface import P, R
from zkproof.errors import DecodeError, UsageError

NAMES = [
    pytest.param(
        name, marks=pytest.mark.skip(reason=f"{name}: {reason}") if reason else (), id=name
    )
    for name, reason in available().items()
]
PRESENT = [load(name) for name, reason in available().items() if reason is None]
FAST = [backend for backend in PRESENT if backend.name != "py_ecc"]

scalars = st.one_of(
    st.sampled_from([0, 1, 2, R - 1, R - 2, 2**128, 2**128 - 1]), st.integers(0, R - 1)
)
seeds = st.one_of(
    st.sampled_from(["identity", "generator", "negative"]), st.binary(min_size=128, max_size=128)
)


def point(backend: Any, seed: str | bytes) -> Any:
    if seed == "identity":
        return backend.g1_identity
    if seed == "generator":
        return backend.g1_generator
    if seed == "negative":
        return -backend.g1_generator
    return backend.map_to_g1(seed)


def agreed(results: list[Any]) -> Any:
    assert len({repr(result) for result in results}) == 1, results
    return results[0]


@settings(max_examples=20)
@given(seed=seeds, other=seeds)
def test_group_operations_agree(seed: str | bytes, other: str | bytes) -> None:
    def run(backend: Any) -> list[bytes]:
        a, b = point(backend, seed), point(backend, other)
        assert (a == b) == (a.encode() == b.encode())
        assert (a - a).is_identity()
        assert hash(a) == hash(backend.decode_g1_or_identity(a.encode()))
        return [p.encode() for p in (a, a + b, a - b, -a, a + a)]

    agreed([run(backend) for backend in PRESENT])


@settings(max_examples=10)
@given(terms=st.lists(st.tuples(seeds, scalars), max_size=6))
def test_sums_of_multiples_agree(terms: list[tuple[str | bytes, int]]) -> None:
    def run(backend: Any) -> bytes:
        points = [point(backend, seed) for seed, _ in terms]
        ks = [k for _, k in terms]
        bases = backend.fixed_bases(points)
        half = len(terms) // 2
        results = [
            backend.msm(points, ks),
            backend.msm_vartime(points, ks),
            bases.msm(ks),
            *bases.msm_rows([ks, ks]),
            bases.msm_vartime(ks),
            bases.msm_vartime(ks[:half], points[half:], ks[half:]),
            *backend.msm_rows(points, [ks]),
        ]
        return agreed([result.encode() for result in results])  # type: ignore[no-any-return]

    agreed([run(backend) for backend in PRESENT])


@settings(max_examples=20)
@given(st.lists(st.tuples(seeds, scalars, st.booleans()), min_size=1, max_size=4))
def test_what_takes_no_part_changes_nothing(
    terms: list[tuple[str | bytes, int, bool]],
) -> None:
    def run(backend: Any) -> bytes:
        points = [point(backend, seed) for seed, _, _ in terms]
        row = [k if here else None for _, k, here in terms]
        zeros = [k if here else 0 for _, k, here in terms]
        bases = backend.fixed_bases(points)
        first = bases.msm(row)
        assert first == bases.msm(zeros)
        assert first == backend.msm_rows(points, [row, row])[1]
        assert [first, first - first, first] == bases.msm_rows([row, [], zeros])
        return bytes(first.encode())

    agreed([run(backend) for backend in FAST])


@pytest.mark.parametrize("count", [23, 24, 33, 200, 1000])
def test_large_sums_agree(count: int) -> None:
    def run(backend: Any) -> bytes:
        points = [backend.map_to_g1(i.to_bytes(128, "big")) for i in range(1, count + 1)]
        ks = [pow(7, i, R) >> (i % 3 * 64) for i in range(count)]
        first = backend.msm_vartime(points, ks)
        assert first == backend.fixed_bases(points).msm_vartime(ks)
        return bytes(first.encode())

    agreed([run(backend) for backend in FAST])


@pytest.mark.parametrize("bits", [1, 16, 55, 64, 126, 127, 128, 200, 255])
def test_bound_on_bits_is_kept_and_enforced(bits: int) -> None:
    def run(backend: Any) -> bytes:
        bases = backend.fixed_bases([backend.g1_generator, point(backend, bytes(127) + b"\1")])
        top = min(2**bits - 1, R - 1)
        result = bases.msm([top, 1], bits=bits)
        assert bases.msm_rows([[top, 1], [0, top], [1]], bits=bits)[0] == result
        assert result == backend.msm_vartime(
            [backend.g1_generator, point(backend, bytes(127) + b"\1")], [top, 1]
        )
        if bits < 255:
            with pytest.raises(UsageError, match="bits"):
                bases.msm([2**bits, 1], bits=bits)
            with pytest.raises(UsageError, match="bits"):
                bases.msm_rows([[1, 1], [1, 2**bits]], bits=bits)
        return bytes(result.encode())

    agreed([run(backend) for backend in PRESENT])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [R, -1, 2**256, 2**255, "1"])
def test_scalars_out_of_range_are_a_callers_mistake(name: str, value: Any) -> None:
    backend = load(name)
    g = backend.g1_generator
    assert backend.msm_vartime([g], [R - 1]) == -g
    for call in (
        lambda: backend.msm([g], [value]),
        lambda: backend.msm_vartime([g], [value]),
        lambda: backend.msm_rows([g], [[value]]),
        lambda: backend.fixed_bases([g]).msm_vartime([value]),
        lambda: backend.fixed_bases([g]).msm_rows([[1], [value]]),
    ):
        with pytest.raises(UsageError):
            call()


@pytest.mark.parametrize("name", NAMES)
def test_lengths_that_do_not_fit_are_a_callers_mistake(name: str) -> None:
    backend = load(name)
    g = backend.g1_generator
    for call in (
        lambda: backend.msm([g], [1, 2]),
        lambda: backend.msm_vartime([g, g], [1]),
        lambda: backend.msm_rows([g], [[1, 2]]),
        lambda: backend.fixed_bases([g]).msm([1, 2]),
        lambda: backend.fixed_bases([g]).msm_rows([[1], [1, 2]]),
        lambda: backend.fixed_bases([g]).msm_vartime([1, 2]),
        lambda: backend.fixed_bases([g]).msm_vartime([1], [g], []),
        lambda: backend.map_to_g1(bytes(127)),
    ):
        with pytest.raises(UsageError):
            call()


def off_curve_and_off_subgroup() -> tuple[bytes, bytes]:
    """Small x coordinates: one that no point has, one of a point outside the subgroup."""
    curve = subgroup = None
    for x in range(1, 100):
        octets = bytes((0x80,)) + x.to_bytes(47, "big")
        square = (x**3 + 4) % P
        if pow(square, (P - 1) // 2, P) != 1:
            curve = curve or octets
        else:
            subgroup = subgroup or octets
    assert curve is not None
    assert subgroup is not None
    return curve, subgroup


CURVE, SUBGROUP = off_curve_and_off_subgroup()
IDENTITY = b"\xc0" + bytes(47)
MALFORMED_G1 = {
    "empty": b"",
    "short": bytes(47),
    "long": IDENTITY + b"\0",
    "uncompressed": bytes(96),
    "no flag": bytes(48),
    "flag 0x20": b"\x20" + bytes(47),
    "flag 0x40": b"\x40" + bytes(47),
    "flag 0x60": b"\x60" + bytes(47),
    "flag 0xe0": b"\xe0" + bytes(47),
    "identity with a bit": b"\xc0" + bytes(46) + b"\1",
    "identity with a high bit": b"\xc1" + bytes(47),
    "x = p": (P | 1 << 383).to_bytes(48, "big"),
    "x = p + generator": ((P + 1) | 1 << 383).to_bytes(48, "big"),
    "largest x": b"\x9f" + b"\xff" * 47,
    "not on the curve": CURVE,
    "not in the subgroup": SUBGROUP,
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", MALFORMED_G1.values(), ids=MALFORMED_G1.keys())
def test_malformed_g1_is_refused_by_name(name: str, data: bytes) -> None:
    backend = load(name)
    good = backend.g1_generator.encode()
    assert backend.decode_g1(good) == backend.g1_generator
    for decode in (backend.decode_g1, backend.decode_g1_or_identity):
        with pytest.raises(DecodeError, match=r"^here: ") as caught:
            decode(data, "here")
        assert caught.value.field == "here"
    if len(data) == 48:
        with pytest.raises(DecodeError) as caught:
            backend.decode_g1_many(good + data + good, "here")
        assert caught.value.field == "here[1]"


def test_refusals_give_the_same_rule_everywhere() -> None:
    for data in MALFORMED_G1.values():
        rules = set()
        for backend in PRESENT:
            with pytest.raises(DecodeError) as caught:
                backend.decode_g1(data, "here")
            rules.add(caught.value.rule)
        assert len(rules) == 1, (data.hex(), rules)


@pytest.mark.parametrize("name", NAMES)
def test_identity_is_allowed_only_where_it_is_asked_for(name: str) -> None:
    backend = load(name)
    assert backend.decode_g1_or_identity(IDENTITY).is_identity()
    with pytest.raises(DecodeError, match="identity"):
        backend.decode_g1(IDENTITY)
    with pytest.raises(DecodeError, match="identity"):
        backend.decode_g1_many(IDENTITY)
    with pytest.raises(DecodeError, match="identity"):
        backend.decode_g2(b"\xc0" + bytes(95))
    assert backend.decode_g1_many(b"") == []
    with pytest.raises(DecodeError):
        backend.decode_g1_many(bytes(49))


@pytest.mark.parametrize("name", NAMES)
def test_malformed_g2_is_refused_by_name(name: str) -> None:
    backend = load(name)
    good = backend.g2_generator.encode()
    assert backend.decode_g2(good) == backend.g2_generator
    big = P.to_bytes(48, "big")
    cases = [
        b"",
        good[:95],
        good + b"\0",
        bytes(96),
        b"\x40" + bytes(95),
        b"\xe0" + bytes(95),
        b"\xc0" + bytes(94) + b"\1",
        bytes((big[0] | 0x80,)) + big[1:] + good[48:],
        good[:48] + big,
        good[:48] + b"\xff" * 48,
        good[:95] + bytes((good[95] ^ 1,)),
        b"\x80" + bytes(94) + b"\2",
    ]
    for data in cases:
        with pytest.raises(DecodeError, match=r"^key: "):
            backend.decode_g2(data, "key")


@settings(max_examples=150)
@given(st.binary(min_size=48, max_size=48))
def test_random_octets_decode_alike_and_encode_back(data: bytes) -> None:
    data = bytes((data[0] & 0x1F | 0x80 | data[0] & 0x20,)) + data[1:]
    answers = set()
    for backend in FAST:
        try:
            answers.add(backend.decode_g1_or_identity(data, "x").encode())
            assert answers == {data}
        except DecodeError as error:
            answers.add(error.rule.encode())
    assert len(answers) == 1


@settings(max_examples=8)
@given(a=scalars, b=scalars)
def test_pairing_is_bilinear_everywhere(a: int, b: int) -> None:
    for backend in FAST:
        g, key = backend.g1_generator, backend.prepare_g2(backend.g2_generator)
        minus = backend.prepare_g2(-backend.g2_generator)
        left, right = backend.msm([g], [a]), backend.msm([g], [b])
        total = backend.msm([g], [(a + b) % R])
        assert backend.pairing_check(((left, key), (right, key), (total, minus)))
        assert backend.pairing_check(((left, key), (right, minus))) is (a == b)


def test_pairing_agrees_on_the_reference() -> None:
    for backend in PRESENT:
        g, key = backend.g1_generator, backend.prepare_g2(backend.g2_generator)
        minus = backend.prepare_g2(-backend.g2_generator)
        assert backend.pairing_check(((g + g, key), (g, minus), (g, minus)))
        assert not backend.pairing_check(((g + g, key), (g, minus)))
        assert backend.pairing_check(((backend.g1_identity, key),))
        assert backend.pairing_check(())


@settings(max_examples=25)
@given(messages=st.lists(st.binary(max_size=80), max_size=4), dst=st.binary(max_size=255))
def test_hashing_to_scalars_agrees(messages: list[bytes], dst: bytes) -> None:
    for expander in Expander:
        agreed([backend.hash_to_scalars(messages, dst, expander) for backend in PRESENT])
        for backend in PRESENT:
            with pytest.raises(UsageError):
                backend.hash_to_scalars([b""], bytes(256), expander)


@settings(max_examples=20)
@given(scalar=scalars)
def test_inverses_agree(scalar: int) -> None:
    for backend in PRESENT:
        if scalar:
            assert backend.invert(scalar) * scalar % R == 1
        else:
            with pytest.raises(UsageError, match="no inverse"):
                backend.invert(scalar)
        with pytest.raises(UsageError):
            backend.invert(R)


@settings(max_examples=6)
@given(key=st.integers(1, R - 1), e=scalars, suffix=st.binary(max_size=40))
def test_secret_scalars_agree(key: int, e: int, suffix: bytes) -> None:
    def run(backend: Any) -> list[Any]:
        secret = backend.secret_scalar(key.to_bytes(32, "big"))
        p = backend.map_to_g1(bytes(range(128)))
        assert secret.export_secret() == key.to_bytes(32, "big")
        result: list[Any] = [secret.public_key().encode(), secret.multiply(p).encode()]
        result.append(secret.hash_to_scalar(suffix, b"dst", Expander.XMD_SHA256))
        result.append(secret.hash_to_scalar(suffix, b"dst", Expander.XOF_SHAKE256))
        if (key + e) % R:
            quotient = secret.divide_by_sum(p, e)
            assert secret.multiply(quotient) + backend.msm([quotient], [e]) == p
            assert secret.divide_by_sums(p, [e, e]) == quotient.encode() * 2
            result.append(quotient.encode())
        with pytest.raises(UsageError, match="zero"):
            secret.divide_by_sum(p, -key % R)
        with pytest.raises(UsageError, match="zero"):
            secret.divide_by_sums(p, [1, -key % R])
        derived = backend.hash_to_secret_scalar(suffix, b"dst", Expander.XMD_SHA256)
        result.append(derived.export_secret())
        return result

    agreed([run(backend) for backend in PRESENT])


@pytest.mark.parametrize("name", NAMES)
def test_secret_scalars_do_not_show_or_travel(name: str) -> None:
    backend = load(name)
    octets = bytes(range(1, 33))
    secret = backend.secret_scalar(octets)
    for text in (repr(secret), str(secret), f"{secret}"):
        assert octets.hex()[:8] not in text
        assert str(int.from_bytes(octets, "big"))[:8] not in text
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy, hash):
        with pytest.raises(TypeError):
            attempt(secret)
    assert secret != backend.secret_scalar(octets)
    for data in (bytes(32), R.to_bytes(32, "big"), b"\xff" * 32, b"", bytes(31), bytes(33)):
        with pytest.raises(DecodeError, match=r"^key: "):
            backend.secret_scalar(data, "key")
