"""What documents of a ceremony are made of: points, proofs, numbers of parties; their format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zkproof import curve
from zkproof.audit.dleq import PROOF_BYTES, ExponentProof
from zkproof.curve import G1, G1_BYTES
from zkproof.ledger.bodies import MAX_KEY_PARTS
from zkproof.record import Kind, Record, list_of, number, octets

FORMAT = 1
MAX_DOCUMENT_BYTES = 1 << 17
MAX_AUTHORITIES = MAX_KEY_PARTS
DIGEST_BYTES = 32

digest = octets(DIGEST_BYTES)
party_number = number(1, MAX_AUTHORITIES + 1)


def read_document(name: str, fields: Mapping[str, Kind], data: bytes) -> dict[str, Any]:
    """The fields of a document of that name. Raises `DecodeError`."""
    return Record(name, fields, format=FORMAT).read(data, max_bytes=MAX_DOCUMENT_BYTES)


def point(value: Any, field: str) -> G1:
    """A point of G1 in its one encoding."""
    return curve.decode_g1(octets(G1_BYTES)(value, field), field)


def points(count: int) -> Kind:
    """So many points."""
    several = list_of(octets(G1_BYTES), least=count, most=count)

    def check(value: Any, field: str) -> tuple[G1, ...]:
        return tuple(curve.decode_g1_many(b"".join(several(value, field)), field))

    return check


def exponent_proof(value: Any, field: str) -> ExponentProof:
    """Challenge and response."""
    return ExponentProof.from_octets(octets(PROOF_BYTES)(value, field), field)
