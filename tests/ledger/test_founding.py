"""A ledger's folder is there whole or not at all, wherever its making is cut short."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ledger.building import NOW
from zkproof.clock import fixed_clock
from zkproof.errors import ConflictError, NotFoundError
from zkproof.keys import sealed
from zkproof.ledger.checking import check_folder
from zkproof.ledger.ledger import Ledger

FILES = {"ledger.key", "ledger.db", "pins.json"}

KILLED = """
import os, sys
from pathlib import Path
from zkproof.keys import sealed
from zkproof.ledger.ledger import Ledger
sealed._log_n = 10
steps = 0
def count(event, arguments):
    global steps
    if event in ("open", "os.link", "os.rename", "os.remove", "os.mkdir", "sqlite3.connect"):
        steps += 1
        if steps == int(sys.argv[2]):
            os._exit(9)
sys.addaudithook(count)
Ledger.create(Path(sys.argv[1]), "ledger.test", "pass")
print(steps)
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "_log_n", 10)


def made(folder: Path) -> Ledger:
    return Ledger.create(folder, "ledger.test", "pass", clock=fixed_clock(NOW))


def run(folder: Path, step: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", KILLED, str(folder), str(step)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ)


def test_made_ledger_opens_and_is_whole(tmp_path: Path) -> None:
    ledger = made(tmp_path / "a" / "ledger")
    size = ledger.trust().tree_size
    assert {path.name for path in (tmp_path / "a" / "ledger").iterdir()} >= FILES
    assert check_folder(tmp_path / "a" / "ledger") == []
    again = Ledger.open(tmp_path / "a" / "ledger", "pass", clock=fixed_clock(NOW))
    again.govern("registry-publish", {"registry": "r", "version": 1, "issuers": []})
    assert again.trust().tree_size == size + 1


def test_making_that_is_killed_anywhere_can_be_repeated(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole", 0)
    assert whole.returncode == 0, whole.stderr
    steps = int(whole.stdout)
    assert steps > 20
    # Imports of the program come first; what matters is the end.
    for step in range(steps - 40, steps + 1):
        folder = tmp_path / f"killed-{step}"
        killed = run(folder, step)
        assert killed.returncode == 9, killed.stderr
        if (folder / "pins.json").exists():
            with pytest.raises(ConflictError, match="holds a ledger already"):
                made(folder)
            Ledger.open(folder).trust()
        else:
            made(folder).trust()
        assert {path.name for path in folder.iterdir()} >= FILES
        assert not list(folder.glob(".init-*"))


def test_ledger_that_is_there_is_left_alone(tmp_path: Path) -> None:
    made(tmp_path / "ledger")
    before = {path.name: path.read_bytes() for path in (tmp_path / "ledger").iterdir()}
    with pytest.raises(ConflictError, match="holds a ledger already"):
        made(tmp_path / "ledger")
    assert {path.name: path.read_bytes() for path in (tmp_path / "ledger").iterdir()} == before


@pytest.mark.parametrize("name", ["ledger.db", "ledger.key"])
def test_part_of_a_ledger_is_named_and_left_alone(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "ledger"
    made(folder).trust()
    for path in folder.iterdir():
        if path.name != name:
            path.unlink()
    before = (folder / name).read_bytes()
    with pytest.raises(ConflictError, match=rf"holds {name} but no pins.json") as caught:
        made(folder)
    assert "restore pins.json" in str(caught.value.hint)
    assert (folder / name).read_bytes() == before


def test_other_files_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("mine")
    made(tmp_path).trust()
    assert (tmp_path / "README").read_text() == "mine"


def test_folder_without_pins_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no pins.json") as caught:
        Ledger.open(tmp_path)
    assert "zkproof ledger init" in str(caught.value.hint)
