"""Explanations: every sentence from the circuit, in four languages, nothing left out."""

from __future__ import annotations

import string
import tomllib
from importlib import resources

import pytest

from tests.circuits.building import HEAD, PROBE, analyse
from zkproof.errors import NotFoundError, UsageError
from zkproof_circuits import library
from zkproof_circuits.circuit import Circuit, Slot
from zkproof_circuits.explain import Explanation, explain
from zkproof_circuits.labels import LANGUAGES
from zkproof_circuits.policy import compile_policy
from zkproof_circuits.schema_text import parse_schema

ONE = 'policy t v1 purpose "why" credential p: probe from "issuer"\n'


def explained(statements: str, language: str = "en", head: str = ONE) -> Explanation:
    return explain(analyse(statements, head=head).circuit, [PROBE], language)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("require p.mop >= 3.00 MOP", "patacas is at least MOP 3.00"),
        ("require p.mop > 3.00 MOP", "patacas is more than MOP 3.00"),
        ("require p.mop >= 3.01 MOP", "patacas is more than MOP 3.00"),
        ("require p.mop < 3.00 MOP", "patacas is less than MOP 3.00"),
        ("require p.mop > 3.01 MOP", "patacas is at least MOP 3.02"),
        ("require p.m > 3", "m is at least 4"),
        ("require p.mop <= 3.00 MOP", "patacas is no more than MOP 3.00"),
        ("require p.months >= 12", "months is at least 12 months"),
        ("require 2 * p.m >= 5", "m is at least 3"),
        ("require p.day >= today - 30 days", "day is 2026-10-24 or later"),
        ("require age(p.day) >= 18", "day is 2008-11-23 or earlier"),
        ("require p.moment < 2026-11-23T12:00:00Z", "moment is 2026-11-23 11:59:59 UTC or earlier"),
        ("require p.m between -3 and 5", "m is between -3 and 5, both included"),
        ("require p.m not between -3 and 5", "m is less than -3 or more than 5"),
        ("require p.m between 2 and 2", "m is 2"),
        (
            "require age(p.day) between 18 and 65",
            "day is between 1960-11-24 and 2008-11-23, both included",
        ),
        ("require p.m = 3", "m is 3"),
        ("require p.big = 2025", "big is 2025"),
        ("require p.mop = 5.00 MOP", "patacas is MOP 5.00"),
        ("require p.m != 3", "m is not 3"),
        ("require p.country = MO", "country is Macao"),
        ("require p.country in {MO, HK}", "country is Hong Kong or Macao"),
        ("require p.country not in {MO, HK}", "country is none of these: Hong Kong, Macao"),
        ('require p.colour != "red"', "colour is not red"),
        ('require p.word = "x"', "word is “x”"),
        ('require p.word != "x"', "word is not “x”"),
        ("require p.flag", "flag is yes"),
        ("require not p.flag", "flag is no"),
        ("require p.word = p.other_word", "other word and word are the same"),
        ("require p.word != p.other_word", "other word and word are different"),
        ("require 3 * p.m + 2 * p.n >= 7", "3 × m + 2 × n is at least 7"),
        ("require p.m + p.n <= 7", "m + n is no more than 7"),
        ("require 2 * p.m <= 3 * p.n", "3 × n is at least 2 × m"),
        ("require p.m * p.n >= 7", "m × n is at least 7"),
        ("require p.m * p.m >= 5", "m is less than -2 or more than 2"),
        ("require p.m * p.n != 7", "m × n does not equal 7"),
        ("require p.m - p.n >= 3", "m is at least n + 3"),
        ("require p.other_day <= p.day + 30 days", "other day is no more than 30 days after day"),
        ("require p.other_day >= p.day", "day is on or before other day"),
        ("require p.other_day > p.day", "day is before other day"),
        ("require p.other_day < p.day", "day is after other day"),
        ("require p.other_day >= p.day + 30 days", "other day is at least 30 days after day"),
        ("require p.day = p.other_day + 1 day", "day is exactly 1 day after other day"),
        ("require p.m > p.n", "m is more than n"),
        ("require p.months = 1", "months is 1 month"),
        (
            "require p.moment between now - 48 hours and now",
            "moment is between 2026-11-21 20:00:00 UTC and 2026-11-23 20:00:00 UTC, both included",
        ),
        (
            'require p.moment >= today in "Asia/Macau"',
            "moment is 2026-11-23 16:00:00 UTC or later",
        ),
        (
            "require p.moment = 2026-11-20",
            "moment is between 2026-11-20 00:00:00 UTC and 2026-11-20 23:59:59 UTC, both included",
        ),
        (
            "require p.moment <= p.other_day",
            "the day of moment (universal time) is on or before other day",
        ),
        (
            "require p.moment > p.other_day",
            "the day of moment (universal time) is after other day",
        ),
        ("require p.other_day <= end of month(today)", "other day is 2026-11-30 or earlier"),
        ("require p.other_day >= start of year(today)", "other day is 2026-01-01 or later"),
        (
            "require year(p.other_day) = 2025",
            "other day is between 2025-01-01 and 2025-12-31, both included",
        ),
        ("require p.big = year(today) - 1", "big is 2025"),
        ("require age(p.day) at 2026-09-01 >= 6", "day is 2020-09-01 or earlier"),
        ("require p.share >= 25%", "share is at least 25%"),
        ("require p.share >= 25 percent", "share is at least 25%"),
        ("require p.share * p.mop >= 3.00 MOP", "patacas × share is at least MOP 3.00"),
        (
            "require (p.share + 5%) * p.mop <= 3.00 MOP",
            "(5% of patacas) + patacas × share is no more than MOP 3.00",
        ),
        ("require p.day + p.lapse >= today", "day + lapse is on or after 2026-11-23"),
        ("require p.other_day - p.weeks <= p.day", "day + weeks is on or after other day"),
        (
            "require p.day + 2 * p.lapse + 3 days >= p.other_day",
            "day + 2 × lapse + 3 days is on or after other day",
        ),
        (
            "require p.mop between 1.00 MOP and 2.00 MOP",
            "patacas is between MOP 1.00 and MOP 2.00, both included",
        ),
        (
            "require p.day between p.other_day and today",
            "day is between other day and 2026-11-23, both included",
        ),
        ("require not revoked p", "Probe: not revoked"),
        (
            "require p.m >= 3 or p.n = 5 and p.flag",
            "at least one of these is true, without saying which: "
            "m is at least 3; (flag is yes, and n is 5)",
        ),
        (
            'encrypt p.rid to "the office"',
            "record is sent encrypted to “the office”, who can read it; the verifier cannot",
        ),
        (
            'pseudonym for scope "lottery"',
            "you can be recognised again within “lottery” of this verifier by a pseudonym, "
            "and nowhere else",
        ),
    ],
)
def test_constraint_is_said_in_words(statement: str, sentence: str) -> None:
    assert explained(statement).constraints == (sentence,)


