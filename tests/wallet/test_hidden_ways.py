"""Alternatives between certificates: which way is taken, why none is, and what others see."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.presentation.building import AUTHORITY, BANK, NOW, OTHER_BANK, TAX_OFFICE
from tests.presentation.publishing import DAY, gaps, tokens, version_of
from tests.wallet.building import Time, give, make_ledger, make_verifier
from zkproof.credential.issuing import IssuerIdentity
from zkproof.credential.list_proof import ListProof
from zkproof.errors import UsageError
from zkproof.presentation.presentation import Presentation
from zkproof.presentation.report import HiddenIssuerCredential, Report
from zkproof.presentation.request import Request
from zkproof.trust import (
    Issuer,
    IssuerKey,
    ListKind,
    ListVersion,
    Spread,
    TrustView,
    status_list_id,
)
from zkproof.wallet.consent import consent
from zkproof.wallet.reasons import Reason, ReviewRefused
from zkproof.wallet.refreshing import wanted_by
from zkproof.wallet.saying import why_not
from zkproof.wallet.wallet import Wallet
from zkproof.wallet.warnings import WarningCode
from zkproof.wallet.ways import MAX_WAYS, branches_of
from zkproof_circuits.labels import LANGUAGES

WEALTH = """
policy wealth v1
purpose "wealth management"
credential i: identity from "did:web:dsi.gov.mo"
either
  credential s: income-statement from "did:web:dsf.gov.mo"
  require s.monthly_income >= 30_000.00 MOP
or
  credential a: deposit-certificate from any of registry "mo-banks"
  require a.balance >= 500_000.00 MOP
same holder i, a, s
"""
STANDING = WEALTH.replace("500_000.00 MOP\n", "500_000.00 MOP\n  require not revoked a\n")
NESTED = """
policy nested v1
purpose "nested"
credential i: identity from "did:web:dsi.gov.mo"
either
  credential s: income-statement from "did:web:dsf.gov.mo"
  require s.months_employed >= 24
  either
    require s.monthly_income >= 30_000.00 MOP
  or
    credential b: deposit-certificate from any of registry "mo-banks"
    require b.balance >= 100_000.00 MOP
or
  credential a: deposit-certificate from any of registry "mo-banks"
  require a.balance >= 500_000.00 MOP
same holder i, a, b, s
"""
TWO_BLOCKS = """
policy blocks v1
purpose "two questions"
credential i: identity from "did:web:dsi.gov.mo"
either
  credential s: income-statement from "did:web:dsf.gov.mo"
  require s.monthly_income >= 30_000.00 MOP
or
  credential a: deposit-certificate from any of registry "mo-banks"
  require a.balance >= 500_000.00 MOP
either
  credential t: income-statement from "did:web:dsf.gov.mo"
  require t.months_employed >= 24
or
  credential b: deposit-certificate from any of registry "mo-banks"
  require b.balance >= 900_000.00 MOP
