"""Finding the value behind a point."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.building import value_point
from zkproof import curve
from zkproof.audit import values
from zkproof.audit.values import MAX_TABLE_BITS, MAX_VALUE, ValueSearch, find_registered
from zkproof.curve import R
from zkproof.errors import UsageError

SEARCH = ValueSearch(1 << 24)


def test_every_value_up_to_the_bound_is_found() -> None:
    """All of them, with a table so small that there are many windows."""
    for bound in (0, 1, 2, 3, 10, 57, 200):
        search = ValueSearch(bound, table_bits=2)
        for value in range(bound + 1):
            assert search.find(value_point(value)) == value
        for outside in (bound + 1, bound + 2, bound + 40, -1, -2):
            assert search.find(value_point(outside)) is None


@given(st.integers(0, 1 << 24))
def test_values_are_found_with_the_table_made_once(value: int) -> None:
    assert SEARCH.find(value_point(value)) == value


@pytest.mark.parametrize("value", [0, 1, (1 << 24) - 1, 1 << 24])
def test_ends_of_the_interval_are_found(value: int) -> None:
    assert SEARCH.find(value_point(value)) == value


@pytest.mark.parametrize("value", [(1 << 24) + 1, 1 << 40, -1, R // 2])
def test_values_outside_the_interval_are_not_found(value: int) -> None:
    assert SEARCH.find(value_point(value)) is None


def test_point_that_is_no_multiple_known_is_not_found() -> None:
    assert SEARCH.find(curve.g1_generator) is None


def test_hits_of_the_table_that_are_none_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every point in one bucket under keys of one bit, nearly every look-up hits."""

    def crowded(octets: bytes) -> tuple[int, bytes]:
        return 0, bytes((octets[-1] & 1,)) * 5

    monkeypatch.setattr(values, "_place", crowded)
    search = ValueSearch(300, table_bits=3)
    for value in range(301):
        assert search.find(value_point(value)) == value
    assert search.find(value_point(301)) is None


def test_table_is_no_longer_than_it_may_be() -> None:
    assert ValueSearch(1 << 24, table_bits=4).entries == 16
    assert ValueSearch(1 << 24, table_bits=4).steps == (1 << 24) // 33 + 1
    assert ValueSearch(200, table_bits=22).entries == 10
    records = sum(len(bucket) for bucket in ValueSearch(1 << 24, table_bits=10)._buckets)
    assert records == 1024 * values._RECORD_BYTES


def test_progress_is_told_of_table_and_search() -> None:
    said: list[tuple[int, int]] = []
    search = ValueSearch(1 << 28, table_bits=13, progress=lambda *step: said.append(step))
    assert said == [(4096, 8192), (8192, 8192)]
    said.clear()
    assert search.find(value_point(1 << 28), progress=lambda *step: said.append(step)) == 1 << 28
    assert [done for done, _ in said] == sorted({done for done, _ in said})
    assert all(total == search.steps for _, total in said)


@pytest.mark.parametrize(
    ("max_value", "table_bits"), [(-1, 4), (MAX_VALUE + 1, 4), (16, -1), (16, MAX_TABLE_BITS + 1)]
)
def test_bounds_out_of_range_are_refused(max_value: int, table_bits: int) -> None:
    with pytest.raises(UsageError):
        ValueSearch(max_value, table_bits=table_bits)


def test_registered_value_of_any_size_is_found() -> None:
    registered = [5, 99_001, R - 7, 1 << 200]
    for value in registered:
        assert find_registered(value_point(value), registered) == value
    assert find_registered(value_point(6), registered) is None
    assert find_registered(value_point(6), []) is None


@pytest.mark.slow
@pytest.mark.parametrize("bits", [40, 44])
def test_long_values_are_found(bits: int) -> None:
    search = ValueSearch(1 << bits)
    for value in (0, (1 << bits) - 12_345, 1 << bits):
        assert search.find(value_point(value)) == value
