"""``zkproof ledger serve`` as a process, and readers that follow it from the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from zkproof.ledger.ledger import Ledger

PROGRAM = [sys.executable, "-m", "zkproof"]


@contextmanager
def serving(*command: str, **environment: str) -> Iterator[str]:
    """A serving command as a process; where it says that it serves."""
    process = subprocess.Popen(
        [*PROGRAM, *command, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **environment},
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("serving on "), line
        yield line.removeprefix("serving on ").strip()
    finally:
        process.terminate()
        process.wait(timeout=15)
        process.stdout.close()


def told(*command: str, **environment: str) -> Any:
    """What a command says with ``--json``."""
    done = run(*command, "--json", **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    both: Mapping[str, str] = {**os.environ, **environment}
    return subprocess.run([*PROGRAM, *command], capture_output=True, text=True, env=both)


@pytest.mark.usefixtures("little_work")
def test_commands_read_a_ledger_at_an_address(tmp_path: Path) -> None:
    folder, mine = tmp_path / "ledger", tmp_path / "mine"
    ledger = Ledger.create(folder, "ledger.test", "passphrase")
    mine.mkdir()
    shutil.copy(folder / "pins.json", mine)
    with serving("ledger", "serve", str(folder)) as url:
        state = {"ZKPROOF_LEDGER_STATE": str(mine)}
        shown = told("ledger", "show", "--ledger", url, **state)
        assert shown["entries"] == len(ledger.entries())
        assert (mine / "believed.json").exists()
        bundle = tmp_path / "one.bundle"
        assert run("ledger", "bundle", "1", str(bundle), "--ledger", url, **state).returncode == 0
        assert told("bundle", "check", str(bundle), "--pins", str(mine / "pins.json"))["included"]
        away = run("ledger", "show", "--ledger", url, ZKPROOF_LEDGER_STATE=str(tmp_path))
        assert away.returncode == 1
        assert "error: " in away.stderr
        assert "no pins.json" in away.stderr
    gone = run("ledger", "show", "--ledger", url, **state)
    assert gone.returncode == 1
    assert "cannot be reached" in gone.stderr
    assert "Traceback" not in gone.stderr


def test_folder_without_a_ledger_is_not_served(tmp_path: Path) -> None:
    done = run("ledger", "serve", str(tmp_path), "--port", "0")
    assert done.returncode == 1
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
