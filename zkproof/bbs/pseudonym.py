"""Pseudonyms: the same holder is recognised within a context and unlinkable across contexts.

Relation     the proof of `zkproof.bbs.knowledge`, and pseudonym = poly(nym_secrets) * OP with
             OP = hash_to_curve(context_id) and poly(v) = sum v_k z^k, over the same hidden secrets
Source       draft-irtf-cfrg-bbs-per-verifier-linkability-02 and -03 (vector of nym secrets)
Rests on     DDH in G1 for unlinkability across contexts (not everlasting: N secrets resist N - 1
             broken contexts), and the assumptions of the blind interface
Not proven   that a person has one set of nym secrets only: the signer decides that

The signer adds entropy of its own to the last secret, so that no holder chooses its pseudonym.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zkproof import curve
from zkproof.bbs.blind import checked_commitment, disclosed_layout, sign_blinded
from zkproof.bbs.ciphersuite import Interface, Suite, hash_to_scalar
from zkproof.bbs.ciphersuite import pseudonym as pseudonym_interface
from zkproof.bbs.commitment import commit_with_scalars, commitment_scalars
from zkproof.bbs.encoding import (
    Proof,
    Signature,
    check_messages,
    check_octets,
    scalars_from_octets,
)
from zkproof.bbs.generators import MAX_MESSAGES, generators
from zkproof.bbs.keys import PublicKey, SigningKey
from zkproof.bbs.knowledge import HeldSignature, hold
from zkproof.bbs.proof import (
    challenge,
    checked_indexes,
    proof_scalars,
    prove_with_scalars,
    replay_proof,
    same_scalar,
)
from zkproof.bbs.secret import NymSecret, ProverBlind
from zkproof.bbs.signature import calculate_domain, prepared_minus_bp2
from zkproof.clock import RandomBytes, os_random
from zkproof.curve import G1, R
from zkproof.errors import DecodeError, IssuanceError, UsageError


def commit(
    nym_secrets: Sequence[NymSecret],
    committed_messages: Sequence[bytes] = (),
    *,
    suite: Suite = Suite.SHA256,
    random: RandomBytes = os_random,
) -> tuple[bytes, ProverBlind]:
    """Commit to the holder's part of its nym secrets (at least one) and to further messages.

    Raises `UsageError` for wrong types and when there is no nym secret.
    """
    check_messages(committed_messages, "committed_messages")
    if not nym_secrets:
        raise UsageError("nym_secrets: at least one is needed")
    interface = pseudonym_interface(suite)
    scalars = [
        *interface.messages_to_scalars(committed_messages),
        *(secret._expose() for secret in nym_secrets),
    ]
    drawn = commitment_scalars(interface, scalars, random)
    return commit_with_scalars(interface, scalars, drawn).to_octets(), ProverBlind(drawn[0])


def sign(
    signing_key: SigningKey,
    commitment: bytes,
    nym_count: int,
    messages: Sequence[bytes],
    *,
    signer_nym_entropy: bytes,
    header: bytes = b"",
    suite: Suite = Suite.SHA256,
) -> bytes:
    """Sign, adding ``signer_nym_entropy`` (32 octets, fresh for each holder; hand it over with the
    signature) to the last of the ``nym_count`` committed nym secrets.

    Raises `DecodeError` for a malformed commitment, `IssuanceError` for one that does not hold
    or commits to fewer values than ``nym_count``, `UsageError` for wrong types.
    """
    check_messages(messages)
    check_octets(commitment, "commitment")
    check_octets(header, "header")
    (entropy,) = scalars_from_octets(
        signer_nym_entropy, "signer_nym_entropy", count=1, allow_zero=True
    )
    interface = pseudonym_interface(suite)
    C, committed = checked_commitment(interface, commitment)
    if type(nym_count) is not int or not 1 <= nym_count <= MAX_MESSAGES:
        raise UsageError(f"nym_count: an integer in 1 .. {MAX_MESSAGES}")
    if committed < nym_count:
        raise IssuanceError("commitment: fewer committed values than nym secrets announced")
    over = generators(interface, len(messages), committed + 1)
    domain = calculate_domain(signing_key.public_key, over, _header(header, nym_count))
    B = over.signed_point(domain, interface.messages_to_scalars(messages)) + C
    B = B + curve.msm((over.points[-1],), (entropy,))
    return sign_blinded(signing_key, interface, B).to_octets()


@dataclass(frozen=True, slots=True, repr=False)
class HeldPseudonymSignature:
    """A checked signature whose last ``nym_count`` scalars are the nym secrets."""

    held: HeldSignature
    signer_messages: int
    nym_count: int

    def __repr__(self) -> str:
        return f"<HeldPseudonymSignature, {self.nym_count} nym secrets hidden>"


def hold_signature(
    public_key: PublicKey,
    signature: bytes,
    messages: Sequence[bytes],
    nym_secrets: Sequence[NymSecret],
    prover_blind: ProverBlind,
    committed_messages: Sequence[bytes] = (),
    *,
    signer_nym_entropy: bytes,
    header: bytes = b"",
    suite: Suite = Suite.SHA256,
) -> HeldPseudonymSignature:
    """Finalize: check the signature and add the signer's entropy to the last nym secret.

    Raises `IssuanceError` when the signature does not hold, `DecodeError` when it or the entropy
    is malformed, `UsageError` for wrong types.
    """
    check_octets(signature, "signature")
    check_messages(messages)
    check_messages(committed_messages, "committed_messages")
    check_octets(header, "header")
    if not nym_secrets:
        raise UsageError("nym_secrets: at least one is needed")
    (entropy,) = scalars_from_octets(
        signer_nym_entropy, "signer_nym_entropy", count=1, allow_zero=True
    )
    interface = pseudonym_interface(suite)
    nyms = [secret._expose() for secret in nym_secrets]
    nyms[-1] = (nyms[-1] + entropy) % R
    scalars = (
        *interface.messages_to_scalars(messages),
        prover_blind._expose(),
        *interface.messages_to_scalars(committed_messages),
        *nyms,
    )
    held = hold(
        public_key,
        Signature.from_octets(signature),
        scalars,
        generators=generators(interface, len(messages), len(committed_messages) + len(nyms) + 1),
        header=_header(header, len(nyms)),
    )
    return HeldPseudonymSignature(held, len(messages), len(nyms))


def calculate_pseudonym(held: HeldPseudonymSignature, context_id: bytes) -> bytes:
    """The holder's pseudonym in that context: 48 octets."""
    check_octets(context_id, "context_id")
    interface = held.held.generators.interface
    value = _poly(held.held.scalars[-held.nym_count :], _z(interface, context_id))
    return curve.msm((_op(interface, context_id),), (value,)).encode()


