"""Digits after the point of each currency, from ISO 4217 (table A.1, minor units)."""

from __future__ import annotations

from zkproof.errors import SchemaError
from zkproof_circuits.types.codes import number_of

_NONE = frozenset(
    (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    )
)
_THREE = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
_FOUR = frozenset(("CLF", "UYW"))
_NOT_MONEY = frozenset(
    ("XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX")
)


def minor_digits(currency: str) -> int | None:
    """Digits of the minor unit; ``None`` for what is no currency, or has no minor unit."""
    try:
        number_of("currency", currency, field="currency")
    except SchemaError:
        return None
    if currency in _NOT_MONEY:
        return None
    if currency in _NONE:
        return 0
    if currency in _THREE:
        return 3
    return 4 if currency in _FOUR else 2
