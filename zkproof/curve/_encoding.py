"""Exactly one encoding for each point: what is checked before a library reads the octets.

Compressed points as in the BBS draft and ZCash's BLS12-381: three flag bits (compressed,
identity, sign of y) above the x coordinate, big-endian. Libraries disagree about the rest: the
arkworks wheel takes an identity with a sign bit, or with any coordinate below it. What is left
to the library after these checks is whether x lies on the curve and in the subgroup.
"""

from __future__ import annotations

from typing import Final

from zkproof.curve.interface import G1_BYTES, P
from zkproof.errors import DecodeError, UsageError

# The words of the kernel, so that a refusal reads the same whatever runs.
LENGTH: Final = "wrong length"
FLAGS: Final = "flag bits that no encoder sets"
COORDINATE: Final = "coordinate not below the field prime"
CURVE: Final = "not on the curve"
SUBGROUP: Final = "not in the subgroup of prime order"
IDENTITY: Final = "the identity"

_COMPRESSED, _IDENTITY, _SIGN = 0x80, 0x40, 0x20
_FIELD_BYTES = 48


def is_identity_encoding(data: bytes, size: int, field: str) -> bool:
    """Whether ``data`` is the one encoding of the identity; `False` for any other point.

    ``size`` is `G1_BYTES` or `G2_BYTES`. Raises `DecodeError` naming ``field``: wrong length,
    flags no encoder sets, a coordinate not below `P`.
    """
    require_bytes(data, field)
    if len(data) != size:
        raise DecodeError(field, LENGTH)
    flags = data[0]
    if not flags & _COMPRESSED:
        raise DecodeError(field, FLAGS)
    if flags & _IDENTITY:
        if flags != _COMPRESSED | _IDENTITY or any(data[1:]):
            raise DecodeError(field, FLAGS)
        return True
    unflagged = bytes((flags & ~(_COMPRESSED | _SIGN),)) + data[1:]
    for start in range(0, size, _FIELD_BYTES):
        if int.from_bytes(unflagged[start : start + _FIELD_BYTES], "big") >= P:
            raise DecodeError(field, COORDINATE)
    return False


def require_bytes(data: object, field: str) -> None:
    """Raises `UsageError` for anything but `bytes`: a list of integers is no encoding."""
    if not isinstance(data, bytes):
        raise UsageError(f"{field}: bytes are needed, not {type(data).__name__}")


def split(data: bytes, field: str) -> list[bytes]:
    """The 48-octet pieces of joined encodings. Raises `DecodeError` when one is cut short."""
    require_bytes(data, field)
    if len(data) % G1_BYTES:
        raise DecodeError(field, LENGTH)
    return [data[i : i + G1_BYTES] for i in range(0, len(data), G1_BYTES)]
