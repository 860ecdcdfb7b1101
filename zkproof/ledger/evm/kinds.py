"""Numbers of the kinds of entry in the contract, and whom an entry is about there."""

from __future__ import annotations

from collections.abc import Mapping

from zkproof.ledger.entries import Entry

KINDS: Mapping[str, int] = {
    name: number
    for number, name in enumerate(
        (
            "governance-root",
            "governance-rotate",
            "issuer-register",
            "issuer-replace-admin",
            "issuer-rotate-key",
            "issuer-revoke-key",
            "issuer-suspend",
            "issuer-reinstate",
            "schema-publish",
            "registry-publish",
            "list-authority",
            "list-version",
            "list-revoke-key",
            "auditor-register",
            "auditor-rotate-key",
            "verifier-register",
            "verifier-rotate-key",
            "verifier-suspend",
            "verifier-reinstate",
            "policy-register",
            "scope-register",
            "receipt-head",
            "document-anchor",
            "document-revoke",
        ),
        start=1,
    )
}
"""A new kind gets the next number and a new contract that knows it."""

_SUBJECTS: Mapping[str, str] = {
    "issuer-register": "issuer",
    "issuer-suspend": "issuer",
    "issuer-reinstate": "issuer",
    "verifier-register": "verifier",
    "verifier-suspend": "verifier",
    "verifier-reinstate": "verifier",
}


def subject_of(entry: Entry) -> str | None:
    """The identifier whose standing the entry changes."""
    field = _SUBJECTS.get(entry.type)
    return None if field is None else str(entry.body[field])
