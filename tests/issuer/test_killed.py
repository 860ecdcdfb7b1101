"""A process that is killed at any of its writes leaves nothing half, and the command runs again."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from zkproof.credential.issuing import Offer
from zkproof.scenarios.sample_data import people, statements_xml

DAY = datetime.date(2026, 9, 20)
COUNT = 4

# Kills itself before the n-th call that makes a write last; runs to its end when there are fewer.
PROGRAM = """
import os, signal, sys
left = int(sys.argv.pop(1))
def deadly(call):
    def counted(*arguments, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **named)
    return counted
for name in ("write", "fsync", "link", "replace", "rename", "unlink"):
    setattr(os, name, deadly(getattr(os, name)))
from zkproof.keys import sealed
sealed._log_n = 10
from zkproof.cli.app import main
main()
"""


def run(folder: Path, line: str, *, killed_at: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(killed_at), *line.split()],
        cwd=folder,
        env={**os.environ, "ZKPROOF_PASSPHRASE": "p", "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def facts(folder: Path, line: str) -> dict[str, object]:
    done = run(folder, line + " --json")
    assert done.returncode == 0, (line, done.stderr)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def kills(folder: Path, line: str) -> Iterator[int]:
    """Run a command, killed one call later each time, until it comes to its end."""
    for killed_at in range(1, 200):
        done = run(folder, line, killed_at=killed_at)
        if done.returncode != -signal.SIGKILL:
            assert done.returncode == 0, done.stderr
            return
        yield killed_at
    raise AssertionError("the command never came to its end")


@pytest.fixture
def office(tmp_path: Path) -> Path:
    (tmp_path / "s.xml").write_bytes(
        statements_xml(list(people(COUNT, seed=7, today=DAY)), as_of=DAY)
    )
    assert run(tmp_path, "ledger init ledger.example").returncode == 0
    return tmp_path


@pytest.fixture
def bank(office: Path) -> Path:
    done = run(office, "issuer init did:web:bank.example Bank --issuer bank")
    assert done.returncode == 0, done.stderr
    return office


def rows(folder: Path) -> int:
    if not (folder / "bank" / "book.db").exists():
        return 0
    with sqlite3.connect(folder / "bank" / "book.db") as database:
        known = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'record'").fetchone()
        count = database.execute("SELECT count(*) FROM record").fetchone()[0] if known else 0
    return int(count)


def test_issuer_is_made_whole_or_can_be_made_again(office: Path) -> None:
    line = "issuer init did:web:bank.example Bank --issuer bank"
    count = 0
    for count in kills(office, line):  # noqa: B007  # counted
        again = run(office, line)
        if again.returncode != 0:  # killed behind its last write
            assert "holds an issuer already" in again.stderr
        assert facts(office, "issuer bulk s.xml --issuer bank")["new offers"] == COUNT
        shutil.rmtree(office / "bank")
    assert count >= 6


def test_import_that_was_killed_left_nothing_of_the_file(bank: Path) -> None:
    line = "issuer bulk s.xml --issuer bank"
    count = 0
    for count in kills(bank, line):  # noqa: B007  # counted
        assert rows(bank) == 0
    assert count >= 3
    assert rows(bank) == COUNT
    assert (bank / "bank" / "salt").stat().st_size == 32
    assert facts(bank, line)["known before"] == COUNT


def test_offers_are_whole_files_however_often_writing_them_was_killed(bank: Path) -> None:
    assert facts(bank, "issuer bulk s.xml --issuer bank")["new offers"] == COUNT
    for _ in kills(bank, "issuer offers out --issuer bank"):
        for each in (bank / "out").glob("*.offer"):
            Offer.from_bytes(each.read_bytes())
    written = sorted((bank / "out").glob("*.offer"))
    assert len({Offer.from_bytes(each.read_bytes()).offer_id for each in written}) == COUNT
    assert facts(bank, "issuer offers out --issuer bank")["written"] == 0


@pytest.mark.parametrize("salt", [b"", b"s" * 7, b"s" * 31, b"s" * 33])
def test_salt_that_is_not_whole_is_refused_in_one_line(bank: Path, salt: bytes) -> None:
    assert facts(bank, "issuer bulk s.xml --issuer bank")["new offers"] == COUNT
    whole = (bank / "bank" / "salt").read_bytes()
    (bank / "bank" / "salt").write_bytes(salt)
    done = run(bank, "issuer bulk s.xml --issuer bank")
    assert done.returncode == 1
    assert "salt" in done.stderr
    assert done.stderr.count("error: ") == 1
    assert "Traceback" not in done.stderr
    assert rows(bank) == COUNT
    (bank / "bank" / "salt").write_bytes(whole)
    assert facts(bank, "issuer bulk s.xml --issuer bank")["known before"] == COUNT
