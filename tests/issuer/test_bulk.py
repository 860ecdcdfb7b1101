"""From a bank's file to offers: strict rows, nothing twice, nothing lost."""

from __future__ import annotations

import datetime
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.presentation.building import ALICE, BANK, KEYS, MALLORY, NOW
from zkproof.credential.issuing import accept, commit, make_offer
from zkproof.errors import DecodeError, IssuanceError, NotFoundError, UsageError
from zkproof.issuer.camt053 import Statement, read_statements
from zkproof.issuer.csv_rows import read_csv
from zkproof.issuer.deposits import deposit_rows
from zkproof.issuer.documents import document_digests, document_matches
from zkproof.issuer.importing import Imported, import_rows
from zkproof.issuer.records import IssuanceRecords
from zkproof.issuer.rows import BadRow, Row
from zkproof.scenarios.sample_data import Person, deposit_csv, people, statements_xml
from zkproof_circuits import library

SCHEMA = library.schema("deposit-certificate")
KEY = KEYS[BANK.issuer_id]
DAY = datetime.date(2026, 9, 20)


def customers(count: int) -> list[Person]:
    return list(people(count, seed=7, today=DAY))


def export(count: int) -> bytes:
    found = customers(count)
    digests = [document_digests(p.account.encode(), b"s" * 16) for p in found]
    return deposit_csv(found, bank="Bank A", as_of=DAY, digests=digests)


def rows(data: bytes) -> list[Row]:
    found = list(read_csv(data, SCHEMA))
    assert not [row for row in found if isinstance(row, BadRow)]
    return [row for row in found if isinstance(row, Row)]


def taken(book: IssuanceRecords, found: Iterable[Row | BadRow], **options: Any) -> Imported:
    return import_rows(
        book,
        found,
        SCHEMA,
        make_offer=lambda: make_offer(KEY, BANK, SCHEMA, expires_at=NOW + 60),
        **options,
    )


def filled(folder: Path, count: int = 5) -> IssuanceRecords:
    book = IssuanceRecords(folder / "book.db")
    taken(book, rows(export(count)))
    return book


def test_people_are_the_same_for_the_same_seed() -> None:
    assert customers(50) == customers(50)
    assert customers(50) != list(people(50, seed=8, today=DAY))
    assert len({person.account for person in customers(500)}) == 500


def test_rows_become_offers_and_a_second_import_adds_none(tmp_path: Path) -> None:
    book = filled(tmp_path)
    assert book.counts() == (5, 0)
    again = taken(book, rows(export(5)))
    assert (again.new, again.known) == (0, 5)
    more = taken(book, rows(export(8)))
    assert (more.new, more.known) == (3, 5)


def test_offer_is_answered_once_and_the_same_answer_gets_the_same_credential(
    tmp_path: Path,
) -> None:
    book = filled(tmp_path)
    offer = book.offer(book.offers()[0])
    commitment, blind = commit(offer, ALICE)
    first = book.answer(offer.offer_id, commitment, signing_key=KEY, now=NOW)
    again = book.answer(offer.offer_id, commitment, signing_key=KEY, now=NOW)
    assert first.to_bytes() == again.to_bytes()
    accept(offer, first, link_secret=ALICE, blind=blind)
    other, _ = commit(offer, MALLORY)
    with pytest.raises(IssuanceError, match="answered before"):
        book.answer(offer.offer_id, other, signing_key=KEY, now=NOW)
    with pytest.raises(NotFoundError, match="not one of"):
        book.answer(bytes(16), commitment, signing_key=KEY, now=NOW)
    late = book.offer(book.offers()[1])
    commitment, _ = commit(late, ALICE)
    with pytest.raises(IssuanceError, match="expired"):
        book.answer(late.offer_id, commitment, signing_key=KEY, now=NOW + 61)
    assert book.counts() == (5, 1)


def test_record_identifiers_are_the_issuers_and_unique(tmp_path: Path) -> None:
    book = filled(tmp_path, 40)
    found = set()
    for offer_id in book.offers():
        offer = book.offer(offer_id)
        commitment, _ = commit(offer, ALICE)
        found.add(book.answer(offer_id, commitment, signing_key=KEY, now=NOW).values["rid"])
    assert len(found) == 40


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("MOP", "USD"), "column currency"),
        (("savings", "piggy"), "column account_kind"),
        (("2026-09-20", "20.9.2026"), "column as_of"),
        ((",MO,", ",Macao,"), "column residency"),
        (("Bank A,", "Bank A,extra,"), "cells"),
    ],
)
def test_bad_row_is_named_and_the_rest_can_be_taken(change: tuple[str, str], said: str) -> None:
    lines = export(3).decode().splitlines()
    lines[2] = lines[2].replace(*change, 1)
    found = list(read_csv("\r\n".join(lines).encode(), SCHEMA))
    bad = [row for row in found if isinstance(row, BadRow)]
    assert [row.where for row in bad] == ["line 3"]
    assert said in bad[0].reason
    assert len(found) == 3


