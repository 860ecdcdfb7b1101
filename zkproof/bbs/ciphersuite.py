"""Ciphersuites and interfaces: which hash, which base point, which separation tags.

Source: draft-irtf-cfrg-bbs-signatures, sections 6.1, 6.2 and 4; the blind and pseudonym drafts
for their interface identifiers. An *interface* is a suite together with an ``api_id``; every
tag of every hash below derives from it, which keeps signatures of different interfaces apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from zkproof import curve
from zkproof.curve import Expander

EXPAND_LEN = 48
"""Octets hashed for one scalar: 255 bits and 128 more, so that the bias is negligible."""


class Suite(Enum):
    """The two BLS12-381 ciphersuites of the draft."""

    SHA256 = "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_"
    SHAKE256 = "BBS_BLS12381G1_XOF:SHAKE-256_SSWU_RO_"

    @property
    def ciphersuite_id(self) -> bytes:
        return self.value.encode()

    @property
    def expander(self) -> Expander:
        return Expander.XMD_SHA256 if self is Suite.SHA256 else Expander.XOF_SHAKE256

    @property
    def p1(self) -> curve.G1:
        """The fixed point that every signed point ``B`` starts from."""
        return _P1[self]


_P1 = {
    Suite.SHA256: curve.decode_g1(
        bytes.fromhex(
            "a8ce256102840821a3e94ea9025e4662b205762f9776b3a766c872b948f1fd22"
            "5e7c59698588e70d11406d161b4e28c9"
        )
    ),
    Suite.SHAKE256: curve.decode_g1(
        bytes.fromhex(
            "8929dfbc7e6642c4ed9cba0856e493f8b9d7d5fcb0c31ef8fdcd34d50648a56c"
            "795e106e9eada6e0bda386b414150755"
        )
    ),
}


@dataclass(frozen=True, slots=True)
class Interface:
    """A suite and an interface identifier, with the tags that follow from them."""

    suite: Suite
    api_id: bytes
    expander: Expander = field(init=False, repr=False)
    h2s_dst: bytes = field(init=False, repr=False)
    message_dst: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "expander", self.suite.expander)
        object.__setattr__(self, "h2s_dst", self.api_id + b"H2S_")
        object.__setattr__(self, "message_dst", self.api_id + b"MAP_MSG_TO_SCALAR_AS_HASH_")

    def hash_to_scalar(self, message: bytes, dst: bytes | None = None) -> int:
        """A scalar in ``0 .. R-1``; the tag is ``api_id || "H2S_"`` unless given."""
        return hash_to_scalar(message, self.h2s_dst if dst is None else dst, self.expander)

    def messages_to_scalars(self, messages: Sequence[bytes]) -> list[int]:
        """Each message on its own, under the message tag. The empty message is legal."""
        return curve.hash_to_scalars(messages, self.message_dst, self.expander)

    def committed(self) -> Interface:
        """The interface whose generators carry the holder's committed messages."""
        return Interface(self.suite, b"BLIND_" + self.api_id)


def hash_to_scalar(message: bytes, dst: bytes, expander: Expander) -> int:
    """``int(expand(message, dst, 48)) mod R`` (draft, section 4.3.4). Zero is not excluded."""
    return curve.hash_to_scalars((message,), dst, expander)[0]


def plain(suite: Suite) -> Interface:
    """``H2G_HM2S_``: the core draft's interface."""
    return _PLAIN[suite]


def blind(suite: Suite) -> Interface:
    """``BLIND_H2G_HM2S_``: blind issuance."""
    return _BLIND[suite]


def pseudonym(suite: Suite) -> Interface:
    """``H2G_HM2S_PSEUDONYM_``: blind issuance with pseudonym secrets."""
    return _PSEUDONYM[suite]


def _interfaces(suffix: bytes) -> dict[Suite, Interface]:
    return {suite: Interface(suite, suite.ciphersuite_id + suffix) for suite in Suite}


_PLAIN = _interfaces(b"H2G_HM2S_")
_BLIND = _interfaces(b"BLIND_H2G_HM2S_")
_PSEUDONYM = _interfaces(b"H2G_HM2S_PSEUDONYM_")
