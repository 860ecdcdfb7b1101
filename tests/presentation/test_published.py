"""Not revoked, in a list, on no exclusion list, pseudonyms, tags, encryption: end to end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.presentation.building import (
    ALICE,
    BANK,
    KEYS,
    MALLORY,
    NOW,
    VERIFIER,
    deposit,
    identity,
    request,
)
from tests.presentation.publishing import (
    AUDITOR,
    AUDITOR_SECRET,
    BANK_STATUS,
    DAY,
    IDENTITY_STATUS,
    MEMBERS,
    OWNER,
    SANCTIONS,
    gaps,
    published,
    tokens,
    version_of,
)
from zkproof import curve
from zkproof.credential.link_secret import LinkSecret
from zkproof.credential.list_proof import ListProof, check_list_proof
from zkproof.errors import ConflictError, IssuanceError, NotFoundError
from zkproof.presentation.presentation import present
from zkproof.presentation.report import Refusal, RefusalCode, Report
from zkproof.presentation.request import Request
from zkproof.presentation.verify import VerificationRules, verify
from zkproof.sigma import encryption
from zkproof.sigma.encryption import Ciphertext
from zkproof.trust import LEAD, ListKind, Spread, TrustView

HEAD = """
policy published v1
purpose "test"
credential a: deposit-certificate from any of registry "mo-banks"
credential i: identity from "did:web:dsi.gov.mo"
same holder a, i
"""

STATUS = version_of(BANK_STATUS, ListKind.STATUS)
IDENTITIES = version_of(IDENTITY_STATUS, ListKind.STATUS)
LICENSED = version_of(MEMBERS, ListKind.MEMBERS)
LISTED = version_of(SANCTIONS, ListKind.GAPS, spread=Spread.PREFIX)
TRUST = published(STATUS, IDENTITIES, LICENSED, LISTED)
RIDS = [1, 4711, 815, 2**40 - 1]
STANDING: list[ListProof] = [*tokens(STATUS, RIDS), *tokens(IDENTITIES, RIDS)]
CREDENTIALS = {"a": deposit(), "i": identity()}


def asked(*statements: str) -> Request:
    return request(HEAD + "\n".join(statements) + "\n")


def answer(
    made_for: Request,
    list_proofs: list[ListProof],
    trust: TrustView = TRUST,
    secret: LinkSecret = ALICE,
    **credentials: object,
) -> bytes:
    held = {**CREDENTIALS, **credentials}
    circuit = made_for.circuit(trust.schemas)
    return present(made_for, circuit, held, secret, trust, list_proofs=list_proofs).to_bytes()  # type: ignore[arg-type]


def report(made_for: Request, presentation: bytes, trust: TrustView = TRUST) -> Report:
    result = verify(made_for, presentation, trust, now=NOW)
    assert isinstance(result, Report), result
    return result


def refusal(
    made_for: Request, presentation: bytes, trust: TrustView = TRUST, *, now: int = NOW
) -> RefusalCode:
    result = verify(made_for, presentation, trust, now=now)
    assert isinstance(result, Refusal)
    return result.code


# Status


NOT_REVOKED = asked("require not revoked a, i")
IN_STANDING = answer(NOT_REVOKED, STANDING)


def test_credential_in_good_standing_is_proven_and_reported() -> None:
    found = report(NOT_REVOKED, IN_STANDING)
    assert {each.alias: each.status for each in found.credentials} == {
        "a": (BANK_STATUS, 5),
        "i": (IDENTITY_STATUS, 5),
    }
    assert set(found.lists) == {STATUS, IDENTITIES}


def test_holder_without_a_current_token_is_told_what_to_do() -> None:
    revoked = [*tokens(STATUS, [1, 2]), *tokens(IDENTITIES, RIDS)]
    with pytest.raises(NotFoundError, match="no current list proof") as caught:
        answer(NOT_REVOKED, revoked)
    assert caught.value.hint is not None
    assert "refresh" in caught.value.hint
    assert "4711" not in caught.value.message


def test_somebody_elses_token_is_refused() -> None:
    """A program that skips the wallet's own check puts another record's token in."""
    stolen = replace(tokens(STATUS, [1])[0], element=4711)  # type: ignore[arg-type]
    forged = answer(NOT_REVOKED, [stolen, *tokens(IDENTITIES, RIDS)])
    assert refusal(NOT_REVOKED, forged) is RefusalCode.PROOF_INVALID
    report(NOT_REVOKED, IN_STANDING)
    with pytest.raises(IssuanceError, match="token"):
        check_list_proof(stolen, STATUS)
    check_list_proof(tokens(STATUS, [4711])[0], STATUS)


def test_request_says_which_epoch_and_an_older_token_does_not_do() -> None:
    """Epochs 5 and 6 overlap: 5 is used until `LEAD` after 6 begins, and 6 from then on."""

    def world(begun: int) -> TrustView:
        newer = version_of(BANK_STATUS, ListKind.STATUS, 6, start=NOW - begun, end=NOW + DAY)
        newer = replace(newer, used_from=newer.not_before + LEAD, position=6)
        return replace(TRUST, lists={**TRUST.lists, BANK_STATUS: (STATUS, newer)})

    report(NOT_REVOKED, answer(NOT_REVOKED, STANDING, world(3599)), world(3599))
    with pytest.raises(NotFoundError, match="no current list proof"):
        answer(NOT_REVOKED, STANDING, world(3600))
    assert refusal(NOT_REVOKED, IN_STANDING, world(3600)) is RefusalCode.PROOF_INVALID
    newer = world(3600).lists[BANK_STATUS][1]
    fresh = [*STANDING, *tokens(newer, RIDS)]
    report(NOT_REVOKED, answer(NOT_REVOKED, fresh, world(3600)), world(3600))
    early = answer(NOT_REVOKED, [*fresh], world(3599))
    report(NOT_REVOKED, early, world(3599))


@pytest.mark.parametrize(("seconds", "holds"), [(10, True), (LEAD, True), (LEAD + 1, False)])
def test_token_of_an_epoch_that_has_ended_is_used_for_an_hour(seconds: int, holds: bool) -> None:
    """With no newer epoch published yet: nobody is turned away at the turn of an epoch."""
    ended = version_of(BANK_STATUS, ListKind.STATUS, start=NOW - DAY, end=NOW - seconds)
    trust = replace(TRUST, lists={**TRUST.lists, BANK_STATUS: (ended,)})
    if holds:
        report(NOT_REVOKED, answer(NOT_REVOKED, STANDING, trust), trust)
    else:
        with pytest.raises(NotFoundError, match="no version is in force"):
            answer(NOT_REVOKED, STANDING, trust)
        assert refusal(NOT_REVOKED, IN_STANDING, trust) is RefusalCode.LIST_NOT_CURRENT


def test_version_that_the_verifier_had_not_seen_is_not_meant() -> None:
    """The checkpoint of the request decides, not what is on the ledger when it is answered."""
    newer = version_of(BANK_STATUS, ListKind.STATUS, 6, start=NOW - DAY // 2, end=NOW + DAY)
    seen = replace(TRUST, lists={**TRUST.lists, BANK_STATUS: (STATUS, replace(newer, position=6))})
    late = replace(TRUST, lists={**TRUST.lists, BANK_STATUS: (STATUS, replace(newer, position=7))})
    report(NOT_REVOKED, answer(NOT_REVOKED, STANDING, late), late)
    with pytest.raises(NotFoundError, match="no current list proof"):
        answer(NOT_REVOKED, STANDING, seen)
    behind = replace(TRUST, tree_size=6)
    assert refusal(NOT_REVOKED, IN_STANDING, behind) is RefusalCode.TRUST_STALE


def test_answer_that_is_late_is_refused_when_the_policy_speaks_of_lists() -> None:
    ours = request(HEAD + "require not revoked a, i\n", lifetime=DAY)
    assert ours.expires_at == NOW + LEAD
    made_for = replace(ours, expires_at=NOW + DAY)  # of a verifier that writes what it likes
    other = request(HEAD + "require a.balance >= 1.00 MOP\n", lifetime=DAY)
    in_time, plain = answer(made_for, STANDING), answer(other, STANDING)
    rules = VerificationRules(clock_skew=0)
    for seconds, holds in ((LEAD, True), (LEAD + 1, False)):
        late = verify(made_for, in_time, TRUST, now=NOW + seconds, rules=rules)
        assert isinstance(late, Report) is holds
        if isinstance(late, Refusal):
            assert late.code is RefusalCode.LIST_NOT_CURRENT
        assert isinstance(verify(other, plain, TRUST, now=NOW + seconds, rules=rules), Report)


def test_list_key_that_was_revoked_is_not_believed() -> None:
    revoked = replace(STATUS, key_revoked=True)
    trust = replace(TRUST, lists={**TRUST.lists, BANK_STATUS: (revoked,)})
    report(NOT_REVOKED, IN_STANDING)
    assert refusal(NOT_REVOKED, IN_STANDING, trust) is RefusalCode.LIST_NOT_CURRENT
    with pytest.raises(NotFoundError, match="no version is in force"):
        answer(NOT_REVOKED, STANDING, trust)


def test_token_of_another_ledger_is_refused() -> None:
    """Same owner, key, list and epoch, on a ledger of another name."""
    elsewhere = replace(STATUS, ledger_id="ledger.other")
    foreign = [*tokens(elsewhere, RIDS), *tokens(IDENTITIES, RIDS)]
    presentation = answer(NOT_REVOKED, foreign)
    assert refusal(NOT_REVOKED, presentation) is RefusalCode.PROOF_INVALID
    report(NOT_REVOKED, IN_STANDING)


# Good standing by gaps between revoked records


BY_GAPS = version_of(BANK_STATUS, ListKind.GAPS, spread=Spread.PREFIX)
GAP_TRUST = replace(TRUST, lists={**TRUST.lists, BANK_STATUS: (BY_GAPS,)})


def test_good_standing_is_proven_by_a_gap_between_revoked_records() -> None:
    """The kind is the ledger's to say; the policy is the same."""
    held = [*gaps(BY_GAPS, [4000, 5000]), *tokens(IDENTITIES, RIDS)]
    found = report(NOT_REVOKED, answer(NOT_REVOKED, held, GAP_TRUST), GAP_TRUST)
    assert {each.alias: each.status for each in found.credentials} == {
        "a": (BANK_STATUS, 5),
        "i": (IDENTITY_STATUS, 5),
    }
    revoked = [*gaps(BY_GAPS, [4000, 4711, 5000]), *tokens(IDENTITIES, RIDS)]
    with pytest.raises(NotFoundError, match="no current list proof"):
        answer(NOT_REVOKED, revoked, GAP_TRUST)


