"""What was aimed at, what came out.

A target about threads needs a machine that gives two threads two cores. Where this one did not
while measuring (`benchmarks.threads` tells), the target is neither met nor missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.peers import URSA
from benchmarks.ranges import ANONCREDS, DOCK

Results = Mapping[str, Any]

MET, MISSED, UNDECIDED = "met", "missed", "not decidable now"


@dataclass(frozen=True, slots=True)
class Target:
    """``at_most`` says on which side of ``bound`` the measured value has to lie."""

    what: str
    bound: float
    at_most: bool
    measured: float | None
    unit: str = ""
    remark: str = ""
    decidable: bool = True

    @property
    def verdict(self) -> str:
        if self.measured is None:
            return "not measured"
        if not self.decidable:
            return UNDECIDED
        reached = self.measured <= self.bound if self.at_most else self.measured >= self.bound
        return MET if reached else MISSED

    @property
    def bound_text(self) -> str:
        return f"{'at most' if self.at_most else 'at least'} {self.bound:g}{self.unit}"

    @property
    def measured_text(self) -> str:
        return "" if self.measured is None else f"{self.measured:.4g}{self.unit}"


def targets(results: Results) -> list[Target]:
    """The targets that the questions answered in this run speak about."""
    found: list[Target] = []
    if "operations" in results:
        found += _group_targets(results["operations"])
    if "peers" in results:
        found += _peer_targets(results["peers"])
    if "scaling" in results:
        found += _scaling_targets(results["scaling"])
    if "presentations" in results:
        found += _threshold_targets(results["presentations"])
    if "ranges" in results:
        found += _range_targets(results["ranges"])
    if "constructs" in results:
        found += _three_banks(results["constructs"])
    if "ways" in results:
        found += _hidden(results["ways"])
    return found


def _group_targets(operations: Results) -> list[Target]:
    ratios = {
        row["operation"]: row["ratio"]
        for row in operations["rows"]
        if row["backend"] == "kernel" and row["messages"] == 10
    }
    aims = (("ProofVerify", 1.15), ("ProofGen", 1.25), ("Sign", 1.25))
    return [
        Target(
            f"{name}, 10 messages, 5 shown: time over its group operations",
            bound,
            True,
            ratios.get(name),
            remark="on the kernel",
        )
        for name, bound in aims
    ]


def _peer_targets(peers: Results) -> list[Target]:
    ratios = {row["operation"]: row["ratio"] for row in peers["rows"] if row["peer"] == URSA}
    remark = peers["absent"].get(URSA, "")
    return [
        Target(
            f"{name}, 10 messages: {URSA}'s time over ours",
            bound,
            False,
            ratios.get(name),
            remark=remark,
        )
        for name, bound in (("ProofVerify", 5.0), ("Sign", 12.0))
    ]


def _scaling_targets(scaling: Results) -> list[Target]:
    threads = scaling["threads"]
    batch = {row["proofs"]: row["ratio"] for row in scaling["batches"]}
    aim = 1.8
    return [
        Target(
            "ProofVerify in two threads over one",
            aim,
            False,
            threads["speedup"],
            unit="x",
            remark=f"bare pairing checks in two threads: {threads['hardware']:.3g}x",
            decidable=threads["decided"],
        ),
        Target("batch of 100 over 100 single ProofVerify", 0.65, True, batch.get(100)),
    ]


def _threshold_targets(presentations: Results) -> list[Target]:
    one = presentations["one_threshold"]
    return [
        Target("one 64-bit threshold: octets added", 240, True, one["octets"]),
        Target(
            "one 64-bit threshold: time added to proving, over ProofGen",
            0.7,
            True,
            one["prove_fraction"],
        ),
        Target(
            "one 64-bit threshold: time added to verifying, over ProofVerify",
            0.35,
            True,
            one["verify_fraction"],
        ),
    ]


def _range_targets(ranges: Results) -> list[Target]:
    found = []
    for peer, bound, key, what in (
        (DOCK, 100.0, "ratio", "64-bit threshold on a BBS attribute, {}: {}'s time over ours"),
        (ANONCREDS, 20.0, "added_ratio", "what the predicate adds to {}: {}'s over ours"),
    ):
        rows = {row["operation"]: row[key] for row in ranges["rows"] if row["peer"] == peer}
        found += [
            Target(
                what.format(operation, peer),
                bound,
                False,
                rows.get(operation),
                unit="x",
                remark=ranges["absent"].get(peer, ""),
            )
            for operation in ("prove", "verify")
        ]
    return found


def _three_banks(found: Results) -> list[Target]:
    return [
        Target(
            "three banks, sum, none revoked: octets", 1700, True, found["three_banks"]["octets"]
        ),
        Target(
            "three banks, sum, none revoked: verifying, over one ProofVerify",
            3.0,
            True,
            found["three_banks"]["verify"]["over_plain"],
            remark="a status authority each",
        ),
        Target(
            "the same with one status authority for all: verifying, over one ProofVerify",
            3.0,
            True,
            found["three_banks_one_authority"]["verify"]["over_plain"],
        ),
    ]


def _hidden(found: Results) -> list[Target]:
    (way,) = (row for row in found["further"] if row["what"] == "ways")
    verified = {
        (row["lists"], row["count"]): row["verify"]["over_plain"]
        for row in found["rows"]
        if row["what"] == "issuers"
    }
    aims = (("none", 5, 3.8), ("none", 10, 5.9), ("tokens", 5, 6.0), ("tokens", 10, 10.5))
    return [
        Target("one more hidden way, with one 64-bit threshold: octets", 752, True, way["octets"]),
        Target(
            "one more hidden way: time added to verifying, over ProofVerify",
            0.75,
            True,
            way["verify"],
        ),
        *(
            Target(
                f"one of {count} hidden issuers{'' if lists == 'none' else ', status lists'}: "
                "verifying, over ProofVerify",
                bound,
                True,
                verified[lists, count],
            )
            for lists, count, bound in aims
        ),
    ]
