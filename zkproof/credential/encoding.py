"""Typed values as scalars, and where each attribute stands in the signed vector.

Integers (amounts, dates, codes, record ids) are themselves modulo R, negative ones as ``R - |m|``,
so that linear relations between credentials stay linear. Text, octets and digests are hashed
under a tag that names what they may be compared with. A link secret is the scalar it is.

The box check is a security check: inequality proofs are sound because an issuer signs an integer
only inside its declared type. `scalars` is the only way from values to a signature and does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zkproof.bbs.ciphersuite import Interface, Suite
from zkproof.bbs.generators import Generators, generators
from zkproof.codec import encode
from zkproof.curve import R
from zkproof.errors import SchemaError
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import AttributeType, LinkSecret, Value

INTERFACE = Interface(Suite.SHA256, Suite.SHA256.ciphersuite_id + b"ZKPROOF_TYPED_CREDENTIAL_V1_")
"""Signatures on typed scalars; apart from those on hashed messages by its identifier."""


def attribute_scalar(kind: AttributeType, value: Value) -> int:
    """The scalar of a checked value of that type. Raises `SchemaError` outside the type."""
    checked = kind.check(value)
    if isinstance(checked, int):
        if kind.box is None or not kind.box[0] <= checked <= kind.box[1]:
            raise SchemaError("value: an integer without a box, or outside it")
        return checked % R
    if isinstance(kind, LinkSecret):
        if not isinstance(checked, bytes):
            raise SchemaError("value: a link secret is octets")
        return int.from_bytes(checked, "big")
    data = checked.encode() if isinstance(checked, str) else checked
    dst = INTERFACE.message_dst + "/".join(kind.comparison_key).encode()
    return INTERFACE.hash_to_scalar(data, dst)


@dataclass(frozen=True, slots=True)
class Layout:
    """The order of the signed vector: what the issuer knows, the blind, what it does not know.

    Without blind attributes there is no blind and the signature is a plain one.
    """

    signer: tuple[str, ...]
    holder: tuple[str, ...]

    @classmethod
    def of(cls, schema: Schema) -> Layout:
        return cls(
            signer=tuple(a.name for a in schema.attributes if not a.blind),
            holder=tuple(a.name for a in schema.attributes if a.blind),
        )

    @property
    def count(self) -> int:
        """Scalars of the vector."""
        return len(self.signer) + (1 + len(self.holder) if self.holder else 0)

    def index(self, attribute: str) -> int:
        """Position of an attribute; raises `SchemaError` when there is none."""
        if attribute in self.signer:
            return self.signer.index(attribute)
        if attribute in self.holder:
            return len(self.signer) + 1 + self.holder.index(attribute)
        raise SchemaError(f"{attribute}: no such attribute")

    def attribute_at(self, index: int) -> str | None:
        """The attribute at a position, ``None`` for the blind."""
        names: tuple[str | None, ...] = self.signer
        if self.holder:
            names = (*self.signer, None, *self.holder)
        return names[index]

    def generators(self) -> Generators:
        committed = len(self.holder) + 1 if self.holder else None
        return generators(INTERFACE, len(self.signer), committed)


def scalars(schema: Schema, values: Mapping[str, Value], names: tuple[str, ...]) -> list[int]:
    """Scalars of the named attributes, in that order. Raises `SchemaError` naming the attribute."""
    found = []
    for name in names:
        try:
            found.append(attribute_scalar(schema.attribute(name).type, values[name]))
        except KeyError:
            raise SchemaError(f"{name}: value missing") from None
        except SchemaError as error:
            raise SchemaError(f"{name}: {error.message}") from None
    return found


def signature_header(schema: Schema, issuer_id: str, key_id: str, ledger_id: str) -> bytes:
    """What every credential's signature covers besides its values: types, issuer, key, ledger.

    The ledger stands in it because revocation, suspension and registries are one ledger's: a
    credential made for one ledger means nothing on another where its issuer uses the same key.
    """
    return encode(
        {
            "format": 2,
            "schema": schema.digest,
            "issuer": issuer_id,
            "key": key_id,
            "ledger": ledger_id,
        }
    )
