"""Damage to the file: found, and named."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.ledger.building import (
    LOG_PUBLIC,
    NOW,
    ORIGIN,
    PINS,
    WITNESS,
    WITNESS_PUBLIC,
    filled,
    new_log,
    new_witness,
)
from zkproof.errors import LedgerError
from zkproof.ledger.entries import Entry
from zkproof.ledger.fsck import fsck
from zkproof.ledger.policy import Policy

WITNESSES, ONE = (Policy.of({WITNESS: WITNESS_PUBLIC}, quorum) for quorum in (0, 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed log of five entries, the last checkpoint cosigned."""
    log, witness = filled(tmp_path), new_witness(tmp_path)
    log.add_cosignature(5, witness.cosign(log.witness_request(0), now=NOW))
    log.close()
    return tmp_path / "ledger.db"


def test_whole_log_has_no_findings(path: Path) -> None:
    assert fsck(path, ORIGIN, LOG_PUBLIC, policy=WITNESSES) == []


def test_check_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    fsck(path, ORIGIN, LOG_PUBLIC, policy=WITNESSES)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE entry SET data = x'00' WHERE position = 2", "entry 2: does not match its leaf"),
        ("UPDATE entry SET data = x'00' WHERE position = 2", "entry 2: entry:"),
        ("UPDATE entry SET leaf = zeroblob(32) WHERE position = 2", "entry 2: does not match"),
        ("DELETE FROM entry WHERE position = 2", "entry 2: missing"),
        ("DELETE FROM entry WHERE position = 4", "checkpoint 5: covers entries that are not there"),
        ("UPDATE entry SET position = 9 WHERE position = 4", "entry 4: missing"),
        ("UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND position = 1", "node 1/1: not"),
        ("DELETE FROM node WHERE level = 2", "nodes: 2 stored, 3 expected"),
        ("INSERT INTO node VALUES (1, 2, zeroblob(32))", "node 1/2: over entries"),
        ("DELETE FROM checkpoint WHERE size = 5", "entries 4 .. 4 are not covered"),
        ("UPDATE checkpoint SET root = zeroblob(32) WHERE size = 3", "checkpoint 3: root does not"),
        ("UPDATE checkpoint SET root = zeroblob(32) WHERE size = 3", "checkpoint 3: note: the"),
        ("UPDATE checkpoint SET origin = 'x' WHERE size = 3", "checkpoint 3: not signed by"),
        ("DELETE FROM signature WHERE size = 3", "checkpoint 3: not signed by the log's key"),
        (
            "UPDATE signature SET signature = zeroblob(72) WHERE name = 'witness.test/w1'",
            f"the cosignature of {WITNESS} does not hold",
        ),
        ("PRAGMA user_version = 9", "written by another version"),
        ("DROP TABLE node", "tables: no such table node"),
        ("DROP TABLE node", "is damaged (no such table: node)"),
        ("ALTER TABLE entry ADD COLUMN note TEXT", "tables: table entry has other columns"),
        ("ALTER TABLE entry RENAME COLUMN leaf TO hash", "tables: table entry has other columns"),
        ("ALTER TABLE signature RENAME TO mark", "tables: foreign table mark"),
        ("CREATE TABLE mine (x)", "tables: foreign table mine"),
        ("CREATE VIEW mine AS SELECT data FROM entry", "tables: foreign view mine"),
        ("CREATE INDEX mine ON entry (data)", "tables: foreign index mine"),
        (
            "CREATE TRIGGER mine AFTER INSERT ON entry BEGIN DELETE FROM signature; END",
            "tables: foreign trigger mine",
        ),
        ("INSERT INTO signature VALUES (9, 'x', x'00000000', x'00')", "signatures: 1 of"),
    ],
)
def test_edit_is_named(path: Path, damage: str, said: str) -> None:
    with sqlite3.connect(path) as db:
        db.execute(damage)
    db.close()
    found = fsck(path, ORIGIN, LOG_PUBLIC, policy=WITNESSES)
    assert any(said in line for line in found), found


