"""Rows become offers: a file as a whole, a person once, two people never one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.issuer.building import HEADER, PAYROLL, ROW, table, taken
from zkproof.errors import DecodeError, IssuanceError
from zkproof.issuer.csv_form import PLAIN, CsvForm
from zkproof.issuer.csv_rows import read_csv
from zkproof.issuer.importing import Imported
from zkproof.issuer.records import IssuanceRecords
from zkproof.issuer.rows import BadRow, Row

WITH_REFERENCE = CsvForm(reference_column="customer")
REFERENCED = f"customer,{HEADER}"


def imported(
    data: bytes,
    form: CsvForm = PLAIN,
    records: IssuanceRecords | None = None,
    *,
    skip: bool = False,
    equal_rows: bool = False,
) -> tuple[Imported, list[str]]:
    told: list[str] = []
    done = taken(
        records or IssuanceRecords(None),
        read_csv(data, PAYROLL, form),
        PAYROLL,
        skip=skip,
        equal_rows=equal_rows,
        report=lambda row: told.append(str(row)),
    )
    return done, told


def test_equal_rows_of_two_references_are_two_people() -> None:
    records = IssuanceRecords(None)
    data = table(f"4711,{ROW}", f"4712,{ROW}", header=REFERENCED)
    assert imported(data, WITH_REFERENCE, records)[0] == Imported(2, 0)
    assert imported(data, WITH_REFERENCE, records)[0] == Imported(0, 2)
    assert len(records.find("4711")) == len(records.find("4712")) == 1


def test_row_repeated_in_a_file_is_one_offer() -> None:
    data = table(f"4711,{ROW}", f"4712,{ROW}", f"4711,{ROW}", header=REFERENCED)
    assert imported(data, WITH_REFERENCE) == (Imported(2, 1), [])


def test_one_reference_with_two_contents_is_named_by_both_lines() -> None:
    other = ROW.replace("35000.00", "36000.00")
    data = table(f"4711,{ROW}", f"4712,{ROW}", f"4711,{other}", header=REFERENCED)
    with pytest.raises(IssuanceError, match="1 bad row; nothing was taken"):
        imported(data, WITH_REFERENCE)
    done, told = imported(data, WITH_REFERENCE, skip=True)
    assert done == Imported(2, 0, 1)
    assert told == ["line 4: the same reference as line 2, with other values"]


def test_next_certificate_of_one_reference_is_new_in_another_file() -> None:
    records = IssuanceRecords(None)
    other = ROW.replace("2026-01-01", "2026-02-01")
    for row in (ROW, other):
        data = table(f"4711,{row}", header=REFERENCED)
        assert imported(data, WITH_REFERENCE, records)[0].new == 1
    assert len(records.find("4711")) == 2


@pytest.mark.parametrize("between", [0, 700])
def test_equal_rows_without_references_are_refused_or_told_to_be_people(between: int) -> None:
    others = [ROW.replace("Works", f"Works {i}") for i in range(between)]
    data = table(ROW, *others, ROW)
    done, told = imported(data, skip=True)
    assert done == Imported(between + 1, 0, 1)
    assert told[0].startswith(f"line {between + 3}: equal to line 2")
    records = IssuanceRecords(None)
    people = imported(data, records=records, equal_rows=True)[0]
    assert people == Imported(between + 2, 0)
    again = imported(data, records=records, equal_rows=True)[0]
    assert again == Imported(0, between + 2)


def test_nothing_is_taken_of_a_file_with_a_bad_row_at_its_end() -> None:
    records = IssuanceRecords(None)
    rows = [ROW.replace("Works", f"Works {i}") for i in range(1200)]
    data = table(*rows, ROW.replace("2099-12-31", "2025-12-31"))
    with pytest.raises(IssuanceError, match="nothing was taken"):
        imported(data, records=records)
    assert records.counts() == (0, 0)
    done, told = imported(data, records=records, skip=True)
    assert done == Imported(1200, 0, 1)
    assert told == ["line 1202: valid_until: before valid_from"]
    assert records.counts() == (1200, 0)


def test_all_faults_of_a_row_are_one_report() -> None:
    bad = "Works,35000.5,many,2026-13-01,2099-12-31"
    _, told = imported(table(ROW, bad), skip=True)
    assert len(told) == 1
    for column in ("line 3", "column salary", "column months", "column valid_from"):
        assert column in told[0]


def test_nothing_is_taken_when_reading_fails_on_the_way() -> None:
    records = IssuanceRecords(None)

    def cut_short() -> Iterator[Row | BadRow]:
        yield from read_csv(table(ROW), PAYROLL)
        raise DecodeError("file", "cut short")

    with pytest.raises(DecodeError):
        taken(records, cut_short(), PAYROLL)
    assert records.counts() == (0, 0)
    assert taken(records, read_csv(table(ROW), PAYROLL), PAYROLL) == Imported(1, 0)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12),
    st.integers(0, 12),
)
def test_every_person_has_one_offer_for_each_content(rows: list[tuple[int, int]], cut: int) -> None:
    """Whatever stands twice, and however the rows are spread over files."""
    records = IssuanceRecords(None)
    for part in (rows[:cut], rows[cut:], rows):
        lines = [f"{who},{ROW.replace('35000', str(35000 + what))}" for who, what in part]
        imported(table(*lines, header=REFERENCED), WITH_REFERENCE, records, skip=True)
    first: dict[int, set[int]] = {}
    for part in (rows[:cut], rows[cut:], rows):
        for who in {who for who, _ in part}:
            first.setdefault(who, set()).add(next(what for each, what in part if each == who))
    for who, contents in first.items():
        assert len(records.find(str(who))) == len(contents)
