"""Rules about characters are the package's own, whatever Unicode the running Python knows."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from zkproof.errors import SchemaError
from zkproof_circuits.characters import is_printable
from zkproof_circuits.labels import is_plain_text
from zkproof_circuits.types import Text

REFUSED = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
LATER = {0x2B739, *range(0x2EBF0, 0x2EE5E), *range(0x31350, 0x323B0)}


@pytest.mark.parametrize("code", [0x31350, 0x323AF, 0x2EBF0, 0x2EE5D, 0x2B739, 0x20000, 0x9FFF])
def test_names_with_rare_ideographs_are_taken(code: int) -> None:
    name = f"陳{chr(code)}文"
    assert Text(120).parse(name) == name
    assert is_plain_text(name, 3)


@pytest.mark.parametrize(
    "sign",
    "\x00\n\x7f\x85\u200b\u202e\u2028\ue000\ufdd0\U0002ee5e\U000323b0\U0010ffff\ud800\u0378\U0001fae9",
)
def test_what_cannot_be_printed_or_is_unassigned_is_refused(sign: str) -> None:
    assert Text(3).check("a文b") == "a文b"
    with pytest.raises(SchemaError, match="printable"):
        Text(3).check(f"a{sign}b")


def test_table_is_that_of_unicode_14_and_the_later_ideographs() -> None:
    for code in range(sys.maxunicode + 1):
        category = unicodedata.category(chr(code))
        if is_printable(chr(code)):
            assert category not in REFUSED or code in LATER, hex(code)
        elif unicodedata.unidata_version == "14.0.0":
            assert category in REFUSED, hex(code)


def test_printable_ideographs_have_no_decomposition() -> None:
    for code in LATER:
        assert unicodedata.normalize("NFD", chr(code)) == chr(code)
        assert unicodedata.combining(chr(code)) == 0
