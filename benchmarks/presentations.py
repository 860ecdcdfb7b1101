"""What does a presentation cost, and what does a threshold add to it?

Credentials of ten messages, five shown; the hidden ones are a link secret and four 64-bit amounts.
Measured: one credential with 0, 1, 2, 4 and 8 inequalities, and one to five credentials that share
the link secret, with one inequality.

What one threshold adds is the difference between a presentation with one inequality and the same
one without, divided by the time of the plain BBS proof that it rides on, in the same rounds.
Proving restarts with a small chance, which the median shows less than the mean; both are given.
"""

from __future__ import annotations

import secrets
import statistics
from collections.abc import Callable
from typing import Any

from benchmarks import inputs
from benchmarks.measure import Case, Effort, Samples, interleaved
from benchmarks.progress import Step
from tests.presentation import building as demo
from zkproof import bbs
from zkproof.bbs.knowledge import HeldSignature
from zkproof.credential.credential import open_credential
from zkproof.curve import G1_BYTES, SCALAR_BYTES
from zkproof.presentation.presentation import Presentation, present_held
from zkproof.presentation.report import Report
from zkproof.presentation.request import Request
from zkproof.presentation.verify import verify
from zkproof.sigma import composite, inequality, wire
from zkproof.sigma.inequality import Inequalities
from zkproof.sigma.statement import Statement
from zkproof.sigma.transcript import CHALLENGE_BYTES
from zkproof.trust import TrustView
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.policy import compile_policy

INEQUALITIES = (0, 1, 2, 4, 8)
CREDENTIALS = (1, 2, 3, 4, 5)

Result = dict[str, Any]


def parts(statement: Statement) -> dict[str, int]:
    """Octets of each part of a proof; they add up to `wire.proof_length`."""
    count = len(statement.signatures)
    found = {
        "challenge": CHALLENGE_BYTES,
        "signatures": count * (3 * G1_BYTES + 3 * SCALAR_BYTES),
        "hidden messages": SCALAR_BYTES * len(statement.system.free),
        "inequalities": 0,
    }
    if statement.inequalities:
        block = Inequalities.over(statement.inequalities, statement.boxes)
        found["inequalities"] = G1_BYTES + inequality.encoded_length(block)
    assert sum(found.values()) == wire.proof_length(statement)
    return found


def measure(quick: bool, effort: Effort, step: Step) -> Result:
    """Both series, and what one threshold adds."""
    thresholds = [
        _row(1, count, effort, step) for count in (INEQUALITIES[:4] if quick else INEQUALITIES)
    ]
    credentials = [_row(count, 1, effort, step) for count in CREDENTIALS]
    return {
        "thresholds": thresholds,
        "credentials": credentials,
        "one_threshold": _one_threshold(effort, step),
        "demo": _demo(effort, step),
    }


def _demo(effort: Effort, step: Step) -> Result:
    """The demo's own presentation: two credentials of 12 and 10 attributes, four inequalities (two
    of them the validity of the credentials), from octets to a report.
    """
    step("presentations: the demo's, whole")
    asked, trust = demo.request(), demo.trust_view()
    circuit = asked.circuit(trust.schemas)
    credentials = {"a": demo.deposit(), "i": demo.identity()}
    opened = {name: open_credential(each, demo.ALICE) for name, each in credentials.items()}
    answer = present_held(asked, circuit, credentials, opened, trust).to_bytes()
    assert isinstance(verify(asked, answer, trust, now=demo.NOW), Report)
    times = interleaved(
        {
            "prove": lambda: present_held(asked, circuit, credentials, opened, trust),
            "verify": lambda: verify(asked, answer, trust, now=demo.NOW),
            "compile": lambda: _compile_afresh(asked, trust),
        },
        effort,
    )
    return {
        **{name: samples.as_json() for name, samples in times.items()},
        "octets": len(answer),
        "proof_octets": len(Presentation.from_bytes(answer).proof),
    }


def _compile_afresh(asked: Request, trust: TrustView) -> Circuit:
    """Compile a text that was not read before: results are kept by their text."""
    return compile_policy(
        f"{asked.policy}\n# {secrets.token_hex(8)}",
        [trust.schemas[digest] for digest in asked.schemas],
        today=asked.today,
        parameters=asked.parameters,
    )


def _row(credentials: int, inequalities: int, effort: Effort, step: Step) -> Result:
    step(f"presentations: {credentials} credentials, {inequalities} inequalities")
    statement, held = inputs.presentation(credentials, inequalities)
    times = interleaved(
        dict(zip(("prove", "verify"), _cases(statement, held), strict=True)), effort
    )
    octets = parts(statement)
    return {
        "credentials": credentials,
        "inequalities": inequalities,
        "prove": times["prove"].as_json(),
        "verify": times["verify"].as_json(),
        "octets": sum(octets.values()),
        "parts": octets,
    }


def _cases(statement: Statement, held: list[HeldSignature]) -> tuple[Case, Case]:
    proof = composite.prove(statement, held)
    assert composite.verify(statement, proof)
    return (
        lambda: composite.prove(statement, held),
        lambda: composite.verify(statement, proof),
    )


def _one_threshold(effort: Effort, step: Step) -> Result:
    step("presentations: what one 64-bit threshold adds")
    without, held = inputs.presentation(1, 0)
    with_one, _ = inputs.presentation(1, 1)
    signed = inputs.signed(inputs.MESSAGES_OF_A_CREDENTIAL)
    bbs_held = signed.held()
    claim = signed.claim(bbs_held)
    prove_without, verify_without = _cases(without, held)
    prove_with, verify_with = _cases(with_one, held)
    prove = interleaved(
        {
            "without": prove_without,
            "with": prove_with,
            "plain": lambda: bbs.proof_gen(
                bbs_held, signed.disclosed, presentation_header=inputs.NONCE
            ),
        },
        effort,
    )
    verify = interleaved(
        {
            "without": verify_without,
            "with": verify_with,
            "plain": lambda: inputs.verify_claim(claim),
        },
        effort,
    )
    return {
        "octets": wire.proof_length(with_one) - wire.proof_length(without),
        "prove_fraction": _added(prove, statistics.median),
        "prove_fraction_mean": _added(prove, statistics.fmean),
        "verify_fraction": _added(verify, statistics.median),
        "proof_gen": prove["plain"].as_json(),
        "proof_verify": verify["plain"].as_json(),
    }


def _added(times: dict[str, Samples], average: Callable[[list[float]], float]) -> float:
    """``(with - without) / plain``, averaged over rounds."""
    with_one, without, plain = (times[name].nanoseconds for name in ("with", "without", "plain"))
    fractions = [(a - b) / c for a, b, c in zip(with_one, without, plain, strict=True)]
    return round(average(fractions), 4)
