"""Every non-negative integer is of the form u^2 + u + v^2 + w^2, and it is found."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkproof.errors import ConflictError
from zkproof.sigma.three_squares import decompose


def check(value: int) -> None:
    u, v, w = decompose(value, random=os.urandom)
    assert min(u, v, w) >= 0
    assert u * u + u + v * v + w * w == value


def test_all_small_values_decompose() -> None:
    for value in range(20_000):
        check(value)


@given(st.integers(0, 2**170))
def test_values_of_every_size_decompose(value: int) -> None:
    check(value)


@pytest.mark.parametrize("root", [2**20, 2**40 + 1, 2**63, 3**50])
def test_perfect_squares_and_their_neighbours_decompose(root: int) -> None:
    for value in (root * root + root, root * root, root * root + root + 1, root * root - 1):
        check(value)


def test_negative_value_is_refused_without_saying_which() -> None:
    with pytest.raises(ConflictError) as caught:
        decompose(-5)
    assert "5" not in str(caught.value)
