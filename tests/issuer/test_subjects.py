"""One customer, one link secret: what an issuer's records keep through every renewal."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.presentation.building import (
    ALICE,
    AUTHORITY,
    BANK,
    DEPOSIT,
    IDENTITY,
    KEYS,
    MALLORY,
    NOW,
    TODAY,
    deposit,
)
from tests.presentation.renewing import ADMINS, PROOFS, RENEWAL, TRUST
from tests.presentation.test_binding import BOUND
from tests.presentation.test_issuance import tag_of
from zkproof.bbs.secret import ProverBlind
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import IssuerIdentity, accept, commit, joined_secret, make_offer
from zkproof.credential.link_secret import LinkSecret
from zkproof.errors import IssuanceError, NotFoundError, UsageError
from zkproof.issuer.offering import add_offer
from zkproof.issuer.records import IssuanceRecords
from zkproof.issuer.subjects import Subjects
from zkproof.presentation.issuance import (
    IssuanceRequest,
    answer,
    ask,
    check_issuance_request,
)
from zkproof.trust import TrustView
from zkproof_circuits import library
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value

DAY = 86_400
CHAN, LEONG = "customer 4711", "customer 4712"
EXPECTED: Mapping[str, Value] = {"old.account_hash": b"\x01" * 32}
YEAR = 366 * DAY


class Office:
    """A bank's records, and what passes over its counter."""

    def __init__(
        self,
        path: Path | None = None,
        identity: IssuerIdentity = BANK,
        schema: str | Schema = "deposit-certificate",
        values: Mapping[str, Value] = DEPOSIT,
    ) -> None:
        self.records = IssuanceRecords(path)
        self.subjects = Subjects(self.records)
        self.identity = identity
        self.schema = schema if isinstance(schema, Schema) else library.schema(schema)
        self.trust = replace(TRUST, schemas={**TRUST.schemas, self.schema.digest: self.schema})
        self.values = {name: value for name, value in values.items() if name != "rid"}
        self.key = KEYS[identity.issuer_id]

    def asked(
        self,
        subject: str,
        policy: str | None = None,
        expected: Mapping[str, Value] | None = None,
        *,
        adds_share: bool = False,
    ) -> IssuanceRequest:
        made = make_offer(self.key, self.identity, self.schema, expires_at=NOW + 600)
        add_offer(self.records, made, self.values, reference=subject)
        admin = ADMINS[self.identity.issuer_id]
        request = ask(
            admin,
            made,
            policy,
            library.all_schemas(),
            checkpoint=TRUST.checkpoint,
            now=NOW,
            adds_share=adds_share,
        )
        self.subjects.ask(request, subject, expected)
        return request

    def signed(self, data: bytes, now: int = NOW) -> Credential:
        return self.subjects.answer(data, self.trust, signing_key=self.key, now=now)

    def issued(self, subject: str, secret: LinkSecret, now: int = NOW) -> Credential:
        """A certificate for which only the issuer's pseudonym is asked."""
        request = self.asked(subject)
        data, blind = replied(request, secret, trust=self.trust)
        return accept(request.offer, self.signed(data, now), link_secret=secret, blind=blind)


def replied(
    request: IssuanceRequest,
    secret: LinkSecret,
    shown: Mapping[str, Credential] | None = None,
    trust: TrustView = TRUST,
) -> tuple[bytes, ProverBlind]:
    circuit = check_issuance_request(request, trust, NOW)
    return answer(request, secret, trust, circuit=circuit, credentials=shown, list_proofs=PROOFS)


def test_customer_keeps_one_secret_through_renewals() -> None:
    office = Office()
    first = office.issued(CHAN, ALICE)
    assert office.subjects.bound_on(CHAN) == TODAY
    assert office.issued(CHAN, ALICE).issuer_id == first.issuer_id
    request = office.asked(CHAN)
    data, _ = replied(request, MALLORY)
    with pytest.raises(IssuanceError, match="another link secret"):
        office.signed(data)
    assert not office.records.answered(request.offer.offer_id)
    office.signed(replied(request, ALICE)[0])
    assert tag_of(first) == tag_of(office.issued(CHAN, ALICE))