@pytest.mark.parametrize(
    ("statement", "language", "sentence"),
    [
        ("require p.flag", "pt", "flag: sim"),
        ("require p.flag", "zh-Hans", "flag：是"),
        ("require not p.flag", "zh-Hant", "flag：否"),
        ("require p.other_day >= p.day", "pt", "day: igual ou anterior a other day"),
        ("require p.other_day >= p.day", "zh-Hant", "day 不遲於 other day"),
        ("require p.day + p.lapse >= today", "pt", "day + lapse: igual ou posterior a 23/11/2026"),
        (
            "require p.moment >= p.other_day",
            "pt",
            "dia de moment (UTC): igual ou posterior a other day",
        ),
        ("require p.moment < p.other_day", "zh-Hant", "moment 的日期（世界時）在 other day 之前"),
        ("require p.moment <= p.other_day", "zh-Hans", "moment 的日期（世界时）不晚于 other day"),
        ("require p.day + p.lapse >= today", "zh-Hans", "day + lapse 不早于 2026年11月23日"),
        (
            "require p.share * p.mop >= 30% of p.mop + 1.00 MOP",
            "pt",
            "patacas × share: no mínimo (30% do valor de patacas) + 1,00 MOP",
        ),
        (
            "require p.share * p.mop >= 30% of p.mop + 1.00 MOP",
            "zh-Hant",
            "patacas × share 不少於（patacas 的 30%） + MOP 1.00",
        ),
    ],
)
def test_yes_and_days_are_said_as_people_say_them(
    statement: str, language: str, sentence: str
) -> None:
    assert explained(statement, language).constraints == (sentence,)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "kind of document is identity card"),
        ("pt", "tipo de documento: bilhete de identidade"),
        ("zh-Hans", "证件类别：身份证"),
        ("zh-Hant", "證件類別：身份證"),
    ],
)
def test_members_are_said_by_their_labels(language: str, sentence: str) -> None:
    text = (
        'policy t v1 purpose "why" credential i: identity from "issuer" '
        'require i.document_kind = "identity-card"'
    )
    circuit = compile_policy(text, library.all_schemas(), today=20_780)
    assert explain(circuit, library.all_schemas(), language).constraints == (sentence,)