def test_a_gap_does_not_pass_where_the_ledger_has_tokens_nor_a_token_for_a_gap() -> None:
    held = [*gaps(BY_GAPS, [4000, 5000]), *tokens(IDENTITIES, RIDS)]
    by_gap = answer(NOT_REVOKED, held, GAP_TRUST)
    report(NOT_REVOKED, by_gap, GAP_TRUST)
    assert refusal(NOT_REVOKED, by_gap) is RefusalCode.PROOF_INVALID
    assert refusal(NOT_REVOKED, IN_STANDING, GAP_TRUST) is RefusalCode.PROOF_INVALID


def test_everything_beside_good_standing_by_gap() -> None:
    """Points of other clauses are read at their place though good standing has no clause."""
    made_for = asked(
        "require not revoked a, i",
        'pseudonym for scope "hengqin-bank"',
        f'encrypt i.rid to "{AUDITOR}"',
    )
    held = [*gaps(BY_GAPS, [4000, 5000]), *tokens(IDENTITIES, RIDS)]
    found = report(made_for, answer(made_for, held, GAP_TRUST), GAP_TRUST)
    plain = report(made_for, answer(made_for, STANDING))
    assert [each.value for each in found.pseudonyms] == [each.value for each in plain.pseudonyms]


def test_list_of_another_spread_than_the_attributes_is_refused() -> None:
    wrong = replace(BY_GAPS, spread=Spread.BLOCK)
    trust = replace(TRUST, lists={**TRUST.lists, BANK_STATUS: (wrong,)})
    held = [*gaps(BY_GAPS, [4000]), *tokens(IDENTITIES, RIDS)]
    presentation = answer(NOT_REVOKED, held, GAP_TRUST)
    report(NOT_REVOKED, presentation, GAP_TRUST)
    assert refusal(NOT_REVOKED, presentation, trust) is RefusalCode.LIST_UNKNOWN


