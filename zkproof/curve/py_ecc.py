"""The reference backend: `py_ecc`, group arithmetic one can read. A fifth of a second per pairing.

For differential tests and for teaching; nothing here is constant time and no secret is wiped.
Points are projective triples ``(X, Y, Z)`` over the field, ``x = X/Z`` and ``y = Y/Z``, with
``Z = 0`` for the identity. A point of G1 fulfils ``y^2 = x^3 + 4``, one of G2
``y^2 = x^3 + 4(1 + i)`` over the field with ``i^2 = -1``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from py_ecc.bls import point_compression as octets
from py_ecc.bls.hash_to_curve import clear_cofactor_G1, map_to_curve_G1
from py_ecc.bls.typing import G1Compressed, G2Compressed
from py_ecc.fields import optimized_bls12_381_FQ as FQ
from py_ecc.fields import optimized_bls12_381_FQ12 as FQ12
from py_ecc.optimized_bls12_381 import optimized_curve as curve
from py_ecc.optimized_bls12_381 import optimized_pairing as pairing

from zkproof.curve._encoding import CURVE, SUBGROUP
from zkproof.curve._plain import SCALAR_LENGTH, PlainBackend, check_scalars
from zkproof.curve._secret import OpaqueSecret
from zkproof.curve.hashing import Expander
from zkproof.curve.interface import R
from zkproof.errors import DecodeError, UsageError

Triple = tuple[Any, Any, Any]
"""Projective coordinates in the library's field types, which carry no type information."""


class PyEccG1:
    """A point of G1."""

    __slots__ = ("_point",)

    def __init__(self, point: Triple) -> None:
        self._point = point

    def encode(self) -> bytes:
        return int(octets.compress_G1(self._point)).to_bytes(48, "big")

    def is_identity(self) -> bool:
        return bool(curve.is_inf(self._point))

    def __add__(self, other: PyEccG1, /) -> PyEccG1:
        if not isinstance(other, PyEccG1):
            return NotImplemented
        return PyEccG1(curve.add(self._point, other._point))

    def __sub__(self, other: PyEccG1, /) -> PyEccG1:
        if not isinstance(other, PyEccG1):
            return NotImplemented
        return self + -other

    def __neg__(self) -> PyEccG1:
        return PyEccG1(curve.neg(self._point))

    def __eq__(self, other: object, /) -> bool:
        return isinstance(other, PyEccG1) and _same(self._point, other._point)

    def __hash__(self) -> int:
        return hash(self.encode())

    def __repr__(self) -> str:
        return f"<G1 {self.encode().hex()}>"


class PyEccG2:
    """A point of G2."""

    __slots__ = ("_point",)

    def __init__(self, point: Triple) -> None:
        self._point = point

    def encode(self) -> bytes:
        return b"".join(int(part).to_bytes(48, "big") for part in octets.compress_G2(self._point))

    def is_identity(self) -> bool:
        return bool(curve.is_inf(self._point))

    def __add__(self, other: PyEccG2, /) -> PyEccG2:
        if not isinstance(other, PyEccG2):
            return NotImplemented
        return PyEccG2(curve.add(self._point, other._point))

    def __neg__(self) -> PyEccG2:
        return PyEccG2(curve.neg(self._point))

    def __eq__(self, other: object, /) -> bool:
        return isinstance(other, PyEccG2) and _same(self._point, other._point)

    def __hash__(self) -> int:
        return hash(self.encode())

    def __repr__(self) -> str:
        return f"<G2 {self.encode().hex()}>"


def _same(one: Triple, other: Triple) -> bool:
    # The library's `eq` compares cross products. Its doubling turns the identity into (0, 0, 0),
    # whose cross products with every point are equal.
    if curve.is_inf(one) or curve.is_inf(other):
        return bool(curve.is_inf(one) and curve.is_inf(other))
    return bool(curve.eq(one, other))


def _in_subgroup(point: Triple) -> bool:
    return bool(curve.is_inf(curve.multiply(point, R)))


class PyEccPreparedG2:
    """The point itself: lines are computed in every pairing."""

    __slots__ = ("_point",)

    def __init__(self, point: Triple) -> None:
        self._point = point


