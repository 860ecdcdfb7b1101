"""The verifier's guide names what the service really answers."""

from __future__ import annotations

import re
from pathlib import Path

from tests.server.building import FIRST, WrittenTrust
from zkproof_server.app import create_app
from zkproof_server.settings import Settings
from zkproof_server.tenants import Tenants

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
    settings = Settings(database=f"sqlite:///{tmp_path / 'none.db'}")
    paths = create_app(settings, Tenants([FIRST]), WrittenTrust()).openapi()["paths"]
    calls = {
        f"{method.upper()} {re.sub('{[a-z_]+}', '{id}', path)}"
        for path, methods in paths.items()
        for method in methods
        if path.startswith("/v1/")
    }
    assert len(calls) > 10
    missing = {call for call in calls if f"`{call}`" not in GUIDE}
    assert missing == set()
