"""The program as a person meets it: commands, their answers, and errors with a hint."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from zkproof import curve


def zkproof(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "zkproof", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_info_names_the_backend_and_the_reason() -> None:
    result = zkproof("info")
    assert result.returncode == 0
    assert f"backend: {curve.backend.name}" in result.stdout.splitlines()
    assert f"reason: {curve.choice.reason}" in result.stdout.splitlines()
    assert result.stderr == ""


def test_info_says_the_same_in_json() -> None:
    facts = json.loads(zkproof("info", "--json").stdout)
    assert facts["backend"] == curve.backend.name
    assert facts["backends"][curve.backend.name] == "works"


def test_an_error_is_a_line_and_a_hint_on_standard_error() -> None:
    assert zkproof("info", ZKPROOF_BACKEND=curve.backend.name).returncode == 0
    result = zkproof("info", ZKPROOF_BACKEND="abacus")
    assert result.returncode == 1
    assert result.stdout == ""
    error, hint = result.stderr.splitlines()
    assert error == "error: unknown backend 'abacus'"
    assert hint.startswith("hint: set ZKPROOF_BACKEND to one of: ")


def test_a_command_that_does_not_exist_exits_with_two() -> None:
    assert zkproof("abolish").returncode == 2
