"""CSV as banks and offices export it: what is read, what is refused, and on which line."""

from __future__ import annotations

import codecs

import pytest

from tests.issuer.building import HEADER, PAYROLL, ROW, table
from zkproof.errors import DecodeError, UsageError
from zkproof.issuer.csv_form import PLAIN, CsvForm, read_form
from zkproof.issuer.csv_rows import read_csv
from zkproof.issuer.rows import BadRow, Row
from zkproof.issuer.text_encodings import guess

MAPPING = """
delimiter = ";"
reference = "Número de cliente"
ignore = ["Agência"]

[columns]
"Entidade" = "employer"
"Salário" = "salary"
"De" = "valid_from"
"Até" = "valid_until"

[constants]
months = "36"

[numbers]
decimal = ","
thousands = "."

[dates]
format = "DD.MM.YYYY"
"""


def read(data: bytes, form: CsvForm = PLAIN) -> tuple[list[Row | BadRow], list[str]]:
    told: list[str] = []
    return list(read_csv(data, PAYROLL, form, warn=told.append)), told


def one(data: bytes, form: CsvForm = PLAIN) -> Row | BadRow:
    found, _ = read(data, form)
    assert len(found) == 1
    return found[0]


def salary(text: str, form: CsvForm = PLAIN) -> int | str:
    row = one(table(ROW.replace("35000.00", text)), form)
    if isinstance(row, BadRow):
        assert row.where == "line 2"
        return row.reason
    value = row.values["salary"]
    assert isinstance(value, int)
    return value


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiter_is_detected_and_said(sign: str) -> None:
    data = table(ROW).replace(b",", sign.encode())
    found, told = read(data)
    assert found == read(table(ROW))[0]
    assert len(told) == (sign != ",")
    assert read(data, CsvForm(delimiter=sign)) == (found, [])


def test_header_with_two_possible_signs_asks_for_the_delimiter() -> None:
    data = table(ROW.replace(",", ";"), header=HEADER.replace(",", ";", 3))
    with pytest.raises(DecodeError, match="several signs"):
        read(data)


@pytest.mark.parametrize(
    ("codec", "name", "warns"),
    [
        ("utf-8", "永利", False),
        ("utf-8-sig", "永利", False),
        ("utf-16", "永利", False),
        ("gb18030", "中国银行澳门分行有限公司", True),
        ("big5", "澳門商業銀行股份有限公司", True),
        ("cp1252", "João Conceição & Irmãos", True),
    ],
)
def test_encoding_is_detected_and_said(codec: str, name: str, warns: bool) -> None:
    found, told = read(table(ROW.replace("Works", name)).decode().encode(codec))
    assert isinstance(found[0], Row)
    assert found[0].values["employer"] == name
    assert len(told) == warns


def test_encoding_that_nobody_can_tell_is_asked_for() -> None:
    data = table(ROW.replace("Works", "§µ¶")).decode().encode("cp1252")
    with pytest.raises(DecodeError, match=r"line 2.*cannot be told") as caught:
        read(data)
    assert "--encoding" in str(caught.value.hint)
    row = one(data, CsvForm(encoding="windows-1252"))
    assert isinstance(row, Row)
    with pytest.raises(DecodeError, match="line 2: not ascii"):
        read(data, CsvForm(encoding="ascii"))
    with pytest.raises(DecodeError, match="not known"):
        read(data, CsvForm(encoding="x-none"))


def test_guesses_never_take_one_encoding_for_another() -> None:
    texts = ["陈大文住在澳门", "陳大文住在澳門", "Conceição São João", "永利澳門有限公司"]
    for text in texts:
        for codec in ("gb18030", "big5", "cp1252"):
            try:
                data = text.encode(codec)
            except UnicodeEncodeError:
                continue
            taken = guess(data)
            assert taken is None or data.decode(codecs.lookup(taken).name) == text


def test_mapping_file_names_columns_constants_numbers_and_dates() -> None:
    header = "Número de cliente;Agência;Entidade;Salário;De;Até"
    line = "4711;Centro;Obras, Lda.;-1.234.567,89;01.02.2026;31.12.2099"
    row = one(table(line, header=header), read_form(MAPPING))
    assert isinstance(row, Row)
    assert row.reference == "4711"
    assert (row.values["salary"], row.values["months"]) == (-123_456_789, 36)
    again = table(line.replace("01.02.2026", "2026-02-01"), header=header)
    bad = one(again, read_form(MAPPING))
    assert isinstance(bad, BadRow)
    assert "column De: a date as DD.MM.YYYY" in bad.reason


