"""Readers: what they believe, and every way a log can fail to be believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ledger.building import (
    DAY,
    LOG_KEY,
    LOG_PUBLIC,
    NOW,
    ORIGIN,
    PINS,
    ROOT,
    WITNESS,
    WITNESS_KEY,
    WITNESS_PUBLIC,
    WITNESSED,
    anchor,
    filled,
    forked,
    genesis,
    new_log,
    new_witness,
    read_all,
    registration,
)
from zkproof.errors import DecodeError, LedgerError, UsageError
from zkproof.ledger import note
from zkproof.ledger.checkpoint import Checkpoint, sign_checkpoint
from zkproof.ledger.merkle import Tree, leaf_hash
from zkproof.ledger.pins import Pins
from zkproof.ledger.reader import CheckpointReader, LedgerReader, SplitView


def test_reader_follows_the_log(tmp_path: Path) -> None:
    log, reader = new_log(tmp_path), LedgerReader(PINS)
    for size, entry in enumerate((ROOT, registration(), anchor(1), anchor(3)), start=1):
        log.append(entry)
        read_all(reader, log)
        assert (reader.size, reader.last) == (size, log.checkpoint())
        assert reader.trust_view() == log.trust_view(as_of=NOW)
    read_all(reader, log)
    assert reader.size == 4


def test_reader_that_read_nothing_believes_nothing() -> None:
    with pytest.raises(LedgerError, match="nothing read"):
        LedgerReader(PINS).trust_view()


def test_entries_that_do_not_hash_to_the_root_are_refused(tmp_path: Path) -> None:
    log = filled(tmp_path)
    entries, newest = log.store.entries(), log.checkpoint().to_note()
    LedgerReader(PINS).update(newest, entries, [], now=NOW)
    for wrong in (
        entries[:-1],
        [*entries, entries[0]],
        [*entries[:-1], entries[0]],
        [entries[0], entries[2], entries[1], *entries[3:]],
        [],
    ):
        with pytest.raises(LedgerError, match="do not hash"):
            LedgerReader(PINS).update(newest, wrong, [], now=NOW)


@pytest.mark.parametrize(
    ("pins", "said"),
    [
        (replace(PINS, log_key=WITNESS_PUBLIC), "pinned log"),
        (replace(PINS, origin="other"), "pinned log"),
        (replace(PINS, ledger_id="other"), "not the pinned one"),
        (replace(PINS, root=bytes(32)), "pinned governance root"),
    ],
)
def test_log_that_is_not_pinned_is_refused(tmp_path: Path, pins: Pins, said: str) -> None:
    log = filled(tmp_path)
    read_all(LedgerReader(PINS), log)
    with pytest.raises(LedgerError, match=said):
        read_all(LedgerReader(pins), log)


def test_rollback_is_refused(tmp_path: Path) -> None:
    log, reader = filled(tmp_path), LedgerReader(PINS)
    read_all(reader, log)
    smaller = log.store.checkpoint(3)
    assert smaller is not None
    LedgerReader(PINS).update(smaller.to_note(), log.store.entries(0, 3), [], now=NOW)
    with pytest.raises(LedgerError, match="smaller than"):
        reader.update(smaller.to_note(), [], [], now=NOW)
    assert reader.size == 5


def test_split_view_is_refused_and_both_sides_are_kept(tmp_path: Path) -> None:
    log, fork = filled(tmp_path / "a"), forked(tmp_path / "b")
    reader = LedgerReader(PINS)
    read_all(reader, log)
    with pytest.raises(SplitView) as caught:
        reader.update(
            fork.checkpoint().to_note(),
            fork.store.entries(5),
            fork.consistency_proof(5, 6),
            now=NOW,
        )
    for kept in (caught.value.ours, caught.value.theirs):
        assert Checkpoint.from_note(kept).signed_by_log(LOG_PUBLIC)
    log.append(anchor(7))
    read_all(reader, log)
    assert reader.size == 6


def test_two_roots_of_one_size_are_a_split_view(tmp_path: Path) -> None:
    log, fork = filled(tmp_path / "a"), forked(tmp_path / "b")
    reader = CheckpointReader(PINS)
    reader.update(log.checkpoint().to_note(), [], now=NOW)
    other = fork.store.checkpoint(5)
    assert other is not None
    with pytest.raises(SplitView):
        reader.update(other.to_note(), [], now=NOW)
    reader.update(log.checkpoint().to_note(), [], now=NOW)


def test_checkpoint_without_a_proof_from_the_last_one_is_refused(tmp_path: Path) -> None:
    log = filled(tmp_path)
    first = log.store.checkpoint(3)
    assert first is not None
    reader = CheckpointReader(PINS, last=first)
    with pytest.raises(SplitView):
        reader.update(log.checkpoint().to_note(), [], now=NOW)
    reader.update(log.checkpoint().to_note(), log.consistency_proof(3, 5), now=NOW)
    assert reader.size == 5


def test_stale_checkpoint_is_refused_until_the_log_signs_again(tmp_path: Path) -> None:
    log = filled(tmp_path)
    at_limit = LedgerReader(PINS)
    read_all(at_limit, log, now=NOW + DAY)
    with pytest.raises(LedgerError, match="age limit"):
        read_all(LedgerReader(PINS), log, now=NOW + DAY + 1)
    log.close()
    refreshed = new_log(tmp_path, now=NOW + DAY)
    refreshed.refresh()
    read_all(at_limit, refreshed, now=NOW + DAY + 1)
    assert at_limit.trust_view().as_of == NOW + DAY


def test_checkpoint_of_the_future_is_refused(tmp_path: Path) -> None:
    log = filled(tmp_path)
    reader = LedgerReader(PINS)
    read_all(reader, log, now=NOW - 300)
    assert reader.trust_view().as_of == NOW - 300
    with pytest.raises(LedgerError, match="future"):
        read_all(LedgerReader(PINS), log, now=NOW - 301)


def test_checkpoint_that_does_not_say_when_is_refused(tmp_path: Path) -> None:
    log = filled(tmp_path)
    newest = log.checkpoint()
    timeless = replace(newest, signatures=newest.signatures[:1])
    CheckpointReader(PINS).update(newest.to_note(), [], now=NOW)
    with pytest.raises(LedgerError, match="does not say when"):
        CheckpointReader(PINS).update(timeless.to_note(), [], now=NOW)


def test_reader_waits_for_the_quorum(tmp_path: Path) -> None:
    log = filled(tmp_path)
    with pytest.raises(LedgerError, match=f"0 pinned witnesses cosigned it, 1 of {WITNESS} needed"):
        LedgerReader(WITNESSED).update(log.checkpoint().to_note(), log.store.entries(), [], now=NOW)
    log.add_cosignature(5, new_witness(tmp_path).cosign(log.witness_request(0), now=NOW - 60))
    reader = LedgerReader(WITNESSED)
    read_all(reader, log)
    assert reader.trust_view().as_of == NOW - 60


def test_age_is_what_the_quorum_says_not_what_the_log_says(tmp_path: Path) -> None:
    """A log that holds a reader back signs anew, but its witnesses do not."""
    log = filled(tmp_path)
    log.add_cosignature(5, new_witness(tmp_path).cosign(log.witness_request(0), now=NOW))
    log.close()
    later = new_log(tmp_path, now=NOW + 2 * DAY)
    later.refresh()
    read_all(LedgerReader(PINS), later, now=NOW + 2 * DAY)
    with pytest.raises(LedgerError, match="age limit"):
        read_all(LedgerReader(WITNESSED), later, now=NOW + 2 * DAY)


def test_unknown_lines_are_passed_over_and_false_ones_are_not(tmp_path: Path) -> None:
    newest = filled(tmp_path).checkpoint()
    foreign = newest.with_line(note.sign(newest.text(), "somebody", WITNESS_KEY))
    CheckpointReader(PINS).update(foreign.to_note(), [], now=NOW)
    name, blob = note.cosign(newest.text(), WITNESS, WITNESS_KEY, now=NOW)
    right = newest.with_line((name, blob))
    CheckpointReader(WITNESSED).update(right.to_note(), [], now=NOW)
    false = newest.with_line((name, blob[:-1] + bytes([blob[-1] ^ 1])))
    with pytest.raises(LedgerError, match="does not hold"):
        CheckpointReader(WITNESSED).update(false.to_note(), [], now=NOW)


def test_signed_log_with_an_unauthorised_entry_is_refused() -> None:
    """The log's operator signs a tree whose entries break a rule."""
    entries = [ROOT.to_bytes(), registration().to_bytes(), anchor().to_bytes()]

    def note_over(data: list[bytes]) -> bytes:
        root = Tree(leaf_hash(each) for each in data).root()
        return sign_checkpoint(Checkpoint(ORIGIN, len(data), root), LOG_KEY, now=NOW).to_note()

    reader = LedgerReader(PINS)
    reader.update(note_over(entries), entries, [], now=NOW)
    forged = [*entries[:1], *entries[2:]]
    with pytest.raises(LedgerError, match="entry 1: entry: author not known"):
        LedgerReader(PINS).update(note_over(forged), forged, [], now=NOW)
    junk = [*entries, b"\xa0"]
    with pytest.raises(LedgerError, match="entry 3: entry: not the fields"):
        LedgerReader(PINS).update(note_over(junk), junk, [], now=NOW)