same holder i, a, b, s, t
"""
ONE_BANK = """
policy hidden-bank v1
purpose "proof of funds"
credential i: identity from "did:web:dsi.gov.mo"
credential a: deposit-certificate from hidden any of registry "mo-banks" up to 5
require a.balance >= 500_000.00 MOP
same holder i, a
"""
BANK_LIST = status_list_id(BANK.issuer_id, "deposit-certificate")
OTHER_LIST = status_list_id(OTHER_BANK.issuer_id, "deposit-certificate")
VERSION = replace(
    version_of(BANK_LIST, ListKind.GAPS, start=NOW - DAY, spread=Spread.PREFIX), position=0
)
OTHER_VERSION = replace(version_of(OTHER_LIST, ListKind.STATUS, start=NOW - DAY), position=0)


class World:
    """A ledger, a verifier, and wallets to be filled."""

    def __init__(self) -> None:
        self.clock = Time()
        self.ledger = make_ledger(self.clock, "ledger.test")
        self.verifier = make_verifier(self.ledger, self.clock)

    def wallet(
        self,
        *certificates: str,
        bank: IssuerIdentity = BANK,
        income: int = 42_000_00,
        balance: int = 750_000_00,
        proofs: tuple[ListProof, ...] = (),
    ) -> Wallet:
        """One of these certificates each: ``i``, ``s`` and ``a`` as in the policies."""
        made = Wallet.in_memory(clock=self.clock)
        if "i" in certificates:
            give(made, "identity", issuer=AUTHORITY, schema="identity")
        if "s" in certificates:
            give(
                made,
                "salary",
                issuer=TAX_OFFICE,
                schema="income-statement",
                monthly_income=income,
            )
        if "a" in certificates:
            give(made, "savings", issuer=bank, balance=balance)
        content = replace(made.content, list_proofs=proofs)
        return Wallet.in_memory(content, clock=self.clock)

    def trust(self, *versions: ListVersion) -> TrustView:
        return replace(self.ledger.trust(), lists={each.list_id: (each,) for each in versions})

    def reasons(
        self,
        wallet: Wallet,
        request: Request,
        trust: TrustView | None = None,
        use: Mapping[str, str] | None = None,
    ) -> tuple[Reason, ...]:
        """Why not; nothing when it proves what its verifier then accepts."""
        view = trust or self.ledger.trust()
        try:
            answer = wallet.review(request, view, use=use).prove()
        except ReviewRefused as refused:
            return refused.reasons
        if trust is None:
            assert isinstance(self.verifier.verify(request, answer), Report)
        return ()


@pytest.fixture
def world() -> World:
    return World()


def told(reasons: tuple[Reason, ...]) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.code.value, each.way) for each in reasons]


# Which way


@pytest.mark.parametrize(
    ("certificates", "taken"),
    [("ia", {"i", "a"}), ("is", {"i", "s"}), ("ias", {"i", "s"})],
)
def test_way_that_holds_is_taken_and_the_first_of_several(
    world: World, certificates: str, taken: set[str]
) -> None:
    """In the policy's order, which is not that of the circuit."""
    request = world.verifier.request(WEALTH)
    review = world.wallet(*certificates).review(request, world.ledger)
    assert review.chosen.keys() == taken
    assert isinstance(world.verifier.verify(request, review.prove()), Report)


def test_later_way_is_taken_where_the_first_falls_short(world: World) -> None:
    request = world.verifier.request(WEALTH)
    rich = world.wallet(*"ias", income=29_999_99).review(request, world.ledger)
    assert rich.chosen.keys() == {"i", "a"}
    assert isinstance(world.verifier.verify(request, rich.prove()), Report)
    enough = world.wallet(*"ias", income=30_000_00).review(request, world.ledger)
    assert enough.chosen.keys() == {"i", "s"}


def test_holder_says_which_way_by_naming_a_certificate(world: World) -> None:
    request, wallet = world.verifier.request(WEALTH), world.wallet(*"ias")
    review = wallet.review(request, world.ledger)
    assert dict(review.options) == {"i": ("identity",), "s": ("salary",), "a": ("savings",)}
    other = wallet.review(request, world.ledger, use={"a": "savings"})
    assert other.chosen == {"a": "savings", "i": "identity"}
    assert told(world.reasons(wallet, request, use={"a": "identity"})) == [
        ("no-credential", ("a",))
    ]
    with pytest.raises(UsageError, match="no way to answer asks for a and s together"):
        wallet.review(request, world.ledger, use={"a": "savings", "s": "salary"})
    assert isinstance(world.verifier.verify(request, other.prove()), Report)


