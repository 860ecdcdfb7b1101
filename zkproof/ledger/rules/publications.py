"""What is published: schemas, registries, status lists, anchored documents."""

from __future__ import annotations

from dataclasses import replace

from zkproof.credential.trust import ListKind, ListVersion
from zkproof.errors import LedgerError, ZkProofError
from zkproof.ledger.entries import GOVERNANCE, Entry
from zkproof.ledger.possession import Purpose, verify_possession
from zkproof.ledger.rules.issuers import LIST_SEPARATOR, check_unused
from zkproof.ledger.state import Document, LedgerState, Registry, StatusList
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


def set_status_authority(state: LedgerState, entry: Entry) -> None:
    body = entry.body
    list_id, public_key = body["list"], body["public_key"]
    if not list_id.startswith(entry.author + LIST_SEPARATOR):
        raise LedgerError("entry: a status list begins with its issuer's identifier")
    check_unused(state, public_key)
    if not verify_possession(
        public_key,
        body["possession"],
        state.ledger_id,
        entry.author,
        list_id,
        purpose=Purpose.STATUS,
    ):
        raise LedgerError("entry: no proof that the issuer holds this key's secret")
    known = state.status.get(list_id, StatusList(entry.author, public_key))
    state.status[list_id] = replace(known, public_key=public_key)
    state.public_keys.add(public_key)


def publish_epoch(state: LedgerState, entry: Entry) -> None:
    body = entry.body
    known = state.status.get(body["list"])
    if known is None or known.issuer_id != entry.author:
        raise LedgerError("entry: no such status list of this issuer")
    if not body["not_before"] < body["not_after"]:
        raise LedgerError("entry: an epoch ends after it begins")
    if known.epochs and (
        body["epoch"] <= known.epochs[-1].version
        or body["not_before"] < known.epochs[-1].not_before
    ):
        raise LedgerError("entry: epochs go up")
    epoch = ListVersion(
        body["list"],
        ListKind.STATUS,
        known.public_key,
        body["epoch"],
        body["not_before"],
        body["not_after"],
        body["count"],
        body["root"],
    )
    # Two are enough: the current one, and the one before it for a verifier's grace.
    state.status[body["list"]] = replace(known, epochs=(*known.epochs[-1:], epoch))


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
