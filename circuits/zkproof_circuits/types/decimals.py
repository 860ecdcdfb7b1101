"""Decimal numbers as text, exactly: no floats, no exponents, no stray signs."""

from __future__ import annotations

import re
from decimal import Decimal

from zkproof.errors import SchemaError
from zkproof_circuits.labels import Language

# Digits alone or in groups of three by underscores; no leading zeros, so that a number has one
# grouped and one plain form.
_NUMBER = re.compile(
    r"(?P<sign>-?)(?P<whole>0|[1-9][0-9]{0,2}(?:_[0-9]{3})+|[1-9][0-9]*)(?:\.(?P<fraction>[0-9]+))?",
    re.ASCII,
)

MAX_DIGITS = 60
"""Longest number that is read, fraction included; well above any box."""


def read_scaled(text: object, scale: int, *, field: str) -> int:
    """``text * 10^scale`` as an integer. A fraction, where there is one, has ``scale`` digits.

    Raises `SchemaError` for any other text.
    """
    if not isinstance(text, str) or len(text) > 2 * MAX_DIGITS:
        raise SchemaError(f"{field}: a decimal number is needed")
    match = _NUMBER.fullmatch(text)
    if match is None or (match["sign"] and not text.strip("-0._")):
        raise SchemaError(f"{field}: a decimal number is needed, such as 500_000")
    fraction = match["fraction"] or "0" * scale
    if len(fraction) != scale:
        wanted = "no fraction" if scale == 0 else f"{scale} digits after the point, or none"
        raise SchemaError(f"{field}: {wanted}")
    digits = match["whole"].replace("_", "") + fraction
    if len(digits) > MAX_DIGITS:
        raise SchemaError(f"{field}: more than {MAX_DIGITS} digits")
    return -int(digits) if match["sign"] else int(digits)


def from_decimal(value: Decimal, scale: int, *, field: str) -> int:
    """``value * 10^scale`` if that is an integer; otherwise `SchemaError`."""
    if not value.is_finite():
        raise SchemaError(f"{field}: a finite number is needed")
    if abs(value.adjusted()) > MAX_DIGITS:
        raise SchemaError(f"{field}: more than {MAX_DIGITS} digits")
    numerator, denominator = value.as_integer_ratio()
    scaled, rest = divmod(numerator * int(10**scale), denominator)
    if rest:
        raise SchemaError(f"{field}: more than {scale} digits after the point")
    return scaled


def scaled_to_text(value: int, scale: int, *, separator: str = "", point: str = ".") -> str:
    """``value / 10^scale`` with every digit of the scale, groups of three by ``separator``."""
    digits = str(abs(value)).rjust(scale + 1, "0")
    whole, fraction = (digits[:-scale], digits[-scale:]) if scale else (digits, "")
    groups = [whole[max(0, end - 3) : end] for end in range(len(whole), 0, -3)][::-1]
    text = separator.join(groups) + (point + fraction if fraction else "")
    return "-" + text if value < 0 else text


def for_people(value: int, scale: int, language: Language) -> str:
    """The number as usual in the language: 1,234.50 or, in Portuguese, 1.234,50."""
    if language == "pt":
        return scaled_to_text(value, scale, separator=".", point=",")
    return scaled_to_text(value, scale, separator=",")