def test_nested_ways_are_all_tried(world: World) -> None:
    request = world.verifier.request(NESTED)
    circuit = request.circuit(world.ledger.trust().schemas)
    own = [branch.own for each in circuit.constraints for branch in branches_of(each)]
    assert own == [("s",), ("b", "s"), ("a",)]
    for certificates, income, balance, taken in (
        ("is", 30_000_00, 0, {"i", "s"}),
        ("ias", 29_999_99, 100_000_00, {"i", "b", "s"}),
        ("ia", 0, 500_000_00, {"i", "a"}),
    ):
        wallet = world.wallet(*certificates, income=income, balance=balance)
        asked = world.verifier.request(NESTED)
        review = wallet.review(asked, world.ledger)
        assert review.chosen.keys() == taken
        assert isinstance(world.verifier.verify(asked, review.prove()), Report)
    short = world.wallet(*"ias", income=29_999_99, balance=99_999_99)
    assert told(world.reasons(short, request)) == [
        ("requirement-not-met", ("s",)),
        ("requirement-not-met", ("b", "s")),
        ("requirement-not-met", ("a",)),
    ]


def test_two_alternatives_are_answered_together(world: World) -> None:
    request = world.verifier.request(TWO_BLOCKS)
    assert world.reasons(world.wallet(*"is"), request) == ()
    only_rich = world.wallet(*"ia", balance=900_000_00)
    assert world.reasons(only_rich, world.verifier.request(TWO_BLOCKS)) == ()
    middling = world.wallet(*"ia", balance=899_999_99)
    found = world.reasons(middling, world.verifier.request(TWO_BLOCKS))
    # The first question is answered; only the second one is told of.
    assert told(found) == [("requirement-not-met", ("b",)), ("no-credential", ("t",))]


def many_questions(count: int) -> str:
    """So many alternatives: not a permanent resident, or an income."""
    return "\n".join(
        [
            'policy many v1\npurpose "many questions"',
            'credential i: identity from "did:web:dsi.gov.mo"',
            *(
                "either\n  require i.permanent_resident = false\nor\n"
                f'  credential {name}: income-statement from "did:web:dsf.gov.mo"\n'
                f"  require {name}.monthly_income >= 1_000.00 MOP"
                for name in "abcdefghjklm"[:count]
            ),
        ]
    )


def test_many_alternatives_do_not_take_the_product_of_their_ways(world: World) -> None:
    request = world.verifier.request(many_questions(12))
    wallet = world.wallet(*"is")  # a permanent resident
    started = time.perf_counter()
    review = wallet.review(request, world.ledger)
    assert len(review.chosen) == 13
    assert told(world.reasons(world.wallet(*"i"), request)) == [
        ("requirement-not-met", ()),
        *[("no-credential", (name,)) for name in "abcdefghjklm"],
    ]
    assert time.perf_counter() - started < 10
    assert MAX_WAYS < 2**12


def test_alternatives_with_lists_do_not_take_the_product_of_their_parts(world: World) -> None:
    """The words of the request choose how many there are."""
    excluded = f"{AUTHORITY.issuer_id}#excluded"
    lists = " and ".join(
        f'(i.person_number not in list "{excluded}" or i.birth_date > 2001-01-{day:02})'
        for day in range(1, 21)
    )
    version = replace(version_of(excluded, ListKind.GAPS, start=NOW - DAY), position=0)
    policy = f"{WEALTH}require {lists}\n"
    request, trust = world.verifier.request(policy), world.trust(version)
    started = time.perf_counter()
    assert told(world.reasons(world.wallet(*"is"), request, trust)) == [("list-proof-missing", ())]
    proven = world.wallet(*"is", proofs=tuple(gaps(version, [1])))
    assert world.reasons(proven, request, trust) == ()
    assert time.perf_counter() - started < 10


