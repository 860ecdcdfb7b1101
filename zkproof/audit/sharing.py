"""Shamir's sharing with Feldman's commitments: polynomials, shares, interpolation at zero.

Relation     ``f(X) = a_0 + ... + a_{t-1} X^{t-1}``, share of party j: ``f(j)``, commitments
             ``A_k = a_k*g``; a share holds if ``f(j)*g = sum_k j^k A_k``
Source       Shamir 1979; Feldman 1987
Rests on     discrete logarithm in G1: ``A_0`` shows ``a_0*g``, which is the public key
Not proven   that the other parties' shares lie on the same polynomial: each checks its own

Parties count from 1; the value at 0 is the shared secret. Arithmetic on coefficients and shares is
on Python integers inside secret types; every multiplication of a point by one of them takes the
constant-time path.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn, Self

from zkproof import curve
from zkproof.bbs.secret import HiddenScalar
from zkproof.curve import G1, R
from zkproof.errors import UsageError
from zkproof.sigma.encryption import generators


class Coefficient(HiddenScalar):
    """The constant term of a dealer's polynomial."""

    __slots__ = ()


class Share(HiddenScalar):
    """One party's value of a polynomial, or of the sum of all dealers' polynomials."""

    __slots__ = ()

    def public(self) -> G1:
        """``share*g``."""
        g, _ = generators()
        return curve.msm((g,), (self._expose(),))

    @classmethod
    def sum(cls, shares: Sequence[Share]) -> Self:
        """The share of the sum of the polynomials."""
        return cls(sum(each._expose() for each in shares) % R)


class Polynomial:
    """A dealer's secret polynomial. Prints, pickles and compares nothing."""

    __slots__ = ("_coefficients",)

    def __init__(self, coefficients: Sequence[int]) -> None:
        self._coefficients = tuple(coefficients)

    @property
    def constant(self) -> Coefficient:
        """``a_0``: this dealer's part of the secret key."""
        return Coefficient(self._coefficients[0])

    def commitments(self) -> tuple[G1, ...]:
        """``a_k*g``."""
        g, _ = generators()
        return tuple(curve.msm((g,), (a,)) for a in self._coefficients)

    def share(self, party: int) -> Share:
        """The value at ``party``."""
        value = 0
        for a in reversed(self._coefficients):
            value = (value * party + a) % R
        return Share(value)

    def __repr__(self) -> str:
        return f"<Polynomial with {len(self._coefficients)} coefficients, all hidden>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Polynomial is a secret and cannot be pickled or copied")

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


def committed_share(commitments: Sequence[G1], party: int) -> G1:
    """``f(party)*g`` by the commitments: the public key of that party's share."""
    return curve.msm_vartime(commitments, [pow(party, k, R) for k in range(len(commitments))])


def share_holds(commitments: Sequence[G1], party: int, share: Share) -> bool:
    """Whether ``share`` is the committed polynomial's value at ``party``."""
    return share.public() == committed_share(commitments, party)


def weights_at_zero(parties: Sequence[int]) -> list[int]:
    """Lagrange's weights: ``f(0) = sum w_i f(i)`` for every ``f`` of degree below their number.

    Raises `UsageError` for a party given twice or not counted from 1.
    """
    if len(set(parties)) != len(parties) or not all(0 < i < R for i in parties):
        raise UsageError("parties: different numbers from 1 are needed")
    weights = []
    for i in parties:
        numerator = denominator = 1
        for j in parties:
            if j != i:
                numerator = numerator * j % R
                denominator = denominator * (j - i) % R
        weights.append(numerator * pow(denominator, -1, R) % R)
    return weights