def test_what_is_all_different_is_said_once() -> None:
    three = HEAD + 'credential r: probe from "issuer" same holder q, r '
    said = explained("require distinct p.word, q.word, r.word", head=three).constraints[-1]
    assert said == "word (Probe p), word (Probe q) and word (Probe r) are all different"
    two = explained(
        "require p.word != q.word and q.word != r.word and p.m >= 3", head=three
    ).constraints[-1]
    assert "all different" not in two
    assert two.count("are different") == 2


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        ("require p.mop * p.n >= 5.00 MOP * 3", "patacas × n is at least MOP 15.00"),
        ("require p.mop * p.mop >= 2.00 MOP * 3.00 MOP", "patacas × patacas is at least 6 MOP²"),
        ("require p.mop >= 2.00 MOP * p.n", "patacas is at least MOP 2.00 × n"),
        ("require 3 * p.mop >= 5.00 MOP", "patacas is at least MOP 1.67"),
        ("require 3 * p.mop <= 5.00 MOP", "patacas is no more than MOP 1.66"),
        ("require 4 * p.n >= 3 * p.m + 5", "4 × n is at least 3 × m + 5"),
        (
            'rate MOP per HKD = 1.03 source "x" at 2026-01-01 '
            "require 2 * p.mop + p.hkd >= 3.00 MOP + q.mop",
            "dollars (Probe p) (converted to MOP) + 2 × patacas (Probe p) is at least "
            "patacas (Probe q) + MOP 3.00",
        ),
        (
            "require p.moment - q.moment <= 48 hours",
            "moment (Probe p) is no more than 2 days after moment (Probe q)",
        ),
        (
            "require p.moment - q.moment <= 49 hours",
            "moment (Probe p) is no more than 49 hours after moment (Probe q)",
        ),
        (
            "require p.day + (q.day - p.other_day) >= today + 5 days",
            "day (Probe p) + (time from other day (Probe p) to day (Probe q)) "
            "is 2026-11-28 or later",
        ),
        ("require p.flag or p.day >= 1800-01-02", "day is 1800-01-02 or later"),
    ],
)
def test_factors_are_those_that_a_person_would_reckon_with(statements: str, sentence: str) -> None:
    head = HEAD if "q." in statements else ONE
    assert sentence in explained(statements, head=head).constraints[-1]


def test_yen_and_patacas_have_their_own_scales() -> None:
    yen = parse_schema(
        """
        id = "yen"
        version = 1
        title = { en = "Yen" }
        [[attributes]]
        name = "jpy"
        type = { kind = "money", currency = "JPY", scale = 0, maximum = 999 }
        label = { en = "yen" }
        [[attributes]]
        name = "mop"
        type = { kind = "money", currency = "MOP", scale = 2, maximum = 999 }
        label = { en = "patacas" }
        """
    )
    text = (
        'policy t v1 purpose "x" credential c: yen from "y" '
        'rate MOP per JPY = 0.054 source "bank" at 2026-11-20 require c.mop + c.jpy >= 1.00 MOP'
    )
    said = explain(compile_policy(text, (yen,), today=20_780), (yen,), "en")
    assert said.constraints == ("yen (converted to MOP) + patacas is at least MOP 1.00",)


def test_what_follows_from_the_answer_is_not_called_hidden() -> None:
    said = explained("reveal p.word require p.word = q.word and q.n = 3 and p.m >= 1", head=HEAD)
    assert [str(each.slot) for each in said.follows] == ["q.n", "q.word"]
    assert not {"q.n", "q.word"} & {str(each.slot) for each in said.hidden}
    assert "p.m" in {str(each.slot) for each in said.hidden}
    assert "And can tell from the answer:" in said.text()


def test_other_peoples_words_cannot_leave_their_quotation_marks() -> None:
    one, other = (
        explained(f"require p.word in {{{words}}}").constraints[0]
        for words in ('"A, B", "C"', '"A", "B, C"')
    )
    assert one != other
    assert "“x””, and no more”" in explained('encrypt p.rid to "x”, and no more"').constraints[0]
    issued = explained("", head='policy t v1 purpose "t" credential p: probe from "a or b" ')
    assert "“a or b”" in issued.credentials[0].sentence


def test_whose_pseudonym_is_said_where_it_matters() -> None:
    apart = HEAD.replace("same holder p, q\n", "")
    said = {
        explained(f'pseudonym of {each} for scope "x"', head=apart).constraints[-1]
        for each in ("p", "q")
    }
    assert len(said) == 2
    assert (
        "you can be recognised" in explained('pseudonym for scope "x"', head=HEAD).constraints[-1]
    )


def test_that_the_issuer_is_seen_is_said_where_there_are_several() -> None:
    head = 'policy t v1 purpose "t" credential p: probe from '
    sentences = [
        explained("reveal p.m", head=head + issuers).credentials[0].sentence
        for issuers in ('"x" ', 'any of {"x", "y"} ', 'any of registry "r" ')
    ]
    assert ["sees by which" in each for each in sentences] == [False, True, True]


