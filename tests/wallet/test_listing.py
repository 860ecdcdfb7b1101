"""What the wallet's list says of a credential: ended, ending soon, valid, not yet."""

from __future__ import annotations

import pytest

from tests.presentation.building import TODAY, deposit
from zkproof.errors import UsageError
from zkproof.wallet.listing import SOON_DAYS, described

UNTIL = 400


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (TODAY - 1, "valid from"),
        (TODAY, "valid until"),
        (TODAY + UNTIL - SOON_DAYS - 1, "valid until"),
        (TODAY + UNTIL - SOON_DAYS, "ends in 30 days"),
        (TODAY + UNTIL - 1, "ends in 1 day"),
        (TODAY + UNTIL, "ends today"),
        (TODAY + UNTIL + 1, "expired 1 day ago"),
    ],
)
def test_list_says_until_when(day: int, said: str) -> None:
    credential = deposit(valid_from=TODAY, valid_until=TODAY + UNTIL)
    line = described(credential, day, "en")
    assert said in line
    assert "Bank A" in line


def test_list_is_in_the_holders_language() -> None:
    lines = {described(deposit(), TODAY, each) for each in ("en", "pt", "zh-Hans", "zh-Hant")}
    assert len(lines) == 4
    with pytest.raises(UsageError, match="language"):
        described(deposit(), TODAY, "tlh")
