"""The key ceremony: honest ones end with one key, others with the name of who broke them."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audit.building import (
    Table,
    dealt,
    finished,
    office,
    share_sent,
    with_wrong_share,
)
from tests.ledger.building import LEDGER, after, auditor
from zkproof import curve
from zkproof.audit.acceptance import Acceptance, accept, check_accepted
from zkproof.audit.authority import Authority, AuthorityCard, DeliverySecret
from zkproof.audit.ceremony import Ceremony
from zkproof.audit.complaint import Complaint, complain, dealer_at_fault
from zkproof.audit.contribution import (
    Contribution,
    _delivery_statement,
    check_contribution,
    contribute,
    delivered,
    possession_statement,
    shared_point,
    signed,
)
from zkproof.audit.dleq import ExponentProof, prove
from zkproof.audit.documents import MAX_AUTHORITIES
from zkproof.audit.keys import Disputed, Finished, JointKey, KeyShare, finish
from zkproof.audit.sharing import Share, share_holds, weights_at_zero
from zkproof.curve import R
from zkproof.errors import (
    AuditError,
    ConflictError,
    DecodeError,
    LedgerError,
    NotFoundError,
    UsageError,
)
from zkproof.ledger.possession import prove_auditor_possession
from zkproof.sigma.encryption import generators

TABLE = dealt(2, 3)
OFFICE = finished(TABLE)
g, _ = generators()


class Document(Protocol):
    def to_bytes(self) -> bytes: ...


def stuck(count: int) -> bytes:
    """A random source that always says the same."""
    return b"\x09" * count


# The honest case


@settings(max_examples=12)
@given(st.data())
def test_any_threshold_of_authorities_hold_the_secret_of_the_key(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 5))
    threshold = data.draw(st.integers(1, count))
    made = office(threshold, count)
    parties = data.draw(st.permutations(range(1, count + 1)))[:threshold]
    weights = weights_at_zero(parties)
    k = sum(
        w * int.from_bytes(made.shares[party - 1].export_secret(), "big")
        for w, party in zip(weights, parties, strict=True)
    )
    assert curve.msm((g,), (k % R,)) == made.key.public_key


def test_one_authority_alone_is_the_plain_case_of_the_same_code() -> None:
    made = office(1, 1)
    k = int.from_bytes(made.shares[0].export_secret(), "big")
    assert curve.msm((g,), (k,)) == made.key.public_key == made.key.share_key(1)


def secret_points(contribution: Contribution) -> set[bytes]:
    """What is public of polynomial and ephemeral key: equal points are equal secrets."""
    return {point.encode() for point in (*contribution.commitments, contribution.E)}


def test_contributions_are_fresh_with_a_source_that_works() -> None:
    dealer = TABLE.authorities[0]
    made = [secret_points(contribute(TABLE.ceremony, dealer)) for _ in range(2)]
    assert all(len(points) == TABLE.ceremony.threshold + 1 for points in made)
    assert not made[0] & made[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": bytes([1]) * 16},
        {"key_id": "2026-2"},
        {"ledger_id": "other.test"},
        {"threshold": 3},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_repeated_randomness_repeats_no_secret_in_another_ceremony(changes: Any) -> None:
    """The same pads under other shares would show their differences."""
    dealer = TABLE.authorities[0]
    first = contribute(TABLE.ceremony, dealer, random=stuck)
    check_contribution(TABLE.ceremony, first)
    again = contribute(TABLE.ceremony, dealer, random=stuck)
    assert again.to_bytes() == first.to_bytes(), "the source is all that is random"
    other = replace(TABLE.ceremony, **changes)
    second = contribute(other, dealer, random=stuck)
    check_contribution(other, second)
    assert not secret_points(first) & secret_points(second)
    assert not {*first.shares} & {*second.shares}


def test_repeated_randomness_repeats_no_secret_for_another_dealer() -> None:
    first, second = (
        contribute(TABLE.ceremony, dealer, random=stuck) for dealer in TABLE.authorities[:2]
    )
    assert not secret_points(first) & secret_points(second)


def test_public_shares_follow_from_the_key() -> None:
    for share in OFFICE.shares:
        k = int.from_bytes(share.export_secret(), "big")
        assert curve.msm((g,), (k,)) == OFFICE.key.share_key(share.party)
    with pytest.raises(NotFoundError, match="not in this ceremony"):
        OFFICE.key.share_key(4)


# Documents


def test_documents_come_back_as_they_were() -> None:
    card, ceremony = TABLE.authorities[0].card, TABLE.ceremony
    assert AuthorityCard.from_bytes(card.to_bytes()) == card
    assert Ceremony.from_bytes(ceremony.to_bytes()) == ceremony
    for each in TABLE.contributions:
        assert Contribution.from_bytes(each.to_bytes(), ceremony) == each
    assert JointKey.from_bytes(OFFICE.key.to_bytes()) == OFFICE.key
    bad = with_wrong_share(TABLE, 1, 2)
    complaint = complain(ceremony, bad.contributions[0], TABLE.authorities[1])
    assert Complaint.from_bytes(complaint.to_bytes()) == complaint


@settings(max_examples=60)
@given(st.data())
def test_changed_documents_are_refused_or_other_documents(data: st.DataObject) -> None:
    """A changed octet never gives the same object, nor an error of another family."""
    ceremony = TABLE.ceremony
    documents: list[tuple[Callable[[bytes], Document], bytes]] = [
        (AuthorityCard.from_bytes, TABLE.authorities[0].card.to_bytes()),
        (Ceremony.from_bytes, ceremony.to_bytes()),
        (
            lambda each: Contribution.from_bytes(each, ceremony),
            TABLE.contributions[0].to_bytes(),
        ),
        (JointKey.from_bytes, OFFICE.key.to_bytes()),
    ]
    reader, octets = data.draw(st.sampled_from(documents))
    at = data.draw(st.integers(0, len(octets) - 1))
    changed = bytearray(octets)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = reader(bytes(changed))
    except DecodeError:
        return
    assert found.to_bytes() == bytes(changed)


def test_ceremony_with_one_authority_twice_is_refused() -> None:
    first, second, third = TABLE.ceremony.authorities
    for twin in (
        replace(second, name=first.name),
        replace(second, signing_key=first.signing_key),
        replace(second, delivery_key=first.delivery_key),
    ):
        with pytest.raises(UsageError, match="two with the same"):
            replace(TABLE.ceremony, authorities=(first, twin, third))
    assert replace(TABLE.ceremony, authorities=(first, second, third)) == TABLE.ceremony


@pytest.mark.parametrize("threshold", [0, 4, -1])
def test_threshold_out_of_range_is_refused(threshold: int) -> None:
    assert replace(TABLE.ceremony, threshold=3).threshold == 3
    with pytest.raises(UsageError, match="threshold"):
        replace(TABLE.ceremony, threshold=threshold)


def test_number_of_authorities_and_nonce_are_bounded() -> None:
    with pytest.raises(UsageError, match="authorities"):
        replace(TABLE.ceremony, authorities=(), threshold=1)
    many = tuple(Authority.generate(str(i)).card for i in range(MAX_AUTHORITIES + 1))
    assert len(replace(TABLE.ceremony, authorities=many[:-1]).parties) == MAX_AUTHORITIES
    with pytest.raises(UsageError, match="authorities"):
        replace(TABLE.ceremony, authorities=many)
    with pytest.raises(UsageError, match="nonce"):
        replace(TABLE.ceremony, nonce=b"short")


@pytest.mark.parametrize(
    "changes",
    [
        {"ledger_id": "other"},
        {"auditor_id": "other"},
        {"key_id": "other"},
        {"threshold": 3},
        {"nonce": b"\x01" * 16},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_everything_of_a_ceremony_is_in_its_digest(changes: dict[str, object]) -> None:
    other = replace(TABLE.ceremony, **changes)  # type: ignore[arg-type]
    assert other.digest != TABLE.ceremony.digest
    check_contribution(TABLE.ceremony, TABLE.contributions[0])
    with pytest.raises(AuditError, match="another ceremony"):
        check_contribution(other, TABLE.contributions[0])


def test_cards_have_fingerprints_to_compare() -> None:
    card = TABLE.authorities[0].card
    assert len(card.fingerprint.split()) == 8
    assert replace(card, name="Other").fingerprint != card.fingerprint
    assert OFFICE.key.fingerprint != office(2, 3).key.fingerprint


def test_authority_that_does_not_take_part_is_refused() -> None:
    stranger = Authority.generate("Authority 1")
    for attempt in (
        lambda: contribute(TABLE.ceremony, stranger),
        lambda: finish(TABLE.ceremony, stranger, TABLE.contributions),
    ):
        with pytest.raises(NotFoundError, match="not in this ceremony"):
            attempt()


# Dealers who break it


def test_wrong_share_is_noticed_by_its_recipient_and_proven_to_all() -> None:
    bad = with_wrong_share(TABLE, 1, 2)
    outcome = finish(bad.ceremony, bad.authorities[1], bad.contributions)
    assert isinstance(outcome, Disputed)
    (fault,) = outcome.faults
    assert fault.dealer == "Authority 1"
    assert fault.complaint is not None
    assert dealer_at_fault(bad.ceremony, bad.contributions[0], fault.complaint)
    # Nobody else can notice, which is why the complaint has to be shown.
    assert isinstance(finish(bad.ceremony, bad.authorities[2], bad.contributions), Finished)


def test_complaint_about_a_good_share_is_refused() -> None:
    """Otherwise an authority could have honest dealers thrown out."""
    honest, recipient = TABLE.contributions[0], TABLE.authorities[1]
    with pytest.raises(ConflictError, match="nothing to complain"):
        complain(TABLE.ceremony, honest, recipient)
    bad = with_wrong_share(TABLE, 1, 2)
    complaint = complain(bad.ceremony, bad.contributions[0], recipient)
    assert dealer_at_fault(bad.ceremony, bad.contributions[0], complaint)
    assert not dealer_at_fault(bad.ceremony, honest, complaint)
    invented = replace(complaint, S=complaint.S + g)
    assert not dealer_at_fault(bad.ceremony, bad.contributions[0], invented)
    for other in (
        replace(complaint, party=3),
        replace(complaint, party=9),
        replace(complaint, dealer=2),
        replace(complaint, ceremony=bytes(32)),
        replace(complaint, proof=ExponentProof(complaint.proof.c, 1)),
    ):
        assert not dealer_at_fault(bad.ceremony, bad.contributions[0], other)


def test_complaint_opens_no_share_but_its_own() -> None:
    bad = with_wrong_share(TABLE, 1, 2)
    complaint = complain(bad.ceremony, bad.contributions[0], bad.authorities[1])
    wrong = delivered(bad.ceremony, bad.contributions[0], 2, complaint.S)._expose()
    assert wrong == (share_sent(TABLE, 1, 2) + 1) % R, "its own"
    third = delivered(bad.ceremony, bad.contributions[0], 3, complaint.S)._expose()
    assert third != share_sent(TABLE, 1, 3)


def test_dealer_cannot_have_a_complaint_open_an_earlier_ceremony() -> None:
    """A dealer that repeats another's ephemeral key with a bad share would get the recipient to
    publish what opens the share that the other sent under it, in a key long in use.
    """
    later = replace(TABLE.ceremony, nonce=b"\x02" * 16)
    victim = TABLE.contributions[1]
    mallory, recipient = TABLE.authorities[0], TABLE.authorities[2]
    honest = contribute(later, mallory)
    copied = signed(replace(honest, E=victim.E, delivery=victim.delivery), mallory)
    check_contribution(later, honest)
    with pytest.raises(AuditError, match="delivery key"):
        complain(later, copied, recipient)
    # What would have been published is exactly what opens the old share.
    point = shared_point(copied, recipient)
    opened = delivered(TABLE.ceremony, victim, 3, point)
    assert share_holds(victim.commitments, 3, opened)


def test_rogue_constant_term_is_refused() -> None:
    """``A_0`` chosen as a point of its own minus the others': the sum would be Mallory's key."""
    mine = Share(0xBAD**9)
    others = TABLE.contributions[0].commitments[0] + TABLE.contributions[1].commitments[0]
    rogue = mine.public() - others
    third, mallory = TABLE.contributions[2], TABLE.authorities[2]
    attempt = replace(third, commitments=(rogue, *third.commitments[1:]))
    assert others + attempt.commitments[0] == mine.public()
    for proof in (
        third.possession,
        prove(possession_statement(TABLE.ceremony, 3, mine.public()), mine),
    ):
        with pytest.raises(AuditError, match="knows what it contributes"):
            check_contribution(TABLE.ceremony, signed(replace(attempt, possession=proof), mallory))
    other_ledger = contribute(replace(TABLE.ceremony, ledger_id="other"), mallory)
    for changed in (
        replace(third, registration=TABLE.contributions[0].registration),
        replace(third, registration=other_ledger.registration),
    ):
        with pytest.raises(AuditError, match="knows what it contributes"):
            check_contribution(TABLE.ceremony, signed(changed, mallory))
    check_contribution(TABLE.ceremony, third)


def test_proof_of_another_dealer_is_none() -> None:
    """Copying a whole contribution under one's own name would double somebody's constant."""
    copied = replace(TABLE.contributions[0], dealer=2)
    with pytest.raises(AuditError, match="knows what it contributes"):
        check_contribution(TABLE.ceremony, signed(copied, TABLE.authorities[1]))


def test_contribution_in_another_name_is_refused() -> None:
    forged = signed(TABLE.contributions[0], TABLE.authorities[1])
    with pytest.raises(AuditError, match="Authority 1: contribution not signed"):
        check_contribution(TABLE.ceremony, forged)


def test_polynomial_of_another_degree_is_refused() -> None:
    """With a higher degree no threshold of authorities could ever open."""
    first = TABLE.contributions[0]
    for commitments in (first.commitments[:1], (*first.commitments, g)):
        changed = signed(replace(first, commitments=commitments), TABLE.authorities[0])
        with pytest.raises(AuditError):
            check_contribution(TABLE.ceremony, changed)
        with pytest.raises(DecodeError, match="commitments"):
            Contribution.from_bytes(changed.to_bytes(), TABLE.ceremony)


def test_fault_that_everyone_sees_opens_nothing() -> None:
    forged = TABLE.with_contribution(signed(TABLE.contributions[0], TABLE.authorities[1]))
    outcome = finish(forged.ceremony, forged.authorities[2], forged.contributions)
    assert isinstance(outcome, Disputed)
    assert [(each.dealer, each.complaint) for each in outcome.faults] == [("Authority 1", None)]


def test_all_dealers_at_fault_are_named() -> None:
    bad = with_wrong_share(with_wrong_share(TABLE, 1, 2), 3, 2)
    outcome = finish(bad.ceremony, bad.authorities[1], bad.contributions)
    assert isinstance(outcome, Disputed)
    assert [each.dealer for each in outcome.faults] == ["Authority 1", "Authority 3"]


def test_missing_or_doubled_contributions_are_refused() -> None:
    first, second, third = TABLE.contributions
    assert isinstance(
        finish(TABLE.ceremony, TABLE.authorities[0], [third, first, second]), Finished
    )
    for wrong in ([first, second], [first, second, third, third], [first, second, second], []):
        with pytest.raises(ConflictError, match="exactly one of every authority"):
            finish(TABLE.ceremony, TABLE.authorities[0], wrong)


def test_different_contributions_give_different_fingerprints() -> None:
    """A dealer that hands out two contributions is noticed when fingerprints are compared."""
    two_faced = TABLE.with_contribution(contribute(TABLE.ceremony, TABLE.authorities[0]))
    ends = [
        finish(TABLE.ceremony, TABLE.authorities[1], TABLE.contributions),
        finish(TABLE.ceremony, TABLE.authorities[2], two_faced.contributions),
    ]
    prints = {end.key.fingerprint for end in ends if isinstance(end, Finished)}
    assert len(prints) == 2


def test_key_is_accepted_when_all_hold_a_share_of_the_same() -> None:
    def accepted(table: Table) -> list[Acceptance]:
        ends = [finish(table.ceremony, each, table.contributions) for each in table.authorities]
        return [
            accept(end, authority)
            for end, authority in zip(ends, table.authorities, strict=True)
            if isinstance(end, Finished)
        ]

    all_three = accepted(TABLE)
    check_accepted(OFFICE.key, all_three)
    check_accepted(OFFICE.key, [Acceptance.from_bytes(each.to_bytes()) for each in all_three])
    with pytest.raises(AuditError, match="not accepted by Authority 3"):
        check_accepted(OFFICE.key, all_three[:2])
    two_faced = TABLE.with_contribution(contribute(TABLE.ceremony, TABLE.authorities[0]))
    for other in (accepted(two_faced)[1], replace(all_three[0], party=2), Acceptance(9, bytes(64))):
        with pytest.raises(AuditError, match="not accepted by Authority 2"):
            check_accepted(OFFICE.key, [all_three[0], other, all_three[2]])


@pytest.mark.parametrize(("threshold", "count"), [(1, 1), (2, 3)])
def test_ledger_takes_the_key(threshold: int, count: int) -> None:
    key = office(threshold, count, ledger_id=LEDGER).key
    facts: dict[str, Any] = {
        "auditor": key.ceremony.auditor_id,
        "key": key.ceremony.key_id,
        "public_key": key.public_key.encode(),
        "possession": key.possession(),
    }
    state = after(auditor(**facts))
    assert state.auditors[key.ceremony.auditor_id].public_key == key.public_key.encode()
    with pytest.raises(LedgerError, match="secret"):
        after(auditor(**{**facts, "key": "another"}))


def test_constants_that_cancel_are_refused() -> None:
    """Two dealers who know each other's constants can add up to the identity; nobody else."""
    table = dealt(1, 2)
    x = Share(0x1234**5)
    contributions = []
    for dealer, secret in ((1, x), (2, Share(R - x._expose()))):
        party = table.authorities[dealer - 1]
        honest = table.contributions[dealer - 1]
        A_0 = secret.public()
        shift = secret._expose() - share_sent(table, dealer, 1)
        made = replace(
            honest,
            commitments=(A_0,),
            possession=prove(possession_statement(table.ceremony, dealer, A_0), secret),
            registration=prove_auditor_possession(
                curve.secret_scalar(secret.export_secret()),
                table.ceremony.ledger_id,
                table.ceremony.auditor_id,
                table.ceremony.key_id,
            ),
            shares=tuple((share + shift) % R for share in honest.shares),
        )
        contributions.append(signed(made, party))
        check_contribution(table.ceremony, contributions[-1])
    with pytest.raises(AuditError, match="identity"):
        finish(table.ceremony, table.authorities[0], contributions)


