"""The page on own schemas works as it stands: every block, in order, in an empty folder."""

from __future__ import annotations

from pathlib import Path

from tests.docs.test_walkthrough import BLOCK, ROOT, run


def test_own_schema_goes_from_a_file_to_a_certificate(tmp_path: Path) -> None:
    blocks = BLOCK.findall((ROOT / "docs" / "own-schema.md").read_text())
    assert len(blocks) >= 8
    said = ""
    for block in blocks:
        done = run(block, tmp_path)
        assert done.returncode == 0, (block, done.stdout, done.stderr)
        assert "warning: " not in done.stderr
        said += done.stdout + done.stderr
    assert "compare, add and bound" in said
    assert "line 34: attributes[3].type.scale: an integer is needed" in said
    assert "salário mensal" in said
    assert len(list((tmp_path / "offers").iterdir())) == 3
