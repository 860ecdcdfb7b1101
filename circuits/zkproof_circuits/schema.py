"""Schemas: which attributes a credential has, in which order, of which types.

A schema's digest is signed with every credential issued under it, and a verifier takes every box
and unit from the schema it resolved by that digest. Whatever a proof says about sizes rests on it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import cast

from zkproof import codec
from zkproof.errors import DecodeError, SchemaError
from zkproof_circuits.labels import LANGUAGES, Labels, Language, folded
from zkproof_circuits.types import AttributeType, Enumeration, Value, type_from_spec

MAX_ATTRIBUTES = 128
"""Most attributes of one schema."""

MAX_SCHEMA_BYTES = 1 << 17
"""Longest encoding of a schema that is read."""

MAX_BLIND_BITS = 64
"""Widest box of an integer that the holder chooses."""

_DOMAIN = b"zkproof schema v1\x00"
_SCHEMA_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)
_ATTRIBUTE_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
MAX_ID_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute. ``blind``: the holder chooses the value and the issuer never sees it."""

    name: str
    type: AttributeType
    label: Labels
    blind: bool = False
    member_labels: tuple[Labels, ...] = ()
    """What people call the members of an enumeration, in their order; empty for their names."""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _ATTRIBUTE_NAME.fullmatch(self.name):
            raise SchemaError("attribute name: up to 64 of a-z, 0-9, _ and a letter first")
        if self.blind and self.type.box is not None:
            low, high = self.type.box
            # The holder proves the size of what it chooses when the credential is issued, bit by
            # bit; a wide box would make that proof long.
            if (high - low).bit_length() > MAX_BLIND_BITS:
                raise SchemaError(
                    f"{self.name}: a blind integer has a box of at most {MAX_BLIND_BITS} bits",
                    hint="give the type a smaller maximum",
                )
        if self.type.holder_chosen and not self.blind:
            raise SchemaError(f"{self.name}: a {self.type.kind} is always blind")
        if self.member_labels:
            self._check_member_labels()

    def _check_member_labels(self) -> None:
        members = self.type.members if isinstance(self.type, Enumeration) else ()
        if len(self.member_labels) != len(members):
            raise SchemaError(f"{self.name}: member_labels: one for each member, or none")
        for language in LANGUAGES:
            if len({folded(each.text(language)) for each in self.member_labels}) != len(members):
                # The holder could not tell which of the two is meant.
                raise SchemaError(f"{self.name}: member_labels: two read the same in {language}")

    def format(self, value: Value, language: Language = "en") -> str:
        """A value as people read it. Raises `SchemaError` for one outside the type."""
        if self.member_labels:
            return self.member_labels[cast(int, self.type.check(value))].text(language)
        return self.type.format(value, language)


@dataclass(frozen=True, slots=True)
class Roles:
    """Attributes with a part in every presentation, by name; ``None`` where a schema has none."""

    holder: str | None = None
    """The holder's link secret; equal in all credentials of one holder."""

    record_id: str | None = None
    """The identifier under which the issuer keeps the credential's status."""

    valid_from: str | None = None
    """First day on which the credential is valid."""

    valid_until: str | None = None
    """Last day on which the credential is valid."""

    bound_since: str | None = None
    """The day on which the issuer gave the holder another link secret, after a lost wallet; the
    first of all days while it never did. Pseudonyms and tags of a period are then made only from
    secrets that are older than the period.
    """

    issuer_name: str | None = None
    """What the issuer is called; no secret, since every presentation names the issuer."""


_ROLE_KINDS = {
    "holder": "link_secret",
    "record_id": "id",
    "valid_from": "date",
    "valid_until": "date",
    "bound_since": "date",
    "issuer_name": "text",
}

