"""Check a ledger's folder: the log's file against the pins, and the snapshots against the log."""

from __future__ import annotations

import contextlib
from pathlib import Path

from zkproof import files
from zkproof.clock import Clock, system_clock
from zkproof.errors import DecodeError, LedgerError, UsageError
from zkproof.ledger.believed import BelievedFiles
from zkproof.ledger.founding import DATABASE
from zkproof.ledger.fsck import REWRITTEN, ROLLED_BACK, fsck
from zkproof.ledger.ledger import Ledger, read_pins
from zkproof.ledger.log_snapshot import signed_content, snapshot_path
from zkproof.ledger.snapshot import MAX_SNAPSHOT_BYTES

STATE = "believed state"


def check_folder(
    folder: Path, *, state: Path | None = None, clock: Clock = system_clock
) -> list[str]:
    """What is wrong, one line each; empty when nothing is. See `zkproof.ledger.fsck`.

    The log's file is not changed. A snapshot that does not say what the entries say is named and
    removed; the reader's is made again at once where the log can be read, the operator's by a later
    append. Raises `UsageError` for pins that cannot be read.
    """
    pins, database = read_pins(folder), folder / DATABASE
    kept, signed = BelievedFiles(state or folder, pins), snapshot_path(database)
    faults: dict[str, str] = {}
    snapshots: dict[str, bytes] = {}
    try:
        believed = kept.checkpoint()
    except LedgerError as error:
        return [error.message]
    try:
        content = kept.state()
        if content is not None:
            snapshots[STATE] = content
    except (LedgerError, UsageError) as error:
        faults[STATE] = error.message
    if signed.is_file():
        try:
            data = files.read(signed, max_bytes=MAX_SNAPSHOT_BYTES)
            snapshots[signed.name] = signed_content(data, pins.log_key)
        except (DecodeError, UsageError) as error:
            faults[signed.name] = f"{signed.name}: {error.message}"
    found = fsck(
        database,
        pins.origin,
        pins.log_key,
        policy=pins.required,
        root=pins.root,
        believed=believed,
        snapshots=snapshots,
    )
    if any(line.startswith((ROLLED_BACK, REWRITTEN)) for line in found):
        # The log is at fault, not the state that was folded from what was there before.
        found = [line for line in found if not line.startswith(f"{STATE}: ")]
    for name in snapshots:
        for line in found:
            if line.startswith(f"{name}: "):
                faults[name] = line
    if signed.name in faults:
        signed.unlink(missing_ok=True)
    if STATE in faults:
        kept.drop_state()
        with contextlib.suppress(LedgerError):  # too old to be believed now: it is made later
            Ledger.open(folder, state=state, clock=clock).trust()
    return [*(line for line in faults.values() if line not in found), *found]
