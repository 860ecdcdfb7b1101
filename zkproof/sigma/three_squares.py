"""Write a non-negative integer as ``u^2 + u + v^2 + w^2``.

``4P + 1`` is 1 modulo 4, hence a sum of three squares of which exactly one is odd:
``4P + 1 = (2u+1)^2 + (2v)^2 + (2w)^2``. The search subtracts a random even square and writes the
rest, when it is a prime that is 1 modulo 4, as a sum of two squares (Rabin-Shallit 1986). Expected
work is small and depends on the random choice far more than on ``P``; it is not constant, so a
presenter whose timing is watched should do it ahead of time.
"""

from __future__ import annotations

import itertools
import math

from zkproof.clock import RandomBytes, os_random
from zkproof.errors import ConflictError

_SMALL = 1 << 14
_SIEVE = math.prod((3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71))
_RESTRICTED = 2000
_BASES = (2, 3, 5, 7, 11, 13)


def decompose(value: int, *, random: RandomBytes = os_random) -> tuple[int, int, int]:
    """``(u, v, w)``, none negative, with ``value = u^2 + u + v^2 + w^2``.

    Raises `ConflictError` for a negative value (it says no more than that).
    """
    if value < 0:
        raise ConflictError("no such decomposition: the inequality does not hold")
    n = 4 * value + 1
    root = math.isqrt(n)
    if root * root == n:  # the search would look for an empty sum of two squares, for ever
        return (root - 1) // 2, 0, 0
    if n < _SMALL:
        return _exhaustive(n)
    size = (root.bit_length() + 7) // 8 + 8
    # With q = 5 modulo 8 the base 2 gives a square root of -1 for every prime q: x = 2 modulo 4
    # when n = 1 modulo 8, x = 0 modulo 4 otherwise. Should an n have no such x, any even one is
    # taken after a while.
    offset = 2 if n % 8 == 1 else 0
    for attempt in itertools.count():
        drawn = int.from_bytes(random(size), "big")
        if attempt < _RESTRICTED:
            x = 4 * (drawn % (root // 4 + 1)) + offset
        else:
            x = 2 * (drawn % (root // 2 + 1))
        q = n - x * x
        if q < 2 or math.gcd(q, _SIEVE) != 1:
            continue
        two = _two_squares(q)
        if two is None:
            continue
        odd, even = two if two[0] & 1 else (two[1], two[0])
        return (odd - 1) // 2, even // 2, x // 2
    raise AssertionError("the search does not end")


def _exhaustive(n: int) -> tuple[int, int, int]:
    for odd in range(1, math.isqrt(n) + 1, 2):
        rest = n - odd * odd
        for x in range(0, math.isqrt(rest) + 1, 2):
            y = math.isqrt(rest - x * x)
            if y * y == rest - x * x and y % 2 == 0:
                return (odd - 1) // 2, x // 2, y // 2
    raise AssertionError("Legendre: every n = 1 mod 4 is such a sum")


def _two_squares(q: int) -> tuple[int, int] | None:
    """``q = b^2 + d^2`` by Cornacchia when ``q`` is a prime (1 mod 4), else mostly ``None``.

    The identity is checked at the end, so ``q`` need not be proven prime.
    """
    for base in _BASES:
        t = pow(base, (q - 1) // 4, q)
        square = t * t % q
        if square == q - 1:
            a, b = q, t
            bound = math.isqrt(q)
            while b > bound:
                a, b = b, a % b
            d = math.isqrt(q - b * b)
            return (b, d) if b * b + d * d == q else None
        if square != 1:
            return None
    return None