def test_list_that_the_ledger_does_not_know_is_refused() -> None:
    without = replace(TRUST, lists={IDENTITY_STATUS: (IDENTITIES,)})
    assert refusal(NOT_REVOKED, IN_STANDING, without) is RefusalCode.LIST_UNKNOWN
    kinds = replace(TRUST.lists[BANK_STATUS][0], kind=ListKind.MEMBERS)
    other_kind = replace(TRUST, lists={**TRUST.lists, BANK_STATUS: (kinds,)})
    assert refusal(NOT_REVOKED, IN_STANDING, other_kind) is RefusalCode.LIST_UNKNOWN
    report(NOT_REVOKED, IN_STANDING)


def test_epoch_key_is_the_ledgers() -> None:
    """Tokens made with another key, presented under the right epoch."""
    own = tokens(STATUS, RIDS, key=OWNER)
    forged = answer(NOT_REVOKED, [*own, *tokens(IDENTITIES, RIDS)])
    assert refusal(NOT_REVOKED, forged) is RefusalCode.PROOF_INVALID


# Lists


IN_LIST = asked(f'require a.account_kind in list "{MEMBERS}"')
NOT_IN_LIST = asked(f'require i.rid not in list "{SANCTIONS}"')


def test_member_of_a_published_list_is_proven() -> None:
    report(IN_LIST, answer(IN_LIST, tokens(LICENSED, [0, 1, 7])))
    with pytest.raises(NotFoundError, match="no current list proof"):
        answer(IN_LIST, tokens(LICENSED, [0, 7]))