def test_empty_log_is_nothing_to_believe() -> None:
    empty = sign_checkpoint(Checkpoint(ORIGIN, 0, Tree().root()), LOG_KEY, now=NOW)
    with pytest.raises(LedgerError, match="empty"):
        LedgerReader(PINS).update(empty.to_note(), [], [], now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"quorum": 1},
        {"quorum": -1},
        {"witnesses": {"a": WITNESS_PUBLIC, "b": WITNESS_PUBLIC}},
        {"witnesses": {"a": LOG_PUBLIC}},
        {"witnesses": {"a": bytes(31)}},
        {"log_key": bytes(31)},
        {"root": bytes(31)},
        {"origin": "two words"},
        {"max_age": 0},
    ],
)
def test_pins_that_cannot_protect_are_refused(changes: dict[str, object]) -> None:
    replace(PINS, witnesses={"a": WITNESS_PUBLIC}, quorum=1, max_age=1)
    with pytest.raises(UsageError, match=r"pins|key name"):
        replace(PINS, **changes)  # type: ignore[arg-type]


def test_operator_cannot_begin_a_history_with_a_governance_of_its_own(tmp_path: Path) -> None:
    """Same ledger, same log key, all rules kept: only the root is another one."""
    own = new_log(tmp_path)
    for entry in (genesis(name="Usurper"), registration()):
        own.append(entry)
    usurped = own.pins()
    assert (usurped.ledger_id, usurped.log_key) == (PINS.ledger_id, PINS.log_key)
    read_all(LedgerReader(usurped), own)
    with pytest.raises(LedgerError, match="pinned governance root"):
        read_all(LedgerReader(PINS), own)


