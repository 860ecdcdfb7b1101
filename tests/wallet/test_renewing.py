"""A certificate and its renewal through the front door: issuer asks, wallet shows, one secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.issuer.building import added
from tests.presentation.building import DEPOSIT, IDENTITY
from tests.wallet.building import Time
from zkproof import Issuer, Ledger, Wallet
from zkproof.credential.issuing import Offer
from zkproof.errors import IssuanceError, WalletError
from zkproof.presentation.issuance import IssuanceRequest
from zkproof.wallet.content import Content
from zkproof.wallet.reasons import ReviewRefused
from zkproof_circuits import library
from zkproof_circuits.types import Value

RENEWAL = """
policy renewal v1
purpose "renewal of your certificate"
credential old: deposit-certificate from "did:web:bank.example"
reveal old.account_hash
"""
CLOCK = Time()
ACCOUNT = {"old.account_hash": b"\x01" * 32}


def values(table: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in table.items() if name != "rid"}


class World:
    """A bank, an authority and a ledger."""

    def __init__(self) -> None:
        self.bank = Issuer.create("did:web:bank.example", "Bank", clock=CLOCK)
        self.authority = Issuer.create("did:web:id.example", "Authority", clock=CLOCK)
        self.ledger = Ledger.in_memory(issuers=[self.bank, self.authority], clock=CLOCK)

    def offered(self, **changes: Value) -> Offer:
        return added(
            self.bank.records,
            library.schema("deposit-certificate"),
            {**values(DEPOSIT), **changes},
            signing_key=self.bank.signing_key,
            issuer=self.bank.identity,
            expires_at=CLOCK.now + 600,
        )

    def asked(self, policy: str | None = None, subject: str = "4711") -> IssuanceRequest:
        return self.bank.ask(
            self.offered(),
            subject,
            policy,
            ledger=self.ledger,
            expected=ACCOUNT if policy else None,
        )

    def given(self, wallet: Wallet, asked: IssuanceRequest) -> str:
        answer = wallet.review_offer(asked.to_bytes(), self.ledger).answer()
        return wallet.receive(self.bank.answer(answer, self.ledger))


def test_certificate_is_renewed_by_showing_it() -> None:
    world, wallet = World(), Wallet.in_memory(clock=CLOCK)
    world.given(wallet, world.asked())
    asked = world.asked(RENEWAL)
    review = wallet.review_offer(asked, world.ledger)
    assert review.chosen == {"old": "deposit-certificate"}
    assert review.disclosed() == {"old.account_hash": "01" * 32}
    told = review.explanation("pt")
    assert told is not None
    assert told.constraints == ()
    data = review.answer()
    received = world.bank.answer(data, world.ledger)
    assert world.bank.answer(data, world.ledger) == received
    assert wallet.receive(received) == "deposit-certificate-2"


EITHER = """
policy renewal v1
purpose "renewal of your certificate"
credential old: deposit-certificate from "did:web:bank.example"
either
  credential other: identity from "did:web:id.example"
or
  credential rich: deposit-certificate from "did:web:bank.example"
  require rich.balance >= {least} MOP
