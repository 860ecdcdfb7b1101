"""The default backend: `zkproof-kernel`, a Rust crate on blst.

A thin packing layer: Python integers become one joined string of 32-octet scalars per call. Points
and keys are the kernel's own objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn, cast

import zkproof_kernel as kernel
from zkproof_kernel import G1, G2, PreparedG2

from zkproof.curve._secret import OpaqueSecret
from zkproof.curve.hashing import Expander
from zkproof.errors import DecodeError, UsageError

_XOF = Expander.XOF_SHAKE256


def _pack(scalars: Sequence[int]) -> bytes:
    try:
        return b"".join([scalar.to_bytes(32, "big") for scalar in scalars])
    except (OverflowError, AttributeError):
        raise UsageError("scalar: an integer in 0 .. R-1 is needed") from None


def _unpack(octets: bytes) -> list[int]:
    return [int.from_bytes(octets[i : i + 32], "big") for i in range(0, len(octets), 32)]


def _misuse(error: Exception) -> NoReturn:
    raise UsageError(f"group operation: {error}") from None


def _refuse(field: str, error: Exception) -> NoReturn:
    if isinstance(error, TypeError):
        raise UsageError(f"{field}: bytes are needed") from None
    raise DecodeError(field, str(error)) from None


class KernelFixedBases:
    """Tables in the kernel."""

    __slots__ = ("_tables",)

    def __init__(self, points: Sequence[G1]) -> None:
        try:
            self._tables = kernel.FixedBases(list(points))
        except TypeError as error:
            _misuse(error)

    def __len__(self) -> int:
        return len(self._tables)

    @property
    def memory_bytes(self) -> int:
        return self._tables.memory_bytes

    def msm(self, scalars: Sequence[int | None], *, bits: int = 255) -> G1:
        used = None
        if None in scalars:
            used = [i for i, scalar in enumerate(scalars) if scalar is not None]
            scalars = [scalar for scalar in scalars if scalar is not None]
        packed = _pack(cast("Sequence[int]", scalars))
        try:
            return self._tables.msm(packed, used, bits)
        except (TypeError, ValueError) as error:
            _misuse(error)

    def msm_rows(self, rows: Sequence[Sequence[int | None]], *, bits: int = 255) -> list[G1]:
        used = [[i for i, scalar in enumerate(row) if scalar is not None] for row in rows]
        packed = _pack([scalar for row in rows for scalar in row if scalar is not None])
        try:
            return self._tables.msm_rows(packed, used, bits)
        except (TypeError, ValueError) as error:
            _misuse(error)

    def msm_vartime(
        self,
        scalars: Sequence[int],
        points: Sequence[G1] = (),
        point_scalars: Sequence[int] = (),
    ) -> G1:
        packed, extra = _pack(scalars), _pack(point_scalars)
        try:
            return self._tables.msm_vartime(packed, list(points), extra)
        except (TypeError, ValueError) as error:
            _misuse(error)


class KernelSecretScalar(OpaqueSecret):
    """The kernel's secret, with integers for what is public."""

    __slots__ = ("_secret",)

    def __init__(self, secret: kernel.SecretScalar) -> None:
        self._secret = secret

    def public_key(self) -> G2:
        return self._secret.public_key()

    def multiply(self, point: G1, /) -> G1:
        try:
            return self._secret.multiply(point)
        except TypeError as error:
            _misuse(error)

    def divide_by_sum(self, point: G1, e: int, /) -> G1:
        packed = _pack((e,))
        try:
            return self._secret.divide_by_sum(point, packed)
        except (TypeError, ValueError) as error:
            _misuse(error)

    def divide_by_sums(self, point: G1, es: Sequence[int], /) -> bytes:
        packed = _pack(es)
        try:
            return self._secret.divide_by_sums(point, packed)
        except (TypeError, ValueError) as error:
            _misuse(error)

    def hash_to_scalar(self, suffix: bytes, dst: bytes, expander: Expander, /) -> int:
        try:
            octets = self._secret.hash_to_scalar(suffix, dst, expander is _XOF)
        except (TypeError, ValueError) as error:
            _misuse(error)
        return int.from_bytes(octets, "big")

    def export_secret(self) -> bytes:
        return self._secret.export_secret()


