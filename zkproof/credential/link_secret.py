"""The link secret: one scalar that ties all credentials of a holder together.

No issuer and no verifier ever sees it. Who knows it can show the holder's credentials, so it stays
in the wallet's encrypted file.
"""

from __future__ import annotations

from typing import Self

from zkproof.bbs.encoding import scalars_from_octets
from zkproof.bbs.secret import HiddenScalar
from zkproof.clock import RandomBytes, os_random
from zkproof.curve import R
from zkproof.errors import IssuanceError


class LinkSecret(HiddenScalar):
    """A scalar in ``1 .. R-1``; `generate` makes one, and 32 random octets mostly are none."""

    __slots__ = ()

    @classmethod
    def generate(cls, random: RandomBytes = os_random) -> Self:
        """A fresh secret, uniform up to a bias below 2^-128."""
        while True:
            made = cls.random(random)
            if made._value:
                return made

    def plus(self, share: LinkSecret) -> LinkSecret:
        """The secret that an issuer's share of it makes of this one.

        Raises `IssuanceError` in the one case in which nothing would be left.
        """
        total = (self._value + share._value) % R
        if not total:
            raise IssuanceError("link secret: the share cancels it")
        return LinkSecret(total)

    @classmethod
    def from_octets(cls, data: bytes, field: str = "link secret") -> Self:
        """From the 32 octets of `export_secret`. Raises `DecodeError`."""
        return cls(scalars_from_octets(data, field, count=1)[0])
