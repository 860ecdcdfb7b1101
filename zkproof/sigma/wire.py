"""A composite proof on the wire. How many, which and how large is for the statement to say.

::

    c (16) | per signature: Abar Bbar D (144) | C of each block (48 each) | points of the clauses
           | per signature: e^ r1^ r3^ (96) | m^ of every free slot (32 each) | t of the exact block
           | responses of the clauses (32 each) | responses of the inequality block

Announcements are recomputed by the verifier, not sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from zkproof import curve
from zkproof.curve import G1, G1_BYTES, SCALAR_BYTES, R
from zkproof.errors import DecodeError
from zkproof.sigma import exact, inequality
from zkproof.sigma.exact import ExactConstraints
from zkproof.sigma.inequality import Inequalities
from zkproof.sigma.statement import Statement
from zkproof.sigma.transcript import CHALLENGE_BYTES


@dataclass(frozen=True, slots=True)
class CompositeProof:
    """What travels."""

    challenge: int
    signature_points: tuple[tuple[G1, G1, G1], ...]  # Abar, Bbar, D
    signature_responses: tuple[tuple[int, int, int], ...]  # e^, r1^, r3^
    slots: tuple[int, ...]  # responses of the free slots
    inequality: inequality.InequalityProof | None
    exact: exact.ExactProof | None
    clause_points: tuple[tuple[G1, ...], ...] = ()
    clause_responses: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks that a statement has, with parameters computed from it."""

    inequalities: Inequalities | None
    exact: ExactConstraints | None

    @classmethod
    def of(cls, statement: Statement) -> Blocks:
        inequalities = None
        if statement.inequalities:
            inequalities = Inequalities.over(statement.inequalities, statement.boxes)
        constraints = None
        if statement.exact or statement.auxiliary:
            first = statement.slot_count - statement.auxiliary
            free = [slot for slot in statement.system.free if slot >= first]
            constraints = ExactConstraints(statement.exact, tuple(free))
        return cls(inequalities, constraints)


@dataclass(frozen=True, slots=True)
class _Counts:
    """How many of each kind there are: the shape of a proof."""

    signatures: int
    blocks: int
    clause_points: int
    slots: int
    exact: int
    clause_responses: int
    inequality_octets: int

    @classmethod
    def of(cls, statement: Statement, blocks: Blocks) -> _Counts:
        return cls(
            signatures=len(statement.signatures),
            blocks=(blocks.inequalities is not None) + (blocks.exact is not None),
            clause_points=sum(clause.POINTS for clause in statement.clauses),
            slots=len(statement.system.free),
            exact=int(blocks.exact is not None),
            clause_responses=sum(clause.RESPONSES for clause in statement.clauses),
            inequality_octets=0
            if blocks.inequalities is None
            else inequality.encoded_length(blocks.inequalities),
        )

    @property
    def points(self) -> int:
        return 3 * self.signatures + self.blocks + self.clause_points

    @property
    def scalars(self) -> int:
        return 3 * self.signatures + self.slots + self.exact + self.clause_responses

    @property
    def octets(self) -> int:
        scalars = SCALAR_BYTES * self.scalars
        return CHALLENGE_BYTES + G1_BYTES * self.points + scalars + self.inequality_octets


def proof_length(statement: Statement) -> int:
    """Octets of a proof for ``statement``."""
    return _Counts.of(statement, Blocks.of(statement)).octets


def to_octets(proof: CompositeProof) -> bytes:
    """The layout in the head of this file."""
    points = [point for points in proof.signature_points for point in points]
    points += [block.C for block in (proof.inequality, proof.exact) if block is not None]
    points += [point for points in proof.clause_points for point in points]
    scalars = [s for responses in proof.signature_responses for s in responses]
    scalars += proof.slots
    if proof.exact is not None:
        scalars.append(proof.exact.t)
    scalars += [s for responses in proof.clause_responses for s in responses]
    parts = [proof.challenge.to_bytes(CHALLENGE_BYTES, "big"), curve.encode_g1_many(points)]
    parts += [s.to_bytes(SCALAR_BYTES, "big") for s in scalars]
    if proof.inequality is not None:
        parts.append(inequality.responses_octets(proof.inequality))
    return b"".join(parts)


def from_octets(statement: Statement, data: bytes, blocks: Blocks | None = None) -> CompositeProof:
    """Read a proof for exactly this statement. Raises `DecodeError`; cheap checks come first.

    ``blocks`` are those of the statement, where the caller has them.
    """
    blocks = blocks or Blocks.of(statement)
    counts = _Counts.of(statement, blocks)
    if len(data) != counts.octets:
        raise DecodeError("proof", f"{len(data)} octets, not {counts.octets}")
    points_end = CHALLENGE_BYTES + G1_BYTES * counts.points
    scalars_end = points_end + SCALAR_BYTES * counts.scalars
    received = [
        int.from_bytes(data[i : i + SCALAR_BYTES], "big")
        for i in range(points_end, scalars_end, SCALAR_BYTES)
    ]
    if max(received, default=0) >= R:
        raise DecodeError("proof.responses", "scalar not below the group order")
    points = iter(curve.decode_g1_many(data[CHALLENGE_BYTES:points_end], "proof.points"))
    scalars = iter(received)
    signature_points = tuple(
        (next(points), next(points), next(points)) for _ in range(counts.signatures)
    )
    signature_responses = tuple(
        (next(scalars), next(scalars), next(scalars)) for _ in range(counts.signatures)
    )
    slots = tuple(next(scalars) for _ in range(counts.slots))
    inequality_proof = exact_proof = None
    if blocks.inequalities is not None:
        inequality_proof = inequality.from_octets(
            blocks.inequalities, next(points), data[scalars_end:]
        )
    if blocks.exact is not None:
        exact_proof = exact.ExactProof(next(points), next(scalars))
    return CompositeProof(
        challenge=int.from_bytes(data[:CHALLENGE_BYTES], "big"),
        signature_points=signature_points,
        signature_responses=signature_responses,
        slots=slots,
        inequality=inequality_proof,
        exact=exact_proof,
        clause_points=tuple(
            tuple(next(points) for _ in range(clause.POINTS)) for clause in statement.clauses
        ),
        clause_responses=tuple(
            tuple(next(scalars) for _ in range(clause.RESPONSES)) for clause in statement.clauses
        ),
    )
