"""The issuer's records: what is to be signed, and what was, each once.

A holder answers an open offer with its commitment and gets its credential; the same answer again
gets the same credential, another answer none.

Trusted: yes, it is the issuer's own data. May be lost: no. Acknowledged means: committed in SQLite
with ``synchronous=FULL``.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from zkproof.bbs.keys import SigningKey
from zkproof.codec import decode, encode
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import Offer, issue
from zkproof.errors import ConflictError, IssuanceError, NotFoundError
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
CREATE TABLE IF NOT EXISTS renewal (
    lapsed_offer_id BLOB PRIMARY KEY,
    offer_id BLOB NOT NULL
) STRICT;
"""
_WAIT_SECONDS = 60.0
UNTOLD = encode({})
"""Values of an offer before they are told. No record has none: a schema has an attribute."""


class State(StrEnum):
    """How far a record is."""

    OPEN = "open"
    LAPSED = "lapsed"
    ISSUED = "issued"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Record:
    """One record, without its values."""

    offer_id: bytes
    record_id: int | None
    schema_id: str
    reference: str | None
    state: State
    expires_at: int
    key_id: str


class IssuanceRecords:
    """One issuer's records."""

    def __init__(self, path: Path | None) -> None:
        """Open or create; without a path, in memory. Raises `ConflictError` for what is no database
        of records.
        """
        try:
            self.database = sqlite3.connect(
                path or ":memory:", isolation_level=None, timeout=_WAIT_SECONDS
            )
            self.database.execute("PRAGMA journal_mode=WAL")
            self.database.execute("PRAGMA synchronous=FULL")
            columns = {row[1] for row in self.database.execute("PRAGMA table_info(record)")}
            if columns and "reference" not in columns:
                self.database.execute("ALTER TABLE record ADD COLUMN reference TEXT")
            self.database.executescript(_TABLES)
        except sqlite3.Error as error:
            raise ConflictError(f"{path}: cannot be opened as records ({error})") from None

    def close(self) -> None:
        self.database.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction: all of its writes are kept, or none. Raises `ConflictError` when another
        program holds the records for too long.
        """
        try:
            self.database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise ConflictError(f"records: cannot be written ({error})") from None
        try:
            yield
        except BaseException:
            self.database.execute("ROLLBACK")
            raise
        self.database.execute("COMMIT")

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

    def offer_octets(self, offer_id: bytes) -> bytes:
        """The offer as its holder gets it. Raises `IssuanceError`."""
        return self._row(offer_id)[0]

    def values(self, offer_id: bytes) -> Mapping[str, Value]:
        """What is or will be signed. Raises `IssuanceError`."""
        values: Mapping[str, Value] = decode(self._row(offer_id)[1], field="book.values")
        return values

    def record(self, offer_id: bytes, *, now: int) -> Record:
        """One record and how far it is. Raises `IssuanceError`."""
        query = "SELECT record_id, schema_id, reference FROM record WHERE offer_id = ?"
        data, _, answer, _ = self._row(offer_id)
        record_id, schema_id, reference = self.database.execute(query, (offer_id,)).fetchone()
        told = decode(data, field="book.offer")  # these records' own; reading its schema takes long
        if self.is_revoked(offer_id):
            state = State.REVOKED
        elif answer is not None:
            state = State.ISSUED
        else:
            state = State.OPEN if now <= told["expires_at"] else State.LAPSED
        return Record(
            offer_id, record_id, schema_id, reference, state, told["expires_at"], told["key"]
        )

    def answered(self, offer_id: bytes) -> bool:
        """Whether the credential was signed. Raises `IssuanceError` for an unknown offer."""
        return self._row(offer_id)[3] is not None

    def answer(
        self, offer_id: bytes, commitment: bytes | None, *, signing_key: SigningKey, now: int
    ) -> Credential:
        """The credential for an answered offer, signed once.

        Raises `IssuanceError` when the offer is unknown, expired, revoked, or was answered
        otherwise, and when more than a commitment was asked for (`zkproof.issuer.subjects`).
        """
        if self.is_asked(offer_id):
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
        stored. Raises `IssuanceError` when the offer is unknown, revoked, without values or was
        answered otherwise, and what ``sign`` and ``also`` raise.
        """
        data, values, known, credential = self._row(offer_id)
        digest = hashlib.sha256(answer).digest()
        if credential is not None:
            if known != digest:
                raise IssuanceError("offer: answered before with another commitment")
            return Credential.from_bytes(credential)
        if self.is_revoked(offer_id):
            raise IssuanceError("offer: its record was revoked")
        if values == UNTOLD:
            raise IssuanceError("offer: its values were not told", hint="zkproof issuer issue")
        made = sign(Offer.from_bytes(data), decode(values, field="book.values"))
        with self.transaction():
            changed = self.database.execute(
                "UPDATE record SET answer = ?, credential = ?"
                " WHERE offer_id = ? AND vals = ? AND answer IS NULL"
                " AND offer_id NOT IN (SELECT offer_id FROM revocation)",
                (digest, made.to_bytes(), offer_id, values),
            ).rowcount
            if changed == 1:
                also(made)
        if changed != 1:  # another process was quicker: what it did counts
            return self.settle(offer_id, answer, sign, also=also)
        return made

    def issued_to(self, reference: str) -> list[bytes]:
        """Offers under one reference whose credential was issued and not revoked."""
        query = (
            "SELECT offer_id FROM record WHERE reference = ? AND credential IS NOT NULL"
            " AND offer_id NOT IN (SELECT offer_id FROM revocation) ORDER BY rowid"
        )
        return [bytes(row[0]) for row in self.database.execute(query, (reference,))]

    def renew(self, offer_id: bytes, offer: Offer) -> None:
        """Put another offer in the place of one that nobody answered; the old one is void.

        Raises `IssuanceError` for an offer that was answered or revoked, and for one about which
        more was asked (`zkproof.issuer.subjects`): that was asked about this offer only.
        """
        if self.is_asked(offer_id):
            raise IssuanceError(
                "offer: more was asked about it", hint="make another offer, and ask again"
            )
        if self._row(offer_id)[2] is not None:
            raise IssuanceError("offer: answered, so there is nothing to renew")
        with self.transaction():
            changed = self.database.execute(
                "UPDATE record SET offer_id = ?, offer = ? WHERE offer_id = ? AND answer IS NULL"
                " AND offer_id NOT IN (SELECT offer_id FROM revocation)",
                (offer.offer_id, offer.to_bytes(), offer_id),
            ).rowcount
            if changed != 1:
                raise IssuanceError("offer: answered or revoked, so there is nothing to renew")
            self.database.execute("INSERT INTO renewal VALUES (?,?)", (offer_id, offer.offer_id))

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

    def is_revoked(self, offer_id: bytes) -> bool:
        query = "SELECT 1 FROM revocation WHERE offer_id = ?"
        return self.database.execute(query, (offer_id,)).fetchone() is not None

    def is_asked(self, offer_id: bytes) -> bool:
        """Whether more than a commitment was asked for."""
        query = "SELECT 1 FROM asked WHERE offer_id = ?"
        return self.database.execute(query, (offer_id,)).fetchone() is not None

    def resolve(self, named: str) -> bytes:
        """The offer that a person names: by record identifier, the offer's in hexadecimal, or the
        issuer's reference.

        Raises `IssuanceError` when none is meant, or several could be.
        """
        found = set(self.find(named))
        if named.isascii() and named.isdigit() and len(named) < 19:
            query = "SELECT offer_id FROM record WHERE record_id = ?"
            found |= {bytes(row[0]) for row in self.database.execute(query, (int(named),))}
        with contextlib.suppress(ValueError):
            query = "SELECT offer_id FROM record WHERE offer_id = ?"
            wanted = bytes.fromhex(named)
            found |= {bytes(row[0]) for row in self.database.execute(query, (wanted,))}
        if not found:
            raise NotFoundError(f"{named}: not one of this issuer's records")
        if len(found) > 1:
            raise IssuanceError(
                f"{named}: {len(found)} records are called so",
                hint=f"name one: zkproof issuer find {named}",
            )
        return found.pop()

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

    def revoked(self, schema_id: str, *, today: int) -> list[int]:
        """Record identifiers of a schema that were revoked, in ascending order, but for those whose
        last day has passed: nobody could show them anyway. ``today`` is a day number.
        """
        query = (
            "SELECT record_id, offer, vals FROM record JOIN revocation USING (offer_id)"
            " WHERE schema_id = ? AND record_id IS NOT NULL ORDER BY record_id"
        )
        found = []
        for record_id, offer, values in self.database.execute(query, (schema_id,)):
            until = Offer.from_bytes(offer).schema.roles.valid_until
            last = None if until is None else decode(values, field="book.values").get(until)
            if not isinstance(last, int) or last >= today:
                found.append(int(record_id))
        return found

    def counts(self) -> tuple[int, int]:
        """Offers in the book, and how many were answered."""
        row = self.database.execute("SELECT count(*), count(credential) FROM record").fetchone()
        return int(row[0]), int(row[1])

    def _row(self, offer_id: bytes) -> tuple[bytes, bytes, bytes | None, bytes | None]:
        query = "SELECT offer, vals, answer, credential FROM record WHERE offer_id = ?"
        row = self.database.execute(query, (offer_id,)).fetchone()
        if row is not None:
            return row[0], row[1], row[2], row[3]
        query = "SELECT 1 FROM renewal WHERE lapsed_offer_id = ?"
        if self.database.execute(query, (offer_id,)).fetchone() is not None:
            raise IssuanceError("offer: renewed; the newer one counts", hint="hand that one out")
        raise NotFoundError("offer: not one of this issuer's")
