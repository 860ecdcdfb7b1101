"""Every Python example that a reader can find runs: README, docs and docstrings.

The examples of one file share a namespace and run from top to bottom, in an empty folder.
There is no way to leave one out: what must not run is not marked as Python.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sybil import Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.markdown import PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser

ROOT = Path(__file__).parents[2]
PACKAGES = ("zkproof", "circuits/zkproof_circuits", "server/zkproof_server")

pages = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
modules = sorted(
    path
    for package in PACKAGES
    for path in ROOT.glob(f"{package}/**/*.py")
    if ">>>" in path.read_text()
)

markdown = Sybil(parsers=[PythonCodeBlockParser()], path=str(ROOT))
docstrings = Sybil(
    parsers=[DocTestParser()],
    path=str(ROOT),
    document_types={".py": PythonDocStringDocument},
)


def run_examples(sybil: Sybil, path: Path) -> int:
    """Run the examples of one file; gives how many there were. Raises `AssertionError`."""
    count = 0
    for example in sybil.parse(path).examples():
        example.evaluate()
        count += 1
    return count


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("path", named(pages))
def test_examples_of_the_page_run(path: Path) -> None:
    run_examples(markdown, path)


@pytest.mark.parametrize("path", named(modules))
def test_examples_of_the_docstrings_run(path: Path) -> None:
    assert run_examples(docstrings, path) > 0


def test_readme_shows_how_to_sign_and_prove() -> None:
    assert run_examples(markdown, ROOT / "README.md") > 0


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("page.md", "```python\nassert 1 + 1 == 2\n```\n", "```python\nassert 1 + 1 == 3\n```\n"),
        ("sums.py", '"""Adds.\n\n>>> 1 + 1\n2\n"""\n', '"""Adds.\n\n>>> 1 + 1\n3\n"""\n'),
    ],
)
def test_an_example_that_is_wrong_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, right: str, wrong: str
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / name
    sybil = markdown if name.endswith(".md") else docstrings
    path.write_text(right)
    assert run_examples(sybil, path) == 1
    path.write_text(wrong)
    with pytest.raises(AssertionError):
        run_examples(sybil, path)
