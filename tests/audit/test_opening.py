"""From a holder's presentation to the value: only what was proven is opened."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.audit.building import office, value_point
from tests.presentation.building import (
    ALICE,
    CHECKPOINT,
    LEDGER,
    NOW,
    SIGNER,
    VERIFIER,
    deposit,
    identity,
    request,
    trust_view,
)
from zkproof.audit.decryption import VerifiedCiphertext, combine, decrypt_part
from zkproof.audit.keys import JointKey
from zkproof.audit.opening import check_receipt, open_presentation
from zkproof.audit.values import ValueSearch, find_registered
from zkproof.errors import AuditError, NotFoundError, UsageError
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.presentation.presentation import Presentation, present
from zkproof.presentation.receipt import Receipt, make_receipt
from zkproof.presentation.report import Refusal, RefusalCode
from zkproof.presentation.request import MAX_LIFETIME, open_request
from zkproof.presentation.verify import verify
from zkproof.sigma.encryption import generators
from zkproof.trust import Auditor, TrustView
from zkproof_circuits import library

OFFICE = office(2, 3, ledger_id=LEDGER)
OTHER = office(1, 1, ledger_id=LEDGER, auditor_id="did:web:other.example", key_id="7")
CEREMONY = OFFICE.key.ceremony


def entry(key: JointKey) -> Auditor:
    """The auditor as the ledger names it."""
    ceremony = key.ceremony
    return Auditor(ceremony.auditor_id, "Office", ceremony.key_id, key.public_key.encode())


TRUST: TrustView = replace(
    trust_view(), auditors={each.auditor_id: each for each in map(entry, (OFFICE.key, OTHER.key))}
)
HEAD = """
policy audited v1
purpose "account opening"
credential a: deposit-certificate from any of registry "mo-banks"
credential i: identity from "did:web:dsi.gov.mo"
same holder a, i
"""
REQUEST = request(
    HEAD
    + f"""
encrypt i.rid to "{CEREMONY.auditor_id}"
encrypt a.rid to "{OTHER.key.ceremony.auditor_id}"
encrypt i.person_number to "{CEREMONY.auditor_id}"
"""
)
PRESENTATION = present(
    REQUEST, REQUEST.circuit(TRUST.schemas), {"a": deposit(), "i": identity()}, ALICE, TRUST
).to_bytes()


def opened(presentation: bytes = PRESENTATION, **changes: object) -> tuple[VerifiedCiphertext, ...]:
    arguments: dict[str, object] = {"auditor_id": CEREMONY.auditor_id, "now": NOW, **changes}
    found = open_presentation(REQUEST, presentation, TRUST, **arguments)  # type: ignore[arg-type]
    assert not isinstance(found, Refusal), found
    return found


def test_threshold_of_authorities_find_the_signed_values() -> None:
    search = ValueSearch(1 << 20)
    values = {}
    for verified in opened():
        parts = [decrypt_part(share, verified) for share in OFFICE.shares[1:]]
        point = combine(OFFICE.key, verified, parts).point
        values[verified.attribute] = search.find(point)
        assert find_registered(point, [7, 815, 99_001]) == values[verified.attribute]
    assert values == {"i.rid": 815, "i.person_number": 99_001}


def test_each_auditor_gets_its_own_ciphertexts() -> None:
    assert [each.attribute for each in opened()] == ["i.rid", "i.person_number"]
    (only,) = opened(auditor_id=OTHER.key.ceremony.auditor_id)
    assert (only.attribute, only.key_id) == ("a.rid", "7")
    point = combine(OTHER.key, only, [decrypt_part(OTHER.shares[0], only)]).point
    assert point == value_point(4711)
    with pytest.raises(NotFoundError, match="nothing in it"):
        opened(auditor_id="did:web:third.example")


def test_share_of_another_auditor_opens_nothing() -> None:
    (only,) = opened(auditor_id=OTHER.key.ceremony.auditor_id)
    with pytest.raises(UsageError, match="not under this one"):
        decrypt_part(OFFICE.shares[0], only)


def test_presentation_that_does_not_verify_is_not_opened() -> None:
    """An altered ciphertext decrypts as well as a proven one; its proof is what fails."""
    parsed = Presentation.from_bytes(PRESENTATION)
    E1 = opened()[0].ciphertext.E1
    g, _ = generators()
    at = parsed.proof.index(E1.encode())
    altered = parsed.proof[:at] + (E1 + g).encode() + parsed.proof[at + 48 :]
    assert opened(replace(parsed, proof=parsed.proof).to_bytes())
    refusal = open_presentation(
        REQUEST,
        replace(parsed, proof=altered).to_bytes(),
        TRUST,
        auditor_id=CEREMONY.auditor_id,
        now=NOW,
    )
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.PROOF_INVALID


def test_ciphertext_lifted_into_another_request_is_not_opened() -> None:
    """A verifier cannot have somebody's ciphertext opened under a purpose of its own."""
    other = request(REQUEST.policy.replace("account opening", "curiosity"))
    refusal = open_presentation(other, PRESENTATION, TRUST, auditor_id=CEREMONY.auditor_id, now=NOW)
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.WRONG_REQUEST


