"""Choices that the verifier sees: which way is taken, and that no more is shown than must be."""

from __future__ import annotations

import pytest

from tests.presentation.building import AUTHORITY
from tests.wallet.test_hidden_ways import World, told
from zkproof.errors import UsageError
from zkproof.presentation.report import Report
from zkproof.wallet.consent import consent
from zkproof.wallet.reasons import ReviewRefused
from zkproof.wallet.refreshing import wanted_by
from zkproof.wallet.saying import why_not
from zkproof_circuits.labels import LANGUAGES

CHOICE = """
policy account v1
purpose "account opening"
credential i: identity from "did:web:dsi.gov.mo"
choice
  credential a: deposit-certificate from any of registry "mo-banks"
  reveal a.currency
  require a.balance >= 500_000.00 MOP
or
  credential s: income-statement from "did:web:dsf.gov.mo"
  require s.monthly_income >= 30_000.00 MOP
same holder i, a, s
"""
OPTIONAL = """
policy account v1
purpose "account opening"
credential i: identity from "did:web:dsi.gov.mo"
optional
  credential s: income-statement from "did:web:dsf.gov.mo"
  reveal s.tax_year
same holder i, s
"""


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("certificates", "taken", "shown"),
    [
        ("ia", {"i", "a"}, ["a.currency"]),
        ("is", {"i", "s"}, []),
        ("ias", {"i", "a"}, ["a.currency"]),
    ],
)
def test_first_way_that_holds_is_taken_and_shows_its_own(
    world: World, certificates: str, taken: set[str], shown: list[str]
) -> None:
    request = world.verifier.request(CHOICE)
    review = world.wallet(*certificates).review(request, world.ledger)
    assert review.chosen.keys() == taken
    assert list(review.disclosed()) == shown
    report = world.verifier.verify(request, review.prove())
    assert isinstance(report, Report)
    assert {each.alias for each in report.credentials} == taken


def test_holder_takes_another_way_by_naming_a_certificate(world: World) -> None:
    request, wallet = world.verifier.request(CHOICE), world.wallet(*"ias")
    review = wallet.review(request, world.ledger, use={"s": "salary"})
    assert review.chosen == {"i": "identity", "s": "salary"}
    with pytest.raises(UsageError, match="no way to answer asks for a and s together"):
        wallet.review(request, world.ledger, use={"a": "savings", "s": "salary"})
    assert isinstance(world.verifier.verify(request, review.prove()), Report)


def test_optional_certificate_is_shown_only_where_its_holder_says_so(world: World) -> None:
    wallet = world.wallet(*"is")
    request = world.verifier.request(OPTIONAL)
    silent = wallet.review(request, world.ledger)
    assert silent.chosen.keys() == {"i"}
    assert silent.disclosed() == {}
    willing = wallet.review(request, world.ledger, use={"s": "salary"})
    assert willing.disclosed() == {"s.tax_year": "2025"}
    assert isinstance(world.verifier.verify(request, willing.prove()), Report)


def test_reasons_name_the_way_in_every_language(world: World) -> None:
    request = world.verifier.request(CHOICE)
    assert world.reasons(world.wallet(*"is"), request) == ()
    poor = world.wallet(*"ias", income=29_000_00, balance=1)
    with pytest.raises(ReviewRefused) as refused:
        poor.review(world.verifier.request(CHOICE), world.ledger)
    assert told(refused.value.reasons) == [
        ("requirement-not-met", ("s",)),
        ("requirement-not-met", ("a",)),
    ]
    for language in LANGUAGES:
        lines = why_not(refused.value, world.ledger.trust().schemas.values(), language)
        assert len(set(lines)) == 2
        assert "require" not in "".join(lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_consent_says_that_the_choice_is_seen(world: World, language: str) -> None:
    wallet = world.wallet(*"is")
    review = wallet.review(world.verifier.request(CHOICE), world.ledger)
    title = {each.alias: each.title for each in review.explanation(language).credentials}["s"]
    seen = {"en": "see which", "pt": "que escolha", "zh-Hans": "您的选择", "zh-Hant": "您的選擇"}
    (line,) = [
        each for each in consent(review, language, None).splitlines() if seen[language] in each
    ]
    assert title in line


def test_lists_of_every_way_are_fetched(world: World) -> None:
    """What is fetched should not say which way will be taken."""
    excluded = f"{AUTHORITY.issuer_id}#excluded"
    policy = CHOICE.replace(
        "  require s.monthly",
        f'  require i.person_number not in list "{excluded}"\n  require s.monthly',
    )
    circuit = world.verifier.request(policy).circuit(world.ledger.trust().schemas)
    held = world.wallet(*"ia").content.credentials
    assert [each.list_id for each in wanted_by(circuit, held)] == [excluded]