def test_same_answer_gets_the_same_certificate_and_another_answer_none() -> None:
    office = Office()
    request = office.asked(CHAN)
    data, _ = replied(request, ALICE)
    made = office.signed(data)
    assert office.signed(data, NOW + 10**6) == made
    with pytest.raises(IssuanceError, match="another commitment"):
        office.signed(replied(request, ALICE)[0])
    with pytest.raises(IssuanceError, match="answered already"):
        office.subjects.ask(request, LEONG)


def test_plain_commitment_does_not_serve_where_more_was_asked() -> None:
    office = Office()
    request = office.asked(CHAN)
    commitment, _ = commit(request.offer, ALICE)
    with pytest.raises(IssuanceError, match="a commitment alone"):
        office.records.answer(request.offer.offer_id, commitment, signing_key=office.key, now=NOW)
    office.signed(replied(request, ALICE)[0])


def test_two_customers_do_not_have_one_secret() -> None:
    office = Office()
    office.issued(CHAN, ALICE)
    office.issued(LEONG, MALLORY)
    with pytest.raises(IssuanceError, match="was another's"):
        office.issued("customer 4713", ALICE)
    office.issued("customer 4713", LinkSecret.generate())


def test_renewal_by_the_old_certificate_is_for_its_account() -> None:
    office = Office()

    office.issued(CHAN, ALICE)
    request = office.asked(CHAN, RENEWAL, EXPECTED)
    other, _ = replied(request, ALICE, {"old": deposit(account_hash=b"\x09" * 32)})
    with pytest.raises(IssuanceError, match="not the one of this customer"):
        office.signed(other)
    data, blind = replied(request, ALICE, {"old": deposit()})
    accept(request.offer, office.signed(data), link_secret=ALICE, blind=blind)


def test_offer_about_which_more_was_asked_is_not_renewed_without_it() -> None:
    office = Office()
    request = office.asked(CHAN)
    other = make_offer(office.key, office.identity, office.schema, expires_at=NOW + 600)
    with pytest.raises(IssuanceError, match="more was asked"):
        office.records.renew(request.offer.offer_id, other)
    plain = make_offer(office.key, office.identity, office.schema, expires_at=NOW + 600)
    add_offer(office.records, plain, office.values)
    office.records.renew(plain.offer_id, other)
    assert office.records.offers() == [request.offer.offer_id, other.offer_id]


def test_offer_that_nothing_was_asked_about_takes_no_such_answer() -> None:
    office, other = Office(), Office()
    data, _ = replied(other.asked(CHAN), ALICE)
    other.signed(data)
    with pytest.raises(IssuanceError, match="nothing was asked about"):
        office.signed(data)
    with pytest.raises(NotFoundError, match="not one of this issuer's"):
        office.subjects.ask(other.asked(CHAN), CHAN)
    with pytest.raises(UsageError, match="reference is needed"):
        office.subjects.ask(office.asked(CHAN), "")


