"""Imports point one way: the contracts of pyproject.toml hold, and they would notice a breach."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ("zkproof", "circuits", "server")


def check_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run the import contracts over the packages below ``tree`` and nothing else."""
    search_path = os.pathsep.join(str(tree / folder) for folder in (".", "circuits", "server"))
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as run; run()",
            "--no-cache",
            "--no-logo",
        ],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": search_path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def copied_tree(tmp_path: Path) -> Path:
    for folder in SOURCES:
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_point_one_way() -> None:
    result = check_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(
    ("importer", "statement", "contract"),
    [
        (
            "circuits/zkproof_circuits/schema.py",
            "import zkproof.bbs",
            "the service uses the library, the library uses the circuits",
        ),
        (
            "zkproof/bbs/keys.py",
            "import zkproof.sigma.transcript",
            "inside the library imports point down",
        ),
        (
            "zkproof/errors.py",
            "import zkproof.codec",
            "inside the library imports point down",
        ),
        (
            "zkproof/bbs/keys.py",
            "import zkproof_circuits.schema",
            "the signature scheme stands alone, without circuits",
        ),
        (
            "zkproof/bbs/keys.py",
            "import py_arkworks_bls12381",
            "only zkproof.curve knows the backends",
        ),
        (
            "server/zkproof_server/__init__.py",
            "import zkproof.wallet",
            "in the service only the holder's own app knows the wallet",
        ),
    ],
)
def test_an_import_against_the_direction_is_noticed(
    copied_tree: Path, importer: str, statement: str, contract: str
) -> None:
    before = check_imports(copied_tree)
    assert f"{contract} KEPT" in before.stdout, before.stdout + before.stderr

    with (copied_tree / importer).open("a") as file:
        file.write(f"\n{statement}\n")
    after = check_imports(copied_tree)
    assert after.returncode == 1
    assert f"{contract} BROKEN" in after.stdout, after.stdout + after.stderr


def test_a_package_without_a_place_in_the_order_is_noticed(copied_tree: Path) -> None:
    stray = copied_tree / "zkproof" / "stray"
    stray.mkdir()
    (stray / "__init__.py").touch()
    result = check_imports(copied_tree)
    assert result.returncode == 1
    assert "zkproof.stray" in result.stdout


def test_the_root_package_imports_nothing() -> None:
    """Its names are loaded when they are used; what type checkers read does not run."""
    program = (
        "import sys; before = set(sys.modules); import zkproof; print(set(sys.modules) - before)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(ast.literal_eval(result.stdout)) <= {"zkproof", "__future__"}


def test_the_ground_loads_without_any_curve_backend() -> None:
    program = (
        "import sys, zkproof.errors, zkproof.codec, zkproof.clock;"
        "print([name for name in sys.modules if name.startswith('zkproof.curve')"
        " or name in {'zkproof_kernel', 'py_arkworks_bls12381', 'py_ecc'}])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
