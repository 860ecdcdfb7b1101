"""All authorities ended with the same key: each signs it, and only then is it registered.

Files are no broadcast: a dealer can hand out two contributions, and then the authorities hold
shares of different keys without noticing. A key that all of them signed is one that all of them
have shares of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zkproof.audit.authority import Authority
from zkproof.audit.documents import FORMAT, party_number, read_document
from zkproof.audit.keys import Finished, JointKey
from zkproof.codec import encode
from zkproof.errors import AuditError
from zkproof.keys.ed25519 import SIGNATURE_BYTES, verify_ed25519
from zkproof.record import octets

_LABEL = b"zkproof joint key acceptance v1"
_FIELDS = {"party": party_number, "signature": octets(SIGNATURE_BYTES)}


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One authority's signature on the key it holds a share of."""

    party: int
    signature: bytes

    def to_bytes(self) -> bytes:
        return encode({"format": FORMAT, "party": self.party, "signature": self.signature})

    @classmethod
    def from_bytes(cls, data: bytes) -> Acceptance:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        return cls(**read_document("acceptance", _FIELDS, data))


def accept(finished: Finished, authority: Authority) -> Acceptance:
    """Sign the key. Possible only with a share of it."""
    key, party = finished.key, finished.share.party
    return Acceptance(party, authority.signer.sign(_LABEL, key.to_bytes()))


def check_accepted(key: JointKey, acceptances: Iterable[Acceptance]) -> None:
    """Raises `AuditError` naming every authority that has not signed exactly this key."""
    accepted = {
        each.party
        for each in acceptances
        if each.party in key.ceremony.parties
        and verify_ed25519(
            key.ceremony.card(each.party).signing_key, each.signature, _LABEL, key.to_bytes()
        )
    }
    missing = [key.ceremony.card(p).name for p in key.ceremony.parties if p not in accepted]
    if missing:
        raise AuditError(
            f"joint key: not accepted by {', '.join(missing)}",
            hint="compare fingerprints; if they differ, somebody dealt twice: repeat the ceremony",
        )
