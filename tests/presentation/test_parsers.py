"""Every parser that sees octets from outside: it fails with a typed error, or gives them back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.building import genesis
from tests.presentation.building import (
    ALICE,
    BANK,
    KEYS,
    LEDGER,
    NOW,
    SIGNER,
    deposit,
    trust_view,
)
from tests.presentation.publishing import BANK_STATUS, SANCTIONS, gaps, tokens, version_of
from tests.presentation.test_trip import CIRCUIT, PRESENTATION, REQUEST
from zkproof.credential import issuing
from zkproof.credential.committing import open_commitment
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import Offer, commit, make_offer
from zkproof.credential.list_proof import list_proof_from_bytes
from zkproof.errors import ZkProofError
from zkproof.ledger.bundle import Bundle
from zkproof.ledger.entries import Entry
from zkproof.presentation.presentation import Presentation
from zkproof.presentation.receipt import Receipt, make_receipt
from zkproof.presentation.request import Request
from zkproof.presentation.verify import verify
from zkproof.trust import ListKind
from zkproof_circuits import library
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.schema import Schema

OFFER = make_offer(KEYS[BANK.issuer_id], BANK, library.schema("identity"), expires_at=NOW)
OUTCOME = verify(REQUEST, PRESENTATION, trust_view(), now=NOW)
RECEIPT = make_receipt(
    SIGNER, REQUEST, CIRCUIT, PRESENTATION, OUTCOME, ledger=(LEDGER, 7, bytes(32)), now=NOW
)
TOKEN = tokens(version_of(BANK_STATUS, ListKind.STATUS), [4711])[0]
GAP = gaps(version_of(SANCTIONS, ListKind.GAPS), [5])[0]


def _held_commitment(data: bytes) -> bytes:
    """A commitment has no parser of its own: it is opened for an offer, or refused."""
    open_commitment(OFFER.schema, data, context=issuing._context(OFFER))
    return data


FORMATS: list[tuple[str, bytes, Callable[[bytes], bytes]]] = [
    ("request", REQUEST.to_bytes(), lambda d: Request.from_bytes(d).to_bytes()),
    ("presentation", PRESENTATION, lambda d: Presentation.from_bytes(d).to_bytes()),
    ("receipt", RECEIPT.to_bytes(), lambda d: Receipt.from_bytes(d).to_bytes()),
    ("credential", deposit().to_bytes(), lambda d: Credential.from_bytes(d).to_bytes()),
    ("offer", OFFER.to_bytes(), lambda d: Offer.from_bytes(d).to_bytes()),
    ("commitment", commit(OFFER, ALICE)[0], _held_commitment),
    ("token", TOKEN.to_bytes(), lambda d: list_proof_from_bytes(d).to_bytes()),
    ("gap", GAP.to_bytes(), lambda d: list_proof_from_bytes(d).to_bytes()),
    ("circuit", CIRCUIT.to_bytes(), lambda d: Circuit.from_bytes(d).to_bytes()),
    (
        "schema",
        library.schema("identity").to_bytes(),
        lambda d: Schema.from_bytes(d).to_bytes(),
    ),
    ("entry", genesis().to_bytes(), lambda d: Entry.from_bytes(d).to_bytes()),
    (
        "bundle",
        Bundle(genesis().to_bytes(), 0, (bytes(32),), b"note").to_bytes(),
        lambda d: Bundle.from_bytes(d).to_bytes(),
    ),
]


def edited(data: bytes, edits: st.DataObject) -> bytes:
    """The octets with one edit drawn by Hypothesis, or others altogether."""
    kind = edits.draw(st.sampled_from(["flip", "cut", "insert", "repeat", "random"]))
    position = edits.draw(st.integers(0, len(data) - 1))
    if kind == "flip":
        bit = 1 << edits.draw(st.integers(0, 7))
        return data[:position] + bytes([data[position] ^ bit]) + data[position + 1 :]
    if kind == "cut":
        return data[:position] + data[position + edits.draw(st.integers(1, 40)) :]
    if kind == "insert":
        return data[:position] + edits.draw(st.binary(min_size=1, max_size=40)) + data[position:]
    if kind == "repeat":
        return data[:position] + data[: edits.draw(st.integers(1, 60))] + data[position:]
    return edits.draw(st.binary(max_size=200))


@pytest.mark.parametrize(("name", "data", "again"), FORMATS, ids=[f[0] for f in FORMATS])
@settings(max_examples=60)
@given(edits=st.data())
def test_document_is_refused_or_comes_back_the_same(
    name: str, data: bytes, again: Callable[[bytes], bytes], edits: st.DataObject
) -> None:
    assert again(data) == data
    changed = edited(data, edits)
    try:
        encoded = again(changed)
    except ZkProofError:
        return
    assert encoded == changed


def _deep(depth: int) -> Any:
    return b"\x81" * depth + b"\0"


@pytest.mark.parametrize(("name", "data", "again"), FORMATS, ids=[f[0] for f in FORMATS])
def test_deep_long_and_foreign_documents_are_refused(
    name: str, data: bytes, again: Callable[[bytes], bytes]
) -> None:
    assert again(data) == data
    for changed in (_deep(17), _deep(50_000), bytes(2 << 20), b"\xa0", b"\x80", b"", b"{}"):
        with pytest.raises(ZkProofError):
            again(changed)
