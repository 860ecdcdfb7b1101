"""What does a hidden way cost, and what a hidden issuer?

One resident shows an identity of four messages with one inequality, and an account of ten hidden
messages with one 64-bit threshold, both of one holder. The account is

named      signed by an issuer that the verifier sees, for comparison
ways       one of k: an alternative for each, a credential of its own issuer in every way
issuers    one of k: one credential, its issuer hidden among k

Issuers are measured without status lists, and with validity and a status list of each issuer's own
besides, by tokens and by gaps. Prove and verify are those of a statement that is assembled already;
*whole* is `zkproof.presentation.verify.verify`, from octets to the report. All k of a series run in
the same rounds as one plain BBS ProofVerify (ten messages, five shown); all ratios are to it, those
of proving too. Figures are processor time.

The prover's time must not tell which way or issuer is the real one: the same statement is proven
from either, in the same rounds.
"""

from __future__ import annotations

import statistics
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import banks
from benchmarks.constructs import Prepared, plain_proof
from benchmarks.measure import Case, Effort, Samples, interleaved, ratio
from benchmarks.progress import Step
from tests.presentation.building import NOW
from zkproof.credential.list_proof import ListProof
from zkproof.presentation.gathering import prepare
from zkproof.presentation.presentation import present_held
from zkproof.presentation.report import Report
from zkproof.presentation.verify import verify
from zkproof.trust import ListKind

COUNTS = (2, 3, 5, 10)
LISTS: tuple[tuple[str, ListKind | None], ...] = (
    ("none", None),
    ("tokens", ListKind.STATUS),
    ("gaps", ListKind.GAPS),
)
OPERATIONS = ("prove", "verify", "whole")

Result = dict[str, Any]


def measure(quick: bool, effort: Effort, step: Step) -> Result:
    """Each series, and how far the prover's time depends on the secret."""
    del quick
    series = [_series("ways", None, effort, step)]
    series += [_series("issuers", kind, effort, step) for _, kind in LISTS]
    return {
        "rows": [row for each in series for row in each["rows"]],
        "further": [each["further"] for each in series],
        "timing": _timings(effort, step),
    }


# Policies.


@dataclass(frozen=True, slots=True)
class Asked:
    """A policy, and which of the credentials it names the holder has, by the number of the bank."""

    policy: str
    held: tuple[tuple[str, int], ...]
    kind: ListKind | None = None


_HEAD = """
policy ways v1
purpose "measuring"
credential i: brief-identity from "did:web:authority.example"
require i.born <= today - 6570 days
"""


def _account(alias: str, issuers: str, kind: ListKind | None = None) -> str:
    schema = banks.ACCOUNT if kind is None else banks.DATED
    return (
        f"credential {alias}: {schema.id} from {issuers}\n"
        f"require {alias}.balance >= 500_000.00 MOP\n"
        + ("" if kind is None else f"require not revoked {alias}\n")
    )


def named(kind: ListKind | None) -> Asked:
    """No alternative: the verifier sees the bank."""
    text = _HEAD + _account("a", f'"{banks.bank(0)}"', kind) + "same holder i, a\n"
    return Asked(text, (("a", 0),), kind)


def ways(count: int, real: int = 0) -> Asked:
    """An account at one of so many banks, a way for each; the one that is held."""
    aliases = [f"a{k}" for k in range(count)]
    each = [_account(alias, f'"{banks.bank(k)}"') for k, alias in enumerate(aliases)]
    return Asked(_either(each, aliases), ((f"a{real}", real),))


def unequal_ways(real: int) -> Asked:
    """A way with a threshold beside a way with an equality; the one that is real."""
    first = _account("a", f'"{banks.bank(0)}"')
    second = f'credential b: {banks.ACCOUNT.id} from "{banks.bank(1)}"\nrequire b.note_1 = 1\n'
    return Asked(_either((first, second), ("a", "b")), (("ab"[real], real),))


def _either(texts: Sequence[str], aliases: Sequence[str]) -> str:
    body = "or\n".join(textwrap.indent(text, "  ") for text in texts)
    return f"{_HEAD}either\n{body}same holder i, {', '.join(aliases)}\n"


def issuers(count: int, kind: ListKind | None, real: int = 0) -> Asked:
    """An account at one of so many banks, which one stays hidden; the one that is real."""
    names = ", ".join(f'"{banks.bank(k)}"' for k in range(count))
    text = _HEAD + _account("a", f"hidden any of {{{names}}}", kind) + "same holder i, a\n"
    return Asked(text, (("a", real),), kind)


# Measurements.


