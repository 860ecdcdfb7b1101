"""The kernel against doubling and adding with its own addition, and what its secrets refuse."""

from __future__ import annotations

import copy
import pickle
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from zkproof.curve import Expander
from zkproof.curve.interface import R
from zkproof.errors import DecodeError, UsageError

kernel = pytest.importorskip("zkproof_kernel", reason="the native kernel is not installed")

from zkproof.curve.kernel import backend  # noqa: E402 - only where the kernel is installed

G = backend.g1_generator
IDENTITY = backend.g1_identity
EDGES = [0, 1, 2, 3, R - 1, R - 2, R // 2, 1 << 127, (1 << 128) - 1]
Z_SQUARED = 0xD201000000010000**2
# Where the two halves a scalar is split into are empty, full or carry.
HALVES = [Z_SQUARED + d for d in (-2, -1, 0, 1, 2)] + [
    (Z_SQUARED - 2) * Z_SQUARED + d for d in (-1, 0, 1, Z_SQUARED - 2, Z_SQUARED - 1)
]


def naive(point: Any, scalar: int) -> Any:
    total, power = IDENTITY, point
    while scalar:
        if scalar & 1:
            total = total + power
        power = power + power
        scalar >>= 1
    return total


def naive_sum(points: list[Any], scalars: list[int]) -> Any:
    total = IDENTITY
    for point, scalar in zip(points, scalars, strict=True):
        total = total + naive(point, scalar)
    return total


def points_and_scalars(count: int) -> tuple[list[Any], list[int]]:
    """Points with an identity, a repeated and an opposite one; scalars of all lengths."""
    chance = random.Random(count)
    points = [backend.map_to_g1(chance.randbytes(128)) for _ in range(count)]
    scalars = [
        chance.choice(EDGES) if chance.random() < 0.2 else chance.getrandbits(length) % R
        for length in (chance.choice((16, 64, 127, 128, 160, 255)) for _ in range(count))
    ]
    if count >= 5:
        points[1] = IDENTITY
        points[3], scalars[3] = points[2], scalars[2]
        points[4], scalars[4] = -points[2], scalars[2]
    return points, scalars


@pytest.mark.parametrize("scalar", EDGES + HALVES)
def test_multiples_are_those_of_doubling_and_adding(scalar: int) -> None:
    point = backend.map_to_g1(bytes(range(128)))
    expected = naive(point, scalar)
    bases = backend.fixed_bases([G, point])
    results = [
        backend.msm([point], [scalar]),
        backend.msm_vartime([point], [scalar]),
        *backend.msm_rows([point], [[scalar]] * 4),
        bases.msm([None, scalar]),
        bases.msm([0, scalar]),
        bases.msm_vartime([0, scalar]),
        bases.msm_vartime([], [point], [scalar]),
    ]
    if scalar:
        secret = backend.secret_scalar(scalar.to_bytes(32, "big"))
        results.append(secret.multiply(point))
    assert all(result == expected for result in results)
    assert {result.encode() for result in results} == {expected.encode()}


@pytest.mark.parametrize("scalar", EDGES + HALVES)
def test_every_path_takes_the_identity(scalar: int) -> None:
    bases = backend.fixed_bases([IDENTITY, G])
    assert backend.msm([IDENTITY], [scalar]).is_identity()
    assert backend.msm_vartime([IDENTITY], [scalar]).is_identity()
    assert all(point.is_identity() for point in backend.msm_rows([IDENTITY], [[scalar]] * 4))
    assert bases.msm([scalar]).is_identity()
    assert bases.msm([scalar, 1]) == G
    assert bases.msm_vartime([scalar]).is_identity()
    assert bases.msm_vartime([scalar, 1]) == G


@pytest.mark.parametrize("count", [0, 1, 2, 5, 25, 33, 50, 200, 1000])
def test_sums_of_many_are_those_of_doubling_and_adding(count: int) -> None:
    points, scalars = points_and_scalars(count)
    expected = naive_sum(points, scalars)
    assert backend.msm_vartime(points, scalars) == expected
    assert backend.msm(points, scalars) == expected
    if count <= 200:
        bases = backend.fixed_bases(points)
        assert bases.msm(scalars) == expected
        assert bases.msm_vartime(scalars) == expected
        assert bases.msm_vartime(scalars, points, scalars) == expected + expected


def test_sums_of_short_scalars_only_agree_as_well() -> None:
    for count in (3, 30):
        points, scalars = points_and_scalars(count)
        short = [scalar >> 127 for scalar in scalars]
        assert backend.msm_vartime(points, short) == naive_sum(points, short)


def test_rows_over_two_points_are_five_sums() -> None:
    points, scalars = points_and_scalars(2)
    a, b, c, d, e = [*scalars, 0, R - 1, 1 << 200]
    rows = [(a, None), (None, b), (a, b), (c, d), (None, e), (None, None)]
    expected = [
        naive_sum(points, [0 if scalar is None else scalar for scalar in row]) for row in rows
    ]
    assert backend.msm_rows(points, rows) == expected
    assert [backend.msm_rows(points, [row])[0] for row in rows] == expected
    assert backend.msm_rows(points, []) == []
    assert backend.msm_rows([], [[], []]) == [IDENTITY, IDENTITY]


@pytest.mark.parametrize("bits", [1, 2, 5, 6, 7, 54, 64, 126, 127, 128, 129, 200, 254, 255])
def test_fixed_bases_keep_within_the_bound_on_bits(bits: int) -> None:
    points, _ = points_and_scalars(7)
    bases = backend.fixed_bases(points)
    top = min((1 << bits) - 1, R - 1)
    scalars = [top, 0, 1, top - 1, top // 2, top // 3, top]
    assert bases.msm(scalars, bits=bits) == naive_sum(points, scalars)
    assert bases.msm(scalars[:2], bits=bits) == naive_sum(points[:2], scalars[:2])
    rows: list[list[int | None]] = [
        [*scalars],
        [*scalars[:2]],
        [],
        [None, top, None, 1],
        [*scalars[::-1]],
    ]
    assert bases.msm_rows(rows, bits=bits) == [
        naive_sum(points[: len(row)], [scalar or 0 for scalar in row]) for row in rows
    ]
    assert bases.msm_rows([], bits=bits) == []
    if bits < 255:
        with pytest.raises(UsageError, match="bits"):
            bases.msm([*scalars[:-1], top + 1], bits=bits)


def test_tables_are_built_on_first_use_one_for_each_path() -> None:
    points, scalars = points_and_scalars(12)
    bases = backend.fixed_bases(points)
    assert len(bases) == 12
    assert bases.memory_bytes == 0
    bases.msm(scalars)
    secret = bases.memory_bytes
    bases.msm(scalars)
    assert bases.memory_bytes == secret > 0
    bases.msm_vartime(scalars)
    assert bases.memory_bytes > secret


def test_thousands_of_bases_keep_their_memory_bounded() -> None:
    point = G
    points = []
    for _ in range(3000):
        points.append(point)
        point = point + G
    bases = backend.fixed_bases(points)
    scalars = [0] * 2998 + [R - 1, 5]
    assert bases.msm_vartime(scalars) == naive(G, (R - 2999 + 5 * 3000) % R)
    assert bases.msm([None] * 2998 + [R - 1, 5]) == naive(G, (R - 2999 + 5 * 3000) % R)
    assert bases.memory_bytes <= 128 << 20


def test_pairing_is_bilinear_over_many_pairs() -> None:
    chance = random.Random(3)
    key = backend.g2_generator
    pairs, total = [], 0
    for i in range(1, 6):
        scalar = chance.randrange(R)
        pairs.append((naive(G, scalar), backend.prepare_g2(key)))
        total += scalar * (1 << (i - 1))
        key = key + key
    minus = backend.prepare_g2(-backend.g2_generator)
    assert backend.pairing_check([*pairs, (naive(G, total % R), minus)])
    assert not backend.pairing_check([*pairs, (naive(G, (total + 1) % R), minus)])
    assert not backend.pairing_check(pairs)


def test_identities_in_pairings_contribute_one() -> None:
    key, minus = backend.g2_generator, -backend.g2_generator
    pairs = [(G, backend.prepare_g2(key)), (G, backend.prepare_g2(minus))]
    assert backend.pairing_check(pairs)
    assert backend.pairing_check([*pairs, (IDENTITY, backend.prepare_g2(key))])
    assert backend.pairing_check([*pairs, (G, backend.prepare_g2(key + minus))])
    assert backend.pairing_check([])
    assert not backend.pairing_check([*pairs, (G, backend.prepare_g2(key))])


@pytest.mark.parametrize("value", [R, R + 1, 1 << 255, (1 << 256) - 1, 1 << 256, -1])
def test_scalars_out_of_range_are_refused(value: int) -> None:
    bases = backend.fixed_bases([G])
    secret = backend.secret_scalar((5).to_bytes(32, "big"))
    calls: list[Callable[[int], Any]] = [
        lambda scalar: backend.msm([G], [scalar]),
        lambda scalar: backend.msm_vartime([G], [scalar]),
        lambda scalar: backend.msm_rows([G], [[scalar]]),
        lambda scalar: bases.msm([scalar]),
        lambda scalar: bases.msm_vartime([scalar]),
        lambda scalar: bases.msm_vartime([], [G], [scalar]),
        lambda scalar: secret.divide_by_sum(G, scalar),
        lambda scalar: secret.divide_by_sums(G, [scalar]),
    ]
    for call in calls:
        call(R - 1)
        with pytest.raises(UsageError):
            call(value)


def test_arguments_of_another_type_are_a_callers_mistake() -> None:
    key = backend.prepare_g2(backend.g2_generator)
    secret = backend.secret_scalar((5).to_bytes(32, "big"))
    good, bad = G.encode(), bytearray(G.encode())
    assert backend.decode_g1(good) == G
    calls: list[Callable[[], Any]] = [
        lambda: backend.decode_g1(bad),  # type: ignore[arg-type]
        lambda: backend.decode_g1_many(bad),  # type: ignore[arg-type]
        lambda: backend.decode_g2("key"),  # type: ignore[arg-type]
        lambda: backend.secret_scalar(5),  # type: ignore[arg-type]
        lambda: backend.msm([good], [1]),  # type: ignore[list-item]
        lambda: backend.msm_vartime([backend.g2_generator], [1]),  # type: ignore[list-item]
        lambda: backend.fixed_bases([1]),  # type: ignore[list-item]
        lambda: backend.pairing_check([(key, G)]),  # type: ignore[list-item]
        lambda: backend.encode_g1_many([good]),  # type: ignore[list-item]
        lambda: backend.prepare_g2(G),  # type: ignore[arg-type]
        lambda: backend.map_to_g1("u"),  # type: ignore[arg-type]
        lambda: backend.hash_to_scalars(["m"], b"", Expander.XMD_SHA256),  # type: ignore[list-item]
        lambda: secret.multiply(backend.g2_generator),  # type: ignore[arg-type]
    ]
    for call in calls:
        with pytest.raises(UsageError):
            call()


def test_points_compare_and_hash_by_what_they_are() -> None:
    twice = G + G
    again = naive(G, R - 3)
    again = -again - G
    assert twice == again
    assert hash(twice) == hash(again)
    assert twice != G
    assert len({twice, again, G}) == 2
    assert twice != twice.encode()
    assert twice - G == G
    assert (G - G).is_identity()
    assert backend.decode_g1(twice.encode()) == twice
    assert repr(twice) == f"<G1 {twice.encode().hex()}>"
    key = backend.g2_generator
    assert key + key == backend.decode_g2((key + key).encode())
    assert (key + -key).is_identity()


def test_secret_does_not_print_pickle_copy_compare_or_hash() -> None:
    octets = bytes(range(32))
    secret, same = backend.secret_scalar(octets), backend.secret_scalar(octets)
    inner = kernel.secret_scalar(octets)
    assert secret.public_key() == same.public_key()
    for each, other in ((secret, same), (inner, kernel.secret_scalar(octets))):
        for text in (repr(each), str(each), f"{each}"):
            assert text == "<SecretScalar, value hidden>"
        assert each == each
        assert each != other
        refused: list[Callable[[Any], Any]] = [hash, copy.copy, copy.deepcopy, pickle.dumps]
        for refuse in refused:
            with pytest.raises(TypeError):
                refuse(each)
        assert not hasattr(each, "__dict__")
    assert secret.export_secret() == octets


def test_secret_is_between_one_and_the_order() -> None:
    assert backend.secret_scalar((R - 1).to_bytes(32, "big")).public_key() == -backend.g2_generator
    for value in (0, R, R + 1, (1 << 256) - 1):
        with pytest.raises(DecodeError, match=r"^key: "):
            backend.secret_scalar(value.to_bytes(32, "big"), "key")
    for length in (0, 31, 33):
        with pytest.raises(DecodeError, match=r"^key: "):
            backend.secret_scalar(bytes(length - 1) + b"\1" if length else b"", "key")


@pytest.mark.parametrize("count", [0, 1, 2, 31, 32, 1030])
def test_quotients_multiply_back(count: int) -> None:
    chance = random.Random(count)
    x = chance.randrange(1, R)
    secret = backend.secret_scalar(x.to_bytes(32, "big"))
    point = backend.map_to_g1(chance.randbytes(128))
    es = [chance.randrange(R) for _ in range(count)]
    octets = secret.divide_by_sums(point, es)
    assert len(octets) == 48 * count
    quotients = backend.decode_g1_many(octets)
    for e, quotient in zip(es[:3] + es[-3:], quotients[:3] + quotients[-3:], strict=True):
        assert naive(quotient, (x + e) % R) == point
        assert secret.divide_by_sum(point, e) == quotient
    minus = R - x
    with pytest.raises(UsageError, match="zero"):
        secret.divide_by_sums(point, [*es, minus])
    with pytest.raises(UsageError, match="zero"):
        secret.divide_by_sum(point, minus)
    assert secret.divide_by_sum(point, minus - 1) == -point


def test_two_threads_at_once_get_the_same_results() -> None:
    points, scalars = points_and_scalars(12)
    expected = naive_sum(points, scalars)
    key = backend.prepare_g2(backend.g2_generator)
    minus = backend.prepare_g2(-backend.g2_generator)
    for _ in range(5):
        # Fresh tables each time, so that both threads come to build them.
        bases = backend.fixed_bases(points)

        def work(bases: Any = bases) -> bool:
            return all(
                bases.msm(scalars) == expected
                and bases.msm_vartime(scalars) == expected
                and backend.pairing_check([(expected, key), (expected, minus)])
                and backend.decode_g1(expected.encode()) == expected
                for _ in range(10)
            )

        with ThreadPoolExecutor(2) as pool:
            jobs = [pool.submit(work) for _ in range(2)]
            assert all(job.result() for job in jobs)


def test_long_messages_hash_like_short_ones() -> None:
    messages = [b"", b"m" * 5000, b"m" * 100] * 20
    for expander in Expander:
        together = backend.hash_to_scalars(messages, b"tag", expander)
        assert together == [
            int.from_bytes(expander.expand(message, b"tag", 48), "big") % R for message in messages
        ]
        secret = backend.secret_scalar((7).to_bytes(32, "big"))
        for suffix in (b"", b"s" * 5000):
            message = (7).to_bytes(32, "big") + suffix
            uniform = expander.expand(message, b"tag", 48)
            assert secret.hash_to_scalar(suffix, b"tag", expander) == (
                int.from_bytes(uniform, "big") % R
            )
            inner = backend.hash_to_secret_scalar(message, b"tag", expander)
            assert int.from_bytes(inner.export_secret(), "big") == (
                int.from_bytes(uniform, "big") % R
            )


def test_what_runs_is_said() -> None:
    info = backend.info()
    assert info["blst"].startswith("0.3.")
    assert {"kernel", "sha2", "sha3", "pyo3", "architecture", "assembly"} <= info.keys()


@pytest.mark.skipif(find_spec("mypy") is None, reason="mypy is not installed")
def test_stub_describes_the_module(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "zkproof_kernel"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert result.returncode == 0, result.stdout + result.stderr
