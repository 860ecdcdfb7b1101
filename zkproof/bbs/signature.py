"""Signing and verifying a vector of messages.

Relation     h(A, W + e*BP2) = h(B, BP2)   with   B = P1 + domain*Q_1 + sum m_i*H_i
Source       draft-irtf-cfrg-bbs-signatures, sections 3.5.1, 3.5.2 and 3.6.1 to 3.6.3
Rests on     q-SDH (Tessaro-Zhu 2023); deterministic ``e``
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from zkproof import curve
from zkproof.bbs.ciphersuite import Suite, plain
from zkproof.bbs.encoding import (
    Signature,
    check_messages,
    check_octets,
    join_scalars,
    scalar_octets,
)
from zkproof.bbs.generators import MAX_MESSAGES, Generators, generators
from zkproof.bbs.keys import PublicKey, SigningKey
from zkproof.curve import G1, PreparedG2
from zkproof.errors import DecodeError, UsageError


def sign(
    signing_key: SigningKey,
    messages: Sequence[bytes],
    *,
    header: bytes = b"",
    suite: Suite = Suite.SHA256,
) -> bytes:
    """Sign ``messages`` (any octets, any number up to `MAX_MESSAGES`) and ``header``.

    Gives 80 octets; the same ones for the same input. Raises `UsageError` for wrong types and
    for too many messages.
    """
    check_messages(messages)
    check_octets(header, "header")
    interface = plain(suite)
    return sign_scalars(
        signing_key,
        interface.messages_to_scalars(messages),
        generators=generators(interface, len(messages)),
        header=header,
    ).to_octets()


def verify(
    public_key: PublicKey,
    signature: bytes,
    messages: Sequence[bytes],
    *,
    header: bytes = b"",
    suite: Suite = Suite.SHA256,
) -> bool:
    """Whether ``signature`` is one by ``public_key`` on exactly these messages and this header.

    False for every malformed signature and for too many messages. Raises `UsageError` for wrong
    types only.
    """
    check_octets(signature, "signature")
    check_messages(messages)
    check_octets(header, "header")
    if len(messages) > MAX_MESSAGES:
        return False
    try:
        parsed = Signature.from_octets(signature)
    except DecodeError:
        return False
    interface = plain(suite)
    return verify_scalars(
        public_key,
        parsed,
        interface.messages_to_scalars(messages),
        generators=generators(interface, len(messages)),
        header=header,
    )


def calculate_domain(public_key: PublicKey, generators: Generators, header: bytes) -> int:
    """The scalar that binds key, generators, interface and header to the signature."""
    return generators.interface.hash_to_scalar(
        b"".join(
            (
                public_key.octets,
                generators.count.to_bytes(8, "big"),
                generators.encoded,
                generators.interface.api_id,
                len(header).to_bytes(8, "big"),
                header,
            )
        )
    )


def sign_scalars(
    signing_key: SigningKey, scalars: Sequence[int], *, generators: Generators, header: bytes
) -> Signature:
    """CoreSign: ``scalars`` are the mapped messages, as many as there are message points."""
    domain = calculate_domain(signing_key.public_key, generators, header)
    interface = generators.interface
    e = signing_key.secret.hash_to_scalar(
        join_scalars(scalars) + scalar_octets(domain), interface.h2s_dst, interface.expander
    )
    return sign_point(signing_key, generators.signed_point(domain, scalars), e)


def sign_point(signing_key: SigningKey, B: G1, e: int) -> Signature:
    """``A = B / (SK + e)``. ``B`` must be a sum of generators that the signer knows to be one.

    Raises `UsageError` when ``B`` is the identity or ``e`` is zero or ``-SK``: chance 2^-254,
    or an attempt to make it happen.
    """
    if e == 0 or B.is_identity():
        raise UsageError("messages: no signature exists on this input")
    return Signature(signing_key.secret.divide_by_sum(B, e), e)


def verify_scalars(
    public_key: PublicKey,
    signature: Signature,
    scalars: Sequence[int],
    *,
    generators: Generators,
    header: bytes,
) -> bool:
    """CoreVerify on the G1 side: ``h(A, W) * h(e*A - B, BP2) = 1``, one sum and two pairings."""
    domain = calculate_domain(public_key, generators, header)
    e_A_minus_B = generators.msm_vartime(
        -1 % curve.R,
        -domain % curve.R,
        [-m % curve.R for m in scalars],
        (signature.A,),
        (signature.e,),
    )
    return curve.pairing_check(((signature.A, public_key.prepared), (e_A_minus_B, prepared_bp2())))


@cache
def prepared_bp2() -> PreparedG2:
    """``BP2`` with its pairing lines."""
    return curve.prepare_g2(curve.g2_generator)


@cache
def prepared_minus_bp2() -> PreparedG2:
    """``-BP2`` with its pairing lines: the fixed side of every proof's pairing check."""
    return curve.prepare_g2(-curve.g2_generator)


__all__ = [
    "calculate_domain",
    "prepared_bp2",
    "prepared_minus_bp2",
    "sign",
    "sign_point",
    "sign_scalars",
    "verify",
    "verify_scalars",
]