def test_list_that_earns_points_needs_a_proof_for_its_points_only(world: World) -> None:
    members = f"{AUTHORITY.issuer_id}#licensed"
    version = replace(version_of(members, ListKind.MEMBERS, start=NOW - DAY), position=0)
    trust = world.trust(version)
    policy = (
        WEALTH.split("either")[0] + "require score {20 if i.permanent_resident, "
        f'30 if i.person_number in list "{members}"}} >= %d\n'
    )
    without = world.wallet(*"i")
    having = world.wallet(*"i", proofs=tuple(tokens(version, [99_001])))
    for least, wallet, expected in (
        (20, without, []),
        (21, without, [("list-proof-missing", ())]),
        (50, having, []),
    ):
        request = world.verifier.request(policy % least)
        assert told(world.reasons(wallet, request, trust)) == expected


# Why not


def test_nearest_way_is_told_first_and_by_how_much_each_is_missed(world: World) -> None:
    request = world.verifier.request(WEALTH)
    assert world.reasons(world.wallet(*"ias"), request) == ()
    poor = world.wallet(*"ias", income=28_000_00, balance=499_000_00)
    found = world.reasons(poor, world.verifier.request(WEALTH))
    assert told(found) == [("requirement-not-met", ("a",)), ("requirement-not-met", ("s",))]
    assert [each.missing.text("en") for each in found if each.missing] == [
        "MOP 1,000.00",
        "MOP 2,000.00",
    ]
    assert "28" not in str(found)
    without_savings = world.wallet(*"is", income=1)
    assert told(world.reasons(without_savings, request)) == [
        ("requirement-not-met", ("s",)),
        ("no-credential", ("a",)),
    ]


def test_what_every_way_needs_is_told_once(world: World) -> None:
    request = world.verifier.request(WEALTH)
    assert world.reasons(world.wallet(*"is"), request) == ()
    assert told(world.reasons(world.wallet(*"as"), request)) == [("no-credential", ())]


@pytest.mark.parametrize(
    ("language", "way", "missing"),
    [
        ("en", "With Income statement", "MOP 2,000.00"),
        ("pt", "Com Declaração de rendimentos", "2.000,00 MOP"),
        ("zh-Hans", "凭", "MOP 2,000.00"),
        ("zh-Hant", "憑", "MOP 2,000.00"),
    ],
)
def test_reasons_are_said_for_each_way_in_every_language(
    world: World, language: str, way: str, missing: str
) -> None:
    request = world.verifier.request(WEALTH)
    poor = world.wallet(*"ias", income=28_000_00, balance=499_000_00)
    with pytest.raises(ReviewRefused) as refused:
        poor.review(request, world.ledger)
    savings, income = why_not(refused.value, world.ledger.trust().schemas.values(), language)
    assert income.startswith(way)
    assert missing in income
    assert savings != income
    assert "require" not in savings


def test_certificate_of_another_holder_is_in_no_way(world: World) -> None:
    mine, other = world.wallet(*"ia"), world.wallet(*"a")
    request = world.verifier.request(WEALTH)
    assert world.reasons(mine, request) == ()
    content = replace(
        mine.content,
        history=(),
        credentials={**mine.content.credentials, "savings": other.content.credentials["savings"]},
    )
    borrowed = Wallet.in_memory(content, clock=world.clock)
    review = borrowed.review(world.verifier.request(WEALTH), world.ledger)
    with pytest.raises(Exception, match="signature: not one by this key"):
        review.prove()
    assert borrowed.history == ()


# Keys


def with_key(world: World, issuer: IssuerIdentity, **changes: object) -> TrustView:
    """The newest view, with this issuer's key changed."""
    view = world.ledger.trust()
    known = view.issuers[issuer.issuer_id]
    key: IssuerKey = replace(known.keys[issuer.key_id], **changes)  # type: ignore[arg-type]
    changed: Issuer = replace(known, keys={issuer.key_id: key})
    return replace(view, issuers={**view.issuers, issuer.issuer_id: changed})


