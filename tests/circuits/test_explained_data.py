"""What a page needs of an explanation, as data: seen, known, hidden, technical, links, auditors."""

from __future__ import annotations

import datetime

import pytest

from tests.circuits.building import HEAD, PROBE, analyse
from zkproof_circuits import library
from zkproof_circuits.circuit import Circuit, Slot
from zkproof_circuits.explain import Explanation, explain
from zkproof_circuits.labels import LANGUAGES
from zkproof_circuits.policy import compile_policy

ONE = 'policy t v1 purpose "why" credential p: probe from "issuer"\n'
TODAY = datetime.date(2026, 11, 25)


def packaged(name: str, language: str = "en") -> Explanation:
    circuit = compile_policy(library.policy_text(name), library.all_schemas(), today=TODAY)
    return explain(circuit, library.all_schemas(), language)


def identity(requirement: str, language: str = "en", today: datetime.date = TODAY) -> str:
    text = f'policy t v1 purpose "why" credential i: identity from "x" require {requirement}'
    circuit = compile_policy(text, library.all_schemas(), today=today)
    (sentence,) = explain(circuit, library.all_schemas(), language).constraints
    return sentence


@pytest.mark.parametrize(
    ("requirement", "sentence"),
    [
        ("age(i.birth_date) >= 18", "at least 18 years old (born on or before 2008-11-25)"),
        ("age(i.birth_date) > 17", "at least 18 years old (born on or before 2008-11-25)"),
        ("age(i.birth_date) >= 1", "at least 1 year old (born on or before 2025-11-25)"),
        ("age(i.birth_date) < 18", "under 18 years old (born on or after 2008-11-26)"),
        ("age(i.birth_date) <= 17", "under 18 years old (born on or after 2008-11-26)"),
        (
            "age(i.birth_date) between 18 and 65",
            "between 18 and 65 years old, both included (born between 1960-11-26 and 2008-11-25)",
        ),
        ("age(i.birth_date) = 30", "30 years old (born between 1995-11-26 and 1996-11-25)"),
    ],
)
def test_ages_are_said_as_ages(requirement: str, sentence: str) -> None:
    assert identity(requirement) == f"date of birth: {sentence}"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "pt",
            "data de nascimento: idade mínima de 18 anos (nascimento até 25/11/2008, inclusive)",
        ),
        ("zh-Hans", "出生日期：年满 18 岁（2008年11月25日或之前出生）"),
        ("zh-Hant", "出生日期：年滿 18 歲（2008年11月25日或之前出生）"),
    ],
)
def test_ages_are_said_in_every_language(language: str, sentence: str) -> None:
    assert identity("age(i.birth_date) >= 18", language) == sentence


def test_day_of_birth_that_is_no_whole_age_is_a_date() -> None:
    assert identity("i.birth_date <= 2008-11-24") == "date of birth is 2008-11-24 or earlier"
    leap = identity("age(i.birth_date) >= 18", today=datetime.date(2028, 2, 29))
    assert leap == "date of birth: at least 18 years old (born on or before 2010-02-28)"


def test_age_is_said_only_where_the_day_is_known() -> None:
    text = 'policy t v1 purpose "w" credential i: identity from "x" require age(i.birth_date) >= 18'
    circuit = compile_policy(text, library.all_schemas(), today=TODAY)
    decoded = Circuit.from_bytes(circuit.to_bytes())
    assert decoded == circuit
    (sentence,) = explain(decoded, library.all_schemas()).constraints
    assert sentence == "date of birth is 2008-11-25 or earlier"


def test_day_of_a_circuit_is_no_part_of_its_meaning() -> None:
    first, second = (
        compile_policy(
            'policy t v1 purpose "w" credential p: probe from "x" require p.m >= 3',
            (PROBE,),
            today=day,
        )
        for day in (20_000, 20_001)
    )
    assert (first.today, second.today) == (20_000, 20_001)
    assert first == second
    assert first.digest == second.digest
    assert first.to_bytes() == second.to_bytes()


def test_technical_attributes_are_told_apart() -> None:
    said = explain(analyse("reveal p.sha, p.m", head=ONE).circuit, [PROBE])
    assert {each.slot.attribute for each in said.technical} == {"holder", "rid", "octets", "sm3"}
    assert {each.name for each in said.reveals if each.technical} == {"sha"}
    hidden, folded = said.text().split("Hidden:")[1].split("Also hidden, for technical use:")
    assert "record" in folded
    assert "record" not in hidden


