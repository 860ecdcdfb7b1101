"""The log: who may say what, what a reader believes, and what a crash or an edit leaves."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.ledger.building import (
    ADMIN,
    BANK,
    GOVERNORS,
    LEDGER,
    LOG_KEY,
    LOG_PUBLIC,
    NOW,
    PINS,
    VERIFIER,
    bank_key,
    by_bank,
    genesis,
    governed,
    new_log,
    registration,
    rotation,
)
from zkproof.credential.ed25519 import Ed25519Signer
from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger.bundle import Bundle, make_bundle, verify_bundle
from zkproof.ledger.checkpoint import Checkpoint, LogWitness
from zkproof.ledger.entries import TYPES, Entry, make_entry
from zkproof.ledger.fsck import fsck
from zkproof.ledger.log import Log
from zkproof.ledger.possession import prove_possession
from zkproof.ledger.reader import LedgerReader, Pins
from zkproof.ledger.state import fold
from zkproof.ledger.store import LogStore
from zkproof_circuits import library

SCHEMA = library.schema("deposit-certificate").to_bytes()


def after(*entries: Entry) -> Any:
    return fold([genesis(), registration(), *entries])


def anchor(k: int = 1) -> Entry:
    return by_bank("document-anchor", {"sha256": bytes([k]) * 32, "sm3": bytes([k + 1]) * 32})


def test_state_says_what_the_entries_said() -> None:
    listed = {"registry": "mo-banks", "version": 1, "issuers": [BANK]}
    verifier = {
        "verifier": "did:web:v",
        "name": "V",
        "key": "1",
        "public_key": VERIFIER.public_key,
    }
    state = after(
        by_bank("schema-publish", {"schema": SCHEMA}),
        governed("registry-publish", listed),
        governed("verifier-register", verifier),
        rotation(),
        anchor(),
        by_bank("document-revoke", {"sha256": b"\1" * 32}),
    )
    view = state.trust_view(8, bytes(32), NOW)
    assert view.registries == {"mo-banks": frozenset({BANK})}
    assert list(view.schemas) == [library.schema("deposit-certificate").digest]
    keys = view.issuers[BANK].keys
    assert keys["2026-1"].not_after == NOW + 86_400
    assert keys["2027-1"].public_key == bank_key(9).public_key.octets
    assert state.documents[b"\1" * 32][2] is True
    assert state.verifiers["did:web:v"].public_key == VERIFIER.public_key


def suspend() -> Entry:
    return governed("issuer-suspend", {"issuer": BANK, "reason": "supervision"})


def revoke(author: str = BANK) -> Entry:
    body = {"issuer": BANK, "key": "2026-1", "reason": "lost"}
    return (
        by_bank("issuer-revoke-key", body)
        if author == BANK
        else governed("issuer-revoke-key", body)
    )


def test_revocation_and_suspension_are_seen() -> None:
    assert after(revoke()).issuers[BANK].keys["2026-1"].revoked_at == NOW
    assert after(revoke("governance")).issuers[BANK].keys["2026-1"].revoked_at == NOW
    assert after(suspend()).issuers[BANK].suspended
    again = governed("issuer-reinstate", {"issuer": BANK})
    assert not after(suspend(), again).issuers[BANK].suspended


def resigned(entry: Entry, *signers: Ed25519Signer) -> Entry:
    return replace(entry, signatures=()).signed_by(*signers)


STRANGER = Ed25519Signer.from_octets(b"\x77" * 32)
OTHER = "did:web:bank-b.mo"
REFUSED: dict[str, tuple[list[Entry], Entry]] = {
    "second root": ([], genesis()),
    "too few governors": ([], resigned(suspend(), GOVERNORS[0])),
    "a stranger among governors": ([], resigned(suspend(), *GOVERNORS[:2], STRANGER)),
    "one governor twice": ([], resigned(suspend(), GOVERNORS[0], GOVERNORS[0])),
    "issuer suspends itself": ([], by_bank("issuer-suspend", {"issuer": BANK, "reason": "x"})),
    "stranger signs for the bank": ([], resigned(anchor(), STRANGER)),
    "unknown author": ([], replace(anchor(), author=OTHER)),
    "another ledger": ([], resigned(replace(anchor(), ledger_id="other"), ADMIN)),
    "dated back": ([], resigned(replace(anchor(), time=NOW - 301), ADMIN)),
    "suspended issuer": ([suspend()], anchor()),
    "suspended twice": ([suspend()], suspend()),
    "document twice": ([anchor()], anchor()),
    "document never anchored": ([], by_bank("document-revoke", {"sha256": b"\5" * 32})),
    "revoked twice": ([revoke()], revoke()),
    "key of no such issuer": (
        [],
        governed("issuer-revoke-key", {"issuer": OTHER, "key": "2026-1", "reason": "x"}),
    ),
    "rotation from a revoked key": ([revoke()], rotation()),
    "key id used before": ([rotation()], rotation(key="2026-1", replaces="2027-1")),
    "key without possession": ([], rotation(possession=bytes(80))),
    "possession for another id": (
        [],
        rotation(possession=prove_possession(bank_key(9), LEDGER, BANK, "2028")),
    ),
    "public key of another": ([], registration(OTHER, 1)),
    "issuer twice": ([], registration()),
    "schema twice": (
        [by_bank("schema-publish", {"schema": SCHEMA})],
        by_bank("schema-publish", {"schema": SCHEMA}),
    ),
    "schema that is none": ([], by_bank("schema-publish", {"schema": b"\xa0"})),
    "registry of the unknown": (
        [],
        governed("registry-publish", {"registry": "r", "version": 1, "issuers": [OTHER]}),
    ),
    "registry going back": (
        [governed("registry-publish", {"registry": "r", "version": 2, "issuers": [BANK]})],
        governed("registry-publish", {"registry": "r", "version": 2, "issuers": []}),
    ),
    "verifier's entry by an issuer": (
        [],
        by_bank("receipt-head", {"size": 1, "head": bytes(32)}),
    ),
}


@pytest.mark.parametrize(("before", "entry"), REFUSED.values(), ids=REFUSED.keys())
def test_entry_that_breaks_a_rule_is_refused(before: list[Entry], entry: Entry) -> None:
    state = after(*before)
    copy = state.copy()
    with pytest.raises(LedgerError, match="entry"):
        state.apply(entry)
    assert (state.issuers, state.documents, state.schemas) == (
        copy.issuers,
        copy.documents,
        copy.schemas,
    )


def test_first_entry_is_the_root_signed_by_its_own_keys() -> None:
    assert fold([genesis()]).threshold == 2
    for wrong in (registration(), resigned(genesis(), GOVERNORS[0]), genesis(threshold=0)):
        with pytest.raises(LedgerError):
            fold([wrong])


def test_entries_have_no_place_for_personal_data() -> None:
    fields = {name for body in TYPES.values() for name in body}
    assert not fields & {"attributes", "values", "proof", "pseudonym", "record", "rid", "holder"}
    with pytest.raises(DecodeError, match="not the fields"):
        by_bank("document-anchor", {"sha256": bytes(32), "sm3": bytes(32), "name": "Chan"})


def test_changed_octet_of_an_entry_is_refused() -> None:
    data = anchor().to_bytes()
    assert Entry.from_bytes(data).to_bytes() == data
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        with pytest.raises((DecodeError, LedgerError)):
            after(Entry.from_bytes(bytes(changed)))


def filled(folder: Path) -> Log:
    log = new_log(folder)
    for entry in (genesis(), registration(), anchor(1), anchor(3), anchor(5)):
        log.append(entry)
    return log


def test_reader_follows_and_believes_only_what_it_verified(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    reader = LedgerReader(PINS)
    for entry in (genesis(), registration(), anchor(1), anchor(3)):
        old = reader.size
        appended = log.append(entry)
        proof = log.consistency_proof(old, appended.checkpoint.size) if old else []
        reader.update(appended.checkpoint.to_note(), log.store.entries(old), proof, now=NOW)
    view = reader.trust_view()
    assert view == replace(log.trust_view(as_of=NOW), as_of=NOW)
    assert view.tree_size == 4


def test_reader_refuses_rollback_split_view_and_strangers(tmp_path: Path) -> None:
    log = filled(tmp_path)
    entries = log.store.entries()
    newest = log.checkpoint()

    def fresh() -> LedgerReader:
        return LedgerReader(PINS)

    fresh().update(newest.to_note(), entries, [], now=NOW)
    with pytest.raises(LedgerError, match="do not hash"):
        fresh().update(newest.to_note(), entries[:-1], [], now=NOW)
    with pytest.raises(LedgerError, match="do not hash"):
        fresh().update(newest.to_note(), [*entries[:-1], entries[0]], [], now=NOW)
    with pytest.raises(LedgerError, match="pinned log"):
        LedgerReader(replace(PINS, log_key=bytes(32))).update(
            newest.to_note(), entries, [], now=NOW
        )
    with pytest.raises(LedgerError, match="not the pinned one"):
        LedgerReader(replace(PINS, ledger_id="other")).update(
            newest.to_note(), entries, [], now=NOW
        )
    followed = fresh()
    followed.update(newest.to_note(), entries, [], now=NOW)
    smaller = Checkpoint.from_note(log.store.checkpoints()[2])
    with pytest.raises(LedgerError, match="smaller"):
        followed.update(smaller.to_note(), [], [], now=NOW)
    (tmp_path / "fork").mkdir()
    fork = new_log(tmp_path / "fork")
    for entry in (genesis(), registration(), *(anchor(k) for k in (11, 13, 15, 17))):
        fork.append(entry)
    with pytest.raises(LedgerError, match="does not extend"):
        followed.update(
            fork.checkpoint().to_note(),
            fork.store.entries(5),
            fork.consistency_proof(5, 6),
            now=NOW,
        )


def test_witnesses_keep_the_log_to_one_history(tmp_path: Path) -> None:
    log = filled(tmp_path)
    witness = LogWitness("witness.test", Ed25519PrivateKey.from_private_bytes(b"\x31" * 32))
    pins = replace(PINS, witnesses={"witness.test": witness.public_key}, quorum=1)
    newest = log.checkpoint()
    with pytest.raises(LedgerError, match="witnesses"):
        LedgerReader(pins).update(newest.to_note(), log.store.entries(), [], now=NOW)
    log.add_cosignatures(witness.cosign(newest, [], now=NOW))
    LedgerReader(pins).update(log.checkpoint().to_note(), log.store.entries(), [], now=NOW)
    (tmp_path / "fork").mkdir()
    fork = new_log(tmp_path / "fork")
    for entry in (genesis(), registration(), *(anchor(k) for k in (11, 13, 15, 17))):
        fork.append(entry)
    with pytest.raises(LedgerError, match="does not extend"):
        witness.cosign(fork.checkpoint(), fork.consistency_proof(5, 6), now=NOW)


def test_bundle_proves_an_entry_offline(tmp_path: Path) -> None:
    log = filled(tmp_path)
    bundle = make_bundle(log, 1)
    assert Bundle.from_bytes(bundle.to_bytes()) == bundle
    assert verify_bundle(bundle, PINS).body["issuer"] == BANK
    for changed in (
        replace(bundle, position=2),
        replace(bundle, entry=log.store.entries(2, 3)[0]),
        replace(bundle, proof=bundle.proof[:-1]),
        replace(bundle, checkpoint=log.store.checkpoints()[3]),
    ):
        with pytest.raises(LedgerError):
            verify_bundle(changed, PINS)
    with pytest.raises(LedgerError, match="pinned log"):
        verify_bundle(bundle, Pins(LEDGER, LEDGER, bytes(32)))


def test_notes_have_one_form(tmp_path: Path) -> None:
    note = filled(tmp_path).checkpoint().to_note()
    assert Checkpoint.from_note(note).to_note() == note
    for changed in (
        note[:-1],
        note + b"\n",
        note.replace(b"\n5\n", b"\n05\n"),
        note.replace(b"\n5\n", b"\n-5\n"),
        note.replace(b"\n\n", b"\n"),
        note.replace("\u2014 ".encode(), b"- "),
        b"",
        b"\xff" * 20,
    ):
        with pytest.raises(DecodeError, match="checkpoint"):
            Checkpoint.from_note(changed)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE entry SET data = x'00' WHERE position = 2", "leaf hash"),
        ("DELETE FROM entry WHERE position = 2", "missing"),
        ("DELETE FROM entry WHERE position = 4", "not there"),
        ("DELETE FROM checkpoint WHERE size = 5", "not covered"),
        ("UPDATE checkpoint SET note = x'00' WHERE size = 3", "checkpoint"),
    ],
)
def test_fsck_names_the_damage(tmp_path: Path, damage: str, said: str) -> None:
    log = filled(tmp_path)
    assert fsck(log.store, LEDGER, LOG_PUBLIC) == []
    log.store.close()
    with sqlite3.connect(tmp_path / "ledger.db") as db:
        db.execute(damage)
    db.close()
    found = fsck(LogStore(tmp_path / "ledger.db"), LEDGER, LOG_PUBLIC)
    assert any(said in line for line in found), found


def test_edited_log_does_not_open(tmp_path: Path) -> None:
    filled(tmp_path).store.close()
    Log.open(tmp_path / "ledger.db", LEDGER, LOG_KEY).store.close()
    with sqlite3.connect(tmp_path / "ledger.db") as db:
        db.execute("DELETE FROM entry WHERE position = 1")
    db.close()
    with pytest.raises(LedgerError, match="entry 1"):
        Log.open(tmp_path / "ledger.db", LEDGER, LOG_KEY)


def test_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "junk.db").write_bytes(b"not a database" * 100)
    with pytest.raises(LedgerError, match="no usable log"):
        LogStore(tmp_path / "junk.db")
    with pytest.raises(LedgerError, match="no file"):
        LogStore(tmp_path / "absent.db")


APPENDING = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.ledger.building import LEDGER, LOG_KEY, by_bank
from zkproof.ledger.log import Log
log = Log.open(Path(sys.argv[1]), LEDGER, LOG_KEY)
n = log.store.size()
while True:
    n += 1
    digest = n.to_bytes(32, "big")
    done = log.append(by_bank("document-anchor", {"sha256": digest, "sm3": digest}))
    print(done.position, flush=True)
"""


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    log.append(genesis())
    log.append(registration())
    log.store.close()
    acknowledged = 1
    root = str(Path(__file__).parents[2])
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", APPENDING, str(tmp_path / "ledger.db"), root],
            stdout=subprocess.PIPE,
            env={**os.environ},
        )
        assert process.stdout is not None
        for _ in range(5):
            acknowledged = int(process.stdout.readline())
        time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
        process.stdout.close()
        process.wait()
        acknowledged = max([acknowledged, *(int(each) for each in rest)])
        reopened = Log.open(tmp_path / "ledger.db", LEDGER, LOG_KEY)
        assert reopened.store.size() > acknowledged
        assert fsck(reopened.store, LEDGER, LOG_PUBLIC) == []
        reopened.store.close()


def test_two_writers_do_not_overwrite_each_other(tmp_path: Path) -> None:
    first = filled(tmp_path)
    second = Log.open(tmp_path / "ledger.db", LEDGER, LOG_KEY)
    positions = [
        log.append(anchor(k)).position for k, log in ((21, first), (23, second), (25, first))
    ]
    assert positions == [5, 6, 7]
    assert fsck(first.store, LEDGER, LOG_PUBLIC) == []
    with pytest.raises(LedgerError, match="anchored before"):
        second.append(anchor(25))


def test_verifier_publishes_heads_of_its_receipt_log() -> None:
    verifier = {
        "verifier": "did:web:v",
        "name": "V",
        "key": "1",
        "public_key": VERIFIER.public_key,
    }

    def head(size: int) -> Entry:
        body = {"size": size, "head": bytes(32)}
        return make_entry(LEDGER, "receipt-head", "did:web:v", body, VERIFIER, now=NOW)

    state = after(governed("verifier-register", verifier), head(3), head(7))
    assert [size for size, _ in state.verifiers["did:web:v"].receipt_heads] == [3, 7]
    with pytest.raises(LedgerError, match="only grow"):
        state.apply(head(7))
