"""Appends of many threads at once: one commit for several, each with its own outcome."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.ledger.building import LOG_PUBLIC, NOW, ORIGIN, anchor, by_bank, filled
from zkproof.errors import LedgerError
from zkproof.ledger.database import LedgerBusy
from zkproof.ledger.entries import Entry
from zkproof.ledger.fsck import fsck
from zkproof.ledger.grouping import Appended
from zkproof.ledger.log import AppendedBefore, Log


def at_once(log: Log, entries: list[Entry]) -> list[Appended | Exception]:
    """Append every entry from a thread of its own; all of them wait for one who has the file."""
    waiting = threading.Event()

    def append(entry: Entry) -> Appended | Exception:
        waiting.wait()
        try:
            return log.append(entry)
        except LedgerError as error:
            return error

    with ThreadPoolExecutor(len(entries)) as threads:
        outcomes = [threads.submit(append, each) for each in entries]
        waiting.set()
        return [each.result() for each in outcomes]


def test_threads_share_commits_and_every_entry_has_its_own_place(tmp_path: Path) -> None:
    log = filled(tmp_path)
    outcomes = at_once(log, [anchor(k) for k in range(11, 91, 2)])
    places = [each.position for each in outcomes if isinstance(each, Appended)]
    assert sorted(places) == list(range(5, 45))
    for each in outcomes:
        assert isinstance(each, Appended)
        assert each.checkpoint.size > each.position
    # Fewer checkpoints than entries: those that waited were written together.
    assert len(log.store.checkpoint_sizes()) < 5 + 40
    assert log.store.checkpoint_sizes()[-1] == 45
    log.close()
    assert fsck(tmp_path / "ledger.db", ORIGIN, LOG_PUBLIC) == []


def test_refused_entry_does_not_touch_its_neighbours(tmp_path: Path) -> None:
    log = filled(tmp_path)
    twice, late = anchor(11), by_bank("document-anchor", {"sha256": bytes(32), "sm3": bytes(32)})
    body = {"sha256": b"\x77" * 32, "sm3": bytes(32)}
    entries = [
        twice,
        twice,
        by_bank("document-revoke", {"sha256": b"\x99" * 32}),
        by_bank("document-anchor", body, now=NOW + 301),
        late,
        anchor(13),
    ]
    outcomes = at_once(log, entries)
    repeated = [each for each in outcomes[:2] if isinstance(each, AppendedBefore)]
    placed = [each for each in outcomes[:2] if isinstance(each, Appended)]
    assert [each.position for each in placed] == [each.position for each in repeated]
    assert "no such document" in str(outcomes[2])
    assert "dated in the future" in str(outcomes[3])
    assert isinstance(outcomes[4], Appended)
    assert isinstance(outcomes[5], Appended)
    assert log.store.size() == 8
    log.close()
    assert fsck(tmp_path / "ledger.db", ORIGIN, LOG_PUBLIC) == []


def test_lost_disk_refuses_the_whole_group_and_leaves_memory_as_the_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = filled(tmp_path)

    def full(*_: object) -> None:
        raise LedgerError("ledger: disk full")

    entries = [anchor(k) for k in (11, 13, 15)]
    monkeypatch.setattr(log.store, "put_checkpoint", full)
    outcomes = at_once(log, entries)
    assert [str(each) for each in outcomes] == ["ledger: disk full"] * 3
    assert len({id(each) for each in outcomes}) == 3
    monkeypatch.undo()
    assert log.store.size() == 5
    places = [each.position for each in at_once(log, entries) if isinstance(each, Appended)]
    assert sorted(places) == [5, 6, 7]


def test_busy_file_is_said_to_everybody_who_waited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = filled(tmp_path)

    def busy() -> AbstractContextManager[None]:
        raise LedgerBusy("ledger: in use", hint="try again")

    monkeypatch.setattr(log.store, "writing", busy)
    for each in at_once(log, [anchor(11), anchor(13)]):
        assert isinstance(each, LedgerBusy)
        assert each.hint == "try again"
    monkeypatch.undo()
    assert log.append(anchor(11)).position == 5


def test_interrupted_writer_leaves_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = filled(tmp_path)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(log.store, "put_checkpoint", interrupted)
    with pytest.raises(KeyboardInterrupt):
        log.append(anchor(11))
    monkeypatch.undo()
    assert log.append(anchor(11)).position == 5