_TECHNICAL_KINDS = frozenset({"link_secret", "digest", "bytes"})
"""Kinds of values that serve proofs and comparisons, and say nothing to people."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What credentials of one kind hold, in the order in which it is signed and shown."""

    id: str
    version: int
    title: Labels
    attributes: tuple[Attribute, ...]
    roles: Roles = field(default_factory=Roles)
    digest: bytes = field(init=False, repr=False, compare=False)
    """SHA-256 over a domain label and `to_bytes`: names the schema everywhere."""

    def __hash__(self) -> int:
        return hash(self.digest)

    def __post_init__(self) -> None:
        if (
            not isinstance(self.id, str)
            or not _SCHEMA_ID.fullmatch(self.id)
            or len(self.id) > MAX_ID_LENGTH
        ):
            raise SchemaError("id: lower-case words joined by hyphens, at most 64 characters")
        if isinstance(self.version, bool) or not isinstance(self.version, int):
            raise SchemaError("version: an integer is needed")
        if not 1 <= self.version < 1 << 31:
            raise SchemaError("version: counts from 1")
        if not 1 <= len(self.attributes) <= MAX_ATTRIBUTES:
            raise SchemaError(f"attributes: 1 to {MAX_ATTRIBUTES}")
        by_name: dict[str, Attribute] = {}
        for attribute in self.attributes:
            if attribute.name in by_name:
                raise SchemaError(f"attributes: {attribute.name} stands twice")
            by_name[attribute.name] = attribute
        for role, kind in _ROLE_KINDS.items():
            self._check_role(role, kind, by_name)
        self._check_labels()
        object.__setattr__(self, "digest", hashlib.sha256(_DOMAIN + self.to_bytes()).digest())

    def _check_role(self, role: str, kind: str, by_name: Mapping[str, Attribute]) -> None:
        name = getattr(self.roles, role)
        if name is None:
            return
        if name not in by_name:
            raise SchemaError(f"roles.{role}: no attribute {name}")
        if kind != "link_secret" and by_name[name].blind:
            raise SchemaError(f"roles.{role}: {name} is for the issuer to fill in")
        if by_name[name].type.kind != kind:
            raise SchemaError(f"roles.{role}: {name} is not of type {kind}")

    def _check_labels(self) -> None:
        for language in reversed(LANGUAGES):
            by_label: dict[str, str] = {}
            for attribute in self.attributes:
                label = folded(attribute.label.text(language))
                other = by_label.setdefault(label, attribute.name)
                if other != attribute.name:
                    # The holder could not tell which of the two is shown, and which is hidden.
                    raise SchemaError(
                        f"attributes: the labels of {other} and {attribute.name} read the same "
                        f"in {language}"
                    )

    @property
    def names(self) -> tuple[str, ...]:
        """Attribute names in order."""
        return tuple(attribute.name for attribute in self.attributes)

    def attribute(self, name: str) -> Attribute:
        """Raises `SchemaError` for a name the schema does not have."""
        return self.attributes[self.index(name)]

    def is_technical(self, name: str) -> bool:
        """Whether an attribute is there for the proofs: a secret, a record's number, a digest."""
        return name == self.roles.record_id or self.attribute(name).type.kind in _TECHNICAL_KINDS

    def index(self, name: str) -> int:
        """Position among the attributes, from 0; raises `SchemaError`."""
        for position, attribute in enumerate(self.attributes):
            if attribute.name == name:
                return position
        raise SchemaError(f"{self.id} v{self.version}: no attribute {name}")

    def check_issued(self, values: Mapping[str, object]) -> dict[str, Value]:
        """The values that the issuer fills in, when they are what an issuer may sign.

        Each is canonical and inside its type: inequalities are sound because of it. The first day
        of validity is not after the last one: "today lies between" is proven as one product.
        Raises `SchemaError` naming the attribute. Blind attributes must not be there.
        """
        named = [attribute for attribute in self.attributes if not attribute.blind]
        self._require_names(values, [attribute.name for attribute in named])
        checked = {
            attribute.name: attribute.type.check(values[attribute.name], field=attribute.name)
            for attribute in named
        }
        first, last = self._validity(checked)
        if first is not None and last is not None and first > last:
            raise SchemaError(f"{self.roles.valid_until}: before {self.roles.valid_from}")
        return checked

    def is_valid_on(self, values: Mapping[str, Value], day: int) -> bool:
        """Whether a credential with these values is valid on a day since 1970-01-01."""
        first, last = self._validity(values)
        return (first is None or first <= day) and (last is None or day <= last)

    def _validity(self, values: Mapping[str, object]) -> tuple[int | None, int | None]:
        found: list[int | None] = []
        for name in (self.roles.valid_from, self.roles.valid_until):
            value = None if name is None else values.get(name)
            if name is not None and not isinstance(value, int):
                raise SchemaError(f"{name}: a day is needed")
            found.append(value if isinstance(value, int) else None)
        return found[0], found[1]

    def parse_record(self, record: Mapping[str, str]) -> dict[str, Value]:
        """Values of the attributes that the issuer fills in, from text such as a CSV row.

        Raises `SchemaError` naming the attribute. Blind attributes must not be there.
        """
        named = [attribute for attribute in self.attributes if not attribute.blind]
        self._require_names(record, [attribute.name for attribute in named])
        return {
            attribute.name: attribute.type.parse(record[attribute.name], field=attribute.name)
            for attribute in named
        }

    def _require_names(self, given: Iterable[str], wanted: Iterable[str]) -> None:
        have, need = set(given), set(wanted)
        for name in sorted(need - have):
            raise SchemaError(f"{name}: value missing")
        for name in sorted(map(str, have - need)):
            raise SchemaError(f"{name}: not expected here")

    def to_mapping(self) -> dict[str, object]:
        """The schema as plain values, of the shape that the schema files have."""
        return {
            "id": self.id,
            "version": self.version,
            "title": self.title.to_mapping(),
            "roles": {
                role.name: name
                for role in fields(self.roles)
                if (name := getattr(self.roles, role.name)) is not None
            },
            "attributes": [
                {
                    "name": attribute.name,
                    "type": attribute.type.spec(),
                    "blind": attribute.blind,
                    "label": attribute.label.to_mapping(),
                    **_member_labels_of(attribute),
                }
                for attribute in self.attributes
            ],
        }

    def to_bytes(self) -> bytes:
        """The one encoding of this schema."""
        return codec.encode(self.to_mapping())

    @classmethod
    def from_bytes(cls, data: bytes) -> Schema:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        mapping = codec.decode(data, field="schema", max_bytes=MAX_SCHEMA_BYTES)
        try:
            schema = schema_from_mapping(mapping)
        except SchemaError as error:
            raise DecodeError("schema", error.message) from None
        if schema.to_bytes() != data:
            raise DecodeError("schema", "not the canonical encoding")
        return schema


