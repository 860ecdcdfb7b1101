"""From entries to state: a pure fold. The rules, in the order they are checked:

1.  Every signature on an entry holds, and no key signed twice.
2.  The first entry is the governance root, signed by a threshold of the keys it names; no later one
    is. Every other entry names this ledger.
3.  An author uses a nonce once. Time does not run backwards by more than `ORDER_SKEW` seconds.
4.  Governance (a threshold of its current keys, and nobody else with them) rotates its keys;
    registers, suspends and reinstates issuers and verifiers and replaces issuers' admin keys and
    verifiers' keys; registers auditors and replaces their keys; publishes registries; and may
    publish schemas, revoke issuers' keys, anchor documents and withdraw what it anchored. New
    governance keys sign their rotation too.
5.  An issuer that is registered and not suspended (its admin key alone) adds, rotates and revokes
    its keys; publishes schemas, lists and their versions; anchors documents and withdraws its own.
    Governance signs beside it a list's authority with a cap above `OWN_BITS_CAP`, and a version
    less than `VERSION_INTERVAL` after the one before.
6.  A verifier (its request key alone) rotates that key and publishes heads of its receipt log;
    when it is not suspended, it registers its policies.
7.  A key identifier is used once by each holder, a public key once on the whole ledger: a revoked
    key never comes back. Whoever registers a BBS key proves to hold its secret, for that purpose.
8.  An issuer's keys follow each other: a rotation names the newest key that is not revoked, begins
    `KEY_INTERVAL` after it, and may shorten its time, never lengthen it. Where all were revoked,
    the next begins when it likes.
9.  A schema identifier belongs to its first publisher and governance, a list to the issuer whose
    identifier it begins with (``<issuer>#<list>``), and its kind and spread never change; a version
    names one content for ever. A version begins when it is written or later. A list's key that its
    issuer or governance revoked signs no version, and those it signed are not believed.
10. A shared scope (``<owner>#<name>``) belongs to its owner and governance; what its values are
    made from never changes, and its members are registered verifiers.
11. Versions of registries and lists and sizes of receipt logs only go up.

An entry either passes all of them or changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from zkproof.errors import LedgerError
from zkproof.ledger.entries import GOVERNANCE, Entry
from zkproof.ledger.rules import auditors, governance, issuers, publications, scopes, verifiers
from zkproof.ledger.state import LedgerState

RULES_VERSION = 3
"""Raise it with every change of a rule: states folded by other rules are then folded again."""

ORDER_SKEW = 300
"""Seconds by which an entry may be dated before its predecessor."""

Rule = Callable[[LedgerState, Entry], None]
"""Checks all first, then changes the state. Raises `LedgerError` before it changed anything."""

_SHARED: Mapping[str, Rule] = {
    "issuer-revoke-key": issuers.revoke_key,
    "list-revoke-key": publications.revoke_list_key,
    "schema-publish": publications.publish_schema,
    "document-anchor": publications.anchor_document,
    "document-revoke": publications.withdraw_document,
    "scope-register": scopes.register,
}
GOVERNANCE_RULES: Mapping[str, Rule] = {
    **_SHARED,
    "governance-rotate": governance.rotate,
    "issuer-register": issuers.register,
    "issuer-replace-admin": issuers.replace_admin,
    "issuer-suspend": issuers.suspend,
    "issuer-reinstate": issuers.reinstate,
    "registry-publish": publications.publish_registry,
    "verifier-register": verifiers.register,
    "verifier-rotate-key": verifiers.rotate_key,
    "verifier-suspend": verifiers.suspend,
    "verifier-reinstate": verifiers.reinstate,
    "auditor-register": auditors.register,
    "auditor-rotate-key": auditors.rotate_key,
}
ISSUER_RULES: Mapping[str, Rule] = {
    **_SHARED,
    "issuer-rotate-key": issuers.rotate_key,
    "list-authority": publications.set_list_authority,
    "list-version": publications.publish_version,
}
COSIGNED = frozenset(("list-authority", "list-version"))
"""What governance may sign beside an issuer, which allows it more."""

VERIFIER_RULES: Mapping[str, Rule] = {
    "verifier-rotate-key": verifiers.rotate_key,
    "policy-register": verifiers.register_policy,
    "receipt-head": verifiers.publish_receipt_head,
    "scope-register": scopes.register,
}


def apply(state: LedgerState, entry: Entry) -> None:
    """Take an entry in. Raises `LedgerError` naming the rule; the state is then as before."""
    signers = entry.valid_signers()
    if not signers:
        raise LedgerError("entry: a signature does not hold, or a key signed twice")
    if not state.ledger_id:
        governance.found(state, entry, signers)
    else:
        _check_place(state, entry)
        _rule(state, entry, signers)(state, entry)
    state.nonces.add((entry.author, entry.nonce))
    state.time = max(state.time, entry.time)
    state.size += 1


def fold(entries: Iterable[Entry]) -> LedgerState:
    """The state after all of them. Raises `LedgerError` at the first that breaks a rule."""
    state = LedgerState()
    for entry in entries:
        apply(state, entry)
    return state


def _check_place(state: LedgerState, entry: Entry) -> None:
    if entry.ledger_id != state.ledger_id:
        raise LedgerError("entry: made for another ledger")
    if (entry.author, entry.nonce) in state.nonces:
        raise LedgerError("entry: its nonce was used before", hint="sign a new one")
    if entry.time + ORDER_SKEW < state.time:
        raise LedgerError("entry: dated before its predecessor")


def _rule(state: LedgerState, entry: Entry, signers: frozenset[bytes]) -> Rule:
    """The rule for this type, once the author is known to be one who may say it."""
    kind, author = entry.type, entry.author
    if author == GOVERNANCE:
        rules, who = GOVERNANCE_RULES, "governance"
        governance.check_signers(state, entry, signers)
    elif author in state.issuers:
        rules, who = ISSUER_RULES, "an issuer"
        admin = state.admins[author]
        beside = kind in COSIGNED and admin in signers and governance.cosigned(state, entry)
        if signers != {admin} and not beside:
            raise LedgerError("entry: not signed by the issuer's admin key alone")
        if state.issuers[author].suspended:
            raise LedgerError("entry: the issuer is suspended")
    elif author in state.verifiers:
        rules, who = VERIFIER_RULES, "a verifier"
        if signers != {state.verifiers[author].public_key}:
            raise LedgerError("entry: not signed by the verifier's key alone")
    else:
        raise LedgerError("entry: author not known to this ledger")
    if kind not in rules:
        raise LedgerError(f"entry: {kind} is not for {who} to say")
    return rules[kind]
