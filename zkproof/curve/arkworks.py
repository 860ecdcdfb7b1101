"""The backend for machines without a Rust toolchain: the wheel `py-arkworks-bls12381`.

About half the kernel's speed. The wheel's `Scalar` prints its value and its multiplication is not
constant time, so secrets are wrapped here and `Backend.info` says so. Its decoder is lenient about
encodings; `zkproof.curve.compressed` checks those first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import NoReturn

from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from zkproof.curve.compressed import checked_g1, checked_g2, uniform_field_elements
from zkproof.curve.hashing import Expander
from zkproof.curve.interface import G1_BYTES, R
from zkproof.curve.sequences import packed_terms, used_bases
from zkproof.errors import DecodeError, UsageError

_MULTIEXP_FROM = 8
"""From this many terms on the wheel's bucket method beats single multiplications."""


def _scalar(value: int) -> Scalar:
    try:
        octets = value.to_bytes(32, "big")
    except (OverflowError, AttributeError):
        raise UsageError("scalar: an integer in 0 .. R-1 is needed") from None
    if value >= R:
        raise UsageError("scalar: an integer in 0 .. R-1 is needed")
    return Scalar.from_be_bytes(octets)


class ArkworksG1:
    """A point of G1."""

    __slots__ = ("point",)

    def __init__(self, point: G1Point) -> None:
        self.point = point

    def encode(self) -> bytes:
        return bytes(self.point.to_compressed_bytes())

    def is_identity(self) -> bool:
        return self.point == _IDENTITY

    def __add__(self, other: ArkworksG1, /) -> ArkworksG1:
        return ArkworksG1(self.point + other.point)

    def __sub__(self, other: ArkworksG1, /) -> ArkworksG1:
        return ArkworksG1(self.point - other.point)

    def __neg__(self) -> ArkworksG1:
        return ArkworksG1(-self.point)

    def __eq__(self, other: object, /) -> bool:
        return isinstance(other, ArkworksG1) and self.point == other.point

    def __hash__(self) -> int:
        return hash(self.encode())


class ArkworksG2:
    """A point of G2."""

    __slots__ = ("point",)

    def __init__(self, point: G2Point) -> None:
        self.point = point

    def encode(self) -> bytes:
        return bytes(self.point.to_compressed_bytes())

    def is_identity(self) -> bool:
        return self.point == G2Point.identity()

    def __add__(self, other: ArkworksG2, /) -> ArkworksG2:
        return ArkworksG2(self.point + other.point)

    def __neg__(self) -> ArkworksG2:
        return ArkworksG2(-self.point)

    def __eq__(self, other: object, /) -> bool:
        return isinstance(other, ArkworksG2) and self.point == other.point

    def __hash__(self) -> int:
        return hash(self.encode())


_IDENTITY = G1Point.identity()


def _sum(points: Sequence[ArkworksG1], scalars: Sequence[int]) -> ArkworksG1:
    terms = [(p.point, _scalar(s)) for p, s in packed_terms(points, scalars) if s]
    if len(terms) >= _MULTIEXP_FROM:
        return ArkworksG1(
            G1Point.multiexp_unchecked([p for p, _ in terms], [s for _, s in terms])
        )
    total = _IDENTITY
    for point, scalar in terms:
        total = total + point * scalar
    return ArkworksG1(total)


class ArkworksFixedBases:
    """No tables here: the interface over plain multiplications."""

    __slots__ = ("_points",)

    def __init__(self, points: Sequence[ArkworksG1]) -> None:
        self._points = tuple(points)

    def __len__(self) -> int:
        return len(self._points)

    @property
    def memory_bytes(self) -> int:
        return 0

    def msm(self, scalars: Sequence[int | None], *, bits: int = 255) -> ArkworksG1:
        bases, used = used_bases(self._points, scalars, bits)
        return _sum(bases, used)

    def msm_vartime(
        self,
        scalars: Sequence[int],
        points: Sequence[ArkworksG1] = (),
        point_scalars: Sequence[int] = (),
    ) -> ArkworksG1:
        bases, used = used_bases(self._points, scalars, 255)
        return _sum(bases, used) + _sum(points, point_scalars)


class ArkworksSecretScalar:
    """The wheel's scalar, which would print itself, behind a type that does not."""

    __slots__ = ("_scalar",)

    def __init__(self, scalar: Scalar) -> None:
        self._scalar = scalar

    def public_key(self) -> ArkworksG2:
        return ArkworksG2(G2Point() * self._scalar)

    def multiply(self, point: ArkworksG1, /) -> ArkworksG1:
        return ArkworksG1(point.point * self._scalar)

    def divide_by_sum(self, point: ArkworksG1, e: int, /) -> ArkworksG1:
        total = self._scalar + _scalar(e)
        if total.is_zero():
            raise UsageError("group operation: x + e is zero")
        return ArkworksG1(point.point * total.inverse())

    def divide_by_sums(self, point: ArkworksG1, es: Sequence[int], /) -> bytes:
        return b"".join(self.divide_by_sum(point, e).encode() for e in es)

    def hash_to_scalar(self, suffix: bytes, dst: bytes, expander: Expander, /) -> int:
        uniform = expander.expand(bytes(self._scalar.to_be_bytes()) + suffix, dst, 48)
        return int.from_bytes(uniform, "big") % R

    def export_secret(self) -> bytes:
        return bytes(self._scalar.to_be_bytes())

    def __repr__(self) -> str:
        return "<SecretScalar, value hidden>"

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a SecretScalar is a secret and cannot be pickled or copied")


