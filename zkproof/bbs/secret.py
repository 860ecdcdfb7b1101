"""Scalars that a holder keeps: types that do not show, store or compare their value.

A signing key lives in the curve backend (`zkproof.curve.SecretScalar`). What a holder hides
(the blinding of a commitment, a pseudonym secret) takes part in the field arithmetic of
the proof, so it is an integer in here; these types keep it from getting out by accident.
"""

from __future__ import annotations

from typing import NoReturn, Self

from zkproof.bbs.encoding import random_scalars, scalar_octets, scalars_from_octets
from zkproof.clock import RandomBytes, os_random


class HiddenScalar:
    """A secret in ``0 .. R-1``. Subclasses say what it is for."""

    __slots__ = ("_value",)

    def __init__(self, value: int) -> None:
        self._value = value

    @classmethod
    def random(cls, random: RandomBytes = os_random) -> Self:
        """A fresh one."""
        return cls(random_scalars(1, random)[0])

    @classmethod
    def from_octets(cls, data: bytes, field: str = "secret") -> Self:
        """From the 32 octets of `export_secret`. Raises `DecodeError`."""
        return cls(scalars_from_octets(data, field, count=1, allow_zero=True)[0])

    def export_secret(self) -> bytes:
        """The 32 octets, big-endian: the only way out, for storing under encryption."""
        return scalar_octets(self._value)

    def _expose(self) -> int:
        """The value, for protocol code of this package tree only."""
        return self._value

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, value hidden>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is a secret and cannot be pickled or copied")

    __hash__ = None  # type: ignore[assignment]  # no use as a key, where its value would decide

    def __eq__(self, other: object) -> bool:
        return self is other


class ProverBlind(HiddenScalar):
    """``secret_prover_blind`` of a commitment; needed for every proof with the signature."""

    __slots__ = ()


class NymSecret(HiddenScalar):
    """One pseudonym secret of a holder."""

    __slots__ = ()
