"""Words around a presentation: every code in every language, with the same facts."""

from __future__ import annotations

import string
import tomllib
from importlib import resources

import pytest

from zkproof.errors import NotFoundError, UsageError
from zkproof.presentation.receipt import PROVEN
from zkproof.presentation.report import RefusalCode
from zkproof.wallet.reasons import ReasonCode
from zkproof.wallet.warnings import WarningCode
from zkproof.words.catalogue import QUOTED, codes, facts_of, say, verdict, warn, word
from zkproof_circuits.labels import LANGUAGES, Language

SAMPLES: dict[str, str | int] = {
    "date": "2026-10-31",
    "days": 3,
    "count": 2,
    "requirement": "balance is at least MOP 500,000.00",
    "missing": "MOP 20.00",
    "limit": "20000",
    "entries": 7,
    "numbers": 4_000,
    "keys": 2,
    "bits": 5,
    "shown": "a.currency",
    "certificate": "Income statement",
    "certificates": "Income statement",
    "names": "salary, pension",
    "reason": "This is not met: monthly income is at least MOP 30,000.00.",
    "time": "12:00 UTC",
    "address": "https://verifier.example/w/1",
    **{name: f"<{name}>" for name in QUOTED},
}


def patterns(language: str) -> dict[str, dict[str, str]]:
    folder = resources.files("zkproof.words")
    return tomllib.loads(folder.joinpath(f"{language}.toml").read_text(encoding="utf-8"))


def facts_in(pattern: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None]


def facts_for(section: str, code: str) -> dict[str, str | int]:
    return {name: SAMPLES[name] for name in facts_in(patterns("en")[section][code])}


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_same_codes_and_the_same_facts(language: str) -> None:
    english, other = patterns("en"), patterns(language)
    assert english.keys() == other.keys()
    for section, of_english in english.items():
        assert of_english.keys() == other[section].keys()
        for code, pattern in of_english.items():
            assert set(facts_in(pattern)) == set(facts_in(other[section][code])), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_is_said(language: str) -> None:
    assert codes("verdicts") == {PROVEN, *(code.value for code in RefusalCode)}
    said = [verdict(code, language) for code in codes("verdicts")]
    assert len(set(said)) == len(said)
    assert all(each.endswith((".", "。")) for each in said)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ReasonCode)
def test_every_reason_is_said(code: ReasonCode, language: str) -> None:
    said = say(code, language, **facts_for("reasons", code))
    assert said.endswith((".", "。"))
    assert "{" not in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(codes("reasons")))
def test_facts_of_a_reason_are_all_said(code: str, language: Language) -> None:
    facts = facts_for("reasons", code)
    said = say(code.removesuffix("-by"), language, **facts)
    for name, fact in facts.items():
        if name != "date":
            assert str(fact) in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_warning_is_said_with_its_facts(language: str) -> None:
    assert codes("warnings") == {each.value for each in WarningCode}
    for code in WarningCode:
        facts = facts_for("warnings", code)
        said = warn(code, language, **facts)
        assert said.endswith((".", "。"))
        assert all(str(fact) in said for fact in facts.values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", sorted(codes("pages")))
def test_every_word_of_the_pages_is_said(key: str, language: str) -> None:
    said = word(key, language, **facts_for("pages", key))
    assert said
    assert "{" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_trade_reaches_the_holder(language: str) -> None:
    avoided = {
        "en": ["zero knowledge", "zero-knowledge", "attribute", "hash", "safe", "credential "],
        "pt": ["conhecimento zero", "atributo", "hash", "seguro", "credencial"],
        "zh-Hans": ["零知识", "属性", "哈希", "安全", "凭证"],
        "zh-Hant": ["零知識", "屬性", "哈希", "安全", "憑證", "憑據", "信息", "簽名", "您们"],
    }[language]
    for of_section in patterns(language).values():
        for pattern in of_section.values():
            assert not [each for each in avoided if each in pattern.replace("{", " ")], pattern


def test_dates_days_and_missing_amounts_are_written_as_usual_in_the_language() -> None:
    facts = {"credential": "c", "date": "2026-10-31"}
    assert [say("credential-expired", each, **facts) for each in ("en", "pt", "zh-Hant")] == [
        "Your certificate “c” expired on 2026-10-31.",
        "O seu certificado “c” caducou em 31/10/2026.",
        "您的證明「c」已於 2026年10月31日屆滿。",
    ]
    assert word("list-ends-in", "en", days=1) == "ends in 1 day"
    assert word("list-ends-in", "pt", days=2) == "caduca dentro de 2 dias"
    assert word("list-ends-in", "zh-Hant", days=30) == "30 天後到期"
    assert say("requirement-not-met", "en", requirement="r", missing="MOP 2.00") == (
        "This is not met: r. What is missing: MOP 2.00."
    )


@pytest.mark.parametrize(("language", "end"), [("en", "”"), ("pt", "”"), ("zh-Hant", "」")])
def test_names_cannot_leave_their_quotation_marks(language: str, end: str) -> None:
    said = say("verifier-unknown", language, verifier=f"Bank{end} is registered. {end}")
    assert said.count(end) == 5
    assert f"Bank{end}{end} is" in said


def test_unknown_codes_languages_and_facts_are_refused() -> None:
    say("expired", "en")
    with pytest.raises(UsageError, match="language"):
        say("expired", "fr")
    with pytest.raises(NotFoundError, match="no words"):
        say("expired-long-ago", "en")
    with pytest.raises(NotFoundError, match="no words"):
        verdict("fine", "en")
    with pytest.raises(NotFoundError, match="no words"):
        word("consent", "en")
    with pytest.raises(UsageError, match="section"):
        codes("words-of-wisdom")
    say("unsigned", "en", verifier="v")
    with pytest.raises(UsageError, match="facts are verifier"):
        say("unsigned", "en")
    with pytest.raises(UsageError, match="facts are none"):
        say("expired", "en", verifier="v")
    say("credential-expired", "en", credential="c", date="2026-01-31")
    with pytest.raises(UsageError, match="no such day"):
        say("credential-expired", "en", credential="c", date="2026-02-31")
    assert facts_of("credential-expired") == {"credential", "date"}
