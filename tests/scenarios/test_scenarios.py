"""Every packaged scenario, played: who should pass passes, who should fail fails for its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from zkproof.cli.playing import Play, play
from zkproof.clock import system_clock
from zkproof_circuits import library
from zkproof_circuits.explain import explain
from zkproof_circuits.labels import LANGUAGES
from zkproof_circuits.library.scenarios import scenario, scenario_names

REASONS = {
    "a cent of debt too much": "100 * s.monthly_debt <= 40 * s.monthly_income",
    "a cent of tax in arrears": "t.arrears = 0.00 MOP",
    "on the sanctions list": "no current evidence of this list",
    "one account counted twice": "require distinct a.account_hash",
    "one certificate was revoked": "no token of good standing|require distinct",
    "one cent short": "a.balance >= threshold",
    "the certificate was revoked": "no token of good standing",
    "the certificate is another person's": "signature",
    "the statements speak of two firms": "t.tax_number = f.tax_number",
    "treated before the cover began": "m.treated_on between p.cover_from",
    "seventeen years old": "age(i.birth_date) >= 18",
    "the same deposit, from a renewed certificate": "in the register already",
}


def played(name: str, folder: Path, entries: int | None) -> Play:
    return play(scenario(name), folder, now=system_clock(), entries=entries)


@pytest.mark.parametrize("name", scenario_names())
def test_scenario_goes_as_its_story_says(name: str, tmp_path: Path) -> None:
    found = played(name, tmp_path, 1000)
    for each in found.attempts:
        assert each.as_expected, (each.person.name, each.person.why["en"], each.said)
        if (why := REASONS.get(each.person.why["en"])) is not None:
            assert any(part in each.said for part in why.split("|")), each.said
    reports = [each.report for each in found.attempts if each.report is not None]
    assert reports
    for report in reports:
        asked = {str(slot) for slot in found.circuit.revealed}
        shown = {f"{c.alias}.{name}" for c in report.credentials for name in c.disclosed}
        assert shown == asked
        assert all(each.status is not None for each in report.credentials)


@pytest.mark.slow
def test_sanctions_list_of_a_hundred_thousand(tmp_path: Path) -> None:
    found = played("account-opening", tmp_path, None)
    assert [each.as_expected for each in found.attempts] == [True] * len(found.attempts)
    (listed,) = [each for each in found.attempts[0].report.lists if each.kind == "gaps"]  # type: ignore[union-attr]
    assert listed.count == 100_000


@pytest.mark.parametrize("name", scenario_names())
def test_counter_examples_differ_from_who_passes_in_what_they_say(name: str) -> None:
    """What is different about a person is at most a few texts, or whose the credential is."""
    chosen = scenario(name)
    assert chosen.people[0].expect == "proven"
    assert not chosen.people[0].changes
    for person in chosen.people[1:]:
        different = [*person.changes, *person.revoked, *person.borrowed]
        assert different or person.again
        assert len(different) <= 3
        for where, text in person.changes.items():
            alias, _, attribute = where.partition(".")
            assert chosen.credentials[alias].values[attribute] != text
        assert set(person.why) == set(LANGUAGES)


@pytest.mark.parametrize("name", scenario_names())
def test_samples_are_what_issuers_may_sign(name: str) -> None:
    chosen, now = scenario(name), system_clock()
    for person in chosen.people:
        for alias, sample in chosen.credentials.items():
            schema = library.schema(sample.schema)
            record = {
                **chosen.record(person, alias, now),
                "rid": "1",
                "valid_from": "2026-01-01",
                "valid_until": "2030-01-01",
            }
            schema.check_issued(schema.parse_record(record))


@pytest.mark.parametrize("name", scenario_names())
def test_policy_of_a_scenario_is_explained_in_every_language(name: str, tmp_path: Path) -> None:
    found = played(name, tmp_path, 10)
    texts = {
        language: explain(found.circuit, library.all_schemas(), language).text()
        for language in LANGUAGES
    }
    assert len(set(texts.values())) == len(LANGUAGES)
    assert all("{" not in text for text in texts.values())


def test_every_policy_has_a_scenario() -> None:
    assert {scenario(name).policy for name in scenario_names()} == set(library.policy_names())
