"""The choice of proof parameters: exact at every limit."""

from __future__ import annotations

import pytest

from zkproof.errors import UsageError
from zkproof_circuits.bounds import GROUP_ORDER, Parameters, polynomial_interval, select_repetitions


def test_group_order_is_that_of_bls12_381() -> None:
    x = -0xD201000000010000
    assert x**4 - x**2 + 1 == GROUP_ORDER


@pytest.mark.parametrize(
    ("bound", "repetitions"),
    [
        (1, 2),
        (2**63, 2),
        (2**108 - 1, 2),  # 54 bits of witness, 64 of digit, 8 to spare: 126
        (2**108, 3),
        (2**150 - 1, 3),  # 75 bits of witness
        (2**150, 4),
        (2**172 - 1, 4),  # 86 bits of witness
    ],
)
def test_witness_length_decides_when_values_are_positive(bound: int, repetitions: int) -> None:
    assert select_repetitions([(0, bound)]) == repetitions


@pytest.mark.parametrize(
    ("bound", "repetitions"),
    [(2**126, 2), (2**127, 3), (2**168, 3), (2**169, 4), (2**189, 4)],
)
def test_wrapping_decides_when_values_are_negative(bound: int, repetitions: int) -> None:
    assert select_repetitions([(-bound, 5)]) == repetitions


@pytest.mark.parametrize("interval", [(0, 2**172), (-(2**191), 0)])
def test_what_fits_no_row_is_refused(interval: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="more than can be proven"):
        select_repetitions([interval])


def test_limit_of_a_row_is_where_the_sum_of_squares_could_wrap() -> None:
    for bits in (64, 43, 32):
        room = GROUP_ORDER - 3 * (2**126 - 1) ** 2 - 2 ** (126 + bits)
        largest = (room - 1) >> (2 * bits)
        row = {64: 2, 43: 3, 32: 4}[bits]
        assert select_repetitions([(-largest, 0)]) == row
        if row < 4:
            assert select_repetitions([(-largest - 1, 0)]) == row + 1
        else:
            with pytest.raises(UsageError):
                select_repetitions([(-largest - 1, 0)])


def test_largest_interval_decides_for_all() -> None:
    assert select_repetitions([(0, 1), (0, 2**109), (0, 5)]) == 3


def test_nothing_to_prove_has_no_parameters() -> None:
    with pytest.raises(UsageError):
        Parameters.select([])


@pytest.mark.parametrize("bound", [1, 2**109, 2**151])
def test_digits_make_up_the_challenge(bound: int) -> None:
    parameters = Parameters.select([(0, bound)])
    challenge = 0x0123456789ABCDEFFEDCBA9876543210
    digits = parameters.digits(challenge)
    assert len(digits) == parameters.repetitions
    assert all(digit < 1 << parameters.digit_bits for digit in digits)
    assert challenge == sum(d << (parameters.digit_bits * k) for k, d in enumerate(digits))


def test_product_of_three_variables_has_no_interval() -> None:
    with pytest.raises(UsageError, match="degree"):
        polynomial_interval([(("x", "y", "z"), 1)], lambda _: (0, 1))
