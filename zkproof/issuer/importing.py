"""From rows to open offers: a whole file in one transaction, every row once.

Rows are checked and prepared in a table of the import's own, which is on nobody's way; then one
statement puts those that are new into the records. A process that is killed leaves nothing of the
file or all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto

from zkproof.codec import encode
from zkproof.credential.issuing import Offer
from zkproof.errors import IssuanceError
from zkproof.issuer.offering import free_record_id
from zkproof.issuer.records import IssuanceRecords
from zkproof.issuer.rows import BadRow, Row
from zkproof_circuits.schema import Schema

_EVERY = 500

_STAGED = """
DROP TABLE IF EXISTS temp.staged;
CREATE TEMP TABLE staged (
    row_key BLOB PRIMARY KEY,
    content BLOB NOT NULL,
    place TEXT NOT NULL,
    subject TEXT UNIQUE,
    known INTEGER NOT NULL,
    offer_id BLOB UNIQUE,
    record_id INTEGER UNIQUE,
    offer BLOB,
    vals BLOB,
    reference TEXT
) STRICT;
"""

Progress = Callable[[int], None]
"""Called with the number of rows done so far."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: rows that became offers, rows known before or repeated, bad rows."""

    new: int
    known: int
    bad: int = 0


class BadRowsError(IssuanceError):
    """A file with bad rows, of which nothing was taken."""


def import_rows(
    records: IssuanceRecords,
    rows: Iterable[Row | BadRow],
    schema: Schema,
    *,
    make_offer: Callable[[], Offer],
    skip: bool = False,
    equal_rows: bool = False,
    report: Callable[[BadRow], None] = lambda _: None,
    progress: Progress = lambda _: None,
) -> Imported:
    """Make an open offer for every row that is new; ``make_offer`` draws each.

    Record identifiers are drawn here: unique in the records, never the holder's choice. ``skip``
    takes the good rows of a file with bad ones. ``equal_rows`` takes equal rows without a reference
    for several subjects, counted by their order; otherwise the second one is bad.

    Raises `BadRowsError` after all bad rows were reported, when nothing is taken because of them,
    and what reading ``rows`` raises: then nothing is taken either.
    """
    staging = _Staging(records, schema, make_offer, equal_rows)
    done = known = bad = 0
    for done, row in enumerate(rows, 1):
        problem = row if isinstance(row, BadRow) else staging.add(row)
        if isinstance(problem, BadRow):
            bad += 1
            report(problem)
        elif problem is _Kept.KNOWN:
            known += 1
        if done % _EVERY == 0:
            progress(done)
    progress(done)
    if bad and not skip:
        staging.forget()
        counted = "1 bad row" if bad == 1 else f"{bad} bad rows"
        raise BadRowsError(f"{counted}; nothing was taken", hint="correct them, or --on-error skip")
    return Imported(staging.take(), known, bad)


class _Kept(Enum):
    KNOWN = auto()
    NEW = auto()


class _Staging:
    """Rows of one import, before any of them is taken."""

    def __init__(
        self,
        records: IssuanceRecords,
        schema: Schema,
        make_offer: Callable[[], Offer],
        equal_rows: bool,
    ) -> None:
        self._records = records
        self._db = records.database
        self._schema = schema
        self._make_offer = make_offer
        self._equal_rows = equal_rows
        self._db.executescript(_STAGED)

    def add(self, row: Row) -> BadRow | _Kept:
        """Keep a row. Gives whether it is new or known, or why it is bad."""
        content = row.key(self._schema)
        if row.subject is not None:
            query = "SELECT content, place FROM staged WHERE subject = ?"
            before = self._db.execute(query, (row.subject,)).fetchone()
            if before is not None:
                if before[0] == content:
                    return _Kept.KNOWN
                what = "reference" if row.subject == row.reference else "account and day"
                return BadRow(row.where, f"the same {what} as {before[1]}, with other values")
        key, occurrence = content, 0
        while (place := self._staged(key)) is not None:
            if row.subject is not None and row.names_itself:
                return _Kept.KNOWN
            if not self._equal_rows:
                return BadRow(
                    row.where,
                    f"equal to {place}: one subject twice, or two that need a reference each",
                )
            occurrence += 1
            key = row.key(self._schema, occurrence)
        return self._stage(row, key, content)

    def _staged(self, key: bytes) -> str | None:
        found = self._db.execute("SELECT place FROM staged WHERE row_key = ?", (key,)).fetchone()
        return None if found is None else str(found[0])

    def _stage(self, row: Row, key: bytes, content: bytes) -> BadRow | _Kept:
        query = "SELECT 1 FROM record WHERE row_key = ?"
        known = self._db.execute(query, (key,)).fetchone() is not None
        prepared: tuple[object, ...] = (None, None, None, None)
        if not known:
            values, record_id = dict(row.values), None
            name, bound = self._schema.roles.record_id, self._schema.roles.bound_since
            if bound is not None:
                values[bound] = 0  # `zkproof.issuer.subjects` fills it in when it signs
            if name is not None:
                values[name] = record_id = self._record_id()
            self._schema.check_issued(values)
            offer = self._make_offer()
            prepared = (offer.offer_id, record_id, offer.to_bytes(), encode(values))
        self._db.execute(
            "INSERT INTO staged VALUES (?,?,?,?,?,?,?,?,?,?)",
            (key, content, row.where, row.subject, int(known), *prepared, row.reference),
        )
        return _Kept.KNOWN if known else _Kept.NEW

    def _record_id(self) -> int:
        while True:
            drawn = free_record_id(self._records)
            query = "SELECT 1 FROM staged WHERE record_id = ?"
            if self._db.execute(query, (drawn,)).fetchone() is None:
                return drawn

    def take(self) -> int:
        """Put what is new into the records, all at once."""
        with self._records.transaction():
            count = self._db.execute(
                "INSERT INTO record"
                " (row_key, offer_id, record_id, offer, vals, schema_id, reference)"
                " SELECT row_key, offer_id, record_id, offer, vals, ?, reference FROM staged"
                " WHERE NOT known AND row_key NOT IN (SELECT row_key FROM record) ORDER BY rowid",
                (self._schema.id,),
            ).rowcount
        self.forget()
        return count

    def forget(self) -> None:
        self._db.execute("DROP TABLE temp.staged")
