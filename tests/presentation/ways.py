"""Policies with ways and hidden issuers, over the small world of `building`, and whole trips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from tests.presentation.building import (
    ALICE,
    BANK,
    DEPOSIT,
    NOW,
    OTHER_BANK,
    TAX_OFFICE,
    deposit,
    identity,
    income,
    issued,
    request,
    trust_view,
)
from tests.presentation.publishing import BANK_STATUS, gaps, tokens, version_of
from zkproof.credential.credential import Credential
from zkproof.credential.link_secret import LinkSecret
from zkproof.credential.list_proof import ListProof
from zkproof.presentation.presentation import Presentation, present
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.request import Request
from zkproof.presentation.verify import verify
from zkproof.trust import ListKind, Spread, TrustView, status_list_id

OTHER_STATUS = status_list_id(OTHER_BANK.issuer_id, "deposit-certificate")
INCOME_STATUS = status_list_id(TAX_OFFICE.issuer_id, "income-statement")
BANK_VERSION = version_of(BANK_STATUS, ListKind.STATUS)
OTHER_VERSION = version_of(OTHER_STATUS, ListKind.GAPS, spread=Spread.PREFIX)
INCOME_VERSION = version_of(INCOME_STATUS, ListKind.GAPS, spread=Spread.PREFIX)

EITHER = """
policy eligible v1
purpose "wealth management"
credential i: identity from "did:web:dsi.gov.mo"
either
  credential a: deposit-certificate from any of registry "mo-banks"
  require a.balance >= 500_000.00 MOP
  require not revoked a
or
  credential s: income-statement from "did:web:dsf.gov.mo"
  require s.monthly_income >= 30_000.00 MOP
  require not revoked s
same holder i, a, s
"""
"""Bank A's list has tokens, Bank B's and the tax office's have gaps."""

HIDDEN = """
policy funds v1
purpose "account opening"
credential i: identity from "did:web:dsi.gov.mo"
credential a: deposit-certificate from hidden any of registry "mo-banks" up to 5
same holder i, a
reveal a.residency
require a.balance >= 500_000.00 MOP
require not revoked a
"""


def listed(**changes: object) -> TrustView:
    """The trust view with status lists."""
    lists = {
        BANK_STATUS: (BANK_VERSION,),
        OTHER_STATUS: (OTHER_VERSION,),
        INCOME_STATUS: (INCOME_VERSION,),
    }
    return trust_view(**{"lists": lists, **changes})


@cache
def list_proofs() -> tuple[ListProof, ...]:
    """Record 4711 is in good standing at Bank A; 100 and 9000 are revoked elsewhere."""
    return (
        *tokens(BANK_VERSION, [4711, 5]),
        *gaps(OTHER_VERSION, [100, 9000]),
        *gaps(INCOME_VERSION, [100, 9000]),
    )


def other_deposit(link_secret: LinkSecret = ALICE, /, **changes: object) -> Credential:
    values = {**DEPOSIT, "rid": 815, **changes}
    return issued(OTHER_BANK, "deposit-certificate", values, link_secret)  # type: ignore[arg-type]


def holdings() -> dict[str, dict[str, Credential]]:
    """Each by which the policy `EITHER` is answered."""
    return {
        "token": {"i": identity(), "a": deposit()},
        "gap": {"i": identity(), "a": other_deposit()},
        "income": {"i": identity(), "s": income()},
        "both": {"i": identity(), "a": deposit(), "s": income()},
    }


def answered(
    asked: Request,
    credentials: Mapping[str, Credential],
    trust: TrustView,
    proofs: Sequence[ListProof] | None = None,
) -> Presentation:
    circuit = asked.circuit(trust.schemas)
    held = list_proofs() if proofs is None else proofs
    return present(asked, circuit, credentials, ALICE, trust, list_proofs=held)


def trip(
    policy: str,
    credentials: Mapping[str, Credential],
    *,
    trust: TrustView | None = None,
    later: TrustView | None = None,
    now: int = NOW + 10,
) -> tuple[Presentation, Report | Refusal]:
    """Ask, answer and verify. ``later`` is the verifier's view, when it is another one."""
    believed = trust or listed()
    asked = request(policy)
    answer = answered(asked, credentials, believed)
    return answer, verify(asked, answer.to_bytes(), later or believed, now=now)


def changed(trust: TrustView, issuer_id: str, **changes: object) -> TrustView:
    issuer = replace(trust.issuers[issuer_id], **changes)  # type: ignore[arg-type]
    return replace(trust, issuers={**trust.issuers, issuer_id: issuer})


def changed_key(trust: TrustView, issuer_id: str, **changes: object) -> TrustView:
    keys = trust.issuers[issuer_id].keys
    key = replace(keys["2026-1"], **changes)  # type: ignore[arg-type]
    return changed(trust, issuer_id, keys={**keys, "2026-1": key})


__all__ = ["BANK", "OTHER_BANK", "TAX_OFFICE"]
