"""An answer to an offer that shows an earlier credential, and the issuer's own pseudonym.

1. issuer -> holder  `IssuanceRequest`: the offer, and what the issuer wants to see, a request with
   an ordinary policy or only its pseudonym; signed with the issuer's admin key
2. holder -> issuer  `IssuanceAnswer`: one composite proof over everything
3. issuer -> holder  the credential

Relation     what the policy asks of the shown credentials;
             ``C = s*Q_2 + sk*J_1 + ...`` for the *same* slot sk that is their link secret;
             ``N = sk*H`` with H hashed from this issuer on this ledger
Source       docs/security.md, section "Renewal"
Rests on     what a presentation rests on
Not proven   that a person has one link secret: that follows from what the issuer keeps
             (`zkproof.issuer.subjects`) and from the shown credential's issuer

Whoever could ask in an issuer's name would recognise its customers: a wallet answers only what the
admin key on the ledger signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zkproof.bbs.masks import MaskSource
from zkproof.bbs.secret import ProverBlind
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.credential.committing import (
    CheckedCommitment,
    commitment_to,
    committed_integers,
)
from zkproof.credential.credential import (
    Credential,
    holder_values,
    open_credential,
)
from zkproof.credential.encoding import Layout, scalars
from zkproof.credential.issuing import MAX_OFFER_BYTES, OFFER_ID_BYTES, Offer
from zkproof.credential.link_secret import LinkSecret
from zkproof.credential.list_proof import ListProof
from zkproof.credential.offer_check import check_offer
from zkproof.curve import G1
from zkproof.errors import ConflictError, DecodeError, IssuanceError, NotFoundError, UsageError
from zkproof.keys.ed25519 import SIGNATURE_BYTES, Ed25519Signer, verify_ed25519
from zkproof.presentation.gathering import gather
from zkproof.presentation.presentation import (
    MAX_PRESENTATION_BYTES,
    Presentation,
    presented,
)
from zkproof.presentation.publications import Publications
from zkproof.presentation.report import Refusal
from zkproof.presentation.request import (
    MAX_REQUEST_BYTES,
    Request,
    VerifierIdentity,
    open_request,
)
from zkproof.presentation.shown import AnyShown, ShownCredential
from zkproof.presentation.slots import Holding, Slots
from zkproof.presentation.statement import Assembled, assemble_with
from zkproof.presentation.verify import VerificationRules, check_presentation
from zkproof.record import Record, boolean, octets, optional, parsed
from zkproof.sigma import composite, pseudonym
from zkproof.sigma.clause import Clause, Opening
from zkproof.sigma.gadgets import Builder
from zkproof.sigma.pseudonym import Pseudonym
from zkproof.sigma.statement import Box, Statement
from zkproof.trust import Checkpoint, TrustView
from zkproof_circuits.circuit import Circuit, Equal, Held, Slot
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import Value
from zkproof_circuits.ways import ways

FORMAT = 1
ANSWER_FORMAT = 2
ADMIN_KEY = "admin"
"""Key identifier in an issuer's requests: its admin key, which the ledger has."""

_LABEL = b"zkproof issuance request v1"
_CONTEXT = b"zkproof offer and request v1\0"
_SCOPE = b"zkproof scope v2\0"
_MARGIN = 1 << 10


