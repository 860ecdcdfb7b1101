"""Answers to offers that show an earlier credential: one link secret, and the proof of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.presentation.building import (
    ALICE,
    AUTHORITY,
    BANK,
    CHECKPOINT,
    DEPOSIT,
    KEYS,
    LEDGER,
    MALLORY,
    NOW,
    OTHER_BANK,
    SIGNER,
    TODAY,
    VERIFIER,
    deposit,
    identity,
)
from tests.presentation.renewing import (
    ADMINS,
    FIRST,
    PROOFS,
    RENEWAL,
    SCHEMA,
    TRUST,
    answered,
    asked,
    offer,
)
from tests.test_record import changes
from zkproof import curve
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.secret import ProverBlind
from zkproof.credential.credential import Credential, open_credential
from zkproof.credential.issuing import accept, commit, issue, joined_secret, make_offer
from zkproof.credential.link_secret import LinkSecret
from zkproof.errors import ConflictError, DecodeError, IssuanceError, NotFoundError, UsageError
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.presentation.gathering import gather
from zkproof.presentation.issuance import (
    CheckedAnswer,
    IssuanceAnswer,
    IssuanceRequest,
    _joint,
    check_answer,
    check_issuance_request,
    pseudonym_base,
)
from zkproof.presentation.presentation import present
from zkproof.presentation.report import Report
from zkproof.presentation.request import open_request
from zkproof.presentation.statement import slot_integers
from zkproof.presentation.verify import verify
from zkproof.sigma import composite, inequality, wire
from zkproof.sigma.clause import Opening
from zkproof.sigma.commitment import CommittedTo
from zkproof.sigma.statement import slot_values
from zkproof_circuits import library

EXPECTED = {"old.account_hash": b"\x01" * 32}
KEY = KEYS[BANK.issuer_id]
OLD = {"old": deposit()}


def checked(
    request: IssuanceRequest, data: bytes, expected: dict[str, Any] = EXPECTED, **changes: Any
) -> CheckedAnswer:
    arguments = {"expected": expected, "now": NOW, "trust": TRUST, **changes}
    return check_answer(request, data, arguments.pop("trust"), **arguments)


def renewed(secret: LinkSecret = ALICE, **values: Any) -> tuple[Credential, CheckedAnswer]:
    """A certificate through the whole exchange, shown the old one."""
    request = asked()
    data, blind = answered(request, {"old": deposit(secret)}, secret)
    found = checked(request, data)
    new = {**DEPOSIT, "rid": 4712, "as_of": TODAY - 1, **values}
    received = issue(KEY, request.offer, new, found.commitment, now=NOW)
    return accept(request.offer, received, link_secret=secret, blind=blind), found


def tag_of(credential: Credential, secret: LinkSecret = ALICE) -> bytes:
    """The tag of an account in some scope."""
    text = (
        'policy p v1\npurpose "t"\ncredential a: deposit-certificate from "did:web:bank-a.mo"\n'
        'tag of a.account_hash for scope "pledge"\n'
    )
    made = open_request(
        SIGNER,
        VERIFIER,
        text,
        library.all_schemas(),
        ledger_id=LEDGER,
        checkpoint=CHECKPOINT,
        now=NOW,
    )
    circuit = made.circuit(TRUST.schemas)
    data = present(made, circuit, {"a": credential}, secret, TRUST).to_bytes()
    outcome = verify(made, data, TRUST, now=NOW)
    assert isinstance(outcome, Report), outcome
    return outcome.pseudonyms[0].value


def test_renewed_certificate_has_the_secret_and_the_tag_of_the_old_one() -> None:
    new, found = renewed()
    assert found.disclosed == EXPECTED
    assert tag_of(new) == tag_of(deposit())
    H = pseudonym_base(offer())
    assert found.pseudonym == curve.msm((H,), (int.from_bytes(ALICE.export_secret()),)).encode()
    assert renewed()[1].pseudonym == found.pseudonym
    assert renewed(MALLORY)[1].pseudonym != found.pseudonym


def test_first_certificate_is_bound_to_the_identity_that_is_shown() -> None:
    request = asked(FIRST)
    expected = {"i.person_number": 99_001}
    data, blind = answered(request, {"i": identity()})
    found = checked(request, data, expected)
    received = issue(KEY, request.offer, DEPOSIT, found.commitment, now=NOW)
    accept(request.offer, received, link_secret=ALICE, blind=blind)
    stranger, _ = answered(request, {"i": identity(person_number=99_002)})
    with pytest.raises(IssuanceError, match=r"i\.person_number is not the one of this customer"):
        checked(request, stranger, expected)
    with pytest.raises(IssuanceError):  # somebody else's identity, under somebody else's secret
        answered(request, {"i": identity(MALLORY)})


def test_issuer_learns_its_pseudonym_alone_where_it_asks_for_no_credential() -> None:
    """After the old certificate has expired, or its key was revoked."""
    request = asked(None)
    data, blind = answered(request)
    found = checked(request, data, {})
    assert (found.disclosed, found.pseudonym) == ({}, renewed()[1].pseudonym)
    received = issue(KEY, request.offer, DEPOSIT, found.commitment, now=NOW)
    accept(request.offer, received, link_secret=ALICE, blind=blind)
    with pytest.raises(IssuanceError, match="not the one of this customer"):
        checked(request, data)


def test_pseudonyms_of_two_issuers_and_two_ledgers_differ() -> None:
    elsewhere = replace(BANK, ledger_id="ledger.elsewhere")
    bases = {
        pseudonym_base(made).encode()
        for made in (offer(), offer(OTHER_BANK), make_offer(KEY, elsewhere, SCHEMA, expires_at=NOW))
    }
    assert len(bases) == 3


def test_other_blind_attributes_are_committed_to_beside_the_link_secret() -> None:
    """Negative integers too: their box is proven bit by bit in the same proof."""
    from tests.credential.test_holder_chosen import SCHEMA as LIMITS

    trust = replace(TRUST, schemas={**TRUST.schemas, LIMITS.digest: LIMITS})
    made = make_offer(KEY, BANK, LIMITS, expires_at=NOW + 600)
    for policy, shown in ((RENEWAL, OLD), (None, None)):
        request = asked(policy, made)
        for limit in (-5, 0, 100_000):
            data, blind = answered(request, shown, chosen={"limit": limit}, trust=trust)
            found = checked(request, data, {}, trust=trust)
            received = issue(KEY, made, {"card": "c"}, found.commitment, now=NOW)
            accept(made, received, link_secret=ALICE, blind=blind, chosen={"limit": limit})


# What is refused


def test_honest_prover_does_not_answer_with_another_secret_than_the_shown_one() -> None:
    answered(asked(), OLD)
    with pytest.raises(IssuanceError, match="signature"):
        answered(asked(), OLD, MALLORY)
    with pytest.raises(IssuanceError, match="signature"):
        answered(asked(), {"old": deposit(MALLORY)})


Commit = Callable[..., Any]


def _other_secret_shared_mask(original: Commit) -> Commit:
    """``C`` of another secret; announcement and response are those of the shared slot."""

    def commit(
        self: CommittedTo, secret: Any, values: Sequence[int], slot_masks: Any, masks: Any
    ) -> Any:
        changed = list(values)
        changed[self.slots[0]] = int.from_bytes(MALLORY.export_secret())
        return original(self, secret, changed, slot_masks, masks)

    return commit


def _other_secret_own_mask(original: Commit) -> Commit:
    """The same with a mask of its own, as two proofs side by side would have."""

    def commit(
        self: CommittedTo, secret: Any, values: Sequence[int], slot_masks: Any, masks: Any
    ) -> Any:
        changed, own = list(values), list(slot_masks)
        changed[self.slots[0]] = int.from_bytes(MALLORY.export_secret())
        own[self.slots[0]] = masks.scalar()
        return original(self, secret, changed, own, masks)

    return commit


@pytest.mark.parametrize("cheat", [_other_secret_shared_mask, _other_secret_own_mask])
def test_prover_without_checks_cannot_commit_to_another_secret(
    cheat: Callable[[Commit], Commit], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked()
    checked(request, answered(request, OLD)[0])
    monkeypatch.setattr(CommittedTo, "commit", cheat(CommittedTo.commit))
    data, _ = answered(request, OLD)
    with pytest.raises(IssuanceError, match="proof does not hold"):
        checked(request, data)


def test_answer_to_another_offer_is_refused() -> None:
    request, other = asked(), asked()
    data, _ = answered(request, OLD)
    checked(request, data)
    with pytest.raises(IssuanceError, match="for another offer"):
        checked(other, data)
    moved = replace(IssuanceAnswer.from_bytes(data), offer_id=other.offer.offer_id)
    with pytest.raises(IssuanceError, match="wrong-request"):
        checked(other, moved.to_bytes())
    assert other.request is not None
    relabelled = replace(
        moved, shown=replace(moved.shown, request_digest=other.request.digest)
    ).to_bytes()
    with pytest.raises(IssuanceError, match="proof does not hold"):
        checked(other, relabelled)


def test_answer_to_one_offer_does_not_serve_for_another_with_the_same_request() -> None:
    """The proof is bound to the offer besides the request."""
    request = asked()
    swapped = replace(request, offer=offer())
    data, _ = answered(request, OLD)
    moved = replace(IssuanceAnswer.from_bytes(data), offer_id=swapped.offer.offer_id).to_bytes()
    with pytest.raises(IssuanceError, match="proof does not hold"):
        checked(swapped, moved)
    shares = replace(request, adds_share=True)
    with pytest.raises(IssuanceError, match="proof does not hold"):
        checked(shares, data)


def test_certificate_of_another_account_is_refused() -> None:
    request = asked()
    checked(request, answered(request, OLD)[0])
    data, _ = answered(request, {"old": deposit(account_hash=b"\x09" * 32)})
    with pytest.raises(IssuanceError, match="not the one of this customer"):
        checked(request, data)
    parsed = IssuanceAnswer.from_bytes(data)
    shown = parsed.shown.credentials["old"]
    claimed = replace(shown, disclosed={"account_hash": b"\x01" * 32})
    lied = replace(parsed, shown=replace(parsed.shown, credentials={"old": claimed})).to_bytes()
    with pytest.raises(IssuanceError, match="proof does not hold"):
        checked(request, lied)


def test_shown_certificate_under_a_revoked_key_is_refused() -> None:
    request = asked()
    data, _ = answered(request, OLD)
    checked(request, data)
    bank = TRUST.issuers[BANK.issuer_id]
    key = replace(bank.keys[BANK.key_id], revoked_at=NOW - 1)
    revoked = replace(bank, keys={key.key_id: key})
    with pytest.raises(IssuanceError, match="key-revoked"):
        checked(
            request, data, trust=replace(TRUST, issuers={**TRUST.issuers, BANK.issuer_id: revoked})
        )


def test_revoked_and_expired_certificates_are_not_renewed_by_showing_them() -> None:
    request = asked()
    with pytest.raises(NotFoundError, match="no current list proof"):
        answered(request, {"old": deposit(rid=9)})
    with pytest.raises(ConflictError):
        answered(request, {"old": deposit(valid_from=TODAY - 90, valid_until=TODAY - 1)})


def test_commitment_exchanged_afterwards_is_refused() -> None:
    request = asked()
    data, _ = answered(request, OLD)
    found = checked(request, data)
    theirs = checked(request, answered(request, {"old": deposit(MALLORY)}, MALLORY)[0])
    parsed = IssuanceAnswer.from_bytes(data)
    C, other = found.commitment.point.encode(), theirs.commitment.point.encode()
    assert parsed.shown.proof.count(C) == 1
    exchanged = replace(parsed.shown, proof=parsed.shown.proof.replace(C, other))
    with pytest.raises(IssuanceError, match="proof does not hold"):
        checked(request, replace(parsed, shown=exchanged).to_bytes())
    with pytest.raises(IssuanceError, match="for another offer"):
        issue(KEY, offer(), DEPOSIT, found.commitment, now=NOW)


def test_plain_commitment_is_no_answer() -> None:
    request = asked()
    commitment, _ = commit(request.offer, ALICE)
    with pytest.raises(DecodeError):
        checked(request, commitment)


def test_identity_renewed_under_another_secret_is_seen_by_its_issuer() -> None:
    """The proof holds, for its holder knows the new secret; the pseudonym is another one."""
    made = make_offer(
        KEYS[AUTHORITY.issuer_id], AUTHORITY, library.schema("identity"), expires_at=NOW + 600
    )
    request = asked(None, made)
    old, new = (
        checked(request, answered(request, secret=secret)[0], {}).pseudonym
        for secret in (ALICE, MALLORY)
    )
    assert old != new
    assert old == checked(request, answered(request)[0], {}).pseudonym


# Who asks


def test_wallet_answers_only_what_the_issuer_signed() -> None:
    right = asked()
    assert check_issuance_request(right, TRUST, NOW) is not None
    stranger = Ed25519Signer.generate()
    assert right.request is not None
    for wrong, reason in (
        (replace(right, signature=bytes(64)), "not signed by the issuer"),
        (replace(right, adds_share=True), "not signed by the issuer"),
        (replace(right, request=None), "not signed by the issuer"),
        (replace(right, offer=offer()), "not signed by the issuer"),
        (_signed(right, stranger), "not signed by the issuer"),
        (
            _signed(replace(right, request=replace(right.request, verifier=VERIFIER))),
            "in another name",
        ),
        (
            _signed(replace(right, request=replace(right.request, ledger_id="ledger.elsewhere"))),
            "for another ledger",
        ),
    ):
        with pytest.raises(IssuanceError, match=reason):
            check_issuance_request(wrong, TRUST, NOW)
    with pytest.raises(IssuanceError, match="expired"):
        check_issuance_request(right, TRUST, NOW + 601)
    without = replace(
        TRUST, issuers={k: replace(v, admin_key=b"") for k, v in TRUST.issuers.items()}
    )
    with pytest.raises(IssuanceError, match="not signed"):
        check_issuance_request(right, without, NOW)


def _signed(
    request: IssuanceRequest, admin: Ed25519Signer = ADMINS[BANK.issuer_id]
) -> IssuanceRequest:
    signature = admin.sign(b"zkproof issuance request v1", request.body())
    return replace(request, signature=signature)


def test_what_is_asked_and_answered_has_one_encoding() -> None:
    for policy in (RENEWAL, None):
        request = asked(policy, adds_share=policy is None)
        assert IssuanceRequest.from_bytes(request.to_bytes()) == request
        data, _ = answered(request, OLD if policy else None)
        assert IssuanceAnswer.from_bytes(data).to_bytes() == data


def test_changed_document_is_refused_or_means_exactly_what_it_says() -> None:
    request = asked(RENEWAL)
    data, _ = answered(request, OLD)
    readers: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
        (request.to_bytes(), lambda d: IssuanceRequest.from_bytes(d).to_bytes()),
        (data, lambda d: IssuanceAnswer.from_bytes(d).to_bytes()),
    )
    for octets, again in readers:
        assert again(octets) == octets
        for path, other in changes(octets):
            try:
                found = again(other)
            except DecodeError:
                continue
            assert found == other, path
            assert path[-1] != "format"


def test_policy_over_several_holders_is_refused() -> None:
    two = FIRST.replace(
        "reveal", 'credential old: deposit-certificate from "did:web:bank-a.mo"\nreveal'
    )
    answered(asked(two.replace("reveal", "same holder i, old\nreveal")), {"i": identity(), **OLD})
    with pytest.raises(UsageError, match="one holder's credentials"):
        answered(asked(two), {"i": identity(), **OLD})


# The issuer's share of a first link secret


def test_nobody_chooses_a_link_secret_alone() -> None:
    made = make_offer(
        KEYS[AUTHORITY.issuer_id], AUTHORITY, library.schema("identity"), expires_at=NOW + 600
    )
    request = asked(None, made, adds_share=True)
    data, blind = answered(request)
    found = checked(request, data, {})
    values = identity().values
    share = LinkSecret.generate()
    key = KEYS[AUTHORITY.issuer_id]
    received = issue(key, made, values, found.commitment, now=NOW, share=share)
    assert Credential.from_bytes(received.to_bytes()) == received
    kept = accept(made, received, link_secret=ALICE, blind=blind, shared=True)
    joined = joined_secret(received, ALICE)
    assert kept.share is None
    assert joined.export_secret() == ALICE.plus(share).export_secret()
    plain = issue(key, made, values, found.commitment, now=NOW)
    for wrong, agreed in ((received, False), (plain, True)):
        with pytest.raises(IssuanceError, match="not agreed, or none"):
            accept(made, wrong, link_secret=ALICE, blind=blind, shared=agreed)
    other = replace(received, share=LinkSecret.generate().export_secret())
    with pytest.raises(IssuanceError, match="signature"):
        accept(made, other, link_secret=ALICE, blind=blind, shared=True)
    again = accept(made, plain, link_secret=ALICE, blind=blind)
    assert again.signature != kept.signature


def test_share_that_cancels_the_secret_is_refused() -> None:
    minus = (curve.R - int.from_bytes(ALICE.export_secret())).to_bytes(32, "big")
    with pytest.raises(IssuanceError, match="cancels"):
        ALICE.plus(LinkSecret.from_octets(minus))


def test_blind_stays_with_the_holder() -> None:
    data, blind = answered(asked(None))
    assert isinstance(blind, ProverBlind)
    assert blind.export_secret() not in data


def test_three_challenges_give_one_link_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extractor of docs/security.md, section "Renewal": signature, commitment and pseudonym are
    opened by one scalar, because they share a slot and a slot has one response.
    """
    request = asked()
    circuit = check_issuance_request(request, TRUST, NOW)
    assert request.request is not None
    assert circuit is not None
    signatures = {"old": open_credential(OLD["old"], ALICE)}
    gathered = gather(request.request, circuit, OLD, signatures, TRUST, PROOFS)
    assembled, numbers = _joint(
        request, request.request, circuit, gathered.shown, gathered.publications
    )
    blind = secrets.randbelow(curve.R)
    sk = int.from_bytes(ALICE.export_secret())
    prepared = gathered.prepared(assembled, opening=Opening(blind, (sk,)))
    statement = prepared.statement
    blocks = wire.Blocks.of(statement)
    assert blocks.inequalities is not None
    vectors = [each.scalars for each in prepared.held]
    values = slot_values(statement, vectors, prepared.auxiliary, prepared.clause_secrets)
    y = inequality.decompose_all(
        blocks.inequalities, slot_integers(statement, values), random=secrets.token_bytes
    )
    witness = composite.Witness(
        prepared.held, values, slot_integers(statement, values), y, prepared.clause_secrets
    )
    seed, found = secrets.token_bytes(64), []
    for c in (secrets.randbits(128) for _ in range(3)):
        monkeypatch.setattr(composite, "_challenge", lambda *_, c=c: c)
        masks = MaskSource(random=lambda _: seed, secrets=(), statement=b"", attempt=0)
        transcript = composite.statement_transcript(statement, blocks)
        proof = composite._attempt(statement, blocks, witness, transcript, masks)
        assert proof is not None
        assert composite.verify(statement, wire.to_octets(proof))
        found.append(proof)
    commitment, pseudonym, *_ = statement.clauses
    challenges = [each.challenge for each in found]
    responses = [statement.system.complete_responses(each.slots, each.challenge) for each in found]
    assert isinstance(commitment, CommittedTo)
    (slot,) = {*commitment.slots, *pseudonym.reads}
    assert numbers == (slot,)
    inverse = pow(challenges[0] - challenges[1], -1, curve.R)
    extracted = (responses[0][slot] - responses[1][slot]) * inverse % curve.R
    mask = (responses[0][slot] - challenges[0] * extracted) % curve.R
    assert responses[2][slot] == (mask + challenges[2] * extracted) % curve.R
    s = (found[0].clause_responses[0][0] - found[1].clause_responses[0][0]) * inverse % curve.R
    C, N = found[0].clause_points[0][0], found[0].clause_points[1][0]
    assert commitment.generators.msm(s, [extracted]) == C, "the commitment opens to it"
    assert curve.msm((pseudonym_base(request.offer),), (extracted,)) == N, "so does the pseudonym"
    old = statement.signatures[0]
    at = old.hidden[old.slots.index(slot)]
    assert prepared.held[0].scalars[at] == extracted == sk, "and the shown credential's signature"
