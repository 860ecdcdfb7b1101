"""expand_message of RFC 9380, section 5.3, in both forms the BBS ciphersuites use.

The kernel carries the same two functions for its bulk operations; this one is the
reference for it, and is what a single short message goes through.
"""

from __future__ import annotations

import hashlib
from enum import Enum

from zkproof.errors import UsageError

_SHA256_BLOCK = bytes(64)


class Expander(Enum):
    """How a message and a domain separation tag become uniform octets."""

    XMD_SHA256 = "xmd:sha-256"
    XOF_SHAKE256 = "xof:shake-256"

    def expand(self, message: bytes, dst: bytes, length: int) -> bytes:
        """``length`` uniform octets. Raises `UsageError` for a tag over 255 octets or a
        length the form cannot give (xmd: 255 * 32 octets; xof: 65535).
        """
        if len(dst) > 255:
            raise UsageError(f"domain separation tag of {len(dst)} octets, at most 255 allowed")
        dst_prime = dst + bytes((len(dst),))
        if self is Expander.XOF_SHAKE256:
            if not 0 < length <= 0xFFFF:
                raise UsageError(f"cannot expand to {length} octets")
            return hashlib.shake_256(message + length.to_bytes(2, "big") + dst_prime).digest(length)
        blocks = -(-length // 32)
        if not 0 < blocks <= 255:
            raise UsageError(f"cannot expand to {length} octets")
        b0 = hashlib.sha256(
            b"".join((_SHA256_BLOCK, message, length.to_bytes(2, "big"), b"\0", dst_prime))
        ).digest()
        block = hashlib.sha256(b0 + b"\x01" + dst_prime).digest()
        out = [block]
        b0_int = int.from_bytes(b0, "big")
        for i in range(2, blocks + 1):
            mixed = (b0_int ^ int.from_bytes(block, "big")).to_bytes(32, "big")
            block = hashlib.sha256(mixed + bytes((i,)) + dst_prime).digest()
            out.append(block)
        return b"".join(out)[:length]
