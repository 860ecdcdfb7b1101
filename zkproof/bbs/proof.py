"""ProofGen and ProofVerify: show some messages of a signature and hide the rest.

Source       draft-irtf-cfrg-bbs-signatures, sections 3.5.3, 3.5.4 and 3.7
Not proven   freshness: that is what the presentation header is for
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence

from zkproof import curve
from zkproof.bbs.ciphersuite import Suite, plain
from zkproof.bbs.encoding import (
    Proof,
    Signature,
    check_messages,
    check_octets,
    join_scalars,
    scalar_octets,
    undisclosed_count,
)
from zkproof.bbs.generators import MAX_MESSAGES, Generators, generators
from zkproof.bbs.keys import PublicKey
from zkproof.bbs.knowledge import (
    FirstMessage,
    HeldSignature,
    Masks,
    Responses,
    commit,
    hold,
    replay,
    respond,
)
from zkproof.bbs.masks import MaskSource
from zkproof.bbs.signature import calculate_domain, prepared_minus_bp2
from zkproof.clock import RandomBytes, os_random
from zkproof.errors import DecodeError, UsageError


def hold_signature(
    public_key: PublicKey,
    signature: bytes,
    messages: Sequence[bytes],
    *,
    header: bytes = b"",
    suite: Suite = Suite.SHA256,
) -> HeldSignature:
    """Check a signature and keep what every proof from it needs.

    Raises `IssuanceError` when the signature does not hold, `DecodeError` when it is malformed,
    `UsageError` for wrong types and too many messages.
    """
    check_octets(signature, "signature")
    check_messages(messages)
    check_octets(header, "header")
    interface = plain(suite)
    return hold(
        public_key,
        Signature.from_octets(signature),
        interface.messages_to_scalars(messages),
        generators=generators(interface, len(messages)),
        header=header,
    )


def proof_gen(
    held: HeldSignature,
    disclosed_indexes: Sequence[int],
    *,
    presentation_header: bytes = b"",
    random: RandomBytes = os_random,
) -> bytes:
    """A proof that discloses the messages at ``disclosed_indexes`` (0-based, ascending).

    Gives 272 octets and 32 for each hidden message. ``presentation_header`` binds the proof to
    its occasion (a verifier's nonce). Masks are hedged (`zkproof.bbs.masks`): where ``random``
    repeats, proofs for other occasions still get masks of their own. Raises `UsageError` for
    indexes that are out of range, repeated or unsorted.
    """
    check_octets(presentation_header, "presentation_header")
    indexes = checked_indexes(disclosed_indexes, held.generators.count)
    drawn = proof_scalars(held, indexes, presentation_header, b"", random)
    return prove_with_scalars(held, indexes, presentation_header, drawn)


def proof_scalars(
    held: HeldSignature,
    indexes: Sequence[int],
    presentation_header: bytes,
    context: bytes,
    random: RandomBytes,
) -> list[int]:
    """Hedged randomness for `prove_with_scalars`: r1 and r2 are not zero."""
    count = 5 + held.generators.count - len(indexes)
    statement = b"".join(
        len(part).to_bytes(8, "big") + part
        for part in (
            held.public_key.octets,
            scalar_octets(held.domain),
            b"".join(index.to_bytes(8, "big") for index in indexes),
            presentation_header,
            context,
        )
    )
    masks = MaskSource(
        random=random, secrets=(held.e, *held.scalars), statement=statement, attempt=0
    )
    return [masks.nonzero_scalar(), masks.nonzero_scalar(), *masks.scalars(count - 2)]


def prove_with_scalars(
    held: HeldSignature,
    indexes: Sequence[int],
    presentation_header: bytes,
    drawn: Sequence[int],
    *,
    challenge_extra: tuple[bytes, bytes] = (b"", b""),
) -> bytes:
    """ProofGen on given randomness, for the fixtures of the drafts.

    Predictable or repeated ``drawn`` scalars give away every hidden message.
    """
    disclosed = {i: held.scalars[i] for i in indexes}
    hidden = [i for i in range(held.generators.count) if i not in disclosed]
    r1, r2, e_tilde, r1_tilde, r3_tilde, *m_tilde = drawn
    masks = Masks(r1, r2, e_tilde, r1_tilde, r3_tilde, tuple(m_tilde))
    first = commit(held, hidden, masks)
    points = curve.encode_g1_many((first.Abar, first.Bbar, first.D, first.T1, first.T2))
    c = challenge(
        held.generators, held.domain, disclosed, points, presentation_header, challenge_extra
    )
    return assemble(first, points[:144], respond(held, hidden, masks, c), c).to_octets()


def assemble(first: FirstMessage, points_octets: bytes, responses: Responses, c: int) -> Proof:
    """The proof as it travels."""
    return Proof(
        first.Abar,
        first.Bbar,
        first.D,
        responses.e_hat,
        responses.r1_hat,
        responses.r3_hat,
        responses.m_hat,
        c,
        points_octets,
    )


def proof_verify(
    public_key: PublicKey,
    proof: bytes,
    disclosed_messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    *,
    header: bytes = b"",
    presentation_header: bytes = b"",
    suite: Suite = Suite.SHA256,
) -> bool:
    """Whether ``proof`` shows a signature by ``public_key`` on ``header`` and a vector that has
    the disclosed messages at the disclosed indexes.

    1. Lengths and counts fit, indexes ascend strictly and lie in range.
    2. The points are canonical, in the subgroup and not the identity; scalars are in
       ``1 .. R-1``.
    3. The challenge recomputed from the announcements is the one in the proof: a false
       statement, a changed message, header or presentation header ends here.
    4. ``h(Abar, W) = h(Bbar, BP2)``: a proof about a made-up ``A`` ends here, and only here.

    Everything untrusted that does not hold gives False. Raises `UsageError` for wrong types.
    """
    terms = verify_challenge(
        public_key, proof, disclosed_messages, disclosed_indexes, header, presentation_header, suite
    )
    if terms is None:
        return False
    return curve.pairing_check(  # 4.
        ((terms.Abar, public_key.prepared), (terms.Bbar, prepared_minus_bp2()))
    )


def verify_challenge(
    public_key: PublicKey,
    proof: bytes,
    disclosed_messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    header: bytes,
    presentation_header: bytes,
    suite: Suite,
) -> Proof | None:
    """Steps 1 to 3 of `proof_verify`; the proof parsed, or ``None`` where one of them fails.

    What it gives is *not verified*: the pairing is still to be checked.
    """
    check_octets(proof, "proof")
    check_messages(disclosed_messages, "disclosed_messages")
    check_octets(header, "header")
    check_octets(presentation_header, "presentation_header")
    check_index_types(disclosed_indexes)
    try:
        total = undisclosed_count(proof) + len(disclosed_indexes)
        if total > MAX_MESSAGES or len(disclosed_messages) != len(disclosed_indexes):
            return None
        if not ascending_in_range(disclosed_indexes, total):
            return None
        parsed = Proof.from_octets(proof)
    except DecodeError:
        return None
    interface = plain(suite)
    scalars = interface.messages_to_scalars(disclosed_messages)
    over = generators(interface, total)
    return recompute_challenge(
        parsed,
        over,
        calculate_domain(public_key, over, header),
        dict(zip(disclosed_indexes, scalars, strict=True)),
        presentation_header,
    )


def recompute_challenge(
    proof: Proof,
    over: Generators,
    domain: int,
    disclosed: Mapping[int, int],
    presentation_header: bytes,
) -> Proof | None:
    """Step 3 on parsed input; shared with the blind interface."""
    T1, T2 = replay_proof(proof, over, domain, disclosed)
    points = proof.points_octets + curve.encode_g1_many((T1, T2))
    c = challenge(over, domain, disclosed, points, presentation_header)
    return proof if same_scalar(c, proof.challenge) else None


def replay_proof(
    proof: Proof, over: Generators, domain: int, disclosed: Mapping[int, int]
) -> tuple[curve.G1, curve.G1]:
    """``(T1, T2)`` from a proof."""
    responses = Responses(proof.e_hat, proof.r1_hat, proof.r3_hat, proof.m_hat)
    return replay(
        over, domain, disclosed, proof.Abar, proof.Bbar, proof.D, responses, proof.challenge
    )


def challenge(
    over: Generators,
    domain: int,
    disclosed: Mapping[int, int],
    points: bytes,
    presentation_header: bytes,
    extra: tuple[bytes, bytes] = (b"", b""),
) -> int:
    """ProofChallengeCalculate. ``disclosed`` in ascending order; ``points`` are the encodings of
    ``Abar, Bbar, D, T1, T2``; ``extra`` are the pseudonym interface's additions, after the
    points and at the end.
    """
    parts = [len(disclosed).to_bytes(8, "big")]
    for i, m in disclosed.items():
        parts += (i.to_bytes(8, "big"), scalar_octets(m))
    parts += (
        points,
        extra[0],
        scalar_octets(domain),
        len(presentation_header).to_bytes(8, "big"),
        presentation_header,
        extra[1],
    )
    return over.interface.hash_to_scalar(b"".join(parts))


def same_scalar(a: int, b: int) -> bool:
    """Comparison in constant time."""
    return hmac.compare_digest(join_scalars((a,)), join_scalars((b,)))


def check_index_types(indexes: Sequence[int], field: str = "disclosed_indexes") -> None:
    """Raises `UsageError` unless ``indexes`` is a sequence of integers."""
    if isinstance(indexes, bytes | str) or not isinstance(indexes, Sequence):
        raise UsageError(f"{field}: expected a sequence of integers")
    for position, i in enumerate(indexes):
        if type(i) is not int:  # True would pass isinstance and select message 1
            raise UsageError(f"{field}[{position}]: expected an integer, got {type(i).__name__}")


def ascending_in_range(indexes: Sequence[int], count: int) -> bool:
    """Whether indexes ascend strictly (hence none repeats) within ``0 .. count-1``."""
    previous = -1
    for i in indexes:
        if not previous < i < count:
            return False
        previous = i
    return True


def checked_indexes(
    indexes: Sequence[int], count: int, field: str = "disclosed_indexes"
) -> tuple[int, ...]:
    """The indexes of a caller. Raises `UsageError` when they are not an ascending selection."""
    check_index_types(indexes, field)
    if not ascending_in_range(indexes, count):
        raise UsageError(
            f"{field}: must ascend strictly within 0 .. {count - 1}",
            hint="sort the indexes and remove repetitions",
        )
    return tuple(indexes)


__all__ = [
    "hold_signature",
    "proof_gen",
    "proof_verify",
]
