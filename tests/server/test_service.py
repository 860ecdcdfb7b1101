"""The verifier service over real HTTP: one answer per request, whatever else is thrown at it."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.presentation.building import (
    LEDGER,
    NOW,
    POLICY,
    SIGNER,
)
from tests.server.building import (
    PROBLEM,
    Running,
    bearer,
    proof_for,
    serving,
    trust_view,
    wallet_path,
)
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.presentation.presentation import Presentation, presentation_digest
from zkproof.presentation.receipt import Receipt
from zkproof.presentation.request import Request, VerifierIdentity, open_request
from zkproof.trust import Checkpoint
from zkproof_circuits import library


def test_answer_carries_verdict_report_and_receipt(service: Running) -> None:
    asked = service.open()
    fetched = service.fetch(asked)
    assert fetched.headers["content-type"] == "application/cbor"
    assert Request.from_bytes(fetched.content) == asked
    reply = service.answer(asked, proof_for(asked)).json()
    assert reply["result"] == "proven"
    assert [each["text"] for each in reply["report"]["constraints"]] == [
        "same holder a, i",
        "require a.balance >= 500_000.00 MOP",
        "require a.as_of >= today - 30 days",
    ]
    bank = reply["report"]["credentials"][0]
    assert bank["disclosed"] == {"bank_name": "Bank A", "currency": "MOP"}
    assert "balance" in bank["hidden"]
    assert bank["schema"] == "deposit-certificate v1"
    receipt = Receipt.from_bytes(bytes.fromhex(reply["receipt"]))
    assert receipt.signed_by(SIGNER.public_key)
    assert receipt.request_digest == asked.digest
    stored = service.result(asked)
    assert stored["state"] == "proven"
    assert stored["result"]["report"] == reply["report"]
    copy = service.get(f"/{service.id(asked)}/receipt", headers=bearer(service.reader))
    assert copy.headers["content-type"] == "application/cbor"
    assert copy.content.hex() == reply["receipt"] == stored["receipt"]


def test_parameters_reach_the_policy(service: Running) -> None:
    policy = POLICY.replace(
        "credential a:", "param threshold: money(MOP, 2) = 900_000.00 MOP\ncredential a:"
    ).replace("500_000.00 MOP", "threshold")
    asked = service.open(policy, parameters={"threshold": "700_000.00"})
    assert service.answer(asked, proof_for(asked)).json()["result"] == "proven"
    assert service.ask(policy=policy, parameters={"treshold": "1.00"}).status_code == 422


def test_packaged_policy_is_asked_by_name(service: Running) -> None:
    asked = service.open("deposit-threshold", parameters={"threshold": "100_000.00"})
    assert asked.policy == library.policy_text("deposit-threshold")
    assert asked.parameters == {"threshold": "100_000.00"}


def test_request_is_answered_once(service: Running) -> None:
    asked = service.open()
    proof = proof_for(asked)
    first = service.answer(asked, proof).json()
    assert first["result"] == "proven"
    before = service.result(asked)
    reply = service.answer(asked, proof_for(asked))
    assert reply.status_code == 409
    assert reply.headers["content-type"] == PROBLEM
    assert (reply.json()["code"], reply.json()["state"]) == ("not-open", "proven")
    assert service.result(asked) == before


def test_same_answer_again_gets_the_same_receipt(service: Running) -> None:
    """A reply that was lost: nothing is verified, recorded or counted a second time."""
    asked = service.open()
    proof = proof_for(asked)
    first = service.answer(asked, proof)
    before = service.result(asked)
    for _ in range(2):
        again = service.answer(asked, proof)
        assert (again.status_code, again.json()) == (200, first.json())
    assert service.result(asked) == before
    refused, other = service.open(), proof_for(asked)
    replies = [service.answer(refused, other).json() for _ in range(4)]
    assert {each["result"] for each in replies} == {"wrong-request"}
    assert len({each["receipt"] for each in replies}) == 1
    assert (service.result(refused)["tries"], service.result(refused)["state"]) == (1, "answered")
    assert service.answer(refused, proof_for(refused)).json()["result"] == "proven"


def test_same_answer_many_times_at_once_is_recorded_once(service: Running) -> None:
    asked = service.open()
    replies = service.post_at_once(asked, [proof_for(asked)] * 6)
    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.json()["receipt"] for reply in replies}) == 1
    assert service.result(asked)["tries"] == 1


def test_repeated_answer_gets_its_receipt_when_the_report_is_gone(tmp_path: Path) -> None:
    short = Running(tmp_path, retention_seconds=10, sweep_seconds=0.05)
    with serving(short):
        asked = short.open()
        proof = proof_for(asked)
        first = short.answer(asked, proof).json()
        short.now = NOW + 10
        again = short.answer(asked, proof).json()
        assert (again["receipt"], again["result"]) == (first["receipt"], "proven")
        assert (again["report"], first["report"] is None) == (None, False)


def test_holder_fetches_the_receipt_about_its_answer(service: Running) -> None:
    asked = service.open()
    proof = proof_for(asked)
    digest = presentation_digest(proof).hex()

    def fetched(**params: str) -> httpx.Response:
        return service.call("get", f"{wallet_path(asked)}/receipt", params=params)

    assert fetched(presentation=digest).status_code == 404
    receipt = service.answer(asked, proof).json()["receipt"]
    assert fetched(presentation=digest).content.hex() == receipt
    assert fetched(presentation="00" * 32).status_code == 404
    assert fetched(presentation=digest[:-1]).status_code == 422
    assert fetched().status_code == 422


def test_request_that_is_over_says_so_before_anybody_proves(service: Running) -> None:
    answered, closed, lapsed = (service.open(lifetime_seconds=60) for _ in range(3))
    for asked in (answered, closed, lapsed):
        assert service.fetch(asked).status_code == 200
    service.answer(answered, proof_for(answered))
    for _ in range(3):
        service.answer(closed, proof_for(answered))
    for asked, state in ((answered, "proven"), (closed, "refused"), (lapsed, "expired")):
        if state == "expired":
            service.now = NOW + 61
        reply = service.fetch(asked)
        assert (reply.status_code, reply.json()["code"]) == (409, "not-open")
        assert reply.json()["state"] == state


def test_of_many_answers_at_once_exactly_one_wins(service: Running) -> None:
    asked = service.open()
    replies = service.post_at_once(asked, [proof_for(asked) for _ in range(8)])
    assert sorted(reply.status_code for reply in replies) == [200] + [409] * 7
    (winner,) = [reply for reply in replies if reply.status_code == 200]
    assert service.result(asked)["receipt"] == winner.json()["receipt"]


def test_of_many_refused_answers_at_once_three_are_counted(service: Running) -> None:
    asked, other = service.open(), service.open()
    replies = service.post_at_once(asked, [proof_for(other) for _ in range(8)])
    assert sorted(reply.status_code for reply in replies) == [200] * 3 + [409] * 5
    assert (service.result(asked)["state"], service.result(asked)["tries"]) == ("refused", 3)


def test_answered_requests_stay_answered_over_a_restart(tmp_path: Path) -> None:
    stopped = Running(tmp_path)
    with serving(stopped):
        answered, opened = stopped.open(), stopped.open()
        proof = proof_for(answered)
        assert stopped.answer(answered, proof).json()["result"] == "proven"
    with serving(stopped):
        assert stopped.answer(answered, proof_for(answered)).status_code == 409
        assert stopped.answer(answered, proof).json()["result"] == "proven"
        assert stopped.answer(opened, proof_for(opened)).json()["result"] == "proven"


def test_answer_to_another_request_is_refused_until_the_request_is_closed(
    service: Running,
) -> None:
    asked, other = service.open(), service.open()
    replayed = proof_for(other)
    for theirs in (replayed, proof_for(other), proof_for(other)):
        reply = service.answer(asked, theirs).json()
        assert reply["result"] == "wrong-request"
        assert reply["report"] is None
        receipt = Receipt.from_bytes(bytes.fromhex(reply["receipt"]))
        assert receipt.result == "wrong-request"
        assert receipt.signed_by(SIGNER.public_key)
    assert service.answer(asked, proof_for(asked)).status_code == 409
    assert service.result(asked)["state"] == "refused"
    assert service.answer(other, replayed).json()["result"] == "proven"


def test_answer_to_another_verifier_is_refused(service: Running) -> None:
    theirs = open_request(
        Ed25519Signer.generate(),
        VerifierIdentity("did:web:other.example", "Other", "1"),
        POLICY,
        library.all_schemas(),
        ledger_id=LEDGER,
        checkpoint=Checkpoint(7, bytes(32)),
        now=NOW,
    )
    ours = service.open()
    assert service.answer(ours, proof_for(theirs)).json()["result"] == "wrong-request"
    assert service.answer(ours, proof_for(ours)).json()["result"] == "proven"


def test_malformed_answers_cost_nothing(service: Running) -> None:
    asked = service.open()
    proof = proof_for(asked)
    for junk in (b"", b"junk", proof[:-1], proof + b"\0", b"\x81" * 5000, b"\xa0"):
        reply = service.answer(asked, junk)
        assert reply.status_code == 422
        assert reply.headers["content-type"] == PROBLEM
        assert reply.json()["code"] == "malformed"
        assert reply.json()["field"].startswith("presentation")
    assert service.result(asked)["tries"] == 0
    assert service.answer(asked, proof).json()["result"] == "proven"


def test_changed_answers_are_refused(service: Running) -> None:
    asked = service.open()
    parsed = Presentation.from_bytes(proof_for(asked))
    changed = dict(parsed.credentials)
    changed["a"] = replace(changed["a"], disclosed={**changed["a"].disclosed, "bank_name": "X"})
    forged = replace(parsed, credentials=changed).to_bytes()
    reply = service.answer(asked, forged).json()
    assert reply["result"] == "proof-invalid"
    assert reply["report"] is None
    assert service.answer(asked, parsed.to_bytes()).json()["result"] == "proven"


def test_expired_request_is_refused(service: Running) -> None:
    asked, twin = service.open(lifetime_seconds=60), service.open(lifetime_seconds=60)
    service.now = NOW + 60
    assert service.answer(twin, proof_for(twin)).json()["result"] == "proven"
    service.now = NOW + 61
    assert service.result(asked)["state"] == "expired"
    reply = service.answer(asked, proof_for(asked))
    assert (reply.status_code, reply.json()["state"]) == (409, "expired")


@pytest.mark.parametrize(
    ("change", "code"),
    [({"as_of": NOW - 90_000}, "trust-stale"), ({"schemas": {}}, "schema-unknown")],
)
def test_what_the_verifier_cannot_check_now_costs_the_holder_nothing(
    service: Running, change: dict[str, Any], code: str
) -> None:
    asked = service.open()
    proof = proof_for(asked)
    service.trust.view = trust_view(**change)
    reply = service.answer(asked, proof)
    assert (reply.status_code, reply.json()["code"]) == (503, code)
    assert "retry-after" in reply.headers
    assert service.result(asked)["tries"] == 0
    service.trust.view = trust_view()
    assert service.answer(asked, proof).json()["result"] == "proven"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body.policy"),
        ({"policy": ""}, "body.policy"),
        ({"policy": 5}, "body.policy"),
        ({"policy": POLICY, "surplus": 1}, "body.surplus"),
        ({"policy": POLICY, "lifetime_seconds": 0}, "body.lifetime_seconds"),
        ({"policy": POLICY, "lifetime_seconds": "60"}, "body.lifetime_seconds"),
        ({"policy": POLICY, "lifetime_seconds": 7 * 86_400 + 1}, "body.lifetime_seconds"),
        ({"policy": POLICY, "parameters": {"x": 1}}, "body.parameters.x"),
        ({"policy": "x" * 20_001}, "body.policy"),
    ],
)
def test_body_that_breaks_a_rule_is_refused_with_its_field(
    service: Running, body: dict[str, Any], field: str
) -> None:
    reply = service.ask(**body)
    assert reply.status_code == 422
    assert reply.headers["content-type"] == PROBLEM
    assert [each["field"] for each in reply.json()["fields"]] == [field]


def test_policy_that_does_not_compile_is_refused_with_its_place(service: Running) -> None:
    assert service.ask(policy=POLICY).status_code == 201
    reply = service.ask(policy=POLICY.replace("balance", "balanse"))
    assert reply.status_code == 422
    assert (reply.json()["field"], reply.json()["line"]) == ("policy", 8)
    assert "balanse" in reply.json()["detail"]


def test_address_to_answer_to_is_signed_in_where_it_is_known(tmp_path: Path) -> None:
    public = Running(tmp_path, public_url="https://verifier.example/")
    with serving(public):
        reply = public.ask(policy=POLICY).json()
        signed = Request.from_bytes(bytes.fromhex(reply["request"]))
        address = f"https://verifier.example/v1/w/{signed.request_id.hex()}"
        assert reply["url"] == address
        assert signed.respond_to == f"{address}/presentation"
        assert signed.request_id.hex() != reply["id"]
        assert signed.signed_by(SIGNER.public_key)


def test_receipts_form_one_chain_even_when_requests_settle_together(service: Running) -> None:
    asked, other = service.open(), service.open()
    service.post_at_once(asked, [proof_for(other) for _ in range(3)])
    service.post_at_once(other, [proof_for(other) for _ in range(3)])
    with closing(sqlite3.connect(service.database)) as database:
        rows = database.execute(
            "SELECT position, document, chain FROM receipt ORDER BY position"
        ).fetchall()
    assert [position for position, _, _ in rows] == list(range(1, len(rows) + 1))
    assert len(rows) >= 4
    chain = bytes(32)
    for _, document, stored in rows:
        chain = hashlib.sha256(chain + Receipt.from_bytes(document).digest).digest()
        assert stored == chain
