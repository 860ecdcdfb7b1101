"""The backend for machines without a Rust toolchain: the wheel `py-arkworks-bls12381`.

A BBS proof takes about two and a half times as long to verify as on the kernel. The wheel's
`Scalar` prints its value and its multiplication is not constant time, so secrets are wrapped here
and `Backend.info` says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version

from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from zkproof.curve._encoding import CURVE, SUBGROUP
from zkproof.curve._plain import SCALAR_LENGTH, PlainBackend, check_scalars
from zkproof.curve._secret import OpaqueSecret
from zkproof.curve.hashing import Expander
from zkproof.curve.interface import R
from zkproof.errors import DecodeError, UsageError

_MULTIEXP_FROM = 3
"""From this many terms on the wheel's bucket method beats single multiplications: measured at two
terms for scalars of full length, three at half of it, four at a quarter."""


def _scalar(value: int) -> Scalar:
    # `Scalar(value)` takes 25 times as long, and reduces what is not below the order.
    return Scalar.from_be_bytes(value.to_bytes(32, "big"))


class ArkworksG1:
    """A point of G1."""

    __slots__ = ("_point",)

    def __init__(self, point: G1Point) -> None:
        self._point = point

    def encode(self) -> bytes:
        return bytes(self._point.to_compressed_bytes())

    def is_identity(self) -> bool:
        return self._point == _IDENTITY

    def __add__(self, other: ArkworksG1, /) -> ArkworksG1:
        if not isinstance(other, ArkworksG1):
            return NotImplemented
        return ArkworksG1(self._point + other._point)

    def __sub__(self, other: ArkworksG1, /) -> ArkworksG1:
        if not isinstance(other, ArkworksG1):
            return NotImplemented
        return ArkworksG1(self._point - other._point)

    def __neg__(self) -> ArkworksG1:
        return ArkworksG1(-self._point)

    def __eq__(self, other: object, /) -> bool:
        return isinstance(other, ArkworksG1) and self._point == other._point

    def __hash__(self) -> int:
        return hash(self.encode())

    def __repr__(self) -> str:
        return f"<G1 {self.encode().hex()}>"


class ArkworksG2:
    """A point of G2."""

    __slots__ = ("_point",)

    def __init__(self, point: G2Point) -> None:
        self._point = point

    def encode(self) -> bytes:
        return bytes(self._point.to_compressed_bytes())

    def is_identity(self) -> bool:
        return self._point == G2Point.identity()

    def __add__(self, other: ArkworksG2, /) -> ArkworksG2:
        if not isinstance(other, ArkworksG2):
            return NotImplemented
        return ArkworksG2(self._point + other._point)

    def __neg__(self) -> ArkworksG2:
        return ArkworksG2(-self._point)

    def __eq__(self, other: object, /) -> bool:
        return isinstance(other, ArkworksG2) and self._point == other._point

    def __hash__(self) -> int:
        return hash(self.encode())

    def __repr__(self) -> str:
        return f"<G2 {self.encode().hex()}>"


_IDENTITY = G1Point.identity()


class ArkworksPreparedG2:
    """The point itself: lines are computed in every pairing."""

    __slots__ = ("_point",)

    def __init__(self, point: G2Point) -> None:
        self._point = point


class ArkworksSecretScalar(OpaqueSecret):
    """The wheel's scalar, which would print itself, behind a type that does not."""

    __slots__ = ("_scalar",)

    def __init__(self, scalar: Scalar) -> None:
        self._scalar = scalar

    def public_key(self) -> ArkworksG2:
        return ArkworksG2(G2Point() * self._scalar)

    def multiply(self, point: ArkworksG1, /) -> ArkworksG1:
        return ArkworksG1(point._point * self._scalar)

    def divide_by_sum(self, point: ArkworksG1, e: int, /) -> ArkworksG1:
        check_scalars((e,))
        total = self._scalar + _scalar(e)
        if total.is_zero():
            raise UsageError("group operation: x + e is zero")
        return ArkworksG1(point._point * total.inverse())

    def divide_by_sums(self, point: ArkworksG1, es: Sequence[int], /) -> bytes:
        return b"".join([self.divide_by_sum(point, e).encode() for e in es])

    def hash_to_scalar(self, suffix: bytes, dst: bytes, expander: Expander, /) -> int:
        uniform = expander.expand(self.export_secret() + suffix, dst, SCALAR_LENGTH)
        return int.from_bytes(uniform, "big") % R

    def export_secret(self) -> bytes:
        return bytes(self._scalar.to_be_bytes())


