"""A monitor raises what is wrong with a log, once each, with evidence that anybody can check."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ledger.building import (
    BANK,
    DAY,
    LIST,
    LOG_KEY,
    NOW,
    ORIGIN,
    PINS,
    ROOT,
    STRANGER,
    WITNESS,
    WITNESS_KEY,
    WITNESSED,
    anchor,
    authority,
    epoch,
    filled,
    forked,
    new_log,
    registration,
    resigned,
)
from tests.ledger.serving import Answer, changing, served
from tests.ledger.test_http import answers_of
from zkproof.errors import DecodeError, LedgerError, UsageError
from zkproof.ledger.checkpoint import Checkpoint, sign_checkpoint
from zkproof.ledger.evidence import Split
from zkproof.ledger.log import Log
from zkproof.ledger.merkle import Frontier
from zkproof.ledger.monitor import Finding, Kind, Monitor, overdue
from zkproof.ledger.note import cosign
from zkproof.ledger.pins import Pins
from zkproof.ledger.store import LogStore


class Stage:
    """Addresses that show what a test wants, and a monitor that looks at them."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.stack, self.folder, self.now = stack, folder, NOW
        self.folder.mkdir()

    def shows(self, answer: Callable[[str], Answer]) -> str:
        return self.stack.enter_context(served(changing(answer)))

    def monitor(self, *logs: str, views: tuple[str, ...] = (), pins: Pins = PINS) -> Monitor:
        return Monitor(self.folder, pins, logs, views, clock=lambda: self.now)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as stack:
        yield Stage(stack, tmp_path / "monitor")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = filled(tmp_path / "log")
    yield made
    made.close()


def kinds(findings: tuple[Finding, ...]) -> list[Kind]:
    return [each.kind for each in findings]


def test_honest_log_and_witness_raise_nothing(stage: Stage, log: Log) -> None:
    seen: list[bytes] = []
    url = stage.shows(lambda path: answers_of(log.store, path))
    witness = stage.shows(lambda _: (200, seen[-1]))
    monitor = stage.monitor(url, views=(witness,))
    for k in (7, 9):
        seen.append(log.append(anchor(k)).checkpoint.to_note())
        look = monitor.look()
        assert (look.size, look.findings) == (log.store.size(), ())
    assert (stage.folder / "checkpoint").read_bytes() == log.checkpoint().to_note()
    assert stage.monitor(url, views=(witness,)).look().findings == ()


@pytest.mark.parametrize("extra", [0, 2])
def test_split_view_between_log_and_witness_is_evidence(
    stage: Stage, log: Log, tmp_path: Path, extra: int
) -> None:
    """Of the same size, and of another one."""
    fork = forked(tmp_path / "fork")
    for k in range(21, 21 + 2 * (extra + 1), 2):
        log.append(anchor(k))
    url = stage.shows(lambda path: answers_of(log.store, path))
    witness = stage.shows(lambda _: (200, fork.checkpoint().to_note()))
    monitor = stage.monitor(url, views=(witness,))
    look = monitor.look()
    assert kinds(look.findings) == [Kind.SPLIT_VIEW]
    path = look.findings[0].evidence
    assert path is not None
    data = path.read_bytes()
    Split.from_json(data).check(PINS)
    assert (monitor.look().new, monitor.look().size) == ((), log.store.size())
    # For whoever pins another log it proves nothing, nor does it when it is changed.
    with pytest.raises(LedgerError, match="did not sign"):
        Split.from_json(data).check(replace(PINS, log_key=bytes(32)))
    split = Split.from_json(data)
    with pytest.raises(LedgerError, match="evidence"):
        replace(split, smaller=split.larger).check(PINS)
    if extra:
        for wrong in (
            replace(split, root=split.smaller.root_hash),
            replace(split, root=bytes(32)),
            replace(split, root=None),
            replace(split, proof=split.proof[:-1]),
        ):
            with pytest.raises(LedgerError, match="evidence"):
                wrong.check(PINS)
    for changed in (data + b" ", data.replace(b'"format": 1', b'"format": 2')):
        with pytest.raises(DecodeError, match="evidence"):
            Split.from_json(changed)


def test_log_that_shows_another_history_later_is_caught_by_a_restarted_monitor(
    stage: Stage, log: Log, tmp_path: Path
) -> None:
    store = log.store
    url = stage.shows(lambda path: answers_of(store, path))
    assert stage.monitor(url).look().findings == ()
    store = forked(tmp_path / "fork").store
    look = stage.monitor(url).look()
    assert set(kinds(look.findings)) == {Kind.SPLIT_VIEW}
    assert look.size == 5
    for each in look.findings:
        assert each.evidence is not None
        Split.from_json(each.evidence.read_bytes()).check(PINS)


def test_two_addresses_that_show_two_histories_are_caught(
    stage: Stage, log: Log, tmp_path: Path
) -> None:
    fork = forked(tmp_path / "fork")
    one = stage.shows(lambda path: answers_of(log.store, path))
    other = stage.shows(lambda path: answers_of(fork.store, path))
    assert Kind.SPLIT_VIEW in kinds(stage.monitor(one, other).look().findings)
    assert list((stage.folder / "evidence").glob("split-view-*.json"))


