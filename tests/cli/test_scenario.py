"""``zkproof scenario``: transcripts, and that it says so when a story goes otherwise."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from zkproof.cli.commands import program
from zkproof.scenarios import play
from zkproof.scenarios.words import WORDS
from zkproof.words.catalogue import verdict
from zkproof_circuits.labels import LANGUAGES
from zkproof_circuits.library.scenarios import scenario, scenario_names

app = program()

WIDE = {"COLUMNS": "300"}


def run(*arguments: str, columns: int = 300) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "zkproof", "scenario", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "COLUMNS": str(columns)},
    )


def test_all_are_listed() -> None:
    for arguments in ((), ("--list",), ("deposit-pledge", "--list")):
        listed = json.loads(run(*arguments, "--json").stdout)
        assert tuple(listed) == scenario_names()
    titles = json.loads(run("--list", "--json", "--language", "pt").stdout)
    assert titles["deposit-pledge"] == "Um depósito, não penhorado duas vezes"


@pytest.mark.parametrize("language", LANGUAGES)
def test_story_is_told_and_played(language: str) -> None:
    result = run("deposit-pledge", "--language", language)
    assert result.returncode == 0, result.stdout + result.stderr
    words, told = WORDS[language], result.stdout  # type: ignore[index]
    assert scenario("deposit-pledge").title[language] in told
    for key in ("proven", "shown", "hidden", "recognised", "wallet-refuses", "second-time"):
        assert words[key] in told
    assert "deposit-pledge/20" in told
    assert verdict("proof-invalid", language) in told
    assert words["otherwise"] not in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_off_on_a_narrow_terminal(language: str) -> None:
    told = run("deposit-pledge", "--language", language, columns=80).stdout
    # Only the tag is shortened.
    assert len(re.findall(r"[0-9a-f]…", told)) == told.count("…") == 1


def test_facts_are_the_same_as_json() -> None:
    result = run("account-opening", "--entries", "50", "--json")
    assert result.returncode == 0, result.stderr
    facts = json.loads(result.stdout)
    assert facts["as_expected"]
    assert "name: Chan Ka Man" in facts["shown"]
    assert len(facts["encrypted"]) == len(facts["recognised"]) == 1
    attempts = facts["attempts"]
    assert [each["who"] for each in attempts] == [
        p.name for p in scenario("account-opening").people
    ]
    for each in attempts:
        assert each["expected"] == each["outcome"]
        assert each["because"] in each["said"]
        assert (each["octets"] == 0) == (each["outcome"] == "wallet-refuses")
    (late,) = [each for each in attempts if each["outcome"] == "proof-invalid"]
    assert late["verify_ms"] > 0


def test_unknown_name_and_language_are_refused() -> None:
    for arguments in (("pawn-shop",), ("deposit-pledge", "--language", "tlh")):
        result = run(*arguments)
        assert result.returncode == 1
        assert result.stdout == ""
        assert result.stderr.startswith("error: ")


def test_story_that_goes_otherwise_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["scenario", "deposit-pledge"]
    assert CliRunner().invoke(app, command, env=WIDE).exit_code == 0
    monkeypatch.setattr(play.TagRegister, "take", lambda self, report: True)
    result = CliRunner().invoke(app, command, env=WIDE)
    assert result.exit_code == 1
    assert WORDS["en"]["otherwise"] in result.stdout


def test_words_are_there_in_every_language() -> None:
    assert set(WORDS) == set(LANGUAGES)
    assert {frozenset(words) for words in WORDS.values()} == {frozenset(WORDS["en"])}
