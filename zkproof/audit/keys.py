"""The key that a ceremony ends with: public for all, one share for each authority.

Relation     ``K = k*g`` with ``k = sum_i f_i(0)``; party j's share ``k_j = sum_i f_i(j)``; the
             commitments to the sum of the polynomials give K and every ``K_j = k_j*g``
Source       Pedersen 1991; what it lacks: Gennaro, Jarecki, Krawczyk and Rabin 2007
Rests on     at most ``threshold - 1`` authorities working together; discrete logarithm in G1
Not proven   that all authorities hold the same contributions: they compare the key's fingerprint
             before it is registered

Whoever contributes last sees the others' ``A_0`` and can try several of its own, so K may be pushed
towards some pattern. Nobody learns k by that (docs/security.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import NoReturn

from zkproof.audit.authority import Authority
from zkproof.audit.ceremony import Ceremony
from zkproof.audit.complaint import Complaint, complain
from zkproof.audit.contribution import (
    Contribution,
    check_contribution,
    delivered,
    shared_point,
)
from zkproof.audit.documents import FORMAT, MAX_AUTHORITIES, digest, points, read_document
from zkproof.audit.sharing import Share, committed_share, share_holds
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.curve import G1
from zkproof.errors import AuditError, ConflictError, DecodeError, UsageError
from zkproof.ledger.bodies import AUDITOR_POSSESSION_BYTES
from zkproof.ledger.possession import join_auditor_possessions, verify_auditor_possession
from zkproof.record import list_of, octets, parsed

_FINGERPRINT_DOMAIN = b"zkproof joint key v1\0"
_CONTRIBUTIONS_DOMAIN = b"zkproof contributions v1\0"

_LISTED = list_of(octets(), most=MAX_AUTHORITIES)
_FIELDS = {
    "ceremony": parsed(octets(), Ceremony.from_bytes),
    "commitments": _LISTED,
    "constants": _LISTED,
    "possessions": _LISTED,
    "contributions": digest,
}
"""The ceremony says how many of each list there are."""


@dataclass(frozen=True, slots=True)
class JointKey:
    """The public side: same octets for every authority.

    ``constants`` and ``possessions`` are the dealers' ``A_0`` with their proofs for the ledger:
    together they show that K was made for this auditor, by those who know its parts.
    """

    ceremony: Ceremony
    commitments: tuple[G1, ...]
    constants: tuple[G1, ...]
    possessions: tuple[bytes, ...]
    contributions: bytes
    """SHA-256 over all contributions."""

    @property
    def public_key(self) -> G1:
        """``K``."""
        return self.commitments[0]

    def share_key(self, party: int) -> G1:
        """``K_party``. Raises `NotFoundError` for a number that is none of an authority."""
        self.ceremony.card(party)
        return committed_share(self.commitments, party)

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits in groups of four, to be read out."""
        digest = hashlib.sha256(_FINGERPRINT_DOMAIN + self.to_bytes()).hexdigest()
        return " ".join(digest[i : i + 4] for i in range(0, 32, 4))

    def to_bytes(self) -> bytes:
        return encode(
            {
                "format": FORMAT,
                "ceremony": self.ceremony.to_bytes(),
                "commitments": [point.encode() for point in self.commitments],
                "constants": [point.encode() for point in self.constants],
                "possessions": list(self.possessions),
                "contributions": self.contributions,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> JointKey:
        """Raises `DecodeError` for anything that `to_bytes` would not have written, and for a key
        that is not the sum of what its dealers prove to know.
        """
        table = read_document("joint key", _FIELDS, data)
        ceremony: Ceremony = table["ceremony"]
        count = len(ceremony.authorities)
        proofs = list_of(octets(AUDITOR_POSSESSION_BYTES), least=count, most=count)
        found = cls(
            ceremony=ceremony,
            commitments=points(ceremony.threshold)(table["commitments"], "joint key.commitments"),
            constants=points(count)(table["constants"], "joint key.constants"),
            possessions=tuple(proofs(table["possessions"], "joint key.possessions")),
            contributions=table["contributions"],
        )
        if not verify_auditor_possession(
            found.public_key.encode(),
            found.possession(),
            ceremony.ledger_id,
            ceremony.auditor_id,
            ceremony.key_id,
        ):
            raise DecodeError("joint key", "not the sum of what its dealers prove to know")
        return found

    def possession(self) -> bytes:
        """What the ledger asks for when the key is registered."""
        return join_auditor_possessions(list(zip(self.constants, self.possessions, strict=True)))


class KeyShare:
    """One authority's share of the secret key. Prints, pickles and compares nothing of it."""

    __slots__ = ("_share", "key", "party")

    def __init__(self, key: JointKey, party: int, share: Share) -> None:
        if share.public() != key.share_key(party):
            raise UsageError("share: not the one of this key and this authority")
        self.key = key
        self.party = party
        self._share = share

    @classmethod
    def from_octets(cls, key: JointKey, party: int, data: bytes) -> KeyShare:
        """From the 32 octets of `export_secret`. Raises `DecodeError`, and `UsageError` for a share
        of another key or authority.
        """
        return cls(key, party, Share.from_octets(data, "share"))

    def export_secret(self) -> bytes:
        """The 32 octets: the only way out, for storing under encryption."""
        return self._share.export_secret()

    def _expose(self) -> Share:
        """The share, for partial decryptions only."""
        return self._share

    def __repr__(self) -> str:
        return f"<KeyShare of authority {self.party}, secret hidden>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a KeyShare is a secret and cannot be pickled or copied")

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


@dataclass(frozen=True, slots=True)
class Fault:
    """A dealer whose contribution cannot be used. The complaint is to be shown to the others; it is
    missing where everyone sees the fault alone.
    """

    dealer: str
    reason: str
    complaint: Complaint | None


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """The key, and this authority's share of it."""

    key: JointKey
    share: KeyShare


@dataclass(frozen=True, slots=True)
class Disputed:
    """No key. The ceremony is repeated, with a fresh nonce, without the dealers named here."""

    faults: tuple[Fault, ...]


def finish(
    ceremony: Ceremony,
    authority: Authority,
    contributions: Sequence[Contribution],
    *,
    random: RandomBytes = os_random,
) -> Finished | Disputed:
    """Check every contribution, and add up what was sent to this authority.

    1.  There is exactly one contribution of every authority. (a key without somebody's part)
    2.  Each passes what everyone can check.
    3.  The share that each sent is the one it committed to.
    4.  The sum has no point that is the identity. (a key that encrypts nothing)

    Raises `ConflictError` for contributions that are missing or repeated, `AuditError` for 4.
    """
    party = ceremony.party(authority.card)
    by_dealer = {each.dealer: each for each in contributions}
    if len(by_dealer) != len(contributions) or set(by_dealer) != set(ceremony.parties):  # 1.
        raise ConflictError("contributions: exactly one of every authority is needed")
    shares: list[Share] = []
    faults: list[Fault] = []
    for dealer in ceremony.parties:
        contribution, name = by_dealer[dealer], ceremony.card(dealer).name
        try:
            check_contribution(ceremony, contribution)  # 2.
        except AuditError as error:
            faults.append(Fault(name, error.message, None))
            continue
        point = shared_point(contribution, authority)
        share = delivered(ceremony, contribution, party, point)
        if share_holds(contribution.commitments, party, share):  # 3.
            shares.append(share)
        else:
            complaint = complain(ceremony, contribution, authority, random=random)
            faults.append(Fault(name, f"{name}: sent a wrong share", complaint))
    if faults:
        return Disputed(tuple(faults))
    key = _joint_key(ceremony, [by_dealer[dealer] for dealer in ceremony.parties])
    return Finished(key, KeyShare(key, party, Share.sum(shares)))


def _joint_key(ceremony: Ceremony, contributions: Sequence[Contribution]) -> JointKey:
    commitments = tuple(
        reduce(add, points)
        for points in zip(*(each.commitments for each in contributions), strict=True)
    )
    key = JointKey(
        ceremony=ceremony,
        commitments=commitments,
        constants=tuple(each.commitments[0] for each in contributions),
        possessions=tuple(each.registration for each in contributions),
        contributions=hashlib.sha256(
            _CONTRIBUTIONS_DOMAIN + encode([each.to_bytes() for each in contributions])
        ).digest(),
    )
    points = (*commitments, *(key.share_key(party) for party in ceremony.parties))
    if any(point.is_identity() for point in points):  # 4.
        raise AuditError("joint key: identity among its points", hint="repeat the ceremony")
    return key