def test_rolled_back_address_is_raised_until_it_is_back(
    stage: Stage, log: Log, tmp_path: Path
) -> None:
    older = LogStore(tmp_path / "older.db", create=True)
    four = log.store.checkpoint(4)
    assert four is not None
    with older.writing():
        older.append(Frontier(), log.store.entries(0, 4))
        older.put_checkpoint(four)
    store = log.store
    url = stage.shows(lambda path: answers_of(store, path))
    assert stage.monitor(url).look().findings == ()
    store = older
    look = stage.monitor(url).look()
    assert Kind.ROLLED_BACK in kinds(look.findings)
    assert stage.monitor(url).look().new == ()
    store = log.store
    assert stage.monitor(url).look().findings == ()


def test_what_a_witness_saw_and_the_log_does_not_show_is_withheld(stage: Stage, log: Log) -> None:
    before = log.checkpoint().to_note()
    tiles = {path: answers_of(log.store, path) for path in ("tile/entries/000.p/5",)}
    hidden = log.append(anchor(7)).checkpoint.to_note()
    tiles["checkpoint"] = (200, before)
    url = stage.shows(lambda path: tiles.get(path) or answers_of(log.store, path))
    witness = stage.shows(lambda _: (200, hidden))
    monitor = stage.monitor(url, views=(witness,))
    assert monitor.look().findings == ()  # the log may be about to publish it
    assert kinds(monitor.look().findings) == [Kind.WITHHELD]
    del tiles["checkpoint"]
    assert monitor.look().findings == ()


def test_entry_that_breaks_a_rule_is_raised(stage: Stage, tmp_path: Path) -> None:
    """Signed by the log's key, and appended by a program that does not check."""
    store, frontier = LogStore(tmp_path / "bad.db", create=True), Frontier()
    entries = [ROOT, registration(), resigned(anchor(1), STRANGER)]
    with store.writing():
        store.append(frontier, [each.to_bytes() for each in entries])
        bare = Checkpoint(ORIGIN, 3, frontier.root())
        store.put_checkpoint(sign_checkpoint(bare, LOG_KEY, now=NOW))
    url = stage.shows(lambda path: answers_of(store, path))
    look = stage.monitor(url).look()
    assert kinds(look.findings) == [Kind.RULE_BROKEN]
    assert "entry 2: " in look.findings[0].detail


def test_old_checkpoint_and_missing_quorum_are_stale(stage: Stage, log: Log) -> None:
    url = stage.shows(lambda path: answers_of(log.store, path))
    monitor = stage.monitor(url, pins=WITNESSED)
    assert kinds(monitor.look().findings) == [Kind.STALE]
    log.add_cosignature(5, cosign(log.checkpoint().text(), WITNESS, WITNESS_KEY, now=NOW))
    assert monitor.look().findings == ()
    stage.now += DAY + 1
    assert kinds(monitor.look().findings) == [Kind.STALE]


def test_address_that_is_away_or_answers_with_something_else_is_raised(
    stage: Stage, log: Log
) -> None:
    answer: Answer = (500, b"")
    url = stage.shows(lambda path: answers_of(log.store, path))
    view = stage.shows(lambda _: answer)
    for status, content in ((500, b""), (200, b"junk")):
        answer = (status, content)
        look = stage.monitor(url, "http://127.0.0.1:1", views=(view,)).look()
        assert kinds(look.findings) == [Kind.UNREACHABLE] * 2
        assert look.size == 5
    with pytest.raises(UsageError, match="is refused"):
        stage.monitor("http://log.example")
    with pytest.raises(UsageError, match="address of a log"):
        stage.monitor()


def test_keys_that_end_and_lists_that_are_overdue_are_raised(tmp_path: Path) -> None:
    log = new_log(tmp_path / "log")
    ends = NOW + 90 * DAY
    log.append_many([ROOT, registration(not_after=ends), authority(), epoch(1)])
    over = NOW + 2 * DAY
    assert overdue(log.state, now=over) == []
    assert [(each.kind, each.subject) for each in overdue(log.state, now=over + 3600)] == [
        (Kind.VERSION_OVERDUE, LIST)
    ]
    soon = [each for each in overdue(log.state, now=ends - DAY) if each.kind is Kind.KEY_ENDS]
    assert [(each.subject, each.detail) for each in soon] == [
        (BANK, "its last signing key ends in 1 days")
    ]
    gone = [each for each in overdue(log.state, now=ends + DAY) if each.kind is Kind.KEY_ENDS]
    assert [each.detail for each in gone] == ["has no signing key"]


def test_damaged_memory_of_a_monitor_is_refused(stage: Stage, log: Log) -> None:
    url = stage.shows(lambda path: answers_of(log.store, path))
    stage.monitor(url).look()
    path = stage.folder / "monitor.json"
    table = json.loads(path.read_text())
    damaged: list[object] = [{**table, "shown": {url: "x"}}, {"raised": []}, []]
    for wrong in damaged:
        path.write_text(json.dumps(wrong))
        with pytest.raises(DecodeError, match=r"monitor\.json"):
            stage.monitor(url)
