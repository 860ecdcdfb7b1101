"""The wallet's file: one encrypted container, replaced atomically.

Trusted: what decrypts is what was written, for whoever knows the passphrase. May be lost: no, the
link secret in it cannot be made again; keep a backup. Acknowledged means: the new file is on disk
(file and folder synced) before the old one is gone.

::

    b"ZKPWALLT" | 1 octet version | 1 octet log2(n) | 16 octets salt | 12 octets nonce |
    ciphertext, tag

scrypt (RFC 7914, r = 8, p = 1) stretches the passphrase, AES-256-GCM encrypts; everything before
the ciphertext is authenticated with it. A file asking for less work than `MIN_LOG_N` is refused
(somebody weakened it), and for more than `MAX_LOG_N` as well (somebody wants our memory).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from zkproof.errors import WalletError

MAGIC = b"ZKPWALLT"
VERSION = 1
LOG_N = 17
MIN_LOG_N, MAX_LOG_N = 14, 20
MAX_FILE_BYTES = 64 << 20

_HEADER_BYTES = len(MAGIC) + 2 + 16 + 12
_TAG_BYTES = 16


def seal(content: bytes, passphrase: str, *, log_n: int = LOG_N) -> bytes:
    """The container around ``content``. Raises `WalletError` for an empty passphrase."""
    if not passphrase:
        raise WalletError("passphrase: empty", hint="choose one; nothing can be opened without it")
    if not MIN_LOG_N <= log_n <= MAX_LOG_N:
        raise WalletError("wallet: work factor out of range")
    salt, nonce = os.urandom(16), os.urandom(12)
    header = MAGIC + bytes((VERSION, log_n)) + salt + nonce
    return header + AESGCM(_key(passphrase, salt, log_n)).encrypt(nonce, content, header)


def unseal(data: bytes, passphrase: str) -> bytes:
    """The content. Raises `WalletError` for anything that is not a whole, unchanged container
    under this passphrase; a wrong passphrase and a changed file look the same.
    """
    if len(data) < _HEADER_BYTES + _TAG_BYTES or not data.startswith(MAGIC):
        raise WalletError("wallet: not a wallet file, or cut short", hint="restore a backup")
    version, log_n = data[8], data[9]
    if version != VERSION:
        raise WalletError("wallet: written by another version of this program")
    if not MIN_LOG_N <= log_n <= MAX_LOG_N:
        raise WalletError("wallet: work factor out of range", hint="restore a backup")
    salt, nonce = data[10:26], data[26:38]
    header, ciphertext = data[:_HEADER_BYTES], data[_HEADER_BYTES:]
    try:
        return AESGCM(_key(passphrase, salt, log_n)).decrypt(nonce, ciphertext, header)
    except InvalidTag:
        raise WalletError(
            "wallet: wrong passphrase, or the file was changed",
            hint="try the passphrase again; if it is right, restore a backup",
        ) from None


def read_file(path: Path, passphrase: str) -> bytes:
    """Read and decrypt. Raises `WalletError`."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise WalletError("wallet: file too large")
        data = path.read_bytes()
    except OSError as error:
        raise WalletError(
            f"wallet: cannot read {path.name} ({error.strerror})",
            hint="zkproof wallet init makes one",
        ) from None
    return unseal(data, passphrase)


def write_file(path: Path, content: bytes, passphrase: str, *, log_n: int = LOG_N) -> None:
    """Encrypt and replace the file: the old one stands until the new one is on disk.

    Only its owner can read it. Raises `WalletError`.
    """
    data = seal(content, passphrase, log_n=log_n)
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise WalletError(f"wallet: cannot write there ({error.strerror})") from None
    try:
        with os.fdopen(descriptor, "wb") as file:  # mkstemp made it 0600
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from changing the same wallet. Raises `WalletError` when one does."""
    lock = path.with_name(f".{path.name}.lock")
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WalletError("wallet: in use by another process", hint="try again") from None
        yield


def _key(passphrase: str, salt: bytes, log_n: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << log_n, r=8, p=1).derive(passphrase.encode())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
