"""Made-up people and their accounts, any number, the same for the same seed. For demos and tests.

Names are combined from short lists and belong to nobody.
"""

from __future__ import annotations

import csv
import datetime
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from zkproof.issuer.camt053 import NAMESPACE

_FAMILY = (
    "Chan",
    "Lei",
    "Wong",
    "Ho",
    "Ao",
    "Sou",
    "Kuok",
    "Fong",
    "da Silva",
    "Rosário",
    "Xavier",
)
_GIVEN = ("Ka Man", "Wai Lam", "Sio Fan", "Iok Lan", "Mei Leng", "Pedro", "Maria", "João", "Ana")


@dataclass(frozen=True, slots=True)
class Person:
    """One account holder. Amounts are text in MOP with two decimals."""

    name: str
    account: str
    balance: str
    opened: datetime.date


def people(count: int, *, seed: int, today: datetime.date) -> Iterator[Person]:
    """``count`` people. Balances from nothing to two million, most of them modest."""
    draw = random.Random(seed)  # noqa: S311  # nothing secret: the same people every time
    for i in range(count):
        minor = int(min(draw.lognormvariate(12.2, 1.3), 2_000_000) * 100)
        yield Person(
            name=f"{draw.choice(_FAMILY)} {draw.choice(_GIVEN)}",
            account=f"MO{draw.randrange(10**2):02d}{i:012d}",
            balance=f"{minor // 100}.{minor % 100:02d}",
            opened=today - datetime.timedelta(days=draw.randrange(30, 9000)),
        )


def deposit_csv(
    found: list[Person], *, bank: str, as_of: datetime.date, digests: list[tuple[bytes, bytes]]
) -> bytes:
    """A bank's export for the packaged deposit-certificate schema."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(
        (
            "bank_name",
            "account_hash",
            "currency",
            "balance",
            "account_kind",
            "residency",
            "opened",
            "as_of",
            "document_sha256",
            "document_sm3",
            "valid_from",
            "valid_until",
        )
    )
    until = as_of + datetime.timedelta(days=90)
    for person, (sha256, sm3) in zip(found, digests, strict=True):
        writer.writerow(
            (
                bank,
                sha256.hex(),
                "MOP",
                person.balance,
                "savings",
                "MO",
                person.opened.isoformat(),
                as_of.isoformat(),
                sha256.hex(),
                sm3.hex(),
                as_of.isoformat(),
                until.isoformat(),
            )
        )
    return out.getvalue().encode()


def statements_xml(found: list[Person], *, as_of: datetime.date) -> bytes:
    """The same people as a camt.053 file."""
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NAMESPACE}">',
        "<BkToCstmrStmt><GrpHdr><MsgId>demo</MsgId>",
        f"<CreDtTm>{as_of.isoformat()}T00:00:00</CreDtTm></GrpHdr>",
    ]
    for i, person in enumerate(found):
        parts.append(
            f"<Stmt><Id>{i}</Id><CreDtTm>{as_of.isoformat()}T00:00:00</CreDtTm>"
            f"<Acct><Id><Othr><Id>{escape(person.account)}</Id></Othr></Id>"
            f"<Ccy>MOP</Ccy><Ownr><Nm>{escape(person.name)}</Nm></Ownr></Acct>"
            "<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>"
            f'<Amt Ccy="MOP">{person.balance}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
            f"<Dt><Dt>{as_of.isoformat()}</Dt></Dt></Bal></Stmt>"
        )
    parts.append("</BkToCstmrStmt></Document>")
    return "".join(parts).encode()
