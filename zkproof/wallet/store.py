"""The wallet's file: one sealed container, replaced atomically.

Trusted: what decrypts is what was written, for whoever knows the passphrase. May be lost: no, the
link secret in it cannot be made again; keep a backup. Acknowledged means: the new file is on disk
(file and folder synced) before the old one is gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from zkproof.credential.sealed import LOG_N, seal, unseal
from zkproof.errors import WalletError

MAX_FILE_BYTES = 64 << 20


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


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
