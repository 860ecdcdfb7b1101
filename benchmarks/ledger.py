"""How long does it take to append to a log, to open it, and to read it, as it grows?

Entries      anchored documents of one issuer, the commonest entry there is; appended one by one
             (each synced), by many threads at once (group commit), and in batches of a thousand
Bounds       what no log with these entries could go below on this machine: one signature verified
             for each entry of a batch, one commit of SQLite for each append that waits for the disk
             alone; the ratios say how far the log is from that
Opening      by the operator: folded from the first entry, and from the last snapshot
Reading      by a reader: a first look, and after a restart, from what it believed

Seconds of one run each, on the disk of the temporary folder.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.progress import Step
from zkproof import bbs
from zkproof.clock import system_clock
from zkproof.keys.ed25519 import Ed25519Signer, verify_ed25519
from zkproof.ledger.believed import BelievedFiles
from zkproof.ledger.entries import GOVERNANCE, Entry, make_entry
from zkproof.ledger.founding import DATABASE, PINS
from zkproof.ledger.ledger import Ledger
from zkproof.ledger.log import Log
from zkproof.ledger.log_snapshot import snapshot_path
from zkproof.ledger.possession import prove_possession

SIZES = (3_000, 10_000, 100_000)
QUICK_LIMIT = 3_000
BATCH = 1_000
SINGLE = 100
THREADS, PER_THREAD = 32, 32
_NAME, _BANK = "ledger.example", "did:web:bank.example"

Result = dict[str, Any]


def measure(quick: bool, step: Step) -> Result:
    """One row for each size."""
    sizes = [size for size in SIZES if not quick or size <= QUICK_LIMIT]
    with tempfile.TemporaryDirectory() as folder:
        return {"rows": [_row(Path(folder) / str(size), size, step) for size in sizes]}


def _row(folder: Path, size: int, step: Step) -> Result:
    step(f"ledger: {size} entries")
    folder.mkdir()
    key, admin = Ed25519PrivateKey.generate(), Ed25519Signer.generate()
    path = folder / DATABASE
    log = Log.open(path, _NAME, key, create=True)
    _begin(log, admin)
    pins = log.pins()
    (folder / PINS).write_bytes(pins.to_json())
    single = _timed(lambda: [log.append(_document(admin)) for _ in range(SINGLE)])
    together = _timed(lambda: _at_once(log, admin))
    batched = 0.0
    while (missing := size - log.store.size()) > 0:
        batch = [_document(admin) for _ in range(min(BATCH, missing))]
        batched += _timed(lambda batch=batch: log.append_many(batch))  # type: ignore[misc]
    log.close()
    snapshot_path(path).unlink(missing_ok=True)
    opened = [_timed(lambda: Log.open(path, _NAME, key).close()) for _ in range(2)]
    read = [_timed(lambda: Ledger.open(folder).trust()) for _ in range(2)]
    kept = BelievedFiles(folder, pins).state()
    return {
        "entries": size,
        "octets": path.stat().st_size,
        "append_one": single / SINGLE,
        "append_at_once": together / (THREADS * PER_THREAD),
        "append_batched": batched / max(1, size - SINGLE - THREADS * PER_THREAD - 2),
        "bare_commit": _bare_commit(folder),
        "bare_verification": _bare_verification(admin),
        "open_folding": opened[0],
        "open_snapshot": opened[1],
        "read_first": read[0],
        "read_again": read[1],
        "state_octets": len(kept or b""),
    }


def _begin(log: Log, admin: Ed25519Signer) -> None:
    governor, key, now = Ed25519Signer.generate(), bbs.SigningKey.generate(), system_clock()
    root = {"keys": [governor.public_key], "threshold": 1, "name": "Benchmark"}
    issuer = {
        "issuer": _BANK,
        "name": "Bank",
        "admin_key": admin.public_key,
        "key": "1",
        "public_key": key.public_key.octets,
        "possession": prove_possession(key, _NAME, _BANK, "1"),
        "not_before": now,
        "not_after": None,
    }
    for kind, body in (("governance-root", root), ("issuer-register", issuer)):
        log.append(make_entry(_NAME, kind, GOVERNANCE, body, governor, now=now))


def _at_once(log: Log, admin: Ed25519Signer) -> None:
    """Single appends by threads that wait for each of theirs."""
    entries = [[_document(admin) for _ in range(PER_THREAD)] for _ in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda own: [log.append(each) for each in own], entries))


def _bare_commit(folder: Path) -> float:
    """Seconds of one row that is inserted and synced, as the log's file is."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE row (data BLOB)")

    def commits() -> None:
        for _ in range(SINGLE):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO row VALUES (?)", (bytes(400),))
            connection.execute("COMMIT")

    seconds = _timed(commits)
    connection.close()
    return seconds / SINGLE


def _bare_verification(admin: Ed25519Signer) -> float:
    """Seconds of one signature over an entry."""
    entry = _document(admin)
    message, label = entry.signed_octets(), b"benchmark"
    signature = admin.sign(label, message)
    verify = partial(verify_ed25519, admin.public_key, signature, label, message)
    return _timed(lambda: [verify() for _ in range(BATCH)]) / BATCH


def _document(admin: Ed25519Signer) -> Entry:
    digest = Ed25519Signer.generate().public_key  # 32 octets that stood nowhere before
    body = {"sha256": digest, "sm3": digest}
    return make_entry(_NAME, "document-anchor", _BANK, body, admin, now=system_clock())


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
