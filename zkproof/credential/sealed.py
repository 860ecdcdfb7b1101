"""Secrets on disk under a passphrase: one container for wallets and keyrings.

::

    b"ZKPWALLT" | 1 octet version | 1 octet log2(n) | 16 octets salt | 12 octets nonce
    | ciphertext and tag

scrypt (RFC 7914, r = 8, p = 1) stretches the passphrase, AES-256-GCM encrypts; everything before
the ciphertext is authenticated with it. A file asking for less work than `MIN_LOG_N` is refused
(somebody weakened it), and for more than `MAX_LOG_N` as well (somebody wants our memory).
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from zkproof.codec import decode, encode
from zkproof.errors import DecodeError, UsageError, WalletError

MAGIC = b"ZKPWALLT"
VERSION = 1
LOG_N = 17
MIN_LOG_N, MAX_LOG_N = 14, 20

_HEADER_BYTES = len(MAGIC) + 2 + 16 + 12
_TAG_BYTES = 16


def seal(content: bytes, passphrase: str, *, log_n: int = LOG_N) -> bytes:
    """The container around ``content``. Raises `WalletError` for an empty passphrase."""
    if not passphrase:
        raise WalletError("passphrase: empty", hint="choose one; nothing can be opened without it")
    if not MIN_LOG_N <= log_n <= MAX_LOG_N:
        raise WalletError("sealed file: work factor out of range")
    salt, nonce = os.urandom(16), os.urandom(12)
    header = MAGIC + bytes((VERSION, log_n)) + salt + nonce
    return header + AESGCM(_key(passphrase, salt, log_n)).encrypt(nonce, content, header)


def unseal(data: bytes, passphrase: str) -> bytes:
    """The content. Raises `WalletError` for anything that is not a whole, unchanged container
    under this passphrase; a wrong passphrase and a changed file look the same.
    """
    if len(data) < _HEADER_BYTES + _TAG_BYTES or not data.startswith(MAGIC):
        raise WalletError("sealed file: not one, or cut short", hint="restore a backup")
    version, log_n = data[8], data[9]
    if version != VERSION:
        raise WalletError("sealed file: written by another version of this program")
    if not MIN_LOG_N <= log_n <= MAX_LOG_N:
        raise WalletError("sealed file: work factor out of range", hint="restore a backup")
    salt, nonce = data[10:26], data[26:38]
    header, ciphertext = data[:_HEADER_BYTES], data[_HEADER_BYTES:]
    try:
        return AESGCM(_key(passphrase, salt, log_n)).decrypt(nonce, ciphertext, header)
    except InvalidTag:
        raise WalletError(
            "sealed file: wrong passphrase, or the file was changed",
            hint="try the passphrase again; if it is right, restore a backup",
        ) from None


def seal_keys(secrets: Mapping[str, bytes], passphrase: str) -> bytes:
    """A keyring: secrets by name."""
    return seal(encode(dict(secrets)), passphrase)


def unseal_keys(data: bytes, passphrase: str, *names: str) -> list[bytes]:
    """The secrets of these names. Raises `WalletError` and `UsageError`."""
    try:
        table = decode(unseal(data, passphrase), field="keyring")
    except DecodeError:
        raise WalletError("keyring: not one") from None
    if not isinstance(table, dict) or not all(isinstance(table.get(n), bytes) for n in names):
        raise UsageError("keyring: does not hold the keys that are needed")
    return [table[name] for name in names]


def _key(passphrase: str, salt: bytes, log_n: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << log_n, r=8, p=1).derive(passphrase.encode())
