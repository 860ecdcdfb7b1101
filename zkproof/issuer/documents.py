"""Digests of the documents that credentials stand for: the check of the platform this grows from.

A credential carries the salted SHA-256 and SM3 of its document; the ledger anchors the same
digests. Whoever is shown the document and its salt can still compare, as before.
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives import hashes

from zkproof.errors import UsageError

MIN_SALT_BYTES = 16


def document_digests(document: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """``(SHA-256, SM3)`` of length-prefixed salt and document. Raises `UsageError` for a short
    salt: amounts and names can be guessed, so an unsalted digest is no secret.
    """
    if not MIN_SALT_BYTES <= len(salt) <= 255:
        raise UsageError(f"salt: {MIN_SALT_BYTES} to 255 octets")
    message = bytes((len(salt),)) + salt + document
    digests = []
    for algorithm in (hashes.SHA256(), hashes.SM3()):
        digest = hashes.Hash(algorithm)
        digest.update(message)
        digests.append(digest.finalize())
    return digests[0], digests[1]


def document_matches(document: bytes, salt: bytes, *, sha256: bytes, sm3: bytes) -> bool:
    """Whether both digests are this document's."""
    first, second = document_digests(document, salt)
    return hmac.compare_digest(first, sha256) & hmac.compare_digest(second, sm3)
