"""What a holder's side checks of an offer before it commits to anything.

1. The offer can still be answered.
2. It is for the ledger that the wallet believes.
3. Its issuer is on that ledger under this name, and not suspended. (a stranger in a bank's name)
4. Its key is the one with which the issuer signs at this time. (a key that a thief made; a key of
   its own for one customer, by which to recognise the credential again)
5. Its schema is on the ledger, in the newest version of its identifier. (types of its own for one
   customer)

An offer is not signed. It need not be: what it names is checked against the ledger, and a
credential that another key signed is not accepted.
"""

from __future__ import annotations

from zkproof.credential.issuing import Offer
from zkproof.errors import IssuanceError
from zkproof.trust import TrustView
from zkproof_circuits.schema import Schema


def check_offer(offer: Offer, trust: TrustView, now: int) -> None:
    """Raise `IssuanceError` unless a wallet may commit to ``offer``; see the head of this file.

    ``trust`` is the wallet's view of the ledger; that it is fresh is the caller's to check. Call it
    again before a credential is accepted: a key may have been revoked in between.
    """
    if now > offer.expires_at:  # 1.
        raise IssuanceError("offer: expired", hint="ask the issuer for a new one")
    if offer.issuer.ledger_id != trust.ledger_id:  # 2.
        raise IssuanceError(
            f"offer: for the ledger {offer.issuer.ledger_id}, not for {trust.ledger_id}"
        )
    issuer = trust.issuers.get(offer.issuer.issuer_id)  # 3.
    if issuer is None:
        raise IssuanceError(f"offer: {offer.issuer.issuer_id} is no issuer on the ledger")
    if issuer.suspended:
        raise IssuanceError(f"offer: {issuer.issuer_id} is suspended on the ledger")
    if issuer.name != offer.issuer.name:
        raise IssuanceError(
            f"offer: names its issuer {offer.issuer.name}; the ledger has {issuer.name}"
        )
    key = issuer.signing_key(now)  # 4.
    if key is None or (key.key_id, key.public_key) != (offer.issuer.key_id, offer.public_key):
        raise IssuanceError(
            f"offer: its key {offer.issuer.key_id} is not the one with which "
            f"{issuer.issuer_id} signs at this time",
            hint="refresh the view of the ledger, or ask the issuer for a new offer",
        )
    if offer.schema.digest not in trust.schemas:  # 5.
        raise IssuanceError(f"offer: its schema {offer.schema.id} is not on the ledger")
    newest = _newest(offer.schema, trust)
    if newest.version != offer.schema.version:
        raise IssuanceError(
            f"offer: version {offer.schema.version} of the schema {offer.schema.id}, and the "
            f"ledger has version {newest.version}",
            hint="ask the issuer for an offer of the newest version",
        )


def _newest(schema: Schema, trust: TrustView) -> Schema:
    versions = [each for each in trust.schemas.values() if each.id == schema.id]
    return max(versions, key=lambda each: each.version)
