"""Secrets on disk under a passphrase: one container for wallets and keyrings.

::

    8 octets kind | 1 octet version | 1 octet log2(n) | 16 octets salt | 12 octets nonce
    | ciphertext and tag

scrypt (RFC 7914, r = 8, p = 1) stretches the passphrase in Unicode form NFC, AES-256-GCM encrypts;
everything before the ciphertext is authenticated with it. The work factor stands in the file so
that it can be raised, but a file asking for less than today's is refused (somebody weakened it),
and for more than `MAX_LOG_N` as well (somebody wants our memory: n = 2^18 takes 256 MiB).

What this does not do: an older copy put in the place of the file opens like the file itself.
Whoever can write there can turn the content back, not read or change it.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from enum import Enum
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from zkproof.codec import decode, encode
from zkproof.errors import DecodeError, NotFoundError, WalletError
from zkproof.record import map_of, octets

VERSION = 1
MAX_LOG_N = 18

# One number for writing and for the least that is read, and no argument for it anywhere: a fast
# file can be made only by a test that reaches in here.
_log_n = 17

MAX_SECRETS = 4096
"""Of one keyring. An issuer's holds every signing key that it ever had."""

_SECRETS = map_of(octets(), most=MAX_SECRETS)
_KIND_BYTES, _SALT_BYTES, _NONCE_BYTES, _TAG_BYTES = 8, 16, 12, 16
_HEADER_BYTES = _KIND_BYTES + 2 + _SALT_BYTES + _NONCE_BYTES


class Kind(Enum):
    """What is inside; a container opens as its own kind only."""

    WALLET = b"ZKPWALLT"
    KEYRING = b"ZKPKEYRG"

    def __str__(self) -> str:
        return self.name.lower()


class Passphrase:
    """A passphrase in use: stretched once, however often a program reads and writes.

    What it seals keeps the salt it was stretched with and takes a new nonce. Prints and pickles
    nothing.
    """

    __slots__ = ("_salt", "_stretched", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._stretched: dict[tuple[bytes, int], bytes] = {}
        self._salt: bytes | None = None

    def __repr__(self) -> str:
        return "<Passphrase>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a passphrase is not serialised")

    def key(self, salt: bytes, log_n: int) -> bytes:
        """32 octets. Raises `WalletError` for a passphrase that cannot be used."""
        known = self._stretched.get((salt, log_n))
        if known is None:
            known = self._stretched[salt, log_n] = _stretch(self._text, salt, log_n)
        self._salt = salt
        return known

    def salt(self) -> bytes:
        """The salt it was last stretched with, or a fresh one."""
        if self._salt is None or (self._salt, _log_n) not in self._stretched:
            return os.urandom(_SALT_BYTES)
        return self._salt


def seal(content: bytes, passphrase: str | Passphrase, *, kind: Kind) -> bytes:
    """The container around ``content``. Raises `WalletError` for a passphrase that cannot be used.

    Every call takes a new nonce, and a new salt unless a `Passphrase` has one in use.
    """
    used = passphrase if isinstance(passphrase, Passphrase) else Passphrase(passphrase)
    salt, nonce = used.salt(), os.urandom(_NONCE_BYTES)
    header = kind.value + bytes((VERSION, _log_n)) + salt + nonce
    return header + AESGCM(used.key(salt, _log_n)).encrypt(nonce, content, header)


def unseal(data: bytes, passphrase: str | Passphrase, *, kind: Kind) -> bytes:
    """The content. Raises `WalletError` for anything that is not a whole, unchanged container of
    this kind under this passphrase; a wrong passphrase and a changed file look the same.
    """
    if len(data) < _HEADER_BYTES + _TAG_BYTES or not data.startswith(kind.value):
        raise WalletError(f"{kind}: not one, or cut short", hint="restore a backup")
    version, log_n = data[_KIND_BYTES], data[_KIND_BYTES + 1]
    if version != VERSION:
        raise WalletError(f"{kind}: written by another version of this program")
    if not _log_n <= log_n <= MAX_LOG_N:
        raise WalletError(f"{kind}: work factor out of range", hint="restore a backup")
    header, ciphertext = data[:_HEADER_BYTES], data[_HEADER_BYTES:]
    nonce = header[-_NONCE_BYTES:]
    salt = header[-_NONCE_BYTES - _SALT_BYTES : -_NONCE_BYTES]
    used = passphrase if isinstance(passphrase, Passphrase) else Passphrase(passphrase)
    try:
        return AESGCM(used.key(salt, log_n)).decrypt(nonce, ciphertext, header)
    except InvalidTag:
        raise WalletError(
            f"{kind}: wrong passphrase, or the file was changed",
            hint="try the passphrase again; if it is right, restore a backup",
        ) from None


def seal_keys(secrets: Mapping[str, bytes], passphrase: str) -> bytes:
    """A keyring: secrets by name."""
    return seal(encode(dict(secrets)), passphrase, kind=Kind.KEYRING)


def unseal_keys(data: bytes, passphrase: str, *names: str) -> list[bytes]:
    """The secrets of these names. Raises `WalletError` and `NotFoundError`."""
    table = open_keys(data, passphrase)
    if not all(name in table for name in names):
        raise NotFoundError("keyring: does not hold the keys that are needed")
    return [table[name] for name in names]


def open_keys(data: bytes, passphrase: str) -> dict[str, bytes]:
    """All secrets of a keyring, by name. Raises `WalletError`."""
    try:
        opened = decode(unseal(data, passphrase, kind=Kind.KEYRING), field="keyring")
        found: dict[str, bytes] = _SECRETS(opened, "keyring")
    except DecodeError as error:
        raise WalletError(error.message, hint="restore a backup") from None
    return found


def _stretch(passphrase: str, salt: bytes, log_n: int) -> bytes:
    if not passphrase:
        raise WalletError("passphrase: empty", hint="choose one; nothing can be opened without it")
    try:
        # One passphrase, however the keyboard composes its letters.
        octets = unicodedata.normalize("NFC", passphrase).encode()
    except UnicodeEncodeError:
        raise WalletError("passphrase: not text") from None
    try:
        return Scrypt(salt=salt, length=32, n=1 << log_n, r=8, p=1).derive(octets)
    except MemoryError:
        raise WalletError(
            f"passphrase: stretching it takes {1 << (log_n - 10)} MiB of memory"
        ) from None