def test_key_revoked_before_the_request_closes_that_way_only(world: World) -> None:
    request = world.verifier.request(WEALTH)
    gone = with_key(world, BANK, revoked_at=NOW - 5)
    assert world.reasons(world.wallet(*"ia"), request, with_key(world, BANK)) == ()
    assert told(world.reasons(world.wallet(*"ia"), request, gone)) == [
        ("issuer-key-revoked", ("a",)),
        ("no-credential", ("s",)),
    ]
    assert world.reasons(world.wallet(*"is"), request, gone) == ()


@pytest.mark.parametrize("policy", [WEALTH, ONE_BANK], ids=["ways", "issuers"])
def test_old_checkpoint_hides_nobody_among_fewer_banks(world: World, policy: str) -> None:
    """A verifier that names a checkpoint from before one bank's key would learn whose it is not."""
    request = world.verifier.request(policy)
    size = request.checkpoint.size
    world.ledger.publish_registry("later", [BANK.issuer_id])
    later = with_key(world, OTHER_BANK, position=size, changed_position=size)
    for wallet in (world.wallet(*"ia"), world.wallet(*"ia", bank=OTHER_BANK)):
        assert world.reasons(wallet, request, with_key(world, OTHER_BANK)) == ()
        assert told(world.reasons(wallet, request, later)) == [("issuers-changed", ())]
        fresh = world.verifier.request(policy)
        assert world.reasons(wallet, fresh, later) == ()


def test_change_of_any_issuer_after_the_request_stops_everybody_alike(world: World) -> None:
    """Who refused only for the own bank would tell which bank it is."""
    request = world.verifier.request(WEALTH)
    changed = with_key(world, OTHER_BANK, changed_position=request.checkpoint.size)
    for wallet in (world.wallet(*"ia"), world.wallet(*"is"), world.wallet(*"ia", bank=OTHER_BANK)):
        assert world.reasons(wallet, request, with_key(world, OTHER_BANK)) == ()
        assert told(world.reasons(wallet, request, changed)) == [("issuers-changed", ())]


def test_registry_larger_than_the_policy_says_stops_everybody(world: World) -> None:
    policy = ONE_BANK.replace("up to 5", "up to 1")
    two = world.verifier.request(policy)
    assert told(world.reasons(world.wallet(*"ia"), two)) == [("too-many-issuers", ())]
    assert world.reasons(world.wallet(*"ia"), world.verifier.request(ONE_BANK)) == ()
    assert world.reasons(world.wallet(*"is"), world.verifier.request(WEALTH)) == ()


# Lists


def test_missing_list_proof_closes_that_way_and_says_refresh(world: World) -> None:
    request, trust = world.verifier.request(STANDING), world.trust(VERSION, OTHER_VERSION)
    fresh = world.wallet(*"ia", proofs=tuple(gaps(VERSION, [1])))
    assert world.reasons(fresh, request, trust) == ()
    stale = world.wallet(*"ia")
    with pytest.raises(ReviewRefused, match="list-proof-missing") as refused:
        stale.review(request, trust)
    assert "wallet refresh" in (refused.value.hint or "")
    assert told(refused.value.reasons) == [
        ("list-proof-missing", ("a",)),
        ("no-credential", ("s",)),
    ]
    assert world.reasons(world.wallet(*"is"), request, trust) == ()
    by_income = world.wallet(*"ias", income=42_000_00).review(request, trust)
    assert by_income.chosen.keys() == {"i", "s"}


def test_revoked_certificate_has_no_token_any_more(world: World) -> None:
    request, trust = world.verifier.request(STANDING), world.trust(VERSION, OTHER_VERSION)
    good = world.wallet(*"ia", bank=OTHER_BANK, proofs=tuple(tokens(OTHER_VERSION, [4711, 5])))
    revoked = world.wallet(*"ia", bank=OTHER_BANK, proofs=tuple(tokens(OTHER_VERSION, [5])))
    assert world.reasons(good, request, trust) == ()
    assert told(world.reasons(revoked, request, trust))[0] == ("list-proof-missing", ("a",))


