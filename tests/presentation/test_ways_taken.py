"""Which way an honest prover takes: one that holds, whatever else it has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.presentation.building import (
    BANK,
    NOW,
    OTHER_BANK,
    TODAY,
    deposit,
    identity,
    income,
    request,
)
from tests.presentation.publishing import version_of
from tests.presentation.ways import EITHER, answered, listed, other_deposit, trip
from zkproof.credential.credential import Credential
from zkproof.errors import ConflictError
from zkproof.presentation.presentation import PresentedCredential
from zkproof.presentation.report import Refusal, RefusalCode, Report
from zkproof.presentation.verify import verify
from zkproof.trust import ListKind, status_list_id

AT_MOST = """
policy modest v1
purpose "x"
credential i: identity from "did:web:dsi.gov.mo"
either
  credential a: deposit-certificate from any of registry "mo-banks"
  require a.balance <= 10_000.00 MOP
  require not revoked a
or
  credential s: income-statement from "did:web:dsf.gov.mo"
  require s.monthly_income <= 50_000.00 MOP
  require not revoked s
"""
"""Zeros, which stand for what is not held, fulfil both ways."""

RICH = deposit(balance=10_000_01)


@pytest.mark.parametrize(
    ("held", "holds"),
    [
        ({"s": income()}, True),
        ({"a": RICH, "s": income()}, True),
        ({"a": other_deposit(balance=10_000_01), "s": income()}, True),
        ({"a": deposit(balance=1), "s": income(monthly_income=5_000_001)}, True),
        ({"a": RICH}, False),
        ({"a": RICH, "s": income(monthly_income=5_000_001)}, False),
        ({}, False),
    ],
)
def test_way_that_only_zeros_would_fulfil_is_not_taken(
    held: dict[str, Credential], holds: bool
) -> None:
    if holds:
        assert isinstance(trip(AT_MOST, {"i": identity(), **held})[1], Report)
    else:
        with pytest.raises(ConflictError, match="does not hold"):
            trip(AT_MOST, {"i": identity(), **held})


@pytest.mark.parametrize(
    ("held", "holds"),
    [
        ({"a": deposit(valid_until=TODAY), "s": income(monthly_income=1)}, True),
        ({"a": deposit(valid_until=TODAY - 1), "s": income()}, True),
        ({"a": deposit(valid_from=TODAY + 1), "s": income()}, True),
        ({"a": deposit(), "s": income(valid_until=TODAY - 1)}, True),
        ({"a": deposit(valid_until=TODAY - 1), "s": income(monthly_income=1)}, False),
        ({"a": deposit(valid_until=TODAY - 1), "s": income(valid_until=TODAY - 1)}, False),
    ],
)
def test_way_of_a_credential_that_has_ended_is_not_taken(
    held: dict[str, Credential], holds: bool
) -> None:
    if holds:
        assert isinstance(trip(EITHER, {"i": identity(), **held})[1], Report)
    else:
        with pytest.raises(ConflictError, match="does not hold"):
            trip(EITHER, {"i": identity(), **held})


def test_issuer_whose_list_would_serve_two_purposes_is_refused() -> None:
    """The policy's list is by chance the status list of one of the issuers."""
    list_id = status_list_id(BANK.issuer_id, "deposit-certificate")
    policy = f"""
    policy p v1
    purpose "x"
    credential a: deposit-certificate from any of registry "mo-banks"
    require a.residency = MO or a.account_kind in list "{list_id}"
    require not revoked a
    """
    members = version_of(list_id, ListKind.MEMBERS)
    trust = listed()
    trust = replace(trust, lists={**trust.lists, list_id: (members,)})
    asked = request(policy)
    answer = answered(asked, {"a": other_deposit()}, trust)
    assert isinstance(verify(asked, answer.to_bytes(), trust, now=NOW + 10), Report)
    a = answer.credentials["a"]
    assert isinstance(a, PresentedCredential)
    assert a.issuer_id == OTHER_BANK.issuer_id
    other = replace(answer, credentials={"a": replace(a, issuer_id=BANK.issuer_id)})
    outcome = verify(asked, other.to_bytes(), trust, now=NOW + 10)
    assert isinstance(outcome, Refusal)
    assert outcome.code is RefusalCode.LIST_UNKNOWN
