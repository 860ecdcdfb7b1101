"""Request to report and receipt: what holds is reported exactly, the rest is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.presentation.building import (
    ALICE,
    AUTHORITY,
    BANK,
    DEPOSIT,
    KEYS,
    LEDGER,
    MALLORY,
    NOW,
    OTHER_BANK,
    POLICY,
    SIGNER,
    TODAY,
    deposit,
    identity,
    issued,
    request,
    trust_view,
)
from zkproof import bbs
from zkproof.credential.credential import Credential
from zkproof.credential.link_secret import LinkSecret
from zkproof.errors import ConflictError, DecodeError, IssuanceError, UsageError
from zkproof.presentation.presentation import Presentation, present, presentation_digest
from zkproof.presentation.receipt import PROVEN, Receipt, make_receipt
from zkproof.presentation.report import ProvenCredential, Refusal, RefusalCode, Report
from zkproof.presentation.request import MAX_LIFETIME, MAX_TIME, Request
from zkproof.presentation.revealed_names import differing_names
from zkproof.presentation.verify import VerificationRules, verify
from zkproof.scenarios.adversary import present_unchecked

REQUEST = request()
CIRCUIT = REQUEST.circuit(trust_view().schemas)
CREDENTIALS = {"a": deposit(), "i": identity()}
PRESENTATION = present(REQUEST, CIRCUIT, CREDENTIALS, ALICE, trust_view()).to_bytes()


def outcome(
    presentation: bytes = PRESENTATION, *, asked: Request = REQUEST, now: int = NOW, **trust: object
) -> Report | Refusal:
    return verify(asked, presentation, trust_view(**trust), now=now)


def refused(result: Report | Refusal) -> RefusalCode:
    assert isinstance(result, Refusal)
    return result.code


def shown(credentials: Mapping[str, Credential] = CREDENTIALS, secret: LinkSecret = ALICE) -> bytes:
    return present(REQUEST, CIRCUIT, credentials, secret, trust_view()).to_bytes()


def test_report_says_exactly_what_was_proven() -> None:
    report = outcome()
    assert isinstance(report, Report)
    assert [each.source for each in report.constraints] == [
        "same holder a, i",
        "require a.balance >= 500_000.00 MOP",
        "require a.as_of >= today - 30 days",
    ]
    bank, person = report.credentials
    assert isinstance(bank, ProvenCredential)
    assert isinstance(person, ProvenCredential)
    assert (bank.issuer_id, bank.key_id) == (BANK.issuer_id, BANK.key_id)
    assert bank.disclosed == {"currency": 446, "bank_name": "Bank A"}
    assert "balance" in bank.hidden
    assert person.issuer_id == AUTHORITY.issuer_id
    assert person.disclosed == {}
    assert report.purpose == "account opening"
    assert (report.tree_size, report.verified_at) == (7, NOW)


def test_neither_report_nor_refusal_has_a_truth_value() -> None:
    for result in (outcome(), outcome(b"")):
        with pytest.raises(TypeError, match="no truth value"):
            bool(result)


def test_hidden_values_are_nowhere_in_request_presentation_or_receipt() -> None:
    report = outcome()
    receipt = make_receipt(
        SIGNER, REQUEST, CIRCUIT, PRESENTATION, report, ledger=(LEDGER, 7, bytes(32)), now=NOW
    )
    for document in (REQUEST.to_bytes(), PRESENTATION, receipt.to_bytes()):
        for value in DEPOSIT.values():
            if isinstance(value, bytes):
                assert value not in document
        assert int(DEPOSIT["balance"]).to_bytes(4, "big") not in document
        assert ALICE.export_secret() not in document
    assert b"Bank A" not in receipt.to_bytes()


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({"balance": 500_000_00}, True),
        ({"balance": 499_999_99}, False),
        ({"as_of": TODAY - 30}, True),
        ({"as_of": TODAY - 31}, False),
        ({"valid_until": TODAY}, True),
        ({"valid_until": TODAY - 1, "valid_from": TODAY - 9}, False),
        ({"valid_from": TODAY}, True),
        ({"valid_from": TODAY + 1}, False),
    ],
    ids=str,
)
def test_bounds_and_validity_are_exact(changes: dict[str, int], holds: bool) -> None:
    credentials = {**CREDENTIALS, "a": deposit(**changes)}
    if holds:
        assert isinstance(outcome(shown(credentials)), Report)
    else:
        with pytest.raises(ConflictError, match="does not hold"):
            shown(credentials)


def test_credentials_of_two_people_are_not_shown_together() -> None:
    other = {"a": deposit(MALLORY), "i": CREDENTIALS["i"]}
    for secret in (ALICE, MALLORY):
        with pytest.raises(Exception, match="signature"):
            shown(other, secret)


def test_presentation_made_for_another_request_is_refused() -> None:
    assert refused(outcome(asked=request())) is RefusalCode.WRONG_REQUEST


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW + 600, None),
        (NOW + 601, RefusalCode.EXPIRED),
        (NOW - 60, None),
        (NOW - 61, RefusalCode.NOT_YET_VALID),
    ],
)
def test_request_is_answered_in_its_time(now: int, expected: RefusalCode | None) -> None:
    result = outcome(now=now)
    assert isinstance(result, Report) if expected is None else refused(result) is expected


def changed_issuer(issuer_id: str, **changes: object) -> dict[str, object]:
    issuers = dict(trust_view().issuers)
    issuers[issuer_id] = replace(issuers[issuer_id], **changes)  # type: ignore[arg-type]
    return {"issuers": issuers}


def changed_key(issuer_id: str, **changes: object) -> dict[str, object]:
    issuer = trust_view().issuers[issuer_id]
    keys = {name: replace(key, **changes) for name, key in issuer.keys.items()}  # type: ignore[arg-type]
    return changed_issuer(issuer_id, keys=keys)


@pytest.mark.parametrize(
    ("trust", "code"),
    [
        (changed_issuer(BANK.issuer_id, suspended=True), RefusalCode.ISSUER_SUSPENDED),
        (changed_issuer(BANK.issuer_id, keys={}), RefusalCode.KEY_UNKNOWN),
        (changed_key(BANK.issuer_id, revoked_at=1), RefusalCode.KEY_REVOKED),
        (changed_key(AUTHORITY.issuer_id, revoked_at=1), RefusalCode.KEY_REVOKED),
        (changed_key(BANK.issuer_id, not_after=NOW - 1), RefusalCode.KEY_EXPIRED),
        (changed_key(BANK.issuer_id, not_before=NOW + 61), RefusalCode.KEY_EXPIRED),
        (
            changed_key(BANK.issuer_id, public_key=KEYS[OTHER_BANK.issuer_id].public_key.octets),
            RefusalCode.PROOF_INVALID,
        ),
        ({"issuers": {}}, RefusalCode.ISSUER_UNKNOWN),
        ({"registries": {}}, RefusalCode.ISSUER_NOT_ACCEPTED),
        ({"schemas": {}}, RefusalCode.SCHEMA_UNKNOWN),
        ({"ledger_id": "another"}, RefusalCode.WRONG_LEDGER),
        ({"as_of": NOW - 86_401}, RefusalCode.TRUST_STALE),
    ],
)
def test_only_what_the_ledger_says_is_believed(trust: dict[str, object], code: RefusalCode) -> None:
    assert isinstance(outcome(), Report)
    assert refused(verify(REQUEST, PRESENTATION, trust_view(**trust), now=NOW)) is code


def test_the_named_issuer_must_be_the_one_the_policy_accepts() -> None:
    forged = issued(BANK, "identity", dict(CREDENTIALS["i"].values), ALICE)
    result = outcome(shown({**CREDENTIALS, "i": forged}))
    assert refused(result) is RefusalCode.ISSUER_NOT_ACCEPTED


def test_key_that_the_prover_brings_is_not_believed() -> None:
    """Same issuer, same key id, signed with a key of the prover's own."""
    own = issued(BANK, "deposit-certificate", DEPOSIT, ALICE, key=bbs.SigningKey.generate())
    assert refused(outcome(shown({**CREDENTIALS, "a": own}))) is RefusalCode.PROOF_INVALID


