"""What shows that somebody told this wallet two things that cannot both be true.

Kept in a folder beside the wallet's file, one file for each finding, under a name that its content
gives: a finding that comes again is kept once. Nothing in it is secret, but it says which list was
fetched or which ledger was read, so that only the owner of the wallet can read it.

Trusted: no, whoever is shown a file checks it. May be lost: nothing in the wallet depends on it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from zkproof import files
from zkproof.ledger.reader import SplitView
from zkproof.lists.complaint import Complaint
from zkproof.presentation.request import Request

_SUFFIX = ".evidence"


def folder_of(wallet: Path) -> Path:
    """The folder beside a wallet's file."""
    return wallet.with_name(wallet.name + _SUFFIX)


def keep_complaint(wallet: Path, made: Complaint) -> Path:
    """Keep what shows that a list's owner contradicts itself; the file."""
    return _keep(wallet, "list-{}.complaint", made.to_bytes())


def keep_split(wallet: Path, split: SplitView) -> tuple[Path, Path]:
    """Keep two notes that one log signed and of which neither extends the other."""
    name = hashlib.sha256(split.ours + split.theirs).hexdigest()[:16]
    return (
        _keep(wallet, f"split-{name}-ours.note", split.ours),
        _keep(wallet, f"split-{name}-theirs.note", split.theirs),
    )


def keep_request(wallet: Path, request: Request) -> Path:
    """Keep a request that names a checkpoint of another ledger under this one's identifier."""
    return _keep(wallet, "split-{}.request", request.to_bytes())


def _keep(wallet: Path, name: str, data: bytes) -> Path:
    folder = folder_of(wallet)
    files.make_folder(folder)
    path = folder / name.format(hashlib.sha256(data).hexdigest()[:16])
    if not path.exists():
        files.write_new(path, data, secret=True)
    return path
