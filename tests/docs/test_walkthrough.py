"""The walkthrough works as it stands: every block, in order, in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def run(commands: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A shell in a folder, which stops at the first command that fails."""
    program = f'zkproof() {{ "{sys.executable}" -m zkproof "$@"; }}\n{commands}'
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", program],
        cwd=folder,
        env={**os.environ, "ZKPROOF_PASSPHRASE": "correct horse", "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_walkthrough_goes_from_an_empty_folder_to_a_checked_ledger(tmp_path: Path) -> None:
    blocks = BLOCK.findall((ROOT / "docs" / "walkthrough.md").read_text())
    assert len(blocks) >= 8
    said = []
    for block in blocks:
        done = run(block, tmp_path)
        assert done.returncode == 0, (block, done.stdout, done.stderr)
        said.append(done.stdout)
    report = next(each for each in said if "proven" in each)
    assert "a.balance >= 500_000.00 MOP" in report
    assert "750" not in report
    assert any("already-answered" in each for each in said)


def test_command_that_fails_is_noticed(tmp_path: Path) -> None:
    assert run("zkproof info", tmp_path).returncode == 0
    assert run("zkproof ledger show\nzkproof info", tmp_path).returncode != 0