class ArkworksBackend:
    """See `zkproof.curve.interface.Backend`."""

    name = "arkworks"
    g1_generator = ArkworksG1(G1Point())
    g1_identity = ArkworksG1(_IDENTITY)
    g2_generator = ArkworksG2(G2Point())

    def info(self) -> Mapping[str, str]:
        return {
            "py-arkworks-bls12381": metadata.version("py-arkworks-bls12381"),
            "constant time": "nothing: use the kernel where a local observer is a concern",
        }

    def decode_g1(self, data: bytes, field: str = "point") -> ArkworksG1:
        point = self.decode_g1_or_identity(data, field)
        if point.is_identity():
            raise DecodeError(field, "the identity")
        return point

    def decode_g1_or_identity(self, data: bytes, field: str = "point") -> ArkworksG1:
        if checked_g1(data, field):
            return self.g1_identity
        try:
            point = G1Point.from_compressed_bytes_unchecked(data)
        except ValueError:
            raise DecodeError(field, "not on the curve") from None
        if not point.is_in_subgroup():
            raise DecodeError(field, "not in the subgroup of prime order")
        return ArkworksG1(point)

    def decode_g1_many(self, data: bytes, field: str = "point") -> list[ArkworksG1]:
        if len(data) % G1_BYTES:
            raise DecodeError(field, "wrong length")
        return [
            self.decode_g1(data[i : i + G1_BYTES], f"{field}[{i // G1_BYTES}]")
            for i in range(0, len(data), G1_BYTES)
        ]

    def decode_g2(self, data: bytes, field: str = "public key") -> ArkworksG2:
        if checked_g2(data, field):
            raise DecodeError(field, "the identity")
        try:
            point = G2Point.from_compressed_bytes_unchecked(data)
        except ValueError:
            raise DecodeError(field, "not on the curve") from None
        if not point.is_in_subgroup():
            raise DecodeError(field, "not in the subgroup of prime order")
        return ArkworksG2(point)

    def encode_g1_many(self, points: Sequence[ArkworksG1], /) -> bytes:
        return b"".join(point.encode() for point in points)

    def msm(self, points: Sequence[ArkworksG1], scalars: Sequence[int], /) -> ArkworksG1:
        return _sum(points, scalars)

    def msm_rows(
        self, points: Sequence[ArkworksG1], rows: Sequence[Sequence[int | None]], /
    ) -> list[ArkworksG1]:
        sums = []
        for row in rows:
            pairs = [(p, s) for p, s in packed_terms(points, row) if s is not None]
            sums.append(_sum([p for p, _ in pairs], [s for _, s in pairs]))
        return sums

    def msm_vartime(self, points: Sequence[ArkworksG1], scalars: Sequence[int], /) -> ArkworksG1:
        return _sum(points, scalars)

    def fixed_bases(self, points: Sequence[ArkworksG1], /) -> ArkworksFixedBases:
        return ArkworksFixedBases(points)

    def prepare_g2(self, point: ArkworksG2, /) -> ArkworksG2:
        return point

    def pairing_check(self, pairs: Sequence[tuple[ArkworksG1, ArkworksG2]], /) -> bool:
        if not pairs:
            return True
        return bool(GT.pairing_check([p.point for p, _ in pairs], [q.point for _, q in pairs]))

    def map_to_g1(self, uniform: bytes, /) -> ArkworksG1:
        u, v = uniform_field_elements(uniform)
        first, second = (G1Point.map_from_fp_be(each.to_bytes(48, "big")) for each in (u, v))
        return ArkworksG1(first + second)

    def hash_to_scalars(
        self, messages: Sequence[bytes], dst: bytes, expander: Expander, /
    ) -> list[int]:
        return [
            int.from_bytes(expander.expand(message, dst, 48), "big") % R for message in messages
        ]

    def secret_scalar(self, data: bytes, field: str = "secret key") -> ArkworksSecretScalar:
        if len(data) != 32:
            raise DecodeError(field, "wrong length")
        try:
            scalar = Scalar.from_be_bytes(data)
        except ValueError:
            raise DecodeError(field, "not in 1 .. r-1") from None
        if scalar.is_zero():
            raise DecodeError(field, "not in 1 .. r-1")
        return ArkworksSecretScalar(scalar)

    def hash_to_secret_scalar(
        self, message: bytes, dst: bytes, expander: Expander, /
    ) -> ArkworksSecretScalar:
        scalar = Scalar.from_be_bytes_mod_order(expander.expand(message, dst, 48))
        if scalar.is_zero():
            raise UsageError("group operation: the secret would be zero")
        return ArkworksSecretScalar(scalar)


backend = ArkworksBackend()