@pytest.mark.parametrize("kind", ["INTEGER", "ANY"])
def test_column_of_another_type_is_named(path: Path, kind: str) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, 'data BLOB', ?) WHERE name = 'entry'",
            (f"data {kind}",),
        )
    db.close()
    found = fsck(path, ORIGIN, LOG_PUBLIC)
    assert "tables: table entry has other columns or rules" in found or any(
        line.startswith("database: ") for line in found
    ), found


@pytest.mark.parametrize("statement", ["ANALYZE", "VACUUM"])
def test_upkeep_of_the_database_is_no_finding(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as db:
        db.execute(statement)
    db.close()
    assert fsck(path, ORIGIN, LOG_PUBLIC, policy=ONE) == []


def test_file_with_a_foreign_trigger_is_not_written_to(path: Path) -> None:
    log = new_log(path.parent)
    log.close()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TRIGGER mine AFTER INSERT ON entry BEGIN DELETE FROM signature; END")
    db.close()
    with pytest.raises(LedgerError, match="foreign trigger mine"):
        new_log(path.parent)


def test_file_without_the_quorum_of_the_pins_is_a_finding(path: Path) -> None:
    """Every reader with these pins refuses it."""
    assert fsck(path, ORIGIN, LOG_PUBLIC, policy=ONE) == []
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM signature WHERE name = ?", (WITNESS,))
    db.close()
    assert fsck(path, ORIGIN, LOG_PUBLIC, policy=WITNESSES) == []
    assert fsck(path, ORIGIN, LOG_PUBLIC, policy=ONE) == [
        f"checkpoint: none has the cosignatures that readers need (1 of {WITNESS})"
    ]


def test_other_governance_root_is_a_finding(path: Path) -> None:
    assert fsck(path, ORIGIN, LOG_PUBLIC, root=PINS.root) == []
    found = fsck(path, ORIGIN, LOG_PUBLIC, root=bytes(32))
    assert found == ["entry 0: not the pinned governance root"]


def test_other_key_is_named(path: Path) -> None:
    found = fsck(path, ORIGIN, WITNESS_PUBLIC)
    assert found == [f"checkpoint {n}: not signed by the log's key" for n in range(1, 6)]


def test_file_cut_short_anywhere_is_noticed(path: Path) -> None:
    whole = path.read_bytes()
    assert len(whole) % 4096 == 0
    cut = path.with_name("cut.db")
    for length in (*range(0, len(whole), 4096), 1, 50, 99, len(whole) - 1):
        cut.write_bytes(whole[:length])
        assert fsck(cut, ORIGIN, LOG_PUBLIC), length
        for left in path.parent.glob("cut.db-*"):
            left.unlink()
    cut.write_bytes(whole)
    assert fsck(cut, ORIGIN, LOG_PUBLIC) == []


def test_octets_overwritten_on_disk_are_noticed(path: Path) -> None:
    """One octet in the middle of what each of the entries says."""
    with sqlite3.connect(path) as db:
        entries = [bytes(row[0]) for row in db.execute("SELECT data FROM entry")]
    db.close()
    whole = path.read_bytes()
    for position, data in enumerate(entries):
        middle = Entry.from_bytes(data).nonce
        assert whole.count(middle) == 1
        path.write_bytes(whole.replace(middle, bytes([middle[0] ^ 1]) + middle[1:]))
        found = fsck(path, ORIGIN, LOG_PUBLIC)
        assert f"entry {position}: does not match its leaf hash" in found
    path.write_bytes(whole)
    assert fsck(path, ORIGIN, LOG_PUBLIC) == []


def test_absent_file_is_named(tmp_path: Path) -> None:
    assert fsck(tmp_path / "absent.db", ORIGIN, LOG_PUBLIC) == ["ledger: no file absent.db"]
