"""The issuer's records: what is to be signed, and what was, each once.

A bulk import turns rows of the issuer's own files into open offers. A holder answers one with its
commitment and gets its credential; the same answer again gets the same credential, another answer
none. A row is known by a key, so an import that was interrupted goes on where it stopped.

Trusted: yes, it is the issuer's own data. May be lost: no. Acknowledged means: committed in SQLite
with ``synchronous=FULL``.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from zkproof.bbs.keys import SigningKey
from zkproof.codec import decode, encode
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import IssuerIdentity, Offer, issue, make_offer
from zkproof.errors import IssuanceError
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value

_TABLES = """
CREATE TABLE IF NOT EXISTS record (
    row_key BLOB PRIMARY KEY,
    offer_id BLOB NOT NULL UNIQUE,
    record_id INTEGER UNIQUE,
    offer BLOB NOT NULL,
    vals BLOB NOT NULL,
    answer BLOB,
    credential BLOB,
    schema_id TEXT NOT NULL,
    reference TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS record_reference ON record (reference);
CREATE TABLE IF NOT EXISTS revocation (
    offer_id BLOB PRIMARY KEY REFERENCES record (offer_id),
    revoked_at INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS asked (
    offer_id BLOB PRIMARY KEY REFERENCES record (offer_id),
    request BLOB NOT NULL,
    subject TEXT NOT NULL,
    expected BLOB NOT NULL
) STRICT;
"""
_BATCH = 500

_Record = tuple[bytes, bytes, int | None, bytes, bytes, str, str | None]

Progress = Callable[[int], None]
"""Called with the number of rows done so far."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    new: int
    known: int


class IssuanceRecords:
    """One issuer's records."""

    def __init__(self, path: Path | None) -> None:
        """Open or create; without a path, in memory."""
        self.database = sqlite3.connect(path or ":memory:", isolation_level=None)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=FULL")
        columns = {row[1] for row in self.database.execute("PRAGMA table_info(record)")}
        if columns and "reference" not in columns:
            self.database.execute("ALTER TABLE record ADD COLUMN reference TEXT")
        self.database.executescript(_TABLES)

    def close(self) -> None:
        self.database.close()

    def import_rows(
        self,
        rows: Iterable[Mapping[str, Value]],
        *,
        schema: Schema,
        signing_key: SigningKey,
        issuer: IssuerIdentity,
        expires_at: int,
        progress: Progress | None = None,
    ) -> Imported:
        """An open offer for every row that is new. Rows have all values but the record identifier,
        which is drawn here: unique in the book, never the holder's choice.

        Raises `SchemaError` for a row outside its schema; what was committed before stays.
        """
        done = new = 0
        batch: list[_Record] = []
        for row in rows:
            key = row_key(schema, row)
            done += 1
            if not self.database.execute(
                "SELECT 1 FROM record WHERE row_key = ?", (key,)
            ).fetchone():
                values, record_id = self._with_record_id(schema, row)
                schema.check_issued(values)
                offer = make_offer(signing_key, issuer, schema, expires_at=expires_at)
                batch.append(
                    (
                        key,
                        offer.offer_id,
                        record_id,
                        offer.to_bytes(),
                        encode(values),
                        schema.id,
                        None,
                    )
                )
                new += 1
            if len(batch) >= _BATCH:
                self._put(batch)
                if progress is not None:
                    progress(done)
        self._put(batch)
        if progress is not None:
            progress(done)
        return Imported(new, done - new)

    def add(
        self,
        schema: Schema,
        values: Mapping[str, Value],
        *,
        signing_key: SigningKey,
        issuer: IssuerIdentity,
        expires_at: int,
        reference: str | None = None,
    ) -> Offer:
        """One open offer. Two with equal values are two: their rows are never taken for one.

        Raises `SchemaError` for values that must not be signed.
        """
        complete, record_id = self._with_record_id(schema, values)
        schema.check_issued(complete)
        offer = make_offer(signing_key, issuer, schema, expires_at=expires_at)
        key = hashlib.sha256(schema.digest + offer.offer_id).digest()
        self._put(
            [
                (
                    key,
                    offer.offer_id,
                    record_id,
                    offer.to_bytes(),
                    encode(complete),
                    schema.id,
                    reference,
                )
            ]
        )
        return offer

    def find(self, reference: str) -> list[bytes]:
        """Identifiers of the offers made under one of the issuer's own references."""
        query = "SELECT offer_id FROM record WHERE reference = ? ORDER BY rowid"
        return [bytes(row[0]) for row in self.database.execute(query, (reference,))]

    def offers(self) -> list[bytes]:
        """Identifiers of all offers, in the order of their rows' import."""
        rows = self.database.execute("SELECT offer_id FROM record ORDER BY rowid").fetchall()
        return [bytes(row[0]) for row in rows]

    def offer(self, offer_id: bytes) -> Offer:
        """The offer to hand to its holder. Raises `IssuanceError`."""
        return Offer.from_bytes(self._row(offer_id)[0])

    def answered(self, offer_id: bytes) -> bool:
        """Whether the credential was signed. Raises `IssuanceError` for an unknown offer."""
        return self._row(offer_id)[3] is not None

    def answer(
        self, offer_id: bytes, commitment: bytes | None, *, signing_key: SigningKey, now: int
    ) -> Credential:
        """The credential for an answered offer, signed once.

        Raises `IssuanceError` when the offer is unknown, expired, or was answered otherwise, and
        when more than a commitment was asked for (`zkproof.issuer.subjects`).
        """
        query = "SELECT 1 FROM asked WHERE offer_id = ?"
        if self.database.execute(query, (offer_id,)).fetchone() is not None:
            raise IssuanceError("offer: a commitment alone does not show what was asked for")

        def sign(offer: Offer, values: Mapping[str, Value]) -> Credential:
            if offer.schema.roles.bound_since is not None:
                raise IssuanceError(
                    "offer: its schema says since when the link secret is bound; ask about it"
                )
            return issue(signing_key, offer, values, commitment, now=now)

        return self.settle(offer_id, commitment or b"", sign)

    def settle(
        self,
        offer_id: bytes,
        answer: bytes,
        sign: Callable[[Offer, Mapping[str, Value]], Credential],
        *,
        also: Callable[[Credential], None] = lambda _: None,
    ) -> Credential:
        """Sign the credential of an offer once; the same answer again gets the same one.

        ``also`` stores what belongs to it, in the same transaction: when it raises, nothing is
        stored. Raises `IssuanceError` when the offer is unknown or was answered otherwise, and what
        ``sign`` and ``also`` raise.
        """
        data, values, known, credential = self._row(offer_id)
        digest = hashlib.sha256(answer).digest()
        if credential is not None:
            if known != digest:
                raise IssuanceError("offer: answered before with another commitment")
            return Credential.from_bytes(credential)
        made = sign(Offer.from_bytes(data), decode(values, field="book.values"))
        with self.transaction():
            changed = self.database.execute(
                "UPDATE record SET answer = ?, credential = ?"
                " WHERE offer_id = ? AND answer IS NULL",
                (digest, made.to_bytes(), offer_id),
            ).rowcount
            if changed == 1:
                also(made)
        if changed != 1:  # another process was quicker: its answer counts
            return self.settle(offer_id, answer, sign, also=also)
        return made

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is stored inside, or nothing of it."""
        self.database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.database.execute("ROLLBACK")
            raise
        self.database.execute("COMMIT")

    def issued_to(self, reference: str) -> list[bytes]:
        """Offers under one reference whose credential was issued and not revoked."""
        query = (
            "SELECT offer_id FROM record WHERE reference = ? AND credential IS NOT NULL"
            " AND offer_id NOT IN (SELECT offer_id FROM revocation) ORDER BY rowid"
        )
        return [bytes(row[0]) for row in self.database.execute(query, (reference,))]

    def revoke(self, offer_id: bytes, reason: str, *, now: int) -> None:
        """Take a record out of good standing: the next status epoch has no token for it.

        Revoked before is revoked: the first time and reason stay. Raises `IssuanceError` for an
        offer that is not in the book.
        """
        self._row(offer_id)
        self.database.execute(
            "INSERT OR IGNORE INTO revocation (offer_id, revoked_at, reason) VALUES (?,?,?)",
            (offer_id, now, reason),
        )

    def reinstate(self, offer_id: bytes) -> None:
        """Undo `revoke`. Raises `IssuanceError` when there is nothing to undo."""
        query = "DELETE FROM revocation WHERE offer_id = ?"
        if self.database.execute(query, (offer_id,)).rowcount != 1:
            raise IssuanceError("offer: not revoked")

    def offer_of(self, record_id: int) -> bytes:
        """The offer that has this record identifier. Raises `IssuanceError`."""
        query = "SELECT offer_id FROM record WHERE record_id = ?"
        row = self.database.execute(query, (record_id,)).fetchone()
        if row is None:
            raise IssuanceError("record identifier: not one of this issuer's")
        return bytes(row[0])

    def standing(self, schema_id: str) -> tuple[int, Iterator[int]]:
        """How many records of a schema are in good standing, issued and not revoked, and their
        identifiers in ascending order, from one snapshot and one at a time.
        """
        condition = (
            " FROM record WHERE schema_id = ? AND credential IS NOT NULL AND record_id IS NOT NULL"
            " AND offer_id NOT IN (SELECT offer_id FROM revocation)"
        )
        self.database.execute("BEGIN")
        count = self.database.execute(f"SELECT count(*){condition}", (schema_id,)).fetchone()[0]

        def identifiers() -> Iterator[int]:
            query = f"SELECT record_id{condition} ORDER BY record_id"
            try:
                for row in self.database.execute(query, (schema_id,)):
                    yield int(row[0])
            finally:
                self.database.execute("COMMIT")

        return int(count), identifiers()

    def counts(self) -> tuple[int, int]:
        """Offers in the book, and how many were answered."""
        row = self.database.execute("SELECT count(*), count(credential) FROM record").fetchone()
        return int(row[0]), int(row[1])

    def _row(self, offer_id: bytes) -> tuple[bytes, bytes, bytes | None, bytes | None]:
        query = "SELECT offer, vals, answer, credential FROM record WHERE offer_id = ?"
        row = self.database.execute(query, (offer_id,)).fetchone()
        if row is None:
            raise IssuanceError("offer: not one of this issuer's")
        return row[0], row[1], row[2], row[3]

    def _with_record_id(
        self, schema: Schema, row: Mapping[str, Value]
    ) -> tuple[dict[str, Value], int | None]:
        name, bound = schema.roles.record_id, schema.roles.bound_since
        if bound is not None:
            row = {**row, bound: 0}  # `zkproof.issuer.subjects` fills it in when it signs
        if name is None:
            return dict(row), None
        while True:
            record_id = 1 + secrets.randbelow((1 << 40) - 1)
            query = "SELECT 1 FROM record WHERE record_id = ?"
            if not self.database.execute(query, (record_id,)).fetchone():
                return {**row, name: record_id}, record_id

    def _put(self, batch: list[_Record]) -> None:
        self.database.execute("BEGIN IMMEDIATE")
        self.database.executemany(
            "INSERT INTO record (row_key, offer_id, record_id, offer, vals, schema_id, reference)"
            " VALUES (?,?,?,?,?,?,?)",
            batch,
        )
        self.database.execute("COMMIT")
        batch.clear()


def row_key(schema: Schema, row: Mapping[str, Value]) -> bytes:
    """Names a row by its content: the same row of the same schema is issued once."""
    return hashlib.sha256(schema.digest + encode(dict(row))).digest()
