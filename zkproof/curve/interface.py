"""What a backend offers: BLS12-381 group arithmetic in few and large calls.

Three implementations stand behind this one interface (`kernel`, `arkworks`, `py_ecc`), and
a differential test runs them against each other. Points are opaque and immutable and
always lie in the subgroup of order `R`: decoding is the only way in from outside, and it
checks. Scalars are Python integers ``0 <= s < R``; anything else is a `UsageError`.

Two functions where one would do: the plain name is for secret scalars (constant time on the
kernel), the name ending in ``_vartime`` is for verification, where every scalar is public.
They are separate functions so that no flag can be forgotten.

A scalar that must never be a Python integer (a signing key) is a `SecretScalar`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, Self

from zkproof.curve.hashing import Expander

P = int(
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf"
    "6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
    16,
)
"""The field prime."""

R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""The prime order of G1 and G2, 255 bits (called ``r`` in the drafts)."""

SCALAR_BYTES = 32
G1_BYTES = 48
G2_BYTES = 96


class G1(Protocol):
    """A point of G1, in the subgroup. Equality is equality of points; hashable."""

    def encode(self) -> bytes:
        """48 octets, compressed (identity: ``0xc0`` and 47 zero octets)."""
        ...

    def is_identity(self) -> bool: ...
    def __add__(self, other: Self, /) -> Self: ...
    def __sub__(self, other: Self, /) -> Self: ...
    def __neg__(self) -> Self: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...


class G2(Protocol):
    """A point of G2, in the subgroup: a public key."""

    def encode(self) -> bytes:
        """96 octets, compressed, imaginary part of x first."""
        ...

    def is_identity(self) -> bool: ...
    def __neg__(self) -> Self: ...
    def __add__(self, other: Self, /) -> Self: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...


class PreparedG2(Protocol):
    """A G2 point with its Miller-loop lines computed once. Use it for keys that come back."""


class FixedBases(Protocol):
    """Tables of multiples for points that are used again and again (generators).

    Tables are built on first use, one for each of the two paths, and shared by all threads.
    """

    def __len__(self) -> int: ...

    @property
    def memory_bytes(self) -> int:
        """What the tables built so far occupy."""
        ...

    def msm(
        self,
        scalars: Sequence[int | None],
        *,
        bits: int = 255,
    ) -> G1:
        """``sum(scalars[i] * bases[i])`` for secret scalars.

        ``None`` says publicly that a base takes no part and costs nothing, like bases beyond a
        shorter input; a zero is a secret like any other. ``bits`` is a public bound on the
        length of every scalar: the work is proportional to it.
        """
        ...

    def msm_rows(self, rows: Sequence[Sequence[int | None]], *, bits: int = 255) -> list[G1]:
        """`msm` of each row, faster than one by one: short rows share their inversions."""
        ...

    def msm_vartime(
        self,
        scalars: Sequence[int],
        points: Sequence[G1] = (),
        point_scalars: Sequence[int] = (),
    ) -> G1:
        """``sum(scalars[i] * bases[i]) + sum(point_scalars[j] * points[j])``, all public.

        Zero scalars cost nothing, short ones cost in proportion to their length.
        """
        ...


class SecretScalar(Protocol):
    """A scalar in ``1 .. R-1`` that never becomes a Python integer.

    It does not print, pickle, copy, hash or compare by value, and is wiped when dropped
    (on the kernel; the other backends wrap what they have and say so in `Backend.info`).
    """

    def public_key(self) -> G2:
        """``x * BP2``."""
        ...

    def multiply(self, point: G1, /) -> G1:
        """``x * point``."""
        ...

    def divide_by_sum(self, point: G1, e: int, /) -> G1:
        """``1/(x + e) * point``: the BBS signature ``A`` of ``B``, and a weak Boneh-Boyen
        signature on ``e``. Raises `UsageError` when ``x + e`` is zero.
        """
        ...

    def divide_by_sums(self, point: G1, es: Sequence[int], /) -> bytes:
        """The 48-octet encodings, joined, of ``1/(x + e) * point`` for every ``e``.

        One inversion and one fixed-base table for all of them. Raises `UsageError` when some
        ``x + e`` is zero.
        """
        ...

    def hash_to_scalar(self, suffix: bytes, dst: bytes, expander: Expander, /) -> int:
        """``hash_to_scalar(I2OSP(x, 32) || suffix, dst)``, hashed where the secret lives."""
        ...

    def export_secret(self) -> bytes:
        """The 32 octets, big-endian. The only way out; for storing under encryption."""
        ...


