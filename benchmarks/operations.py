"""What do the operations of BBS cost, and how much of it is not group arithmetic?

Every operation runs beside the replay of its own group operations (`benchmarks.recorder`), at 1,
10, 100 and 1000 messages, half of them shown. Issuing blindly: half of the messages are the
signer's, half committed.

Also a program, to measure a backend that is not the one the parent process runs:

    ZKPROOF_BACKEND=arkworks python -m benchmarks.operations [--quick] SIZE ...
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks import inputs
from benchmarks.measure import FULL, QUICK, Case, Effort, interleaved, ratio
from benchmarks.progress import Step
from benchmarks.recorder import record
from zkproof import bbs, curve
from zkproof.errors import BackendError

SIZES = (1, 10, 100, 1000)
QUICK_SIZES = (1, 10, 100)
REFERENCE_BACKEND = "py_ecc"

Result = dict[str, Any]


def cases(count: int) -> Iterator[tuple[str, Case]]:
    """The operations on ``count`` messages, each checked once before it is given out."""
    signed = inputs.signed(count)
    signing_key, texts, header = signed.signing_key, signed.messages, inputs.HEADER
    public_key = signing_key.public_key
    plain_held, held = signed.held(), signed.held()
    held.precompute()
    claim = signed.claim(held)
    assert inputs.verify_claim(claim)
    assert bbs.verify(public_key, signed.signature, texts, header=header)

    if count == 1:
        yield "KeyGen", lambda: bbs.keygen(bytes(32))
    yield "Sign", lambda: bbs.sign(signing_key, texts, header=header)
    yield "Verify", lambda: bbs.verify(public_key, signed.signature, texts, header=header)
    yield "Hold", signed.held
    yield (
        "ProofGen",
        lambda: bbs.proof_gen(
            plain_held, signed.disclosed, presentation_header=claim.presentation_header
        ),
    )
    yield (
        "ProofGen, precomputed",
        lambda: bbs.proof_gen(
            held, signed.disclosed, presentation_header=claim.presentation_header
        ),
    )
    yield "ProofVerify", lambda: inputs.verify_claim(claim)

    half = count // 2
    own, hidden = texts[:half], texts[half:]
    commitment, prover_blind = bbs.blind.commit(hidden)
    blind_signature = bbs.blind.sign(signing_key, own, commitment=commitment, header=header)
    blind_arguments = (public_key, blind_signature, own, hidden, prover_blind)
    assert bbs.blind.verify(*blind_arguments, header=header)
    yield "Blind: commit", lambda: bbs.blind.commit(hidden)
    yield (
        "Blind: sign",
        lambda: bbs.blind.sign(signing_key, own, commitment=commitment, header=header),
    )
    yield "Blind: verify", lambda: bbs.blind.verify(*blind_arguments, header=header)


def measure(sizes: Sequence[int], effort: Effort, step: Step) -> list[Result]:
    """One row for each operation and size."""
    rows: list[Result] = []
    for count in sizes:
        for name, case in cases(count):
            step(f"{curve.backend.name}: {name}, {count} messages")
            case()  # tables and prepared keys are built by now, and so not part of the recording
            recording = record(case)
            times = interleaved({"protocol": case, "group": recording.replay()}, effort)
            rows.append(
                {
                    "backend": curve.backend.name,
                    "operation": name,
                    "messages": count,
                    "protocol": times["protocol"].as_json(),
                    "group": times["group"].as_json(),
                    "ratio": round(ratio(times["protocol"], times["group"]), 4),
                    "calls": recording.described(),
                }
            )
    return rows


def measure_backends(quick: bool, step: Step) -> Result:
    """This process's backend, then the others, each in a process of its own."""
    sizes = QUICK_SIZES if quick else SIZES
    rows = measure(sizes, QUICK if quick else FULL, step)
    absent: dict[str, str] = {}
    for name, reason in curve.available().items():
        if name == curve.backend.name:
            continue
        if reason is None and quick and name == REFERENCE_BACKEND:
            reason = "left out of quick runs: seconds for a pairing"
        if reason is not None:
            absent[name] = reason
            continue
        other_sizes = (1,) if name == REFERENCE_BACKEND else sizes
        step(f"{name}: operations, {', '.join(map(str, other_sizes))} messages")
        try:
            rows += _in_subprocess(name, other_sizes, quick)
        except BackendError as error:
            absent[name] = error.message
    return {"rows": rows, "absent": absent}


def _in_subprocess(backend: str, sizes: Sequence[int], quick: bool) -> list[Result]:
    command = [sys.executable, "-m", "benchmarks.operations", *map(str, sizes)]
    done = subprocess.run(
        command + (["--quick"] if quick else []),
        env={**os.environ, "ZKPROOF_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise BackendError(f"backend {backend!r} did not finish: {last}")
    rows: list[Result] = json.loads(done.stdout)
    return rows


def main(arguments: Sequence[str]) -> None:
    sizes = [int(argument) for argument in arguments if argument != "--quick"]
    effort = QUICK if "--quick" in arguments else Effort(seconds=1.0)
    if curve.backend.name == REFERENCE_BACKEND:
        effort = Effort(seconds=0.0, least_rounds=1)
    print(json.dumps(measure(sizes, effort, lambda _: None)))


if __name__ == "__main__":
    main(sys.argv[1:])
