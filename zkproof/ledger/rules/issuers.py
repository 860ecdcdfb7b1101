"""Issuers: registration, suspension, and the life of their keys."""

from __future__ import annotations

from dataclasses import replace

from zkproof.errors import LedgerError
from zkproof.ledger.entries import GOVERNANCE, Entry
from zkproof.ledger.possession import Purpose, gate_pair
from zkproof.ledger.state import LedgerState
from zkproof.trust import LIST_SEPARATOR, Issuer, IssuerKey

KEY_INTERVAL = 30 * 86_400
"""Seconds from the beginning of one signing key to that of the next: whoever changed keys often
could tell its customers apart by them. After all keys were revoked the next may begin at once.
"""


def register(state: LedgerState, entry: Entry) -> None:
    body = entry.body
    issuer_id, admin_key = body["issuer"], body["admin_key"]
    if issuer_id in state.issuers or issuer_id in state.verifiers or issuer_id == GOVERNANCE:
        raise LedgerError("entry: this identifier is taken")
    if LIST_SEPARATOR in issuer_id:
        raise LedgerError(f"entry: an issuer's identifier has no {LIST_SEPARATOR}")
    check_unused(state, admin_key)
    key = _new_key(state, entry, issuer_id)
    state.issuers[issuer_id] = Issuer(
        issuer_id, body["name"], {key.key_id: key}, standing_position=state.size
    )
    state.admins[issuer_id] = admin_key
    state.public_keys |= {key.public_key, admin_key}


def replace_admin(state: LedgerState, entry: Entry) -> None:
    issuer, admin_key = _issuer(state, entry), entry.body["admin_key"]
    check_unused(state, admin_key)
    state.admins[issuer.issuer_id] = admin_key
    state.public_keys.add(admin_key)


def rotate_key(state: LedgerState, entry: Entry) -> None:
    body, issuer = entry.body, state.issuers[entry.author]
    if body["key"] in issuer.keys:
        raise LedgerError("entry: this key identifier was used before")
    new = _new_key(state, entry, issuer.issuer_id)
    old = _replaced(issuer, body["replaces"])
    keys = dict(issuer.keys)
    if old.revoked_at is None and new.not_before < old.not_before + KEY_INTERVAL:
        raise LedgerError(
            f"entry: keys of an issuer begin at least {KEY_INTERVAL // 86_400} days apart",
            hint="let its time begin later, or revoke the key before it first",
        )
    if body["replaced_not_after"] is not None:
        keys[old.key_id] = replace(
            _shortened(old, body["replaced_not_after"]), changed_position=state.size
        )
    keys[new.key_id] = new
    state.issuers[issuer.issuer_id] = replace(issuer, keys=keys)
    state.public_keys.add(new.public_key)


def revoke_key(state: LedgerState, entry: Entry) -> None:
    if entry.author not in (GOVERNANCE, entry.body["issuer"]):
        raise LedgerError("entry: only governance revokes another issuer's key")
    issuer = _issuer(state, entry)
    key = issuer.keys.get(entry.body["key"])
    if key is None or key.revoked_at is not None:
        raise LedgerError("entry: no such key, or revoked before")
    revoked = replace(key, revoked_at=entry.time, changed_position=state.size)
    keys = {**issuer.keys, key.key_id: revoked}
    state.issuers[issuer.issuer_id] = replace(issuer, keys=keys)


def suspend(state: LedgerState, entry: Entry) -> None:
    _set_suspended(state, entry, True)


def reinstate(state: LedgerState, entry: Entry) -> None:
    _set_suspended(state, entry, False)


def check_unused(state: LedgerState, public_key: bytes) -> None:
    """Raises `LedgerError` when anyone registered this key before, in whatever role."""
    if public_key in state.public_keys:
        raise LedgerError("entry: this public key was registered before")


def _set_suspended(state: LedgerState, entry: Entry, suspended: bool) -> None:
    issuer = _issuer(state, entry)
    if issuer.suspended is suspended:
        raise LedgerError("entry: nothing would change")
    state.issuers[issuer.issuer_id] = replace(
        issuer, suspended=suspended, standing_position=state.size
    )


def _issuer(state: LedgerState, entry: Entry) -> Issuer:
    issuer = state.issuers.get(entry.body["issuer"])
    if issuer is None:
        raise LedgerError("entry: no such issuer")
    return issuer


def _replaced(issuer: Issuer, key_id: str) -> IssuerKey:
    """The key before a new one: the newest that is not revoked, or any where all are."""
    usable = [key for key in issuer.keys.values() if key.revoked_at is None]
    newest = max(usable, key=lambda key: key.not_before, default=issuer.keys.get(key_id))
    if newest is None or newest.key_id != key_id:
        raise LedgerError("entry: a rotation replaces the newest key that is not revoked")
    return newest


def _shortened(old: IssuerKey, not_after: int) -> IssuerKey:
    if old.revoked_at is not None:
        raise LedgerError("entry: a revoked key is over already")
    if old.not_after is not None and not_after > old.not_after:
        raise LedgerError("entry: a rotation cannot lengthen the old key's time")
    if not_after <= old.not_before:
        raise LedgerError("entry: a key's time ends after it begins", hint="revoke the key instead")
    return replace(old, not_after=not_after)


def _new_key(state: LedgerState, entry: Entry, issuer_id: str) -> IssuerKey:
    """The key of this entry, once it may be registered."""
    body = entry.body
    check_unused(state, body["public_key"])
    if body["not_after"] is not None and body["not_after"] <= body["not_before"]:
        raise LedgerError("entry: a key's time ends after it begins")
    pair = gate_pair(
        body["public_key"],
        body["possession"],
        state.ledger_id,
        issuer_id,
        body["key"],
        purpose=Purpose.CREDENTIALS,
    )
    if pair is None:
        raise LedgerError("entry: no proof that the issuer holds this key's secret")
    return IssuerKey(
        body["key"],
        body["public_key"],
        body["not_before"],
        body["not_after"],
        position=state.size,
        changed_position=state.size,
        gate_pair=pair.octets,
    )
