"""The JSON files that programs read back: each field missing, surplus or of another type."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.building import LOG_KEY, ORIGIN, PINS
from tests.presentation.building import VERIFIER
from tests.presentation.test_parsers import edited
from zkproof.errors import DecodeError
from zkproof.issuer.folder import REGISTRATION, Registration
from zkproof.issuer.issuer import Issuer
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.believed import Believed, Kept
from zkproof.ledger.checkpoint import Checkpoint, sign_checkpoint
from zkproof.ledger.pins import Pins
from zkproof.ledger.registrations import verifier_registration
from zkproof.verifier.registration import to_json

NOTE = sign_checkpoint(Checkpoint(ORIGIN, 7, bytes(range(32))), LOG_KEY, now=1)


def _pins(data: bytes) -> Any:
    return json.loads(Pins.from_json(data).to_json())


def _believed(data: bytes) -> Any:
    return json.loads(Believed.from_json(data).to_json())


def _verifier(data: bytes) -> Any:
    body = verifier_registration(data, field="verifier.json")
    return {**body, "public_key": body["public_key"].hex()}


READERS: dict[str, tuple[bytes, Callable[[bytes], Any]]] = {
    "pins": (PINS.to_json(), _pins),
    "believed": (Believed(bytes(32), NOTE, Kept(7, bytes(32))).to_json(), _believed),
    "verifier.json": (to_json(VERIFIER, Ed25519Signer.generate()), _verifier),
}
NO_VALUE: tuple[Any, ...] = (True, [], -1)
"""What no field of these files can hold."""

OTHERS: tuple[Any, ...] = (None, {}, "", "other", "Zz", "x" * 300, 1 << 60)


def _without(table: dict[str, Any], name: str) -> bytes:
    return json.dumps({key: value for key, value in table.items() if key != name}).encode()


@pytest.mark.parametrize("name", READERS)
def test_field_that_does_not_fit_is_named(name: str) -> None:
    data, read = READERS[name]
    table = json.loads(data)
    assert read(data) == table
    for field in table:
        with pytest.raises(DecodeError) as caught:
            read(_without(table, field))
        assert caught.value.field == f"{name}.{field}"
        for wrong in NO_VALUE:
            with pytest.raises(DecodeError) as caught:
                read(json.dumps({**table, field: wrong}).encode())
            assert caught.value.field.startswith(f"{name}.{field}")
        for other in OTHERS:
            changed = {**table, field: other}
            try:
                assert read(json.dumps(changed).encode()) == changed
            except DecodeError:
                continue
    with pytest.raises(DecodeError, match=r"surplus: no field of it"):
        read(json.dumps({**table, "surplus": 1}).encode())


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60)
@given(edits=st.data())
def test_edited_file_is_refused_or_means_exactly_what_it_says(
    name: str, edits: st.DataObject
) -> None:
    data, read = READERS[name]
    changed = edited(data, edits)
    try:
        found = read(changed)
    except DecodeError:
        return
    assert found == json.loads(changed)


@pytest.mark.parametrize("ledger_id", [None, "ledger.test"])
def test_field_of_an_issuers_file_that_does_not_fit_is_named(
    tmp_path: Path, ledger_id: str | None
) -> None:
    folder = tmp_path / "issuer"
    issuer = Issuer.create(
        "did:web:bank.example", "Bank", folder=folder, passphrase="p", ledger_id=ledger_id
    )
    path = folder / REGISTRATION
    assert Registration.read(folder).name.name == "Bank"
    Registration.read(folder).with_key("2", 5).with_key("3", 9).save(folder)
    assert Registration.read(folder).key_ids == ("1", "2", "3")
    issuer.records.close()
    good = json.loads(path.read_text())

    def refused(table: Any, said: str) -> None:
        path.write_text(json.dumps(table))
        with pytest.raises(DecodeError) as caught:
            Registration.read(folder)
        assert said in caught.value.message
        assert caught.value.field.startswith(str(path))

    for field in set(good) - {"later", "ledger"}:
        refused({key: value for key, value in good.items() if key != field}, f".{field}: missing")
        for wrong in (*NO_VALUE, None, {}, ""):
            refused({**good, field: wrong}, f".{field}: ")
    refused({**good, "surplus": 1}, ".surplus: no field of it")
    refused({**good, "ledger": 5}, "")
    refused([], "an object is needed")
    later = good["later"]
    lists: list[Any] = [True, None, {}, [5], [{}], [{**later[0], "not_before": True}]]
    for other in lists:
        refused({**good, "later": other}, ".later")
    refused({**good, "later": later[::-1]}, "in the order of their times")
    path.write_text(json.dumps(good))
    assert Registration.read(folder).key_ids == ("1", "2", "3")