def test_log_gives_its_pins(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="empty"):
        new_log(tmp_path / "empty").pins()
    assert filled(tmp_path).pins(quorum=1) == WITNESSED


def test_pins_file_reads_back() -> None:
    for pins in (PINS, WITNESSED, replace(WITNESSED, max_age=60)):
        assert Pins.from_json(pins.to_json()) == pins


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('"quorum": 1', '"quorum": 1, "quorum": 0', '"quorum" stands twice'),
        ('"quorum": 1', '"quorum": 1.0', "fraction"),
        ("{", "[" * 33, "nested deeper"),
    ],
)
def test_pins_file_that_is_refused_says_why(old: str, new: str, rule: str) -> None:
    text = WITNESSED.to_json().decode()
    Pins.from_json(text.encode())
    with pytest.raises(DecodeError, match=f"^pins: .*{rule}"):
        Pins.from_json(text.replace(old, new, 1).encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"quorum": 1', '"quorum": 2'),
        ('"quorum": 1', '"quorum": true'),
        ('"quorum": 1', '"quorum": 1.0'),
        ('"quorum": 1,', ""),
        ('"quorum": 1', '"quorum": 1, "quorum": 0'),
        ('"quorum": 1', '"quorum": 1, "more": 0'),
        ('"max_age": 86400', '"max_age": 0'),
        ('"max_age": 86400', '"max_age": 86400.0'),
        ('"log_key": "', '"log_key": "00'),
        ('"log_key": "', '"log_key": " '),
        ('"log_key": "', '"log_key": 1, "x": "'),
        ('"origin": "log', '"origin": "lo g'),
        ('"ledger": "ledger.test"', '"ledger": 7'),
        ('"witnesses": {', '"witnesses": [], "w": {'),
        (
            "{",
            "[",
        ),
        ("\n}", ""),
    ],
)
def test_pins_file_with_another_field_or_value_is_refused(old: str, new: str) -> None:
    text = WITNESSED.to_json().decode()
    assert Pins.from_json(text.encode()) == WITNESSED
    assert old in text
    with pytest.raises(DecodeError, match="pins"):
        Pins.from_json(text.replace(old, new, 1).encode())