@pytest.mark.parametrize("listed", [[], [5], [814, 816], [1, 814, 816, 2**40 - 1]])
def test_value_between_two_neighbours_is_on_no_list(listed: list[int]) -> None:
    report(NOT_IN_LIST, answer(NOT_IN_LIST, gaps(LISTED, listed)))


@pytest.mark.parametrize("listed", [[815], [814, 815], [815, 816], [814, 815, 816]])
def test_listed_value_has_no_gap(listed: list[int]) -> None:
    with pytest.raises(NotFoundError, match="no current list proof"):
        answer(NOT_IN_LIST, gaps(LISTED, listed))


def test_end_of_a_gap_is_not_inside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that skips the wallet's check: x = low, x = high, and both neighbours listed."""
    from zkproof.presentation import publications

    monkeypatch.setattr(
        publications.HeldListProofs, "find", lambda self, version, value: self._list_proofs[0]
    )
    report(NOT_IN_LIST, answer(NOT_IN_LIST, gaps(LISTED, [814, 816])[1:2]))
    for listed, position in (([815, 816], 1), ([814, 815], 1), ([815], 0), ([815], 1)):
        with pytest.raises(ConflictError):
            answer(NOT_IN_LIST, gaps(LISTED, listed)[position : position + 1])


# Pseudonyms and tags


def test_pseudonym_is_of_the_person_and_the_scope() -> None:
    made_for = asked('pseudonym for scope "hengqin-bank"')
    other = asked('pseudonym for scope "another-bank"')

    def pseudonym(made_for: Request, **changes: object) -> bytes:
        (only,) = report(made_for, answer(made_for, [], **changes)).pseudonyms  # type: ignore[arg-type]
        return only.value

    mallory = {"a": deposit(MALLORY), "i": identity(MALLORY), "secret": MALLORY}
    assert pseudonym(made_for) == pseudonym(made_for, a=deposit(balance=600_000_00))
    assert len({pseudonym(made_for), pseudonym(other), pseudonym(made_for, **mallory)}) == 3