def proof_gen(
    held: HeldPseudonymSignature,
    context_id: bytes,
    disclosed_indexes: Sequence[int],
    disclosed_committed_indexes: Sequence[int] = (),
    *,
    presentation_header: bytes = b"",
    random: RandomBytes = os_random,
) -> tuple[bytes, bytes]:
    """``(proof, pseudonym)`` for a context. Nym secrets can never be disclosed.

    Raises `UsageError` for indexes that are not an ascending selection of their list.
    """
    check_octets(presentation_header, "presentation_header")
    L, core = held.signer_messages, held.held
    signer = checked_indexes(disclosed_indexes, L)
    committed = checked_indexes(
        disclosed_committed_indexes,
        core.generators.count - L - 1 - held.nym_count,
        "disclosed_committed_indexes",
    )
    indexes = (*signer, *(j + L + 1 for j in committed))
    drawn = proof_scalars(core, indexes, presentation_header, context_id, random)
    return prove_pseudonym_with_scalars(held, context_id, indexes, presentation_header, drawn)


def prove_pseudonym_with_scalars(
    held: HeldPseudonymSignature,
    context_id: bytes,
    indexes: Sequence[int],
    presentation_header: bytes,
    drawn: Sequence[int],
) -> tuple[bytes, bytes]:
    """ProofGen on given randomness, for the fixtures; as `prove_with_scalars` of the core."""
    interface = held.held.generators.interface
    op, z = _op(interface, context_id), _z(interface, context_id)
    nyms, masks = held.held.scalars[-held.nym_count :], drawn[-held.nym_count :]
    sent, Ut = curve.msm_rows((op,), ((_poly(nyms, z),), (_poly(masks, z),)))
    if sent.is_identity():
        raise UsageError("nym_secrets: the pseudonym in this context is the identity")
    extra = _challenge_extra(sent, Ut, context_id)
    proof = prove_with_scalars(
        held.held, indexes, presentation_header, drawn, challenge_extra=extra
    )
    return proof, sent.encode()


