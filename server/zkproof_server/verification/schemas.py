"""What goes in and out as JSON. Documents (request, receipt) and digests are in hexadecimal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from zkproof.presentation.receipt import PROVEN
from zkproof.presentation.report import Refusal, Report
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

    alias: str
    schema_: str = Field(alias="schema")
    issuer: str
    issuer_name: str
    key: str
    disclosed: dict[str, str]
    hidden: list[str]
    epoch: int | None = None
    """Status epoch in which it was in good standing, where the policy asks."""


class ReportFacts(BaseModel):
    """Exactly what was proven."""

    result: Literal["proven"] = "proven"
    policy: str
    policy_version: int
    purpose: str
    constraints: list[Constraint]
    credentials: list[ShownCredential]
    pseudonyms: list[Pseudonym]
    ciphertexts: list[Ciphertext]
    lists: list[UsedList]
    ledger: str
    tree_size: int
    root: str
    verified_at: int

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
                ShownCredential(
                    alias=each.alias,
                    schema=f"{each.schema_id} v{each.schema_version}",
                    issuer=each.issuer_id,
                    issuer_name=each.issuer_name,
                    key=each.key_id,
                    disclosed={
                        name: schemas[each.schema_digest].attribute(name).type.to_text(value)
                        for name, value in each.disclosed.items()
                    },
                    hidden=list(each.hidden),
                    epoch=None if each.status is None else each.status[1],
                )
                for each in report.credentials
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
