"""A ledger's folder gets its files all at once, and ``pins.json`` last.

They are made in a folder ``.init-…`` inside, synced, and then linked to their names. A process that
is killed leaves that folder behind, and perhaps some of the links. The next attempt recognises both
(a link is the same file) and removes them, so that it can begin again; what it does not recognise
it leaves alone and names.

Acknowledged means: all files and the folder are synced.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from zkproof import files
from zkproof.errors import ConflictError

DATABASE = "ledger.db"
PINS = "pins.json"
KEYS = "ledger.key"
MIRROR = "chain.db"
"""Of a ledger on a chain: see `zkproof.ledger.evm.mirror`."""
POLICY = "policy"
"""Witnesses and their addresses, as a C2SP ``tlog-policy``; where there are any."""

_NAMES = (KEYS, DATABASE, PINS)
"""In the order in which they appear."""

_DRAFT = ".init-"


@contextlib.contextmanager
def founding(folder: Path) -> Iterator[Path]:
    """A folder in which to make the files of a ledger; they appear in ``folder`` when the block
    ends.

    Raises `ConflictError` when there is a ledger already, or a part of one.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        _refuse_existing(folder)
        draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=folder))
    except OSError as error:
        raise ConflictError(f"{folder}: cannot be written ({error.strerror})") from None
    with _held(draft):
        try:
            yield draft
            _appear(folder, draft)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _appear(folder: Path, draft: Path) -> None:
    for name in _NAMES:
        _sync(draft / name)
    files.sync_folder(draft)
    try:
        for name in _NAMES:
            os.link(draft / name, folder / name)  # refuses to replace, unlike a rename
            files.sync_folder(folder)
    except FileExistsError:
        raise _occupied(folder) from None
    except OSError as error:
        raise ConflictError(f"{folder}: cannot be written ({error.strerror})") from None


def _refuse_existing(folder: Path) -> None:
    if (folder / PINS).exists():
        raise _occupied(folder)
    for name in (DATABASE, KEYS):
        if (folder / name).exists():
            raise ConflictError(
                f"{folder}: holds {name} but no {PINS}, which readers need",
                hint=f"restore {PINS} from a copy; if nothing was ever published from this folder,"
                f" move {DATABASE} and {KEYS} away and run this again",
            )


def _sweep(folder: Path) -> None:
    """Remove what a killed attempt left. One that is still running is left alone."""
    for draft in folder.glob(f"{_DRAFT}*"):
        with contextlib.suppress(BlockingIOError), _held(draft):
            if not (folder / PINS).exists():  # not yet a ledger for anybody
                for name in _NAMES:
                    if _same(folder / name, draft / name):
                        (folder / name).unlink()
            shutil.rmtree(draft, ignore_errors=True)


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and one.samefile(other)


@contextlib.contextmanager
def _held(draft: Path) -> Iterator[None]:
    """Show others that a process works in this folder. Raises `BlockingIOError` when one does."""
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _occupied(folder: Path) -> ConflictError:
    return ConflictError(f"{folder}: holds a ledger already", hint="choose another folder")
