"""A process killed in the middle of appending loses nothing that it acknowledged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.ledger.building import LOG_PUBLIC, ORIGIN, genesis, new_log, registration
from zkproof.ledger.entries import Entry
from zkproof.ledger.fsck import fsck

ROUNDS = 5

APPENDING = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.ledger.building import by_bank, new_log
log = new_log(Path(sys.argv[1]))
while True:
    digest = log.store.size().to_bytes(32, "big")
    done = log.append(by_bank("document-anchor", {"sha256": digest, "sm3": digest}))
    print(done.position, digest.hex(), flush=True)
"""


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    log.append(genesis())
    log.append(registration())
    log.close()
    acknowledged: dict[int, str] = {}
    for round_ in range(ROUNDS):
        process = subprocess.Popen(
            [sys.executable, "-c", APPENDING, str(tmp_path), str(Path(__file__).parents[2])],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5)]
        time.sleep(0.002 * round_)  # another place in the loop each time
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().splitlines(keepends=True)
        process.stdout.close()
        process.wait()
        told = [line.split() for line in lines if line.endswith("\n")]
        acknowledged |= {int(position): digest for position, digest in told}
        reopened = new_log(tmp_path)
        reopened.close()
        assert fsck(tmp_path / "ledger.db", ORIGIN, LOG_PUBLIC) == []
        stored = [Entry.from_bytes(data) for data in new_log(tmp_path).store.entries(2)]
        digests = {2 + k: entry.body["sha256"].hex() for k, entry in enumerate(stored)}
        assert acknowledged.items() <= digests.items()
    assert len(acknowledged) >= 5 * ROUNDS


def test_two_processes_append_to_one_log(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    log.append(genesis())
    log.append(registration())
    log.close()
    program = APPENDING.replace("while True", "for _ in range(15)").replace(
        'log.store.size().to_bytes(32, "big")', "__import__('os').urandom(32)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path), str(Path(__file__).parents[2])],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    positions: list[int] = []
    for process in processes:
        answer, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        positions += [int(line.split()[0]) for line in answer.splitlines()]
    assert sorted(positions) == list(range(2, 32))
    assert fsck(tmp_path / "ledger.db", ORIGIN, LOG_PUBLIC) == []
