"""Wallet files that open fast."""

from __future__ import annotations

import pytest

from zkproof.keys import sealed


@pytest.fixture
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """scrypt with n = 2^10 in this test, for writing and for the least that is read."""
    monkeypatch.setattr(sealed, "_log_n", 10)
