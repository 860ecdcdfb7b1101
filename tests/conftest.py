"""Hypothesis profiles (modest by default, the same examples every time in CI, many at night), and
wallet files that open fast.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from zkproof.keys import sealed

# No deadline: the first call of a process builds tables, and machines are shared.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("nightly", deadline=None, max_examples=2000)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """scrypt with n = 2^10 in this test, for writing and for the least that is read."""
    monkeypatch.setattr(sealed, "_log_n", 10)
