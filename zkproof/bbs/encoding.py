"""Octets of scalars, signatures and proofs: one encoding each, everything else refused.

Source: draft-irtf-cfrg-bbs-signatures, section 4.2.4 (serialization), tightened: a scalar on
the wire is never zero (section 4.2.4.4) and never ``R`` or above, lengths are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zkproof import curve
from zkproof.bbs.ciphersuite import EXPAND_LEN
from zkproof.clock import RandomBytes
from zkproof.curve import G1, G1_BYTES, SCALAR_BYTES, R
from zkproof.errors import DecodeError, UsageError

SIGNATURE_BYTES = G1_BYTES + SCALAR_BYTES
PROOF_POINTS_BYTES = 3 * G1_BYTES
PROOF_FLOOR_BYTES = PROOF_POINTS_BYTES + 4 * SCALAR_BYTES


def scalar_octets(value: int) -> bytes:
    """I2OSP(value, 32)."""
    return value.to_bytes(SCALAR_BYTES, "big")


def join_scalars(values: Iterable[int]) -> bytes:
    """The 32-octet forms, one after the other."""
    return b"".join([value.to_bytes(SCALAR_BYTES, "big") for value in values])


def scalars_from_octets(
    data: bytes, field: str, *, count: int | None = None, allow_zero: bool = False
) -> list[int]:
    """Scalars in ``1 .. R-1`` (or ``0 .. R-1``), 32 octets each.

    Raises `DecodeError` for a length that is not ``count`` (or any whole number) of scalars and
    for a value out of range.
    """
    if len(data) % SCALAR_BYTES or (count is not None and len(data) != count * SCALAR_BYTES):
        raise DecodeError(field, f"length of {len(data)} octets")
    values = [
        int.from_bytes(data[i : i + SCALAR_BYTES], "big") for i in range(0, len(data), SCALAR_BYTES)
    ]
    if values and max(values) >= R:
        raise DecodeError(field, "scalar not below the group order")
    if not allow_zero and 0 in values:
        raise DecodeError(field, "zero scalar")
    return values


def random_scalars(count: int, random: RandomBytes) -> list[int]:
    """``count`` scalars, each from 48 random octets (draft, section 4.2.1)."""
    pool = random(EXPAND_LEN * count)
    return [
        int.from_bytes(pool[i : i + EXPAND_LEN], "big") % R for i in range(0, len(pool), EXPAND_LEN)
    ]


@dataclass(frozen=True, slots=True)
class Signature:
    """``(A, e)``: 80 octets."""

    A: G1
    e: int

    @classmethod
    def from_octets(cls, data: bytes) -> Signature:
        """Raises `DecodeError`."""
        if len(data) != SIGNATURE_BYTES:
            raise DecodeError("signature", f"length of {len(data)} octets, not {SIGNATURE_BYTES}")
        (e,) = scalars_from_octets(data[G1_BYTES:], "signature.e")
        return cls(curve.decode_g1(data[:G1_BYTES], "signature.A"), e)

    def to_octets(self) -> bytes:
        return self.A.encode() + scalar_octets(self.e)


@dataclass(frozen=True, slots=True)
class Proof:
    """What travels: three points, ``3 + U`` responses and the challenge."""

    Abar: G1
    Bbar: G1
    D: G1
    e_hat: int
    r1_hat: int
    r3_hat: int
    m_hat: tuple[int, ...]
    challenge: int
    points_octets: bytes
    """``Abar || Bbar || D`` as received, which is also what the challenge hashes."""

    @classmethod
    def from_octets(cls, data: bytes) -> Proof:
        """Raises `DecodeError`. Scalars are looked at first: they are the cheap part."""
        if len(data) < PROOF_FLOOR_BYTES:
            raise DecodeError("proof", f"length of {len(data)} octets, below {PROOF_FLOOR_BYTES}")
        e_hat, r1_hat, r3_hat, *rest = scalars_from_octets(data[PROOF_POINTS_BYTES:], "proof")
        points_octets = data[:PROOF_POINTS_BYTES]
        Abar, Bbar, D = curve.decode_g1_many(points_octets, "proof.points")
        return cls(Abar, Bbar, D, e_hat, r1_hat, r3_hat, tuple(rest[:-1]), rest[-1], points_octets)

    def to_octets(self) -> bytes:
        return self.points_octets + join_scalars(
            (self.e_hat, self.r1_hat, self.r3_hat, *self.m_hat, self.challenge)
        )


def undisclosed_count(proof: bytes) -> int:
    """``U`` by the length of a proof. Raises `DecodeError` when no proof has that length."""
    count, rest = divmod(len(proof) - PROOF_FLOOR_BYTES, SCALAR_BYTES)
    if count < 0 or rest:
        raise DecodeError("proof", f"length of {len(proof)} octets")
    return count


def check_octets(value: object, field: str) -> None:
    """Raises `UsageError` when a caller passed something that is not octets."""
    if not isinstance(value, bytes):
        raise UsageError(f"{field}: expected bytes, got {type(value).__name__}")


def check_messages(messages: Sequence[bytes], field: str = "messages") -> None:
    """Raises `UsageError` when a caller passed something that is not a list of octets."""
    if isinstance(messages, bytes | str) or not isinstance(messages, Sequence):
        raise UsageError(f"{field}: expected a sequence of bytes, got {type(messages).__name__}")
    for i, message in enumerate(messages):
        if not isinstance(message, bytes):
            raise UsageError(f"{field}[{i}]: expected bytes, got {type(message).__name__}")
