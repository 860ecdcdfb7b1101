"""Verifiers: registration, request keys, policies, heads of their receipt logs."""

from __future__ import annotations

from dataclasses import replace

from zkproof.errors import LedgerError
from zkproof.ledger.entries import GOVERNANCE, Entry
from zkproof.ledger.rules.issuers import check_unused
from zkproof.ledger.state import LedgerState
from zkproof.trust import RegisteredPolicy, RegisteredVerifier


def register(state: LedgerState, entry: Entry) -> None:
    body = entry.body
    verifier_id = body["verifier"]
    if verifier_id in state.issuers or verifier_id in state.verifiers or verifier_id == GOVERNANCE:
        raise LedgerError("entry: this identifier is taken")
    check_unused(state, body["public_key"])
    state.verifiers[verifier_id] = RegisteredVerifier(
        verifier_id,
        body["name"],
        body["key"],
        body["public_key"],
        key_ids=frozenset({body["key"]}),
    )
    state.public_keys.add(body["public_key"])


def rotate_key(state: LedgerState, entry: Entry) -> None:
    body = entry.body
    verifier = state.verifiers.get(body["verifier"])
    if verifier is None or entry.author not in (GOVERNANCE, verifier.verifier_id):
        raise LedgerError("entry: not a verifier whose key this author may replace")
    if body["key"] in verifier.key_ids:
        raise LedgerError("entry: this key identifier was used before")
    check_unused(state, body["public_key"])
    state.verifiers[verifier.verifier_id] = replace(
        verifier,
        key_id=body["key"],
        public_key=body["public_key"],
        key_ids=verifier.key_ids | {body["key"]},
    )
    state.public_keys.add(body["public_key"])


def suspend(state: LedgerState, entry: Entry) -> None:
    _set_suspended(state, entry, True)


def reinstate(state: LedgerState, entry: Entry) -> None:
    _set_suspended(state, entry, False)


def register_policy(state: LedgerState, entry: Entry) -> None:
    verifier, body = state.verifiers[entry.author], entry.body
    if verifier.suspended:
        raise LedgerError("entry: the verifier is suspended")
    policy = RegisteredPolicy(body["policy"], body["version"], body["circuit"], body["text"])
    if (policy.policy_id, policy.version) in verifier.policies:
        raise LedgerError("entry: this version of the policy was registered before")
    policies = {**verifier.policies, (policy.policy_id, policy.version): policy}
    state.verifiers[entry.author] = replace(verifier, policies=policies)


def publish_receipt_head(state: LedgerState, entry: Entry) -> None:
    verifier, size = state.verifiers[entry.author], entry.body["size"]
    if verifier.receipt_head is not None and size <= verifier.receipt_head[0]:
        raise LedgerError("entry: receipt logs only grow")
    state.verifiers[entry.author] = replace(verifier, receipt_head=(size, entry.body["head"]))


def _set_suspended(state: LedgerState, entry: Entry, suspended: bool) -> None:
    verifier = state.verifiers.get(entry.body["verifier"])
    if verifier is None:
        raise LedgerError("entry: no such verifier")
    if verifier.suspended is suspended:
        raise LedgerError("entry: nothing would change")
    state.verifiers[verifier.verifier_id] = replace(verifier, suspended=suspended)
