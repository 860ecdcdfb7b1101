"""What somebody probably meant to write."""

from __future__ import annotations

from collections.abc import Iterable

MAX_LISTED = 24
"""Most names that a hint lists."""


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint with the only known name one slip away, or with all of a few.

    One slip is a character too many, missing, another, or two swapped. Anything further away is a
    guess, and a wrong guess in a policy changes its meaning.
    """
    names = sorted(known)
    close = [each for each in names if one_slip_apart(name, each)]
    if len(close) == 1:
        return f"did you mean {close[0]}?"
    return f"known: {', '.join(names)}" if 0 < len(names) <= MAX_LISTED else None


def one_slip_apart(first: str, second: str) -> bool:
    """Whether two names differ by one character, or by two neighbours that are swapped."""
    if first == second or abs(len(first) - len(second)) > 1:
        return False
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    a, b = first[start:], second[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
    return a[1:] == b or a == b[1:]
