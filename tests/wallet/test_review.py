"""What a wallet refuses, each beside what it accepts: they differ in the one thing named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.presentation.building import NOW, OTHER_BANK, TODAY
from tests.wallet.building import (
    FUNDS,
    VERIFIER_ID,
    Time,
    give,
    make_ledger,
    make_verifier,
    resident,
)
from zkproof.errors import WalletError
from zkproof.ledger.ledger import Ledger
from zkproof.presentation import request as requests
from zkproof.presentation.report import Refusal, RefusalCode, Report
from zkproof.presentation.request import Request
from zkproof.trust import TrustView
from zkproof.verifier.verifier import Verifier
from zkproof.wallet.reasons import ReasonCode, ReviewRefused
from zkproof.wallet.wallet import Wallet


class World:
    """Somebody who can answer, and what is changed about it."""

    def __init__(self) -> None:
        self.clock = Time()
        self.ledger: Ledger = make_ledger(self.clock)
        self.verifier: Verifier = make_verifier(self.ledger, self.clock)
        self.wallet: Wallet = resident(self.clock)
        self.request: Request = self.verifier.request(FUNDS)

    def codes(self, request: Request | None = None, trust: TrustView | None = None) -> list[str]:
        """Codes of the reasons for which the wallet refuses; none when it does not."""
        try:
            self.wallet.review(request or self.request, trust or self.ledger)
        except ReviewRefused as refused:
            return [each.code.value for each in refused.reasons]
        return []


@pytest.fixture
def world() -> World:
    made = World()
    assert made.codes() == []  # every refusal below has this for a twin
    return made


def test_review_leads_to_a_report_and_uses_the_request_up(world: World) -> None:
    review = world.wallet.review(world.request, world.ledger)
    assert review.chosen == {"a": "deposit-certificate", "i": "identity"}
    assert review.verifier.verifier_id == VERIFIER_ID
    assert list(review.disclosed()) == ["a.currency"]
    answer = review.prove()
    assert isinstance(world.verifier.verify(world.request, answer), Report)
    again = world.verifier.verify(world.request, answer)
    assert isinstance(again, Refusal)
    assert again.code is RefusalCode.ALREADY_ANSWERED


def test_answer_is_remembered_without_values_and_sent_again_until_there_is_a_receipt(
    world: World,
) -> None:
    answer = world.wallet.review(world.request, world.ledger).prove()
    (shown,) = world.wallet.history
    assert (shown.verifier_id, shown.revealed) == (VERIFIER_ID, ("a.currency",))
    waiting = world.wallet.pending(world.request.request_id)
    assert waiting is not None
    assert waiting.pending == answer
    settled = world.verifier.settle(world.request, answer)
    assert settled.receipt is not None
    assert world.verifier.receipt(world.request, answer) == settled.receipt
    world.wallet.keep_receipt(settled.receipt, world.ledger)
    assert world.wallet.pending(world.request.request_id) is None
    assert world.codes() == ["answered-before"]


def test_receipt_of_somebody_else_is_not_kept(world: World) -> None:
    answer = world.wallet.review(world.request, world.ledger).prove()
    receipt = world.verifier.settle(world.request, answer).receipt
    assert receipt is not None
    with pytest.raises(WalletError, match="not signed"):
        world.wallet.keep_receipt(replace(receipt, signature=bytes(64)), world.ledger)
    stranger = resident(world.clock)
    with pytest.raises(WalletError, match="no answer of this wallet"):
        stranger.keep_receipt(receipt, world.ledger)
    world.wallet.keep_receipt(receipt, world.ledger)


def test_unsigned_request_is_refused(world: World) -> None:
    assert world.codes(replace(world.request, signature=bytes(64))) == ["unsigned"]


def test_request_that_names_another_key_is_refused(world: World) -> None:
    other = replace(world.request.verifier, key_id="2")
    assert world.codes(replace(world.request, verifier=other)) == ["wrong-key"]


def test_verifier_that_is_not_on_the_ledger_is_refused(world: World) -> None:
    trust = world.ledger.trust()
    assert world.codes(trust=trust) == []
    assert world.codes(trust=replace(trust, verifiers={})) == ["verifier-unknown"]


def test_suspended_verifier_is_refused(world: World) -> None:
    trust = world.ledger.trust()
    suspended = replace(trust.verifiers[VERIFIER_ID], suspended=True)
    assert world.codes(trust=replace(trust, verifiers={VERIFIER_ID: suspended})) == [
        "verifier-suspended"
    ]


def test_request_of_another_ledger_is_refused(world: World) -> None:
    trust = replace(world.ledger.trust(), ledger_id="ledger.other")
    assert world.codes(trust=trust) == ["wrong-ledger"]


def test_old_view_of_the_ledger_is_refused(world: World) -> None:
    trust = world.ledger.trust()
    assert world.codes(trust=replace(trust, as_of=NOW - 86_400)) == []
    assert world.codes(trust=replace(trust, as_of=NOW - 86_401)) == ["ledger-stale"]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, []), (600, []), (601, ["expired"]), (-60, []), (-61, ["not-yet-valid"])],
)
def test_request_is_answered_in_its_time_only(
    world: World, seconds: int, expected: list[str]
) -> None:
    trust = world.ledger.trust()
    world.clock.now = NOW + seconds
    assert world.codes(trust=trust) == expected


def test_backdated_request_with_a_long_life_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under its "today" a certificate that has ended long ago would be valid."""
    world.clock.now = NOW - 350 * 86_400
    with monkeypatch.context() as patched:
        patched.setattr(requests, "MAX_LIFETIME", 10**9)
        old = world.verifier.request(FUNDS, lifetime=350 * 86_400 + 600)
    world.clock.now = NOW
    assert "lifetime-too-long" in world.codes(old)


