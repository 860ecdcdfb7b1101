"""Published test vectors as parametrised cases, each with its origin in the test id.

The folder is looked for beside the checkout, or where ZKPROOF_VECTORS says. Where it is absent
every test that needs it is skipped and says so.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from zkproof.bbs import Suite
from zkproof.curve import R

ROOT = Path(
    os.environ.get("ZKPROOF_VECTORS", Path(__file__).parents[3] / "shared" / "vectors")
).resolve()

SUITES = {"bls12-381-sha-256": Suite.SHA256, "bls12-381-shake-256": Suite.SHAKE256}

SEED = b"3.141592653589793238462643383279"


def cases(pattern: str, *, valid_only: bool = False) -> list[Any]:
    """One parameter ``(suite, case)`` for each file under the vectors folder that matches."""
    found = [
        pytest.param(_suite(path), case, id=str(path.relative_to(ROOT)))
        for path in sorted(ROOT.glob(pattern))
        for case in (json.loads(path.read_text()),)
        if not valid_only or case["result"]["valid"]
    ]
    if found:
        return found
    absent = pytest.mark.skip(reason=f"no published vectors at {pattern} (set ZKPROOF_VECTORS)")
    return [pytest.param(None, None, marks=absent, id=pattern)]


def mocked_scalars(suite: Suite, part: str, count: int) -> list[int]:
    """seeded_random_scalars of the drafts. ``part`` is '', 'COMMIT_' or 'PROOF_'.

    For tests only: whoever proves with these gives away every hidden message.
    """
    dst = suite.ciphersuite_id + b"H2G_HM2S_" + part.encode() + b"MOCK_RANDOM_SCALARS_DST_"
    pool = suite.expander.expand(SEED, dst, 48 * count)
    return [int.from_bytes(pool[48 * k : 48 * k + 48], "big") % R for k in range(count)]


def octets(items: list[str] | None) -> list[bytes]:
    """Octets of each; the files write ``null`` for an empty list."""
    return [bytes.fromhex(item) for item in items or ()]


def _suite(path: Path) -> Suite | None:
    return next((SUITES[part] for part in path.parts if part in SUITES), None)
