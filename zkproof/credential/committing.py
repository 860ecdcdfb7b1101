"""The holder's answer to an offer: a commitment to what the issuer must not see.

Relation     ``C = s*Q_2 + sum m_j*J_j``, every integer among the m_j in the box of its type
Source       commitments of draft-irtf-cfrg-bbs-blind-signatures-02; the boxes by bits in the exact
             block (spec sheet section 5.5), which rests on no type
Rests on     discrete logarithm in G1 and the random oracle
Not proven   that a link secret is the one of the holder's other credentials: presentations prove it

An inequality is sound for integers in a known interval, and for what a holder chooses nobody else
can vouch. Here the holder proves it, once; the issuer that signs has checked it, so verifiers may
rely on the box as on any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zkproof.bbs.commitment import committed_generators
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.secret import ProverBlind
from zkproof.clock import RandomBytes, os_random
from zkproof.credential.encoding import INTERFACE, Layout, scalars
from zkproof.credential.link_secret import LinkSecret
from zkproof.curve import G1
from zkproof.errors import IssuanceError, SchemaError
from zkproof.sigma import composite
from zkproof.sigma.clause import Opening
from zkproof.sigma.commitment import CommittedTo
from zkproof.sigma.gadgets import Builder
from zkproof.sigma.statement import Statement
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value


@dataclass(frozen=True, slots=True)
class CheckedCommitment:
    """A commitment whose proof held, for one offer: what an issuer may sign."""

    offer_id: bytes
    point: G1


def commit_values(
    schema: Schema,
    values: Mapping[str, Value],
    *,
    context: bytes,
    random: RandomBytes = os_random,
) -> tuple[bytes, ProverBlind]:
    """``(commitment with proof, blind)`` for the values of all blind attributes.

    Raises `SchemaError` for a value that is missing or outside its type.
    """
    committed = scalars(schema, values, Layout.of(schema).holder)
    # Hedged as masks are: one blind for two link secrets would show their difference.
    blind = MaskSource(random=random, secrets=committed, statement=context, attempt=0).scalar()
    statement, builder = _statement(schema, context)
    proof = composite.prove(
        statement,
        (),
        builder.auxiliary_values(committed_integers(schema, values, committed)),
        clause_secrets=(Opening(blind, tuple(committed)),),
        random=random,
    )
    return proof, ProverBlind(blind)


def open_commitment(schema: Schema, commitment: bytes, *, context: bytes) -> G1:
    """The point to be signed into a credential, once its proof holds. Raises `IssuanceError`."""
    statement, _ = _statement(schema, context)
    points = composite.verified_points(statement, commitment)
    if points is None:
        raise IssuanceError("commitment: its proof does not hold for this offer")
    ((C,),) = points
    return C


def commitment_to(schema: Schema, builder: Builder, slots: Sequence[int]) -> CommittedTo:
    """The clause that commits to ``slots``, one for each blind attribute in the vector's order.

    Integers are proven in their box, bit by bit, and codes among those that the type allows: the
    slots need not be bounded yet.
    """
    holder = Layout.of(schema).holder
    for slot, name in zip(slots, holder, strict=True):
        kind = schema.attribute(name).type
        if kind.allowed_values is not None:
            builder.member(slot, sorted(_scalar(value) for value in kind.allowed_values))
        elif kind.box is not None:
            builder.in_range(slot, *kind.box)
    return CommittedTo(committed_generators(INTERFACE, len(holder)), tuple(slots))


def _scalar(value: Value) -> int:
    """A code's number. Raises `SchemaError` for a type whose values are no integers."""
    if not isinstance(value, int):
        raise SchemaError("blind: only integers can be proven among allowed values")
    return value


def link_secret_point(schema: Schema, share: LinkSecret) -> G1:
    """``r*J`` for the link secret's generator: what adds ``share`` to a committed link secret."""
    holder = Layout.of(schema).holder
    value = int.from_bytes(share.export_secret(), "big")
    added = [value if schema.attribute(name).type.holder_chosen else 0 for name in holder]
    return committed_generators(INTERFACE, len(holder)).msm(0, added)


def _statement(schema: Schema, context: bytes) -> tuple[Statement, Builder]:
    """Slots are the blind attributes in the order of the vector; none of them is bounded yet."""
    count = len(Layout.of(schema).holder)
    builder = Builder(boxes=[None] * count)
    clause = commitment_to(schema, builder, range(count))
    statement = Statement(
        context=context,
        signatures=(),
        boxes=tuple(builder.boxes),
        linear=tuple(builder.linear),
        exact=tuple(builder.exact),
        clauses=(clause,),
        auxiliary=builder.auxiliary,
    )
    return statement, builder


def committed_integers(
    schema: Schema, values: Mapping[str, Value], committed: Sequence[int]
) -> list[int]:
    """Scalars, and for integer types the integers themselves, which may be negative."""
    found = []
    for name, scalar in zip(Layout.of(schema).holder, committed, strict=True):
        value = values[name]
        found.append(value if isinstance(value, int) else scalar)
    return found
