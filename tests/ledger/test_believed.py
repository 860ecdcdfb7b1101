"""A reader that restarts refuses what it would have refused before."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ledger.building import (
    NOW,
    anchor,
    filled,
    forked,
    governed,
    registration,
)
from zkproof.clock import fixed_clock
from zkproof.errors import DecodeError, LedgerError, UsageError
from zkproof.ledger.believed import BELIEVED, Believed
from zkproof.ledger.checking import check_folder
from zkproof.ledger.ledger import Ledger
from zkproof.ledger.log import Log
from zkproof.ledger.reader import SplitView
from zkproof.ledger.snapshot import Snapshot


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """A ledger's folder with five entries and pins."""
    made = filled(tmp_path / "ledger")
    (tmp_path / "ledger" / "pins.json").write_bytes(made.pins().to_json())
    return made


def opened(tmp_path: Path, *, state: Path | None = None) -> Ledger:
    """A reader that has just been started."""
    return Ledger.open(tmp_path / "ledger", state=state, clock=fixed_clock(NOW))


def checked(tmp_path: Path) -> list[str]:
    return check_folder(tmp_path / "ledger", clock=fixed_clock(NOW))


def database(folder: Path) -> list[Path]:
    return sorted(folder.glob("ledger.db*"))


def put_back(copy: Path, ledger: Path) -> None:
    for path in database(ledger):
        path.unlink()
    for path in database(copy):
        shutil.copy(path, ledger)


def test_rollback_is_refused_after_a_restart(tmp_path: Path, log: Log) -> None:
    shutil.copytree(tmp_path / "ledger", tmp_path / "copy")
    log.append(anchor(7))
    log.close()
    assert opened(tmp_path).trust().tree_size == 6
    assert opened(tmp_path).trust().tree_size == 6
    put_back(tmp_path / "copy", tmp_path / "ledger")
    for _ in range(2):
        with pytest.raises(LedgerError, match="of 5 entries, smaller than the one seen before"):
            opened(tmp_path).trust()
    assert checked(tmp_path) == ["rolled back: 5 entries, where 6 were believed"]


def test_split_is_refused_after_a_restart(tmp_path: Path, log: Log) -> None:
    opened(tmp_path).trust()
    log.close()
    forked(tmp_path / "fork").close()
    put_back(tmp_path / "fork", tmp_path / "ledger")
    with pytest.raises(SplitView) as caught:
        opened(tmp_path).trust()
    assert caught.value.ours != caught.value.theirs
    assert "rewritten: other entries than the 5" in "".join(checked(tmp_path))


def test_rollback_is_refused_by_a_reader_with_a_folder_of_its_own(tmp_path: Path, log: Log) -> None:
    own = tmp_path / "own"
    own.mkdir()
    shutil.copytree(tmp_path / "ledger", tmp_path / "copy")
    log.append(anchor(7))
    log.close()
    assert opened(tmp_path, state=own).trust().tree_size == 6
    put_back(tmp_path / "copy", tmp_path / "ledger")
    with pytest.raises(LedgerError, match="smaller"):
        opened(tmp_path, state=own).trust()
    assert not (tmp_path / "ledger" / BELIEVED).exists()
    assert opened(tmp_path).trust().tree_size == 5  # a reader that was never here knows no better


def test_two_readers_of_one_folder_share_what_they_believe(tmp_path: Path, log: Log) -> None:
    slow, quick = opened(tmp_path), opened(tmp_path)
    slow.trust()
    shutil.copytree(tmp_path / "ledger", tmp_path / "copy")
    log.append(anchor(7))
    log.close()
    quick.trust()
    put_back(tmp_path / "copy", tmp_path / "ledger")
    with pytest.raises(LedgerError, match="smaller"):
        slow.trust()


def test_growth_is_followed_over_restarts(tmp_path: Path, log: Log) -> None:
    for k in range(7, 17, 2):
        log.append(anchor(k))
        view = opened(tmp_path).trust()
        assert (view.tree_size, view.root_hash) == (log.store.size(), log.checkpoint().root_hash)
    assert opened(tmp_path).state == log.state
    assert [path.name for path in (tmp_path / "ledger").glob("believed-*")] == ["believed-6.state"]


def test_first_look_is_said_and_later_ones_are_not(tmp_path: Path, log: Log) -> None:
    first = opened(tmp_path)
    assert first.notices == []
    first.trust()
    assert [each[:45] for each in first.notices] == [
        "this ledger is read here for the first time: "
    ]
    later = opened(tmp_path)
    later.trust()
    assert later.notices == []


def test_lost_checkpoint_is_refused_where_the_state_is_left(tmp_path: Path, log: Log) -> None:
    opened(tmp_path).trust()
    (tmp_path / "ledger" / BELIEVED).unlink()
    with pytest.raises(
        LedgerError, match="is gone, but this ledger was read here before"
    ) as caught:
        opened(tmp_path).trust()
    assert "zkproof ledger forget" in str(caught.value.hint)
    reader = opened(tmp_path)
    reader.forget()
    assert reader.trust().tree_size == 5


