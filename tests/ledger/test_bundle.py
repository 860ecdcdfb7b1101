"""Offline bundles: what one file proves without a network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.building import (
    BANK,
    NOW,
    PINS,
    WITNESS_PUBLIC,
    WITNESSED,
    anchor,
    filled,
    new_witness,
)
from zkproof.codec import decode, encode
from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger.bundle import Bundle, make_bundle, read_bundle, verify_bundle
from zkproof.ledger.checkpoint import Checkpoint


def test_bundle_proves_every_entry_offline(tmp_path: Path) -> None:
    log = filled(tmp_path)
    for position in range(5):
        data = make_bundle(log, position).to_bytes()
        included = verify_bundle(Bundle.from_bytes(data), PINS, now=NOW + 5)
        assert included.entry.to_bytes() == log.store.entries()[position]
        assert (included.position, included.size, included.attested_at) == (position, 5, NOW)
    assert verify_bundle(make_bundle(log, 1), PINS, now=NOW).entry.body["issuer"] == BANK
    with pytest.raises(LedgerError, match="no such entry"):
        make_bundle(log, 5)


def test_bundle_that_was_changed_is_refused(tmp_path: Path) -> None:
    log = filled(tmp_path)
    bundle = make_bundle(log, 1)
    older = log.store.checkpoint(4)
    assert older is not None
    verify_bundle(bundle, PINS, now=NOW)
    for changed, rule in (
        (replace(bundle, position=2), "not included"),
        (replace(bundle, position=7), "not included"),
        (replace(bundle, entry=log.store.entries(2, 3)[0]), "not included"),
        (replace(bundle, proof=bundle.proof[:-1]), "not included"),
        (replace(bundle, proof=(*bundle.proof, bytes(32))), "not included"),
        (replace(bundle, checkpoint=older.to_note()), "not included"),
    ):
        with pytest.raises(LedgerError, match=rule):
            verify_bundle(changed, PINS, now=NOW)
    for pins, rule in (
        (replace(PINS, log_key=WITNESS_PUBLIC), "pinned log"),
        (replace(PINS, ledger_id="other"), "another ledger"),
        (WITNESSED, "needed"),
    ):
        with pytest.raises(LedgerError, match=rule):
            verify_bundle(bundle, pins, now=NOW)


def test_bundle_waits_for_a_checkpoint_with_the_quorum(tmp_path: Path) -> None:
    log = filled(tmp_path)
    with pytest.raises(LedgerError, match="no such checkpoint yet"):
        make_bundle(log, 1, quorum=1)
    log.add_cosignature(5, new_witness(tmp_path).cosign(log.witness_request(0), now=NOW - 9))
    log.append(anchor(7))
    bundle = make_bundle(log, 1, quorum=1)
    assert Checkpoint.from_note(bundle.checkpoint).size == 5
    assert verify_bundle(bundle, WITNESSED, now=NOW).attested_at == NOW - 9
    with pytest.raises(LedgerError, match="no such entry"):
        make_bundle(log, 5, quorum=1)


def test_changed_octet_of_a_bundle_is_refused(tmp_path: Path) -> None:
    data = make_bundle(filled(tmp_path), 1).to_bytes()
    whole = verify_bundle(Bundle.from_bytes(data), PINS, now=NOW)
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        try:
            found = verify_bundle(Bundle.from_bytes(bytes(changed)), PINS, now=NOW)
        except (DecodeError, LedgerError):
            continue
        # A changed key id or name turns a signature line into a stranger's, which is passed over
        # as long as the others suffice; what is proven stays the same.
        assert found == whole


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": True},
        {"position": -1},
        {"position": True},
        {"proof": [bytes(31)]},
        {"proof": [bytes(32)] * 65},
        {"proof": b""},
        {"entry": ""},
        {"checkpoint": None},
        {"more": 1},
    ],
)
def test_bundle_has_one_form(tmp_path: Path, change: dict[str, Any]) -> None:
    data = make_bundle(filled(tmp_path), 1).to_bytes()
    table = decode(data, field="bundle")
    assert Bundle.from_bytes(encode(table)).to_bytes() == data
    with pytest.raises(DecodeError, match=r"^bundle"):
        Bundle.from_bytes(encode({**table, **change}))


def test_bundle_as_a_proof_file_has_one_form(tmp_path: Path) -> None:
    log = filled(tmp_path)
    made = make_bundle(log, 1)
    data = made.to_proof()
    assert data.startswith(b"c2sp.org/tlog-proof@v1\nextra ")
    assert Bundle.from_proof(data) == made == read_bundle(data) == read_bundle(made.to_bytes())
    extra = data.split(b"\n")[1] + b"\n"
    bare = data.replace(extra, b"")
    assert Bundle.from_proof(bare, entry=made.entry) == made
    with pytest.raises(DecodeError, match="holds no entry"):
        Bundle.from_proof(bare)
    with pytest.raises(DecodeError, match="not this entry"):
        Bundle.from_proof(data, entry=b"another")
    for changed, rule in (
        (data.replace(b"@v1", b"@v2"), "another format"),
        (data.replace(b"index 1", b"index 01"), "canonical"),
        (data.replace(b"index 1", b"index -1"), "position"),
        (data.replace(b"index 1", b"index 1\nAAAA"), "hashes"),
        (data.replace(b"index 1", b"index 1\n" + b"A" * 43 + b"="), None),
        (data.replace(b"\n\n", b"\n", 1), None),
        (b"", "lines"),
        (data[: data.index(b"index")] + b"\n" + data[data.index(b"\n\n") :], "position"),
        (b"c2sp.org/tlog-proof@v1\n" * 20_000 + data, "longer"),
    ):
        with pytest.raises((DecodeError, LedgerError), match=rule):
            verify_bundle(Bundle.from_proof(changed), PINS, now=NOW)


def test_changed_octet_of_a_proof_file_is_refused(tmp_path: Path) -> None:
    data = make_bundle(filled(tmp_path), 3).to_proof()
    whole = verify_bundle(Bundle.from_proof(data), PINS, now=NOW)
    signatures = data.index("\u2014".encode())
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        try:
            found = verify_bundle(Bundle.from_proof(bytes(changed)), PINS, now=NOW)
        except (DecodeError, LedgerError):
            continue
        # A changed key id or name makes a stranger's line of a signature.
        assert position >= signatures
        assert found == whole
