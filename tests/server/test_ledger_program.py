"""``zkproof ledger serve`` as a process, and readers that follow it from the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.server.processes import run, serving, told
from zkproof.ledger.ledger import Ledger


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
