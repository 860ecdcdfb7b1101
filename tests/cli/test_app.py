"""The program as a person meets it: commands, their answers, and errors with a hint."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module

from zkproof import curve
from zkproof.cli import commands


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


def test_helps_in_the_list_are_what_the_commands_say() -> None:
    for name, entry in commands.ENTRIES.items():
        module = import_module(f"zkproof.cli.{entry.module}")
        said = (
            module.app.info.help
            if entry.command is None
            else " ".join((getattr(module, entry.command).__doc__ or "").split("\n\n")[0].split())
        )
        assert entry.help == said, name


def test_help_loads_no_command() -> None:
    program = (
        "import sys; sys.argv = ['zkproof', '--help']\n"
        "from zkproof.cli.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([n for n in sys.modules if n.startswith(('zkproof.curve', 'zkproof.wallet'))])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "wallet" in shown.stdout
    assert shown.stdout.splitlines()[-1] == "[]"


def test_unknown_command_is_named() -> None:
    result = zkproof("walet")
    assert result.returncode == 2
    assert "walet" in result.stderr
