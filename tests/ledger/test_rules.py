"""Who may say what. Every refusal has a twin that is accepted and differs in one thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from tests.ledger.building import (
    ADMIN,
    BANK,
    CHECKER,
    DAY,
    GOVERNORS,
    LIST,
    NOW,
    OTHER,
    OTHER_ADMIN,
    SCHEMA,
    STRANGER,
    VERIFIER,
    after,
    anchor,
    auditor,
    authority,
    bank_key,
    by_bank,
    by_other,
    by_verifier,
    epoch,
    genesis,
    governed,
    joint_auditor,
    policy,
    registration,
    resigned,
    revoked_list_key,
    rotation,
    verifier_registration,
)
from zkproof import curve
from zkproof.errors import LedgerError
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.entries import Entry
from zkproof.ledger.fold import apply, fold
from zkproof.ledger.possession import Purpose, prove_possession
from zkproof.trust import ListKind
from zkproof_circuits import library


def suspend(author: Callable[..., Entry] = governed) -> Entry:
    return author("issuer-suspend", {"issuer": BANK, "reason": "supervision"})


def suspend_verifier(author: Callable[..., Entry] = governed) -> Entry:
    return author("verifier-suspend", {"verifier": CHECKER, "reason": "asked for too much"})


def reinstate_verifier() -> Entry:
    return governed("verifier-reinstate", {"verifier": CHECKER})


def revoke(author: Callable[..., Entry] = by_bank, key: str = "2026-1") -> Entry:
    return author("issuer-revoke-key", {"issuer": BANK, "key": key, "reason": "lost"})


def schema(author: Callable[..., Entry] = by_bank, octets: bytes = SCHEMA.to_bytes()) -> Entry:
    return author("schema-publish", {"schema": octets})


def registry(version: int = 1, issuers: tuple[str, ...] = (BANK,)) -> Entry:
    body = {"registry": "mo-banks", "version": version, "issuers": list(issuers)}
    return governed("registry-publish", body)


def withdraw(author: Callable[..., Entry] = by_bank, k: int = 1) -> Entry:
    return author("document-revoke", {"sha256": bytes([k]) * 32})


def head(size: int, author: Callable[..., Entry] = by_verifier) -> Entry:
    return author("receipt-head", {"size": size, "head": bytes(32)})


def new_request_key(author: Callable[..., Entry], **changes: Any) -> Entry:
    body = {"verifier": CHECKER, "key": "2", "public_key": STRANGER.public_key, **changes}
    return author("verifier-rotate-key", body)


def new_admin(key: bytes) -> Entry:
    return governed("issuer-replace-admin", {"issuer": BANK, "admin_key": key})


def scope(author: Callable[..., Entry] = governed, **changes: Any) -> Entry:
    body = {
        "scope": "governance#pledge",
        "form": "tag",
        "unit": "year",
        "slots": ["holder", "account_hash"],
        "since": 20_000,
        "purpose": "register of pledges",
        "members": [CHECKER],
        **changes,
    }
    return author("scope-register", body)


def governance_rotation(*signers: Ed25519Signer) -> Entry:
    body = {"keys": [STRANGER.public_key, GOVERNORS[2].public_key], "threshold": 1}
    return resigned(governed("governance-rotate", body), *signers)


def dated(entry: Entry, time: int) -> Entry:
    return resigned(replace(entry, time=time), ADMIN)


SECOND = registration(OTHER, 2)
CHECK = verifier_registration()
NEXT_VERSION = replace(SCHEMA, version=SCHEMA.version + 1).to_bytes()


class Case(NamedTuple):
    """After ``before``, ``right`` is accepted and ``wrong`` is refused because of ``rule``."""

    before: list[Entry]
    right: Entry
    wrong: Entry
    rule: str


CASES = {
    # 1. signatures
    "false signature": Case(
        [], anchor(), replace(anchor(), signatures=anchor().signatures), "signature does not hold"
    ),
    "one governor twice": Case(
        [], suspend(), resigned(suspend(), GOVERNORS[0], GOVERNORS[0]), "signed twice"
    ),
    # 2. place
    "second root": Case([], anchor(), genesis(), "not for governance"),
    "another ledger": Case(
        [], anchor(), resigned(replace(anchor(), ledger_id="other"), ADMIN), "another ledger"
    ),
    # 3. time
    "dated back": Case([], dated(anchor(), NOW - 300), dated(anchor(), NOW - 301), "predecessor"),
    # 4. governance
    "too few governors": Case(
        [], suspend(), resigned(suspend(), GOVERNORS[0]), "enough governance keys"
    ),
    "a stranger among governors": Case(
        [],
        resigned(suspend(), *GOVERNORS),
        resigned(suspend(), *GOVERNORS[:2], STRANGER),
        "not governance's",
    ),
    "governance publishes an epoch": Case(
        [authority()],
        epoch(1),
        governed("list-version", dict(epoch(1).body)),
        "not for governance",
    ),
    "governance rotates without the new keys": Case(
        [],
        governance_rotation(*GOVERNORS[:2], STRANGER),
        governance_rotation(*GOVERNORS[:2]),
        "new governance keys",
    ),
    "governance rotates without the old keys": Case(
        [],
        governance_rotation(*GOVERNORS[1:]),
        governance_rotation(GOVERNORS[2], STRANGER),
        "enough governance keys",
    ),
    "old governance after its rotation": Case(
        [governance_rotation(*GOVERNORS[1:])],
        resigned(suspend(), STRANGER),
        suspend(),
        "enough governance keys",
    ),
    "suspended twice": Case(
        [suspend()], governed("issuer-reinstate", {"issuer": BANK}), suspend(), "nothing would"
    ),
    "unknown issuer": Case(
        [],
        suspend(),
        governed("issuer-suspend", {"issuer": OTHER, "reason": "x"}),
        "no such issuer",
    ),
    "admin key in use": Case(
        [SECOND],
        new_admin(STRANGER.public_key),
        new_admin(OTHER_ADMIN.public_key),
        "registered before",
    ),
    "old admin key after its replacement": Case(
        [new_admin(STRANGER.public_key)], resigned(anchor(), STRANGER), anchor(), "admin key"
    ),
    # 5. issuers
    "stranger signs for the bank": Case(
        [], anchor(), resigned(anchor(), STRANGER), "issuer's admin key"
    ),
    "a second signature beside the bank's": Case(
        [], anchor(), resigned(anchor(), ADMIN, STRANGER), "issuer's admin key"
    ),
    "unknown author": Case(
        [], anchor(), resigned(replace(anchor(), author=OTHER), ADMIN), "author not known"
    ),
    "issuer suspends itself": Case([], suspend(), suspend(by_bank), "not for an issuer"),
    "suspended issuer": Case(
        [suspend(), governed("issuer-reinstate", {"issuer": BANK}), SECOND],
        anchor(),
        resigned(replace(anchor(), author=OTHER), ADMIN),
        "issuer's admin key",
    ),
    "another issuer's key revoked": Case([SECOND], revoke(), revoke(by_other), "only governance"),
    "another issuer's document withdrawn": Case(
        [SECOND, anchor()], withdraw(), withdraw(by_other), "of this author"
    ),
    "document twice": Case([anchor()], anchor(3), anchor(), "anchored before"),
    "document never anchored": Case([anchor()], withdraw(), withdraw(k=5), "no such document"),
    "document withdrawn twice": Case(
        [anchor(1), anchor(3), withdraw()], withdraw(k=3), withdraw(), "withdrawn before"
    ),
    # 6. verifiers
    "verifier's entry by an issuer": Case([CHECK], head(1), head(1, by_bank), "not for an issuer"),
    "verifier's entry by a stranger": Case(
        [CHECK], head(1), resigned(head(1), STRANGER), "verifier's key"
    ),
    "verifier anchors a document": Case(
        [CHECK],
        by_bank("document-anchor", dict(anchor().body)),
        by_verifier("document-anchor", dict(anchor().body)),
        "not for a verifier",
    ),
    "old request key after its rotation": Case(
        [CHECK, new_request_key(by_verifier)], resigned(head(1), STRANGER), head(1), "verifier's"
    ),
    "verifier's key replaced by another verifier": Case(
        [
            CHECK,
            verifier_registration(verifier="did:web:w", public_key=OTHER_ADMIN.public_key),
        ],
        new_request_key(by_verifier),
        new_request_key(
            lambda kind, body: resigned(
                replace(by_verifier(kind, body), author="did:web:w"), OTHER_ADMIN
            )
        ),
        "may replace",
    ),
    "verifier suspended by itself": Case(
        [CHECK], suspend_verifier(), suspend_verifier(by_verifier), "not for a verifier"
    ),
    "verifier suspended by an issuer": Case(
        [CHECK], suspend_verifier(), suspend_verifier(by_bank), "not for an issuer"
    ),
    "verifier suspended twice": Case(
        [CHECK, suspend_verifier()], reinstate_verifier(), suspend_verifier(), "nothing would"
    ),
    "verifier reinstated that was not suspended": Case(
        [CHECK], suspend_verifier(), reinstate_verifier(), "nothing would change"
    ),
    "verifier that never was suspended": Case(
        [CHECK],
        suspend_verifier(),
        governed("verifier-suspend", {"verifier": "did:web:w", "reason": "x"}),
        "no such verifier",
    ),
    "policy of a suspended verifier": Case(
        [CHECK, suspend_verifier()], head(1), policy(), "verifier is suspended"
    ),
    "key of a verifier that never was": Case(
        [CHECK],
        new_request_key(governed),
        new_request_key(governed, verifier="did:web:w"),
        "may replace",
    ),
    "policy version twice": Case([CHECK, policy()], policy(2), policy(), "registered before"),
    # 7. keys
    "key without possession": Case([], rotation(), rotation(possession=bytes(80)), "secret"),
    "possession for another key id": Case(
        [],
        rotation(),
        rotation(possession=prove_possession(bank_key(9), "ledger.test", BANK, "2028")),
        "secret",
    ),
    "possession for another purpose": Case(
        [],
        rotation(),
        rotation(
            possession=prove_possession(
                bank_key(9), "ledger.test", BANK, "2027-1", purpose=Purpose.STATUS
            )
        ),
        "secret",
    ),
    "possession for another issuer": Case(
        [],
        rotation(),
        rotation(possession=prove_possession(bank_key(9), "ledger.test", OTHER, "2027-1")),
        "secret",
    ),
    "octets that are no key": Case([], rotation(), rotation(public_key=bytes(96)), "secret"),
    "key id used before": Case(
        [rotation()],
        rotation(8, key="2028-1", replaces="2027-1", not_before=NOW + 30 * DAY),
        rotation(8, key="2026-1", replaces="2027-1", not_before=NOW + 30 * DAY),
        "identifier was used",
    ),
    "revoked key comes back": Case(
        [revoke()],
        rotation(2, replaced_not_after=None),
        rotation(1, replaced_not_after=None),
        "registered before",
    ),
    "public key of another issuer": Case(
        [], registration(OTHER, 2), registration(OTHER, 1), "registered before"
    ),
    "issuer twice": Case([], SECOND, registration(BANK, 2), "identifier is taken"),
    "issuer under a verifier's name": Case(
        [CHECK], SECOND, registration(CHECKER, 2), "identifier is taken"
    ),
    "issuer called governance": Case(
        [], SECOND, registration("governance", 2), "identifier is taken"
    ),
    "issuer with a list's name": Case(
        [], registration("did:web:b", 2), registration("did:web:b#1", 2), "no #"
    ),
    "verifier twice": Case(
        [CHECK],
        verifier_registration(verifier="did:web:w", public_key=STRANGER.public_key),
        verifier_registration(public_key=STRANGER.public_key),
        "identifier is taken",
    ),
    "verifier under an issuer's name": Case(
        [], CHECK, verifier_registration(verifier=BANK), "identifier is taken"
    ),
    "verifier called governance": Case(
        [], CHECK, verifier_registration(verifier="governance"), "identifier is taken"
    ),
    "verifier with an issuer's key": Case(
        [], CHECK, verifier_registration(public_key=ADMIN.public_key), "registered before"
    ),
    "request key id used before": Case(
        [CHECK],
        new_request_key(by_verifier),
        new_request_key(by_verifier, key="1"),
        "identifier was used",
    ),
    "request key used before": Case(
        [CHECK],
        new_request_key(by_verifier),
        new_request_key(by_verifier, public_key=VERIFIER.public_key),
        "registered before",
    ),
    "key that ends before it begins": Case(
        [], rotation(not_after=NOW + 1), rotation(not_after=NOW), "ends after it begins"
    ),
    # 8. rotation
    "rotation from a revoked key": Case(
        [revoke()],
        rotation(replaced_not_after=None),
        rotation(),
        "over already",
    ),
    "rotation lengthens the old key": Case(
        [rotation(not_after=NOW + 10)],
        rotation(
            8,
            key="2028-1",
            replaces="2027-1",
            replaced_not_after=NOW + 10,
            not_before=NOW + 30 * DAY,
        ),
        rotation(
            8,
            key="2028-1",
            replaces="2027-1",
            replaced_not_after=NOW + 11,
            not_before=NOW + 30 * DAY,
        ),
        "cannot lengthen",
    ),
    "rotation of another key than the newest": Case(
        [rotation()],
        rotation(8, key="2028-1", replaces="2027-1", not_before=NOW + 30 * DAY),
        rotation(8, key="2028-1", replaces="2026-1", not_before=NOW + 30 * DAY),
        "replaces the newest",
    ),
    "keys less than thirty days apart": Case(
        [rotation()],
        rotation(8, key="2028-1", replaces="2027-1", not_before=NOW + 30 * DAY),
        rotation(8, key="2028-1", replaces="2027-1", not_before=NOW + 30 * DAY - 1),
        "30 days apart",
    ),
    "revoked twice": Case([rotation(), revoke()], revoke(key="2027-1"), revoke(), "revoked before"),
    "key that never was": Case([], revoke(), revoke(key="2025-1"), "no such key"),
    "rotation from a key that never was": Case(
        [], rotation(), rotation(replaces="2025-1"), "replaces the newest"
    ),
    "old key ends before it begins": Case(
        [],
        rotation(replaced_not_after=NOW - 40 * DAY + 1),
        rotation(replaced_not_after=NOW - 40 * DAY),
        "revoke the key|ends after",
    ),
    # 9. names
    "schema twice": Case([schema()], schema(octets=NEXT_VERSION), schema(), "published before"),
    "another publisher's schema": Case(
        [SECOND, schema()],
        schema(governed, NEXT_VERSION),
        schema(by_other, NEXT_VERSION),
        "another publisher",
    ),
    "schema that is none": Case([], schema(), schema(octets=b"\xa0"), "not a schema"),
    "status list of another issuer": Case(
        [SECOND], authority(), authority(list_id=f"{OTHER}#1"), "begins with its owner"
    ),
    "epoch of another issuer's list": Case(
        [SECOND, authority()],
        epoch(1),
        by_other("list-version", dict(epoch(1).body)),
        "of this owner",
    ),
    "epoch of no list": Case([authority()], epoch(1), epoch(1, list=f"{BANK}#x"), "no such"),
    "status key without possession": Case(
        [], authority(), authority(possession=bytes(80)), "secret"
    ),
    "status key with a possession for credentials": Case(
        [],
        authority(),
        authority(possession=prove_possession(bank_key(7), "ledger.test", BANK, LIST)),
        "secret",
    ),
    "list of another kind": Case(
        [authority(kind=ListKind.GAPS)],
        authority(8, kind=ListKind.GAPS),
        authority(8, kind=ListKind.MEMBERS),
        "keeps its kind",
    ),
    "status key with a possession for gaps": Case(
        [],
        authority(),
        authority(
            possession=prove_possession(
                bank_key(7), "ledger.test", BANK, LIST, purpose=Purpose.GAPS
            )
        ),
        "secret",
    ),
    "auditor twice": Case([auditor()], auditor(4, "auditor-rotate-key"), auditor(4), "registered"),
    "auditor without possession": Case([], auditor(), auditor(possession=bytes(64)), "secret"),
    "auditor's joint key without one part's secret": Case(
        [], joint_auditor(), joint_auditor(known=False), "secret"
    ),
    "auditor's joint key whose parts cancel": Case(
        [], joint_auditor(), joint_auditor((5, curve.R - 5)), "secret"
    ),
    "auditor's joint key that is not the sum": Case(
        [], joint_auditor(), joint_auditor(public_key=auditor().body["public_key"]), "secret"
    ),
    "auditor with another's possession": Case(
        [], auditor(), auditor(possession=auditor(4).body["possession"]), "secret"
    ),
    "auditor's key that was used before": Case(
        [auditor()],
        auditor(4, "auditor-rotate-key"),
        auditor(3, "auditor-rotate-key", key="new"),
        "registered before",
    ),
    "auditor's key identifier in use": Case(
        [auditor()],
        auditor(4, "auditor-rotate-key"),
        auditor(4, "auditor-rotate-key", key="2026-3"),
        "in use",
    ),
    "key of no auditor": Case(
        [auditor()],
        auditor(4, "auditor-rotate-key"),
        auditor(4, "auditor-rotate-key", auditor="other"),
        "no such auditor",
    ),
    "status key that signs credentials": Case([], authority(), authority(1), "registered before"),
    # 10. shared scopes
    "scope with a member nobody knows": Case(
        [CHECK], scope(), scope(members=[CHECKER, "did:web:w"]), "registered verifiers"
    ),
    "scope without members": Case([CHECK], scope(), scope(members=[]), "registered verifiers"),
    "scope of an issuer among verifiers": Case(
        [CHECK], scope(), scope(members=[BANK]), "registered verifiers"
    ),
    "scope in another's name": Case(
        [CHECK],
        scope(by_bank, scope=f"{BANK}#pledge"),
        scope(by_bank, scope=f"{CHECKER}#pledge"),
        "only its owner or governance",
    ),
    "scope of governance by a verifier": Case(
        [CHECK],
        scope(by_verifier, scope=f"{CHECKER}#pledge"),
        scope(by_verifier),
        "only its owner or governance",
    ),
    "scope of nobody": Case(
        [CHECK],
        scope(scope=f"{BANK}#pledge"),
        scope(scope="did:web:w#pledge"),
        "owner is governance",
    ),
    "scope without an owner": Case([CHECK], scope(), scope(scope="pledge"), "its owner's"),
    "scope whose name looks like another": Case(
        [CHECK], scope(), scope(scope="governance#Pledge"), "a to z"
    ),
    "tag of one attribute": Case([CHECK], scope(), scope(slots=["holder"]), "a tag of two"),
    "pseudonym of two attributes": Case(
        [CHECK], scope(form="pseudonym", slots=["holder"]), scope(form="pseudonym"), "of one"
    ),
    "scope that changes its unit": Case(
        [CHECK, scope()],
        scope(purpose="pledges", members=[CHECKER]),
        scope(unit="month"),
        "never change",
    ),
    "scope that changes its attributes": Case(
        [CHECK, scope()], scope(purpose="x"), scope(slots=["holder", "rid"]), "never change"
    ),
    "scope that changes its beginning": Case(
        [CHECK, scope()], scope(purpose="x"), scope(since=20_001), "never change"
    ),
    # 11. versions
    "registry going back": Case([registry(2)], registry(3), registry(2), "go up"),
    "registry of the unknown": Case(
        [], registry(), registry(issuers=(BANK, OTHER)), "registered issuers"
    ),
    "cap of the owner's own": Case(
        [],
        resigned(authority(bits_cap=14), ADMIN, *GOVERNORS[:2]),
        authority(bits_cap=9),
        "governance signs too",
    ),
    "cap with too few governors": Case(
        [],
        authority(bits_cap=8),
        resigned(authority(bits_cap=9), ADMIN, GOVERNORS[0]),
        "admin key alone",
    ),
    "list of another spread": Case(
        [authority(kind=ListKind.GAPS)],
        authority(8, kind=ListKind.GAPS),
        authority(8, kind=ListKind.GAPS, spread="block"),
        "keeps its kind and its spread",
    ),
    "gaps by hash": Case(
        [],
        authority(kind=ListKind.GAPS, spread="block"),
        authority(kind=ListKind.GAPS, spread="hash"),
        "another spread",
    ),
    "epoch that begins before it is written": Case(
        [authority()], epoch(1, not_before=NOW), epoch(1, not_before=NOW - 1), "written or later"
    ),
    "two epochs within six hours": Case(
        [authority(), epoch(1)],
        epoch(2, not_before=NOW + DAY + 6 * 3600),
        epoch(2, not_before=NOW + DAY + 6 * 3600 - 1),
        "too soon",
    ),
    "emergency epoch without governance": Case(
        [authority(), epoch(1)],
        resigned(epoch(2, not_before=NOW + DAY + 1), ADMIN, *GOVERNORS[:2]),
        epoch(2, not_before=NOW + DAY + 1),
        "too soon",
    ),
    "emergency epoch with a stranger": Case(
        [authority(), epoch(1)],
        resigned(epoch(2, not_before=NOW + DAY + 1), ADMIN, *GOVERNORS[:2]),
        resigned(epoch(2, not_before=NOW + DAY + 1), ADMIN, GOVERNORS[0], STRANGER),
        "admin key alone",
    ),
    "revoked list key again": Case(
        [authority(), epoch(1), by_bank("list-revoke-key", revoked_list_key()), authority(8)],
        epoch(2, not_before=NOW),
        authority(7),
        "registered before",
    ),
    "version of a list whose key was revoked": Case(
        [authority(), by_bank("list-revoke-key", revoked_list_key())],
        authority(8),
        epoch(1),
        "key was revoked",
    ),
    "list key revoked by somebody else": Case(
        [SECOND, authority()],
        by_bank("list-revoke-key", revoked_list_key()),
        by_other("list-revoke-key", revoked_list_key()),
        "no list whose key",
    ),
    "list key that is not the list's": Case(
        [authority()],
        governed("list-revoke-key", revoked_list_key()),
        governed("list-revoke-key", revoked_list_key(8)),
        "no such key",
    ),
    "epoch going back": Case([authority(), epoch(2)], epoch(3), epoch(2), "go up"),
    "epoch that ends before it begins": Case(
        [authority()], epoch(1), epoch(1, not_after=NOW), "ends after"
    ),
    "receipt log that shrinks": Case([CHECK, head(3)], head(4), head(3), "only grow"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_entry_that_breaks_a_rule_is_refused_and_its_twin_is_not(case: Case) -> None:
    state = after(*case.before)
    untouched = state.copy()
    with pytest.raises(LedgerError, match=case.rule):
        apply(state, case.wrong)
    assert state == untouched
    apply(state, case.right)
    assert state != untouched


def test_suspended_issuer_is_silent_until_reinstated() -> None:
    state = after(suspend())
    with pytest.raises(LedgerError, match="suspended"):
        apply(state, anchor())
    apply(state, governed("issuer-reinstate", {"issuer": BANK}))
    apply(state, anchor())


def test_entry_is_not_taken_twice() -> None:
    state, entry = after(), suspend()
    apply(state, entry)
    apply(state, governed("issuer-reinstate", {"issuer": BANK}))
    with pytest.raises(LedgerError, match="nonce"):
        apply(state, entry)
    apply(state, suspend())


def test_nonce_of_one_author_is_free_for_another() -> None:
    mine = anchor()
    theirs = resigned(
        replace(by_other("document-anchor", dict(anchor(5).body)), nonce=mine.nonce), OTHER_ADMIN
    )
    state = after(SECOND, mine)
    apply(state, theirs)
    again = resigned(replace(anchor(9), nonce=mine.nonce), ADMIN)
    with pytest.raises(LedgerError, match="nonce"):
        apply(state, again)


def test_time_may_not_be_turned_back_in_small_steps() -> None:
    state = after(dated(anchor(1), NOW - 200))
    with pytest.raises(LedgerError, match="predecessor"):
        apply(state, dated(anchor(3), NOW - 400))


def test_first_entry_is_the_root_signed_by_its_own_keys() -> None:
    assert fold([genesis()]).threshold == 2
    for wrong, rule in (
        (registration(), "first one is"),
        (resigned(genesis(), GOVERNORS[0]), "enough of its own"),
        (resigned(genesis(), *GOVERNORS, STRANGER), "enough of its own"),
        (resigned(replace(genesis(), author=BANK), *GOVERNORS), "first one is"),
        (genesis(threshold=0), "threshold"),
        (genesis(threshold=4), "threshold"),
        (genesis(keys=[]), "threshold"),
    ):
        with pytest.raises(LedgerError, match=rule):
            fold([wrong])


def test_state_says_what_the_entries_said() -> None:
    state = after(
        SECOND,
        CHECK,
        schema(),
        registry(issuers=(BANK, OTHER)),
        rotation(),
        anchor(),
        withdraw(),
        policy(),
        head(3),
        head(7),
        scope(),
        new_request_key(by_verifier),
        governance_rotation(*GOVERNORS[1:]),
    )
    assert (state.ledger_id, state.name, state.time) == ("ledger.test", "Test", NOW)
    assert state.governance == {STRANGER.public_key, GOVERNORS[2].public_key}
    document = state.documents[b"\1" * 32]
    assert (document.sm3, document.anchored_at, document.withdrawn_at) == (b"\2" * 32, NOW, NOW)
    verifier = state.verifiers[CHECKER]
    assert (verifier.key_id, verifier.public_key) == ("2", STRANGER.public_key)
    assert verifier.receipt_head == (7, bytes(32))
    assert verifier.policies["demo", 1].text.startswith("policy demo")
    assert state.scopes["governance#pledge"].members == {CHECKER}
    assert state.registries["mo-banks"].issuers == {BANK, OTHER}
    assert state.schemas == {SCHEMA.digest: library.schema("deposit-certificate")}


def test_copied_state_goes_its_own_way() -> None:
    entries = [genesis(), registration(), SECOND, CHECK, authority()]
    state = fold(entries)
    copy = state.copy()
    for entry in (anchor(), policy(), epoch(1), rotation(), schema(), registry(), suspend()):
        apply(copy, entry)
    assert state == fold(entries)
    assert copy != state