def test_amounts_are_exact(tmp_path: Path) -> None:
    lines = export(1).decode().splitlines()
    amount = lines[1].split(",")[3]
    for text, expected in (
        ("0.01", 1),
        ("1234567.89", 123_456_789),
        ("1.005", None),
        ("1e5", None),
    ):
        line = lines[1].replace(amount, text)
        (row,) = read_csv(f"{lines[0]}\n{line}\n".encode(), SCHEMA)
        if expected is None:
            assert isinstance(row, BadRow)
        else:
            assert isinstance(row, Row)
            assert row.values["balance"] == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"a,b\n1,2\n",
        export(1).replace(b"currency", b"curency"),
        export(1).replace(b"bank_name", b"currency"),
        export(1).replace(b"currency", b"currency,rid"),
        export(1) + b"\0",
    ],
)
def test_file_with_another_header_or_encoding_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError, match="csv"):
        list(read_csv(data, SCHEMA))


def test_byte_order_mark_is_no_part_of_the_header() -> None:
    assert rows(b"\xef\xbb\xbf" + export(2)) == rows(export(2))


def test_statements_of_iso_20022_become_rows() -> None:
    found = customers(4)
    statements = list(read_statements(statements_xml(found, as_of=DAY)))
    assert [f"{s.balance:f}" for s in statements if isinstance(s, Statement)] == [
        p.balance for p in found
    ]
    made = list(deposit_rows(statements, SCHEMA, bank="Bank A", residency="MO", salt=b"s" * 16))
    for row, person in zip(made, found, strict=True):
        assert isinstance(row, Row)
        assert row.reference == person.account
        assert row.values["balance"] == int(person.balance.replace(".", ""))
        SCHEMA.check_issued({**row.values, "rid": 1})


XML = statements_xml(customers(1), as_of=DAY)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a/>",
        XML[:-20],
        XML.replace(b"001.08", b"001.01"),
        XML.replace(b"001.08", b"001.14"),
        XML.replace(b"camt.053.001.08", b"camt.052.001.08"),
        b'<!DOCTYPE a [<!ENTITY x "y">]>' + XML.partition(b"?>")[2],
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd">' + XML.partition(b"?>")[2],
        b'<!DOCTYPE l [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;&a;">]><l>&c;</l>',
    ],
)
def test_other_or_hostile_xml_is_refused(data: bytes) -> None:
    assert list(read_statements(XML))
    with pytest.raises(DecodeError, match=r"camt\.053"):
        list(read_statements(data))


def test_overdrawn_account_is_a_bad_row() -> None:
    statements = read_statements(XML.replace(b"CRDT", b"DBIT"))
    (row,) = deposit_rows(statements, SCHEMA, bank="B", residency="MO", salt=b"s" * 16)
    assert isinstance(row, BadRow)
    assert "overdrawn" in row.reason


def test_document_digests_are_salted_and_both_checked() -> None:
    sha256, sm3 = document_digests(b"certificate", b"s" * 16)
    assert document_matches(b"certificate", b"s" * 16, sha256=sha256, sm3=sm3)
    assert not document_matches(b"certificate ", b"s" * 16, sha256=sha256, sm3=sm3)
    assert not document_matches(b"certificate", b"t" * 16, sha256=sha256, sm3=sm3)
    assert not document_matches(b"certificate", b"s" * 16, sha256=sha256, sm3=sha256)
    with pytest.raises(UsageError, match="salt"):
        document_digests(b"certificate", b"short")


IMPORTING = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.issuer.test_bulk import export, rows, taken
from zkproof.issuer import importing
from zkproof.issuer.records import IssuanceRecords
importing._EVERY = 50
found = rows(export(1500))
print("ready", flush=True)
book = IssuanceRecords(Path(sys.argv[1]))
taken(book, found, progress=lambda done: print(done, flush=True))
print("end", flush=True)
"""


@pytest.mark.parametrize("lines", [1, 10, 29])
def test_killed_import_leaves_nothing_of_the_file(tmp_path: Path, lines: int) -> None:
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORTING, str(tmp_path / "book.db"), root],
        stdout=subprocess.PIPE,
        env={**os.environ},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    for _ in range(lines):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    process.wait()
    book = IssuanceRecords(tmp_path / "book.db")
    assert book.counts() in ((0, 0), (1500, 0))
    done = taken(book, rows(export(1500)))
    assert done.new + done.known == 1500
    assert book.counts() == (1500, 0)
