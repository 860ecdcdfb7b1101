"""Entries in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger.building import (
    BANK,
    CHECKER,
    LIST,
    NOW,
    SCHEMA,
    authority,
    by_bank,
    epoch,
    filled,
    governed,
    policy,
    registration,
    rotation,
    verifier_registration,
)
from zkproof.errors import DecodeError
from zkproof.ledger.bodies import TYPES
from zkproof.ledger.entries import Entry
from zkproof.ledger.listing import _WORDS, about, iso_time, listed


def test_every_type_of_entry_has_words() -> None:
    assert set(_WORDS) == set(TYPES)


@pytest.mark.parametrize(
    ("entry", "subject", "details"),
    [
        (registration(), BANK, "Bank A, key 2026-1"),
        (rotation(), BANK, "key 2027-1, in place of 2026-1 (until 2026-09-22T14:13:20Z)"),
        (rotation(replaced_not_after=None), BANK, "key 2027-1, in place of 2026-1"),
        (
            by_bank("schema-publish", {"schema": SCHEMA.to_bytes()}),
            "deposit-certificate",
            f"version 1, digest {SCHEMA.digest.hex()}",
        ),
        (
            governed("registry-publish", {"registry": "r", "version": 2, "issuers": [BANK]}),
            "r",
            f"version 2: {BANK}",
        ),
        (authority(), LIST, "status, at no address"),
        (epoch(0), LIST, "version 0, 3 entries, until 2026-09-22T14:13:20Z"),
        (verifier_registration(), CHECKER, "Mortgage desk, key 1"),
        (policy(), "demo", f"version 1, circuit {'00' * 32}"),
        (
            governed("verifier-suspend", {"verifier": CHECKER, "reason": "supervision"}),
            CHECKER,
            "supervision",
        ),
    ],
)
def test_entry_says_whom_or_what_it_is_about(entry: Entry, subject: str, details: str) -> None:
    assert about(entry) == (subject, details)


def test_log_is_listed_with_positions_and_dates(tmp_path: Path) -> None:
    lines = list(listed(filled(tmp_path).store.entries()))
    assert [(each.position, each.kind, each.author) for each in lines[:3]] == [
        (0, "governance-root", "governance"),
        (1, "issuer-register", "governance"),
        (2, "document-anchor", BANK),
    ]
    assert {each.when for each in lines} == {"2026-09-21T14:13:20Z"}
    assert iso_time(NOW) == "2026-09-21T14:13:20Z"


def test_time_beyond_the_calendar_is_still_a_time() -> None:
    assert iso_time(1 << 52) == f"{1 << 52} s"


def test_octets_that_are_no_entry_are_named() -> None:
    with pytest.raises(DecodeError, match="entry 7: "):
        list(listed([b"junk"], start=7))
