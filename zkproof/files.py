"""Files that are there whole or not at all.

Every write goes to a temporary file in the same folder, is synced, and gets its name only then: a
process killed at any moment leaves the old file or the new one, never half of it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from zkproof.errors import ConflictError, DecodeError, NotFoundError

_TEMPORARY = ".tmp"


def write_new(path: Path, data: bytes, *, secret: bool = False) -> None:
    """Write a file that is not there yet; ``secret`` ones are readable by their owner only.

    Raises `ConflictError` when the file exists or cannot be written.
    """
    try:
        with complete(path, data, secret=secret) as temporary:
            os.link(temporary, path)  # refuses to replace, unlike a rename
    except FileExistsError:
        raise ConflictError(f"{path}: exists already", hint="choose another name") from None
    except OSError as error:
        raise ConflictError(f"{path}: cannot be written ({error.strerror})") from None


def replace(path: Path, data: bytes, *, secret: bool = False) -> None:
    """Write a file, in place of the one that is there. Raises `ConflictError`."""
    try:
        with complete(path, data, secret=secret) as temporary:
            os.replace(temporary, path)
    except OSError as error:
        raise ConflictError(f"{path}: cannot be written ({error.strerror})") from None


def read(path: Path, *, max_bytes: int | None = None) -> bytes:
    """Return the file's octets.

    Raises what `unreadable` gives, and `DecodeError` for more than ``max_bytes``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(-1 if max_bytes is None else max_bytes + 1)
    except OSError as error:
        raise unreadable(path, error) from None
    if max_bytes is not None and len(data) > max_bytes:
        raise DecodeError(str(path), f"longer than {max_bytes} octets")
    return data


def read_text(path: Path, *, max_bytes: int | None = None) -> str:
    """Return the file's text. Raises what `read` raises, and `DecodeError` for other than UTF-8."""
    try:
        return read(path, max_bytes=max_bytes).decode()
    except UnicodeDecodeError:
        raise DecodeError(str(path), "not UTF-8") from None


def unreadable(
    path: Path | str, error: OSError, *, hint: str | None = None
) -> NotFoundError | ConflictError:
    """The error that says why a file cannot be read: it is not there, or this program may not."""
    text = f"{path}: cannot be read ({error.strerror})"
    missing = isinstance(error, FileNotFoundError | NotADirectoryError)
    return (NotFoundError if missing else ConflictError)(text, hint=hint)


@contextlib.contextmanager
def complete(path: Path, data: bytes, *, secret: bool) -> Iterator[str]:
    """A synced temporary file beside ``path``, gone at the end unless it was renamed; whoever uses
    it links or renames it to its name. Raises `OSError`.
    """
    descriptor, temporary = tempfile.mkstemp(
        dir=path.parent, prefix=_prefix(path), suffix=_TEMPORARY
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if not secret:
                os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        yield temporary
        sync_folder(path.parent)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def leftovers(path: Path) -> Iterator[Path]:
    """Temporary files for ``path`` of processes that died."""
    return path.parent.glob(f"{_prefix(path)}*{_TEMPORARY}")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, unless they are there. Raises `ConflictError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConflictError(f"{folder}: cannot be made ({error.strerror})") from None


def _prefix(path: Path) -> str:
    return f".{path.name}."
