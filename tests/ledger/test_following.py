"""Following a log through its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger.building import (
    LEDGER,
    NOW,
    PINS,
    WITNESSED,
    anchor,
    filled,
    new_log,
    new_witness,
)
from zkproof.errors import LedgerError
from zkproof.ledger.following import PastOfLog, follow, state_at
from zkproof.ledger.reader import LedgerReader


def test_reader_follows_the_file_while_the_log_is_written(tmp_path: Path) -> None:
    log, reader = filled(tmp_path), LedgerReader(PINS)
    follow(reader, tmp_path / "ledger.db", now=NOW)
    assert (reader.size, reader.trust_view().ledger_id) == (5, LEDGER)
    log.append(anchor(7))
    log.append(anchor(9))
    follow(reader, tmp_path / "ledger.db", now=NOW)
    assert reader.last == log.checkpoint()
    follow(reader, tmp_path / "ledger.db", now=NOW)
    assert reader.size == 7


def test_reader_with_a_quorum_stops_at_the_last_cosigned_checkpoint(tmp_path: Path) -> None:
    log, witness = filled(tmp_path), new_witness(tmp_path)
    reader, path = LedgerReader(WITNESSED), tmp_path / "ledger.db"
    with pytest.raises(LedgerError, match="enough cosignatures"):
        follow(reader, path, now=NOW)
    log.add_cosignature(5, witness.cosign(log.witness_request(0), now=NOW))
    log.append(anchor(7))
    follow(reader, path, now=NOW)
    assert reader.size == 5
    log.add_cosignature(6, witness.cosign(log.witness_request(5), now=NOW))
    follow(reader, path, now=NOW)
    assert reader.size == 6


def test_empty_or_absent_log_cannot_be_followed(tmp_path: Path) -> None:
    new_log(tmp_path).close()
    for name in ("ledger.db", "absent.db"):
        with pytest.raises(LedgerError, match="ledger: no"):
            follow(LedgerReader(PINS), tmp_path / name, now=NOW)


def test_state_of_an_earlier_size_is_read_again(tmp_path: Path) -> None:
    log, reader, path = filled(tmp_path), LedgerReader(PINS), tmp_path / "ledger.db"
    follow(reader, path, now=NOW)
    early, root = reader.state, log.checkpoint().root_hash
    log.append(anchor(7))
    log.append(anchor(9))
    with pytest.raises(LedgerError, match="as far as this reader knows"):
        state_at(reader, path, 7, log.checkpoint().root_hash)
    follow(reader, path, now=NOW)
    assert state_at(reader, path, 5, root) == early != reader.state
    assert state_at(reader, path, 7, log.checkpoint().root_hash) == reader.state
    for size, claimed in ((5, bytes(32)), (4, root), (6, root)):
        with pytest.raises(LedgerError, match="another root"):
            state_at(reader, path, size, claimed)
    with pytest.raises(LedgerError, match="as far as"):
        state_at(reader, path, 0, root)


def test_past_that_the_reader_does_not_extend_is_refused(tmp_path: Path) -> None:
    """The file is not trusted: it may hold another log's entries when they are read again."""
    (tmp_path / "other").mkdir()
    log, reader = filled(tmp_path), LedgerReader(PINS)
    follow(reader, tmp_path / "ledger.db", now=NOW)
    other = filled(tmp_path / "other")
    other.append(anchor(8))
    log.append(anchor(7))
    follow(reader, tmp_path / "ledger.db", now=NOW)
    state_at(reader, tmp_path / "ledger.db", 6, log.checkpoint().root_hash)
    with pytest.raises(LedgerError, match="does not extend"):
        state_at(reader, tmp_path / "other" / "ledger.db", 6, other.checkpoint().root_hash)


def test_file_proves_which_roots_a_ledger_had_and_no_others(tmp_path: Path) -> None:
    log, path = filled(tmp_path), tmp_path / "ledger.db"
    early = log.checkpoint()
    log.append(anchor(7))
    newest = log.checkpoint()
    past = PastOfLog(path, newest.size, newest.root_hash)
    assert past.had_root(early.size, early.root_hash)
    assert past.had_root(newest.size, newest.root_hash)
    assert not past.had_root(early.size, newest.root_hash)
    assert not past.had_root(early.size - 1, early.root_hash)
    assert not past.had_root(newest.size + 1, newest.root_hash)
    assert not past.had_root(0, bytes(32))
    assert not PastOfLog(path, newest.size, bytes(32)).had_root(early.size, early.root_hash)
