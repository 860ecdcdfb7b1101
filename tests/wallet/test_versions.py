"""Which version of a list a request means, and ledgers that differ: what a wallet refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.presentation.building import BANK, LEDGER, NOW
from tests.presentation.publishing import BANK_STATUS, DAY, gaps, version_of
from tests.wallet.building import FUNDS, Time, make_ledger, make_verifier, resident
from zkproof.credential.list_proof import ListProof
from zkproof.presentation.report import Report
from zkproof.presentation.verify import verify
from zkproof.trust import LEAD, Checkpoint, ListKind, ListVersion, Spread, TrustView
from zkproof.wallet.reasons import ReviewRefused
from zkproof.wallet.wallet import Wallet

STANDING = FUNDS + "require not revoked a\n"
OLD = replace(
    version_of(BANK_STATUS, ListKind.GAPS, start=NOW - 2 * DAY, spread=Spread.PREFIX), position=0
)
NEW = replace(OLD, version=6, not_before=NOW - DAY, not_after=NOW + DAY, used_from=NOW - DAY + LEAD)


class World:
    """A wallet with gaps of both versions, and a ledger that goes on after the request."""

    def __init__(self) -> None:
        self.clock = Time()
        self.ledger = make_ledger(self.clock)
        verifier = make_verifier(self.ledger, self.clock)
        with pytest.MonkeyPatch.context() as another_program:
            another_program.setattr("zkproof.presentation.request.LEAD", DAY)
            self.request = verifier.request(STANDING, lifetime=DAY)
        self.seen = self.request.checkpoint.size
        self.ledger.publish_registry("later", [BANK.issuer_id])
        self.held = [gaps(OLD, [1])[1], gaps(NEW, [1])[1]]

    def trust(self, *versions: ListVersion) -> TrustView:
        return replace(self.ledger.trust(), lists={BANK_STATUS: versions})

    def wallet(self, *proofs: ListProof) -> Wallet:
        content = replace(resident(self.clock).content, list_proofs=tuple(proofs))
        return Wallet.in_memory(content, clock=self.clock)

    def codes(self, trust: TrustView, *proofs: ListProof) -> list[str]:
        try:
            answer = self.wallet(*(proofs or self.held)).review(self.request, trust).prove()
        except ReviewRefused as refused:
            return [each.code.value for each in refused.reasons]
        assert isinstance(verify(self.request, answer, trust, now=self.clock.now), Report)
        return []


@pytest.fixture
def world() -> World:
    made = World()
    assert made.codes(made.trust(OLD)) == []
    return made


def test_holder_with_only_the_older_version_refuses(world: World) -> None:
    """It never falls back: that would tell which versions it was served."""
    trust = world.trust(OLD, NEW)
    assert world.codes(trust, world.held[1]) == []
    assert world.codes(trust, world.held[0]) == ["list-proof-missing"]
    assert world.codes(world.trust(OLD), world.held[0]) == []


def test_verifier_cannot_choose_an_older_version_by_an_old_checkpoint(world: World) -> None:
    unseen = replace(NEW, position=world.seen)
    assert world.codes(world.trust(OLD, unseen)) == ["checkpoint-old"]
    early = replace(unseen, used_from=NOW + 1)
    assert world.codes(world.trust(OLD, early)) == []
    assert world.codes(world.trust(OLD, replace(NEW, position=world.seen - 1))) == []


def test_ledger_that_split_is_noticed(world: World) -> None:
    trust = world.trust(OLD)
    assert trust.tree_size > world.seen
    assert trust.includes(world.request.checkpoint)
    assert not trust.includes(Checkpoint(world.seen, bytes(32)))
    other = make_ledger(Time(), LEDGER)
    for _ in range(3):
        other.publish_registry("other", [BANK.issuer_id])
    elsewhere = replace(trust, past=other.trust().past)
    assert world.codes(elsewhere) == ["split-view"]
    silent = replace(trust, past=None)
    assert world.codes(silent) == ["split-view"], "what cannot be shown is not believed"


def test_wallet_whose_ledger_is_behind_is_told(world: World) -> None:
    behind = replace(world.trust(OLD), tree_size=world.seen - 1, past=None)
    assert world.codes(behind) == ["ledger-behind"]


def test_request_whose_lists_have_moved_on_is_refused(world: World) -> None:
    """Nobody chooses a version by the time a request claims to be from."""
    longer = replace(OLD, not_after=NOW + 2 * DAY)
    world.clock.now = NOW + LEAD
    assert world.codes(world.trust(longer)) == []
    world.clock.now += 1
    assert world.codes(world.trust(longer)) == ["lists-moved-on"]


def test_stolen_list_key_is_not_believed(world: World) -> None:
    assert world.codes(world.trust(replace(OLD, key_revoked=True))) == ["list-unknown"]
