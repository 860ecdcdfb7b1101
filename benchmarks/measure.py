"""Timing on a machine that others use too: interleaved rounds, minimum and median.

Method       ``time.perf_counter_ns`` around a loop long enough to last some milliseconds; all cases
             that are compared run once in every round, in an order shuffled anew, so that a slow
             spell of the machine meets all of them. The collector is off while a sample runs.
Disturbance  a sample during which the thread was off its core (its own processor time falls short
             of the clock by more than 3 %) is taken again, up to eight times. The sample's length
             plays no part in that, so that slow code is not mistaken for a disturbance. Where a
             comparison asks for it, the thread's processor time is the figure, and no sample is
             taken again: for cases that compute in one thread and wait for nothing.
Figures      the minimum (what the code costs when nobody disturbs it) and the median
Ratios       the median of the ratios of single rounds: numerator and denominator are milliseconds
             apart, so that load and clock frequency cancel
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Case = Callable[[], object]

SAMPLE_SECONDS = 0.003
"""How long the loop of one sample lasts at least, more or less."""

ON_CORE = 0.97
"""Share of a sample that the thread must have spent computing."""

_TRIES = 8


@dataclass(frozen=True, slots=True)
class Effort:
    """How much time one comparison may take."""

    seconds: float
    least_rounds: int = 7
    most_rounds: int = 60


FULL = Effort(seconds=3.0)
QUICK = Effort(seconds=0.35, least_rounds=5, most_rounds=21)


@dataclass(frozen=True, slots=True)
class Samples:
    """Nanoseconds for one call, one figure a round."""

    nanoseconds: tuple[float, ...]

    @property
    def minimum(self) -> float:
        return min(self.nanoseconds)

    @property
    def median(self) -> float:
        return statistics.median(self.nanoseconds)

    def as_json(self) -> dict[str, float | int]:
        return {
            "minimum_us": round(self.minimum / 1e3, 3),
            "median_us": round(self.median / 1e3, 3),
            "rounds": len(self.nanoseconds),
        }


def ratio(numerator: Samples, denominator: Samples) -> float:
    """The median over rounds of one case divided by the other."""
    return statistics.median(
        a / b for a, b in zip(numerator.nanoseconds, denominator.nanoseconds, strict=True)
    )


def interleaved(
    cases: Mapping[str, Case], effort: Effort, *, seed: int = 1, processor_time: bool = False
) -> dict[str, Samples]:
    """Measure all cases side by side; each is warmed up first.

    ``processor_time`` is for cases that compute in this thread alone: time that the machine gave
    to other programs does not count then.
    """
    sample = _processor_sample if processor_time else _undisturbed_sample
    loops = {name: _calibrate(case) for name, case in cases.items()}
    round_seconds = sum(count * seconds for count, seconds in loops.values())
    wanted = int(effort.seconds / round_seconds)
    rounds = max(effort.least_rounds, min(effort.most_rounds, wanted))
    order = list(cases)
    shuffler = random.Random(seed)
    samples: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        shuffler.shuffle(order)
        for name in order:
            count = loops[name][0]
            samples[name].append(sample(cases[name], count) / count)
    return {name: Samples(tuple(values)) for name, values in samples.items()}


def _calibrate(case: Case) -> tuple[int, float]:
    """Calls that fill a sample, and seconds for one of them; two calls warm up before."""
    first = _undisturbed_sample(case, 1, tries=1) / 1e9
    if first < 1:  # a pairing in pure Python needs no second warm-up call
        case()
        first = min(first, _undisturbed_sample(case, 1, tries=1) / 1e9)
    return max(1, round(SAMPLE_SECONDS / first)), first


def _undisturbed_sample(case: Case, count: int, tries: int = _TRIES) -> int:
    """Nanoseconds for ``count`` calls: the first undisturbed try, or the shortest of all."""
    taken: list[int] = []
    for _ in range(tries):
        elapsed, computing = _run(case, count)
        taken.append(elapsed)
        if computing >= ON_CORE * elapsed:
            return elapsed
    return min(taken)


def _processor_sample(case: Case, count: int) -> int:
    """Nanoseconds that this thread computed for ``count`` calls."""
    return _run(case, count)[1]


def _run(case: Case, count: int) -> tuple[int, int]:
    """By the clock, and of this thread's processor time, for ``count`` calls."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        computing, start = time.thread_time_ns(), time.perf_counter_ns()
        for _ in range(count):
            case()
        elapsed = time.perf_counter_ns() - start
        return elapsed, time.thread_time_ns() - computing
    finally:
        if enabled:
            gc.enable()
