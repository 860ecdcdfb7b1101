"""Which backend runs, and what is said about it."""

from __future__ import annotations

import pytest

from zkproof.curve.choice import ORDER, VARIABLE, available, choose, load
from zkproof.errors import BackendError


def test_the_fastest_one_present_is_chosen() -> None:
    present = [name for name in ORDER if available()[name] is None]
    choice = choose({})
    assert choice.backend.name == present[0]
    assert choice.reason.startswith("the fastest one present")


def test_the_environment_names_another() -> None:
    for name in ORDER:
        if available()[name] is None:
            choice = choose({VARIABLE: name})
            assert choice.backend.name == name
            assert VARIABLE in choice.reason


def test_unknown_backend_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BackendError, match="unknown backend") as caught:
        load("sage")
    assert caught.value.hint is not None
    assert all(name in caught.value.hint for name in ORDER)
