"""A verifier's receipts as one chain, so that none can be left out or changed unnoticed.

::

    chain(0) = 32 zero octets
    chain(n) = SHA-256(chain(n - 1) || digest of receipt n)

Whoever knows a later link knows what all receipts before it were.
"""

from __future__ import annotations

import hashlib

START = bytes(32)


def link(previous: bytes, receipt_digest: bytes) -> bytes:
    """The chain after one more receipt."""
    return hashlib.sha256(previous + receipt_digest).digest()
