"""Auditors: registration and change of the key that holders encrypt to."""

from __future__ import annotations

from zkproof.errors import LedgerError
from zkproof.ledger.entries import Entry
from zkproof.ledger.possession import verify_auditor_possession
from zkproof.ledger.rules.issuers import check_unused
from zkproof.ledger.state import LedgerState
from zkproof.trust import Auditor


def register(state: LedgerState, entry: Entry) -> None:
    if entry.body["auditor"] in state.auditors:
        raise LedgerError("entry: this auditor is registered")
    _take(state, entry, entry.body["name"])


def rotate_key(state: LedgerState, entry: Entry) -> None:
    known = state.auditors.get(entry.body["auditor"])
    if known is None:
        raise LedgerError("entry: no such auditor")
    if known.key_id == entry.body["key"]:
        raise LedgerError("entry: this key identifier is in use")
    _take(state, entry, known.name)


def _take(state: LedgerState, entry: Entry, name: str) -> None:
    body = entry.body
    check_unused(state, body["public_key"])
    if not verify_auditor_possession(
        body["public_key"], body["possession"], state.ledger_id, body["auditor"], body["key"]
    ):
        raise LedgerError("entry: no proof that the auditor holds this key's secret")
    state.auditors[body["auditor"]] = Auditor(
        body["auditor"], name, body["key"], body["public_key"]
    )
    state.public_keys.add(body["public_key"])