def test_links_and_auditors_are_data() -> None:
    said = explain(
        analyse(
            'pseudonym for scope "lottery" tag of p.octets for scope "pledges" '
            'encrypt p.n to "the office"',
            head=ONE,
        ).circuit,
        [PROBE],
    )
    assert [(each.kind, each.scope) for each in said.links] == [
        ("pseudonym", "lottery"),
        ("tag", "pledges"),
    ]
    assert said.links[1].slots[1] == Slot("p", "octets")
    (encrypted,) = said.auditors
    assert (encrypted.slot, encrypted.auditor) == (Slot("p", "n"), "the office")
    assert encrypted.sentence in said.constraints
    assert encrypted.sentence not in said.knows
    assert all(link.sentence in said.constraints for link in said.links)
    assert not [link for link in said.links if link.sentence in said.knows]


@pytest.mark.parametrize(
    ("scope", "language", "within"),
    [
        ('scope "loans"', "en", "“loans” of this verifier"),
        ('scope "loans" per year', "en", "“loans” of this verifier in 2026"),
        ('scope "loans" per month', "en", "“loans” of this verifier in 2026-11"),
        ('scope "loans" per month', "pt", "“loans” deste verificador em 11/2026"),
        ('scope "loans" per month', "zh-Hant", "此驗證方的「loans」（2026年11月）"),
        ('scope "loans" per day', "pt", "“loans” deste verificador em 23/11/2026"),
        ('shared scope "office#loans"', "en", "“office#loans” (shared by several verifiers)"),
        ('shared scope "office#loans"', "zh-Hans", "多个验证方共用的“office#loans”"),
    ],
)
def test_whose_scope_it_is_and_for_how_long_is_said(scope: str, language: str, within: str) -> None:
    said = explain(analyse(f"pseudonym for {scope}", head=ONE).circuit, [PROBE], language)
    (link,) = said.links
    assert within in link.sentence
    assert link.shared == ("#" in scope)


def test_sentences_are_found_by_the_text_of_their_requirement() -> None:
    circuit = analyse("require p.m >= 3 require p.n >= 4", head=ONE).circuit
    said = explain(circuit, [PROBE])
    assert said.sentences["require p.m >= 3"] == "m is at least 3"
    assert tuple(said.sentences.values()) == said.constraints


@pytest.mark.parametrize("language", LANGUAGES)
def test_issuer_is_called_hidden_only_where_it_is(language: str) -> None:
    said = packaged("health-recognition", language)
    laboratory = Slot("h", "laboratory")
    assert laboratory in {each.slot for each in said.follows}
    assert laboratory not in {each.slot for each in said.hidden}
    for name in library.policy_names():
        explained = packaged(name, language)
        for credential in explained.credentials:
            of_issuer = {"bank_name", "laboratory", "hospital"}
            found = [
                each
                for each in explained.hidden
                if each.slot.credential == credential.alias and each.slot.attribute in of_issuer
            ]
            assert credential.issuer_hidden or not found


def test_value_that_the_schema_determines_is_not_called_hidden() -> None:
    said = packaged("sum-of-three-banks")
    currencies = {Slot(alias, "currency") for alias in "abc"}
    assert currencies <= {each.slot for each in said.follows}
    assert not currencies & {each.slot for each in said.hidden}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "residency is China, Hong Kong or Macao"),
        ("pt", "residência: China, Hong Kong ou Macau"),
        ("zh-Hans", "居住地为中国、香港或澳门"),
        ("zh-Hant", "居住地為中國、香港或澳門"),
    ],
)
def test_countries_have_names_in_every_language(language: str, sentence: str) -> None:
    assert identity("i.residency in {MO, HK, CN}", language) == sentence


def test_purpose_and_source_of_a_rate_are_quoted_as_the_words_of_others() -> None:
    head = 'policy t v1 purpose "loan” and nothing else" credential p: probe from "issuer"\n'
    circuit = analyse(
        'rate MOP per HKD = 1.03 source "bank”, 1:1" at 2026-01-01 '
        "require p.mop + p.hkd >= 3.00 MOP",
        head=head,
    ).circuit
    said = explain(circuit, [PROBE])
    assert "Purpose, in the verifier's words: “loan”” and nothing else”\n" in said.text()
    assert said.rates == ("1 HKD = 1.03 MOP, from “bank””, 1:1”, as of 2026-01-01",)


def test_credentials_of_one_title_are_told_apart_in_every_sentence() -> None:
    said = explain(analyse("require p.m = 2 * q.m", head=HEAD).circuit, [PROBE])
    assert said.constraints[-1] == "m (Probe p) equals 2 × m (Probe q)"