same holder old, other, rich
reveal old.account_hash
"""


def test_certificate_is_renewed_by_one_of_two_ways() -> None:
    world, wallet = World(), Wallet.in_memory(clock=CLOCK)
    world.given(wallet, world.asked())

    def asked(least: str) -> IssuanceRequest:
        policy = EITHER.format(least=least)
        return world.asked(policy)

    with pytest.raises(ReviewRefused, match="rich/deposit-certificate: requirement-not") as told:
        wallet.review_offer(asked("750_000.01"), world.ledger)
    assert [each.way for each in told.value.reasons] == [("rich",), ("other",)]
    review = wallet.review_offer(asked("750_000.00"), world.ledger)
    assert review.chosen == {"old": "deposit-certificate", "rich": "deposit-certificate"}
    assert wallet.receive(world.bank.answer(review.answer(), world.ledger)) == (
        "deposit-certificate-2"
    )


def test_wallet_that_does_not_hold_it_is_told_so() -> None:
    world, wallet, other = World(), Wallet.in_memory(clock=CLOCK), Wallet.in_memory(clock=CLOCK)
    world.given(wallet, world.asked())
    with pytest.raises(ReviewRefused, match="no-credential"):
        other.review_offer(world.asked(RENEWAL), world.ledger)
    asked = world.asked()
    answer = other.review_offer(asked, world.ledger).answer()
    with pytest.raises(IssuanceError, match="another link secret"):
        world.bank.answer(answer, world.ledger)


def test_wallet_answers_no_stranger() -> None:
    world, wallet = World(), Wallet.in_memory(clock=CLOCK)
    stranger = Issuer.create("did:web:bank.example", "Bank", clock=CLOCK)
    Ledger.in_memory(issuers=[stranger], clock=CLOCK)
    offer = world.offered()
    forged = added(
        stranger.records,
        offer.schema,
        values(DEPOSIT),
        signing_key=stranger.signing_key,
        issuer=stranger.identity,
        expires_at=CLOCK.now + 600,
    )
    asked = stranger.ask(forged, "4711", ledger=world.ledger)
    with pytest.raises(IssuanceError, match="its key"):
        wallet.review_offer(asked, world.ledger)
    wallet.review_offer(world.asked(), world.ledger)


def test_view_of_the_ledger_has_to_be_fresh() -> None:
    """The issuer's key may have been revoked since."""
    world, wallet = World(), Wallet.in_memory(clock=CLOCK)
    asked, view = world.asked(), world.ledger.trust()
    wallet.review_offer(asked, replace(view, as_of=CLOCK.now - 86_400))
    with pytest.raises(ReviewRefused, match="ledger-stale"):
        wallet.review_offer(asked, replace(view, as_of=CLOCK.now - 86_401))


def test_issuers_request_names_a_checkpoint_of_the_wallets_ledger() -> None:
    """An issuer that shows its customer another ledger learns which one the customer believes."""
    world, wallet = World(), Wallet.in_memory(clock=CLOCK)
    world.given(wallet, world.asked())
    asked, view = world.asked(RENEWAL), world.ledger.trust()
    assert asked.request is not None
    wallet.review_offer(asked, view)
    assert asked.request.checkpoint == view.checkpoint
    with pytest.raises(ReviewRefused, match="split-view"):
        wallet.review_offer(asked, replace(view, root_hash=bytes(32)))
    with pytest.raises(ReviewRefused, match="ledger-behind"):
        wallet.review_offer(asked, replace(view, tree_size=view.tree_size - 1))


def test_commitment_alone_is_not_signed_where_more_was_asked() -> None:
    world, wallet = World(), Wallet.in_memory(clock=CLOCK)
    asked = world.asked()
    with pytest.raises(IssuanceError, match="a commitment alone"):
        world.bank.issue(asked.offer, wallet.commit(asked.offer))


def test_first_certificate_joins_the_issuers_share(tmp_path: Path) -> None:
    world = World()
    wallet = Wallet.create(tmp_path / "w", "p", clock=CLOCK)
    before = wallet.content.link_secret.export_secret()
    offer = added(
        world.authority.records,
        library.schema("identity"),
        values(IDENTITY),
        signing_key=world.authority.signing_key,
        issuer=world.authority.identity,
        expires_at=CLOCK.now + 600,
    )
    asked = world.authority.ask(offer, "99001", ledger=world.ledger, adds_share=True)
    answer = wallet.review_offer(asked, world.ledger).answer()
    with pytest.raises(WalletError, match="has not come yet"):
        wallet.commit(world.offered())
    assert Content.from_bytes(wallet.content.to_bytes()).offers[offer.offer_id].adds_share
    wallet.receive(world.authority.answer(answer, world.ledger))
    after = Wallet.open(tmp_path / "w", "p", clock=CLOCK).content.link_secret.export_secret()
    assert before != after
    world.given(wallet, world.asked())
    again = world.authority.ask(
        added(
            world.authority.records,
            library.schema("identity"),
            values(IDENTITY),
            signing_key=world.authority.signing_key,
            issuer=world.authority.identity,
            expires_at=CLOCK.now + 600,
        ),
        "99002",
        ledger=world.ledger,
        adds_share=True,
    )
    with pytest.raises(WalletError, match="holds something under it"):
        wallet.review_offer(again, world.ledger)