class KernelBackend:
    """See `zkproof.curve.interface.Backend`."""

    name = "kernel"
    g1_generator = kernel.G1_GENERATOR
    g1_identity = kernel.G1_IDENTITY
    g2_generator = kernel.G2_GENERATOR

    def info(self) -> Mapping[str, str]:
        return {
            **kernel.build_info(),
            "constant time": "operations on secret scalars; see docs/security.md",
        }

    def decode_g1(self, data: bytes, field: str = "point") -> G1:
        try:
            return kernel.decode_g1(data, False)
        except (TypeError, ValueError) as error:
            _refuse(field, error)

    def decode_g1_or_identity(self, data: bytes, field: str = "point") -> G1:
        try:
            return kernel.decode_g1(data, True)
        except (TypeError, ValueError) as error:
            _refuse(field, error)

    def decode_g1_many(self, data: bytes, field: str = "point") -> list[G1]:
        try:
            return kernel.decode_g1_many(data)
        except (TypeError, ValueError) as error:
            if len(error.args) == 2:
                raise DecodeError(f"{field}[{error.args[0]}]", error.args[1]) from None
            _refuse(field, error)

    def decode_g2(self, data: bytes, field: str = "public key") -> G2:
        try:
            return kernel.decode_g2(data)
        except (TypeError, ValueError) as error:
            _refuse(field, error)

    def encode_g1_many(self, points: Sequence[G1], /) -> bytes:
        try:
            return kernel.encode_g1_many(list(points))
        except TypeError as error:
            _misuse(error)

    def msm(self, points: Sequence[G1], scalars: Sequence[int], /) -> G1:
        return self.msm_rows(points, (scalars,))[0]

    def msm_rows(self, points: Sequence[G1], rows: Sequence[Sequence[int | None]], /) -> list[G1]:
        packed = _pack([scalar for row in rows for scalar in row if scalar is not None])
        present = [[scalar is not None for scalar in row] for row in rows]
        try:
            return kernel.msm_rows(list(points), packed, present)
        except (TypeError, ValueError) as error:
            _misuse(error)

    def msm_vartime(self, points: Sequence[G1], scalars: Sequence[int], /) -> G1:
        packed = _pack(scalars)
        try:
            return kernel.msm_vartime(list(points), packed)
        except (TypeError, ValueError) as error:
            _misuse(error)

    def fixed_bases(self, points: Sequence[G1], /) -> KernelFixedBases:
        return KernelFixedBases(points)

    def prepare_g2(self, point: G2, /) -> PreparedG2:
        try:
            return kernel.prepare_g2(point)
        except TypeError as error:
            _misuse(error)

    def pairing_check(self, pairs: Sequence[tuple[G1, PreparedG2]], /) -> bool:
        try:
            return kernel.pairing_check([point for point, _ in pairs], [key for _, key in pairs])
        except (TypeError, ValueError) as error:
            _misuse(error)

    def map_to_g1(self, uniform: bytes, /) -> G1:
        try:
            return kernel.map_to_g1(uniform)
        except (TypeError, ValueError) as error:
            _misuse(error)

    def hash_to_scalars(
        self, messages: Sequence[bytes], dst: bytes, expander: Expander, /
    ) -> list[int]:
        try:
            return _unpack(kernel.hash_to_scalars(list(messages), dst, expander is _XOF))
        except (TypeError, ValueError) as error:
            _misuse(error)

    def invert(self, scalar: int, /) -> int:
        try:
            return int.from_bytes(kernel.invert(_pack((scalar,))), "big")
        except ValueError as error:
            _misuse(error)

    def secret_scalar(self, data: bytes, field: str = "secret key") -> KernelSecretScalar:
        try:
            return KernelSecretScalar(kernel.secret_scalar(data))
        except (TypeError, ValueError) as error:
            _refuse(field, error)

    def hash_to_secret_scalar(
        self, message: bytes, dst: bytes, expander: Expander, /
    ) -> KernelSecretScalar:
        try:
            return KernelSecretScalar(kernel.hash_to_secret_scalar(message, dst, expander is _XOF))
        except (TypeError, ValueError) as error:
            _misuse(error)


backend = KernelBackend()
