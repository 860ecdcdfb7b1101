"""Issuing in one exchange: offer, holder's commitment, credential.

1. issuer -> holder  offer        a one-shot identifier, issuer, key, schema, what will be signed
2. holder -> issuer  commitment   to the link secret, with a proof bound to that offer
3. issuer -> holder  credential   signed by the issuer, who never saw the link secret

The offer's identifier is used once, so no further nonce is needed: a commitment made for another
offer fails its proof. For a schema without blind attributes step 2 falls away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from zkproof.bbs.encoding import scalar_octets
from zkproof.bbs.keys import SigningKey
from zkproof.bbs.secret import ProverBlind
from zkproof.bbs.signature import calculate_domain, sign_point
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.credential.committing import (
    CheckedCommitment,
    commit_values,
    link_secret_point,
    open_commitment,
)
from zkproof.credential.credential import (
    PUBLIC_KEY_BYTES,
    Credential,
    holder_values,
    open_credential,
)
from zkproof.credential.encoding import INTERFACE, Layout, scalars, signature_header
from zkproof.credential.link_secret import LinkSecret
from zkproof.curve import G1
from zkproof.errors import IssuanceError
from zkproof.record import Record, number, octets, parsed, text
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value

FORMAT = 2
OFFER_ID_BYTES = 16
MAX_OFFER_BYTES = 1 << 18


_OFFER = Record(
    "offer",
    {
        "offer": octets(OFFER_ID_BYTES),
        "ledger": text(),
        "issuer": text(),
        "issuer_name": text(),
        "key": text(),
        "public_key": octets(PUBLIC_KEY_BYTES),
        "schema": parsed(octets(), Schema.from_bytes),
        "expires_at": number(),
    },
    format=FORMAT,
)


@dataclass(frozen=True, slots=True)
class IssuerIdentity:
    """Who signs: identifier and name as the ledger has them, the key in use, and that ledger."""

    issuer_id: str
    name: str
    key_id: str
    ledger_id: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What the issuer is about to sign, to be answered once."""

    offer_id: bytes
    issuer: IssuerIdentity
    public_key: bytes
    schema: Schema
    expires_at: int

    def to_bytes(self) -> bytes:
        return encode(
            {
                "format": FORMAT,
                "offer": self.offer_id,
                "ledger": self.issuer.ledger_id,
                "issuer": self.issuer.issuer_id,
                "issuer_name": self.issuer.name,
                "key": self.issuer.key_id,
                "public_key": self.public_key,
                "schema": self.schema.to_bytes(),
                "expires_at": self.expires_at,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Offer:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        table = _OFFER.read(data, max_bytes=MAX_OFFER_BYTES)
        return cls(
            offer_id=table["offer"],
            issuer=IssuerIdentity(
                table["issuer"], table["issuer_name"], table["key"], table["ledger"]
            ),
            public_key=table["public_key"],
            schema=table["schema"],
            expires_at=table["expires_at"],
        )


def make_offer(
    signing_key: SigningKey,
    issuer: IssuerIdentity,
    schema: Schema,
    *,
    expires_at: int,
    random: RandomBytes = os_random,
) -> Offer:
    """A fresh offer. The issuer remembers its identifier and values until it is answered."""
    return Offer(random(OFFER_ID_BYTES), issuer, signing_key.public_key.octets, schema, expires_at)


def commit(
    offer: Offer,
    link_secret: LinkSecret,
    chosen: Mapping[str, Value] | None = None,
    *,
    random: RandomBytes = os_random,
) -> tuple[bytes, ProverBlind]:
    """The holder's answer to an offer: a commitment with proof, and the blind to keep.

    ``chosen`` are the holder's values for blind attributes other than link secrets. Raises
    `SchemaError` when one is missing or outside its type.
    """
    values = holder_values(offer.schema, link_secret, chosen or {})
    return commit_values(offer.schema, values, context=_context(offer), random=random)


def issue(
    signing_key: SigningKey,
    offer: Offer,
    values: Mapping[str, Value],
    commitment: bytes | CheckedCommitment | None,
    *,
    now: int,
    share: LinkSecret | None = None,
) -> Credential:
    """Sign typed values, together with what the commitment hides.

    ``share`` is added to the link secret and sent with the credential: at somebody's first
    credential, so that nobody chooses the secret alone. Draw it after the commitment has come.

    The credential's ``blind`` is still empty where the holder has one: `accept` fills it in. Every
    value is checked against its type here, in the signing function: see
    `zkproof.credential.encoding`.

    Raises `SchemaError` for a value outside its type, `IssuanceError` for an expired offer or a
    commitment that does not hold for it.
    """
    if now > offer.expires_at:
        raise IssuanceError("offer: expired", hint="make a new offer")
    if offer.public_key != signing_key.public_key.octets:
        raise IssuanceError("offer: made for another key")
    schema, layout = offer.schema, Layout.of(offer.schema)
    # A presentation proves "(today - from) * (until - today) >= 0", which says "inside" only when
    # from <= until: `check_issued` sees to that, and to every box.
    schema.check_issued(values)
    vector = scalars(schema, values, layout.signer)
    over = layout.generators()
    identity = offer.issuer
    header = signature_header(schema, identity.issuer_id, identity.key_id, identity.ledger_id)
    domain = calculate_domain(signing_key.public_key, over, header)
    B = over.signed_point(domain, vector)
    if layout.holder:
        if commitment is None:
            raise IssuanceError("commitment: missing; this schema has a holder's secret in it")
        B = B + _opened(offer, commitment)
        if share is not None:
            B = B + link_secret_point(schema, share)
    elif commitment is not None or share is not None:
        raise IssuanceError("commitment: not expected for a schema without blind attributes")
    e = signing_key.secret.hash_to_scalar(B.encode(), INTERFACE.h2s_dst, INTERFACE.expander)
    return Credential(
        schema=schema,
        ledger_id=identity.ledger_id,
        issuer_id=identity.issuer_id,
        issuer_name=identity.name,
        key_id=identity.key_id,
        public_key=offer.public_key,
        values=dict(values),
        chosen={},
        blind=scalar_octets(0) if layout.holder else None,
        share=None if share is None else share.export_secret(),
        signature=sign_point(signing_key, B, e).to_octets(),
    )


def accept(
    offer: Offer,
    received: Credential,
    *,
    link_secret: LinkSecret | None,
    blind: ProverBlind | None,
    chosen: Mapping[str, Value] | None = None,
    shared: bool = False,
) -> Credential:
    """The holder's check of what came back: the credential with its blind, ready to store.

    ``shared`` says that the issuer announced to add a share: the credential then holds under
    `joined_secret`, which becomes the link secret of the wallet. Raises `IssuanceError` when it is
    not what was offered, has a share that nobody announced or lacks one, or when its signature does
    not hold.
    """
    if (received.share is not None) is not shared:
        raise IssuanceError("credential: a share of the link secret that was not agreed, or none")
    made_by = IssuerIdentity(
        received.issuer_id, received.issuer_name, received.key_id, received.ledger_id
    )
    if (received.schema.digest, made_by, received.public_key) != (
        offer.schema.digest,
        offer.issuer,
        offer.public_key,
    ):
        raise IssuanceError("credential: not what was offered")
    credential = replace(
        received,
        chosen=dict(chosen or {}),
        blind=None if blind is None else blind.export_secret(),
        share=None,
    )
    secret = None if link_secret is None else joined_secret(received, link_secret)
    open_credential(credential, secret)
    return credential


def joined_secret(received: Credential, link_secret: LinkSecret) -> LinkSecret:
    """The link secret under which a received credential holds: with the issuer's share, if any."""
    if received.share is None:
        return link_secret
    return link_secret.plus(LinkSecret.from_octets(received.share, "credential.share"))


def _opened(offer: Offer, commitment: bytes | CheckedCommitment) -> G1:
    """The point that was committed to, for this offer. Raises `IssuanceError`."""
    if isinstance(commitment, bytes):
        return open_commitment(offer.schema, commitment, context=_context(offer))
    if commitment.offer_id != offer.offer_id:
        raise IssuanceError("commitment: checked for another offer")
    return commitment.point


def _context(offer: Offer) -> bytes:
    """Binds a commitment's proof to its offer."""
    return b"zkproof offer v2\0" + offer.to_bytes()
