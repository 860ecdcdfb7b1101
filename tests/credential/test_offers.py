"""Offers: what a wallet checks before it commits, and what a credential has to be when it comes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.presentation.building import (
    ALICE,
    BANK,
    DEPOSIT,
    KEYS,
    LEDGER,
    NOW,
    OTHER_BANK,
    trust_view,
)
from zkproof.credential.issuing import Offer, accept, commit, issue, make_offer
from zkproof.credential.offer_check import check_offer
from zkproof.errors import IssuanceError
from zkproof.trust import IssuerKey, TrustView
from zkproof_circuits import library

SCHEMA = library.schema("deposit-certificate")
KEY = KEYS[BANK.issuer_id]
OFFER = make_offer(KEY, BANK, SCHEMA, expires_at=NOW + 600)
TRUST = trust_view()


def issuer_with(*keys: IssuerKey, **changes: object) -> TrustView:
    known = TRUST.issuers[BANK.issuer_id]
    by_id = {key.key_id: key for key in (*known.keys.values(), *keys)}
    bank = replace(known, keys=by_id, **changes)  # type: ignore[arg-type]
    return replace(TRUST, issuers={**TRUST.issuers, BANK.issuer_id: bank})


def key_of(**changes: object) -> IssuerKey:
    known = TRUST.issuers[BANK.issuer_id].keys[BANK.key_id]
    return replace(known, **changes)  # type: ignore[arg-type]


def test_offer_under_the_signing_key_may_be_answered() -> None:
    check_offer(OFFER, TRUST, NOW)
    check_offer(OFFER, TRUST, NOW + 600)
    assert Offer.from_bytes(OFFER.to_bytes()) == OFFER
    later = key_of(key_id="2027-1", public_key=bytes(96), not_before=NOW + 1)
    check_offer(OFFER, issuer_with(later), NOW)


NEWER = replace(SCHEMA, version=SCHEMA.version + 1)
WRONG: dict[str, tuple[Offer, TrustView, str]] = {
    "another ledger": (
        replace(OFFER, issuer=replace(BANK, ledger_id="ledger.elsewhere")),
        TRUST,
        "for the ledger",
    ),
    "issuer unknown": (
        replace(OFFER, issuer=replace(BANK, issuer_id="did:web:bank-z.mo")),
        TRUST,
        "no issuer on the ledger",
    ),
    "issuer suspended": (OFFER, issuer_with(suspended=True), "suspended"),
    "issuer under another name": (
        replace(OFFER, issuer=replace(BANK, name="Bank \u0410")),
        TRUST,
        "names its issuer",
    ),
    "key of its own for one customer": (
        replace(OFFER, issuer=replace(BANK, key_id="2026-1b")),
        issuer_with(key_of(key_id="2026-1b", not_before=NOW - 10**7)),
        "at this time",
    ),
    "somebody else's key under this key identifier": (
        replace(OFFER, public_key=KEYS[OTHER_BANK.issuer_id].public_key.octets),
        TRUST,
        "at this time",
    ),
    "key revoked": (OFFER, issuer_with(key_of(revoked_at=NOW - 1)), "at this time"),
    "key over": (OFFER, issuer_with(key_of(not_after=NOW - 1)), "at this time"),
    "key replaced": (
        OFFER,
        issuer_with(key_of(key_id="2027-1", public_key=bytes(96), not_before=NOW)),
        "at this time",
    ),
    "schema unknown": (
        OFFER,
        replace(TRUST, schemas={d: s for d, s in TRUST.schemas.items() if d != SCHEMA.digest}),
        "not on the ledger",
    ),
    "schema that has a newer version": (
        OFFER,
        replace(TRUST, schemas={**TRUST.schemas, NEWER.digest: NEWER}),
        "has version 2",
    ),
}


@pytest.mark.parametrize(("offer", "trust", "reason"), WRONG.values(), ids=WRONG.keys())
def test_offer_that_a_wallet_does_not_answer(offer: Offer, trust: TrustView, reason: str) -> None:
    with pytest.raises(IssuanceError, match=reason):
        check_offer(offer, trust, NOW)


def test_expired_offer_is_not_answered() -> None:
    check_offer(OFFER, TRUST, OFFER.expires_at)
    with pytest.raises(IssuanceError, match="expired"):
        check_offer(OFFER, TRUST, OFFER.expires_at + 1)


def test_credential_is_the_one_that_was_offered() -> None:
    """Its ledger, its issuer's name and its signature, each as offered."""
    commitment, blind = commit(OFFER, ALICE)
    received = issue(KEY, OFFER, DEPOSIT, commitment, now=NOW)
    assert received.ledger_id == LEDGER
    accept(OFFER, received, link_secret=ALICE, blind=blind)
    for other in (
        replace(received, ledger_id="ledger.elsewhere"),
        replace(received, issuer_name="Bank \u0410"),
        replace(received, key_id="2027-1"),
    ):
        with pytest.raises(IssuanceError, match="not what was offered"):
            accept(OFFER, other, link_secret=ALICE, blind=blind)


def test_signature_covers_the_ledger() -> None:
    """One key on two ledgers: what was made for one does not verify on the other."""
    elsewhere = replace(OFFER, issuer=replace(BANK, ledger_id="ledger.elsewhere"))
    commitment, blind = commit(elsewhere, ALICE)
    received = issue(KEY, elsewhere, DEPOSIT, commitment, now=NOW)
    accept(elsewhere, received, link_secret=ALICE, blind=blind)
    with pytest.raises(IssuanceError, match="signature"):
        accept(OFFER, replace(received, ledger_id=LEDGER), link_secret=ALICE, blind=blind)
