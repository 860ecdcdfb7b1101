"""The composite proof: one challenge over several signatures and statements about what they hide.

Relation     the conjunction of everything in a `Statement`
Source       Sigma protocols with shared masks under one challenge; Fiat-Shamir with a 128-bit
             challenge; docs/security.md derives soundness and zero knowledge step by step
Rests on     unforgeability of BBS, discrete logarithm in G1, the random oracle; and for
             inequalities on what `zkproof.sigma.inequality` says
Not proven   freshness, unless ``context`` holds the verifier's nonce

`zkproof.sigma.wire` says what travels.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from zkproof import curve
from zkproof.bbs import knowledge
from zkproof.bbs.knowledge import HeldSignature, Masks, Responses
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.pairings import PairingClaim, holds
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.curve import G1, G1_BYTES, R
from zkproof.errors import ConflictError, DecodeError, UsageError
from zkproof.sigma import exact, inequality
from zkproof.sigma.clause import Secret, mask_input
from zkproof.sigma.statement import Statement, slot_values
from zkproof.sigma.transcript import CHALLENGE_BYTES, Label, Transcript
from zkproof.sigma.wire import Blocks, CompositeProof, from_octets, to_octets

MAX_ATTEMPTS = 128
"""Attempts before giving up; docs/security.md, section "Inequalities", has the chance of that."""


def prove(
    statement: Statement,
    held: Sequence[HeldSignature],
    auxiliary: Sequence[int] = (),
    *,
    clause_secrets: Sequence[Secret] = (),
    random: RandomBytes = os_random,
) -> bytes:
    """A proof of ``statement`` from the signatures, in its order, the auxiliary secrets, and what
    each clause needs besides (nothing at all, when no clause needs anything).

    Auxiliary secrets of gates are given as zero: those that stay open are drawn here, hedged like
    masks. A gate from a source that repeats would show which signature is missing.

    Raises `ConflictError` when the witness does not satisfy the statement. What is then to be told
    to a person is the caller's task: the message here names no value.
    """
    blocks = Blocks.of(statement)
    _check_witness(statement, held, auxiliary)
    clause_secrets = clause_secrets or (None,) * len(statement.clauses)
    if len(clause_secrets) != len(statement.clauses):
        raise UsageError("witness: not as many secrets as the statement has clauses")
    vectors = [each.scalars for each in held]
    values = slot_values(statement, vectors, auxiliary, clause_secrets)
    transcript = statement_transcript(statement, blocks)
    binding = transcript.digest()
    secrets = [*values, *(each.e for each in held)]
    secrets += [value for secret in clause_secrets for value in mask_input(secret)]

    def fresh(attempt: int) -> MaskSource:
        return MaskSource(random=random, secrets=secrets, statement=binding, attempt=attempt)

    before = fresh(0)
    _draw_gates(statement, values, clause_secrets, before)
    integers = _as_integers(statement, values)
    _check_constraints(statement, values)
    y = None
    if blocks.inequalities is not None:
        y = inequality.decompose_all(blocks.inequalities, integers, random=before.octets)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        proof = _attempt(
            statement,
            blocks,
            Witness(held, values, integers, y, clause_secrets),
            transcript.copy(),
            fresh(attempt),
        )
        if proof is not None:
            return to_octets(proof)
    raise UsageError("no attempt succeeded: the random source is broken")


@dataclass(frozen=True, slots=True, repr=False)
class Witness:
    """Everything secret that a proof is made from. Prints nothing."""

    held: Sequence[HeldSignature]
    values: Sequence[int]  # of every slot, modulo R
    integers: Sequence[int]  # the same, signed where a box says so
    y: Sequence[tuple[int, int, int]] | None  # three squares of each inequality
    clause_secrets: Sequence[Secret]

    def __repr__(self) -> str:
        return "<Witness of a composite proof, hidden>"


def _attempt(
    statement: Statement,
    blocks: Blocks,
    witness: Witness,
    transcript: Transcript,
    masks: MaskSource,
) -> CompositeProof | None:
    """Three moves with fresh masks; ``None`` when the inequality block has to start again."""
    held, values = witness.held, witness.values
    system = statement.system
    slot_masks = system.complete_masks([masks.scalar() for _ in system.free])
    signature_masks: list[Masks] = []
    first: list[knowledge.FirstMessage] = []
    for signature, each in zip(statement.signatures, held, strict=True):
        m = Masks(
            r1=masks.nonzero_scalar(),
            r2=masks.nonzero_scalar(),
            e_tilde=masks.scalar(),
            r1_tilde=masks.scalar(),
            r3_tilde=masks.scalar(),
            m_tilde=tuple(slot_masks[slot] for slot in signature.slots),
        )
        signature_masks.append(m)
        first.append(knowledge.commit(each, signature.hidden, m))

    block_points: list[G1] = []
    block_announcements: list[G1] = []
    inequality_state = exact_state = None
    if blocks.inequalities is not None and witness.y is not None:
        (C, announcements), inequality_state = inequality.commit(
            blocks.inequalities, witness.y, witness.integers, slot_masks, masks
        )
        block_points.append(C)
        block_announcements += announcements
    if blocks.exact is not None:
        (C, D), exact_state = exact.commit(blocks.exact, values, slot_masks, masks)
        block_points.append(C)
        block_announcements.append(D)
    moves = [
        clause.commit(secret, values, slot_masks, masks)
        for clause, secret in zip(statement.clauses, witness.clause_secrets, strict=True)
    ]

    c = _challenge(
        transcript,
        FirstMessage(
            signature_points=[p for f in first for p in (f.Abar, f.Bbar, f.D)],
            block_points=block_points,
            clause_points=[point for move in moves for point in move.points],
            signature_announcements=[T for f in first for T in (f.T1, f.T2)],
            block_announcements=block_announcements,
            clause_announcements=[T for move in moves for T in move.announcements],
        ),
    )
    inequality_proof = None
    if blocks.inequalities is not None and inequality_state is not None:
        inequality_proof = inequality.respond(blocks.inequalities, inequality_state, c)
        if inequality_proof is None:
            return None
    responses = [
        knowledge.respond(each, signature.hidden, m, c)
        for signature, each, m in zip(statement.signatures, held, signature_masks, strict=True)
    ]
    return CompositeProof(
        challenge=c,
        signature_points=tuple((f.Abar, f.Bbar, f.D) for f in first),
        signature_responses=tuple((r.e_hat, r.r1_hat, r.r3_hat) for r in responses),
        slots=tuple((slot_masks[slot] + c * values[slot]) % R for slot in system.free),
        inequality=inequality_proof,
        exact=None if exact_state is None else exact.respond(exact_state, c),
        clause_points=tuple(move.points for move in moves),
        clause_responses=tuple(move.respond(c) for move in moves),
    )


def verify(statement: Statement, proof: bytes, *, random: RandomBytes = os_random) -> bool:
    """Whether ``proof`` shows the statement.

    1. The length is the one the statement gives; every point and scalar is canonical.
    2. The announcements are recomputed and the challenge over everything is the one received.
    3. The pairings hold, folded with fresh weights.

    False for everything that does not hold, malformed proofs included. Raises `UsageError` only for
    a statement that can never be proven soundly.
    """
    return verified_points(statement, proof, random=random) is not None


def verified_points(
    statement: Statement, proof: bytes, *, random: RandomBytes = os_random
) -> tuple[tuple[G1, ...], ...] | None:
    """As `verify`: the points of every clause (pseudonyms, ciphertexts) once the proof holds, or
    ``None``.
    """
    try:
        replayed = replay(statement, proof)
    except DecodeError:
        return None
    if replayed is None or not holds(replayed.claims, random=random):
        return None
    return replayed.clause_points


@dataclass(frozen=True, slots=True)
class Replayed:
    """Nothing here is verified before the claims are found to hold."""

    claims: list[PairingClaim]
    clause_points: tuple[tuple[G1, ...], ...]


def replay(statement: Statement, proof: bytes) -> Replayed | None:
    """Steps 1 and 2 of `verify`: the pairings that remain to be checked, or ``None``.

    Raises `DecodeError` for malformed octets.
    """
    blocks = Blocks.of(statement)
    parsed = from_octets(statement, proof, blocks)
    c = parsed.challenge
    slots = statement.system.complete_responses(parsed.slots, c)
    announcements: list[G1] = []
    for signature, (Abar, Bbar, D), (e_hat, r1_hat, r3_hat) in zip(
        statement.signatures, parsed.signature_points, parsed.signature_responses, strict=True
    ):
        m_hat = tuple(slots[slot] for slot in signature.slots)
        announcements.extend(
            knowledge.replay(
                signature.generators,
                signature.domain,
                signature.disclosed,
                Abar,
                Bbar,
                D,
                Responses(e_hat, r1_hat, r3_hat, m_hat),
                c,
            )
        )
    block_points: list[G1] = []
    block_announcements: list[G1] = []
    if blocks.inequalities is not None and parsed.inequality is not None:
        block_points.append(parsed.inequality.C)
        block_announcements += inequality.replay(blocks.inequalities, parsed.inequality, slots, c)
    if blocks.exact is not None and parsed.exact is not None:
        block_points.append(parsed.exact.C)
        block_announcements.append(exact.replay(blocks.exact, parsed.exact, slots, c))
    clause_parts = list(
        zip(statement.clauses, parsed.clause_points, parsed.clause_responses, strict=True)
    )
    expected = _challenge(
        statement_transcript(statement, blocks),
        FirstMessage(
            signature_points=[point for points in parsed.signature_points for point in points],
            block_points=block_points,
            clause_points=[point for points in parsed.clause_points for point in points],
            signature_announcements=announcements,
            block_announcements=block_announcements,
            clause_announcements=[
                T
                for clause, points, responses in clause_parts
                for T in clause.replay(points, responses, slots, c)
            ],
        ),
    )
    if not hmac.compare_digest(
        expected.to_bytes(CHALLENGE_BYTES, "big"), c.to_bytes(CHALLENGE_BYTES, "big")
    ):
        return None
    claims = [
        PairingClaim(Abar, signature.public_key, Bbar)
        for signature, (Abar, Bbar, _) in zip(
            statement.signatures, parsed.signature_points, strict=True
        )
    ]
    claims += [claim for clause, points, _ in clause_parts for claim in clause.claims(points)]
    return Replayed(claims, parsed.clause_points)


def statement_transcript(statement: Statement, blocks: Blocks) -> Transcript:
    """Everything that is fixed before the first message, in one order, length-prefixed."""
    t = Transcript()
    t.absorb(Label.CONTEXT, statement.context)
    t.absorb(Label.CREDENTIAL_COUNT, len(statement.signatures).to_bytes(8, "big"))
    for signature in statement.signatures:
        # The domain covers key, generators, interface and header; key and interface are absorbed
        # on their own as well, so that nothing rests on the shape of the domain's input.
        t.absorb(Label.INTERFACE, signature.generators.interface.api_id)
        t.absorb(Label.ISSUER_KEY, signature.public_key.octets)
        t.absorb(Label.DOMAIN, signature.domain.to_bytes(32, "big"))
        t.absorb(
            Label.DISCLOSED,
            encode([[i, m.to_bytes(32, "big")] for i, m in signature.disclosed.items()]),
        )
        t.absorb(Label.HIDDEN, encode(list(signature.slots)))
    t.absorb(
        Label.SLOT_BOXES,
        encode([None if box is None else [str(box[0]), str(box[1])] for box in statement.boxes]),
    )
    t.absorb(Label.LINEAR, encode([equation.canonical() for equation in statement.linear]))
    t.absorb(Label.INEQUALITIES, encode([P.canonical() for P in statement.inequalities]))
    if blocks.inequalities is not None:
        t.absorb(
            Label.INEQUALITY_PARAMETERS,
            encode(
                [inequality.generator_digest_input(), *blocks.inequalities.parameters.canonical()]
            ),
        )
    t.absorb(
        Label.EXACT,
        encode(
            [
                exact.generator_digest_input(),
                statement.auxiliary,
                [P.canonical() for P in statement.exact],
            ]
        ),
    )
    t.absorb(Label.CLAUSES, encode([clause.canonical() for clause in statement.clauses]))
    return t


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """Points that travel and announcements that do not, all absorbed before the challenge."""

    signature_points: Sequence[G1]
    block_points: Sequence[G1]
    clause_points: Sequence[G1]
    signature_announcements: Sequence[G1]
    block_announcements: Sequence[G1]
    clause_announcements: Sequence[G1]


def _challenge(transcript: Transcript, first: FirstMessage) -> int:
    groups = (
        (Label.SIGNATURE_POINTS, first.signature_points),
        (Label.BLOCK_POINTS, first.block_points),
        (Label.CLAUSE_POINTS, first.clause_points),
        (Label.SIGNATURE_ANNOUNCEMENTS, first.signature_announcements),
        (Label.BLOCK_ANNOUNCEMENTS, first.block_announcements),
        (Label.CLAUSE_ANNOUNCEMENTS, first.clause_announcements),
    )
    octets = curve.encode_g1_many([point for _, points in groups for point in points])
    start = 0
    for label, points in groups:
        end = start + G1_BYTES * len(points)
        transcript.absorb(label, octets[start:end])
        start = end
    return transcript.challenge()


def _check_witness(
    statement: Statement, held: Sequence[HeldSignature], auxiliary: Sequence[int]
) -> None:
    if len(held) != len(statement.signatures) or len(auxiliary) != statement.auxiliary:
        raise UsageError("witness: not as many signatures or auxiliary secrets as the statement")
    for i, (signature, each) in enumerate(zip(statement.signatures, held, strict=True)):
        if signature.domain != each.domain or signature.public_key != each.public_key:
            raise UsageError(f"signature {i}: by another key, or on another header")
        if any(each.scalars[k] != m for k, m in signature.disclosed.items()):
            raise ConflictError(f"signature {i}: a disclosed value is not the signed one")


def _draw_gates(
    statement: Statement, values: list[int], clause_secrets: Sequence[Secret], masks: MaskSource
) -> None:
    """Open the gates of absent signatures and tokens. One draw for each gate, open or not."""
    for clause, secret in zip(statement.clauses, clause_secrets, strict=True):
        for gate, is_open in zip(clause.gates, clause.opens(secret, values), strict=True):
            if values[gate]:
                raise UsageError("gates: given as zero, and drawn here")
            values[gate] = int(is_open) * masks.nonzero_scalar()


def _as_integers(statement: Statement, values: Sequence[int]) -> list[int]:
    """Slot values as the integers their boxes say (negative ones are stored modulo R)."""
    return [
        value - R if box is not None and box[0] < 0 and value > R // 2 else value
        for value, box in zip(values, statement.boxes, strict=True)
    ]


def _check_constraints(statement: Statement, values: Sequence[int]) -> None:
    for equation in statement.linear:
        if (sum(a * values[slot] for slot, a in equation.terms) - equation.constant) % R:
            raise ConflictError("the equality does not hold")
    for P in statement.exact:
        if P.value(values) % R:
            raise ConflictError("the constraint does not hold")
