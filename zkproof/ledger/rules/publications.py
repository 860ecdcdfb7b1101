"""What is published: schemas, registries, lists, anchored documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zkproof.errors import LedgerError, ZkProofError
from zkproof.ledger.entries import GOVERNANCE, Entry
from zkproof.ledger.possession import Purpose, gate_pair
from zkproof.ledger.rules import governance
from zkproof.ledger.rules.issuers import check_unused
from zkproof.ledger.state import Document, LedgerState, PublishedList, Registry
from zkproof.trust import (
    LEAD,
    LIST_SEPARATOR,
    OWN_BITS_CAP,
    VERSION_INTERVAL,
    ListKind,
    ListVersion,
    Spread,
)
from zkproof_circuits.schema import Schema

_KEPT = 8 * 86_400
"""Seconds; requests are open for at most seven days."""

_SPREADS: Mapping[ListKind, frozenset[Spread]] = {
    ListKind.STATUS: frozenset((Spread.PREFIX,)),
    ListKind.MEMBERS: frozenset(Spread),
    ListKind.GAPS: frozenset((Spread.PREFIX, Spread.BLOCK)),
}
"""Spreads that a list of each kind may have."""


def publish_schema(state: LedgerState, entry: Entry) -> None:
    try:
        schema = Schema.from_bytes(entry.body["schema"])
    except ZkProofError as error:
        raise LedgerError(f"entry: not a schema: {error.message}") from None
    if (schema.id, schema.version) in state.schema_versions:
        raise LedgerError("entry: this version of the schema was published before")
    owner = state.schema_owners.get(schema.id, entry.author)
    if entry.author not in (owner, GOVERNANCE):
        raise LedgerError("entry: this schema identifier belongs to another publisher")
    state.schemas[schema.digest] = schema
    state.schema_versions.add((schema.id, schema.version))
    state.schema_owners.setdefault(schema.id, entry.author)


def publish_registry(state: LedgerState, entry: Entry) -> None:
    body = entry.body
    known = state.registries.get(body["registry"])
    if known is not None and body["version"] <= known.version:
        raise LedgerError("entry: versions of a registry go up")
    if any(each not in state.issuers for each in body["issuers"]):
        raise LedgerError("entry: a registry lists registered issuers only")
    state.registries[body["registry"]] = Registry(
        body["version"], frozenset(body["issuers"]), state.size
    )


def set_list_authority(state: LedgerState, entry: Entry) -> None:
    body = entry.body
    list_id, public_key, kind = body["list"], body["public_key"], ListKind(body["kind"])
    spread = Spread(body["spread"])
    if not list_id.startswith(entry.author + LIST_SEPARATOR):
        raise LedgerError("entry: a list begins with its owner's identifier")
    check_unused(state, public_key)
    known = state.lists.get(list_id)
    if known is not None and (known.kind, known.spread) != (kind, spread):
        raise LedgerError("entry: a list keeps its kind and its spread")
    if spread not in _SPREADS[kind]:
        raise LedgerError("entry: a list of that kind has another spread")
    if body["bits_cap"] > OWN_BITS_CAP and not governance.cosigned(state, entry):
        raise LedgerError(f"entry: governance signs too for a cap above {OWN_BITS_CAP} bits")
    pair = gate_pair(
        public_key,
        body["possession"],
        state.ledger_id,
        entry.author,
        list_id,
        purpose=Purpose(kind.value),
    )
    if pair is None:
        raise LedgerError("entry: no proof that the owner holds this key's secret")
    versions = () if known is None else known.versions
    state.lists[list_id] = PublishedList(
        issuer_id=entry.author,
        kind=kind,
        spread=spread,
        bits_cap=body["bits_cap"],
        public_key=public_key,
        gate_pair=pair.octets,
        location=body["location"],
        versions=versions,
    )
    state.public_keys.add(public_key)


def publish_version(state: LedgerState, entry: Entry) -> None:
    body = entry.body
    known = state.lists.get(body["list"])
    if known is None or known.issuer_id != entry.author:
        raise LedgerError("entry: no such list of this owner")
    if not body["not_before"] < body["not_after"]:
        raise LedgerError("entry: a version ends after it begins")
    if known.public_key is None:
        raise LedgerError("entry: the list's key was revoked", hint="register another one first")
    if body["not_before"] < entry.time:
        raise LedgerError("entry: a version begins when it is written or later")
    believed = [each for each in known.versions if not each.key_revoked]
    if known.versions and body["version"] <= known.versions[-1].version:
        raise LedgerError("entry: versions go up")
    if believed:
        since = body["not_before"] - believed[-1].not_before
        if since <= 0:
            raise LedgerError("entry: versions go up, and so do their times")
        if since < VERSION_INTERVAL and not governance.cosigned(state, entry):
            raise LedgerError(
                "entry: begins too soon after the version before",
                hint=f"{VERSION_INTERVAL // 3600} hours after it, unless governance signs too",
            )
    version = ListVersion(
        ledger_id=state.ledger_id,
        list_id=body["list"],
        kind=known.kind,
        spread=known.spread,
        bits_cap=known.bits_cap,
        public_key=known.public_key,
        version=body["version"],
        not_before=body["not_before"],
        not_after=body["not_after"],
        count=body["count"],
        root=body["root"],
        used_from=body["not_before"] + (LEAD if believed else 0),
        position=state.size,
        gate_pair=known.gate_pair,
    )
    versions = _still_spoken_of((*known.versions, version), entry.time)
    state.lists[body["list"]] = replace(known, versions=versions)


def revoke_list_key(state: LedgerState, entry: Entry) -> None:
    body = entry.body
    known = state.lists.get(body["list"])
    if known is None or entry.author not in (GOVERNANCE, known.issuer_id):
        raise LedgerError("entry: no list whose key this author may revoke")
    key = body["public_key"]
    signed = [each for each in known.versions if each.public_key == key and not each.key_revoked]
    if key != known.public_key and not signed:
        raise LedgerError("entry: no such key of this list, or revoked before")
    state.lists[body["list"]] = replace(
        known,
        public_key=None if key == known.public_key else known.public_key,
        versions=tuple(
            replace(each, key_revoked=True, revoked_position=state.size)
            if each.public_key == key and not each.key_revoked
            else each
            for each in known.versions
        ),
    )


def _still_spoken_of(versions: tuple[ListVersion, ...], now: int) -> tuple[ListVersion, ...]:
    """All but those whose successor has been in use for longer than any request is open."""
    first = 0
    for index, successor in enumerate(versions[1:]):
        if successor.used_from + _KEPT < now:
            first = index + 1
    return versions[first:]


def anchor_document(state: LedgerState, entry: Entry) -> None:
    body = entry.body
    if body["sha256"] in state.documents:
        raise LedgerError("entry: this document was anchored before")
    state.documents[body["sha256"]] = Document(body["sm3"], entry.author, entry.time)


def withdraw_document(state: LedgerState, entry: Entry) -> None:
    known = state.documents.get(entry.body["sha256"])
    if known is None or known.author != entry.author or known.withdrawn_at is not None:
        raise LedgerError("entry: no such document of this author, or withdrawn before")
    state.documents[entry.body["sha256"]] = replace(known, withdrawn_at=entry.time)
