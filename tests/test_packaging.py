"""What an installation gets: three packages, their data, and nothing under a folder's name."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGES = ("zkproof", "circuits/zkproof_circuits", "server/zkproof_server")
CACHE = re.compile(r"/(__pycache__|\.\w+)/")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names inside a wheel built from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (built,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(built).namelist())


def test_wheel_installs_three_packages_and_nothing_else(wheel: set[str]) -> None:
    top = {name.split("/")[0] for name in wheel}
    assert {name for name in top if not name.endswith(".dist-info")} == {
        "zkproof",
        "zkproof_circuits",
        "zkproof_server",
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_carries_every_file_of_the_package(wheel: set[str], package: str) -> None:
    base = (ROOT / package).parent
    files = {
        str(path.relative_to(base))
        for path in (ROOT / package).rglob("*")
        if path.is_file() and not CACHE.search(path.relative_to(base).as_posix())
    }
    assert files
    assert files - wheel == set()


def pinned() -> dict[str, set[str]]:
    """Versions by package; several where they depend on the platform or the Python version."""
    pins: dict[str, set[str]] = {}
    for name, version in PIN.findall((ROOT / "constraints.txt").read_text()):
        pins.setdefault(canonicalize_name(name), set()).add(version)
    return pins


def declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        texts += extra
    return [each for each in map(Requirement, texts) if each.name != "zkproof"]


def test_every_declared_dependency_is_pinned_within_its_range() -> None:
    pins = pinned()
    for requirement in declared():
        versions = pins.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name} is not in constraints.txt: run `make lock`"
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_every_pin_has_a_hash_and_no_address() -> None:
    text = (ROOT / "constraints.txt").read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)
    unhashed = [entry for entry in entries if PIN.match(entry) and "--hash=sha256:" not in entry]
    assert unhashed == []
    assert "://" not in text
