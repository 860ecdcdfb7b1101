"""The demo: the whole trip works, and it would say so if it did not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from zkproof.errors import ConflictError
from zkproof.scenarios import demo as story


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "zkproof", "demo", "--people", "5", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "is at least MOP 500,000.00"), ("zh-Hant", "不少於 MOP 500,000.00")],
)
def test_demo_goes_from_a_file_to_a_report_and_refuses_the_attacks(
    language: str, sentence: str
) -> None:
    result = demo("--language", language)
    assert result.returncode == 0, result.stdout + result.stderr
    assert sentence in result.stdout
    assert len(re.findall(r"^refused ", result.stdout, re.MULTILINE)) == 5
    assert "receipt signed by Hengqin Bank: proven" in result.stdout


def test_demo_in_an_unknown_language_is_refused() -> None:
    result = demo("--language", "tlh")
    assert result.returncode == 1
    assert result.stderr.startswith("error: language: ")


def test_demo_fails_when_a_step_goes_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(story, "PROVEN", "something else")
    with pytest.raises(ConflictError, match="should have held"):
        story.Demo(tmp_path, "en", 3).run()