def rewritten(**changes: Any) -> bytes:
    return replace(Presentation.from_bytes(PRESENTATION), **changes).to_bytes()


def rewritten_credential(alias: str, **changes: Any) -> bytes:
    parsed = Presentation.from_bytes(PRESENTATION)
    credentials = dict(parsed.credentials)
    credentials[alias] = replace(credentials[alias], **changes)
    return replace(parsed, credentials=credentials).to_bytes()


@pytest.mark.parametrize(
    ("presentation", "code"),
    [
        (
            rewritten_credential("a", disclosed={"currency": 446, "bank_name": "Bank B"}),
            RefusalCode.PROOF_INVALID,
        ),
        (
            rewritten_credential("a", disclosed={"currency": 344, "bank_name": "Bank A"}),
            RefusalCode.DISCLOSED_MISMATCH,
        ),
        (rewritten_credential("a", disclosed={"currency": 446}), RefusalCode.DISCLOSED_MISMATCH),
        (
            rewritten_credential(
                "a", disclosed={"currency": 446, "bank_name": "Bank A", "balance": 75_000_000}
            ),
            RefusalCode.DISCLOSED_MISMATCH,
        ),
        (rewritten_credential("i", disclosed={"name": "x"}), RefusalCode.DISCLOSED_MISMATCH),
        (rewritten_credential("a", key_id="2027-1"), RefusalCode.KEY_UNKNOWN),
        (rewritten_credential("a", issuer_id=OTHER_BANK.issuer_id), RefusalCode.PROOF_INVALID),
        (rewritten(credentials={}), RefusalCode.CREDENTIALS_MISMATCH),
        (rewritten(proof=b""), RefusalCode.PROOF_INVALID),
        (rewritten(request_digest=bytes(32)), RefusalCode.WRONG_REQUEST),
    ],
)
def test_rewritten_presentation_is_refused(presentation: bytes, code: RefusalCode) -> None:
    assert isinstance(outcome(rewritten()), Report)
    assert refused(outcome(presentation)) is code


