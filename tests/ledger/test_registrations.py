"""Registrations come from others: exactly these fields, or an error that names one."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.ledger.building import LEDGER, auditor, registration, verifier_registration
from zkproof.errors import DecodeError
from zkproof.ledger.registrations import (
    auditor_registration,
    issuer_registration,
)
from zkproof.ledger.registrations import verifier_registration as read_verifier

READERS: dict[str, tuple[Callable[[bytes], dict[str, Any]], dict[str, Any]]] = {
    "issuer": (partial(issuer_registration, ledger_id=LEDGER), dict(registration().body)),
    "verifier": (read_verifier, dict(verifier_registration().body)),
    "auditor": (auditor_registration, dict(auditor().body)),
}


def document(body: dict[str, Any]) -> dict[str, Any]:
    """The body as its owner hands it over; an issuer names its ledger."""
    named = {"ledger": LEDGER} if "issuer" in body else {}
    return named | {
        name: value.hex() if isinstance(value, bytes) else value
        for name, value in body.items()
        if name != "not_after"
    }


@pytest.mark.parametrize("kind", READERS)
def test_registration_is_read_as_the_body_of_its_entry(kind: str) -> None:
    read, body = READERS[kind]
    assert read(json.dumps(document(body)).encode()) == body


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": None}, ".name: text of 1 to 256 characters is needed"),
        ({"name": 5}, ".name: text of 1 to 256 characters is needed"),
        ({"name": ""}, ".name: text of 1 to 256 characters is needed"),
        ({"name": "a\nb"}, ".name: one line of printable characters is needed"),
        ({"key": "x" * 65}, ".key: text of 1 to 64 characters is needed"),
        ({"public_key": "zz"}, "public_key: octets in lower-case hexadecimal are needed"),
        ({"public_key": "AB"}, "public_key: octets in lower-case"),
        ({"public_key": "ab"}, "octets are needed"),
        ({"public_key": ["ab"]}, ".public_key: octets in lower-case"),
        ({"surplus": 1}, ".surplus: no field of it"),
        ({"\x1b[2J": 1}, r".\x1b[2J: no field of it"),
    ],
)
def test_field_that_does_not_fit_is_named(kind: str, change: dict[str, Any], said: str) -> None:
    read, body = READERS[kind]
    good = document(body)
    read(json.dumps(good).encode())
    with pytest.raises(DecodeError) as caught:
        read(json.dumps({**good, **change}).encode())
    assert said in caught.value.message


@pytest.mark.parametrize("kind", READERS)
def test_missing_field_is_named(kind: str) -> None:
    read, body = READERS[kind]
    good = document(body)
    for name in good:
        left = {each: value for each, value in good.items() if each != name}
        with pytest.raises(DecodeError, match=f"{name}: missing"):
            read(json.dumps(left).encode())


@pytest.mark.parametrize(
    "change", [True, 1.0, "5", -1, 1 << 53], ids=["bool", "float", "text", "negative", "large"]
)
def test_time_is_a_number(change: object) -> None:
    good = document(dict(registration().body))
    with pytest.raises(DecodeError, match=r"not_before|no fraction"):
        issuer_registration(json.dumps({**good, "not_before": change}).encode(), LEDGER)


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{", b"null", b"\xff", b"[" * 60_000, b"1" * 60_000, b" " * 70_000, b"{}"],
    ids=lambda data: data[:4].decode(errors="replace") + str(len(data)),
)
def test_octets_that_are_no_registration_are_refused(data: bytes) -> None:
    for read, _ in READERS.values():
        with pytest.raises(DecodeError, match="registration"):
            read(data)


def test_name_that_stands_twice_is_refused() -> None:
    good = json.dumps(document(dict(verifier_registration().body)))
    read_verifier(good.encode())
    with pytest.raises(DecodeError, match='"name" stands twice'):
        read_verifier((good[:-1] + ', "name": "Other"}').encode())


def test_issuer_that_registers_with_another_ledger_is_refused() -> None:
    good = json.dumps(document(dict(registration().body))).encode()
    issuer_registration(good, LEDGER)
    with pytest.raises(DecodeError, match="another ledger"):
        issuer_registration(good, "ledger.other")