def test_version_is_that_of_the_request_never_one_with_a_proof(world: World) -> None:
    newer = replace(VERSION, version=6, used_from=NOW - 5)
    request = world.verifier.request(STANDING)
    both = replace(
        world.trust(OTHER_VERSION),
        lists={BANK_LIST: (VERSION, newer), OTHER_LIST: (OTHER_VERSION,)},
    )
    assert world.reasons(world.wallet(*"ia", proofs=tuple(gaps(newer, [1]))), request, both) == ()
    old = world.wallet(*"ia", proofs=tuple(gaps(VERSION, [1])))
    assert told(world.reasons(old, request, both))[0] == ("list-proof-missing", ("a",))


def test_list_that_moved_on_since_the_request_stops_everybody_alike(world: World) -> None:
    """Also those whose certificate is of another bank: else an old checkpoint would part them."""
    request = world.verifier.request(STANDING)
    unseen = replace(VERSION, version=6, used_from=NOW - 5, position=request.checkpoint.size)
    world.ledger.publish_registry("later", [BANK.issuer_id])
    proofs = (*gaps(VERSION, [1]), *tokens(OTHER_VERSION, [4711]))
    still, moved = (
        replace(world.trust(), lists={BANK_LIST: versions, OTHER_LIST: (OTHER_VERSION,)})
        for versions in ((VERSION,), (VERSION, unseen))
    )
    for wallet in (
        world.wallet(*"ia", proofs=proofs),
        world.wallet(*"ia", bank=OTHER_BANK, proofs=proofs),
        world.wallet(*"is"),
    ):
        assert world.reasons(wallet, request, still) == ()
        assert told(world.reasons(wallet, request, moved)) == [("checkpoint-old", ())]


def test_old_checkpoint_from_before_a_list_stops_everybody_alike(world: World) -> None:
    """Without a list its bank could not be the one that signed: an old checkpoint left it out."""
    request = world.verifier.request(STANDING)
    first = replace(OTHER_VERSION, position=request.checkpoint.size)
    world.ledger.publish_registry("later", [BANK.issuer_id])
    proofs = tuple(gaps(VERSION, [1]))
    for wallet in (world.wallet(*"ia", proofs=proofs), world.wallet(*"is")):
        assert world.reasons(wallet, request, world.trust(VERSION)) == ()
        trust = world.trust(VERSION, first)
        assert told(world.reasons(wallet, request, trust)) == [("checkpoint-old", ())]
        assert world.reasons(wallet, world.verifier.request(STANDING), trust) == ()


def test_list_key_revoked_since_the_request_stops_everybody_alike(world: World) -> None:
    request = world.verifier.request(STANDING)
    stolen = replace(VERSION, key_revoked=True, revoked_position=request.checkpoint.size)
    for wallet in (world.wallet(*"is"), world.wallet(*"ia", proofs=tuple(gaps(VERSION, [1])))):
        assert world.reasons(wallet, request, world.trust(VERSION, OTHER_VERSION)) == ()
        assert told(world.reasons(wallet, request, world.trust(stolen, OTHER_VERSION))) == [
            ("list-withdrawn", ())
        ]


def test_request_with_lists_in_its_ways_is_answered_for_an_hour(world: World) -> None:
    with pytest.MonkeyPatch.context() as another_program:
        another_program.setattr("zkproof.presentation.request.LEAD", DAY)
        request = world.verifier.request(STANDING, lifetime=DAY)
    trust, wallet = world.trust(VERSION, OTHER_VERSION), world.wallet(*"is")
    world.clock.now = NOW + 3600
    assert world.reasons(wallet, request, trust) == ()
    world.clock.now += 1
    assert told(world.reasons(wallet, request, trust)) == [("lists-moved-on", ())]