def test_every_changed_octet_of_a_presentation_is_refused() -> None:
    for position in range(0, len(PRESENTATION), 3):
        changed = bytearray(PRESENTATION)
        changed[position] ^= 1 << (position % 8)
        assert isinstance(outcome(bytes(changed)), Refusal), position


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_arbitrary_octets_are_malformed(data: bytes) -> None:
    assert refused(outcome(data)) is RefusalCode.MALFORMED


@pytest.mark.parametrize("cut", [0, 1, 10, 100, -1])
def test_truncated_documents_are_refused(cut: int) -> None:
    for document, parse in (
        (PRESENTATION, Presentation),
        (REQUEST.to_bytes(), Request),
        (CREDENTIALS["a"].to_bytes(), Credential),
    ):
        assert parse.from_bytes(document).to_bytes() == document
        with pytest.raises(DecodeError):
            parse.from_bytes(document[:cut])
        with pytest.raises(DecodeError):
            parse.from_bytes(document + b"\0")


def test_request_that_announces_another_circuit_is_not_compiled() -> None:
    other = replace(REQUEST, policy=REQUEST.policy.replace("500_000", "400_000"))
    assert not other.signed_by(SIGNER.public_key)
    with pytest.raises(DecodeError, match="compiles to something else"):
        other.circuit(trust_view().schemas)


def test_request_is_signed_by_its_verifier_and_nobody_else() -> None:
    assert REQUEST.signed_by(SIGNER.public_key)
    assert not REQUEST.signed_by(bytes(32))
    octets = REQUEST.to_bytes()
    for position in range(0, len(octets), 11):
        changed = bytearray(octets)
        changed[position] ^= 1
        try:
            parsed = Request.from_bytes(bytes(changed))
        except DecodeError:
            continue
        assert not parsed.signed_by(SIGNER.public_key)


@pytest.mark.parametrize("presentation", [PRESENTATION, b"junk"], ids=["proven", "refused"])
def test_receipt_states_the_result_and_holds_its_signature(presentation: bytes) -> None:
    result = outcome(presentation)
    receipt = make_receipt(
        SIGNER, REQUEST, CIRCUIT, presentation, result, ledger=(LEDGER, 7, bytes(32)), now=NOW
    )
    assert receipt.result == (PROVEN if isinstance(result, Report) else "malformed")
    assert receipt.presentation_digest == presentation_digest(presentation)
    assert Receipt.from_bytes(receipt.to_bytes()) == receipt
    assert receipt.signed_by(SIGNER.public_key)
    assert not replace(receipt, result="expired").signed_by(SIGNER.public_key)