def schema_from_mapping(mapping: object) -> Schema:
    """The schema that plain values describe; raises `SchemaError` naming the path."""
    top = _table(mapping, "schema", {"id", "version", "title", "attributes"}, {"roles"})
    role_names = {role.name for role in fields(Roles)}
    roles = _table(top.get("roles", {}), "roles", set(), role_names)
    for role, name in roles.items():
        _require(isinstance(name, str), f"roles.{role}: the name of an attribute is needed")
    listed = top["attributes"]
    _require(isinstance(listed, list), "attributes: a list is needed")
    return Schema(
        id=cast(str, top["id"]),  # the constructor refuses what is not
        version=cast(int, top["version"]),
        title=_labels(top["title"], "title"),
        attributes=tuple(
            _attribute(item, f"attributes[{position}]")
            for position, item in enumerate(cast(list[object], listed))
        ),
        roles=Roles(**cast(dict[str, str], roles)),
    )


def _attribute(mapping: object, path: str) -> Attribute:
    table = _table(mapping, path, {"name", "type", "label"}, {"blind", "member_labels"})
    blind = table.get("blind", False)
    _require(isinstance(blind, bool), f"{path}.blind: true or false")
    attribute_type = type_from_spec(table["type"], field=f"{path}.type")
    label = _labels(table["label"], f"{path}.label")
    listed = table.get("member_labels", [])
    _require(isinstance(listed, list), f"{path}.member_labels: a list is needed")
    members = tuple(
        _labels(each, f"{path}.member_labels[{position}]")
        for position, each in enumerate(cast(list[object], listed))
    )
    try:
        return Attribute(cast(str, table["name"]), attribute_type, label, bool(blind), members)
    except SchemaError as error:
        raise SchemaError(f"{path}: {error.message}", hint=error.hint) from None


def _member_labels_of(attribute: Attribute) -> dict[str, object]:
    """Nothing where there are none: there is one encoding of each schema."""
    if not attribute.member_labels:
        return {}
    return {"member_labels": [each.to_mapping() for each in attribute.member_labels]}


def _labels(mapping: object, path: str) -> Labels:
    _require(isinstance(mapping, Mapping), f"{path}: a table of texts by language is needed")
    try:
        return Labels.from_mapping(cast(Mapping[str, str], mapping), field=path)
    except SchemaError as error:
        message = error.message
        raise SchemaError(message if message.startswith(path) else f"{path}: {message}") from None


def _table(value: object, path: str, needed: set[str], optional: set[str]) -> dict[str, object]:
    _require(isinstance(value, Mapping), f"{path}: a table is needed")
    table = {str(name): item for name, item in cast(Mapping[object, object], value).items()}
    for name in sorted(needed - set(table)):
        raise SchemaError(f"{path}.{name}: missing")
    for name in sorted(set(table) - needed - optional):
        raise SchemaError(f"{path}.{name}: unknown")
    return table


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise SchemaError(message)
