"""Would the harness notice? A known delay must appear in the ratio, and nothing must not.

Positive control: a protocol that waits, busily, for a fifth of its own time must raise the ratio by
20 %. Negative control: one case measured as if it were two must give 1; what it is off by is the
limit below which no difference is to be read into the tables.
"""

from __future__ import annotations

import time
from typing import Any

from benchmarks import inputs
from benchmarks.measure import Effort, interleaved, ratio
from benchmarks.progress import Step
from benchmarks.recorder import record

DELAY = 0.20


def measure(effort: Effort, step: Step) -> dict[str, Any]:
    """The two controls on ProofVerify at ten messages."""
    step("control: a delay of 20 % must be seen")
    signed = inputs.signed(inputs.MESSAGES_OF_A_CREDENTIAL)
    claim = signed.claim(signed.held())
    assert inputs.verify_claim(claim)

    def protocol() -> bool:
        return inputs.verify_claim(claim)

    undisturbed = interleaved({"protocol": protocol}, effort)["protocol"].minimum
    wait = int(DELAY * undisturbed)

    def delayed() -> bool:
        valid = inputs.verify_claim(claim)
        end = time.perf_counter_ns() + wait
        while time.perf_counter_ns() < end:
            pass
        return valid

    replay = record(protocol).replay()
    times = interleaved(
        {"protocol": protocol, "again": protocol, "delayed": delayed, "group": replay}, effort
    )
    plain = ratio(times["protocol"], times["group"])
    raised = ratio(times["delayed"], times["group"])
    return {
        "delay": DELAY,
        "ratio": round(plain, 4),
        "ratio_delayed": round(raised, 4),
        "rise": round(raised / plain - 1, 4),
        "same_case_twice": round(ratio(times["again"], times["protocol"]), 4),
        "noticed": 0.5 * DELAY < raised / plain - 1 < 1.5 * DELAY,
    }