class PyEccSecretScalar(OpaqueSecret):
    """A Python integer that does not print. Neither constant time nor wiped."""

    __slots__ = ("_value",)

    def __init__(self, value: int) -> None:
        self._value = value

    def public_key(self) -> PyEccG2:
        return PyEccG2(curve.multiply(curve.G2, self._value))

    def multiply(self, point: PyEccG1, /) -> PyEccG1:
        return PyEccG1(curve.multiply(point._point, self._value))

    def divide_by_sum(self, point: PyEccG1, e: int, /) -> PyEccG1:
        check_scalars((e,))
        total = (self._value + e) % R
        if total == 0:
            raise UsageError("group operation: x + e is zero")
        return PyEccG1(curve.multiply(point._point, pow(total, -1, R)))

    def divide_by_sums(self, point: PyEccG1, es: Sequence[int], /) -> bytes:
        return b"".join([self.divide_by_sum(point, e).encode() for e in es])

    def hash_to_scalar(self, suffix: bytes, dst: bytes, expander: Expander, /) -> int:
        uniform = expander.expand(self.export_secret() + suffix, dst, SCALAR_LENGTH)
        return int.from_bytes(uniform, "big") % R

    def export_secret(self) -> bytes:
        return self._value.to_bytes(32, "big")


class PyEccBackend(PlainBackend[PyEccG1, PyEccG2, PyEccSecretScalar]):
    """See `zkproof.curve.interface.Backend`."""

    name = "py_ecc"
    g1_generator = PyEccG1(curve.G1)
    g1_identity = PyEccG1(curve.Z1)
    g2_generator = PyEccG2(curve.G2)

    def info(self) -> Mapping[str, str]:
        return {
            "py_ecc": version("py_ecc"),
            "constant time": "nothing; a reference for tests, not for real secrets",
        }

    def prepare_g2(self, point: PyEccG2, /) -> PyEccPreparedG2:
        return PyEccPreparedG2(point._point)

    def pairing_check(self, pairs: Sequence[tuple[PyEccG1, PyEccPreparedG2]], /) -> bool:
        product = FQ12.one()
        for point, key in pairs:
            product *= pairing.pairing(key._point, point._point, final_exponentiate=False)
        return bool(pairing.final_exponentiate(product) == FQ12.one())

    def _read_g1(self, data: bytes, field: str) -> PyEccG1:
        if not data[0] & 0x1F and not any(data[1:]):
            # The library takes x = 0 for a malformed identity; it is (0, ±2), of order three.
            raise DecodeError(field, SUBGROUP)
        try:
            point = octets.decompress_G1(G1Compressed(int.from_bytes(data, "big")))
        except ValueError:
            raise DecodeError(field, CURVE) from None
        if not _in_subgroup(point):
            raise DecodeError(field, SUBGROUP)
        return PyEccG1(point)

    def _read_g2(self, data: bytes, field: str) -> PyEccG2:
        imaginary, real = (int.from_bytes(half, "big") for half in (data[:48], data[48:]))
        try:
            point = octets.decompress_G2(G2Compressed((imaginary, real)))
        except ValueError:
            raise DecodeError(field, CURVE) from None
        if not _in_subgroup(point):
            raise DecodeError(field, SUBGROUP)
        return PyEccG2(point)

    def _sum(self, points: Sequence[PyEccG1], scalars: Sequence[int]) -> PyEccG1:
        total = curve.Z1
        for point, scalar in zip(points, scalars, strict=True):
            total = curve.add(total, curve.multiply(point._point, scalar))
        return PyEccG1(total)

    def _map(self, u: int, v: int) -> PyEccG1:
        first, second = (map_to_curve_G1(FQ(element)) for element in (u, v))
        return PyEccG1(clear_cofactor_G1(curve.add(first, second)))

    def _secret(self, data: bytes) -> PyEccSecretScalar | None:
        value = int.from_bytes(data, "big")
        return PyEccSecretScalar(value) if 0 < value < R else None

    def _secret_modulo_order(self, data: bytes) -> PyEccSecretScalar | None:
        value = int.from_bytes(data, "big") % R
        return PyEccSecretScalar(value) if value else None


backend = PyEccBackend()