def test_certificate_and_secret_are_stored_together_or_not_at_all(tmp_path: Path) -> None:
    """A crash after signing, before the pseudonym is stored."""
    office = Office(tmp_path / "book.db")
    request = office.asked(CHAN)
    data, _ = replied(request, ALICE)
    breaking = sqlite3.connect(tmp_path / "book.db")
    breaking.execute(
        "CREATE TRIGGER crash BEFORE INSERT ON subject"
        " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    )
    breaking.commit()
    with pytest.raises(sqlite3.IntegrityError, match="disk is full"):
        office.signed(data)
    assert not office.records.answered(request.offer.offer_id)
    breaking.execute("DROP TRIGGER crash")
    breaking.commit()
    again = Office(tmp_path / "book.db")
    assert again.subjects.bound_on(CHAN) is None
    again.signed(data)
    assert again.subjects.bound_on(CHAN) == TODAY


# A lost wallet


def test_another_secret_is_bound_after_all_certificates_were_revoked() -> None:
    office = Office()
    first, second = (office.asked(CHAN) for _ in range(2))
    for request in (first, second):
        office.signed(replied(request, ALICE)[0])
    with pytest.raises(IssuanceError, match="2 certificates are not revoked"):
        office.subjects.rebind(CHAN, now=NOW)
    office.records.revoke(first.offer.offer_id, "wallet lost", now=NOW)
    with pytest.raises(IssuanceError, match="1 certificates are not revoked"):
        office.subjects.rebind(CHAN, now=NOW)
    office.records.revoke(second.offer.offer_id, "wallet lost", now=NOW)
    office.subjects.rebind(CHAN, now=NOW)
    assert office.subjects.rebound_on(CHAN) == TODAY
    new = office.issued(CHAN, MALLORY)
    assert office.subjects.bound_on(CHAN) == TODAY
    assert new.issuer_id == BANK.issuer_id
    with pytest.raises(IssuanceError, match="another link secret"):
        office.issued(CHAN, ALICE)


def test_secret_that_was_replaced_is_nobodys_any_more() -> None:
    office = Office()
    _lost(office)
    for subject in (LEONG, CHAN):
        with pytest.raises(IssuanceError, match="was replaced"):
            office.issued(subject, ALICE)
    office.issued(CHAN, MALLORY)


def test_secret_is_replaced_once_a_year() -> None:
    office = Office()
    _lost(office)
    request = office.asked(CHAN)
    office.signed(replied(request, MALLORY)[0])
    office.records.revoke(request.offer.offer_id, "lost again", now=NOW)
    with pytest.raises(IssuanceError, match="this year already"):
        office.subjects.rebind(CHAN, now=NOW + DAY)
    office.subjects.rebind(CHAN, now=NOW + YEAR)


def test_who_has_no_secret_has_none_to_replace() -> None:
    office = Office()
    with pytest.raises(IssuanceError, match="no link secret"):
        office.subjects.rebind(CHAN, now=NOW)
    _lost(office)
    with pytest.raises(IssuanceError, match="no link secret"):
        office.subjects.rebind(CHAN, now=NOW + YEAR)


def _lost(office: Office) -> None:
    """A customer whose one certificate was revoked, and whose secret may be replaced."""
    request = office.asked(CHAN)
    office.signed(replied(request, ALICE)[0])
    office.records.revoke(request.offer.offer_id, "wallet lost", now=NOW)
    office.subjects.rebind(CHAN, now=NOW)


def test_certificate_says_since_when_its_secret_is_bound() -> None:
    """Never replaced, the first of all days; replaced, the day of that."""

    office = Office(None, BANK, BOUND)
    request = office.asked(CHAN)
    first = office.signed(replied(request, ALICE, trust=office.trust)[0])
    assert first.values["bound_since"] == 0
    office.records.revoke(request.offer.offer_id, "wallet lost", now=NOW)
    office.subjects.rebind(CHAN, now=NOW)
    assert office.issued(CHAN, MALLORY).values["bound_since"] == TODAY
    assert office.issued(LEONG, LinkSecret.generate()).values["bound_since"] == 0


# The issuer's share


def test_pseudonym_is_of_the_secret_with_the_issuers_share() -> None:
    office = Office(None, AUTHORITY, "identity", IDENTITY)
    request = office.asked(CHAN, adds_share=True)
    data, blind = replied(request, ALICE)
    received = office.signed(data)
    assert office.signed(data) == received
    accept(request.offer, received, link_secret=ALICE, blind=blind, shared=True)
    joined = joined_secret(received, ALICE)
    office.issued(CHAN, joined)
    with pytest.raises(IssuanceError, match="another link secret"):
        office.issued(CHAN, ALICE)
    with pytest.raises(IssuanceError, match="would make another"):
        office.asked(CHAN, adds_share=True)


def test_two_people_who_agree_on_a_secret_end_with_two() -> None:
    office = Office(None, AUTHORITY, "identity", IDENTITY)
    secrets = []
    for subject in (CHAN, LEONG):
        request = office.asked(subject, adds_share=True)
        joined = joined_secret(office.signed(replied(request, ALICE)[0]), ALICE)
        secrets.append(joined.export_secret())
    assert len(set(secrets)) == 2
