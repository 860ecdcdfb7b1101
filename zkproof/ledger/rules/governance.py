"""Governance: the root, its signatures, and changes of its keys."""

from __future__ import annotations

from zkproof.errors import LedgerError
from zkproof.ledger.entries import GOVERNANCE, Entry
from zkproof.ledger.state import LedgerState


def found(state: LedgerState, entry: Entry, signers: frozenset[bytes]) -> None:
    """The first entry."""
    if entry.type != "governance-root" or entry.author != GOVERNANCE:
        raise LedgerError("entry: the first one is the governance root")
    keys, threshold = _named(entry)
    if len(signers & keys) < threshold or signers - keys:
        raise LedgerError("entry: the root is not signed by enough of its own keys")
    state.ledger_id, state.name = entry.ledger_id, entry.body["name"]
    state.governance, state.threshold = keys, threshold


def check_signers(state: LedgerState, entry: Entry, signers: frozenset[bytes]) -> None:
    """A threshold of the current keys; for a rotation, one of the new keys as well."""
    if len(signers & state.governance) < state.threshold:
        raise LedgerError("entry: not signed by enough governance keys")
    allowed = state.governance
    if entry.type == "governance-rotate":
        keys, threshold = _named(entry)
        # Keys that nobody holds would leave the ledger without governance for ever.
        if len(signers & keys) < threshold:
            raise LedgerError("entry: not signed by enough of the new governance keys")
        allowed |= keys
    if signers - allowed:
        raise LedgerError("entry: signed by keys that are not governance's")


def cosigned(state: LedgerState, entry: Entry) -> bool:
    """Whether governance signed an issuer's entry beside its admin key: a threshold of it, and
    nobody else.
    """
    others = {key for key, _ in entry.signatures} - {state.admins[entry.author]}
    return others <= state.governance and len(others) >= state.threshold


def rotate(state: LedgerState, entry: Entry) -> None:
    state.governance, state.threshold = _named(entry)


def _named(entry: Entry) -> tuple[frozenset[bytes], int]:
    keys, threshold = frozenset(entry.body["keys"]), entry.body["threshold"]
    if not 1 <= threshold <= len(keys):
        raise LedgerError("entry: threshold between one and the number of keys")
    return keys, int(threshold)
