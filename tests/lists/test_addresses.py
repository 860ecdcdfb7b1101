"""Where values belong: a function of the value alone, and cells that nest."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkproof.credential.list_proof import spread_of
from zkproof.lists.address import address, cell_of, cells_of_gap
from zkproof.lists.layout import ENTRY_BYTES, cell_name, most_bits
from zkproof.trust import ListKind, Spread
from zkproof_circuits import library

VALUES = st.integers(1, (1 << 40) - 1)


@given(VALUES)
def test_address_is_computed_as_written_down(value: int) -> None:
    assert address(Spread.PREFIX, value) == value >> 8
    block = hashlib.sha256(b"zkproof block v2\0" + (value >> 8).to_bytes(5, "big")).digest()
    assert address(Spread.BLOCK, value) == int.from_bytes(block[:4], "big")
    hashed = hashlib.sha256(b"zkproof cell v2\0" + value.to_bytes(32, "big")).digest()
    assert address(Spread.HASH, value) == int.from_bytes(hashed[:4], "big")


@given(VALUES, st.sampled_from(list(Spread)), st.integers(1, 14))
def test_cells_nest(value: int, spread: Spread, bits: int) -> None:
    assert cell_of(spread, value, bits) >> 1 == cell_of(spread, value, bits - 1)
    assert cell_of(spread, value, 0) == 0


@given(VALUES, VALUES, st.sampled_from([Spread.PREFIX, Spread.BLOCK]), st.integers(0, 14))
def test_gap_is_in_the_cell_of_every_value_inside(
    first: int, second: int, spread: Spread, bits: int
) -> None:
    low, high = min(first, second) - 1, max(first, second) + 1
    cells = cells_of_gap(spread, low, high, bits)
    for value in (low + 1, (low + high) // 2, high - 1):
        assert cells is None or cell_of(spread, value, bits) in cells
    blocks = ((high - 1) >> 8) - ((low + 1) >> 8) + 1
    assert (cells is None) is (spread is Spread.BLOCK and bits > 0 and blocks > 16)


def test_bits_are_a_public_function_of_count_and_cap() -> None:
    whole = {ListKind.STATUS: 39_568, ListKind.MEMBERS: 26_214, ListKind.GAPS: 22_795}
    for kind, most in whole.items():
        assert most_bits(kind, most, 8) == 0
        assert most_bits(kind, most + 1, 8) > 0
        assert ENTRY_BYTES[kind] * most <= 2 << 20 < ENTRY_BYTES[kind] * (most + 1)
    assert [most_bits(ListKind.STATUS, 10**n, 8) for n in (4, 5, 6, 7, 8)] == [0, 5, 8, 8, 8]
    assert most_bits(ListKind.STATUS, 10**8, 14) == 14
    for count in (40_000, 10**5, 10**6, 10**7):
        assert count >> most_bits(ListKind.STATUS, count, 14) >= 2048


@pytest.mark.parametrize("bits", range(15))
def test_file_names_have_one_width(bits: int) -> None:
    assert {len(cell_name(bits, number)) for number in (0, (1 << bits) - 1)} == {12}


def test_spread_follows_from_the_attribute() -> None:
    identity = library.schema("identity")
    assert spread_of(identity, "rid") is Spread.PREFIX
    assert spread_of(identity, "person_number") is Spread.BLOCK
    assert spread_of(identity, "name") is Spread.HASH
