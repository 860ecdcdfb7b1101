"""A prover that checks nothing, for proofs that have to be refused."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from tests.sigma.gates import BANKS, HEADER, OVER, Ways, identity, some
from zkproof import curve
from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.signature import calculate_domain
from zkproof.clock import RandomBytes, os_random
from zkproof.curve import R
from zkproof.sigma import composite, inequality, wire
from zkproof.sigma.clause import Secret, Unsigned
from zkproof.sigma.composite import Witness
from zkproof.sigma.one_of import OneOf
from zkproof.sigma.statement import Statement, slot_values
from zkproof.sigma.three_squares import decompose
from zkproof.sigma.wire import CompositeProof

Squares = Sequence[tuple[int, int, int]]


def squares(*values: int) -> Squares:
    """Squares for these values, whatever the statement's inequalities are worth."""
    return [decompose(value, random=secrets.token_bytes) for value in values]


def reckless(
    ways: Ways,
    slots: Mapping[int, int],
    clause_secrets: Sequence[Secret],
    *,
    given: Squares | None = None,
) -> bytes:
    """A proof by a prover that checks no constraint and takes gates and squares as it likes."""
    return forge(ways.statement, [identity()], ways.auxiliary(slots), clause_secrets, given=given)


def forge(
    statement: Statement,
    held: Sequence[HeldSignature],
    auxiliary: Sequence[int],
    clause_secrets: Sequence[Secret],
    *,
    given: Squares | None = None,
) -> bytes:
    values = slot_values(statement, [each.scalars for each in held], auxiliary, clause_secrets)
    proof = None
    while proof is None:
        proof = attempt(statement, held, values, clause_secrets, given=given)
    return wire.to_octets(proof)


def attempt(
    statement: Statement,
    held: Sequence[HeldSignature],
    values: Sequence[int],
    clause_secrets: Sequence[Secret],
    *,
    given: Squares | None = None,
    random: RandomBytes = os_random,
) -> CompositeProof | None:
    blocks = wire.Blocks.of(statement)
    integers = composite._as_integers(statement, values)
    if given is None and blocks.inequalities is not None:
        given = inequality.decompose_all(blocks.inequalities, integers, random=secrets.token_bytes)
    return composite._attempt(
        statement,
        blocks,
        Witness(held, values, integers, given, clause_secrets),
        composite.statement_transcript(statement, blocks),
        MaskSource(random=random, secrets=(), statement=b"", attempt=0),
    )


def invented(clause: OneOf, vector: Sequence[int], selected: Sequence[int]) -> Unsigned:
    """A vector that nobody signed, with the point that goes with these selectors."""
    domain = sum(s * each for s, each in zip(selected, clause.domains, strict=True)) % R
    return Unsigned(tuple(vector), clause.generators.signed_point(domain, vector))


def as_if_by(bank: int, signer: int, values: Sequence[int]) -> HeldSignature:
    """A signature by one bank's key over the header of another: all is right but the key."""
    key = BANKS[bank].public_key
    domain = calculate_domain(key, OVER, HEADER)
    B, e = OVER.signed_point(domain, values), some()
    A = curve.decode_g1(BANKS[signer].secret.divide_by_sums(B, [e]))
    return HeldSignature(key, OVER, domain, tuple(values), A, e, B)
