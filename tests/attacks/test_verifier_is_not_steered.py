"""Nonce, policy, issuer key or time taken from what the prover sent.

Seen in: verifiers that resolved the issuer key from a header inside the credential, compared the
nonce with one in the same message, or let the presentation name the policy it satisfies.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.presentation.building import (
    ALICE,
    DEPOSIT,
    NOW,
    SIGNER,
    VERIFIER,
    identity,
    issued,
    request,
    trust_view,
)
from tests.presentation.building import BANK as BANK_IDENTITY
from tests.presentation.test_trip import CREDENTIALS, PRESENTATION, REQUEST
from zkproof import bbs
from zkproof.presentation.presentation import Presentation, present
from zkproof.presentation.report import Refusal, RefusalCode, Report
from zkproof.presentation.request import Request, open_request
from zkproof.presentation.verify import verify
from zkproof_circuits import library


def refused(asked: Request, presentation: bytes) -> RefusalCode:
    result = verify(asked, presentation, trust_view(), now=NOW)
    assert isinstance(result, Refusal)
    return result.code


def answer(asked: Request) -> bytes:
    return present(
        asked, asked.circuit(trust_view().schemas), CREDENTIALS, ALICE, trust_view()
    ).to_bytes()


def test_holder_cannot_answer_a_request_of_its_own_making() -> None:
    """Same everything but the nonce: the verifier compares with what it stored."""
    own = replace(REQUEST, nonce=bytes(32))
    assert isinstance(verify(own, answer(own), trust_view(), now=NOW), Report)
    assert refused(REQUEST, answer(own)) is RefusalCode.WRONG_REQUEST


def test_weaker_policy_does_not_answer_a_stronger_one() -> None:
    weaker = request(REQUEST.policy.replace("500_000.00", "1.00"))
    weaker_answer = answer(weaker)
    assert isinstance(verify(weaker, weaker_answer, trust_view(), now=NOW), Report)
    parsed = Presentation.from_bytes(weaker_answer)
    assert refused(REQUEST, weaker_answer) is RefusalCode.WRONG_REQUEST
    relabelled = replace(parsed, request_digest=REQUEST.digest).to_bytes()
    assert refused(REQUEST, relabelled) is RefusalCode.PROOF_INVALID


def test_presentation_to_another_verifier_is_not_replayed_here() -> None:
    """The other verifier asks the same policy with the same nonce, to pass the answer on."""
    there = open_request(
        SIGNER,
        replace(VERIFIER, verifier_id="did:web:evil.example"),
        REQUEST.policy,
        library.all_schemas(),
        ledger_id=REQUEST.ledger_id,
        checkpoint=REQUEST.checkpoint,
        now=NOW,
        random=lambda count: REQUEST.nonce if count == 32 else REQUEST.request_id,
    )
    assert there.nonce == REQUEST.nonce
    passed_on = answer(there)
    assert isinstance(verify(there, passed_on, trust_view(), now=NOW), Report)
    assert refused(REQUEST, passed_on) is RefusalCode.WRONG_REQUEST
    parsed = Presentation.from_bytes(passed_on)
    relabelled = replace(parsed, request_digest=REQUEST.digest).to_bytes()
    assert refused(REQUEST, relabelled) is RefusalCode.PROOF_INVALID


@pytest.mark.parametrize("where", ["key", "issuer"])
def test_key_of_the_provers_choice_is_not_used(where: str) -> None:
    own_key = bbs.SigningKey.generate()
    issuer = (
        BANK_IDENTITY
        if where == "key"
        else replace(BANK_IDENTITY, issuer_id="did:web:shell-bank.example")
    )
    own = issued(issuer, "deposit-certificate", DEPOSIT, ALICE, key=own_key)
    credentials = {"a": own, "i": identity()}
    circuit = REQUEST.circuit(trust_view().schemas)
    forged = present(REQUEST, circuit, credentials, ALICE, trust_view()).to_bytes()
    expected = {
        "key": RefusalCode.PROOF_INVALID,
        "issuer": RefusalCode.ISSUER_NOT_ACCEPTED,
    }
    assert refused(REQUEST, forged) is expected[where]
    assert isinstance(verify(REQUEST, PRESENTATION, trust_view(), now=NOW), Report)
