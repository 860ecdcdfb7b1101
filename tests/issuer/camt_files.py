"""Bank statements written in every way that the standard allows, with what they mean beside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st

CURRENCIES = {"MOP": 2, "HKD": 2, "CNY": 2, "JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}
OTHER_TYPES = ("OPBD", "PRCD", "ITBD", "CLAV", "FWAV", "XPCD", "OPAV", "INFO")
ENCODINGS = {
    "UTF-8": "utf-8",
    "UTF-16": "utf-16",
    "GBK": "gbk",
    "GB2312": "gb2312",
    "GB18030": "gb18030",
    "Big5": "big5",
    "ISO-8859-1": "latin-1",
    "ISO-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
    "US-ASCII": "ascii",
}


@dataclass(frozen=True)
class Meaning:
    """What one statement says: nothing else may be certified."""

    account: str
    currency: str
    balance: Decimal
    as_of: str


@dataclass(frozen=True)
class File:
    """Octets of a file and what each of its statements means."""

    data: bytes
    meanings: tuple[Meaning, ...]


def written_amounts(minor: int, places: int) -> st.SearchStrategy[str]:
    """The ways in which one amount may be written: zeros before and behind, signs, spaces."""
    digits = str(minor).rjust(places + 1, "0")
    whole, fraction = (digits[:-places], digits[-places:]) if places else (digits, "")
    shortest = fraction.rstrip("0")

    def write(before: int, behind: int, sign: str, space: tuple[str, str], point: bool) -> str:
        padded = shortest + "0" * min(behind, 5 - len(shortest))
        tail = f".{padded}" if padded else "." if point else ""
        return f"{space[0]}{sign}{'0' * before}{whole}{tail}{space[1]}"

    spaces = st.sampled_from(("", " ", "\n  ", "\t"))
    return st.builds(
        write,
        st.integers(0, 2),
        st.integers(0, 5),
        st.sampled_from(("", "+")),
        st.tuples(spaces, spaces),
        st.booleans(),
    )


@st.composite
def days(draw: st.DrawFn) -> tuple[str, str]:
    """A day, and its element: with or without a time, and a zone."""
    day = draw(st.dates(min_value=_day(2020), max_value=_day(2026))).isoformat()
    zone = draw(st.sampled_from(("", "Z", "+08:00")))
    if draw(st.booleans()):
        return day, f"<Dt>{day}{zone}</Dt>"
    fraction = draw(st.sampled_from(("", ".000", ".123456")))
    return day, f"<DtTm>{day}T23:59:59{fraction}{zone}</DtTm>"


@st.composite
def balances(
    draw: st.DrawFn,
    kind: str,
    amount: str,
    currency: str,
    sign: str,
    day: str,
    *,
    own: bool = False,
) -> str:
    """One balance in the order of the standard, with the parts that may be left out."""
    chosen = f"<Prtry>{escape(kind)}</Prtry>" if own else f"<Cd>{kind}</Cd>"
    lines = draw(st.lists(st.sampled_from(("false", "0", " false ")), max_size=2))
    credit = "".join(
        f'<CdtLine><Incl>{each}</Incl><Amt Ccy="{currency}">500000</Amt></CdtLine>'
        for each in lines
    )
    reach = "<Avlbty><Dt><NbOfDays>1</NbOfDays></Dt></Avlbty>" if draw(st.booleans()) else ""
    return (
        f"<Bal><Tp><CdOrPrtry>{chosen}</CdOrPrtry></Tp>{credit}"
        f"<Amt Ccy={quoteattr(currency)}>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>"
        f"<Dt>{day}</Dt>{reach}</Bal>"
    )


@st.composite
def statements(draw: st.DrawFn, name: str) -> tuple[str, Meaning]:
    currency = draw(st.sampled_from(sorted(CURRENCIES)))
    places = CURRENCIES[currency]
    minor = draw(st.integers(0, 10**12))
    day, dated = draw(days())
    sign = "CRDT" if minor and draw(st.booleans()) else draw(st.sampled_from(("CRDT", "DBIT")))
    closing = draw(balances("CLBD", draw(written_amounts(minor, places)), currency, sign, dated))
    value = Decimal(minor).scaleb(-places)
    found = [closing]
    for _ in range(draw(st.integers(0, 2))):
        kind, own = draw(
            st.sampled_from([(each, False) for each in OTHER_TYPES] + [("CLBD", True)])
        )
        found.append(draw(balances(kind, "9.00", "MOP", "CRDT", draw(days())[1], own=own)))
    if draw(st.booleans()):  # a closing balance of an earlier day
        found.append(draw(balances("CLBD", "7", currency, "CRDT", "<Dt>2019-01-01</Dt>")))
    if draw(st.booleans()):  # the closing balance itself, once more
        found.append(closing)
    found = draw(st.permutations(found))
    account, identified = draw(accounts())
    optional = "<Ccy>" + currency + "</Ccy>" if draw(st.booleans()) else ""
    owner = f"<Ownr><Nm>{escape(name)}</Nm></Ownr>" if draw(st.booleans()) else ""
    kind = draw(st.sampled_from(("", "<Tp><Cd>CACC</Cd></Tp>", "<Tp><Prtry>own</Prtry></Tp>")))
    entries = "<Ntry><Amt Ccy='MOP'>1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>"
    text = (
        f"<Stmt><Id>S</Id><CreDtTm>2026-11-25T01:00:00</CreDtTm>"
        f"<Acct><Id>{identified}</Id>{kind}{optional}{owner}</Acct>"
        f"{''.join(found)}{entries * draw(st.integers(0, 3))}</Stmt>"
    )
    return text, Meaning(account, currency, -value if sign == "DBIT" and value else value, day)


@st.composite
def accounts(draw: st.DrawFn) -> tuple[str, str]:
    digits = draw(st.text("0123456789", min_size=4, max_size=16))
    if draw(st.booleans()):
        return f"MO12TEST{digits}", f"<IBAN>MO12TEST{digits}</IBAN>"
    scheme = "<SchmeNm><Cd>BBAN</Cd></SchmeNm>" if draw(st.booleans()) else ""
    return f"{digits}-1", f"<Othr><Id>{digits}-1</Id>{scheme}<Issr>Bank</Issr></Othr>"


@st.composite
def files(draw: st.DrawFn) -> File:
    declared = draw(st.sampled_from(sorted(ENCODINGS)))
    codec = ENCODINGS[declared]
    names = [
        each for each in ("Holder One", "João & Ana", "陳大文", "陈大文") if _fits(each, codec)
    ]
    found = draw(st.lists(statements(draw(st.sampled_from(names))), min_size=1, max_size=4))
    version = draw(st.integers(2, 13))
    body = "".join(text for text, _ in found)
    message = f"<BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr>{body}</BkToCstmrStmt>"
    namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version:02}"
    prefix = draw(st.sampled_from(("", "ns0", "camt")))
    if prefix:
        tagged = message.replace("</", "\0").replace("<", f"<{prefix}:")
        message = tagged.replace("\0", f"</{prefix}:")
        document = f'<{prefix}:Document xmlns:{prefix}="{namespace}">{message}</{prefix}:Document>'
    else:
        document = f'<Document xmlns="{namespace}">{message}</Document>'
    if draw(st.booleans()):  # in an envelope, beside a header of another namespace
        header = '<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.01"><Fr/></AppHdr>'
        document = f'<Envelope xmlns="urn:example:envelope">{header}{document}</Envelope>'
    comment = draw(st.sampled_from(("", "<!-- made by a bank -->", "\r\n")))
    unnamed = declared == "UTF-8" and draw(st.booleans())
    naming = "" if unnamed else f' encoding="{draw(st.sampled_from((declared, declared.lower())))}"'
    data = f'<?xml version="1.0"{naming}?>{comment}{document}'.encode(codec)
    if declared == "UTF-8" and draw(st.booleans()):
        data = b"\xef\xbb\xbf" + data
    return File(data, tuple(meaning for _, meaning in found))


def _fits(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _day(year: int) -> date:
    return date(year, 6, 1)
