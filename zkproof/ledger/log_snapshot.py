"""The operator's snapshot: a file beside the log's, signed by the log's key.

::

    {"snapshot": octets of `zkproof.ledger.snapshot`, "signature": 64 octets}

It saves checking signatures again, nothing else: the log hashes all its entries at every opening
and takes the snapshot only where they give its tree. A file that is missing, of another version, or
changed by somebody without the log's key, is passed over and written again.

Trusted: with the log's signature, as far as the entries agree. May be lost: yes.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from zkproof import files
from zkproof.codec import decode, encode
from zkproof.errors import ConflictError, DecodeError, NotFoundError
from zkproof.keys.ed25519 import SIGNATURE_BYTES, Ed25519Signer, verify_ed25519
from zkproof.ledger import merkle
from zkproof.ledger.snapshot import MAX_SNAPSHOT_BYTES, Snapshot
from zkproof.ledger.store import LogStore

_LABEL = b"zkproof log snapshot v1"
_EVERY = 1024
_SHARE = 16


def snapshot_path(database: Path) -> Path:
    """Where the snapshot of a log's file stands: beside it."""
    return database.with_suffix(".snapshot")


def is_due(size: int, kept: int) -> bool:
    """Whether so much came after the kept one that another is worth its octets: about a second's
    folding, or a sixteenth of the log.
    """
    return size - kept >= max(_EVERY, kept // _SHARE)


def keep(database: Path, snapshot: Snapshot, signer: Ed25519Signer) -> None:
    """Write a snapshot in place of the last. A disk that refuses costs time later, nothing else."""
    content = snapshot.to_bytes()
    signed = encode({"snapshot": content, "signature": signer.sign(_LABEL, content)})
    with contextlib.suppress(ConflictError):
        files.replace(snapshot_path(database), signed)


def signed_content(data: bytes, log_key: bytes) -> bytes:
    """The snapshot inside such a file. Raises `DecodeError` unless the log's key signed it."""
    table = decode(data, field="snapshot", max_bytes=MAX_SNAPSHOT_BYTES)
    if not isinstance(table, dict) or set(table) != {"snapshot", "signature"}:
        raise DecodeError("snapshot", "content and signature are needed")
    content, signature = table["snapshot"], table["signature"]
    if not isinstance(content, bytes) or not isinstance(signature, bytes):
        raise DecodeError("snapshot", "content and signature are octets")
    if len(signature) != SIGNATURE_BYTES or not verify_ed25519(log_key, signature, _LABEL, content):
        raise DecodeError("snapshot", "not signed by the log's key")
    return content


def load(store: LogStore, log_key: bytes) -> Snapshot | None:
    """The snapshot of this log, if there is one that its entries agree with."""
    if store.path is None or not snapshot_path(store.path).is_file():
        return None
    try:
        data = files.read(snapshot_path(store.path), max_bytes=MAX_SNAPSHOT_BYTES)
        found = Snapshot.from_bytes(signed_content(data, log_key))
    except (DecodeError, NotFoundError, ConflictError):
        return None
    frontier = merkle.Frontier()
    for position, entry in store.walk(0, found.frontier.size):
        if position != frontier.size:
            return None
        frontier.append(merkle.leaf_hash(entry))
    if (frontier.size, frontier.peaks) != (found.frontier.size, found.frontier.peaks):
        return None
    return found
