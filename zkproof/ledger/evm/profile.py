"""What kind of chain carries a ledger: what a client may ask there, and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass

from zkproof.errors import UsageError


@dataclass(frozen=True, slots=True)
class Profile:
    """``finality`` is how many blocks stand on one that is believed; ``patience`` is how many
    seconds an append waits for that, ``stuck`` after how many a transaction is sent again with a
    higher fee.
    """

    name: str
    finality: int
    patience: int
    stuck: int
    fee_market: bool
    """Whether transactions may name a tip (EIP-1559)."""


ETHEREUM = Profile("ethereum", finality=64, patience=1800, stuck=90, fee_market=True)
"""Proof of stake: two epochs make a block final."""

FISCO = Profile("fisco", finality=0, patience=60, stuck=20, fee_market=False)
"""FISCO BCOS 3: a block is final when it is there (PBFT), none is made without a transaction, and
fees are usually zero.
"""

PROFILES = {each.name: each for each in (ETHEREUM, FISCO)}


def profile_of(name: str) -> Profile:
    """Raises `UsageError` for a name that is none."""
    found = PROFILES.get(name)
    if found is None:
        raise UsageError(f"profile: one of {', '.join(PROFILES)}")
    return found
