"""What do a second thread, a batch, and tables of multiples bring, and what do they cost?"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from benchmarks import inputs, threads
from benchmarks.measure import Effort, interleaved, ratio
from benchmarks.progress import Step
from zkproof import bbs
from zkproof.bbs.ciphersuite import Interface, Suite
from zkproof.bbs.generators import generators

BATCHES = (1, 10, 100, 1000)
QUICK_BATCHES = (1, 10, 100)
TABLES = (10, 100, 1000)

T = TypeVar("T")
Result = dict[str, Any]


def measure(quick: bool, effort: Effort, step: Step) -> Result:
    """The three answers."""
    return {
        "batches": measure_batches(quick, effort, step),
        "threads": threads.measure(quick, step),
        "tables": measure_tables(step),
    }


def measure_batches(quick: bool, effort: Effort, step: Step) -> list[Result]:
    """Proofs under one key, ten messages and five shown: one call against one call for each."""
    sizes = QUICK_BATCHES if quick else BATCHES
    signed = inputs.signed(inputs.MESSAGES_OF_A_CREDENTIAL)
    held = signed.held()
    held.precompute()
    step("batches: making proofs")
    claims = [signed.claim(held, number) for number in range(max(sizes))]
    rows = []
    for size in sizes:
        step(f"batches: {size} proofs")
        part = claims[:size]
        assert bbs.proof_verify_batch(part).all_valid

        def together(part: list[bbs.ProofClaim] = part) -> bool:
            return bbs.proof_verify_batch(part).all_valid

        def one_by_one(part: list[bbs.ProofClaim] = part) -> bool:
            return all(inputs.verify_claim(claim) for claim in part)

        times = interleaved({"batch": together, "singles": one_by_one}, effort)
        rows.append(
            {
                "proofs": size,
                "batch": times["batch"].as_json(),
                "singles": times["singles"].as_json(),
                "batch_us_a_proof": round(times["batch"].minimum / 1e3 / size, 2),
                "ratio": round(ratio(times["batch"], times["singles"]), 4),
            }
        )
    return rows


def measure_tables(step: Step) -> list[Result]:
    """What generators and their tables take once in a process, in octets and in time.

    Table sets have fixed capacities (the next of 14, 62, 254, 1022 and 4096 messages), so that
    memory is bounded however many lengths are in use. An interface of its own for each length
    keeps what other benchmarks built out of the times, which are of a single run.
    """
    rows = []
    for count in TABLES:
        step(f"tables, {count} messages")
        interface = Interface(Suite.SHA256, b"ZKPROOF_BENCHMARK_TABLES_%d_" % count)
        over, derive = _timed(partial(generators, interface, count))
        _, secret = _timed(partial(over.msm, 1, [1] * count))
        _, public = _timed(partial(over.msm_vartime, 1, 1, [1] * count))
        signer = over._signer
        rows.append(
            {
                "messages": count,
                "capacity": len(signer.points) - 1,
                "derive_ms": round(derive, 2),
                "secret_path_octets": signer.secret.memory_bytes,
                "secret_path_ms": round(secret, 2),
                "public_path_octets": signer.public.memory_bytes,
                "public_path_ms": round(public, 2),
            }
        )
    return rows


def _timed(build: Callable[[], T]) -> tuple[T, float]:
    """The result and the milliseconds that one call took."""
    start = time.perf_counter_ns()
    built = build()
    return built, (time.perf_counter_ns() - start) / 1e6