def test_lists_inside_ways_are_fetched_for_what_is_held(world: World) -> None:
    excluded = f"{AUTHORITY.issuer_id}#excluded"
    policy = NESTED.replace(
        "require a.balance >= 500_000.00 MOP",
        f'require i.person_number not in list "{excluded}"',
    )
    circuit = world.verifier.request(policy).circuit(world.ledger.trust().schemas)
    held = world.wallet(*"ias").content.credentials
    assert [(each.name, each.list_id) for each in wanted_by(circuit, held)] == [
        ("identity", excluded)
    ]
    plain = world.verifier.request(NESTED).circuit(world.ledger.trust().schemas)
    assert list(wanted_by(plain, held)) == []


def test_list_in_one_part_of_an_alternative_needs_a_proof_for_that_part_only(world: World) -> None:
    excluded = f"{AUTHORITY.issuer_id}#excluded"
    policy = WEALTH + (
        f'require i.person_number not in list "{excluded}" or i.permanent_resident = true\n'
    )
    version = replace(version_of(excluded, ListKind.GAPS, start=NOW - DAY), position=0)
    trust = world.trust(version)
    for resident, proofs, expected in (
        (1, (), []),
        (0, (), [("list-proof-missing", ())]),
        (0, tuple(gaps(version, [1])), []),
    ):
        wallet = Wallet.in_memory(clock=world.clock)
        give(
            wallet,
            "identity",
            issuer=AUTHORITY,
            schema="identity",
            permanent_resident=resident,
        )
        give(wallet, "salary", issuer=TAX_OFFICE, schema="income-statement")
        content = replace(wallet.content, list_proofs=proofs)
        found = world.reasons(
            Wallet.in_memory(content, clock=world.clock), world.verifier.request(policy), trust
        )
        assert sorted(told(found)) == expected


# What others see


def test_nothing_the_verifier_gets_differs_by_way(world: World) -> None:
    seen = []
    for wallet in (
        world.wallet(*"ia"),
        world.wallet(*"ia", bank=OTHER_BANK),
        world.wallet(*"is"),
        world.wallet(*"ias"),
    ):
        request = world.verifier.request(WEALTH)
        answer = wallet.review(request, world.ledger).prove()
        settled = world.verifier.settle(request, answer)
        report, receipt = settled.outcome, settled.receipt
        assert isinstance(report, Report)
        assert receipt is not None
        decoded = Presentation.from_bytes(answer)
        fresh = bytes(32)
        seen.append(
            (
                len(answer),
                {alias: each.table() for alias, each in decoded.credentials.items()},
                report.credentials,
                report.constraints,
                report.lists,
                len(receipt.to_bytes()),
                replace(
                    receipt,
                    request_id=bytes(16),
                    request_digest=fresh,
                    presentation_digest=fresh,
                    signature=bytes(64),
                ),
            )
        )
    assert all(each == seen[0] for each in seen)
    assert seen[0][1].keys() == {"i"}
    assert {each.alias for each in seen[0][2] if isinstance(each, HiddenIssuerCredential)} == {
        "a",
        "s",
    }


def test_hidden_bank_is_in_nothing_that_is_sent(world: World) -> None:
    lengths = set()
    for bank in (BANK, OTHER_BANK):
        request = world.verifier.request(ONE_BANK)
        wallet = world.wallet(*"ia", bank=bank)
        review = wallet.review(request, world.ledger)
        answer = review.prove()
        assert isinstance(world.verifier.verify(request, answer), Report)
        assert b"bank-" not in answer
        lengths.add(len(answer))
        # The holder's own history knows.
        assert wallet.history[0].credentials == ("savings", "identity")
    assert len(lengths) == 1


# What the holder is told before


