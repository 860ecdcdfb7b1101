"""What does each packaged scenario cost: octets, proving, verifying?

Played as `zkproof scenario` plays it, lists cut to a thousand entries; the first person that passes
is measured again and again: proving from credentials as a wallet keeps them, verifying from octets
to a report. The request's policy is compiled before, as it is after a verifier's first presentation
of the day.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import Effort, interleaved
from benchmarks.progress import Step
from zkproof.clock import system_clock
from zkproof.presentation.cost import estimate
from zkproof.scenarios.play import rehearse
from zkproof_circuits import library
from zkproof_circuits.library.scenarios import scenario, scenario_names

ENTRIES = 1000

Result = dict[str, Any]


def measure(quick: bool, effort: Effort, step: Step) -> Result:
    """A row for each scenario; ``predicted`` is what `zkproof policy check` says."""
    del quick
    rows = []
    for name in scenario_names():
        step(f"stories: {name}")
        with tempfile.TemporaryDirectory(prefix="zkproof-bench-") as folder:
            cases = rehearse(scenario(name), Path(folder), now=system_clock(), entries=ENTRIES)
            times = interleaved({"prove": cases.prove, "verify": cases.verify}, effort)
        cost = estimate(cases.circuit, library.all_schemas(), today=system_clock() // 86_400)
        rows.append(
            {
                "scenario": name,
                "credentials": len(cases.circuit.credentials),
                "octets": cases.octets,
                "prove": times["prove"].as_json(),
                "verify": times["verify"].as_json(),
                "predicted_octets": cost.presentation_octets,
                "predicted_prove_ms": cost.prove_ms,
                "predicted_verify_ms": cost.verify_ms,
            }
        )
    return {"rows": rows}
