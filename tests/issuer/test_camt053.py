"""Statements are read by meaning: the one figure that they state, or a reason why there is none."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.issuer.camt_files import File, Meaning, files
from zkproof.errors import DecodeError
from zkproof.issuer.camt053 import Statement, read_statements
from zkproof.issuer.rows import BadRow

BALANCE = (
    '<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="MOP">750000.00</Amt>'
    "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-24</Dt></Dt></Bal>"
)
ACCOUNT = "<Acct><Id><Othr><Id>1001-2345</Id></Othr></Id><Ccy>MOP</Ccy></Acct>"
STATEMENT = f"<Stmt><Id>S1</Id>{ACCOUNT}{BALANCE}</Stmt>"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def document(body: str = STATEMENT, *, namespace: str = NAMESPACE) -> str:
    return (
        f'<Document xmlns="{namespace}"><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr>'
        f"{body}</BkToCstmrStmt></Document>"
    )


def declared(encoding: str, codec: str | None = None, text: str | None = None) -> bytes:
    body = document() if text is None else text
    return f'<?xml version="1.0" encoding="{encoding}"?>{body}'.encode(codec or encoding)


def meanings(data: bytes) -> list[Meaning | str]:
    return [
        each.reason
        if isinstance(each, BadRow)
        else Meaning(each.account, each.currency, each.balance, each.as_of)
        for each in read_statements(data)
    ]


def only(data: bytes) -> Meaning | str:
    (found,) = meanings(data)
    return found


RIGHT = Meaning("1001-2345", "MOP", Decimal("750000.00"), "2026-11-24")


@settings(max_examples=150)
@given(files())
def test_what_a_bank_writes_is_read_by_meaning(made: File) -> None:
    assert meanings(made.data) == list(made.meanings)


@given(files())
@settings(max_examples=25)
def test_file_that_is_cut_short_is_refused(made: File) -> None:
    assert meanings(made.data)
    with pytest.raises(DecodeError, match="camt"):
        list(read_statements(made.data[: len(made.data) * 2 // 3]))


@pytest.mark.parametrize("version", range(2, 14))
def test_every_version_of_the_message_is_read(version: int) -> None:
    namespace = NAMESPACE[:-2] + f"{version:02}"
    assert only(document(namespace=namespace).encode()) == RIGHT


@pytest.mark.parametrize("owner", ["urn:swift:xsd:", "urn:swift:xsd:$"])
def test_namespace_of_the_network_is_read(owner: str) -> None:
    assert only(document(namespace=f"{owner}camt.053.001.02").encode()) == RIGHT


@pytest.mark.parametrize(
    ("namespace", "said"),
    [
        (NAMESPACE.replace("053", "052"), "camt.052"),
        (NAMESPACE.replace("053", "054"), "camt.054"),
        (NAMESPACE.replace(".08", ".01"), "version"),
        (NAMESPACE.replace(".08", ".14"), "version"),
        ("urn:example:other", "another kind"),
    ],
)
def test_other_message_is_named_in_one_line(namespace: str, said: str) -> None:
    assert only(document().encode()) == RIGHT
    with pytest.raises(DecodeError, match=said):
        list(read_statements(document(namespace=namespace).encode()))


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UTF-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("GBK", "gbk"),
        ("GB2312", "gb2312"),
        ("GB18030", "gb18030"),
        ("Big5", "big5"),
        ("Big5-HKSCS", "big5hkscs"),
    ],
)
def test_name_in_a_declared_encoding_does_not_hinder(name: str, codec: str) -> None:
    name_of = "<Ownr><Nm>文</Nm></Ownr></Acct>"
    text = document(STATEMENT.replace("</Acct>", name_of))
    assert only(declared(name, codec, text)) == RIGHT


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_seen(codec: str) -> None:
    assert only(declared("UTF-16", codec)) == RIGHT


@pytest.mark.parametrize("encoding", ["x-no-such", "utf-7", "idna", "unicode_escape", "rot13"])
def test_unknown_encoding_is_refused_in_one_line(encoding: str) -> None:
    with pytest.raises(DecodeError, match="not known") as refused:
        list(read_statements(declared(encoding, "ascii")))
    assert "\n" not in refused.value.message


def test_octets_outside_the_declared_encoding_are_refused() -> None:
    good = declared("GBK", "gbk", document(STATEMENT.replace("S1", "文")))
    assert only(good) == RIGHT
    bad = good.replace("文".encode("gbk"), b"\xff\xff")
    with pytest.raises(DecodeError, match="encoding"):
        list(read_statements(bad))


@pytest.mark.parametrize(
    "amount",
    ["750000", "750000.", "750000.0", "750000.00000", "0750000.00", "+750000.00", " 750000.00\n"],
)
def test_amount_in_the_grammar_of_the_standard_is_exact(amount: str) -> None:
    assert only(document(STATEMENT.replace("750000.00", amount)).encode()) == RIGHT


@pytest.mark.parametrize(
    "amount",
    [
        "750000.005",
        "7.5E5",
        "750,000.00",
        "-750000.00",
        "",
        ".",
        "\uff1750000.00",
        "750000.00\u00a0",
        "1" * 19,
        "1" * 5000,
        "0x1",
        "NaN",
        "INF",
        "750 000.00",
    ],
)
def test_amount_that_is_no_exact_number_of_minor_units_is_a_bad_row(amount: str) -> None:
    assert only(document().encode()) == RIGHT
    assert isinstance(only(document(STATEMENT.replace("750000.00", amount)).encode()), str)


@pytest.mark.parametrize(
    ("currency", "amount", "expected"),
    [
        ("JPY", "750000", "750000"),
        ("JPY", "750000.00", "750000"),
        ("JPY", "750000.50", None),
        ("KWD", "1.234", "1.234"),
        ("BHD", "1.2345", None),
        ("CLF", "1.2345", "1.2345"),
        ("XAU", "1", None),
        ("XXX", "1", None),
        ("ZZZ", "1", None),
        ("mop", "1", None),
        ("", "1", None),
    ],
)
def test_digits_are_those_of_the_currency(currency: str, amount: str, expected: str | None) -> None:
    text = document(
        STATEMENT.replace("<Ccy>MOP</Ccy>", "")
        .replace('"MOP"', f'"{currency}"')
        .replace("750000.00", amount)
    )
    found = only(text.encode())
    if expected is None:
        assert isinstance(found, str)
    else:
        assert isinstance(found, Meaning)
        assert (found.currency, found.balance) == (currency, Decimal(expected))


def changed(before: str, after: str) -> bytes:
    assert before in STATEMENT
    return document(STATEMENT.replace(before, after)).encode()


OTHER_CLOSING = BALANCE.replace("750000.00", "1.00")
CREDIT = '<CdtLine><Incl>{}</Incl><Amt Ccy="MOP">500000.00</Amt></CdtLine><Amt'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<Cd>CLBD</Cd>", "<Cd>OPBD</Cd>"),
        ("<Cd>CLBD</Cd>", "<Prtry>CLBD</Prtry>"),
        ("<Cd>CLBD</Cd>", "<Cd>CLBD</Cd><Prtry>x</Prtry>"),
        ("<Cd>CLBD</Cd>", ""),
        ("</CdOrPrtry>", "</CdOrPrtry><SubTp><Cd>INTM</Cd></SubTp>"),
        (BALANCE, BALANCE + OTHER_CLOSING),
        (BALANCE, OTHER_CLOSING + BALANCE),
        (BALANCE, ""),
        ("<Amt", CREDIT.format("true")),
        ("<Amt", CREDIT.format("1")),
        ("<Amt", CREDIT.format("perhaps")),
        ("<Amt", CREDIT.format("")),
        ("CRDT", "MAYB"),
        ("<CdtDbtInd>CRDT</CdtDbtInd>", ""),
        ("<CdtDbtInd>CRDT</CdtDbtInd>", "<CdtDbtInd>CRDT</CdtDbtInd><CdtDbtInd>DBIT</CdtDbtInd>"),
        ("<Dt>2026-11-24</Dt>", "<Dt>2026-02-30</Dt>"),
        ("<Dt>2026-11-24</Dt>", "<Dt>24.11.2026</Dt>"),
        ("<Dt>2026-11-24</Dt>", "<DtTm>2026-11-24</DtTm>"),
        ("<Dt>2026-11-24</Dt>", "<Dt>2026-11-24T00:00:00</Dt>"),
        ("<Dt>2026-11-24</Dt>", "<Dt>2026-11-24</Dt><DtTm>2026-11-24T00:00:00</DtTm>"),
        ('"MOP"', '"HKD"'),
        (ACCOUNT, ""),
        (ACCOUNT, ACCOUNT * 2),
        ("<Id>1001-2345</Id>", "<Id> </Id>"),
        ("<Othr>", "<IBAN>MO12TEST0001</IBAN><Othr>"),
        ("</Ccy></Acct>", "</Ccy></Acct>" + BALANCE.replace("750000", "750001")),
    ],
)
def test_statement_that_says_more_than_one_thing_is_a_bad_row(before: str, after: str) -> None:
    assert only(document().encode()) == RIGHT
    assert isinstance(only(changed(before, after)), str)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<Ccy>MOP</Ccy>", ""),
        ("<Amt", CREDIT.format("false")),
        ("<Amt", CREDIT.format("0")),
        (BALANCE, BALANCE * 2),
        (BALANCE, BALANCE + OTHER_CLOSING.replace("2026-11-24", "2026-11-23")),
        (BALANCE, OTHER_CLOSING.replace("CLBD", "FWAV").replace("11-24", "11-26") + BALANCE),
        ("<Dt>2026-11-24</Dt>", "<DtTm>2026-11-24T18:00:00.5+08:00</DtTm>"),
        ("<Id>S1</Id>", "<Id>S1</Id><CpyDplctInd>DUPL</CpyDplctInd>"),
        ("</Stmt>", "<Ntry><Bal><Amt Ccy='MOP'>1</Amt></Bal></Ntry></Stmt>"),
        ("</Stmt>", f"<SplmtryData><Envlp>{OTHER_CLOSING}</Envlp></SplmtryData></Stmt>"),
    ],
)
def test_what_stands_beside_changes_nothing(before: str, after: str) -> None:
    assert only(changed(before, after)) == RIGHT


def test_sign_is_beside_the_amount_and_nothing_owed_is_nothing() -> None:
    owed = only(changed("CRDT", "DBIT"))
    assert isinstance(owed, Meaning)
    assert owed.balance == Decimal("-750000.00")
    nothing = document(STATEMENT.replace("CRDT", "DBIT").replace("750000.00", "0.00"))
    found = only(nothing.encode())
    assert isinstance(found, Meaning)
    assert str(found.balance) == "0.00"


def test_bad_statement_is_named_by_place_and_the_others_are_taken() -> None:
    body = f"\n{STATEMENT}\n{STATEMENT.replace('CRDT', 'MAYB')}\n{STATEMENT}"
    found = list(read_statements(document(body).encode()))
    assert [isinstance(each, Statement) for each in found] == [True, False, True]
    assert found[1].where == "statement 2 (line 3)"


@pytest.mark.parametrize(
    "attack",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>',
        "<!DOCTYPE Document>",
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "gb18030"])
def test_document_types_and_entities_are_refused(attack: str, codec: str) -> None:
    head = f'<?xml version="1.0" encoding="{codec}"?>'
    assert only((head + document()).encode(codec)) == RIGHT
    with pytest.raises(DecodeError, match="refused"):
        list(read_statements((head + attack + document()).encode(codec)))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "well-formed"),
        (b"<a/>", "camt"),
        (document("").encode(), "no statement"),
        (document(STATEMENT + "<x>" * 100 + "</x>" * 100).encode(), "deeper"),
        (document(STATEMENT + f'<x a="{"y" * (2 << 20)}"/>').encode(), "larger"),
        (document(STATEMENT + "&undefined;").encode(), "camt"),
        (document().replace("Stmt>", "Stmt><\0").encode(), "camt"),
        (document().encode() + b"<b/>", "well-formed"),
    ],
)
def test_what_is_no_statement_file_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        list(read_statements(data))


def test_huge_text_in_an_entry_costs_no_memory_and_in_a_balance_is_a_bad_row() -> None:
    text = "x" * (3 << 20)
    assert only(changed("</Stmt>", f"<Ntry><Nm>{text}</Nm></Ntry></Stmt>")) == RIGHT
    assert isinstance(only(changed("750000.00", "7" * (1 << 17))), str)
    many = "<AddtlInf/>" * 20_000
    assert isinstance(only(changed("</Acct>", f"{many}</Acct>")), str)


def test_file_is_read_as_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "statements.xml"
    with path.open("w") as file:
        head, tail = document("|").split("|")
        file.write(head)
        for _ in range(2000):
            file.write(STATEMENT)
        file.write("x" + tail[:-1])  # broken at its very end
    found = read_statements(path)
    assert isinstance(next(found), Statement)
    with pytest.raises(DecodeError, match="well-formed"):
        assert all(isinstance(each, Statement) for each in found)
