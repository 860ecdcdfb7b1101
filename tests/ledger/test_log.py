"""The log: appending, checkpoints, several writers, and files that were changed behind its back."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.ledger.building import (
    ADMIN,
    BANK,
    LOG_KEY,
    LOG_PUBLIC,
    NOW,
    ORIGIN,
    WITNESS,
    WITNESS_KEY,
    WITNESS_PUBLIC,
    anchor,
    filled,
    genesis,
    new_log,
    new_witness,
    registration,
    resigned,
)
from zkproof.clock import fixed_clock
from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import note
from zkproof.ledger.database import LedgerBusy
from zkproof.ledger.fsck import fsck
from zkproof.ledger.log import AppendedBefore, Log
from zkproof.ledger.merkle import Tree, leaf_hash, verify_consistency, verify_inclusion
from zkproof.ledger.store import LogStore


def test_append_gives_position_and_a_checkpoint_that_covers_it(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    data = []
    for position, entry in enumerate((genesis(), registration(), anchor())):
        data.append(leaf_hash(entry.to_bytes()))
        done = log.append(entry)
        assert (done.position, done.checkpoint.size) == (position, position + 1)
        assert done.checkpoint.root_hash == Tree(data).root()
        assert done.checkpoint.signed_by_log(LOG_PUBLIC)
        assert done.checkpoint.cosigned_at(ORIGIN, LOG_PUBLIC) == NOW
    assert log.checkpoint() == done.checkpoint


def test_log_gives_proofs_for_every_entry_and_size(tmp_path: Path) -> None:
    log = filled(tmp_path)
    root = log.checkpoint().root_hash
    for position, data in enumerate(log.store.entries()):
        proof = log.inclusion_proof(position, 5)
        assert verify_inclusion(leaf_hash(data), position, 5, proof, root)
    leaves = [leaf_hash(data) for data in log.store.entries()]
    for old in range(1, 6):
        proof = log.consistency_proof(old, 5)
        assert verify_consistency(old, Tree(leaves[:old]).root(), 5, root, proof)
    for position, size in ((5, 5), (-1, 5), (0, 6)):
        with pytest.raises(LedgerError, match="no such entry"):
            log.inclusion_proof(position, size)
    for old, size in ((0, 5), (6, 5), (1, 6)):
        with pytest.raises(LedgerError, match="no such sizes"):
            log.consistency_proof(old, size)


def test_repeated_append_is_told_where_the_entry_stands(tmp_path: Path) -> None:
    log = filled(tmp_path)
    entry = anchor(7)
    assert log.append(entry).position == 5
    with pytest.raises(AppendedBefore) as caught:
        log.append(entry)
    assert caught.value.position == 5
    assert log.store.size() == 6


def test_refused_entry_leaves_nothing_behind(tmp_path: Path) -> None:
    log = filled(tmp_path)
    before = log.state.copy()
    with pytest.raises(LedgerError, match="anchored before"):
        log.append(anchor(1))
    assert (log.store.size(), log.state) == (5, before)
    assert log.append(anchor(7)).position == 5


def test_entry_no_reader_would_accept_is_refused(tmp_path: Path) -> None:
    log = filled(tmp_path)
    with pytest.raises(DecodeError, match=r"entry\.nonce"):
        log.append(resigned(replace(anchor(7), nonce=b"short"), ADMIN))
    assert log.store.size() == 5


def test_entry_of_the_future_is_refused(tmp_path: Path) -> None:
    log = filled(tmp_path)
    with pytest.raises(LedgerError, match="future"):
        log.append(resigned(replace(anchor(7), time=NOW + 301), ADMIN))
    assert log.append(resigned(replace(anchor(7), time=NOW + 300), ADMIN)).position == 5


def test_write_that_fails_on_disk_leaves_memory_as_the_disk_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = filled(tmp_path)
    before = log.state.copy()

    def fail(position: int, data: bytes) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(log.store, "append", fail)
        with pytest.raises(LedgerError, match="disk is full"):
            log.append(anchor(7))
    assert log.append(anchor(7)).position == 5
    log.close()
    assert fsck(tmp_path / "ledger.db", ORIGIN, LOG_PUBLIC) == []
    assert before.documents.keys() == {b"\1" * 32, b"\3" * 32, b"\5" * 32}


def test_two_open_logs_do_not_overwrite_each_other(tmp_path: Path) -> None:
    first = filled(tmp_path)
    second = new_log(tmp_path)
    positions = [
        log.append(anchor(k)).position for k, log in ((21, first), (23, second), (25, first))
    ]
    assert positions == [5, 6, 7]
    with pytest.raises(LedgerError, match="anchored before"):
        second.append(anchor(25))
    first.close()
    second.close()
    assert fsck(tmp_path / "ledger.db", ORIGIN, LOG_PUBLIC) == []


def test_threads_append_one_after_the_other(tmp_path: Path) -> None:
    log = filled(tmp_path)
    done: list[int] = []

    def work(first: int) -> None:
        done.extend(log.append(anchor(k)).position for k in range(first, first + 10, 2))

    threads = [threading.Thread(target=work, args=(first,)) for first in (21, 41, 61)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(5, 20))
    log.close()
    assert fsck(tmp_path / "ledger.db", ORIGIN, LOG_PUBLIC) == []


def test_writer_that_has_to_wait_too_long_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = filled(tmp_path)
    log.store._db._connection.execute("PRAGMA busy_timeout=50")
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerBusy, match="another process"):
        log.append(anchor(7))
    other.execute("ROLLBACK")
    other.close()
    assert log.append(anchor(7)).position == 5


def test_refreshed_checkpoint_states_the_new_time_and_keeps_its_cosignatures(
    tmp_path: Path,
) -> None:
    log = filled(tmp_path)
    witness = new_witness(tmp_path)
    log.add_cosignature(5, witness.cosign(log.witness_request(0), now=NOW))
    log.close()
    later = new_log(tmp_path, now=NOW + 1000)
    refreshed = later.refresh()
    assert refreshed.size == 5
    assert refreshed.cosigned_at(ORIGIN, LOG_PUBLIC) == NOW + 1000
    assert refreshed.cosigned_at(WITNESS, WITNESS_PUBLIC) == NOW
    assert len(refreshed.signatures) == 3


def test_log_keeps_lines_of_its_own_witnesses_only(tmp_path: Path) -> None:
    log = filled(tmp_path)
    text = log.checkpoint().text()
    stranger = Ed25519PrivateKey.from_private_bytes(b"\x55" * 32)
    for line, rule in (
        (note.cosign(text, WITNESS, stranger, now=NOW), "not by the key"),
        (note.cosign(text, "another", WITNESS_KEY, now=NOW), "not by the key"),
        (note.cosign("other\n" + text, WITNESS, WITNESS_KEY, now=NOW), "does not hold"),
    ):
        with pytest.raises(LedgerError, match=rule):
            log.add_cosignature(5, line)
    right = note.cosign(text, WITNESS, WITNESS_KEY, now=NOW)
    with pytest.raises(LedgerError, match="no such"):
        log.add_cosignature(6, right)
    assert log.add_cosignature(5, right).cosigned_at(WITNESS, WITNESS_PUBLIC) == NOW


def test_newest_checkpoint_with_a_quorum_is_the_last_cosigned_one(tmp_path: Path) -> None:
    log = filled(tmp_path)
    with pytest.raises(LedgerError, match="no such checkpoint yet"):
        log.checkpoint(quorum=1)
    log.add_cosignature(5, new_witness(tmp_path).cosign(log.witness_request(0), now=NOW))
    log.append(anchor(7))
    assert (log.checkpoint().size, log.checkpoint(quorum=1).size) == (6, 5)


def damage(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as db:
        for statement in statements:
            db.execute(statement)
    db.close()


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["UPDATE entry SET data = x'00' WHERE position = 2"], "entry 2"),
        (["DELETE FROM entry WHERE position = 1"], "entry 1 is missing"),
        (["DELETE FROM entry WHERE position = 4"], "signed over are missing"),
        (["DELETE FROM entry WHERE position >= 0"], "signed over are missing"),
        (["UPDATE node SET hash = zeroblob(32) WHERE level = 2 AND position = 0"], "tree nodes"),
        (["UPDATE checkpoint SET root = zeroblob(32) WHERE size = 5"], "does not hold"),
        (["UPDATE checkpoint SET origin = 'else' WHERE size = 5"], "another name"),
        (["PRAGMA user_version = 2"], "another version"),
        (["PRAGMA application_id = 1"], "another kind"),
    ],
)
def test_changed_log_does_not_open(tmp_path: Path, statements: list[str], said: str) -> None:
    filled(tmp_path).close()
    new_log(tmp_path).close()
    damage(tmp_path / "ledger.db", *statements)
    with pytest.raises(LedgerError, match=said):
        new_log(tmp_path)


def test_log_whose_history_was_replaced_by_another_valid_one_does_not_open(tmp_path: Path) -> None:
    """All entries are valid and the tree is right, but it is not what was signed."""
    log = filled(tmp_path / "a")
    log.close()
    other = new_log(tmp_path / "b")
    for entry in (genesis(), registration(), *(anchor(k) for k in (11, 13, 15))):
        other.append(entry)
    other.close()
    damage(
        tmp_path / "a" / "ledger.db",
        f"ATTACH '{tmp_path / 'b' / 'ledger.db'}' AS b",
        "DELETE FROM entry",
        "DELETE FROM node",
        "INSERT INTO entry SELECT * FROM b.entry",
        "INSERT INTO node SELECT * FROM b.node",
    )
    with pytest.raises(LedgerError, match="differ from what was signed"):
        new_log(tmp_path / "a")


def test_log_does_not_open_under_another_key_or_name(tmp_path: Path) -> None:
    filled(tmp_path).close()
    path, clock = tmp_path / "ledger.db", fixed_clock(NOW)
    Log.open(path, ORIGIN, LOG_KEY, clock=clock).close()
    for origin, key in ((ORIGIN, WITNESS_KEY), ("other", LOG_KEY)):
        with pytest.raises(LedgerError, match="another name or key"):
            Log.open(path, origin, key, clock=clock)


def test_missing_checkpoint_is_signed_at_opening(tmp_path: Path) -> None:
    filled(tmp_path).close()
    path = tmp_path / "ledger.db"
    damage(
        path,
        "DELETE FROM signature WHERE size = 5",
        "DELETE FROM checkpoint WHERE size = 5",
    )
    assert fsck(path, ORIGIN, LOG_PUBLIC) == ["checkpoint: entries 4 .. 4 are not covered yet"]
    log = new_log(tmp_path)
    assert log.checkpoint().size == 5
    assert BANK in log.state.issuers
    log.close()
    assert fsck(path, ORIGIN, LOG_PUBLIC) == []


def test_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "junk.db").write_bytes(b"not a database" * 100)
    with pytest.raises(LedgerError, match="no usable log"):
        LogStore(tmp_path / "junk.db")
    with pytest.raises(LedgerError, match="no file"):
        LogStore(tmp_path / "absent.db")
    new_witness(tmp_path).close()
    with pytest.raises(LedgerError, match="another kind"):
        LogStore(tmp_path / "witness.db")
    with pytest.raises(LedgerError, match="cannot be opened"):
        LogStore(tmp_path / "no" / "folder.db", create=True)
