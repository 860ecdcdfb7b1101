"""One credential of a presentation as both sides know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zkproof.bbs.keys import PublicKey
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value


@dataclass(frozen=True, slots=True)
class ShownCredential:
    """Schema, ledger, issuer and key, and what is disclosed.

    The verifier takes schema and key from its trust view, values from the presentation, where the
    proof then shows that they are the signed ones.
    """

    schema: Schema
    ledger_id: str
    issuer_id: str
    key_id: str
    public_key: PublicKey
    disclosed: Mapping[str, Value]
