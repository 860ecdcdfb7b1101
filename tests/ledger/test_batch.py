"""Many entries at once: all of them under one checkpoint, or none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.building import (
    LOG_KEY,
    LOG_PUBLIC,
    NOW,
    ORIGIN,
    ROOT,
    anchor,
    by_bank,
    filled,
    new_log,
    registration,
)
from zkproof.clock import fixed_clock
from zkproof.errors import LedgerError, UsageError
from zkproof.ledger.fsck import fsck
from zkproof.ledger.log import AppendedBefore, BatchRefused, Log

ENTRIES = [ROOT, registration(), *(anchor(k) for k in range(1, 60, 2))]


def in_memory() -> Log:
    return Log.open(None, ORIGIN, LOG_KEY, create=True, clock=fixed_clock(NOW))


@given(st.lists(st.integers(1, 8), min_size=1, max_size=8))
def test_batches_give_the_state_and_tree_of_one_by_one(sizes: list[int]) -> None:
    one_by_one, batched, start = in_memory(), in_memory(), 0
    for size in sizes:
        batch = ENTRIES[start : start + size]
        if not batch:
            break
        done = batched.append_many(batch)
        last = [one_by_one.append(entry) for entry in batch][-1]
        assert [each.position for each in done] == list(range(start, start + len(batch)))
        assert {each.checkpoint for each in done} == {last.checkpoint}
        start += size
    assert batched.state == one_by_one.state
    assert list(batched.store.nodes()) == list(one_by_one.store.nodes())


def test_batch_is_one_checkpoint_on_disk(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    log.append_many(ENTRIES)
    assert log.store.checkpoint_sizes() == [len(ENTRIES)]
    log.close()
    assert fsck(tmp_path / "ledger.db", ORIGIN, LOG_PUBLIC) == []


@pytest.mark.parametrize("at", [0, 3, 6])
def test_refused_entry_is_named_and_nothing_is_appended(tmp_path: Path, at: int) -> None:
    log = filled(tmp_path)
    good = [anchor(k) for k in range(11, 25, 2)]
    bad = [*good[:at], by_bank("document-revoke", {"sha256": bytes(32)}), *good[at:]]
    before = (log.store.entries(), log.checkpoint(), log.state.copy())
    with pytest.raises(BatchRefused, match=rf"^entries\[{at}\]: entry: no such document") as caught:
        log.append_many(bad)
    assert caught.value.index == at
    assert (log.store.entries(), log.checkpoint(), log.state) == before
    assert [each.position for each in log.append_many(good)] == list(range(5, 12))


def test_entry_of_the_future_refuses_its_batch(tmp_path: Path) -> None:
    log = filled(tmp_path)
    body = {"sha256": bytes(32), "sm3": bytes(32)}
    late = by_bank("document-anchor", body, now=NOW + 301)
    with pytest.raises(BatchRefused, match=r"entries\[1\]: entry: dated in the future"):
        log.append_many([anchor(7), late])
    log.append_many([anchor(7), by_bank("document-anchor", body, now=NOW + 300)])


def test_one_entry_is_refused_with_its_own_error(tmp_path: Path) -> None:
    log = filled(tmp_path)
    with pytest.raises(LedgerError, match=r"^entry: no such document"):
        log.append(by_bank("document-revoke", {"sha256": bytes(32)}))


def test_repeated_batch_names_where_it_stands(tmp_path: Path) -> None:
    log = filled(tmp_path)
    batch = [anchor(7), anchor(9)]
    log.append_many(batch)
    with pytest.raises(AppendedBefore) as caught:
        log.append_many(batch)
    assert caught.value.position == 5
    with pytest.raises(BatchRefused, match=r"entries\[1\]: entry: appended before"):
        log.append_many([anchor(11), batch[0]])
    with pytest.raises(BatchRefused, match=r"entries\[0\]: entry: appended before"):
        log.append_many(batch[::-1])


def test_same_entry_twice_in_a_batch_is_refused(tmp_path: Path) -> None:
    log, entry = filled(tmp_path), anchor(7)
    with pytest.raises(BatchRefused, match=r"entries\[1\]: entry: its nonce was used before"):
        log.append_many([entry, entry])
    assert log.append(entry).position == 5


def test_empty_batch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="appended together"):
        filled(tmp_path).append_many([])


def test_lost_disk_leaves_memory_as_the_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = filled(tmp_path)

    def full(*_: object) -> None:
        raise LedgerError("ledger: disk full")

    monkeypatch.setattr(log.store, "put_checkpoint", full)
    with pytest.raises(LedgerError, match="disk full"):
        log.append_many([anchor(7), anchor(9)])
    monkeypatch.undo()
    assert [each.position for each in log.append_many([anchor(7), anchor(9)])] == [5, 6]
    assert len(log.state.documents) == 5