def test_parts_are_for_one_presentation_only() -> None:
    again = present(
        REQUEST, REQUEST.circuit(TRUST.schemas), {"a": deposit(), "i": identity()}, ALICE, TRUST
    ).to_bytes()
    first, other = opened()[0], opened(again)[0]
    assert first.presentation_digest != other.presentation_digest
    parts = [decrypt_part(share, first) for share in OFFICE.shares]
    opening = combine(
        OFFICE.key, other, [*parts[:1], *(decrypt_part(s, other) for s in OFFICE.shares[1:])]
    )
    assert opening.left_out == ("Authority 1: its part does not hold",)


def receipt(**changes: object) -> Receipt:
    circuit = REQUEST.circuit(TRUST.schemas)
    outcome = verify(REQUEST, PRESENTATION, TRUST, now=NOW)
    arguments: dict[str, object] = {
        "signer": SIGNER,
        "request": REQUEST,
        "presentation": PRESENTATION,
        "outcome": outcome,
        "ledger": (LEDGER, TRUST.tree_size, TRUST.root_hash),
        **changes,
    }
    return make_receipt(circuit=circuit, now=NOW, **arguments)  # type: ignore[arg-type]


def test_receipt_of_the_presentation_is_accepted_and_no_other() -> None:
    refused = Refusal(RefusalCode.PROOF_INVALID, "")
    impostor = Ed25519Signer.generate()
    check_receipt(receipt(), REQUEST, PRESENTATION, SIGNER.public_key)
    for wrong, message in (
        (receipt(signer=impostor), "receipt: not signed"),
        (receipt(request=request(REQUEST.policy)), "another request"),
        (receipt(presentation=PRESENTATION[:-1]), "another request or presentation"),
        (receipt(ledger=("other", 7, bytes(32))), "another request"),
        (receipt(outcome=refused), "was refused"),
    ):
        with pytest.raises(AuditError, match=message):
            check_receipt(wrong, REQUEST, PRESENTATION, SIGNER.public_key)


def test_receipt_states_the_day_of_its_request() -> None:
    """Whoever reads it later sees on which day validity was judged."""
    made = receipt()
    times = (REQUEST.today, REQUEST.issued_at, REQUEST.expires_at)
    assert (made.today, made.issued_at, made.expires_at) == times
    check_receipt(made, REQUEST, PRESENTATION, SIGNER.public_key)
    for wrong, message in (
        ({"today": made.today + 1}, "another day"),
        ({"issued_at": made.issued_at + 1}, "another day"),
        ({"expires_at": made.expires_at + 1}, "another day"),
        ({"verified_at": made.expires_at + 1}, "was not open"),
        ({"verified_at": made.issued_at - 61}, "was not open"),
    ):
        unsigned = replace(made, **wrong)  # type: ignore[arg-type]
        signature = SIGNER.sign(b"zkproof receipt v1", unsigned.body())
        with pytest.raises(AuditError, match=message):
            check_receipt(
                replace(unsigned, signature=signature), REQUEST, PRESENTATION, SIGNER.public_key
            )


def test_backdated_request_is_refused_by_auditors() -> None:
    """The verifier signed both; its clock stood a year back, and the request lived a year."""
    year = 365 * 86_400
    for lifetime, right in ((MAX_LIFETIME, True), (year, False)):
        body = replace(REQUEST, expires_at=REQUEST.issued_at + lifetime)
        asked = replace(body, signature=SIGNER.sign(b"zkproof request v2", body.body()))
        made = receipt(request=asked)
        if right:
            check_receipt(made, asked, PRESENTATION, SIGNER.public_key)
            continue
        with pytest.raises(AuditError, match=r"request\.expires_at"):
            check_receipt(made, asked, PRESENTATION, SIGNER.public_key)


def test_request_in_the_verifiers_name_is_refused() -> None:
    """Whoever asks in another's name would have an auditor open what it collected."""
    impostor = Ed25519Signer.generate()
    forged = open_request(
        impostor,
        VERIFIER,
        REQUEST.policy,
        library.all_schemas(),
        ledger_id=LEDGER,
        checkpoint=CHECKPOINT,
        now=NOW,
    )
    own = receipt(signer=impostor, request=forged)
    check_receipt(own, forged, PRESENTATION, impostor.public_key)
    with pytest.raises(AuditError, match="request: not signed"):
        check_receipt(own, forged, PRESENTATION, SIGNER.public_key)


def test_time_is_the_time_of_the_presentation() -> None:
    """The request has long expired when an auditor looks at it."""
    late = open_presentation(
        REQUEST, PRESENTATION, TRUST, auditor_id=CEREMONY.auditor_id, now=NOW + 10**7
    )
    assert isinstance(late, Refusal)
    assert late.code is RefusalCode.EXPIRED
    assert opened(now=NOW)