class ArkworksBackend(PlainBackend[ArkworksG1, ArkworksG2, ArkworksSecretScalar]):
    """See `zkproof.curve.interface.Backend`."""

    name = "arkworks"
    g1_generator = ArkworksG1(G1Point())
    g1_identity = ArkworksG1(_IDENTITY)
    g2_generator = ArkworksG2(G2Point())

    def info(self) -> Mapping[str, str]:
        return {
            "py-arkworks-bls12381": version("py-arkworks-bls12381"),
            "constant time": "nothing; use the kernel where somebody may measure",
        }

    def prepare_g2(self, point: ArkworksG2, /) -> ArkworksPreparedG2:
        return ArkworksPreparedG2(point._point)

    def pairing_check(self, pairs: Sequence[tuple[ArkworksG1, ArkworksPreparedG2]], /) -> bool:
        if not pairs:
            return True
        return bool(GT.pairing_check([p._point for p, _ in pairs], [q._point for _, q in pairs]))

    def _read_g1(self, data: bytes, field: str) -> ArkworksG1:
        try:
            point = G1Point.from_compressed_bytes_unchecked(data)
        except ValueError:
            raise DecodeError(field, CURVE) from None
        # "Unchecked" means without this; taken apart, the two refusals have names.
        if not point.is_in_subgroup():
            raise DecodeError(field, SUBGROUP)
        return ArkworksG1(point)

    def _read_g2(self, data: bytes, field: str) -> ArkworksG2:
        try:
            point = G2Point.from_compressed_bytes_unchecked(data)
        except ValueError:
            raise DecodeError(field, CURVE) from None
        if not point.is_in_subgroup():
            raise DecodeError(field, SUBGROUP)
        return ArkworksG2(point)

    def _sum(self, points: Sequence[ArkworksG1], scalars: Sequence[int]) -> ArkworksG1:
        terms = [(p._point, _scalar(s)) for p, s in zip(points, scalars, strict=True) if s]
        if len(terms) >= _MULTIEXP_FROM:
            # "Unchecked" are the subgroups, which our points cannot be outside of. Of lists of
            # different lengths the wheel would drop the tail.
            points_used, scalars_used = [p for p, _ in terms], [s for _, s in terms]
            return ArkworksG1(G1Point.multiexp_unchecked(points_used, scalars_used))
        total = _IDENTITY
        for point, scalar in terms:
            total = total + point * scalar
        return ArkworksG1(total)

    def _map(self, u: int, v: int) -> ArkworksG1:
        # The wheel clears the cofactor of each; as a homomorphism that equals clearing the sum's.
        first, second = (G1Point.map_from_fp_be(each.to_bytes(48, "big")) for each in (u, v))
        return ArkworksG1(first + second)

    def _secret(self, data: bytes) -> ArkworksSecretScalar | None:
        try:
            scalar = Scalar.from_be_bytes(data)
        except ValueError:
            return None
        return None if scalar.is_zero() else ArkworksSecretScalar(scalar)

    def _secret_modulo_order(self, data: bytes) -> ArkworksSecretScalar | None:
        scalar = Scalar.from_be_bytes_mod_order(data)
        return None if scalar.is_zero() else ArkworksSecretScalar(scalar)


backend = ArkworksBackend()
