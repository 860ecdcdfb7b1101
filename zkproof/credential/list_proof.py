"""What a holder has from a published list: a token for an element, or the gap a value lies in.

It is public data of the list, not of the holder, but which piece a holder fetched says who it is:
it is fetched in a crowd (`zkproof.lists`) and kept in the wallet.
"""

from __future__ import annotations

from dataclasses import dataclass

from zkproof import curve
from zkproof.bbs.ciphersuite import Interface, Suite
from zkproof.bbs.encoding import Signature
from zkproof.bbs.generators import Generators, generators
from zkproof.bbs.keys import PublicKey, SigningKey
from zkproof.bbs.knowledge import HeldSignature, hold
from zkproof.bbs.signature import sign_scalars
from zkproof.codec import decode, encode
from zkproof.curve import G1, G1_BYTES, R
from zkproof.errors import DecodeError, IssuanceError, UsageError
from zkproof.record import Record, constant, number, octets, one_of, parsed, text
from zkproof.sigma import signed_set
from zkproof.trust import ListKind, ListVersion, Spread
from zkproof_circuits.atoms.lists import GAP_RANGE
from zkproof_circuits.schema import Schema

GAP_INTERFACE = Interface(Suite.SHA256, Suite.SHA256.ciphersuite_id + b"ZKPROOF_SIGNED_GAP_V2_")
"""Signatures on gaps, apart from those on credentials by its identifier."""

SIGNATURE_BYTES = 80


@dataclass(frozen=True, slots=True)
class Membership:
    """The token of one element, for lists of kind STATUS and MEMBERS."""

    list_id: str
    kind: ListKind
    version: int
    element: int
    token: bytes

    def to_bytes(self) -> bytes:
        return encode(
            {
                "list": self.list_id,
                "kind": self.kind.value,
                "version": self.version,
                "element": self.element.to_bytes(32, "big"),
                "token": self.token,
            }
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """Two neighbours of an exclusion list, signed: nothing between them is on the list."""

    list_id: str
    version: int
    low: int
    high: int
    signature: bytes

    def to_bytes(self) -> bytes:
        return encode(
            {
                "list": self.list_id,
                "kind": ListKind.GAPS.value,
                "version": self.version,
                "low": self.low,
                "high": self.high,
                "signature": self.signature,
            }
        )


ListProof = Membership | Gap


def list_proof_from_bytes(data: bytes) -> ListProof:
    """Raises `DecodeError` for anything that `to_bytes` would not have written."""
    table = decode(data, field="list proof", max_bytes=4096)
    if isinstance(table, dict) and table.get("kind") == ListKind.GAPS.value:
        gap = _GAP.check(table)
        return Gap(gap["list"], gap["version"], gap["low"], gap["high"], gap["signature"])
    token = _MEMBERSHIP.check(table)
    kind, element = ListKind(token["kind"]), token["element"]
    return Membership(token["list"], kind, token["version"], element, token["token"])


def _element(data: bytes) -> int:
    element = int.from_bytes(data, "big")
    if element >= R:
        raise DecodeError("list proof.element", "not a scalar")
    return element


_MEMBERSHIP = Record(
    "list proof",
    {
        "list": text(),
        "kind": one_of({ListKind.STATUS.value, ListKind.MEMBERS.value}),
        "version": number(),
        "element": parsed(octets(32), _element),
        "token": octets(G1_BYTES),
    },
)
_GAP = Record(
    "list proof",
    {
        "list": text(),
        "kind": constant(ListKind.GAPS.value),
        "version": number(),
        "low": number(),
        "high": number(),
        "signature": octets(SIGNATURE_BYTES),
    },
)


def spread_of(schema: Schema, attribute: str) -> Spread:
    """How values of an attribute are spread over the files of every list that speaks of it.

    It is the schema's to say and not a list's: three lists over one number, each with an address of
    its own for it, would learn three times as many bits.
    """
    if attribute == schema.roles.record_id:
        return Spread.PREFIX
    box = schema.attribute(attribute).type.box
    if box is not None and GAP_RANGE[0] <= box[0] and box[1] < GAP_RANGE[1]:
        return Spread.BLOCK
    return Spread.HASH


def gap_generators() -> Generators:
    """For two messages: low, high."""
    return generators(GAP_INTERFACE, 2)


def gap_header(ledger_id: str, list_id: str, version: int) -> bytes:
    """What a gap's signature covers besides its ends."""
    return encode({"format": 2, "ledger": ledger_id, "list": list_id, "version": version})


def sign_gap(
    key: SigningKey, ledger_id: str, list_id: str, version: int, low: int, high: int
) -> bytes:
    """80 octets: the owner's word that nothing strictly between ``low`` and ``high`` is listed.

    Raises `UsageError` unless the ends ascend within `GAP_RANGE`: proofs rest on it.
    """
    if not GAP_RANGE[0] <= low < high <= GAP_RANGE[1]:
        raise UsageError("gap: ends ascend within 0 and 2^40")
    header = gap_header(ledger_id, list_id, version)
    return sign_scalars(key, (low, high), generators=gap_generators(), header=header).to_octets()


def held_gap(gap: Gap, version: ListVersion) -> HeldSignature:
    """The gap's signature, checked, ready to be proven. Raises `IssuanceError`."""
    try:
        return hold(
            PublicKey.from_octets(version.public_key),
            Signature.from_octets(gap.signature),
            (gap.low, gap.high),
            generators=gap_generators(),
            header=gap_header(version.ledger_id, gap.list_id, gap.version),
        )
    except DecodeError as error:
        raise IssuanceError(f"gap: {error.message}") from None


def token_of(membership: Membership) -> G1:
    """The token as a point. Raises `IssuanceError`."""
    try:
        return curve.decode_g1(membership.token, "token")
    except DecodeError as error:
        raise IssuanceError(error.message) from None


def check_list_proof(list_proof: ListProof, version: ListVersion) -> None:
    """Whether the list's owner made this, for this version. Raises `IssuanceError`."""
    kind = ListKind.GAPS if isinstance(list_proof, Gap) else list_proof.kind
    if (list_proof.list_id, kind, list_proof.version) != (
        version.list_id,
        version.kind,
        version.version,
    ):
        raise IssuanceError("list_proofs: of another list or version")
    if isinstance(list_proof, Gap):
        if not GAP_RANGE[0] <= list_proof.low < list_proof.high <= GAP_RANGE[1]:
            raise IssuanceError("gap: ends do not ascend within 0 and 2^40")
        held_gap(list_proof, version)
        return
    public_key = PublicKey.from_octets(version.public_key)
    V = signed_set.base(version.ledger_id, kind.value, version.list_id, version.version)
    if not signed_set.token_holds(public_key, V, list_proof.element, token_of(list_proof)):
        raise IssuanceError("token: not the owner's for this element")