def test_stale_trust_is_the_verifiers_own_setting() -> None:
    view = trust_view(as_of=NOW - 7200)
    strict = VerificationRules(trust_max_age=3600)
    assert isinstance(verify(REQUEST, PRESENTATION, view, now=NOW), Report)
    assert refused(verify(REQUEST, PRESENTATION, view, now=NOW, rules=strict)) is (
        RefusalCode.TRUST_STALE
    )


def test_request_that_was_opened_long_ago_is_refused() -> None:
    """A long life under an old day: an expired certificate would be valid."""
    for seconds, right in ((MAX_LIFETIME, True), (MAX_LIFETIME + 1, False), (0, False)):
        asked = replace(REQUEST, expires_at=REQUEST.issued_at + seconds)
        data = replace(asked, signature=SIGNER.sign(b"zkproof request v2", asked.body())).to_bytes()
        if right:
            assert Request.from_bytes(data).signed_by(SIGNER.public_key)
            assert refused(outcome(asked=asked)) is RefusalCode.WRONG_REQUEST
            continue
        with pytest.raises(DecodeError, match=r"request\.expires_at"):
            Request.from_bytes(data)
        answer = present(asked, CIRCUIT, CREDENTIALS, ALICE, trust_view()).to_bytes()
        with pytest.raises(UsageError, match=r"request\.expires_at"):
            outcome(answer, asked=asked, now=asked.issued_at)


def test_credential_of_another_ledger_is_not_shown_nor_accepted() -> None:
    """Its issuer uses one key on two ledgers, and revoked it on the other one only."""
    elsewhere = replace(BANK, ledger_id="ledger.elsewhere")
    foreign = issued(elsewhere, "deposit-certificate", DEPOSIT, ALICE)
    assert isinstance(outcome(shown({**CREDENTIALS, "a": deposit()})), Report)
    with pytest.raises(UsageError, match="another ledger"):
        shown({**CREDENTIALS, "a": foreign})
    with pytest.raises(IssuanceError, match="signature"):
        shown({**CREDENTIALS, "a": replace(foreign, ledger_id=LEDGER)})
    forged = present_unchecked(
        REQUEST,
        CIRCUIT,
        {**CREDENTIALS, "a": replace(foreign, ledger_id=LEDGER)},
        ALICE,
        trust_view(),
    )
    assert refused(outcome(forged)) is RefusalCode.PROOF_INVALID


def test_revealed_text_that_is_not_the_registered_name_is_noticed() -> None:
    asked = request(POLICY.replace("reveal a.currency, a.bank_name", "reveal a.bank_name, i.name"))
    circuit = asked.circuit(trust_view().schemas)

    def noticed(name: str) -> list[tuple[str, str, str, bool]]:
        held = {"a": deposit(bank_name=name), "i": identity()}
        found = differing_names(circuit, held, trust_view())
        return [(str(f.credential), f.text, f.registered, f.alike) for f in found]

    person = ("i", "Chan Tai Man", "Identification Services", False)
    assert noticed("Bank A") == [person]
    for like in ("Bank \u0410", "bank a", "Bank  A", "BankA", "B\u00e1nk A"):
        assert noticed(like) == [("a", like, "Bank A", True), person]
    assert noticed("Customer 4711") == [("a", "Customer 4711", "Bank A", False), person]


def test_request_whose_today_is_another_day_is_refused() -> None:
    """An expired certificate is valid on the day before yesterday."""
    assert Request.from_bytes(REQUEST.to_bytes()) == REQUEST
    for today in (REQUEST.today - 1, REQUEST.today + 1):
        moved = replace(REQUEST, today=today)
        with pytest.raises(DecodeError, match=r"request\.today"):
            Request.from_bytes(moved.to_bytes())
        answer = Presentation.from_bytes(PRESENTATION)
        relabelled = replace(answer, request_digest=moved.digest).to_bytes()
        with pytest.raises(UsageError, match="not the day"):
            verify(moved, relabelled, trust_view(), now=NOW)
    for field, value in (("issued_at", MAX_TIME), ("expires_at", MAX_TIME), ("today", 3_000_000)):
        with pytest.raises(DecodeError, match=f"request(.body)?.{field}"):
            Request.from_bytes(replace(REQUEST, **{field: value}).to_bytes())  # type: ignore[arg-type]
