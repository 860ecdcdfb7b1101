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
from zkproof.presentation.request import Request
from zkproof.trust import TrustView
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import date_of
from zkproof_server.verification.repository import Row
from zkproof_server.verification.states import State
from zkproof_server.verification.wording import Resolved, constraints_in_words, resolve


class OpenRequest(BaseModel):
    """A question: a policy by name (the caller's own or a packaged one), or its text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    policy: Annotated[str, Field(min_length=1, max_length=20_000)]
    policy_version: Annotated[int, Field(ge=1, lt=1 << 31)] | None = None
    """Of a stored policy; the newest when left out."""

    parameters: Annotated[
        dict[
            Annotated[str, Field(min_length=1, max_length=64)],
            Annotated[str, Field(max_length=200)],
        ],
        Field(max_length=32),
    ] = {}
    lifetime_seconds: Annotated[int, Field(gt=0, le=7 * 86_400)] = 600
    language: Annotated[str, Field(pattern="^(en|pt|zh-Hant|zh-Hans)$")] = "en"
    """Of the sentences in the result."""

    reference: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    """The caller's own, to find the request by. It is kept for good: no personal data."""

    metadata: Annotated[
        dict[
            Annotated[str, Field(min_length=1, max_length=64)],
            Annotated[str, Field(max_length=200)],
        ],
        Field(max_length=16),
    ] = {}
    """The caller's own; as the reference."""


class RequestView(BaseModel):
    """A request as the relying party sees it, without what was learnt."""

    id: str
    state: State
    version: int
    """Goes up with every change."""

    tries: int
    policy: str
    policy_version: int
    reference: str | None
    metadata: dict[str, str]
    opened_by: str
    url: str
    """Where the holder's wallet finds it; whoever knows it can answer."""

    created_at: int
    fetched_at: int | None
    answered_at: int | None
    """Of the last answer."""

    ended_at: int | None
    expires_at: int

    @classmethod
    def of(cls, row: Row, base: str) -> Self:
        return cls(
            id=row.rp_id,
            state=row.state,
            version=row.version,
            tries=row.tries,
            policy=row.policy,
            policy_version=row.policy_version,
            reference=row.reference,
            metadata=dict(row.details or {}),
            opened_by=row.opened_by,
            url=f"{base}/v1/w/{row.id}",
            created_at=row.created_at,
            fetched_at=row.fetched_at,
            answered_at=row.answered_at,
            ended_at=row.expires_at if row.state is State.EXPIRED else row.ended_at,
            expires_at=row.expires_at,
        )


class OpenedRequest(RequestView):
    """The same with the request itself, signed: for handing over without a network."""

    request: str

    @classmethod
    def of(cls, row: Row, base: str) -> Self:
        view = RequestView.of(row, base).model_dump()
        return cls(request=row.document.hex(), **view)


class RequestPage(BaseModel):
    """Requests, newest first. ``next`` is the cursor of the following page, if there is one."""

    items: list[RequestView]
    next: str | None = None


class Constraint(BaseModel):
    """One requirement that was proven, and the credentials it speaks of."""

    text: str
    """As the policy has it."""

    sentence: str | None = None
    """The same for people, with its values filled in."""

    resolved: list[Resolved] = []
    """What stood for names and for today."""

    credentials: list[str]


class UsedList(BaseModel):
    """A version of a published list that was relied on: status, members or gaps."""

    list_: str = Field(alias="list")
    kind: str
    version: int
    root: str | None = None
    """Over the files of this version, as the ledger has it."""


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
    public_key: str | None = None
    """The issuer's key that the signature was checked with; 96 octets in hexadecimal."""

    disclosed: dict[str, str]
    """Values as their types write them."""

    hidden: list[str]
    epoch: int | None = None
    """Status epoch in which it was in good standing, where the policy asks."""

    @classmethod
    def of(cls, proven: ProvenCredential, schema: Schema, view: TrustView) -> Self:
        key = view.issuers[proven.issuer_id].keys[proven.key_id]
        return cls(
            alias=proven.alias,
            schema=_title(proven),
            issuer=proven.issuer_id,
            issuer_name=proven.issuer_name,
            key=proven.key_id,
            public_key=key.public_key.hex(),
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
    proven: ProvenCredential | HiddenIssuerCredential, schema: Schema, view: TrustView
) -> ShownCredential | HiddenCredential:
    if isinstance(proven, ProvenCredential):
        return ShownCredential.of(proven, schema, view)
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
    today: str | None = None
    """What "today" stood for."""

    parameters: dict[str, str] = {}
    constraints: list[Constraint]
    credentials: list[AnyCredential]
    pseudonyms: list[Pseudonym]
    ciphertexts: list[Ciphertext]
    lists: list[UsedList]
    ledger: str
    tree_size: int
    root: str
    trust_as_of: int | None = None
    """When the ledger's checkpoint was read."""

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
    def of(
        cls, report: Report, circuit: Circuit, request: Request, view: TrustView, language: str
    ) -> Self:
        schemas: Mapping[bytes, Schema] = view.schemas
        sentences = constraints_in_words(circuit, request, view.schemas, language)
        return cls(
            today=date_of(report.today).isoformat(),
            parameters=dict(request.parameters),
            trust_as_of=report.trust_as_of,
            policy=report.policy_name,
            policy_version=report.policy_version,
            purpose=report.purpose,
            constraints=[
                Constraint(
                    text=each.source,
                    sentence=sentences.get(each.source),
                    resolved=resolve(each.source, request),
                    credentials=list(each.credentials),
                )
                for each in report.constraints
            ],
            credentials=[
                _credential(each, schemas[each.schema_digest], view) for each in report.credentials
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
                UsedList(
                    list=each.list_id,
                    kind=each.kind.value,
                    version=each.version,
                    root=each.root.hex(),
                )
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
    def of(
        cls,
        outcome: Report | Refusal,
        circuit: Circuit,
        request: Request,
        view: TrustView,
        *,
        language: str,
    ) -> Self:
        if isinstance(outcome, Refusal):
            return cls(result=outcome.code.value, reason=outcome.text)
        return cls(result=PROVEN, report=ReportFacts.of(outcome, circuit, request, view, language))


class Outcome(Verdict):
    """Answer to a presentation: exactly what was proven, or why it was refused."""

    request_id: str
    receipt: str
    """The signed receipt."""


class Result(RequestView):
    """A request with what was learnt; ``result`` is gone when its time is over."""

    result: Verdict | None = None
    kept_until: int | None = None
    receipt: str | None = None