@pytest.mark.parametrize("language", LANGUAGES)
def test_consent_says_that_way_and_issuer_stay_hidden(world: World, language: str) -> None:
    ways = world.wallet(*"ias").review(world.verifier.request(WEALTH), world.ledger)
    hidden = world.wallet(*"ia").review(world.verifier.request(ONE_BANK), world.ledger)
    heading = {
        "en": "They do not learn",
        "pt": "Não ficam a saber",
        "zh-Hans": "对方不会知道",
        "zh-Hant": "對方不會知道",
    }[language]
    for review in (ways, hidden):
        assert f"\n{heading}\n" in consent(review, language, None)
    titles = {each.alias: each.title for each in ways.explanation(language).credentials}
    section = consent(ways, language, None).split(f"\n{heading}\n")[1].split("\n\n")[0]
    assert len(section.splitlines()) == 3
    assert titles["a"] in section
    assert titles["s"] in section
    assert "savings" in consent(ways, language, None)
    one = consent(hidden, language, None).split(f"\n{heading}\n")[1].split("\n\n")[0]
    assert "2" in one
    plain = WEALTH.split("either")[0]
    named = world.wallet(*"i").review(world.verifier.request(plain), world.ledger)
    assert heading not in consent(named, language, None)


def codes(wallet: Wallet, request: Request, trust: TrustView) -> set[WarningCode]:
    return {each.code for each in wallet.review(request, trust).warnings()}


def test_issuer_hidden_among_few_is_warned_of(world: World) -> None:
    view = world.ledger.trust()
    request, wallet = world.verifier.request(ONE_BANK), world.wallet(*"ia")
    one = replace(view, registries={"mo-banks": frozenset({BANK.issuer_id})})
    assert codes(wallet, request, one) == {WarningCode.FEW_ISSUERS}
    said = consent(wallet.review(request, one), "en", None)
    assert "“Deposit certificate” stays hidden among few only: 1." in said
    three = replace(
        view,
        registries={
            "mo-banks": frozenset({BANK.issuer_id, OTHER_BANK.issuer_id, TAX_OFFICE.issuer_id})
        },
    )
    assert codes(wallet, request, three) == set()


def test_way_that_is_the_only_one_left_is_warned_of(world: World) -> None:
    request, wallet = world.verifier.request(WEALTH), world.wallet(*"ia")
    assert codes(wallet, request, world.ledger.trust()) == set()
    gone = with_key(world, TAX_OFFICE, revoked_at=NOW - 5)
    assert codes(wallet, request, gone) == {WarningCode.ONLY_WAY}


def test_what_is_shown_beside_is_warned_of(world: World) -> None:
    wallet = world.wallet(*"ia")
    showing = world.verifier.request(WEALTH + "reveal i.nationality\n")
    (found,) = wallet.review(showing, world.ledger).warnings()
    assert (found.code, found.facts) == (WarningCode.SHOWN_NARROWS, {"shown": "i.nationality"})
    said = consent(wallet.review(showing, world.ledger), "en", None)
    assert "You also show nationality (Identity)." in said
    assert codes(wallet, world.verifier.request(WEALTH), world.ledger.trust()) == set()


def test_key_of_a_hidden_issuer_sets_nobody_apart(world: World) -> None:
    named = world.verifier.request(ONE_BANK.replace("hidden any", "any").replace(" up to 5", ""))
    hidden, view = world.verifier.request(ONE_BANK), world.ledger.trust()
    known = view.issuers[BANK.issuer_id]
    old = replace(known.keys[BANK.key_id], not_before=NOW - 10)
    newer = replace(
        old,
        key_id="2026-2",
        not_before=NOW - 5,
        public_key=bytes(96),
        position=hidden.checkpoint.size,
    )
    changed = replace(
        view,
        issuers={
            **view.issuers,
            BANK.issuer_id: replace(known, keys={BANK.key_id: old, "2026-2": newer}),
        },
    )
    wallet = world.wallet(*"ia")
    apart = {WarningCode.ISSUER_CHANGED_KEY, WarningCode.OLDER_KEY}
    assert codes(wallet, named, changed) == apart
    assert codes(wallet, hidden, changed) == {WarningCode.FEW_ISSUERS}
