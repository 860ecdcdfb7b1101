"""A key ceremony: for whom the key is made, who takes part, how many are needed to open.

Everybody takes part with the same octets; their digest is in every contribution, proof and
signature, so that nothing made for one ceremony has a meaning in another.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from zkproof.audit.authority import AuthorityCard
from zkproof.audit.documents import FORMAT, MAX_AUTHORITIES, party_number, read_document
from zkproof.codec import encode
from zkproof.errors import DecodeError, NotFoundError, UsageError
from zkproof.ledger.bodies import MAX_KEY_ID, is_text
from zkproof.record import list_of, octets, parsed, text

NONCE_BYTES = 16

_DIGEST_DOMAIN = b"zkproof key ceremony v1\0"


@dataclass(frozen=True, slots=True)
class Ceremony:
    """``threshold`` of the authorities open; fewer learn nothing. Authorities count from 1.

    A fresh nonce sets a repetition apart from the ceremony that was broken off.
    """

    ledger_id: str
    auditor_id: str
    key_id: str
    threshold: int
    authorities: tuple[AuthorityCard, ...]
    nonce: bytes
    digest: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        count = len(self.authorities)
        if not 1 <= count <= MAX_AUTHORITIES:
            raise UsageError(f"authorities: 1 to {MAX_AUTHORITIES} are needed")
        if not 1 <= self.threshold <= count:
            raise UsageError(f"threshold: 1 to {count}, the number of authorities")
        # One authority standing twice would hold two shares.
        for what in ("name", "signing_key", "delivery_key"):
            if len({getattr(card, what) for card in self.authorities}) != count:
                raise UsageError(f"authorities: two with the same {what.replace('_', ' ')}")
        if not is_text(self.auditor_id) or not is_text(self.key_id, longest=MAX_KEY_ID):
            raise UsageError("auditor and key: identifiers that can stand on the ledger")
        if len(self.nonce) != NONCE_BYTES:
            raise UsageError(f"nonce: {NONCE_BYTES} octets")
        digest = hashlib.sha256(_DIGEST_DOMAIN + self.to_bytes()).digest()
        object.__setattr__(self, "digest", digest)

    def to_bytes(self) -> bytes:
        return encode(
            {
                "format": FORMAT,
                "ledger": self.ledger_id,
                "auditor": self.auditor_id,
                "key": self.key_id,
                "threshold": self.threshold,
                "authorities": [card.to_bytes() for card in self.authorities],
                "nonce": self.nonce,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Ceremony:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        table = read_document("ceremony", _FIELDS, data)
        try:
            return cls(
                ledger_id=table["ledger"],
                auditor_id=table["auditor"],
                key_id=table["key"],
                threshold=table["threshold"],
                authorities=tuple(table["authorities"]),
                nonce=table["nonce"],
            )
        except UsageError as error:
            raise DecodeError("ceremony", error.message) from None

    @property
    def parties(self) -> range:
        """Numbers of the authorities."""
        return range(1, len(self.authorities) + 1)

    def card(self, party: int) -> AuthorityCard:
        """The card of one authority."""
        if party not in self.parties:
            raise NotFoundError(f"authority {party}: not in this ceremony")
        return self.authorities[party - 1]

    def party(self, card: AuthorityCard) -> int:
        """The number of an authority. Raises `NotFoundError` when it does not take part."""
        if card not in self.authorities:
            raise NotFoundError(f"{card.name}: not in this ceremony, or with other keys")
        return self.authorities.index(card) + 1


_FIELDS = {
    "ledger": text(),
    "auditor": text(),
    "key": text(),
    "threshold": party_number,
    "authorities": list_of(parsed(octets(), AuthorityCard.from_bytes), most=MAX_AUTHORITIES),
    "nonce": octets(NONCE_BYTES),
}
