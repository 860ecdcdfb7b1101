"""Change some messages of a signature without the holder's part in a new issuance.

Not in the draft. The signer keeps a `SigningRecord` of what it signed: the point ``B``, the domain
and the scalars of its own messages, but nothing of what a commitment hid. From it a new
signature follows with one multiplication for each changed message.

Every update takes a fresh ``e``. Two signatures with one ``e`` on different messages would combine:
``t*A_1 + (1-t)*A_2`` signs ``t*m_1 + (1-t)*m_2`` for every ``t``, a forgery.

A record is authenticated under the secret key, because a signer that updated whatever ``B`` it was
handed would sign points that nobody checked.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zkproof import curve
from zkproof.bbs.blind import checked_commitment, sign_blinded
from zkproof.bbs.ciphersuite import Interface, Suite, blind, plain
from zkproof.bbs.encoding import (
    Signature,
    check_messages,
    check_octets,
    join_scalars,
    scalar_octets,
    scalars_from_octets,
)
from zkproof.bbs.generators import MAX_MESSAGES, Generators, generators
from zkproof.bbs.keys import SigningKey
from zkproof.bbs.signature import calculate_domain
from zkproof.curve import G1, R
from zkproof.errors import DecodeError, IssuanceError, UsageError

_TAG_DST = b"ZKPROOF_BBS_SIGNING_RECORD_V1_"
_HEAD = 1 + 2 * 8
_TAIL = 48 + 32 + 32


@dataclass(frozen=True, slots=True, repr=False)
class SigningRecord:
    """What the signer keeps. ``committed`` is ``M + 1`` for a blind signature, else ``None``."""

    suite: Suite
    committed: int | None
    scalars: tuple[int, ...]
    B: G1
    domain: int
    tag: int

    def __repr__(self) -> str:
        return f"<SigningRecord of {len(self.scalars)} messages>"

    def to_octets(self) -> bytes:
        """One flag octet, two 8-octet counts, ``B``, domain, scalars, tag."""
        return b"".join(
            (
                bytes((list(Suite).index(self.suite),)),
                len(self.scalars).to_bytes(8, "big"),
                (self.committed or 0).to_bytes(8, "big"),
                self.B.encode(),
                join_scalars((self.domain, *self.scalars, self.tag)),
            )
        )

    @classmethod
    def from_octets(cls, data: bytes) -> SigningRecord:
        """Raises `DecodeError`. Whether the signer made it is checked when it is used."""
        count = (len(data) - _HEAD - _TAIL) // 32
        if len(data) < _HEAD + _TAIL or (len(data) - _HEAD - _TAIL) % 32:
            raise DecodeError("record", f"length of {len(data)} octets")
        if data[0] >= len(Suite):
            raise DecodeError("record.suite", "unknown")
        committed = int.from_bytes(data[9:17], "big")
        if int.from_bytes(data[1:9], "big") != count or max(count, committed) > MAX_MESSAGES:
            raise DecodeError("record", "counts do not fit its length")
        B = curve.decode_g1(data[17:65], "record.B")
        domain, *scalars, tag = scalars_from_octets(data[65:], "record", allow_zero=True)
        return cls(list(Suite)[data[0]], committed or None, tuple(scalars), B, domain, tag)

    def _generators(self) -> Generators:
        return generators(_interface(self), len(self.scalars), self.committed)


def record(
    signing_key: SigningKey,
    signature: bytes,
    messages: Sequence[bytes],
    *,
    commitment: bytes | None = None,
    header: bytes = b"",
    suite: Suite = Suite.SHA256,
) -> SigningRecord:
    """The record of a signature this key made. ``commitment`` is ``None`` for a plain signature
    and the octets given to `blind.sign` for a blind one.

    Raises `IssuanceError` when the signature is not one on this input, `DecodeError` and
    `UsageError` as `sign` does.
    """
    check_octets(signature, "signature")
    check_messages(messages)
    check_octets(header, "header")
    parsed = Signature.from_octets(signature)
    if commitment is None:
        interface, C, committed = plain(suite), curve.g1_identity, None
    else:
        interface = blind(suite)
        C, M = checked_commitment(interface, commitment)
        committed = M + 1
    over = generators(interface, len(messages), committed)
    domain = calculate_domain(signing_key.public_key, over, header)
    scalars = tuple(interface.messages_to_scalars(messages))
    B = over.signed_point(domain, scalars) + C
    if signing_key.secret.divide_by_sum(B, parsed.e) != parsed.A:
        raise IssuanceError("signature: not one by this key on this input")
    return _authenticated(signing_key, SigningRecord(suite, committed, scalars, B, domain, 0))


def update(
    signing_key: SigningKey, kept: SigningRecord, changes: Mapping[int, bytes]
) -> tuple[bytes, SigningRecord]:
    """A signature with the messages at the indexes of ``changes`` replaced, and its record.

    Header, number of messages and everything hidden stay. The old signature stays valid: revoke it
    if it must not be shown any more. Raises `IssuanceError` for a record this key did not make,
    `UsageError` for indexes out of range and wrong types.
    """
    if not hmac.compare_digest(scalar_octets(_tag(signing_key, kept)), scalar_octets(kept.tag)):
        raise IssuanceError("record: not made by this key, or changed since")
    for i, message in changes.items():
        check_octets(message, f"changes[{i}]")
        if type(i) is not int or not 0 <= i < len(kept.scalars):
            raise UsageError(f"changes: index outside 0 .. {len(kept.scalars) - 1}")
    over = kept._generators()
    mapped = _interface(kept).messages_to_scalars(list(changes.values()))
    new = dict(zip(changes, mapped, strict=True))
    deltas = [(new[i] - old) % R if i in new else None for i, old in enumerate(kept.scalars)]
    B = kept.B + over.msm(None, deltas)
    scalars = tuple(new.get(i, old) for i, old in enumerate(kept.scalars))
    updated = SigningRecord(kept.suite, kept.committed, scalars, B, kept.domain, 0)
    signature = sign_blinded(signing_key, _interface(kept), B)
    return signature.to_octets(), _authenticated(signing_key, updated)


def _interface(kept: SigningRecord) -> Interface:
    return plain(kept.suite) if kept.committed is None else blind(kept.suite)


def _authenticated(signing_key: SigningKey, kept: SigningRecord) -> SigningRecord:
    return SigningRecord(
        kept.suite, kept.committed, kept.scalars, kept.B, kept.domain, _tag(signing_key, kept)
    )


def _tag(signing_key: SigningKey, kept: SigningRecord) -> int:
    """A code under the secret key: expand_message keeps the key from being extended upon."""
    untagged = kept.to_octets()[:-32]
    return signing_key.secret.hash_to_scalar(untagged, _TAG_DST, kept.suite.expander)
