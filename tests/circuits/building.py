"""Schemas, policies and values for the tests of the policy language."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import pytest

from zkproof.errors import PolicyError
from zkproof_circuits.policy import Analysis, analyse_policy
from zkproof_circuits.schema import Schema
from zkproof_circuits.schema_text import parse_schema
from zkproof_circuits.types import Value

TODAY = datetime.date(2026, 11, 23)

NOW = 86_400 * (TODAY - datetime.date(1970, 1, 1)).days + 20 * 3600
"""A second of that day, when it is the next day in Macao."""

PROBE = parse_schema(Path(__file__).with_name("probe.toml").read_text(encoding="utf-8"))
"""One attribute of every type, with boxes small enough for random values to meet."""

VALUES: Mapping[str, Value] = {
    "holder": b"\x01" * 32,
    "note": "mine",
    "limit": 40,
    "rid": 7,
    "m": -2,
    "n": 5,
    "months": 14,
    "years": 2,
    "share": 40,
    "lapse": 30,
    "weeks": 4,
    "big": 1 << 40,
    "huge": 1 << 70,
    "mop": 500,
    "mop_whole": 5,
    "hkd": 300,
    "day": -3000,
    "other_day": 20_700,
    "moment": 1_795_000_000,
    "country": 446,
    "currency": 446,
    "flag": 1,
    "colour": 2,
    "word": "bank",
    "other_word": "bank",
    "octets": b"\x02\x03",
    "sha": b"\x04" * 32,
    "sm3": b"\x05" * 32,
}

HEAD = """policy probe v1
purpose "test"
credential p: probe from "issuer"
credential q: probe from "issuer"
same holder p, q
"""


def analyse(
    statements: str,
    *,
    parameters: Mapping[str, object] | None = None,
    schemas: tuple[Schema, ...] = (PROBE,),
    head: str = HEAD,
) -> Analysis:
    """The policy of two probes, p and q, with these statements."""
    return analyse_policy(head + statements, schemas, today=TODAY, now=NOW, parameters=parameters)


def assert_refused(
    statements: str, match: str, *, accepted: str, line: int | None = None, **more: object
) -> PolicyError:
    """``statements`` are refused with that message; ``accepted``, the twin, compiles."""
    analyse(accepted, **more)  # type: ignore[arg-type]
    with pytest.raises(PolicyError, match=match) as caught:
        analyse(statements, **more)  # type: ignore[arg-type]
    error = caught.value
    if line is not None:
        assert error.line == line + HEAD.count("\n")
    return error