# The key


def test_key_that_is_not_the_sum_of_its_dealers_is_refused() -> None:
    key = OFFICE.key
    assert JointKey.from_bytes(key.to_bytes()) == key
    for changed in (
        replace(key, commitments=(key.commitments[0] + g, *key.commitments[1:])),
        replace(key, constants=(key.constants[1], key.constants[0], key.constants[2])),
        replace(key, possessions=(key.possessions[1], *key.possessions[1:])),
    ):
        with pytest.raises(DecodeError, match="joint key"):
            JointKey.from_bytes(changed.to_bytes())


def test_share_is_stored_and_taken_up_again() -> None:
    share = OFFICE.shares[1]
    octets = share.export_secret()
    again = KeyShare.from_octets(OFFICE.key, 2, octets)
    assert again.export_secret() == octets
    for party, data in ((1, octets), (2, OFFICE.shares[0].export_secret())):
        with pytest.raises(UsageError, match="share"):
            KeyShare.from_octets(OFFICE.key, party, data)
    with pytest.raises(DecodeError):
        KeyShare.from_octets(OFFICE.key, 2, octets[:-1])


def test_secrets_show_nothing() -> None:
    share, authority = OFFICE.shares[0], TABLE.authorities[0]
    hidden = [
        str(int.from_bytes(share.export_secret(), "big")),
        share.export_secret().hex(),
        authority.delivery.export_secret().hex(),
        authority.signer.export_secret().hex(),
    ]
    text = repr(share) + repr(authority) + repr(Finished(OFFICE.key, share)) + str(authority)
    assert not [secret for secret in hidden if secret in text]
    for thing in (share, authority.delivery, authority):
        for attempt in (pickle.dumps, copy.deepcopy):
            with pytest.raises(TypeError):
                attempt(thing)
    assert isinstance(authority.delivery, DeliverySecret)


def test_delivery_statement_is_of_one_ceremony() -> None:
    other = replace(TABLE.ceremony, nonce=b"\x03" * 16)
    E = TABLE.contributions[0].E
    assert (
        _delivery_statement(other, 1, E).canonical()
        != _delivery_statement(TABLE.ceremony, 1, E).canonical()
    )
