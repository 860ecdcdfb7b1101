"""Whether a receipt is one that its verifier gave: what a regulator or a holder can check alone.

1. The ledger had the size and root that it names; `zkproof.ledger.ledger.Ledger.trust_at` sees to
   that and gives the view of that time.
2. Its verifier was on the ledger then, under this name and key, and not suspended.
3. The signature is one by that key.
4. It was made in the request's time, and not in the future.

Nothing here says what was shown: a receipt holds digests and names, and no values.
"""

from __future__ import annotations

from enum import StrEnum

from zkproof.presentation.receipt import PROVEN, Receipt
from zkproof.presentation.request import wrong_times
from zkproof.trust import TrustView

CLOCK_SKEW = 60
"""Seconds by which clocks may differ."""


class Finding(StrEnum):
    """What is wrong with a receipt."""

    VERIFIER_UNKNOWN = "verifier-unknown"
    VERIFIER_SUSPENDED = "verifier-suspended"
    VERIFIER_RENAMED = "verifier-renamed"
    WRONG_KEY = "wrong-key"
    NOT_SIGNED = "not-signed"
    WRONG_TIMES = "wrong-times"
    IN_THE_FUTURE = "in-the-future"


def check_signed(receipt: Receipt, trust: TrustView, *, now: int) -> tuple[Finding, ...]:
    """Everything wrong with a receipt; nothing when it holds. ``trust`` is the view of its time."""
    found = []
    named = receipt.verifier
    verifier = trust.verifiers.get(named.verifier_id)
    if verifier is None:  # 2.
        found.append(Finding.VERIFIER_UNKNOWN)
    else:
        if verifier.suspended:
            found.append(Finding.VERIFIER_SUSPENDED)
        if verifier.name != named.name:
            found.append(Finding.VERIFIER_RENAMED)
        if verifier.key_id != named.key_id:
            found.append(Finding.WRONG_KEY)
        elif not receipt.signed_by(verifier.public_key):  # 3.
            found.append(Finding.NOT_SIGNED)
    in_time = receipt.issued_at - CLOCK_SKEW <= receipt.verified_at <= receipt.expires_at
    if wrong_times(receipt.today, receipt.issued_at, receipt.expires_at) is not None or (
        receipt.result == PROVEN and not in_time  # 4.
    ):
        found.append(Finding.WRONG_TIMES)
    if receipt.verified_at > now + CLOCK_SKEW:
        found.append(Finding.IN_THE_FUTURE)
    return tuple(found)