def test_tag_is_of_the_record_and_the_person() -> None:
    made_for = asked('tag of a.account_hash for scope "pledge" per year')

    def tag(**changes: object) -> bytes:
        (only,) = report(made_for, answer(made_for, [], **changes)).pseudonyms  # type: ignore[arg-type]
        assert only.scope == f"{VERIFIER.verifier_id}#pledge/2026"
        return only.value

    renewed = tag(a=deposit(balance=1_00, as_of=NOW // DAY))
    assert tag() == renewed, "a renewed certificate of one account"
    mallory = {"a": deposit(MALLORY), "i": identity(MALLORY), "secret": MALLORY}
    assert len({tag(), tag(a=deposit(account_hash=b"\x09" * 32)), tag(**mallory)}) == 3


# Encryption


ENCRYPTED = asked(f'encrypt i.rid to "{AUDITOR}"')


def test_auditor_finds_the_value_in_the_report() -> None:
    (only,) = report(ENCRYPTED, answer(ENCRYPTED, [])).ciphertexts
    assert (only.slot, only.auditor_id, only.key_id) == ("i.rid", AUDITOR, "2026-1")
    found = Ciphertext.from_octets(only.ciphertext)
    _, g_m = encryption.generators()
    assert found.E2 - curve.msm((found.E1,), (AUDITOR_SECRET,)) == curve.msm((g_m,), (815,))


def test_auditor_unknown_to_the_ledger_is_refused() -> None:
    presentation = answer(ENCRYPTED, [])
    report(ENCRYPTED, presentation)
    without = replace(TRUST, auditors={})
    assert refusal(ENCRYPTED, presentation, without) is RefusalCode.AUDITOR_UNKNOWN
    with pytest.raises(NotFoundError, match="no such auditor"):
        answer(ENCRYPTED, [], without)


def test_ciphertext_under_another_auditors_key_is_refused() -> None:
    presentation = answer(ENCRYPTED, [])
    g, _ = encryption.generators()
    other = replace(TRUST.auditors[AUDITOR], public_key=g.encode())
    report(ENCRYPTED, presentation)
    assert (
        refusal(ENCRYPTED, presentation, replace(TRUST, auditors={AUDITOR: other}))
        is RefusalCode.PROOF_INVALID
    )


# All together


def test_everything_in_one_presentation() -> None:
    made_for = asked(
        "require a.balance >= 500_000.00 MOP",
        "require not revoked a, i",
        f'require a.account_kind in list "{MEMBERS}"',
        f'require i.rid not in list "{SANCTIONS}"',
        'pseudonym for scope "hengqin-bank"',
        'tag of a.account_hash for scope "pledge" per year',
        f'encrypt i.rid to "{AUDITOR}"',
    )
    list_proofs = [*STANDING, *tokens(LICENSED, [1]), *gaps(LISTED, [1, 2, 900])]
    found = report(made_for, answer(made_for, list_proofs))
    assert {each.list_id for each in found.lists} == {
        BANK_STATUS,
        IDENTITY_STATUS,
        MEMBERS,
        SANCTIONS,
    }
    assert len(found.pseudonyms) == 2
    assert len(found.ciphertexts) == 1
    again = report(made_for, answer(made_for, list_proofs))
    assert [each.value for each in again.pseudonyms] == [each.value for each in found.pseudonyms]
    assert again.ciphertexts[0].ciphertext != found.ciphertexts[0].ciphertext


def test_suspended_owner_of_a_list_is_not_believed() -> None:
    presentation = answer(NOT_REVOKED, STANDING)
    report(NOT_REVOKED, presentation)
    list_id = f"{BANK.issuer_id}#licensed"
    made_for = asked(f'require a.account_kind in list "{list_id}"')
    version = version_of(list_id, ListKind.MEMBERS)
    trust = replace(TRUST, lists={list_id: (version,)})
    presentation = answer(made_for, tokens(version, [1]), trust, i=identity(), a=deposit())
    report(made_for, presentation, trust)
    other = KEYS[BANK.issuer_id]
    assert other is not None
    bank = replace(trust.issuers[BANK.issuer_id], suspended=True)
    suspended = replace(trust, issuers={**trust.issuers, BANK.issuer_id: bank})
    assert refusal(made_for, presentation, suspended) is RefusalCode.ISSUER_SUSPENDED
