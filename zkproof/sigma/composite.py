"""The composite proof: one challenge over several signatures and statements about what they hide.

Relation     the conjunction of everything in a `Statement`
Source       Sigma protocols with shared masks under one challenge; Fiat-Shamir with a 128-bit
             challenge; docs/security.md derives soundness and zero knowledge step by step
Rests on     unforgeability of BBS, discrete logarithm in G1, the random oracle; and for
             inequalities on what `zkproof.sigma.inequality` says
Not proven   freshness, unless ``context`` holds the verifier's nonce

On the wire, with every length given by the statement:

    c (16) | per signature: Abar Bbar D (144) | block points (48 each)
           | per signature: e^ r1^ r3^ (96) | m^ of every free slot (32 each) | block responses

Announcements are recomputed by the verifier, not sent.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from zkproof import curve
from zkproof.bbs import knowledge
from zkproof.bbs.knowledge import HeldSignature, Masks, Responses
from zkproof.bbs.pairings import PairingClaim, holds
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.curve import G1, G1_BYTES, SCALAR_BYTES, R
from zkproof.errors import DecodeError, UsageError
from zkproof.sigma import exact, inequality
from zkproof.sigma.exact import ExactConstraints
from zkproof.sigma.inequality import Inequalities
from zkproof.sigma.masks import MaskSource
from zkproof.sigma.statement import Statement, slot_values
from zkproof.sigma.transcript import CHALLENGE_BYTES, Label, Transcript

MAX_ATTEMPTS = 128
"""Restarts before giving up: at the worst abort rate of the parameters, chance below 2^-500."""


@dataclass(frozen=True, slots=True)
class CompositeProof:
    """What travels. Nothing here says how many, which or how large: the statement does."""

    challenge: int
    signature_points: tuple[tuple[G1, G1, G1], ...]  # Abar, Bbar, D
    signature_responses: tuple[tuple[int, int, int], ...]  # e^, r1^, r3^
    slots: tuple[int, ...]  # responses of the free slots
    inequality: inequality.InequalityProof | None
    exact: exact.ExactProof | None


@dataclass(frozen=True, slots=True)
class _Blocks:
    """The blocks that a statement has, with parameters computed from it."""

    inequalities: Inequalities | None
    exact: ExactConstraints | None

    @classmethod
    def of(cls, statement: Statement) -> _Blocks:
        inequalities = None
        if statement.inequalities:
            inequalities = Inequalities.over(statement.inequalities, statement.boxes)
        constraints = None
        if statement.exact or statement.auxiliary:
            first = statement.slot_count - statement.auxiliary
            free = [slot for slot in statement.system.free if slot >= first]
            constraints = ExactConstraints(statement.exact, tuple(free))
        return cls(inequalities, constraints)

    @property
    def points(self) -> int:
        return (self.inequalities is not None) + (self.exact is not None)


def proof_length(statement: Statement) -> int:
    """Octets of a proof for ``statement``."""
    return _length(statement, _Blocks.of(statement))


def _length(statement: Statement, blocks: _Blocks) -> int:
    total = CHALLENGE_BYTES + len(statement.signatures) * (3 * G1_BYTES + 3 * SCALAR_BYTES)
    total += G1_BYTES * blocks.points + SCALAR_BYTES * len(statement.system.free)
    if blocks.inequalities is not None:
        total += inequality.encoded_length(blocks.inequalities)
    if blocks.exact is not None:
        total += SCALAR_BYTES
    return total


def prove(
    statement: Statement,
    held: Sequence[HeldSignature],
    auxiliary: Sequence[int] = (),
    *,
    random: RandomBytes = os_random,
) -> bytes:
    """A proof of ``statement`` from the signatures, in its order, and the auxiliary secrets.

    Raises `UsageError` when the witness does not satisfy the statement. What is then to be told to
    a person is the caller's task: the message here names no value.
    """
    blocks = _Blocks.of(statement)
    _check_witness(statement, held, auxiliary)
    values = slot_values(statement, [each.scalars for each in held], auxiliary)
    integers = _as_integers(statement, values)
    _check_constraints(statement, values)
    transcript = statement_transcript(statement, blocks)
    binding = transcript.digest()
    secrets = [*values, *(each.e for each in held)]

    def fresh(attempt: int) -> MaskSource:
        return MaskSource(random=random, secrets=secrets, statement=binding, attempt=attempt)

    y = None
    if blocks.inequalities is not None:
        y = inequality.decompose_all(blocks.inequalities, integers, random=fresh(0).octets)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        masks = fresh(attempt)
        proof = _attempt(statement, blocks, held, values, integers, y, transcript.copy(), masks)
        if proof is not None:
            return to_octets(proof)
    raise UsageError("no attempt succeeded: the random source is broken")


def _attempt(
    statement: Statement,
    blocks: _Blocks,
    held: Sequence[HeldSignature],
    values: Sequence[int],
    integers: Sequence[int],
    y: Sequence[tuple[int, int, int]] | None,
    transcript: Transcript,
    masks: MaskSource,
) -> CompositeProof | None:
    """Three moves with fresh masks; ``None`` when the inequality block has to start again."""
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
    if blocks.inequalities is not None and y is not None:
        (C, announcements), inequality_state = inequality.commit(
            blocks.inequalities, y, integers, slot_masks, masks
        )
        block_points.append(C)
        block_announcements += announcements
    if blocks.exact is not None:
        (C, D), exact_state = exact.commit(blocks.exact, values, slot_masks, masks)
        block_points.append(C)
        block_announcements.append(D)

    c = _challenge(
        transcript,
        [(f.Abar, f.Bbar, f.D) for f in first],
        block_points,
        [(f.T1, f.T2) for f in first],
        block_announcements,
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
    )


def verify(statement: Statement, proof: bytes, *, random: RandomBytes = os_random) -> bool:
    """Whether ``proof`` shows the statement.

    1. The length is the one the statement gives; every point and scalar is canonical.
    2. The announcements are recomputed and the challenge over everything is the one received.
    3. The pairings hold, folded with fresh weights.

    False for everything that does not hold, malformed proofs included. Raises `UsageError` only for
    a statement that can never be proven soundly.
    """
    try:
        claims = replay(statement, proof)
    except DecodeError:
        return False
    return claims is not None and holds(claims, random=random)


def replay(statement: Statement, proof: bytes) -> list[PairingClaim] | None:
    """Steps 1 and 2 of `verify`; the pairings that remain to be checked, or ``None``.

    What it gives is *not verified*. Raises `DecodeError` for malformed octets.
    """
    blocks = _Blocks.of(statement)
    parsed = _read(statement, blocks, proof)
    c = parsed.challenge
    slots = statement.system.complete_responses(parsed.slots, c)
    announcements: list[tuple[G1, G1]] = []
    for signature, (Abar, Bbar, D), (e_hat, r1_hat, r3_hat) in zip(
        statement.signatures, parsed.signature_points, parsed.signature_responses, strict=True
    ):
        m_hat = tuple(slots[slot] for slot in signature.slots)
        announcements.append(
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
    expected = _challenge(
        statement_transcript(statement, blocks),
        parsed.signature_points,
        block_points,
        announcements,
        block_announcements,
    )
    if not hmac.compare_digest(
        expected.to_bytes(CHALLENGE_BYTES, "big"), c.to_bytes(CHALLENGE_BYTES, "big")
    ):
        return None
    return [
        PairingClaim(Abar, signature.public_key, Bbar)
        for signature, (Abar, Bbar, _) in zip(
            statement.signatures, parsed.signature_points, strict=True
        )
    ]


def statement_transcript(statement: Statement, blocks: _Blocks) -> Transcript:
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
    return t


def _challenge(
    transcript: Transcript,
    signature_points: Sequence[tuple[G1, G1, G1]],
    block_points: Sequence[G1],
    signature_announcements: Sequence[tuple[G1, G1]],
    block_announcements: Sequence[G1],
) -> int:
    flat = [point for points in signature_points for point in points]
    announced = [point for points in signature_announcements for point in points]
    groups = (
        (Label.SIGNATURE_POINTS, flat),
        (Label.BLOCK_POINTS, block_points),
        (Label.SIGNATURE_ANNOUNCEMENTS, announced),
        (Label.BLOCK_ANNOUNCEMENTS, block_announcements),
    )
    octets = curve.encode_g1_many([point for _, points in groups for point in points])
    start = 0
    for label, points in groups:
        end = start + G1_BYTES * len(points)
        transcript.absorb(label, octets[start:end])
        start = end
    return transcript.challenge()


def to_octets(proof: CompositeProof) -> bytes:
    """The layout in the head of this file."""
    points = [point for points in proof.signature_points for point in points]
    points += [block.C for block in (proof.inequality, proof.exact) if block is not None]
    scalars = [s for responses in proof.signature_responses for s in responses]
    scalars += proof.slots
    if proof.exact is not None:
        scalars.append(proof.exact.t)
    parts = [proof.challenge.to_bytes(CHALLENGE_BYTES, "big"), curve.encode_g1_many(points)]
    parts += [s.to_bytes(SCALAR_BYTES, "big") for s in scalars]
    if proof.inequality is not None:
        parts.append(inequality.responses_octets(proof.inequality))
    return b"".join(parts)


def from_octets(statement: Statement, data: bytes) -> CompositeProof:
    """Read a proof for exactly this statement. Raises `DecodeError`; cheap checks come first."""
    return _read(statement, _Blocks.of(statement), data)


def _read(statement: Statement, blocks: _Blocks, data: bytes) -> CompositeProof:
    length = _length(statement, blocks)
    if len(data) != length:
        raise DecodeError("proof", f"{len(data)} octets, not {length}")
    count = len(statement.signatures)
    points_end = CHALLENGE_BYTES + G1_BYTES * (3 * count + blocks.points)
    free = len(statement.system.free)
    scalar_count = 3 * count + free + (blocks.exact is not None)
    scalars_end = points_end + SCALAR_BYTES * scalar_count
    scalars = [
        int.from_bytes(data[i : i + SCALAR_BYTES], "big")
        for i in range(points_end, scalars_end, SCALAR_BYTES)
    ]
    if max(scalars) >= R:
        raise DecodeError("proof.responses", "scalar not below the group order")
    points = iter(curve.decode_g1_many(data[CHALLENGE_BYTES:points_end], "proof.points"))
    signature_points = tuple((next(points), next(points), next(points)) for _ in range(count))
    inequality_proof = exact_proof = None
    if blocks.inequalities is not None:
        inequality_proof = inequality.from_octets(
            blocks.inequalities, next(points), data[scalars_end:]
        )
    if blocks.exact is not None:
        exact_proof = exact.ExactProof(next(points), scalars[-1])
    return CompositeProof(
        challenge=int.from_bytes(data[:CHALLENGE_BYTES], "big"),
        signature_points=signature_points,
        signature_responses=tuple(
            (scalars[3 * i], scalars[3 * i + 1], scalars[3 * i + 2]) for i in range(count)
        ),
        slots=tuple(scalars[3 * count : 3 * count + free]),
        inequality=inequality_proof,
        exact=exact_proof,
    )


def _check_witness(
    statement: Statement, held: Sequence[HeldSignature], auxiliary: Sequence[int]
) -> None:
    if len(held) != len(statement.signatures) or len(auxiliary) != statement.auxiliary:
        raise UsageError("witness: not as many signatures or auxiliary secrets as the statement")
    for i, (signature, each) in enumerate(zip(statement.signatures, held, strict=True)):
        if signature.domain != each.domain or signature.public_key != each.public_key:
            raise UsageError(f"signature {i}: by another key, or on another header")
        if any(each.scalars[k] != m for k, m in signature.disclosed.items()):
            raise UsageError(f"signature {i}: a disclosed value is not the signed one")


def _as_integers(statement: Statement, values: Sequence[int]) -> list[int]:
    """Slot values as the integers their boxes say (negative ones are stored modulo R)."""
    return [
        value - R if box is not None and box[0] < 0 and value > R // 2 else value
        for value, box in zip(values, statement.boxes, strict=True)
    ]


def _check_constraints(statement: Statement, values: Sequence[int]) -> None:
    for equation in statement.linear:
        if (sum(a * values[slot] for slot, a in equation.terms) - equation.constant) % R:
            raise UsageError("the equality does not hold")
    for P in statement.exact:
        if P.value(values) % R:
            raise UsageError("the constraint does not hold")
