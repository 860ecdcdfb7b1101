"""Entries: one encoding, what signatures cover, and what has no place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.building import (
    ADMIN,
    BANK,
    LEDGER,
    NOW,
    SCHEMA,
    after,
    anchor,
    authority,
    by_bank,
    epoch,
    genesis,
    governed,
    policy,
    registration,
    rotation,
    verifier_registration,
)
from zkproof.codec import decode, encode
from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger.bodies import TYPES
from zkproof.ledger.entries import MAX_ENTRY_BYTES, Entry, make_entry
from zkproof.ledger.fold import apply

SAMPLES = {
    each.type: each
    for each in (
        genesis(),
        registration(),
        rotation(),
        authority(),
        epoch(1),
        anchor(),
        policy(),
        verifier_registration(),
        by_bank("schema-publish", {"schema": SCHEMA.to_bytes()}),
        governed("registry-publish", {"registry": "r", "version": 1, "issuers": [BANK]}),
    )
}


@pytest.mark.parametrize("entry", SAMPLES.values(), ids=SAMPLES.keys())
def test_entry_reads_back_as_written(entry: Entry) -> None:
    assert Entry.from_bytes(entry.to_bytes()) == entry


def test_changed_octet_of_an_entry_is_refused() -> None:
    state, data = after(), anchor().to_bytes()
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        with pytest.raises((DecodeError, LedgerError)):
            apply(state, Entry.from_bytes(bytes(changed)))
    apply(state, Entry.from_bytes(data))


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_octets_from_anywhere_are_refused_or_read_back(data: bytes) -> None:
    try:
        entry = Entry.from_bytes(data)
    except DecodeError:
        return
    assert entry.to_bytes() == data


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": True},
        {"ledger": ""},
        {"ledger": "two\nlines"},
        {"author": 1},
        {"time": -1},
        {"time": 1 << 53},
        {"time": True},
        {"nonce": bytes(15)},
        {"type": "no-such-type"},
        {"type": 7},
        {"body": []},
        {"body": {}},
        {"signatures": []},
        {"signatures": [{"key": bytes(32)}]},
        {"signatures": [{"key": bytes(31), "signature": bytes(64)}]},
        {"signatures": [[bytes(32), bytes(64)]]},
        {"more": 1},
    ],
)
def test_envelope_has_one_form(change: dict[str, Any]) -> None:
    data = anchor().to_bytes()
    table = decode(data, field="entry")
    assert Entry.from_bytes(encode(table)).to_bytes() == data
    with pytest.raises(DecodeError, match=r"^entry"):
        Entry.from_bytes(encode({**table, **change}))


@pytest.mark.parametrize("kind", SAMPLES)
def test_body_has_exactly_the_fields_of_its_type(kind: str) -> None:
    body = dict(SAMPLES[kind].body)
    make_entry(LEDGER, kind, BANK, body, ADMIN, now=NOW)
    with pytest.raises(DecodeError, match=r"entry\.body\.holder: no field of it"):
        make_entry(LEDGER, kind, BANK, {**body, "holder": "Chan"}, ADMIN, now=NOW)
    for name in body:
        missing = {key: value for key, value in body.items() if key != name}
        with pytest.raises(DecodeError, match=rf"entry\.body\.{name}: missing"):
            make_entry(LEDGER, kind, BANK, missing, ADMIN, now=NOW)
        refused: list[Any] = [-1, 1.5, "", "two\x00parts", b"", [b""], {}, True]
        for wrong in refused:
            with pytest.raises(DecodeError, match=f"body.{name}"):
                make_entry(LEDGER, kind, BANK, {**body, name: wrong}, ADMIN, now=NOW)


def test_list_with_a_repetition_is_refused() -> None:
    body = {"registry": "r", "version": 1, "issuers": [BANK]}
    governed("registry-publish", body)
    with pytest.raises(DecodeError, match="issuers"):
        governed("registry-publish", {**body, "issuers": [BANK, BANK]})


def test_there_is_no_field_for_personal_data() -> None:
    fields = {name for body in TYPES.values() for name in body}
    assert not fields & {
        "attributes",
        "credential",
        "holder",
        "presentation",
        "proof",
        "pseudonym",
        "record_id",
        "values",
    }


def test_entry_too_long_for_a_bundle_is_refused() -> None:
    body = {"schema": bytes(MAX_ENTRY_BYTES - 400)}
    data = by_bank("schema-publish", body).to_bytes()
    Entry.from_bytes(data)
    longer = by_bank("schema-publish", {"schema": bytes(MAX_ENTRY_BYTES)}).to_bytes()
    with pytest.raises(DecodeError, match="at most 65535"):
        Entry.from_bytes(longer)


def test_signature_covers_every_part_of_the_envelope() -> None:
    entry = anchor()
    assert entry.valid_signers() == {ADMIN.public_key}
    for changed in (
        replace(entry, ledger_id="other"),
        replace(entry, type="document-revoke"),
        replace(entry, author="governance"),
        replace(entry, time=NOW + 1),
        replace(entry, nonce=bytes(16)),
        replace(entry, body={**entry.body, "sm3": bytes(32)}),
        replace(entry, signatures=()),
        replace(entry, signatures=entry.signatures * 2),
    ):
        assert changed.valid_signers() == frozenset()