@dataclass(frozen=True, slots=True)
class IssuanceRequest:
    """An offer, and what the issuer wants to see before it signs.

    Without a ``request`` it asks for its pseudonym only. ``adds_share`` announces that it adds a
    share to the link secret: for somebody's first credential, which an empty wallet answers.
    """

    offer: Offer
    request: Request | None
    adds_share: bool
    signature: bytes

    def __post_init__(self) -> None:
        if len(_link_secrets(self.offer.schema)) != 1:
            raise UsageError(f"{self.offer.schema.id}: has no link secret that could be the same")

    def body(self) -> bytes:
        """What is signed."""
        return encode(self._body())

    def to_bytes(self) -> bytes:
        return encode({"body": self._body(), "signature": self.signature})

    def _body(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "offer": self.offer.to_bytes(),
            "request": None if self.request is None else self.request.to_bytes(),
            "adds_share": self.adds_share,
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> IssuanceRequest:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        limit = MAX_OFFER_BYTES + MAX_REQUEST_BYTES + _MARGIN
        outer = _SIGNED.read(data, max_bytes=limit)
        body = outer["body"]
        try:
            return cls(
                offer=body["offer"],
                request=body["request"],
                adds_share=body["adds_share"],
                signature=outer["signature"],
            )
        except UsageError as error:
            raise DecodeError("issuance request.offer", error.message) from None

    def signed_by(self, public_key: bytes) -> bool:
        """Whether the signature is one by that Ed25519 key."""
        return verify_ed25519(public_key, self.signature, _LABEL, self.body())

    @property
    def context(self) -> bytes:
        """32 octets that bind a proof to this offer and this request."""
        request = None if self.request is None else self.request.digest
        about = {
            "offer": self.offer.to_bytes(),
            "request": request,
            "adds_share": self.adds_share,
        }
        return hashlib.sha256(_CONTEXT + encode(about)).digest()


@dataclass(frozen=True, slots=True)
class IssuanceAnswer:
    """As decoded; nothing in it is verified. ``shown`` holds no credential where none was asked."""

    offer_id: bytes
    shown: Presentation

    def to_bytes(self) -> bytes:
        return encode(
            {"format": ANSWER_FORMAT, "offer": self.offer_id, "shown": self.shown.to_bytes()}
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> IssuanceAnswer:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        limit = MAX_PRESENTATION_BYTES + _MARGIN
        table = _ANSWER.read(data, max_bytes=limit)
        return cls(table["offer"], table["shown"])


_SIGNED = Record(
    "issuance request",
    {
        "body": Record(
            "issuance request",
            {
                "offer": parsed(octets(), Offer.from_bytes),
                "request": optional(parsed(octets(), Request.from_bytes)),
                "adds_share": boolean,
            },
            format=FORMAT,
        ),
        "signature": octets(SIGNATURE_BYTES),
    },
)
_ANSWER = Record(
    "issuance answer",
    {"offer": octets(OFFER_ID_BYTES), "shown": parsed(octets(), Presentation.from_bytes)},
    format=ANSWER_FORMAT,
)


def ask(
    admin: Ed25519Signer,
    offer: Offer,
    policy: str | None,
    schemas: tuple[Schema, ...],
    *,
    checkpoint: Checkpoint,
    now: int,
    lifetime: int = 600,
    parameters: Mapping[str, str] | None = None,
    adds_share: bool = False,
    random: RandomBytes = os_random,
) -> IssuanceRequest:
    """Ask for what ``policy`` says, or only for the issuer's pseudonym, before ``offer`` is signed.

    An offer may be asked for anew when its request has expired. Raises what `open_request` raises,
    `UsageError` for a schema without a link secret.
    """
    request = None
    if policy is not None:
        issuer = offer.issuer
        request = open_request(
            admin,
            VerifierIdentity(issuer.issuer_id, issuer.name, ADMIN_KEY),
            policy,
            schemas,
            ledger_id=issuer.ledger_id,
            checkpoint=checkpoint,
            now=now,
            lifetime=lifetime,
            parameters=parameters,
            random=random,
        )
    unsigned = IssuanceRequest(offer, request, adds_share, bytes(SIGNATURE_BYTES))
    signature = admin.sign(_LABEL, unsigned.body())
    return IssuanceRequest(offer, request, adds_share, signature)


def check_issuance_request(
    asked: IssuanceRequest, trust: TrustView, now: int, *, clock_skew: int = 60
) -> Circuit | None:
    """What a wallet checks before it answers: the circuit to be agreed to, if a policy asks.

    1. The offer is one to be answered. (`check_offer`)
    2. The issuer's admin key on the ledger signed it. (somebody else who wants to recognise the
       issuer's customers)
    3. The request in it is the issuer's own, of this ledger, and in its time.
    4. Its schemas are on the ledger, and its policy compiles to the circuit it announces.

    Raises `IssuanceError`, and what `Request.circuit` raises.
    """
    offer, request = asked.offer, asked.request
    check_offer(offer, trust, now)  # 1.
    issuer = trust.issuers[offer.issuer.issuer_id]
    if not asked.signed_by(issuer.admin_key):  # 2.
        raise IssuanceError("issuance request: not signed by the issuer on the ledger")
    if request is None:
        return None
    identity = VerifierIdentity(issuer.issuer_id, issuer.name, ADMIN_KEY)
    if request.verifier != identity or request.ledger_id != trust.ledger_id:  # 3.
        raise IssuanceError("issuance request: asks in another name, or for another ledger")
    if not request.issued_at - clock_skew <= now <= request.expires_at:
        raise IssuanceError("issuance request: expired, or not yet valid", hint="ask for a new one")
    circuit = request.circuit(trust.schemas)  # 4.
    _check_bound(circuit, trust.schemas)
    return circuit


def _check_bound(circuit: Circuit, schemas: Mapping[bytes, Schema]) -> None:
    """Every certificate that may be shown is of the holder whose link secret the new one is bound
    to; one that only a way asks for says so in that way.
    """
    for taken in map(circuit.taken, circuit.picks()):
        secrets = {
            each.alias: {
                Slot(each.alias, name) for name in _link_secrets(schemas[each.schema_digest])
            }
            for each in taken.credentials
        }
        if not any(secrets[alias] for alias in secrets.keys() - taken.conditional):
            raise IssuanceError("issuance request: not every way shows a certificate")
        for part in (part for formula in taken.formulas for part in ways(formula)):
            tied = {slot for each in part if isinstance(each, Equal) for slot in each.reads}
            for each in part:
                if isinstance(each, Held) and secrets[each.credential] - tied:
                    raise IssuanceError(
                        f"issuance request: {each.credential} may be somebody else's",
                        hint="add it to same holder",
                    )


def answer(
    asked: IssuanceRequest,
    link_secret: LinkSecret,
    trust: TrustView,
    *,
    circuit: Circuit | None = None,
    credentials: Mapping[str, Credential] | None = None,
    chosen: Mapping[str, Value] | None = None,
    list_proofs: Sequence[ListProof] = (),
    random: RandomBytes = os_random,
) -> tuple[bytes, ProverBlind]:
    """The holder's answer, and the blind to keep.

    ``circuit`` is what `check_issuance_request` gave and the holder agreed to, ``credentials`` what
    is shown for it, by alias. Raises `UsageError` and `ConflictError` when they do not satisfy it,
    `SchemaError` for a chosen value that is missing or outside its type, `IssuanceError` for a
    credential of another link secret.
    """
    request, schema = asked.request, asked.offer.schema
    values = holder_values(schema, link_secret, chosen or {})
    committed = scalars(schema, values, Layout.of(schema).holder)
    integers = committed_integers(schema, values, committed)
    masks = MaskSource(random=random, secrets=committed, statement=asked.context, attempt=0)
    blind = masks.scalar()
    opening = Opening(blind, tuple(committed))
    if request is None:
        if circuit is not None or credentials:
            raise UsageError("issuance request: asks for no credential")
        statement, builder = _alone(asked)
        auxiliary = builder.auxiliary_values(integers)
        proof = composite.prove(
            statement, (), auxiliary, clause_secrets=(opening, None), random=random
        )
        shown = Presentation(asked.context, {}, proof)
        return IssuanceAnswer(asked.offer.offer_id, shown).to_bytes(), ProverBlind(blind)
    if circuit is None:
        raise UsageError("circuit: the one that was agreed to is needed")
    held = credentials or {}
    signatures = {name: open_credential(each, link_secret) for name, each in held.items()}
    gathered = gather(request, circuit, held, signatures, trust, list_proofs)
    assembled, numbers = _joint(
        asked, request, gathered.circuit, gathered.shown, gathered.publications, gathered
    )
    prepared = gathered.prepared(
        assembled, opening=opening, integers=dict(zip(numbers, integers, strict=True))
    )
    proof = composite.prove(
        prepared.statement,
        prepared.held,
        prepared.auxiliary,
        clause_secrets=prepared.clause_secrets,
        random=random,
    )
    shown = Presentation(
        request_digest=request.digest,
        credentials=presented(prepared.shown),
        proof=proof,
    )
    return IssuanceAnswer(asked.offer.offer_id, shown).to_bytes(), ProverBlind(blind)


@dataclass(frozen=True, slots=True)
class CheckedAnswer:
    """What an issuer learns from an answer whose proof holds."""

    commitment: CheckedCommitment
    pseudonym: bytes
    """The issuer's own: 48 octets, the same for one link secret."""
    disclosed: Mapping[str, Value]
    """Values of the shown credentials, by slot as the policy names them."""


def check_answer(
    asked: IssuanceRequest,
    data: bytes,
    trust: TrustView,
    *,
    expected: Mapping[str, Value],
    now: int,
    rules: VerificationRules | None = None,
    random: RandomBytes = os_random,
) -> CheckedAnswer:
    """The issuer's check of an answer, against the request *as the issuer stored it*.

    ``expected`` gives, by slot, the disclosed values that have to be this subject's: a person's
    number, the hash of an account.

    1. It answers this offer, and has the fields that the request asks for.
    2. Keys, lists and times are as for any presentation. (key revoked, credential revoked)
    3. The disclosed values are the subject's. (certificate of another account)
    4. The proof holds: what the policy says, the commitment to the same link secret, and the
       pseudonym of it. (another link secret, commitment exchanged, answer to another offer)

    Raises `IssuanceError`; `DecodeError` for octets that are no answer.
    """
    parsed, request = IssuanceAnswer.from_bytes(data), asked.request
    if parsed.offer_id != asked.offer.offer_id:  # 1.
        raise IssuanceError("answer: for another offer")
    disclosed: dict[str, Value] = {}
    if request is None:
        if parsed.shown.credentials:
            raise IssuanceError("answer: shows what was not asked for")
        if parsed.shown.request_digest != asked.context:
            raise IssuanceError("answer: for another request")
        statement, _ = _alone(asked)
    else:
        checked = check_presentation(  # 2.
            request, parsed.shown, trust, now=now, rules=rules or VerificationRules()
        )
        if isinstance(checked, Refusal):
            raise IssuanceError(f"answer: {checked.code.value}: {checked.text}")
        for alias, each in checked.shown.items():
            disclosed |= {f"{alias}.{name}": value for name, value in each.disclosed.items()}
        try:
            assembled, _ = _joint(
                asked, request, checked.circuit, checked.shown, checked.publications
            )
        except (UsageError, NotFoundError, ConflictError) as error:
            raise IssuanceError(f"answer: {error.message}") from None
        statement = assembled.statement
    for slot, value in expected.items():  # 3.
        if slot not in disclosed or disclosed[slot] != value:
            raise IssuanceError(f"answer: {slot} is not the one of this customer")
    points = composite.verified_points(statement, parsed.shown.proof, random=random)  # 4.
    if points is None:
        raise IssuanceError("answer: its proof does not hold for this offer and request")
    (C,), (N,) = points[:2]
    commitment = CheckedCommitment(asked.offer.offer_id, C)
    return CheckedAnswer(commitment, N.encode(), disclosed)


def _joint(
    asked: IssuanceRequest,
    request: Request,
    circuit: Circuit,
    shown: Mapping[str, AnyShown],
    publications: Publications,
    holding: Holding | None = None,
) -> tuple[Assembled, tuple[int, ...]]:
    """The statement over shown credentials and commitment, and the slots that are committed to.

    The link secret has the slot that it has in the shown credentials; what else the holder chooses
    has slots of its own, before all auxiliary ones. Commitment and pseudonym are the first clauses.
    """
    slots = Slots(circuit, shown, publications, holding)
    link = _shared_link_slot(slots)
    boxes, numbers = list(slots.boxes), []
    for name in Layout.of(asked.offer.schema).holder:
        if name in _link_secrets(asked.offer.schema):
            numbers.append(link)
        else:
            numbers.append(len(boxes))
            boxes.append(None)
    builder, clauses = _builder(asked, boxes, numbers, link)
    joint = assemble_with(
        builder, slots, circuit, today=request.today, context=asked.context, clauses=clauses
    )
    return joint, tuple(numbers)


def _alone(asked: IssuanceRequest) -> tuple[Statement, Builder]:
    """The statement where no credential is shown: slots are the blind attributes in their order."""
    holder = Layout.of(asked.offer.schema).holder
    link = holder.index(_link_secrets(asked.offer.schema)[0])
    builder, clauses = _builder(asked, [None] * len(holder), range(len(holder)), link)
    statement = Statement(
        context=encode({"issuance": asked.context}),
        signatures=(),
        boxes=tuple(builder.boxes),
        linear=tuple(builder.linear),
        exact=tuple(builder.exact),
        clauses=clauses,
        auxiliary=builder.auxiliary,
    )
    return statement, builder


def _builder(
    asked: IssuanceRequest, boxes: list[Box | None], numbers: Sequence[int], link: int
) -> tuple[Builder, tuple[Clause, ...]]:
    """The constraints on what the holder chooses; the clauses of commitment and pseudonym."""
    builder = Builder(boxes=boxes)
    clause = commitment_to(asked.offer.schema, builder, numbers)
    return builder, (clause, Pseudonym(_own_scope(asked.offer), link))


def _shared_link_slot(slots: Slots) -> int:
    """The one slot of all link secrets that are shown. Raises `UsageError` for several."""
    found = {
        slots.number(Slot(alias, name))
        for alias, shown in slots.shown.items()
        if isinstance(shown, ShownCredential) or not shown.in_a_way
        for name in _link_secrets(shown.schema)
    }
    if len(found) != 1:
        raise UsageError("policy: shows one holder's credentials, so that one link secret is meant")
    return found.pop()


def _link_secrets(schema: Schema) -> tuple[str, ...]:
    return tuple(a.name for a in schema.attributes if a.blind and a.type.holder_chosen)


def pseudonym_base(offer: Offer) -> G1:
    """``H`` of the issuer's own pseudonym."""
    return pseudonym.base(_own_scope(offer))


def _own_scope(offer: Offer) -> str:
    """The scope of an issuer's own pseudonym. No verifier can ask in it: its text is hashed from
    other fields than theirs.
    """
    fields = ["issuance", offer.issuer.issuer_id, offer.issuer.ledger_id]
    return "v2:" + hashlib.sha256(_SCOPE + encode(fields)).hexdigest()
