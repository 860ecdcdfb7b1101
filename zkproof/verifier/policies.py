"""The ledger entry by which a verifier says beforehand what it will ask.

A wallet compares the text of a request with it: a verifier that asks for more than it registered is
noticed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zkproof_circuits import library
from zkproof_circuits.includes import Library, expand, pointing_into
from zkproof_circuits.policy import compile_policy
from zkproof_circuits.schema import Schema


def policy_entry(
    policy: str,
    schemas: Sequence[Schema],
    *,
    today: int,
    parameters: Mapping[str, str] | None = None,
    includes: Library | None = None,
) -> dict[str, Any]:
    """The body of a ``policy-register``: the text with its includes, as requests carry it.

    The circuit's digest is that of these parameters and this day; the text holds for every other.
    Raises `PolicyError` when the text does not compile.
    """
    text = expand(policy, includes or library.policy_text)
    with pointing_into(text, policy):
        circuit = compile_policy(text, schemas, today=today, parameters=dict(parameters or {}))
    return {
        "policy": circuit.name,
        "version": circuit.version,
        "circuit": circuit.digest,
        "text": text,
    }
