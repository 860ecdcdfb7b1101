"""Rows of an issuer's own files, read: what is to be signed, or why a row is not taken."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from zkproof.codec import encode
from zkproof.errors import SchemaError
from zkproof_circuits.labels import is_plain_text
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value

MAX_REFERENCE = 200


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """Values of one record but for the record identifier, and the issuer's name for its holder.

    ``subject`` says whom and which day a row is about where the file tells: two rows of one subject
    in one file are one row that is repeated, or contradict each other. ``names_itself`` says that
    the values tell subjects apart too, for example by a digest of the account.
    """

    where: str
    values: Mapping[str, Value]
    reference: str | None = None
    subject: str | None = None
    names_itself: bool = False

    def __repr__(self) -> str:
        return f"<Row at {self.where}>"

    def key(self, schema: Schema, occurrence: int = 0) -> bytes:
        """Names the row across imports. ``occurrence`` counts equal rows of several subjects."""
        content = dict(self.values)
        if self.names_itself or (self.reference is None and occurrence == 0):
            return hashlib.sha256(schema.digest + encode(content)).digest()
        told = {"row": content, "reference": self.reference, "occurrence": occurrence}
        return hashlib.sha256(schema.digest + encode(told)).digest()


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is not taken: where it stands in its file, and everything that is wrong."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


Warn = Callable[[str], None]
"""Called with what a reader of the file took for granted, once for each."""


def bad_row(where: str, faults: Iterable[str]) -> BadRow:
    """One report of all faults of a row."""
    return BadRow(where, "; ".join(faults))


def faults_of_record(
    schema: Schema, values: Mapping[str, Value], assigned: frozenset[str]
) -> list[str]:
    """What keeps typed values from being signed; ``assigned`` are drawn by the issuer."""
    filled: dict[str, object] = {**values, **dict.fromkeys(assigned, 1)}
    try:
        schema.check_issued(filled)
    except SchemaError as error:
        return [error.message]
    return []


def check_reference(reference: str) -> str:
    """The reference itself. Raises `SchemaError` for one that cannot be printed on a line."""
    if not is_plain_text(reference, MAX_REFERENCE):
        raise SchemaError(f"reference: 1 to {MAX_REFERENCE} printable characters on one line")
    return reference


def assigned_names(schema: Schema) -> frozenset[str]:
    """Attributes that are no part of a row: the record identifier, which is drawn, and the day
    since when the link secret is bound, which is known when it is signed.
    """
    roles = schema.roles
    return frozenset(name for name in (roles.record_id, roles.bound_since) if name is not None)


def wanted_names(schema: Schema) -> list[str]:
    """Attributes that a row has to have, in the schema's order."""
    assigned = assigned_names(schema)
    return [a.name for a in schema.attributes if not a.blind and a.name not in assigned]