def test_policy_that_compiles_to_something_else_is_refused(world: World) -> None:
    trust = world.ledger.trust()
    assert world.codes(trust=replace(trust, schemas={})) == ["schema-unknown"]


def test_own_certificate_under_a_revoked_key_is_refused(world: World) -> None:
    body = {"issuer": "did:web:bank-a.mo", "key": "2026-1", "reason": "compromised"}
    world.ledger.govern("issuer-revoke-key", body)
    assert world.codes() == ["issuer-key-revoked"]


def test_own_certificate_of_a_suspended_issuer_is_refused(world: World) -> None:
    body = {"issuer": "did:web:bank-a.mo", "reason": "licence withdrawn"}
    world.ledger.govern("issuer-suspend", body)
    assert world.codes() == ["issuer-suspended"]


def test_status_that_the_wallet_has_no_proof_of_is_a_reason(world: World) -> None:
    asked = world.verifier.request(FUNDS + "require not revoked a\n")
    assert world.codes(asked) == ["list-unknown"]


def test_reason_says_how_much_is_missing_and_does_not_print_it(world: World) -> None:
    world.wallet = Wallet.in_memory(clock=world.clock)
    assert world.codes() == ["no-credential", "no-credential"]
    give(world.wallet, balance=499_999_00)
    give(world.wallet, balance=4_00, account_hash=b"\x02" * 32)
    with pytest.raises(ReviewRefused) as caught:
        world.wallet.review(world.request, world.ledger)
    reason = caught.value.reasons[0]
    assert reason.code is ReasonCode.REQUIREMENT_NOT_MET
    assert reason.requirement == "require a.balance >= 500_000.00 MOP"
    assert reason.missing is not None
    assert reason.missing.text("en") == "MOP 1.00"
    assert "499" not in repr(reason) + caught.value.message
    assert "amount" not in repr(reason)


def test_ended_certificate_is_a_reason_with_its_day(world: World) -> None:
    world.wallet.delete("deposit-certificate")
    give(world.wallet, valid_from=TODAY - 9, valid_until=TODAY - 1)
    assert world.codes() == ["credential-expired"]


def test_certificate_of_an_issuer_that_is_not_accepted_is_a_reason(world: World) -> None:
    only = FUNDS.replace('any of registry "mo-banks"', '"did:web:bank-b.mo"')
    asked = world.verifier.request(only)
    assert world.codes(asked) == ["issuer-not-accepted"]
    give(world.wallet, issuer=OTHER_BANK)
    assert world.codes(asked) == []


def test_holder_may_choose_another_certificate(world: World) -> None:
    other = give(world.wallet, "savings", balance=900_000_00, account_hash=b"\x03" * 32)
    review = world.wallet.review(world.request, world.ledger, use={"a": other})
    assert review.chosen["a"] == "savings"
    assert set(review.options["a"]) == {"deposit-certificate", "savings"}
    with pytest.raises(ReviewRefused):
        world.wallet.review(world.request, world.ledger, use={"a": "no such"})
    assert isinstance(world.verifier.verify(world.request, review.prove()), Report)


def test_registered_policy_is_told_from_any_other(world: World) -> None:
    assert not world.wallet.review(world.request, world.ledger).registered_policy
