"""How often a log writes its snapshot while it is appended to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger.building import anchor, filled, new_log
from zkproof.ledger import log_snapshot
from zkproof.ledger.log_snapshot import Pace, snapshot_path


def test_next_snapshot_waits_for_a_multiple_of_what_the_last_one_took() -> None:
    moment = 100.0
    pace = Pace(lambda: moment)
    with pace.writing() as allowed:
        assert allowed
        moment += 2
    for later, expected in ((31.9, False), (0.2, True)):
        moment += later
        with pace.writing() as allowed:
            assert allowed is expected
    moment += 0
    with pace.writing(anyway=True) as allowed:
        assert allowed


def test_snapshot_that_was_put_off_is_written_at_closing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_snapshot, "_EVERY", 2)
    log = filled(tmp_path)
    path = snapshot_path(tmp_path / "ledger.db")
    monkeypatch.setattr(log, "_pace", Pace(lambda: 0.0))
    log._pace._next = 1.0
    path.unlink()
    log.append_many([anchor(k) for k in (7, 9, 11)])
    assert not path.exists()
    log.close()
    assert path.exists()
    assert len(new_log(tmp_path).state.documents) == 6
