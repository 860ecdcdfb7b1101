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
from zkproof.ledger.following import follow
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
