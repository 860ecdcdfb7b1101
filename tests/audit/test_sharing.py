"""Shares and interpolation."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkproof.audit.sharing import (
    Polynomial,
    Share,
    committed_share,
    share_holds,
    weights_at_zero,
)
from zkproof.curve import R
from zkproof.errors import UsageError

SCALARS = st.integers(0, R - 1)


@given(st.data(), st.lists(SCALARS, min_size=1, max_size=6))
def test_any_threshold_of_shares_gives_the_constant(
    data: st.DataObject, coefficients: list[int]
) -> None:
    polynomial = Polynomial(coefficients)
    t = len(coefficients)
    parties = data.draw(st.lists(st.integers(1, 64), min_size=t, max_size=8, unique=True))
    weights = weights_at_zero(parties)
    shares = [polynomial.share(party)._expose() for party in parties]
    assert sum(w * s for w, s in zip(weights, shares, strict=True)) % R == coefficients[0]


@given(st.lists(SCALARS, min_size=2, max_size=6))
def test_one_share_less_fits_every_constant(coefficients: list[int]) -> None:
    """Whatever constant is guessed, some polynomial of this degree goes through the shares."""
    polynomial = Polynomial(coefficients)
    parties = list(range(1, len(coefficients)))
    shares = [polynomial.share(party)._expose() for party in parties]
    for guess in (0, 1, coefficients[0]):
        # Through (0, guess) and the shares, read off at one further party.
        w = weights_at_zero([*parties, 60])
        last = (guess - sum(a * b for a, b in zip(w, shares, strict=False))) * pow(w[-1], -1, R)
        assert sum(a * b for a, b in zip(w, [*shares, last], strict=True)) % R == guess


@given(st.lists(st.integers(1, R - 1), min_size=1, max_size=4), st.integers(1, 64))
def test_share_holds_against_the_commitments(coefficients: list[int], party: int) -> None:
    polynomial = Polynomial(coefficients)
    commitments, share = polynomial.commitments(), polynomial.share(party)
    assert share.public() == committed_share(commitments, party)
    assert share_holds(commitments, party, share)
    assert not share_holds(commitments, party, Share((share._expose() + 1) % R))
    if len(coefficients) > 1:
        assert not share_holds(commitments, party + 1, share)


@pytest.mark.parametrize("parties", [[1, 1], [0, 1], [-1, 2], [1, R]])
def test_weights_for_parties_that_cannot_be_are_refused(parties: list[int]) -> None:
    assert weights_at_zero([1, 2])
    with pytest.raises(UsageError, match="parties"):
        weights_at_zero(parties)


def test_polynomial_shows_nothing() -> None:
    polynomial = Polynomial([123456789, 987654321])
    assert "123456789" not in repr(polynomial) + str(polynomial)
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy, hash):
        with pytest.raises(TypeError):
            attempt(polynomial)
    assert polynomial != Polynomial([123456789, 987654321])
