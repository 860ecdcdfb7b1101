"""Tags of a period are made from link secrets that are older than the period."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.issuer.building import added
from tests.presentation.building import (
    ALICE,
    BANK,
    DEPOSIT,
    KEYS,
    LEDGER,
    NOW,
    SIGNER,
    TODAY,
    VERIFIER,
)
from tests.presentation.test_scopes import PLEDGE, TRUST
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import accept, commit, issue, make_offer
from zkproof.errors import ConflictError, IssuanceError, SchemaError
from zkproof.issuer.records import IssuanceRecords
from zkproof.presentation.presentation import present
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.request import Request, open_request
from zkproof.presentation.scopes import binding_days, resolve_scopes
from zkproof.presentation.verify import verify
from zkproof.sigma.three_squares import decompose
from zkproof.wallet.asker import WalletRules
from zkproof.wallet.content import Content
from zkproof.wallet.reasons import ReasonCode, ReviewRefused
from zkproof.wallet.review import review
from zkproof_circuits import library
from zkproof_circuits.labels import Labels
from zkproof_circuits.schema import Attribute, Schema
from zkproof_circuits.types import Date

PLAIN = library.schema("deposit-certificate")
BOUND = replace(
    PLAIN,
    id="bound-deposit",
    attributes=(*PLAIN.attributes, Attribute("bound_since", Date(), Labels("bound since"))),
    roles=replace(PLAIN.roles, bound_since="bound_since"),
)
KEY = KEYS[BANK.issuer_id]
VIEW = replace(TRUST, schemas={**TRUST.schemas, BOUND.digest: BOUND})
YEAR_START = TODAY - 263
"""The first day of the year in which the tests play."""


def certificate(bound_since: int, schema: Schema = BOUND) -> Credential:
    offer = make_offer(KEY, BANK, schema, expires_at=NOW + 600)
    commitment, blind = commit(offer, ALICE)
    values = {**DEPOSIT, "bound_since": bound_since} if schema is BOUND else DEPOSIT
    received = issue(KEY, offer, values, commitment, now=NOW)
    return accept(offer, received, link_secret=ALICE, blind=blind)


def asked(statement: str, reveal: str = "") -> Request:
    text = (
        'policy p v1\npurpose "t"\ncredential a: bound-deposit from "did:web:bank-a.mo"\n'
        f"{reveal}{statement}\n"
    )
    schemas = tuple(VIEW.schemas.values())
    return open_request(
        SIGNER, VERIFIER, text, schemas, ledger_id=LEDGER, checkpoint=VIEW.checkpoint, now=NOW
    )


def outcome(request: Request, bound_since: int) -> Report | Refusal:
    circuit = request.circuit(VIEW.schemas)
    held = {"a": certificate(bound_since)}
    return verify(request, present(request, circuit, held, ALICE, VIEW).to_bytes(), VIEW, now=NOW)


PERIODS = {
    "year": ('tag of a.account_hash for scope "x" per year', YEAR_START),
    "month": ('pseudonym for scope "x" per month', TODAY - 20),
    "day": ('pseudonym for scope "x" per day', TODAY),
    "shared, begun within its year": (
        'tag of a.account_hash for shared scope "governance#pledge"',
        PLEDGE.since,
    ),
}


@pytest.mark.parametrize(("statement", "last"), PERIODS.values(), ids=PERIODS.keys())
def test_secret_is_as_old_as_the_period(statement: str, last: int) -> None:
    request = asked(statement)
    scopes = resolve_scopes(request.circuit(VIEW.schemas), VERIFIER.verifier_id, VIEW, today=TODAY)
    assert binding_days(request.circuit(VIEW.schemas), scopes) == {"a": last}
    for bound_since in (0, last):
        assert isinstance(outcome(request, bound_since), Report)
    with pytest.raises(ConflictError):
        outcome(request, last + 1)


def test_prover_without_checks_cannot_show_a_younger_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    statement, last = PERIODS["year"]
    request = asked(statement)
    monkeypatch.setattr(
        "zkproof.sigma.inequality.decompose",
        lambda value, *, random: decompose(max(value, 0), random=random),
    )
    assert isinstance(outcome(request, last), Report)
    assert isinstance(outcome(request, last + 1), Refusal)


def test_scope_without_a_period_asks_nothing_of_the_secrets_age() -> None:
    assert isinstance(outcome(asked('pseudonym for scope "x"'), TODAY), Report)


def test_disclosed_day_is_compared_in_the_open() -> None:
    statement, last = PERIODS["year"]
    request = asked(statement, "reveal a.bound_since\n")
    assert isinstance(outcome(request, last), Report)
    with pytest.raises(ConflictError, match="bound after"):
        outcome(request, last + 1)


def test_wallet_says_that_the_secret_is_too_young() -> None:
    statement, last = PERIODS["year"]

    def reviewed(bound_since: int) -> object:
        content = Content(ALICE, {"mine": certificate(bound_since)})
        return review(
            content,
            asked(statement),
            VIEW,
            now=NOW,
            rules=WalletRules(),
            preferred=None,
            remember=lambda _: None,
        )

    assert reviewed(last)
    with pytest.raises(ReviewRefused) as caught:
        reviewed(last + 1)
    (reason,) = caught.value.reasons
    assert (reason.code, reason.fact) == (ReasonCode.BOUND_TOO_LATE, "2026-01-02")


def test_day_is_the_issuers_to_fill_in() -> None:
    blind = Attribute("bound_since", Date(), Labels("bound since"), blind=True)
    with pytest.raises(SchemaError, match=r"roles\.bound_since: .* for the issuer"):
        replace(BOUND, attributes=(*PLAIN.attributes, blind))
    records = IssuanceRecords(None)
    values = {name: value for name, value in DEPOSIT.items() if name != "rid"}
    offers = [
        added(records, each, values, signing_key=KEY, issuer=BANK, expires_at=NOW + 600)
        for each in (PLAIN, BOUND)
    ]
    plain, bound = ((offer, commit(offer, ALICE)[0]) for offer in offers)
    records.answer(plain[0].offer_id, plain[1], signing_key=KEY, now=NOW)
    with pytest.raises(IssuanceError, match="ask about it"):
        records.answer(bound[0].offer_id, bound[1], signing_key=KEY, now=NOW)
