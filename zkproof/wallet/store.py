"""The wallet's file: one sealed container, replaced atomically.

Trusted: what decrypts is what was written, for whoever knows the passphrase. May be lost: no, the
link secret in it cannot be made again; keep a backup. Acknowledged means: the new file is on disk
(file and folder synced). At every moment before that the old one is whole, so whatever fails on the
way leaves the wallet as it was.

The store does not look inside. Locks are those of POSIX: advisory, and gone with their process.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from zkproof.errors import WalletError
from zkproof.files import complete, leftovers
from zkproof.keys.sealed import Kind, Passphrase, seal, unseal

MAX_CONTENT_BYTES = 32 << 20
"""Largest content that is written or read."""

_MAX_FILE_BYTES = MAX_CONTENT_BYTES + 1024


def read_file(path: Path, passphrase: str | Passphrase) -> bytes:
    """Read and decrypt. Raises `WalletError`."""
    try:
        # Not blocking: somebody may have put a pipe there.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise WalletError(f"wallet: {path.name} is no file")
            data = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise WalletError(
            f"wallet: cannot read {path.name} ({error.strerror})",
            hint="zkproof wallet init makes one",
        ) from None
    if len(data) > _MAX_FILE_BYTES:
        raise WalletError("wallet: file too large")
    return unseal(data, passphrase, kind=Kind.WALLET)


def write_file(path: Path, content: bytes, passphrase: str | Passphrase) -> None:
    """Encrypt and replace the file; call it inside `locked`.

    Only its owner can read it. Raises `WalletError`; the old file stands then.
    """
    data = _sealed(content, passphrase)
    path = _target(path)
    try:
        with complete(path, data, secret=True) as temporary:
            os.replace(temporary, path)
    except OSError as error:
        raise WalletError(f"wallet: not written ({error.strerror})") from None


def write_new(path: Path, content: bytes, passphrase: str | Passphrase) -> None:
    """Encrypt into a file that is not there yet: a new wallet, or a backup.

    Raises `WalletError` when it exists or cannot be written.
    """
    data = _sealed(content, passphrase)
    try:
        with complete(path, data, secret=True) as temporary:
            os.link(temporary, path)  # refuses to replace, unlike a rename
    except FileExistsError:
        raise WalletError(
            f"wallet: {path.name} exists already", hint="choose another file, or move it away"
        ) from None
    except OSError as error:
        raise WalletError(f"wallet: not written ({error.strerror})") from None


def change_passphrase(path: Path, old: str | Passphrase, new: str) -> None:
    """Encrypt the same content under another passphrase. Raises `WalletError`.

    Copies made before still open with the old one.
    """
    with locked(path):
        write_file(path, read_file(path, old), new)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from changing the same wallet. Raises `WalletError` when one does."""
    path = _target(path)
    try:
        descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError as error:
        raise WalletError(f"wallet: cannot be locked ({error.strerror})") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WalletError("wallet: in use by another process", hint="try again") from None
        for left in leftovers(path):  # by a process that died
            with contextlib.suppress(OSError):
                left.unlink()
        yield
    finally:
        os.close(descriptor)


def _sealed(content: bytes, passphrase: str | Passphrase) -> bytes:
    if len(content) > MAX_CONTENT_BYTES:
        raise WalletError("wallet: too much to keep in one file")
    return seal(content, passphrase, kind=Kind.WALLET)


def _target(path: Path) -> Path:
    """The file itself, where the path is a link to it."""
    return Path(os.path.realpath(path))
