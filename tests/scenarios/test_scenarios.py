"""Every packaged scenario, played: who should pass passes, who should fail fails for its reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from zkproof.clock import system_clock
from zkproof.presentation.report import RefusalCode
from zkproof.scenarios.play import Attempt, Play, TagRegister, play
from zkproof_circuits import library
from zkproof_circuits.library.scenarios import scenario, scenario_names
from zkproof_circuits.library.story import PROVEN, SECOND_TIME, WALLET_REFUSES

OUTCOMES = {PROVEN, WALLET_REFUSES, SECOND_TIME, *(code.value for code in RefusalCode)}


def played(name: str, folder: Path, entries: int | None = 1000, now: int | None = None) -> Play:
    return play(scenario(name), folder, now=now or system_clock(), entries=entries)


@pytest.mark.parametrize("name", scenario_names())
def test_scenario_goes_as_its_story_says(name: str, tmp_path: Path) -> None:
    found = played(name, tmp_path)
    for each in found.attempts:
        assert each.as_expected, (each.person.name, each.person.why["en"], each.outcome, each.said)
    assert found.as_expected
    for report in [each.report for each in found.attempts if each.report is not None]:
        asked = {str(slot) for slot in found.circuit.revealed}
        shown = {f"{c.alias}.{name}" for c in report.credentials for name in c.disclosed}
        assert shown == asked
        assert all(each.status is not None for each in report.credentials)


@pytest.mark.parametrize("name", ["wealth-management-ways", "deposit-at-any-bank"])
def test_verifier_cannot_tell_who_took_which_way_or_is_of_which_bank(
    name: str, tmp_path: Path
) -> None:
    attempts = played(name, tmp_path).attempts
    passed = [each for each in attempts if each.outcome == PROVEN]
    different = {(each.person.lacks, *each.person.issuers.values()) for each in passed}
    assert len(different) == len(passed) >= 3
    # Who cheats sends as much, and is refused for what the proof says, not for its length.
    assert len({each.octets for each in attempts if each.octets}) == 1
    reports = [each.report for each in passed if each.report is not None]
    assert len(reports) == len(passed)
    seen = [(each.credentials, each.constraints, each.lists) for each in reports]
    assert all(each == seen[0] for each in seen)


@pytest.mark.slow
def test_sanctions_list_of_a_hundred_thousand(tmp_path: Path) -> None:
    found = played("account-opening", tmp_path, None)
    assert found.as_expected
    report = found.attempts[0].report
    assert report is not None
    assert [each.count for each in report.lists if each.kind == "gaps"] == [100_000]


@pytest.mark.parametrize("second", [0, 3599, 43_200, 86_399])
def test_story_ends_the_same_at_every_hour(second: int, tmp_path: Path) -> None:
    """Also in the first hour of a day, when yesterday's epoch is good still."""
    midnight = system_clock() // 86_400 * 86_400
    assert played("deposit-threshold", tmp_path, now=midnight + second).as_expected


def test_play_notices_another_outcome_and_another_reason(tmp_path: Path) -> None:
    found = played("deposit-pledge", tmp_path)
    (short,) = [each for each in found.attempts if "below the margin" in each.person.why["en"]]
    assert short.as_expected
    for other in (
        Attempt(short.person, PROVEN, ""),
        Attempt(short.person, "proof-invalid", short.said),
        Attempt(short.person, short.outcome, "no fitting credential. a: not valid today"),
    ):
        assert not other.as_expected
        assert not replace(found, attempts=(*found.attempts, other)).as_expected


def test_register_takes_every_tag_once(tmp_path: Path) -> None:
    first, again, other, *_ = played("deposit-pledge", tmp_path).attempts
    assert (first.outcome, again.outcome, other.outcome) == (PROVEN, SECOND_TIME, PROVEN)
    assert first.report is not None
    assert other.report is not None
    register = TagRegister()
    assert register.take(first.report)
    assert register.take(other.report)
    assert not register.take(first.report)


def test_register_is_of_no_concern_without_a_tag(tmp_path: Path) -> None:
    report = played("deposit-threshold", tmp_path).attempts[0].report
    assert report is not None
    register = TagRegister()
    assert register.take(report)
    assert register.take(report)


@pytest.mark.parametrize("name", scenario_names())
def test_samples_are_what_issuers_may_sign(name: str) -> None:
    chosen, now = scenario(name), system_clock()
    for person in chosen.people:
        for alias, sample in chosen.credentials.items():
            schema = library.schema(sample.schema)
            record = {**chosen.record(person, alias, now), "rid": "1"}
            schema.check_issued(schema.parse_record(record))


@pytest.mark.parametrize("name", scenario_names())
def test_outcomes_are_those_that_there_are(name: str) -> None:
    assert {person.expect for person in scenario(name).people} <= OUTCOMES


def test_verifier_refuses_for_several_reasons_and_wallets_too() -> None:
    everybody = [person for name in scenario_names() for person in scenario(name).people]
    refused = {person.expect for person in everybody if person.expect != PROVEN}
    assert refused >= {
        WALLET_REFUSES,
        SECOND_TIME,
        "proof-invalid",
        "issuer-not-accepted",
        "wrong-request",
    }


def test_every_policy_has_a_scenario() -> None:
    assert {scenario(name).policy for name in scenario_names()} == set(library.policy_names())
