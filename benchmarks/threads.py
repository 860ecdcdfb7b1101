"""What does a second thread bring?

Verifications in a second in two threads against one. The control does the same with bare pairing
checks, which run without the interpreter's lock: what this machine gives two threads at best.

Somebody else's program on one of two cores makes two threads look like one. The scheduler counts
how long each thread was ready but had to wait for a core; waiting for the interpreter's lock is
sleep and does not count, so it stays in the figures. Rounds in which such waiting took more than a
twentieth are left out, and rounds go on, within limits, until enough quiet ones are there.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import inputs
from benchmarks.progress import Step
from zkproof import curve
from zkproof.bbs.signature import prepared_bp2

THREADS = 2
QUIET = 0.05
LEAST_QUIET_ROUNDS = 5

_CALLS_A_THREAD = 100
"""A tenth of a second: the scheduler may start both threads on one core and needs milliseconds to
part them, which is a matter of starting, not of throughput."""

Result = dict[str, Any]
Run = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Round:
    """Speedups of ProofVerify and of the control, and the worst share of waiting in any sample."""

    verify: float
    pairing: float
    verify_seconds: tuple[float, float]
    waiting: float | None

    @property
    def is_quiet(self) -> bool:
        return self.waiting is not None and self.waiting <= QUIET


def measure(quick: bool, step: Step) -> Result:
    """Rounds until enough are quiet: 8 within 15 s, or 30 within 90 s for a full run."""
    enough, seconds = (8, 15.0) if quick else (30, 90.0)
    step("threads: two against one")
    signed = inputs.signed(inputs.MESSAGES_OF_A_CREDENTIAL)
    claim = signed.claim(signed.held())
    pairs = [(curve.g1_generator, prepared_bp2()), (-curve.g1_generator, prepared_bp2())]
    assert inputs.verify_claim(claim)
    assert curve.pairing_check(pairs)
    rounds: list[Round] = []
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(THREADS) as pool:
        while time.monotonic() < end and sum(r.is_quiet for r in rounds) < enough:
            verify = _pair(pool, lambda: inputs.verify_claim(claim))
            pairing = _pair(pool, lambda: curve.pairing_check(pairs))
            waits = [wait for _, wait in (*verify, *pairing)]
            rounds.append(
                Round(
                    verify=THREADS * verify[0][0] / verify[1][0],
                    pairing=THREADS * pairing[0][0] / pairing[1][0],
                    verify_seconds=(verify[0][0], verify[1][0]),
                    waiting=None if None in waits else max(w for w in waits if w is not None),
                )
            )
            step(f"threads: {sum(r.is_quiet for r in rounds)} quiet rounds of {len(rounds)}")
    return _summary(rounds)


def _summary(rounds: list[Round]) -> Result:
    """Figures from the quiet rounds, or from all where too few are quiet."""
    quiet = [r for r in rounds if r.is_quiet]
    decided = len(quiet) >= LEAST_QUIET_ROUNDS
    counted = quiet if decided else rounds
    one, two = (statistics.median(r.verify_seconds[k] for r in counted) for k in (0, 1))
    return {
        "cores": os.cpu_count(),
        "threads": THREADS,
        "rounds": len(rounds),
        "quiet_rounds": len(quiet),
        "decided": decided,
        "speedup": round(statistics.median(r.verify for r in counted), 3),
        "hardware": round(statistics.median(r.pairing for r in counted), 3),
        "proofs_a_second_one": round(_CALLS_A_THREAD / one),
        "proofs_a_second_two": round(THREADS * _CALLS_A_THREAD / two),
    }


def _pair(pool: ThreadPoolExecutor, call: Run) -> tuple[tuple[float, float | None], ...]:
    """``(seconds, share of waiting)`` in one thread and in two."""

    def work() -> None:
        for _ in range(_CALLS_A_THREAD):
            call()

    samples = []
    for threads in (1, THREADS):
        waited, start = _waited(), time.perf_counter_ns()
        for future in [pool.submit(work) for _ in range(threads)]:
            future.result()
        taken, after = time.perf_counter_ns() - start, _waited()
        share = None if waited is None or after is None else (after - waited) / taken
        samples.append((taken / 1e9, share))
    return tuple(samples)


def _waited() -> int | None:
    """Nanoseconds that the threads of this process waited for a core; ``None`` where the system
    does not say (it is Linux that does).
    """
    if not Path("/proc/self/schedstat").exists():
        return None
    threads = Path("/proc/self/task").glob("*/schedstat")
    return sum(int(file.read_text().split()[1]) for file in threads)
