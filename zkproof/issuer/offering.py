"""Single records: an open offer whose values are known, or are told when it is signed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping

from zkproof.codec import decode, encode
from zkproof.credential.issuing import Offer
from zkproof.errors import IssuanceError, SchemaError
from zkproof.issuer.records import UNTOLD, IssuanceRecords
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value

ID_LIMIT = 1 << 40


def add_offer(
    records: IssuanceRecords,
    offer: Offer,
    values: Mapping[str, Value] | None,
    *,
    reference: str | None = None,
) -> None:
    """Keep an open offer. Two with equal values are two: they are never taken for one.

    Without ``values`` they are told by `tell_values` later. Raises `SchemaError` for values that
    must not be signed, `IssuanceError` for a record identifier that is in use.
    """
    key = hashlib.sha256(offer.schema.digest + offer.offer_id).digest()
    told, record_id = UNTOLD, None
    with records.transaction():
        if values is not None:
            complete, record_id = _complete(records, offer.schema, values)
            told = encode(complete)
        records.database.execute(
            "INSERT INTO record"
            " (row_key, offer_id, record_id, offer, vals, schema_id, reference)"
            " VALUES (?,?,?,?,?,?,?)",
            (
                key,
                offer.offer_id,
                record_id,
                offer.to_bytes(),
                told,
                offer.schema.id,
                reference,
            ),
        )


def tell_values(records: IssuanceRecords, offer_id: bytes, values: Mapping[str, Value]) -> None:
    """Say what is to be signed for an offer. Once it is signed, only the same may be said again.

    Raises `SchemaError` for values that must not be signed, `IssuanceError` for others than were
    signed, or a record identifier that is in use.
    """
    schema = records.offer(offer_id).schema
    name = schema.roles.record_id
    with records.transaction():
        query = "SELECT vals, credential, record_id FROM record WHERE offer_id = ?"
        known, signed, record_id = records.database.execute(query, (offer_id,)).fetchone()
        if name is not None and record_id is not None:
            values = {name: record_id, **values}
        if signed is not None:
            if decode(known, field="book.values") != dict(values):
                raise IssuanceError("offer: answered before, with other values")
            return
        complete, record_id = _complete(records, schema, values, own=offer_id)
        records.database.execute(
            "UPDATE record SET vals = ?, record_id = ? WHERE offer_id = ?",
            (encode(complete), record_id, offer_id),
        )


def free_record_id(records: IssuanceRecords) -> int:
    """A record identifier that no record has."""
    while True:
        drawn = 1 + secrets.randbelow(ID_LIMIT - 1)
        query = "SELECT 1 FROM record WHERE record_id = ?"
        if records.database.execute(query, (drawn,)).fetchone() is None:
            return drawn


def _complete(
    records: IssuanceRecords,
    schema: Schema,
    values: Mapping[str, Value],
    *,
    own: bytes | None = None,
) -> tuple[dict[str, Value], int | None]:
    """Values with a record identifier: the issuer's own, if it gave one, or one that is drawn."""
    name, bound = schema.roles.record_id, schema.roles.bound_since
    if bound is not None:
        if own is None and bound in values:
            raise SchemaError(f"{bound}: known when it is signed, never given")
        values = {bound: 0, **values}  # `zkproof.issuer.subjects` fills it in when it signs
    if name is None:
        complete = dict(values)
        schema.check_issued(complete)
        return complete, None
    complete = {name: free_record_id(records), **values}
    schema.check_issued(complete)
    record_id = complete[name]
    if not isinstance(record_id, int):
        raise SchemaError(f"{name}: an integer is needed")
    query = "SELECT 1 FROM record WHERE record_id = ? AND offer_id IS NOT ?"
    if records.database.execute(query, (record_id, own)).fetchone() is not None:
        raise IssuanceError(f"{name}: another record has this identifier")
    return complete, record_id
