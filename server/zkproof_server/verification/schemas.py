"""What goes in and out as JSON. Documents (request, receipt) and digests are in hexadecimal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from zkproof.presentation.receipt import PROVEN
from zkproof.presentation.report import (
    HiddenIssuerCredential,
    ProvenCredential,
    Refusal,
    Report,
)
from zkproof_circuits.schema import Schema


class OpenRequest(BaseModel):
    """A question to be asked: a packaged policy by name, or the text of one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    policy: Annotated[str, Field(min_length=1, max_length=20_000)]
    parameters: Annotated[
        dict[
            Annotated[str, Field(min_length=1, max_length=64)],
            Annotated[str, Field(max_length=200)],
        ],
        Field(max_length=32),
    ] = {}
    lifetime_seconds: Annotated[int, Field(gt=0, le=7 * 86_400)] = 600


class OpenedRequest(BaseModel):
    """The request as signed, and where a holder finds it."""

    request_id: str
    url: str
    expires_at: int
    request: str
    """The signed request."""


class Constraint(BaseModel):
    """One requirement that was proven, and the credentials it speaks of."""

    text: str
    credentials: list[str]


class UsedList(BaseModel):
    """A version of a published list that was relied on: status, members or gaps."""

    list_: str = Field(alias="list")
    kind: str
    version: int


class Pseudonym(BaseModel):
    """The holder's pseudonym for a scope, or the tag of one record; 48 octets in hexadecimal."""

    scope: str
    made_from: list[str]
    value: str


class Ciphertext(BaseModel):
    """An attribute that only the auditor can open; 96 octets in hexadecimal."""

    attribute: str
    auditor: str
    key: str
    ciphertext: str


class ShownCredential(BaseModel):
    """Who signed, with which key; what was disclosed; what stayed hidden."""

    kind: Literal["named"] = "named"
    alias: str
    schema_: str = Field(alias="schema")
    issuer: str
    issuer_name: str
    key: str
    disclosed: dict[str, str]
    hidden: list[str]
    epoch: int | None = None
    """Status epoch in which it was in good standing, where the policy asks."""

    @classmethod
    def of(cls, proven: ProvenCredential, schema: Schema) -> Self:
        return cls(
            alias=proven.alias,
            schema=_title(proven),
            issuer=proven.issuer_id,
            issuer_name=proven.issuer_name,
            key=proven.key_id,
            disclosed=_disclosed(proven, schema),
            hidden=list(proven.hidden),
            epoch=None if proven.status is None else proven.status[1],
        )


class PossibleIssuer(BaseModel):
    """An issuer that may have signed, and its keys in force."""

    issuer: str
    issuer_name: str
    keys: list[str]


class HiddenCredential(BaseModel):
    """A credential that one of several issuers signed, and nobody learns which.

    Where ``optional``, only one way of an alternative asks for it, and nobody learns whether it is
    held: the constraint of the alternative says what was proven.
    """

    kind: Literal["hidden-issuer"] = "hidden-issuer"
    alias: str
    schema_: str = Field(alias="schema")
    issuers: list[PossibleIssuer]
    optional: bool
    disclosed: dict[str, str]
    hidden: list[str]
    lists: list[str]
    """Status lists in one of which it was in good standing, where the policy asks; their versions
    are those of the report's ``lists``."""

    @classmethod
    def of(cls, proven: HiddenIssuerCredential, schema: Schema) -> Self:
        keys: dict[str, list[str]] = {}
        for issuer_id, key_id in proven.keys:
            keys.setdefault(issuer_id, []).append(key_id)
        return cls(
            alias=proven.alias,
            schema=_title(proven),
            issuers=[
                PossibleIssuer(issuer=issuer_id, issuer_name=name, keys=keys.get(issuer_id, []))
                for issuer_id, name in proven.issuers
            ],
            optional=proven.in_a_way,
            disclosed=_disclosed(proven, schema),
            hidden=list(proven.hidden),
            lists=[list_id for list_id, _ in proven.status],
        )


AnyCredential = Annotated[ShownCredential | HiddenCredential, Field(discriminator="kind")]
"""``kind`` says whether the issuer is named."""


def _credential(
    proven: ProvenCredential | HiddenIssuerCredential, schema: Schema
) -> ShownCredential | HiddenCredential:
    if isinstance(proven, ProvenCredential):
        return ShownCredential.of(proven, schema)
    return HiddenCredential.of(proven, schema)


def _title(proven: ProvenCredential | HiddenIssuerCredential) -> str:
    return f"{proven.schema_id} v{proven.schema_version}"


def _disclosed(proven: ProvenCredential | HiddenIssuerCredential, schema: Schema) -> dict[str, str]:
    return {
        name: schema.attribute(name).type.to_text(value) for name, value in proven.disclosed.items()
    }


class ReportFacts(BaseModel):
    """Exactly what was proven."""

    result: Literal["proven"] = "proven"
    policy: str
    policy_version: int
    purpose: str
    constraints: list[Constraint]
    credentials: list[AnyCredential]
    pseudonyms: list[Pseudonym]
    ciphertexts: list[Ciphertext]
    lists: list[UsedList]
    ledger: str
    tree_size: int
    root: str
    verified_at: int

    @field_validator("credentials", mode="before")
    @classmethod
    def _named_without_a_kind(cls, credentials: object) -> object:
        """A kept report may be from before there were kinds: all its issuers are named."""
        if not isinstance(credentials, list):
            return credentials
        return [
            {"kind": "named", **each} if isinstance(each, dict) else each for each in credentials
        ]

    @classmethod
    def of(cls, report: Report, schemas: Mapping[bytes, Schema]) -> Self:
        """Disclosed values as their types write them."""
        return cls(
            policy=report.policy_name,
            policy_version=report.policy_version,
            purpose=report.purpose,
            constraints=[
                Constraint(text=each.source, credentials=list(each.credentials))
                for each in report.constraints
            ],
            credentials=[
                _credential(each, schemas[each.schema_digest]) for each in report.credentials
            ],
            pseudonyms=[
                Pseudonym(scope=each.scope, made_from=list(each.slots), value=each.value.hex())
                for each in report.pseudonyms
            ],
            ciphertexts=[
                Ciphertext(
                    attribute=each.slot,
                    auditor=each.auditor_id,
                    key=each.key_id,
                    ciphertext=each.ciphertext.hex(),
                )
                for each in report.ciphertexts
            ],
            lists=[
                UsedList(list=each.list_id, kind=each.kind.value, version=each.version)
                for each in report.lists
            ],
            ledger=report.ledger_id,
            tree_size=report.tree_size,
            root=report.root_hash.hex(),
            verified_at=report.verified_at,
        )


class Verdict(BaseModel):
    """``result`` is ``proven`` or the code of a refusal, whose ``reason`` is for people."""

    result: str
    reason: str | None = None
    report: ReportFacts | None = None

    @classmethod
    def of(cls, outcome: Report | Refusal, schemas: Mapping[bytes, Schema]) -> Self:
        if isinstance(outcome, Refusal):
            return cls(result=outcome.code.value, reason=outcome.text)
        return cls(result=PROVEN, report=ReportFacts.of(outcome, schemas))


class Outcome(Verdict):
    """Answer to a presentation: exactly what was proven, or why it was refused."""

    request_id: str
    receipt: str
    """The signed receipt."""


class Result(BaseModel):
    """The verifier's own view of a request; ``result`` is gone when its time is over."""

    request_id: str
    state: Literal["open", "answered", "closed", "expired"]
    tries: int
    expires_at: int
    result: Verdict | None = None
    kept_until: int | None = None
    receipt: str | None = None
