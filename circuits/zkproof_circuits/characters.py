"""Which characters a text may have: the same ones for every issuer, wallet and verifier.

The answer must not hang on the version of Unicode that a Python knows: what one program signs,
another would refuse. So the table (``characters.txt``) is part of the package. It holds the
printable characters of Unicode 14.0, which the oldest supported Python knows, and the ideographs
of names that came later (extensions H and I, as in GB 18030-2022). These have no decomposition, so
a text of characters in the table has the same normal form C in every later version of Unicode.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from importlib import resources


def is_printable(text: str) -> bool:
    """Whether every character is in the table. Control and format characters, private ones,
    separators of lines and unassigned code points are not.
    """
    if text.isascii():
        return text.isprintable()
    starts, ends = _table()
    return all(_within(ord(character), starts, ends) for character in text)


def _within(code: int, starts: tuple[int, ...], ends: tuple[int, ...]) -> bool:
    position = bisect_right(starts, code) - 1
    return position >= 0 and code <= ends[position]


@cache
def _table() -> tuple[tuple[int, ...], tuple[int, ...]]:
    text = resources.files(__package__).joinpath("characters.txt").read_text(encoding="ascii")
    ranges = [line.split() for line in text.splitlines() if not line.startswith("#")]
    starts = tuple(int(each[0], 16) for each in ranges)
    return starts, tuple(int(each[-1], 16) for each in ranges)