def test_amounts_by_a_rate_are_said_in_its_currency() -> None:
    said = explained(
        'rate MOP per HKD = 1.03 source "the bank" at 2026-01-01 require p.mop + p.hkd >= 3.00 MOP'
    )
    assert said.constraints == ("dollars (converted to MOP) + patacas is at least MOP 3.00",)
    assert said.rates == ("1 HKD = 1.03 MOP, from “the bank”, as of 2026-01-01",)


def test_several_credentials_are_told_apart() -> None:
    said = explained("require p.m >= 3 require distinct p.word, q.word", head=HEAD)
    assert said.constraints == (
        "Probe p and Probe q belong to the same holder",
        "m (Probe p) is at least 3",
        "word (Probe p) and word (Probe q) are different",
    )
    assert [credential.title for credential in said.credentials] == ["Probe p", "Probe q"]


def test_revealed_and_hidden_attributes_are_all_of_them() -> None:
    said = explained('reveal p.word, p.m require p.n >= 3 encrypt p.rid to "office"')
    assert [each.slot.attribute for each in said.reveals] == ["m", "word"]
    revealed, hidden = {each.slot for each in said.reveals}, {each.slot for each in said.hidden}
    assert {slot.attribute for slot in revealed | hidden} == set(PROBE.names)
    assert not revealed & hidden
    assert [each.slot.attribute for each in said.hidden if each.proven] == ["rid", "n"]
    assert {each.slot.attribute: each.encrypted_to for each in said.hidden}["rid"] == ("office",)


def test_hidden_attributes_are_listed_in_schema_order() -> None:
    circuit = analyse("reveal p.m", head=ONE).circuit
    hidden = tuple(each.slot for each in explain(circuit, [PROBE]).hidden)
    assert hidden == tuple(Slot("p", name) for name in PROBE.names if name != "m")


def test_words_come_from_the_circuit_and_not_from_its_texts() -> None:
    circuit = analyse("require p.m >= 3", head=ONE).circuit
    data = circuit.to_bytes().replace(b"require p.m >= 3", b"require p.m >= 1")
    misleading = Circuit.from_bytes(data)
    assert misleading.constraints[0].source == "require p.m >= 1"
    assert explain(misleading, [PROBE]).constraints == ("m is at least 3",)


@pytest.mark.parametrize("language", LANGUAGES)
def test_packaged_policies_are_explained_in_every_language(language: str) -> None:
    for name in library.policy_names():
        circuit = compile_policy(library.policy_text(name), library.all_schemas(), today=20_780)
        said = explain(circuit, library.all_schemas(), language)
        assert len(said.constraints) == len(circuit.constraints)
        text = said.text()
        assert circuit.purpose in text
        assert "{" not in text
        for credential in said.credentials:
            assert credential.sentence in text
        for sentence in (*said.constraints, *said.validity, *said.rates):
            assert f"- {sentence}\n" in text
        for label in [*(each.label for each in said.reveals), *(e.name for e in said.hidden)]:
            assert label in text


def test_same_policy_reads_differently_in_each_language() -> None:
    said = {explained("require p.m >= 3", language).constraints for language in LANGUAGES}
    assert len(said) == len(LANGUAGES)


def test_catalogues_have_the_same_keys_and_the_same_parts() -> None:
    def parts(language: str) -> dict[tuple[str, str], set[str | None]]:
        folder = resources.files("zkproof_circuits.explaining")
        text = folder.joinpath(f"{language}.toml").read_text(encoding="utf-8")
        return {
            (section, key): {name for _, name, _, _ in string.Formatter().parse(pattern)} - {None}
            for section, patterns in tomllib.loads(text).items()
            for key, pattern in patterns.items()
        }

    english = parts("en")
    assert len(english) > 40
    for language in LANGUAGES:
        assert parts(language) == english


def test_braces_in_a_name_are_not_read_as_parts() -> None:
    said = explained('encrypt p.rid to "{credential}"')
    assert "{credential}" in said.constraints[0]


def test_unknown_language_is_refused() -> None:
    explained("reveal p.m", "pt")
    with pytest.raises(UsageError, match="language"):
        explained("reveal p.m", "fr")


def test_missing_schema_is_refused() -> None:
    circuit = analyse("reveal p.m", head=ONE).circuit
    explain(circuit, [PROBE])
    with pytest.raises(NotFoundError, match="schema"):
        explain(circuit, library.all_schemas())


def test_policy_without_retention_says_so() -> None:
    assert "does not say" in explained("reveal p.m").retention
    assert "7 days" in explained("retention 1 week reveal p.m").retention
    assert "1 year." in explained("retention 1 year reveal p.m").retention


def test_one_date_against_another_is_said_as_dates_are() -> None:
    circuit = analyse("require p.day >= q.day").circuit
    text = explain(circuit, (PROBE,), "en").text()
    assert "day (Probe p) is on or after day (Probe q)" in text
    assert "at least" not in text
