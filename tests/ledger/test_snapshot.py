"""A state written and read again is the same state; nothing else is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger.building import (
    NOW,
    ROOT,
    SCHEMA,
    after,
    anchor,
    auditor,
    authority,
    by_bank,
    epoch,
    filled,
    governed,
    new_log,
    policy,
    registration,
    rotation,
    verifier_registration,
)
from tests.ledger.test_rules import scope
from zkproof.codec import decode, encode
from zkproof.errors import DecodeError
from zkproof.ledger import log_snapshot
from zkproof.ledger.log import Log
from zkproof.ledger.merkle import Frontier, Tree
from zkproof.ledger.snapshot import Snapshot
from zkproof.ledger.state import LedgerState


def everything() -> LedgerState:
    """A state with something in each of its tables."""
    return after(
        by_bank("schema-publish", {"schema": SCHEMA.to_bytes()}),
        governed("registry-publish", {"registry": "r", "version": 1, "issuers": []}),
        rotation(),
        authority(),
        epoch(1),
        auditor(),
        verifier_registration(),
        policy(),
        anchor(1),
        scope(),
        by_bank("document-revoke", {"sha256": anchor(1).body["sha256"]}),
    )


def frontier(size: int) -> Frontier:
    made = Frontier()
    for k in range(size):
        made.append(bytes([k]) * 32)
    return made


def test_state_is_read_as_it_was_written() -> None:
    state = everything()
    assert not [name for name, value in vars(state).items() if not value]
    data = Snapshot(state, frontier(12)).to_bytes()
    found = Snapshot.from_bytes(data)
    assert found.state == state
    assert found.to_bytes() == data


def test_order_of_sets_changes_nothing() -> None:
    one = everything()
    other = one.copy()
    other.nonces = {each for each in sorted(one.nonces, reverse=True) if each}
    other.public_keys = {each for each in sorted(one.public_keys, reverse=True) if each}
    assert Snapshot(one, frontier(1)).to_bytes() == Snapshot(other, frontier(1)).to_bytes()


@pytest.mark.parametrize("size", range(1, 40))
def test_frontier_goes_on_from_its_peaks(size: int) -> None:
    grown = Tree(bytes([k]) * 32 for k in range(size))
    again = Frontier.from_peaks(size, frontier(size).peaks)
    assert (again.size, again.root()) == (size, grown.root())
    grown.append(bytes(32))
    again.append(bytes(32))
    assert again.root() == grown.root()


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": True},
        {"rules": 0},
        {"shape": bytes(32)},
        {"size": 0},
        {"size": 11},
        {"size": True},
        {"peaks": []},
        {"peaks": [bytes(31), bytes(32)]},
        {"state": []},
        {"state": None},
        {"surplus": 1},
    ],
)
def test_snapshot_has_one_form(change: dict[str, object]) -> None:
    data = Snapshot(everything(), frontier(12)).to_bytes()
    table = decode(data, field="snapshot")
    assert Snapshot.from_bytes(encode(table)).to_bytes() == data
    with pytest.raises(DecodeError, match=r"^snapshot"):
        Snapshot.from_bytes(encode({**table, **change}))


@pytest.mark.parametrize("at", range(len(vars(LedgerState()))))
def test_field_of_another_type_is_refused(at: int) -> None:
    table = decode(Snapshot(everything(), frontier(12)).to_bytes(), field="snapshot")
    for other in ([[1]], {"a": 1}, None):
        state = list(table["state"])
        state[at] = other
        with pytest.raises(DecodeError, match=r"^snapshot.state"):
            Snapshot.from_bytes(encode({**table, "state": state}))


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that writes its snapshot at every occasion."""
    monkeypatch.setattr(log_snapshot, "_EVERY", 1)


def appended_to(folder: Path) -> Log:
    log = new_log(folder)
    log.append(anchor(7))
    return log


def test_log_opens_from_its_snapshot(
    eager: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = filled(tmp_path)
    log.close()
    folded = []
    monkeypatch.setattr("zkproof.ledger.log.apply", lambda *_: folded.append(1))
    again = new_log(tmp_path)
    assert folded == []
    assert (again.state, again.checkpoint()) == (log.state, again.checkpoint())
    monkeypatch.undo()
    assert again.append(anchor(9)).position == 5


@pytest.mark.parametrize("change", ["octet", "other key", "empty", "gone", "state"])
def test_snapshot_that_the_log_did_not_sign_is_passed_over(
    eager: None, tmp_path: Path, change: str
) -> None:
    log = filled(tmp_path)
    state = log.state.copy()
    log.close()
    path = log_snapshot.snapshot_path(tmp_path / "ledger.db")
    whole = path.read_bytes()
    table = decode(whole, field="snapshot")
    path.write_bytes(
        {
            "octet": whole[:-1] + bytes([whole[-1] ^ 1]),
            "other key": encode({**table, "signature": bytes(64)}),
            "empty": b"",
            "gone": b"",
            "state": encode({**table, "snapshot": table["snapshot"].replace(b"Bank A", b"Bank X")}),
        }[change]
    )
    if change == "gone":
        path.unlink()
    assert new_log(tmp_path).state == state


def test_snapshot_of_entries_that_are_not_there_is_passed_over(eager: None, tmp_path: Path) -> None:
    """The log's own snapshot, of a history that the file does not have (any more)."""
    filled(tmp_path / "long").close()
    short = new_log(tmp_path / "short")
    for entry in (ROOT, registration(), anchor(21)):
        short.append(entry)
    short.close()
    theirs = log_snapshot.snapshot_path(tmp_path / "long" / "ledger.db")
    ours = log_snapshot.snapshot_path(tmp_path / "short" / "ledger.db")
    ours.write_bytes(theirs.read_bytes())
    state = new_log(tmp_path / "short").state
    assert list(state.documents) == [anchor(21).body["sha256"]]
    assert state.time == NOW