@pytest.mark.parametrize(
    "text",
    [
        'colums = { a = "b" }',
        "[columns]\na = 1",
        '[numbers]\ndecimal = "x"',
        '[numbers]\ndecimal = ","\nthousands = ","',
        '[dates]\nformat = "DD.MM.YY"',
        '[dates]\nformat = "(DD)MM.YYYY"',
        'delimiter = "x"',
        'ignore = "x"',
        'encoding = ["utf-8"]',
    ],
)
def test_mapping_that_cannot_be_is_refused(text: str) -> None:
    read_form(MAPPING)
    with pytest.raises(UsageError):
        read_form(text)


def test_reference_column_must_be_there_and_may_be_an_attribute() -> None:
    row = one(table(ROW), CsvForm(reference_column="employer"))
    assert isinstance(row, Row)
    assert (row.reference, row.values["employer"]) == ("Works", "Works")
    with pytest.raises(DecodeError, match="no column customer"):
        read(table(ROW), CsvForm(reference_column="customer"))
    nameless = table("," + ROW, header="customer," + HEADER)
    assert isinstance(one(nameless, CsvForm(reference_column="customer")), BadRow)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("35000.00", 3_500_000),
        ("-35000.00", -3_500_000),
        ("35000", 3_500_000),
        ('"=""35000.00"""', 3_500_000),
        ("'35000.00", 3_500_000),
        ("\u00a035000.00 ", 3_500_000),
        ("7.5E+05", "spreadsheet shortened"),
        ('"35,000.00"', "a comma"),
        ("35 000.00", "not declared"),
        ("35\u00a0000.00", "not declared"),
        ("35_000.00", "not declared"),
        ("35'000.00", "not declared"),
        ("".join(chr(0xFF10 + int(d)) for d in "35000"), "digits other than 0 to 9"),
        ("٣٥٠٠٠", "digits other than 0 to 9"),
        ("35000.005", "2 digits after the point"),
        ("350.00.00", "decimal number"),
        ("MOP 35000.00", "not a number"),
        ("#REF!", "not a number"),
        ("", "decimal number"),
        ("9" * 5000, "decimal number"),
    ],
)
def test_numbers_are_taken_as_they_stand_or_refused(text: str, value: int | str) -> None:
    found = salary(text)
    if isinstance(value, int):
        assert found == value
    else:
        assert value in str(found)


def test_thousands_are_separated_only_where_declared_and_only_every_three_digits() -> None:
    form = CsvForm(thousands=",")
    assert salary('"1,234,567.00"', form) == 123_456_700
    assert salary("1234567.00", form) == 123_456_700
    for text in ('"12,34,567.00"', '"1,234567.00"', '",234.00"', '"1,2345.00"'):
        assert "every three digits" in str(salary(text, form))


def test_empty_columns_and_rows_at_the_end_are_passed_over() -> None:
    data = table(ROW + ",,", ",,,,", "", ROW.replace("Works", "Other"), header=HEADER + ",,")
    found, _ = read(data)
    assert [row.where for row in found] == ["line 2", "line 5"]
    assert all(isinstance(row, Row) for row in found)


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;\r"])
def test_first_line_of_excel_names_the_separator_and_counts(first: str) -> None:
    body = table(ROW, "x").decode().replace(",", ";")
    found, told = read(f"{first}\n{body}".encode())
    assert [row.where for row in found] == ["line 3", "line 4"]
    assert isinstance(found[0], Row)
    assert told == []


def test_line_of_a_row_is_where_it_begins_in_the_file() -> None:
    quoted = ROW.replace("Works", '"Works\nLimited"')
    found, _ = read(table(ROW, quoted, "x", ROW.replace("Works", '"A ""B"" C"')))
    assert [row.where for row in found] == ["line 2", "line 3", "line 5", "line 6"]
    assert [isinstance(row, Row) for row in found] == [True, False, False, True]


def test_quote_that_is_not_closed_is_a_bad_row_and_the_others_are_read() -> None:
    stray = ROW.replace("Works", '"Works" Ltd')
    found, _ = read(table(ROW, stray, ROW.replace("Works", "Other")))
    assert [isinstance(row, Row) for row in found] == [True, False, True]
    found, _ = read(table(ROW, ROW.replace("Works", '"Works')))
    assert isinstance(found[1], BadRow)
    assert "not closed" in found[1].reason


def test_texts_keep_their_apostrophe_and_names_their_rare_characters() -> None:
    for name in ("'t Hooft & Zonen", "陳\U00031350文", "陈\U0002ebf0文"):
        row = one(table(ROW.replace("Works", name)))
        assert isinstance(row, Row), row
        assert row.values["employer"] == name


@pytest.mark.parametrize("data", [b"", b"\0", b"a\0b", b"\xff\xfe", table(ROW, header="a,b")])
def test_file_without_the_columns_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError, match="csv"):
        read(data)