class Backend(Protocol):
    """The operations. Modules `kernel`, `arkworks` and `py_ecc` each hold one."""

    name: str
    g1_generator: G1
    g1_identity: G1
    g2_generator: G2

    def info(self) -> Mapping[str, str]:
        """What runs: library, version, processor features, what is constant time."""
        ...

    def decode_g1(self, data: bytes, field: str = "point") -> G1:
        """Decode 48 compressed octets. The identity is refused.

        Raises `DecodeError` naming ``field``: wrong length or flags, coordinate not below
        `P`, not on the curve, not in the subgroup, identity.
        """
        ...

    def decode_g1_or_identity(self, data: bytes, field: str = "point") -> G1:
        """Like `decode_g1`, for the few places where the identity is a legal value."""
        ...

    def decode_g1_many(self, data: bytes, field: str = "point") -> list[G1]:
        """Decode a whole number of 48-octet encodings in one call; the identity is refused.

        A `DecodeError` names ``field[i]``.
        """
        ...

    def decode_g2(self, data: bytes, field: str = "public key") -> G2:
        """Decode 96 compressed octets. The identity is refused. Raises `DecodeError`."""
        ...

    def encode_g1_many(self, points: Sequence[G1], /) -> bytes:
        """The encodings, joined; one inversion for all."""
        ...

    def msm(self, points: Sequence[G1], scalars: Sequence[int], /) -> G1:
        """``sum(scalars[i] * points[i])`` for secret scalars; both of one length."""
        ...

    def msm_rows(self, points: Sequence[G1], rows: Sequence[Sequence[int | None]], /) -> list[G1]:
        """Several sums over the same points, secret scalars: one point for each row.

        ``None`` says publicly that a point takes no part in a row and costs nothing.
        """
        ...

    def msm_vartime(self, points: Sequence[G1], scalars: Sequence[int], /) -> G1:
        """``sum(scalars[i] * points[i])`` for public scalars; both of one length."""
        ...

    def fixed_bases(self, points: Sequence[G1], /) -> FixedBases: ...

    def prepare_g2(self, point: G2, /) -> PreparedG2: ...

    def pairing_check(self, pairs: Sequence[tuple[G1, PreparedG2]], /) -> bool:
        """Whether the product of ``e(P_i, Q_i)`` is one. One final exponentiation.

        An identity point contributes one, as the pairing says; callers refuse identities
        before they come here.
        """
        ...

    def map_to_g1(self, uniform: bytes, /) -> G1:
        """RFC 9380 ``hash_to_curve`` after expansion: 128 uniform octets to a point.

        Two field elements of 64 octets each, SSWU and 11-isogeny on both, sum, cofactor.
        """
        ...

    def hash_to_scalars(
        self, messages: Sequence[bytes], dst: bytes, expander: Expander, /
    ) -> list[int]:
        """``int(expand(message, dst, 48)) mod R`` for each message."""
        ...

    def invert(self, scalar: int, /) -> int:
        """``1/scalar`` modulo R, for secret scalars. Raises `UsageError` for zero."""
        ...

    def secret_scalar(self, data: bytes, field: str = "secret key") -> SecretScalar:
        """From 32 octets, big-endian, value in ``1 .. R-1``. Raises `DecodeError`."""
        ...

    def hash_to_secret_scalar(
        self, message: bytes, dst: bytes, expander: Expander, /
    ) -> SecretScalar:
        """``hash_to_scalar`` whose result stays inside. Raises `UsageError` for zero."""
        ...
