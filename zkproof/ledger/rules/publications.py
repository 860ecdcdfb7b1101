"""What is published: schemas, registries, lists, anchored documents."""

from __future__ import annotations

from dataclasses import replace

from zkproof.errors import LedgerError, ZkProofError
from zkproof.ledger.entries import GOVERNANCE, Entry
from zkproof.ledger.possession import Purpose, verify_possession
from zkproof.ledger.rules.issuers import check_unused
from zkproof.ledger.state import Document, LedgerState, PublishedList, Registry
from zkproof.trust import LIST_SEPARATOR, ListKind, ListVersion
from zkproof_circuits.schema import Schema


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
    state.registries[body["registry"]] = Registry(body["version"], frozenset(body["issuers"]))


def set_list_authority(state: LedgerState, entry: Entry) -> None:
    body = entry.body
    list_id, public_key, kind = body["list"], body["public_key"], ListKind(body["kind"])
    if not list_id.startswith(entry.author + LIST_SEPARATOR):
        raise LedgerError("entry: a list begins with its owner's identifier")
    check_unused(state, public_key)
    known = state.lists.get(list_id)
    if known is not None and known.kind is not kind:
        raise LedgerError("entry: a list keeps its kind")
    if not verify_possession(
        public_key,
        body["possession"],
        state.ledger_id,
        entry.author,
        list_id,
        purpose=Purpose(kind.value),
    ):
        raise LedgerError("entry: no proof that the owner holds this key's secret")
    versions = () if known is None else known.versions
    state.lists[list_id] = PublishedList(entry.author, kind, public_key, body["location"], versions)
    state.public_keys.add(public_key)


def publish_version(state: LedgerState, entry: Entry) -> None:
    body = entry.body
    known = state.lists.get(body["list"])
    if known is None or known.issuer_id != entry.author:
        raise LedgerError("entry: no such list of this owner")
    if not body["not_before"] < body["not_after"]:
        raise LedgerError("entry: a version ends after it begins")
    last = known.versions[-1:]
    if last and (body["version"] <= last[0].version or body["not_before"] < last[0].not_before):
        raise LedgerError("entry: versions go up")
    version = ListVersion(
        list_id=body["list"],
        kind=known.kind,
        public_key=known.public_key,
        version=body["version"],
        not_before=body["not_before"],
        not_after=body["not_after"],
        count=body["count"],
        root=body["root"],
    )
    # Two are enough: the current one, and the one before it for a verifier's grace.
    state.lists[body["list"]] = replace(known, versions=(*last, version))


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
