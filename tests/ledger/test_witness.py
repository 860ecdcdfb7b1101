"""Witnesses: one history for all, remembered across restarts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.building import (
    LOG_KEY,
    LOG_PUBLIC,
    NOW,
    ORIGIN,
    WITNESS,
    WITNESS_KEY,
    WITNESS_PUBLIC,
    anchor,
    filled,
    forked,
    new_witness,
)
from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import note
from zkproof.ledger.checkpoint import Checkpoint, sign_checkpoint
from zkproof.ledger.merkle import EMPTY_ROOT
from zkproof.ledger.witness import LogWitness, NotExtended, Request, WitnessConflict


def test_witness_cosigns_a_log_as_it_grows(tmp_path: Path) -> None:
    log, witness = filled(tmp_path), new_witness(tmp_path)
    old = 0
    for k in (7, 9, 11):
        size = log.append(anchor(k)).checkpoint.size
        line = witness.cosign(log.witness_request(old), now=NOW + k)
        assert log.add_cosignature(size, line).cosigned_at(WITNESS, WITNESS_PUBLIC) == NOW + k
        old = size
    again = witness.cosign(log.witness_request(old), now=NOW + 99)
    assert log.add_cosignature(old, again).cosigned_at(WITNESS, WITNESS_PUBLIC) == NOW + 99


def test_fork_is_not_cosigned_even_after_a_restart(tmp_path: Path) -> None:
    log, fork = filled(tmp_path / "a"), forked(tmp_path / "b")
    witness = new_witness(tmp_path)
    witness.cosign(log.witness_request(0), now=NOW)
    for _ in range(2):
        with pytest.raises(LedgerError, match="does not extend"):
            witness.cosign(fork.witness_request(5), now=NOW)
        with pytest.raises(WitnessConflict) as caught:
            witness.cosign(fork.witness_request(0), now=NOW)
        assert caught.value.size == 5
        witness.close()
        witness = new_witness(tmp_path)
    log.append(anchor(7))
    assert witness.cosign(log.witness_request(5), now=NOW)


def test_other_root_of_the_same_size_is_not_cosigned(tmp_path: Path) -> None:
    log, fork = filled(tmp_path / "a"), forked(tmp_path / "b")
    witness = new_witness(tmp_path)
    right = Request(5, (), log.checkpoint().to_note())
    witness.cosign(replace(right, old_size=0), now=NOW)
    other = fork.store.checkpoint(5)
    assert other is not None
    with pytest.raises(LedgerError, match="does not extend"):
        witness.cosign(replace(right, checkpoint=other.to_note()), now=NOW)
    assert witness.cosign(right, now=NOW)


def test_smaller_checkpoint_is_not_cosigned(tmp_path: Path) -> None:
    log, witness = filled(tmp_path), new_witness(tmp_path)
    witness.cosign(log.witness_request(0), now=NOW)
    smaller = log.store.checkpoint(3)
    assert smaller is not None
    with pytest.raises(DecodeError, match="smaller than"):
        witness.cosign(Request(5, (), smaller.to_note()), now=NOW)
    with pytest.raises(WitnessConflict):
        witness.cosign(Request(3, (), smaller.to_note()), now=NOW)


def test_only_watched_logs_are_cosigned(tmp_path: Path) -> None:
    request = filled(tmp_path).witness_request(0)
    path = tmp_path / "w.db"
    for logs, rule in (
        ({}, "not watched"),
        ({ORIGIN: WITNESS_PUBLIC}, "not signed by the log"),
    ):
        witness = LogWitness(path, WITNESS, WITNESS_KEY, logs)
        with pytest.raises(LedgerError, match=rule):
            witness.cosign(request, now=NOW)
        witness.close()
    assert LogWitness(path, WITNESS, WITNESS_KEY, {ORIGIN: LOG_PUBLIC}).cosign(request, now=NOW)


def test_first_request_carries_no_proof(tmp_path: Path) -> None:
    log = filled(tmp_path)
    request = log.witness_request(0)
    with pytest.raises(LedgerError, match="does not extend"):
        new_witness(tmp_path).cosign(replace(request, consistency=(bytes(32),)), now=NOW)
    assert new_witness(tmp_path).cosign(request, now=NOW)


def empty(root: bytes = EMPTY_ROOT) -> Request:
    return Request(0, (), sign_checkpoint(Checkpoint(ORIGIN, 0, root), LOG_KEY, now=NOW).to_note())


def test_empty_log_is_cosigned_with_the_root_of_the_empty_tree_only(tmp_path: Path) -> None:
    witness, log = new_witness(tmp_path), filled(tmp_path)
    with pytest.raises(NotExtended):
        witness.cosign(empty(bytes(32)), now=NOW)
    with pytest.raises(NotExtended):
        witness.cosign(replace(empty(), consistency=(bytes(32),)), now=NOW)
    for _ in range(2):
        name, blob = witness.cosign(empty(), now=NOW)
        assert (name, blob[4:12]) == (WITNESS, NOW.to_bytes(8, "big"))
    witness.cosign(log.witness_request(0), now=NOW)
    with pytest.raises(WitnessConflict):
        witness.cosign(empty(), now=NOW)


def test_state_of_the_first_version_is_taken_over(tmp_path: Path) -> None:
    """A witness must not forget because its program is newer."""
    log, fork = filled(tmp_path / "a"), forked(tmp_path / "b")
    root = log.checkpoint().root_hash
    with closing(sqlite3.connect(tmp_path / "witness.db")) as db:
        db.executescript(
            """
            CREATE TABLE seen (
                origin TEXT PRIMARY KEY,
                size INTEGER NOT NULL CHECK (size > 0),
                root BLOB NOT NULL CHECK (length(root) = 32)
            ) STRICT;
            PRAGMA application_id=2053860471;
            PRAGMA user_version=1;
            """
        )
        db.execute("INSERT INTO seen VALUES (?, 5, ?)", (ORIGIN, root))
        db.commit()
    witness = new_witness(tmp_path)
    assert witness.newest(ORIGIN) is None
    with pytest.raises(WitnessConflict) as caught:
        witness.cosign(fork.witness_request(0), now=NOW)
    assert caught.value.size == 5
    with pytest.raises(NotExtended):
        witness.cosign(fork.witness_request(5), now=NOW)
    assert witness.cosign(log.witness_request(5), now=NOW)


def test_newest_checkpoint_is_shown_with_the_lines_of_log_and_witness(tmp_path: Path) -> None:
    log, witness = filled(tmp_path), new_witness(tmp_path)
    assert witness.newest(ORIGIN) is None
    strange = note.cosign(log.checkpoint().text(), "stranger", WITNESS_KEY, now=NOW)
    sent = log.checkpoint().with_line(strange).to_note()
    line = witness.cosign(Request(0, (), sent), now=NOW)
    assert witness.newest(ORIGIN) == log.checkpoint().with_line(line).to_note()


def test_request_has_one_form(tmp_path: Path) -> None:
    log = filled(tmp_path)
    data = log.witness_request(3).to_bytes()
    assert Request.from_bytes(data) == log.witness_request(3)
    assert data.startswith(b"old 3\n")
    for changed in (
        b"",
        data.replace(b"old 3", b"old 03"),
        data.replace(b"old 3", b"new 3"),
        data.replace(b"old 3", b"old -3"),
        data.replace(b"old 3\n", b"old 3\n\n\n"),
        data.replace(b"old 3\n", b"old 3\nAAAA\n"),
        data.replace(b"old 3\n", b"old 3\n" + b"x\n" * 64),
        data.replace(b"=\n", b"\n", 1),
        b"\xff" + data,
    ):
        with pytest.raises(DecodeError):
            Checkpoint.from_note(Request.from_bytes(changed).checkpoint)


@settings(max_examples=200)
@given(st.binary(max_size=120))
def test_octets_from_anywhere_are_refused_or_read_back(data: bytes) -> None:
    try:
        request = Request.from_bytes(data)
    except DecodeError:
        return
    assert request.to_bytes() == data
