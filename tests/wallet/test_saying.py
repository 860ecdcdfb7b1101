"""Reasons of a review in the holder's language."""

from __future__ import annotations

import pytest

from zkproof.wallet.reasons import Missing, Reason, ReasonCode
from zkproof.wallet.saying import said
from zkproof_circuits.labels import LANGUAGES
from zkproof_circuits.types import Integer, Money

MOP = Money("MOP", 2, 10**9, minimum=10**6)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ReasonCode)
def test_every_reason_of_a_review_has_words(code: ReasonCode, language: str) -> None:
    reason = Reason(code, "a", "savings", "require a.balance >= 5.00 MOP", "2026-10-31")
    text = said(reason, language)
    assert text
    assert "{" not in text


@pytest.mark.parametrize(
    ("language", "missing"),
    [("en", "MOP 20.00"), ("pt", "20,00 MOP"), ("zh-Hans", "MOP 20.00"), ("zh-Hant", "MOP 20.00")],
)
def test_missing_amount_is_said_even_below_what_the_type_allows(
    language: str, missing: str
) -> None:
    reason = Reason(
        ReasonCode.REQUIREMENT_NOT_MET, "a", "savings", "require x", missing=Missing(2000, MOP)
    )
    text = said(reason, language, {"require x": "the sentence"})
    assert missing in text
    assert "the sentence" in text


def test_one_month_is_missing_in_the_singular() -> None:
    months = Integer(0, 1200, "months")
    assert Missing(1, months).text("en") == "1 month"
    assert Missing(1, months).text("pt") == "1 mês"
    assert Missing(2, months).text("pt") == "2 meses"


def test_requirement_without_a_sentence_stands_itself() -> None:
    reason = Reason(ReasonCode.REQUIREMENT_NOT_MET, requirement="require a.x >= 5")
    assert "require a.x >= 5" in said(reason, "en")
