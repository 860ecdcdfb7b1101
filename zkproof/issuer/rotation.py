"""Changing an issuer's signing key, in steps that an interruption cannot leave halfway.

1. The new key is kept with the others, under the issuer's passphrase.
2. The ledger's entry makes it known. Keys of one issuer begin well apart, so its time may be ahead.
3. The registration names it, from that time on. Offers made before keep their own key.

Run again after an interruption, the same steps go on with the same key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from zkproof import bbs
from zkproof.errors import ConflictError, NotFoundError, UsageError
from zkproof.issuer.folder import Keys, Registration
from zkproof.ledger.ledger import Ledger
from zkproof.ledger.possession import prove_possession
from zkproof.ledger.rules.issuers import KEY_INTERVAL
from zkproof.trust import Issuer, IssuerKey

MAX_KEY_ID = 64


@dataclass(frozen=True, slots=True)
class Rotation:
    """A new key: from when it signs, what it replaces, and whether the ledger has it already."""

    key_id: str
    not_before: int
    replaces: str
    known: bool


def carry_out(
    ledger: Ledger,
    registration: Registration,
    keys: Keys,
    *,
    keep: Callable[[Keys], None],
    key_id: str | None,
    until: int | None,
    now: int,
) -> Rotation:
    """Steps 1 and 2; ``keep`` stores the keys. The caller does step 3.

    Raises `NotFoundError` for an issuer that the ledger does not know, `UsageError` for an
    identifier that cannot be used, `ConflictError` when a key is registered that has not begun,
    `LedgerError` when the ledger refuses the entry.
    """
    issuer_id = registration.name.issuer_id
    registered = ledger.state.issuers.get(issuer_id)
    if registered is None:
        raise NotFoundError(f"{issuer_id}: not registered on this ledger")
    planned = plan(registered, keys.signing, registration.key_ids, key_id=key_id, now=now)
    if planned.known:
        return planned
    held = dict(keys.signing)
    key = held.setdefault(planned.key_id, bbs.SigningKey.generate())
    keep(Keys(held, keys.admin))
    body = entry(
        planned,
        key,
        ledger_id=ledger.ledger_id,
        issuer_id=issuer_id,
        replaced_not_after=until,
    )
    ledger.submit("issuer-rotate-key", issuer_id, body, keys.admin)
    return planned


def plan(
    registered: Issuer,
    held: Mapping[str, bbs.SigningKey],
    named: Sequence[str],
    *,
    key_id: str | None,
    now: int,
) -> Rotation:
    """What the next rotation is. ``named`` are the keys of the issuer's registration, oldest first.

    A key that the ledger knows and that the registration does not name yet, or that has not begun,
    is the one. Raises `UsageError` for an identifier that cannot be used, `ConflictError` for a key
    that has not begun.
    """
    newest = _newest(registered)
    unfinished = newest.key_id not in named or newest.not_before > now
    if newest.key_id in held and newest.key_id != named[0] and unfinished:
        if key_id in (None, newest.key_id):
            before = [each for each in named if each != newest.key_id][-1]
            return Rotation(newest.key_id, newest.not_before, before, known=True)
        raise ConflictError(f"key {newest.key_id} is registered and has not begun")
    chosen = key_id or _next_id(newest.key_id, registered)
    if not 0 < len(chosen) <= MAX_KEY_ID or chosen in registered.keys:
        raise UsageError(f"key: an identifier of 1 to {MAX_KEY_ID} characters not used before")
    begin = now if newest.revoked_at is not None else max(now, newest.not_before + KEY_INTERVAL)
    return Rotation(chosen, begin, newest.key_id, known=False)


def entry(
    rotation: Rotation,
    key: bbs.SigningKey,
    *,
    ledger_id: str,
    issuer_id: str,
    replaced_not_after: int | None,
) -> dict[str, object]:
    """The body of the ledger's ``issuer-rotate-key``."""
    return {
        "key": rotation.key_id,
        "public_key": key.public_key.octets,
        "possession": prove_possession(key, ledger_id, issuer_id, rotation.key_id),
        "not_before": rotation.not_before,
        "not_after": None,
        "replaces": rotation.replaces,
        "replaced_not_after": replaced_not_after,
    }


def _newest(registered: Issuer) -> IssuerKey:
    usable = [key for key in registered.keys.values() if key.revoked_at is None]
    return max(usable or registered.keys.values(), key=lambda key: key.not_before)


def _next_id(before: str, registered: Issuer) -> str:
    """The number after it, or its name with a number."""
    head, number = before, 2
    digits = len(before) - len(before.rstrip("0123456789"))
    if 0 < digits < 10:
        head, number = before[:-digits], int(before[-digits:]) + 1
    elif head:
        head += "-"
    while f"{head}{number}" in registered.keys:
        number += 1
    return f"{head}{number}"
