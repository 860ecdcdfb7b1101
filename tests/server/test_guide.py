"""The verifier's guide names what the service really answers."""

from __future__ import annotations

import re
from pathlib import Path

from tests.presentation.building import SIGNER, VERIFIER
from tests.server.building import WrittenTrust
from zkproof_server.app import create_app
from zkproof_server.settings import Settings

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guide-verifier.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
SOURCES = sorted((ROOT / "server" / "zkproof_server").glob("**/*.py"))
CODE = re.compile(r'Problem\(\s*(\d{3}),\s*"([a-z-]+)"')


def test_every_problem_of_the_source_stands_in_the_guide() -> None:
    table = {
        (status, code)
        for status, codes in re.findall(r"^\| (\d{3}) \| (.+) \|$", GUIDE, re.MULTILINE)
        for code in re.findall(r"`([a-z-]+)`", codes)
    }
    raised = {pair for path in SOURCES for pair in CODE.findall(path.read_text())}
    assert len(raised) >= 12
    assert raised <= table, raised - table


def test_every_setting_is_documented_with_its_variable() -> None:
    names = {f"ZKPROOF_{name.upper()}" for name in Settings.model_fields}
    assert {name for name in names if f"`{name}`" not in OPERATIONS} == set()


def test_every_call_of_the_interface_stands_in_the_guide(tmp_path: Path) -> None:
    settings = Settings(database=f"sqlite+aiosqlite:///{tmp_path / 'none.db'}")
    paths = create_app(settings, SIGNER, VERIFIER, WrittenTrust()).openapi()["paths"]
    calls = {path.replace("{request_id}", "{id}") for path in paths if path.startswith("/v1/")}
    assert len(calls) == 5
    for path in calls - {"/v1/requests/{id}/receipt"}:
        assert f"{path}`" in GUIDE
    assert ".../receipt`" in GUIDE