def test_forgetting_accepts_an_older_ledger(tmp_path: Path, log: Log) -> None:
    shutil.copytree(tmp_path / "ledger", tmp_path / "copy")
    log.append(anchor(7))
    log.close()
    reader = opened(tmp_path)
    reader.trust()
    put_back(tmp_path / "copy", tmp_path / "ledger")
    with pytest.raises(LedgerError, match="smaller"):
        reader.trust()
    reader.forget()
    assert reader.trust().tree_size == 5
    assert reader.notices[-1].startswith("this ledger is read here for the first time")


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        # A whole state, of a ledger on which nothing was registered.
        lambda data: Snapshot(
            Snapshot.from_bytes(data).state.__class__(ledger_id="ledger.test"),
            Snapshot.from_bytes(data).frontier,
        ).to_bytes(),
    ],
    ids=["octet", "cut short", "empty", "another state"],
)
def test_changed_state_is_noticed_and_not_used(
    tmp_path: Path, log: Log, change: Callable[[bytes], bytes]
) -> None:
    opened(tmp_path).trust()
    path = tmp_path / "ledger" / "believed-5.state"
    whole = path.read_bytes()
    assert checked(tmp_path) == []
    path.write_bytes(change(whole))
    reader = opened(tmp_path)
    assert reader.state == log.state
    assert reader.notices == [
        "believed-5.state was changed: the ledger is verified from its first entry"
    ]
    assert path.read_bytes() == whole
    path.write_bytes(change(whole))
    assert "believed-5.state: not the state that" in "".join(checked(tmp_path))
    assert path.read_bytes() == whole
    assert checked(tmp_path) == []


def test_state_that_both_files_agree_on_is_found_out_by_fsck(tmp_path: Path, log: Log) -> None:
    """Whoever can write both files can write the pins too; a check from end to end still tells."""
    opened(tmp_path).trust()
    folder = tmp_path / "ledger"
    path, believed = folder / "believed-5.state", folder / BELIEVED
    snapshot = Snapshot.from_bytes(path.read_bytes())
    snapshot.state.issuers.clear()
    forged = snapshot.to_bytes()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(forged)
    believed.write_text(believed.read_text().replace(digest, hashlib.sha256(forged).hexdigest()))
    assert checked(tmp_path) == ["believed state: not what the entries say"]
    assert checked(tmp_path) == []
    assert opened(tmp_path).state == log.state


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"root"', '"rooot"'),
        lambda text: text + " ",
        lambda text: "{}",
        lambda text: "[" * 20_000,
        lambda text: text.replace("\\n5\\n", "\\n4\\n"),
        lambda text: json.dumps({**json.loads(text), "root": "00" * 32}, indent=2) + "\n",
        lambda text: (
            json.dumps(
                {**json.loads(text), "snapshot": {"size": True, "sha256": "00" * 32}}, indent=2
            )
            + "\n"
        ),
    ],
)
def test_changed_checkpoint_is_refused(
    tmp_path: Path, log: Log, change: Callable[[str], str]
) -> None:
    opened(tmp_path).trust()
    path = tmp_path / "ledger" / BELIEVED
    whole = path.read_text()
    assert Believed.from_json(whole.encode()).to_json() == whole.encode()
    path.write_text(change(whole))
    with pytest.raises((LedgerError, UsageError)):
        opened(tmp_path).trust()
    path.write_text(whole)
    assert opened(tmp_path).trust().tree_size == 5


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("{", "[" * 100_000, "nested deeper"),
        ('"root"', '"root": "", "root"', '"root" stands twice'),
        ('"size": 5', '"size": 5.0', "fraction"),
        ('"size": 5', f'"size": {"9" * 5000}', "digits"),
    ],
)
def test_text_that_no_reader_writes_is_refused_before_it_is_parsed(
    tmp_path: Path, log: Log, old: str, new: str, rule: str
) -> None:
    """Deep nesting would end the process where the interpreter's limit has been raised."""
    opened(tmp_path).trust()
    whole = (tmp_path / "ledger" / BELIEVED).read_text()
    Believed.from_json(whole.encode())
    assert old in whole
    with pytest.raises(DecodeError, match=rule):
        Believed.from_json(whole.replace(old, new, 1).encode())


def test_state_of_other_rules_is_folded_again(
    tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(tmp_path).trust()
    path = tmp_path / "ledger" / "believed-5.state"
    before = path.read_bytes()
    monkeypatch.setattr("zkproof.ledger.snapshot.RULES_VERSION", 99)
    reader = opened(tmp_path)
    assert reader.state == log.state
    assert reader.notices == []
    assert path.read_bytes() != before


def test_long_growth_renews_the_state(tmp_path: Path, log: Log) -> None:
    opened(tmp_path).trust()
    log.append_many(
        [
            governed("issuer-suspend" if k % 2 == 0 else "issuer-reinstate", body, now=NOW)
            for k, body in enumerate(_turns(300))
        ]
    )
    view = opened(tmp_path).trust()
    names = [path.name for path in (tmp_path / "ledger").glob("believed-*.state")]
    assert (view.tree_size, names) == (305, ["believed-305.state"])
    assert opened(tmp_path).state == log.state


def _turns(count: int) -> list[dict[str, str]]:
    issuer = registration().body["issuer"]
    return [
        {"issuer": issuer, "reason": "supervision"} if k % 2 == 0 else {"issuer": issuer}
        for k in range(count)
    ]
