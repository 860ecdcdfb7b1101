"""Blind issuance: the signer signs messages of its own and messages it never sees.

Source       draft-irtf-cfrg-bbs-blind-signatures-02, as its published fixtures have it: ``e``
hashes
             the secret key and ``B`` only, and the domain covers ``Q_2``
Rests on     the proof in the commitment; see `zkproof.bbs.commitment`

The signed vector is ``m_1 ... m_L``, the prover's blind, ``k_1 ... k_M``: index ``L`` is never
disclosed. From the outside there are two lists with indexes of their own.

Usage:

1. holder: ``commitment, prover_blind = commit(committed_messages)``
2. signer: ``signature = sign(signing_key, messages, commitment=commitment)``
3. holder: ``held = hold_signature(public_key, signature, messages, committed_messages,
prover_blind)``
4. holder: ``proof = proof_gen(held, disclosed_indexes, disclosed_committed_indexes)``
5. verifier: ``proof_verify(public_key, proof, L, ...)``
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zkproof import curve
from zkproof.bbs.ciphersuite import Interface, Suite
from zkproof.bbs.ciphersuite import blind as blind_interface
from zkproof.bbs.commitment import (
    CommitmentProof,
    commit_with_scalars,
    commitment_scalars,
    verify_commitment,
)
from zkproof.bbs.encoding import (
    Proof,
    Signature,
    check_messages,
    check_octets,
    undisclosed_count,
)
from zkproof.bbs.generators import MAX_MESSAGES, Generators, generators
from zkproof.bbs.keys import PublicKey, SigningKey
from zkproof.bbs.knowledge import HeldSignature, hold
from zkproof.bbs.proof import (
    ascending_in_range,
    check_index_types,
    checked_indexes,
    recompute_challenge,
)
from zkproof.bbs.proof import proof_gen as core_proof_gen
from zkproof.bbs.secret import ProverBlind
from zkproof.bbs.signature import (
    calculate_domain,
    prepared_minus_bp2,
    sign_point,
    verify_scalars,
)
from zkproof.clock import RandomBytes, os_random
from zkproof.curve import G1
from zkproof.errors import DecodeError, IssuanceError, UsageError


def commit(
    committed_messages: Sequence[bytes],
    *,
    suite: Suite = Suite.SHA256,
    random: RandomBytes = os_random,
) -> tuple[bytes, ProverBlind]:
    """Commit to messages the signer shall not see.

    Gives the commitment with its proof (112 octets and 32 a message) and the blind, which the
    holder keeps. Raises `UsageError` for wrong types and too many messages.
    """
    check_messages(committed_messages, "committed_messages")
    interface = blind_interface(suite)
    scalars = interface.messages_to_scalars(committed_messages)
    drawn = commitment_scalars(interface, scalars, random)
    return commit_with_scalars(interface, scalars, drawn).to_octets(), ProverBlind(drawn[0])


def sign(
    signing_key: SigningKey,
    messages: Sequence[bytes],
    *,
    commitment: bytes = b"",
    header: bytes = b"",
    suite: Suite = Suite.SHA256,
) -> bytes:
    """Sign ``messages`` together with what ``commitment`` hides (empty octets: nothing).

    Raises `DecodeError` for a malformed commitment, `IssuanceError` for one whose proof does
    not hold, `UsageError` for wrong types and too many messages.
    """
    check_messages(messages)
    check_octets(commitment, "commitment")
    check_octets(header, "header")
    interface = blind_interface(suite)
    C, M = checked_commitment(interface, commitment)
    over = generators(interface, len(messages), M + 1)
    domain = calculate_domain(signing_key.public_key, over, header)
    B = over.signed_point(domain, interface.messages_to_scalars(messages)) + C
    return sign_blinded(signing_key, interface, B).to_octets()


def verify(
    public_key: PublicKey,
    signature: bytes,
    messages: Sequence[bytes],
    committed_messages: Sequence[bytes] = (),
    prover_blind: ProverBlind | None = None,
    *,
    header: bytes = b"",
    suite: Suite = Suite.SHA256,
) -> bool:
    """The holder's check of what it received; ``None`` for a signature without commitment.

    False for whatever does not hold; raises `UsageError` for wrong types.
    """
    check_octets(signature, "signature")
    check_octets(header, "header")
    over, scalars = _vector(messages, committed_messages, prover_blind, suite)
    try:
        parsed = Signature.from_octets(signature)
    except DecodeError:
        return False
    return verify_scalars(public_key, parsed, scalars, generators=over, header=header)


@dataclass(frozen=True, slots=True, repr=False)
class HeldBlindSignature:
    """A checked signature and the number ``L`` of messages that are the signer's."""

    held: HeldSignature
    signer_messages: int

    def __repr__(self) -> str:
        return f"<HeldBlindSignature, {self.signer_messages} signer messages>"


def hold_signature(
    public_key: PublicKey,
    signature: bytes,
    messages: Sequence[bytes],
    committed_messages: Sequence[bytes] = (),
    prover_blind: ProverBlind | None = None,
    *,
    header: bytes = b"",
    suite: Suite = Suite.SHA256,
) -> HeldBlindSignature:
    """Check a signature and keep what proofs need. Raises as `zkproof.bbs.hold_signature`."""
    check_octets(signature, "signature")
    check_octets(header, "header")
    over, scalars = _vector(messages, committed_messages, prover_blind, suite)
    parsed = Signature.from_octets(signature)
    held = hold(public_key, parsed, scalars, generators=over, header=header)
    return HeldBlindSignature(held, len(messages))