@dataclass(frozen=True, slots=True)
class Cases:
    """What is measured of one policy."""

    octets: int
    prove: Case
    verify: Case
    present: Case
    whole: Case


def cases(asked: Asked) -> Cases:
    """Everything up to the proof is done once; each operation is seen to succeed first."""
    request, trust = banks.request(asked.policy), banks.trust(asked.kind)
    circuit = request.circuit(trust.schemas)
    holdings = {"i": banks.identity()}
    list_proofs: list[ListProof] = []
    for alias, number in asked.held:
        holdings[alias] = banks.account(number, dated=asked.kind is not None)
        if asked.kind is not None:
            list_proofs += banks.standing(number, asked.kind)
    credentials = {alias: each.credential for alias, each in holdings.items()}
    opened = {alias: each.signature for alias, each in holdings.items()}
    made = prepare(request, circuit, credentials, opened, trust, list_proofs=list_proofs)
    statement = Prepared(made.statement, made.held, made.auxiliary, made.clause_secrets)

    def present() -> bytes:
        return present_held(
            request, circuit, credentials, opened, trust, list_proofs=list_proofs
        ).to_bytes()

    answer = present()
    assert isinstance(verify(request, answer, trust, now=NOW), Report)
    return Cases(
        octets=statement.octets,
        prove=statement.case("prove"),
        verify=statement.case("verify"),
        present=present,
        whole=lambda: verify(request, answer, trust, now=NOW),
    )


def _series(what: str, kind: ListKind | None, effort: Effort, step: Step) -> Result:
    lists = next(name for name, each in LISTS if each is kind)
    step(f"ways: {what}, status lists: {lists}")
    asked = {1: named(kind)}
    for count in COUNTS:
        asked[count] = ways(count) if what == "ways" else issuers(count, kind)
    made = {count: cases(each) for count, each in asked.items()}
    times = interleaved(
        {
            "plain": plain_proof()["verify"],
            **{
                f"{operation} {count}": getattr(each, operation)
                for count, each in made.items()
                for operation in OPERATIONS
            },
        },
        effort,
        processor_time=True,
    )
    plain = times["plain"]
    rows: list[Result] = []
    for count, each in made.items():
        row: Result = {"what": what, "lists": lists, "count": count, "octets": each.octets}
        for operation in OPERATIONS:
            samples = times[f"{operation} {count}"]
            row[operation] = {**samples.as_json(), "over_plain": round(ratio(samples, plain), 3)}
        rows.append(row)
    fewest, most = COUNTS[0], COUNTS[-1]
    further: Result = {
        "what": what,
        "lists": lists,
        "octets": (made[most].octets - made[fewest].octets) // (most - fewest),
    }
    for operation in OPERATIONS:
        few, many = times[f"{operation} {fewest}"], times[f"{operation} {most}"]
        further[operation] = round(_each_further(few, many, plain), 3)
    return {"rows": rows, "further": further}


def _each_further(few: Samples, many: Samples, plain: Samples) -> float:
    """What one more adds, in times of the plain proof."""
    rows = zip(few.nanoseconds, many.nanoseconds, plain.nanoseconds, strict=True)
    return statistics.median((b - a) / (COUNTS[-1] - COUNTS[0]) / c for a, b, c in rows)


def _timings(effort: Effort, step: Step) -> list[Result]:
    pairs: Sequence[tuple[str, Asked, Asked]] = (
        ("two equal ways: the first over the second", ways(2, 0), ways(2, 1)),
        ("a way with a threshold over one with an equality", unequal_ways(0), unequal_ways(1)),
        ("five issuers: the first over the last", issuers(5, None, 0), issuers(5, None, 4)),
        (
            "five issuers, tokens: the first over the last",
            issuers(5, ListKind.STATUS, 0),
            issuers(5, ListKind.STATUS, 4),
        ),
        (
            "five issuers, gaps: the first over the last",
            issuers(5, ListKind.GAPS, 0),
            issuers(5, ListKind.GAPS, 4),
        ),
    )
    found = []
    for name, one, other in pairs:
        step(f"ways: prover's time, {name}")
        first, second = cases(one), cases(other)
        assert first.octets == second.octets
        times = interleaved(
            {
                "prove first": first.prove,
                "prove second": second.prove,
                "present first": first.present,
                "present second": second.present,
                "prove again": first.prove,
            },
            effort,
            processor_time=True,
        )
        found.append(
            {
                "what": name,
                "prove": round(ratio(times["prove first"], times["prove second"]), 4),
                "present": round(ratio(times["present first"], times["present second"]), 4),
                "same_case_twice": round(ratio(times["prove first"], times["prove again"]), 4),
            }
        )
    return found
