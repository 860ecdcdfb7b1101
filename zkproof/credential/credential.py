"""A credential as the holder keeps it: strict CBOR, one encoding, checked when it is taken in.

::

    {"format": 2, "suite": ciphersuite id, "draft": "...", "schema": schema bytes, "ledger": id,
     "issuer": id, "issuer_name": text, "key": key id, "public_key": 96 octets,
     "values": {name: value}, "chosen": {name: value}, "blind": 32 octets or null,
     "share": 32 octets or null, "signature": 80 octets}

The holder's link secret is *not* in it: the wallet holds one for all credentials.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zkproof.bbs.encoding import Signature, scalars_from_octets
from zkproof.bbs.keys import PublicKey
from zkproof.bbs.knowledge import HeldSignature, hold
from zkproof.codec import encode
from zkproof.credential.encoding import INTERFACE, Layout, scalars, signature_header
from zkproof.credential.link_secret import LinkSecret
from zkproof.errors import DecodeError, SchemaError
from zkproof.record import Record, constant, map_of, octets, optional, parsed, plain_value, text
from zkproof_circuits.schema import MAX_ATTRIBUTES, Schema
from zkproof_circuits.types import LinkSecret as LinkSecretType
from zkproof_circuits.types import Value

FORMAT = 2
DRAFT = "draft-irtf-cfrg-bbs-signatures-09"
MAX_CREDENTIAL_BYTES = 1 << 18
PUBLIC_KEY_BYTES = 96

_VALUES = map_of(plain_value, most=MAX_ATTRIBUTES)
_RECORD = Record(
    "credential",
    {
        "suite": constant(INTERFACE.suite.value),
        "draft": constant(DRAFT),
        "schema": parsed(octets(), Schema.from_bytes),
        "ledger": text(),
        "issuer": text(),
        "issuer_name": text(),
        "key": text(),
        "public_key": octets(PUBLIC_KEY_BYTES),
        "values": _VALUES,
        "chosen": _VALUES,
        "blind": optional(octets(32)),
        "share": optional(octets(32)),
        "signature": octets(80),
    },
    format=FORMAT,
)


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """Values of all attributes that the issuer knows, its signature, and the holder's blind."""

    schema: Schema
    ledger_id: str
    issuer_id: str
    issuer_name: str
    key_id: str
    public_key: bytes
    values: Mapping[str, Value]
    chosen: Mapping[str, Value]
    """What the holder chose and the issuer never saw, but for the link secret; empty in what an
    issuer sends."""
    blind: bytes | None
    signature: bytes
    share: bytes | None = None
    """What the issuer added to the link secret: in a first credential that it sends, never in what
    a holder keeps."""

    @property
    def known(self) -> dict[str, Value]:
        """Every value but the link secret."""
        return {**self.values, **self.chosen}

    def __repr__(self) -> str:
        return f"<Credential {self.schema.id} v{self.schema.version} from {self.issuer_id}>"

    def to_bytes(self) -> bytes:
        """Contains hidden attributes: for the holder's own encrypted store."""
        return encode(
            {
                "format": FORMAT,
                "suite": INTERFACE.suite.value,
                "draft": DRAFT,
                "schema": self.schema.to_bytes(),
                "ledger": self.ledger_id,
                "issuer": self.issuer_id,
                "issuer_name": self.issuer_name,
                "key": self.key_id,
                "public_key": self.public_key,
                "values": dict(self.values),
                "chosen": dict(self.chosen),
                "blind": self.blind,
                "share": self.share,
                "signature": self.signature,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Credential:
        """Raises `DecodeError` for anything that `to_bytes` would not have written.

        Whether the signature holds is seen by `open_credential`, which needs the link secret.
        """
        table = _RECORD.read(data, max_bytes=MAX_CREDENTIAL_BYTES)
        schema: Schema = table["schema"]
        layout = Layout.of(schema)
        values = table["values"]
        if set(values) != set(layout.signer):
            raise DecodeError("credential.values", "not the attributes of the schema")
        chosen = table["chosen"]
        if set(chosen) not in (set(), set(chosen_names(schema))):
            raise DecodeError("credential.chosen", "not the attributes that the holder chooses")
        try:
            scalars(schema, values, layout.signer)
            scalars(schema, chosen, tuple(chosen))
        except SchemaError as error:
            raise DecodeError("credential.values", error.message) from None
        blind = table["blind"]
        if layout.holder:
            scalars_from_octets(blind or b"", "credential.blind", count=1, allow_zero=True)
        elif blind is not None:
            raise DecodeError("credential.blind", "a schema without blind attributes has none")
        share = table["share"]
        if share is not None:
            LinkSecret.from_octets(share, "credential.share")
            if not layout.holder:
                raise DecodeError("credential.share", "a schema without blind attributes has none")
        return cls(
            schema=schema,
            share=share,
            ledger_id=table["ledger"],
            issuer_id=table["issuer"],
            issuer_name=table["issuer_name"],
            key_id=table["key"],
            public_key=table["public_key"],
            values=values,
            chosen=chosen,
            blind=blind,
            signature=table["signature"],
        )


def open_credential(credential: Credential, link_secret: LinkSecret | None) -> HeldSignature:
    """Check the signature and get what proofs need. ``link_secret`` is needed for schemas with
    a holder.

    Raises `IssuanceError` when the signature does not hold for these values and this link secret,
    `DecodeError` for a malformed key, signature or secret.
    """
    schema, layout = credential.schema, Layout.of(credential.schema)
    vector = scalars(schema, credential.values, layout.signer)
    if layout.holder:
        vector.append(int.from_bytes(credential.blind or b"", "big"))
        chosen = holder_values(schema, link_secret, credential.chosen)
        vector += scalars(schema, chosen, layout.holder)
    return hold(
        PublicKey.from_octets(credential.public_key),
        Signature.from_octets(credential.signature),
        vector,
        generators=layout.generators(),
        header=signature_header(
            schema, credential.issuer_id, credential.key_id, credential.ledger_id
        ),
    )


def chosen_names(schema: Schema) -> tuple[str, ...]:
    """Attributes that the holder chooses, but for link secrets."""
    return tuple(
        attribute.name
        for attribute in schema.attributes
        if attribute.blind and not isinstance(attribute.type, LinkSecretType)
    )


def holder_values(
    schema: Schema, link_secret: LinkSecret | None, chosen: Mapping[str, Value]
) -> dict[str, Value]:
    """Values of the blind attributes: the link secret and what the holder chose.

    Raises `SchemaError` when one is missing, or not one of them.
    """
    if set(chosen) != set(chosen_names(schema)):
        names = ", ".join(chosen_names(schema)) or "none"
        raise SchemaError(f"chosen by the holder: exactly these are needed: {names}")
    found: dict[str, Value] = dict(chosen)
    for attribute in schema.attributes:
        if attribute.blind and isinstance(attribute.type, LinkSecretType):
            if link_secret is None:
                raise SchemaError(f"{attribute.name}: the link secret is missing")
            found[attribute.name] = link_secret.export_secret()
    return found


def text_field(table: Mapping[str, Any], name: str, limit: int = 256) -> str:
    """A text of 1 to ``limit`` characters. Raises `DecodeError` naming it."""
    value = table[name]
    if not isinstance(value, str) or not 0 < len(value) <= limit:
        raise DecodeError(name, f"text of 1 to {limit} characters is needed")
    return value


def octets_field(table: Mapping[str, Any], name: str, length: int | None = None) -> bytes:
    """Octets, of exactly ``length`` where given. Raises `DecodeError` naming it."""
    value = table[name]
    if not isinstance(value, bytes) or (length is not None and len(value) != length):
        raise DecodeError(
            name, "octets are needed" if length is None else f"{length} octets needed"
        )
    return value
