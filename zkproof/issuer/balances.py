"""Which balance of a statement is certified, and what it is exactly.

A figure under a signature is right or is not there: where a statement can be read in two ways, it
is `Unclear`. Amounts are decimals as XML Schema writes them, with the sign beside them.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from decimal import Decimal

from zkproof.issuer.currencies import minor_digits
from zkproof.issuer.xml_nodes import Node, Unclear

CLOSING_BOOKED = "CLBD"

_DECIMAL = re.compile(r"\+?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII)
_DAY = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?P<time>T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)
_MAX_DIGITS = 18
_MAX_PLACES = 5
_TRUE, _FALSE = ("true", "1"), ("false", "0")


@dataclass(frozen=True, slots=True, repr=False)
class Balance:
    """An amount on a day, in the currency's unit."""

    currency: str
    amount: Decimal
    as_of: str


def closing_balance(statement: Node, account_currency: str | None) -> Balance:
    """The closing booked balance of the latest day. Raises `Unclear` saying why there is none."""
    found = [each for each in statement.all("Bal") if _is_closing(each)]
    if not found:
        raise Unclear(f"no closing booked balance ({CLOSING_BOOKED})")
    dated = [(_day(each), each) for each in found]
    latest = max(day for day, _ in dated)
    balances = [_read(each, day) for day, each in dated if day == latest]
    if account_currency is not None:
        balances = [each for each in balances if each.currency == account_currency]
        if not balances:
            raise Unclear(f"no {CLOSING_BOOKED} in the account's currency")
    if any(each != balances[0] for each in balances):
        raise Unclear(f"two different {CLOSING_BOOKED} on {latest}")
    return balances[0]


def _is_closing(balance: Node) -> bool:
    """Whether it is the whole closing booked balance: no part of it, no type of the bank's own."""
    kind = balance.one("Tp")
    chosen = kind.one("CdOrPrtry")
    code, own = chosen.text("Cd", missing=None), chosen.text("Prtry", missing=None)
    if (code is None) == (own is None):
        raise Unclear("Bal/Tp: a code or a type of the bank's own is needed, and one of them")
    return code == CLOSING_BOOKED and kind.optional("SubTp") is None


def _read(balance: Node, day: str) -> Balance:
    _require_no_credit(balance)
    amount = balance.one("Amt")
    currency = amount.attributes.get("Ccy", "")
    places = minor_digits(currency)
    if places is None:
        raise Unclear("Amt: not a currency of ISO 4217 with a minor unit")
    value = exact_amount(amount.content, places)
    sign = balance.text("CdtDbtInd")
    if sign not in ("CRDT", "DBIT"):
        raise Unclear("CdtDbtInd: CRDT or DBIT")
    return Balance(currency, -value if sign == "DBIT" and value else value, day)


def exact_amount(text: str, places: int) -> Decimal:
    """An amount in the grammar of XML Schema, to ``places`` digits. Raises `Unclear`."""
    stripped = text.strip(" \t\r\n")
    if len(stripped) > 64 or not _DECIMAL.fullmatch(stripped):
        raise Unclear("Amt: not a decimal number as the standard writes it")
    whole, _, fraction = stripped.lstrip("+").partition(".")
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    if len(fraction) > _MAX_PLACES or len(whole) + len(fraction) > _MAX_DIGITS:
        raise Unclear(f"Amt: more than {_MAX_DIGITS} digits, or {_MAX_PLACES} after the point")
    if len(fraction) > places:
        raise Unclear(f"Amt: parts of the smallest unit ({places} digits after the point)")
    return Decimal(f"{whole or '0'}.{fraction.ljust(places, '0')}")


def _require_no_credit(balance: Node) -> None:
    """Refuse a figure that is not all the holder's: what the bank would lend counts in it."""
    for line in balance.all("CdtLine"):
        included = line.text("Incl")
        if included in _TRUE:
            raise Unclear("the balance includes a credit line, and is no deposit of that amount")
        if included not in _FALSE:
            raise Unclear("CdtLine/Incl: true or false")


def _day(balance: Node) -> str:
    """The day as the bank wrote it, whichever half of the choice it took."""
    chosen = balance.one("Dt")
    day, moment = chosen.text("Dt", missing=None), chosen.text("DtTm", missing=None)
    if (day is None) == (moment is None):
        raise Unclear("Bal/Dt: a date or a date with time is needed, and one of them")
    match = _DAY.fullmatch(day or moment or "")
    if match is None or (match["time"] is None) != (moment is None):
        raise Unclear("Bal/Dt: not a date as the standard writes it")
    try:
        datetime.date.fromisoformat(match["day"])
    except ValueError:
        raise Unclear("Bal/Dt: no such day") from None
    return match["day"]