def proof_verify(
    public_key: PublicKey,
    proof: bytes,
    pseudonym: bytes,
    context_id: bytes,
    nym_count: int,
    signer_messages: int,
    disclosed_messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    disclosed_committed_messages: Sequence[bytes] = (),
    disclosed_committed_indexes: Sequence[int] = (),
    *,
    header: bytes = b"",
    presentation_header: bytes = b"",
    suite: Suite = Suite.SHA256,
) -> bool:
    """Whether ``proof`` holds and ``pseudonym`` is its holder's in ``context_id``.

    ``context_id`` must be the verifier's own, never the prover's. False for whatever does not
    hold, an identity pseudonym among it; raises `UsageError` for wrong types.
    """
    for value, field in (
        (proof, "proof"),
        (pseudonym, "pseudonym"),
        (context_id, "context_id"),
        (header, "header"),
        (presentation_header, "presentation_header"),
    ):
        check_octets(value, field)
    check_messages(disclosed_messages, "disclosed_messages")
    check_messages(disclosed_committed_messages, "disclosed_committed_messages")
    if type(nym_count) is not int:
        raise UsageError("nym_count: expected an integer")
    interface = pseudonym_interface(suite)
    try:
        layout = disclosed_layout(
            proof,
            signer_messages,
            (len(disclosed_messages), disclosed_indexes),
            (len(disclosed_committed_messages), disclosed_committed_indexes),
        )
        if layout is None:
            return False
        indexes, committed_count = layout
        # A committed index among the last nym_count would "disclose" a nym secret and so let the
        # prover put any response in its place.
        last = disclosed_committed_indexes[-1] if disclosed_committed_indexes else -1
        if not 1 <= nym_count <= committed_count or last >= committed_count - nym_count:
            return False
        parsed = Proof.from_octets(proof)
        sent = curve.decode_g1(pseudonym, "pseudonym")
    except DecodeError:
        return False
    if sent == curve.g1_generator:
        return False
    over = generators(interface, signer_messages, committed_count + 1)
    domain = calculate_domain(public_key, over, _header(header, nym_count))
    scalars = interface.messages_to_scalars((*disclosed_messages, *disclosed_committed_messages))
    disclosed = dict(zip(indexes, scalars, strict=True))
    T1, T2 = replay_proof(parsed, over, domain, disclosed)
    response = _poly(parsed.m_hat[-nym_count:], _z(interface, context_id))
    Uv = curve.msm_vartime((_op(interface, context_id), sent), (response, -parsed.challenge % R))
    if Uv.is_identity():
        return False
    points = parsed.points_octets + curve.encode_g1_many((T1, T2))
    extra = _challenge_extra(sent, Uv, context_id)
    c = challenge(over, domain, disclosed, points, presentation_header, extra)
    return same_scalar(c, parsed.challenge) and curve.pairing_check(
        ((parsed.Abar, public_key.prepared), (parsed.Bbar, prepared_minus_bp2()))
    )


def _header(header: bytes, nym_count: int) -> bytes:
    return header + nym_count.to_bytes(8, "big")


def _op(interface: Interface, context_id: bytes) -> G1:
    return curve.map_to_g1(interface.expander.expand(context_id, interface.api_id, 128))


def _z(interface: Interface, context_id: bytes) -> int:
    dst = interface.api_id + b"VECT_NYM_SECRETS"
    return hash_to_scalar(context_id, dst, interface.expander)


def _poly(values: Sequence[int], z: int) -> int:
    """``sum values[k] * z^k``, by Horner."""
    total = 0
    for value in reversed(values):
        total = (total * z + value) % R
    return total


def _challenge_extra(pseudonym: G1, U: G1, context_id: bytes) -> tuple[bytes, bytes]:
    return (
        curve.encode_g1_many((pseudonym, U)),
        len(context_id).to_bytes(8, "big") + context_id,
    )