def proof_gen(
    held: HeldBlindSignature,
    disclosed_indexes: Sequence[int],
    disclosed_committed_indexes: Sequence[int] = (),
    *,
    presentation_header: bytes = b"",
    random: RandomBytes = os_random,
) -> bytes:
    """A proof disclosing some signer messages and some committed messages.

    Raises `UsageError` for indexes that are not an ascending selection of their list.
    """
    L = held.signer_messages
    signer = checked_indexes(disclosed_indexes, L)
    committed = checked_indexes(
        disclosed_committed_indexes,
        held.held.generators.count - L - 1,
        "disclosed_committed_indexes",
    )
    return core_proof_gen(
        held.held,
        (*signer, *(j + L + 1 for j in committed)),
        presentation_header=presentation_header,
        random=random,
    )


def proof_verify(
    public_key: PublicKey,
    proof: bytes,
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
    """Whether ``proof`` shows a blind signature with these messages at these indexes.

    ``signer_messages`` is the number ``L`` of the signer's messages, disclosed or not. It may come
    from the prover: a wrong one changes generators and domain. False for whatever does not
    hold; raises `UsageError` for wrong types.
    """
    check_octets(proof, "proof")
    check_octets(header, "header")
    check_octets(presentation_header, "presentation_header")
    check_messages(disclosed_messages, "disclosed_messages")
    check_messages(disclosed_committed_messages, "disclosed_committed_messages")
    interface = blind_interface(suite)
    try:
        layout = disclosed_layout(
            proof,
            signer_messages,
            (len(disclosed_messages), disclosed_indexes),
            (len(disclosed_committed_messages), disclosed_committed_indexes),
        )
        if layout is None:
            return False
        parsed = Proof.from_octets(proof)
    except DecodeError:
        return False
    indexes, committed_count = layout
    over = generators(interface, signer_messages, committed_count + 1)
    scalars = interface.messages_to_scalars((*disclosed_messages, *disclosed_committed_messages))
    checked = recompute_challenge(
        parsed,
        over,
        calculate_domain(public_key, over, header),
        dict(zip(indexes, scalars, strict=True)),
        presentation_header,
    )
    return checked is not None and curve.pairing_check(
        ((parsed.Abar, public_key.prepared), (parsed.Bbar, prepared_minus_bp2()))
    )


def checked_commitment(interface: Interface, commitment: bytes) -> tuple[G1, int]:
    """``(C, M)``, or the identity and 0 for empty octets. Raises `DecodeError` and
    `IssuanceError`.
    """
    if not commitment:
        return curve.g1_identity, 0
    parsed = CommitmentProof.from_octets(commitment)
    if not verify_commitment(interface, parsed):
        raise IssuanceError("commitment: its proof does not hold")
    return parsed.C, len(parsed.m_hat)


def sign_blinded(signing_key: SigningKey, interface: Interface, B: G1) -> Signature:
    """``e = H2S([32] SK || B)`` and ``A = B/(SK + e)``."""
    e = signing_key.secret.hash_to_scalar(B.encode(), interface.h2s_dst, interface.expander)
    return sign_point(signing_key, B, e)


def disclosed_layout(
    proof: bytes,
    signer_messages: int,
    signer: tuple[int, Sequence[int]],
    committed: tuple[int, Sequence[int]],
) -> tuple[tuple[int, ...], int] | None:
    """Disclosed indexes in the combined vector and ``M``; ``None`` when they do not fit.

    ``signer`` and ``committed`` are (number of messages, indexes). Bounds are checked before
    shifting, so that no committed index can land on a signer message or on the blind. Raises
    `DecodeError` for a length no proof has, `UsageError` for wrong types.
    """
    (signer_count, signer_indexes), (committed_count, committed_indexes) = signer, committed
    check_index_types(signer_indexes, "disclosed_indexes")
    check_index_types(committed_indexes, "disclosed_committed_indexes")
    if type(signer_messages) is not int:
        raise UsageError("signer_messages: expected an integer")
    if len(signer_indexes) != signer_count or len(committed_indexes) != committed_count:
        return None
    total = undisclosed_count(proof) + signer_count + committed_count
    M = total - signer_messages - 1
    if not 0 <= signer_messages <= MAX_MESSAGES or not 0 <= M < MAX_MESSAGES:
        return None
    if not ascending_in_range(signer_indexes, signer_messages):
        return None
    if not ascending_in_range(committed_indexes, M):
        return None
    return (*signer_indexes, *(j + signer_messages + 1 for j in committed_indexes)), M


def _vector(
    messages: Sequence[bytes],
    committed_messages: Sequence[bytes],
    prover_blind: ProverBlind | None,
    suite: Suite,
) -> tuple[Generators, list[int]]:
    check_messages(messages)
    check_messages(committed_messages, "committed_messages")
    interface = blind_interface(suite)
    over = generators(interface, len(messages), len(committed_messages) + 1)
    blind = 0 if prover_blind is None else prover_blind._expose()
    scalars = interface.messages_to_scalars((*messages, *committed_messages))
    return over, [*scalars[: len(messages)], blind, *scalars[len(messages) :]]
