"""Backends without tables or bulk calls: everything that follows from a few operations.

`arkworks` and `py_ecc` give a sum of multiples, a reading of one point, a map to the curve and a
secret. The rest of `zkproof.curve.interface.Backend` is the same for both and stands here: what
is refused before their libraries see it, and the large calls as loops over small ones. They have
one path for secret and public scalars, and neither is constant time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from zkproof.curve import interface
from zkproof.curve._encoding import (
    IDENTITY,
    LENGTH,
    is_identity_encoding,
    require_bytes,
    split,
)
from zkproof.curve.hashing import Expander
from zkproof.curve.interface import G1_BYTES, G2_BYTES, SCALAR_BYTES, P, R
from zkproof.errors import DecodeError, UsageError

Point = TypeVar("Point", bound=interface.G1)
Key = TypeVar("Key", bound=interface.G2)
Secret = TypeVar("Secret")

Sum = Callable[[Sequence[Point], Sequence[int]], Point]
"""``sum(scalars[i] * points[i])``; as many of both, possibly none; the scalars are checked."""

SCALAR_LENGTH = 48
"""Uniform octets behind one scalar (``expand_len`` of the BBS draft)."""


def check_scalars(scalars: Sequence[int], *, below: int = R) -> None:
    """Raises `UsageError` unless all are integers in ``0 .. below - 1``. Names none of them."""
    for scalar in scalars:
        if not isinstance(scalar, int) or not 0 <= scalar < below:
            raise UsageError("scalar: an integer in 0 .. R-1 and within its bits is needed")


class PlainFixedBases(Generic[Point]):
    """Fixed bases without tables: each sum is computed from the points."""

    __slots__ = ("_points", "_sum")

    def __init__(self, points: Sequence[Point], sum_of_multiples: Sum[Point]) -> None:
        self._points = tuple(points)
        self._sum = sum_of_multiples

    def __len__(self) -> int:
        return len(self._points)

    @property
    def memory_bytes(self) -> int:
        return 0

    def msm(self, scalars: Sequence[int | None], *, bits: int = 255) -> Point:
        self._check_length(scalars)
        if not 0 < bits <= 255:
            raise UsageError("bits: a bound in 1 .. 255 is needed")
        terms = [
            (point, scalar)
            for point, scalar in zip(self._points, scalars, strict=False)
            if scalar is not None
        ]
        used = [scalar for _, scalar in terms]
        check_scalars(used, below=min(R, 1 << bits))
        return self._sum([point for point, _ in terms], used)

    def msm_rows(self, rows: Sequence[Sequence[int | None]], *, bits: int = 255) -> list[Point]:
        return [self.msm(row, bits=bits) for row in rows]

    def msm_vartime(
        self,
        scalars: Sequence[int],
        points: Sequence[Point] = (),
        point_scalars: Sequence[int] = (),
    ) -> Point:
        self._check_length(scalars)
        check_lengths(points, point_scalars)
        all_scalars = [*scalars, *point_scalars]
        check_scalars(all_scalars)
        return self._sum([*self._points[: len(scalars)], *points], all_scalars)

    def _check_length(self, scalars: Sequence[int | None]) -> None:
        if len(scalars) > len(self._points):
            raise UsageError("more scalars than bases")


def check_lengths(points: Sequence[object], scalars: Sequence[object]) -> None:
    """Raises `UsageError` unless there are as many of both."""
    if len(points) != len(scalars):
        raise UsageError("not as many points as scalars")


class PlainBackend(ABC, Generic[Point, Key, Secret]):
    """See `zkproof.curve.interface.Backend`; a subclass adds names, pairing and the primitives."""

    g1_identity: Point

    @abstractmethod
    def _read_g1(self, data: bytes, field: str) -> Point:
        """The point of well-formed octets. `DecodeError` off the curve or subgroup."""

    @abstractmethod
    def _read_g2(self, data: bytes, field: str) -> Key:
        """The point of well-formed octets. `DecodeError` off the curve or subgroup."""

    @abstractmethod
    def _sum(self, points: Sequence[Point], scalars: Sequence[int]) -> Point:
        """See `Sum`."""

    @abstractmethod
    def _map(self, u: int, v: int) -> Point:
        """SSWU and isogeny on both field elements, sum, cofactor."""

    @abstractmethod
    def _secret(self, data: bytes) -> Secret | None:
        """From 32 octets; ``None`` unless the value is in ``1 .. R-1``."""

    @abstractmethod
    def _secret_modulo_order(self, data: bytes) -> Secret | None:
        """From octets of any length, reduced; ``None`` when the value is zero."""

    def decode_g1(self, data: bytes, field: str = "point") -> Point:
        if is_identity_encoding(data, G1_BYTES, field):
            raise DecodeError(field, IDENTITY)
        return self._read_g1(data, field)

    def decode_g1_or_identity(self, data: bytes, field: str = "point") -> Point:
        if is_identity_encoding(data, G1_BYTES, field):
            return self.g1_identity
        return self._read_g1(data, field)

    def decode_g1_many(self, data: bytes, field: str = "point") -> list[Point]:
        return [
            self.decode_g1(piece, f"{field}[{i}]") for i, piece in enumerate(split(data, field))
        ]

    def decode_g2(self, data: bytes, field: str = "public key") -> Key:
        if is_identity_encoding(data, G2_BYTES, field):
            raise DecodeError(field, IDENTITY)
        return self._read_g2(data, field)

    def encode_g1_many(self, points: Sequence[Point], /) -> bytes:
        return b"".join([point.encode() for point in points])

    def msm(self, points: Sequence[Point], scalars: Sequence[int], /) -> Point:
        check_lengths(points, scalars)
        check_scalars(scalars)
        return self._sum(points, scalars)

    def msm_vartime(self, points: Sequence[Point], scalars: Sequence[int], /) -> Point:
        return self.msm(points, scalars)

    def msm_rows(
        self, points: Sequence[Point], rows: Sequence[Sequence[int | None]], /
    ) -> list[Point]:
        for row in rows:
            check_lengths(points, row)
        bases = self.fixed_bases(points)
        return [bases.msm(row) for row in rows]

    def fixed_bases(self, points: Sequence[Point], /) -> PlainFixedBases[Point]:
        return PlainFixedBases(points, self._sum)

    def map_to_g1(self, uniform: bytes, /) -> Point:
        require_bytes(uniform, "uniform octets")
        if len(uniform) != 128:
            raise UsageError(f"uniform octets: 128 are needed, not {len(uniform)}")
        u, v = (int.from_bytes(half, "big") % P for half in (uniform[:64], uniform[64:]))
        return self._map(u, v)

    def hash_to_scalars(
        self, messages: Sequence[bytes], dst: bytes, expander: Expander, /
    ) -> list[int]:
        return [
            int.from_bytes(expander.expand(message, dst, SCALAR_LENGTH), "big") % R
            for message in messages
        ]

    def invert(self, scalar: int, /) -> int:
        check_scalars((scalar,))
        if scalar == 0:
            raise UsageError("group operation: zero has no inverse")
        return pow(scalar, -1, R)

    def secret_scalar(self, data: bytes, field: str = "secret key") -> Secret:
        require_bytes(data, field)
        if len(data) != SCALAR_BYTES:
            raise DecodeError(field, LENGTH)
        secret = self._secret(data)
        if secret is None:
            raise DecodeError(field, "not in 1 .. r-1")
        return secret

    def hash_to_secret_scalar(self, message: bytes, dst: bytes, expander: Expander, /) -> Secret:
        secret = self._secret_modulo_order(expander.expand(message, dst, SCALAR_LENGTH))
        if secret is None:
            raise UsageError("the secret would be zero")
        return secret
