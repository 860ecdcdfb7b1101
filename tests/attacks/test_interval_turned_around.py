"""An interval whose ends are swapped: the product form of "between" then accepts the outside.

Seen in: range checks written as ``(x - lo) * (hi - x) >= 0`` without ``lo <= hi``: with both
factors negative the product is positive.
"""

from __future__ import annotations

import pytest

from tests.presentation.building import TODAY, deposit
from zkproof.errors import SchemaError


def test_no_issuer_signs_a_validity_that_ends_before_it_begins() -> None:
    assert deposit(valid_from=TODAY - 5, valid_until=TODAY - 5).signature
    with pytest.raises(SchemaError, match="valid_until: before valid_from"):
        deposit(valid_from=TODAY + 5, valid_until=TODAY - 5)
