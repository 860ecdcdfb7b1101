"""Scenario files: what the reader takes, what it refuses, and why."""

from __future__ import annotations

import pytest

from zkproof.errors import UsageError
from zkproof_circuits.labels import LANGUAGES
from zkproof_circuits.library.reading import text_of
from zkproof_circuits.library.scenarios import parse_scenario, scenario, scenario_names
from zkproof_circuits.library.story import PROVEN, Person

NAME = "deposit-pledge"
TEXT = text_of("scenarios", NAME, ".toml", scenario_names())
WHY = 'why = { en = "x", pt = "x", zh-Hans = "x", zh-Hant = "x" }'
NOW = 1_795_392_000


def somebody(rest: str, name: str = "Ip Kin Wa") -> str:
    return (
        f'{TEXT}\n[[people]]\nname = "{name}"\nexpect = "wallet-refuses"\nbecause = "x"\n'
        f"{WHY}\n{rest}\n"
    )


def test_file_of_the_package_is_read() -> None:
    assert parse_scenario(NAME, TEXT) == scenario(NAME)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (TEXT + "= 1", "not TOML"),
        (TEXT.replace("verifier =", "verifyer ="), "verifyer"),
        (TEXT.replace('zh-Hant = "一筆', 'zh-TW = "一筆'), r"title"),
        (TEXT.replace('policy = "deposit-pledge"', 'policy = "pawn-shop"'), "no policy pawn-shop"),
        (TEXT.replace('schema = "identity"', 'schema = "idendity"'), "no schema idendity"),
        (TEXT.replace("bank_name =", "bank ="), "a: nothing is called bank"),
        (TEXT.replace("bank-a.example.mo", "bank-z.example.mo", 1), "nothing is called did:web"),
        (TEXT.replace('because = "in the register already"\n', ""), "because"),
        (TEXT.replace('expect = "proven"', 'expect = "proven"\nbecause = "x"', 1), "people"),
        (TEXT[: TEXT.index("\n[[people]]", TEXT.index("[[people]]") + 1)], "people"),
    ],
)
def test_file_with_a_mistake_is_refused(text: str, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        parse_scenario(NAME, text)


@pytest.mark.parametrize(
    "rest",
    [
        'changes = { "a.balance" = "1.00" }',
        'revoked = ["a"]',
        'borrowed = ["i"]',
        'lacks = ["i"]',
        'listed = { "i.person_number" = "7" }',
        'issuers = { a = "did:web:identity.example.mo" }',
        'cheats = "replays"',
        'like = "Leong Sok I"\nchanges = { "a.balance" = "1.00" }',
    ],
)
def test_counter_example_with_one_difference_is_read(rest: str) -> None:
    parse_scenario(NAME, somebody(rest))


@pytest.mark.parametrize(
    ("rest", "match"),
    [
        ("", "in one thing"),
        ('changes = { "a.balance" = "1.00", "a.as_of" = "today-9" }', "in one thing"),
        ('changes = { "a.balance" = "1.00" }\nrevoked = ["a"]', "in one thing"),
        ('revoked = ["a", "i"]', "in one thing"),
        ('changes = { "a.balances" = "1.00" }', "nothing is called balances"),
        ('changes = { "z.balance" = "1.00" }', "nothing is called balance"),
        ('revoked = ["z"]', "nothing is called z"),
        ('lacks = ["z"]', "nothing is called z"),
        ('lacks = ["a", "i"]', "in one thing"),
        ('issuers = { a = "did:web:nobody.example" }', "nothing is called did:web:nobody"),
        ('like = "Nobody"\nrevoked = ["a"]', "nobody before is called Nobody"),
        ('again = true\nrevoked = ["a"]', "comes again"),
        ('cheats = "bribes"', "people"),
        ('pretends = { loan = "1.00" }\nrevoked = ["a"]', "people"),
    ],
)
def test_counter_example_with_no_or_several_differences_is_refused(rest: str, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        parse_scenario(NAME, somebody(rest))


def test_nobody_is_like_a_cheat() -> None:
    cheat = somebody('cheats = "replays"')
    another = cheat[cheat.rindex("[[people]]") :].replace("Ip Kin Wa", "Ng Sio Fong")
    parse_scenario(NAME, cheat + another)
    with pytest.raises(UsageError, match="cheats"):
        parse_scenario(NAME, cheat + another + 'like = "Ip Kin Wa"\n')


def difference(person: Person, twin: Person) -> int:
    """In how many things somebody differs from somebody else."""
    mappings = [
        ({**person.changes, **person.listed}, {**twin.changes, **twin.listed}),
        (person.issuers, twin.issuers),
    ]
    keys = sum(len(set(own.items()) ^ set(other.items())) for own, other in mappings)
    credentials = len(person.revoked ^ twin.revoked) + len(person.borrowed ^ twin.borrowed)
    credentials += len(person.lacks ^ twin.lacks)
    return keys + credentials + (person.cheats != twin.cheats)


@pytest.mark.parametrize("name", scenario_names())
def test_counter_examples_differ_from_their_twin_in_one_thing(name: str) -> None:
    people = scenario(name).people
    assert people[0].expect == PROVEN
    for position, person in enumerate(people):
        assert set(person.why) == set(LANGUAGES)
        if person.expect == PROVEN:
            assert not person.because
            continue
        assert person.because
        before = people[:position]
        twin = before[-1] if person.again else next(p for p in before if p.name == person.twin)
        assert difference(person, twin) == 1 or (person.again and person.expect == "second-time")


@pytest.mark.parametrize("name", scenario_names())
def test_changed_values_are_other_values_and_dates_are_relative(name: str) -> None:
    chosen = scenario(name)
    for person in chosen.people:
        for where in (*person.changes, *person.listed):
            alias, _, attribute = where.partition(".")
            changed = chosen.record(person, alias, NOW)[attribute]
            assert changed != chosen.record(chosen.people[0], alias, NOW)[attribute]
    for alias in chosen.credentials:
        record = chosen.record(chosen.people[0], alias, NOW)
        later = chosen.record(chosen.people[0], alias, NOW + 86_400)
        assert record["valid_until"] != later["valid_until"]
        assert record.get("as_of") != later.get("as_of") or "as_of" not in record


@pytest.mark.parametrize("name", scenario_names())
def test_story_is_told_in_every_language(name: str) -> None:
    chosen = scenario(name)
    for texts in (chosen.title, chosen.story):
        assert set(texts) == set(LANGUAGES)
        assert len(set(texts.values())) == len(LANGUAGES)
    assert chosen.story["zh-Hans"] != chosen.story["zh-Hant"]
    for language, today, now in (
        ("en", "Today", "Here"),
        ("pt", "Hoje", "Aqui"),
        ("zh-Hans", "如今", "在这里"),
        ("zh-Hant", "如今", "在這裏"),
    ):
        assert today in chosen.story[language]
        assert now in chosen.story[language]
