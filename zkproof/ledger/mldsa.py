"""ML-DSA-44 cosignatures over a checkpoint, where this machine's `cryptography` has the algorithm.

::

    "subtree/v1" 0x0a 0x00 | length, name | time, 8 octets | length, origin | 0, 8 octets |
    size, 8 octets | root, 32 octets

Source: C2SP tlog-cosignature; FIPS 204.
"""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

_LABEL = b"subtree/v1\n\0"


@lru_cache(maxsize=1)
def available() -> bool:
    """Whether signatures can be checked here."""
    try:
        _keys().MLDSA44PrivateKey.generate()
    except (ImportError, AttributeError, UnsupportedAlgorithm):
        return False
    return True


def holds(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the key signed this message."""
    try:
        _keys().MLDSA44PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def message(text: str, name: str, time: int) -> bytes:
    """What a cosigner of that name signs of a checkpoint's text; empty when the text is none."""
    lines = text.split("\n")
    try:
        origin, size = lines[0].encode(), int(lines[1])
        root = base64.b64decode(lines[2], validate=True)
        cosigner = name.encode()
        return (
            _LABEL
            + len(cosigner).to_bytes(1, "big")
            + cosigner
            + time.to_bytes(8, "big")
            + len(origin).to_bytes(1, "big")
            + origin
            + bytes(8)
            + size.to_bytes(8, "big")
            + root
        )
    except (IndexError, ValueError, OverflowError, binascii.Error):
        return b""


def _keys() -> Any:
    """The module of `cryptography`, which older versions do not have."""
    from cryptography.hazmat.primitives.asymmetric import mldsa

    return mldsa
