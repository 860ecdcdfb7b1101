"""Whatever is changed in a presentation with ways and hidden issuers ends in a typed refusal; what
is sent has one distribution and one length.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.presentation.building import NOW, deposit, identity, income, request
from tests.presentation.ways import EITHER, HIDDEN, answered, holdings, listed, other_deposit
from tests.sigma.test_gated_distribution import distance
from zkproof import codec
from zkproof.credential.credential import Credential
from zkproof.presentation.presentation import Presentation
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.verify import verify

BOTH = HIDDEN.replace(
    "same holder i, a\n",
    """either
  credential s: income-statement from "did:web:dsf.gov.mo"
  require s.monthly_income >= 30_000.00 MOP
  require not revoked s
or
  require i.residency = HK
same holder i, a, s
""",
)
"""A hidden issuer with a revealed value, beside a way."""

STRANGE: tuple[object, ...] = (None, 0, -1, 1 << 63, True, b"", b"\x00" * 32, "", "x", [], {}, [{}])


def mutated(table: Any) -> Iterator[object]:
    """The table with each of its values exchanged, left out or given a neighbour."""

    def places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        yield path
        if isinstance(value, Mapping):
            for key, inner in value.items():
                yield from places(inner, (*path, key))

    def at(path: tuple[Any, ...]) -> tuple[Any, Any]:
        changed = copy.deepcopy(table)
        inner = changed
        for key in path[:-1]:
            inner = inner[key]
        return changed, inner

    for path in places(table, ()):
        if not path:
            continue
        for value in STRANGE:
            changed, inner = at(path)
            if inner[path[-1]] != value or type(inner[path[-1]]) is not type(value):
                inner[path[-1]] = value
                yield changed
        changed, inner = at(path)
        inner["neighbour"] = inner[path[-1]]
        yield changed
        del inner[path[-1]]
        yield changed


@pytest.mark.parametrize(
    ("policy", "held"),
    [
        (EITHER, {"i": identity(), "a": deposit()}),
        (BOTH, {"i": identity(), "a": other_deposit(), "s": income()}),
    ],
    ids=["ways", "hidden issuer"],
)
def test_every_changed_field_is_a_refusal(policy: str, held: dict[str, Credential]) -> None:
    asked, trust = request(policy), listed()
    answer = answered(asked, held, trust).to_bytes()
    assert isinstance(verify(asked, answer, trust, now=NOW + 10), Report)
    table = codec.decode(answer, field="presentation", max_bytes=1 << 18)
    count = 0
    for each in mutated(table):
        try:
            octets = codec.encode(each)
        except (TypeError, ValueError):
            continue
        outcome = verify(asked, octets, trust, now=NOW + 10)
        assert isinstance(outcome, Refusal), each
        assert b"bank" not in outcome.text.encode()
        count += 1
    assert count > 60
    for end in range(0, len(answer), 97):
        assert isinstance(verify(asked, answer[:end], trust, now=NOW + 10), Refusal)
    assert isinstance(verify(asked, answer + b"\x00", trust, now=NOW + 10), Refusal)


def test_refusal_is_the_same_whichever_way_was_proven() -> None:
    """Of presentations for another request, and of proofs with one octet changed."""
    asked, other, trust = request(EITHER), request(EITHER), listed()
    told = set()
    for held in holdings().values():
        answer = answered(asked, held, trust)
        changed = bytearray(answer.proof)
        changed[-1] ^= 1
        broken = Presentation(answer.request_digest, answer.credentials, bytes(changed))
        told.add(repr(verify(other, answer.to_bytes(), trust, now=NOW + 10)))
        told.add(repr(verify(asked, broken.to_bytes(), trust, now=NOW + 10)))
    assert len(told) == 2


SAMPLES = 100
LIMIT = 3.2 * math.sqrt(2 / SAMPLES)
"""Exceeded by equal distributions with chance 3e-9 for each window."""


def test_octets_are_distributed_alike_whichever_way_is_taken() -> None:
    """Every window of eight octets of the proof, as a number."""
    asked, trust, held = request(EITHER), listed(), holdings()
    columns = []
    for name in ("token", "gap", "income"):
        rows = []
        for _ in range(SAMPLES):
            proof = answered(asked, held[name], trust).proof
            rows.append(
                [int.from_bytes(proof[i : i + 8]) / 2**64 for i in range(0, len(proof) - 8, 8)]
            )
        columns.append(list(zip(*rows, strict=True)))
    for other in columns[1:]:
        assert max(distance(a, b) for a, b in zip(columns[0], other, strict=True)) < LIMIT
    assert distance(columns[0][1], [0.9] * SAMPLES) > LIMIT, "a difference would be seen"
