"""A presentation: which credentials' issuers, what is disclosed, one proof. And how to make it.

::

    {"format": 2, "request": digest, "credentials": {alias: {"issuer": id, "key": key id,
     "disclosed": {name: value}}}, "proof": octets}

Nothing in it is believed by the verifier: it names an issuer key among those accepted and disclosed
values, and the proof has to hold for exactly these. Versions of published lists follow from the
request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zkproof.bbs.keys import PublicKey
from zkproof.bbs.knowledge import HeldSignature
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.credential.credential import (
    Credential,
    open_credential,
)
from zkproof.credential.encoding import Layout
from zkproof.credential.link_secret import LinkSecret
from zkproof.credential.list_proof import ListProof, token_of
from zkproof.errors import NotFoundError, UsageError
from zkproof.presentation.publications import (
    HeldListProofs,
    Publications,
    listings,
    versions_of,
)
from zkproof.presentation.report import Refusal
from zkproof.presentation.request import Request
from zkproof.presentation.scopes import resolve_scopes
from zkproof.presentation.shown import ShownCredential
from zkproof.presentation.statement import Assembled, assemble, slot_integers
from zkproof.record import Record, map_of, octets, plain_value, text
from zkproof.sigma import composite
from zkproof.sigma.clause import Opening, Secret
from zkproof.sigma.commitment import CommittedTo
from zkproof.sigma.signed_set import InSignedSet
from zkproof.sigma.statement import Statement, slot_values
from zkproof.trust import TrustView
from zkproof_circuits.circuit import Circuit, Slot
from zkproof_circuits.types import Value

FORMAT = 2
MAX_PRESENTATION_BYTES = 1 << 18
MAX_CREDENTIALS, MAX_DISCLOSED = 256, 1024
"""More than any circuit asks for; how many there must be is the circuit's word."""

_CREDENTIAL = Record(
    "presentation.credentials",
    {"issuer": text(), "key": text(), "disclosed": map_of(plain_value, most=MAX_DISCLOSED)},
)
_RECORD = Record(
    "presentation",
    {
        "request": octets(32),
        "credentials": map_of(_CREDENTIAL, most=MAX_CREDENTIALS),
        "proof": octets(),
    },
    format=FORMAT,
)
_DIGEST_DOMAIN = b"zkproof presentation digest v2\0"


@dataclass(frozen=True, slots=True)
class PresentedCredential:
    """What the prover says of one credential."""

    issuer_id: str
    key_id: str
    disclosed: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Presentation:
    """As decoded; nothing in it is verified."""

    request_digest: bytes
    credentials: Mapping[str, PresentedCredential]
    proof: bytes

    def to_bytes(self) -> bytes:
        return encode(
            {
                "format": FORMAT,
                "request": self.request_digest,
                "credentials": {
                    alias: {
                        "issuer": each.issuer_id,
                        "key": each.key_id,
                        "disclosed": dict(each.disclosed),
                    }
                    for alias, each in self.credentials.items()
                },
                "proof": self.proof,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Presentation:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        table = _RECORD.read(data, max_bytes=MAX_PRESENTATION_BYTES)
        return cls(
            request_digest=table["request"],
            credentials={
                alias: PresentedCredential(each["issuer"], each["key"], each["disclosed"])
                for alias, each in table["credentials"].items()
            },
            proof=table["proof"],
        )


def presentation_digest(data: bytes) -> bytes:
    """SHA-256 over a domain label and the encoded presentation, for receipts."""
    return hashlib.sha256(_DIGEST_DOMAIN + data).digest()


def present(
    request: Request,
    circuit: Circuit,
    credentials: Mapping[str, Credential],
    link_secret: LinkSecret | None,
    trust: TrustView,
    *,
    list_proofs: Sequence[ListProof] = (),
    random: RandomBytes = os_random,
) -> Presentation:
    """Prove what ``request`` asks from the chosen ``credentials`` (by alias).

    ``circuit`` is what the holder compiled from the request and agreed to, ``trust`` the holder's
    view of the ledger, ``list_proofs`` what it fetched from published lists. Raises `UsageError`,
    `NotFoundError` and `ConflictError` when the credentials do not satisfy the circuit or list
    proofs are missing, `IssuanceError` when one of them does not hold.
    """
    held = {name: open_credential(each, link_secret) for name, each in credentials.items()}
    return present_held(
        request, circuit, credentials, held, trust, list_proofs=list_proofs, random=random
    )


def present_held(
    request: Request,
    circuit: Circuit,
    credentials: Mapping[str, Credential],
    signatures: Mapping[str, HeldSignature],
    trust: TrustView,
    *,
    list_proofs: Sequence[ListProof] = (),
    random: RandomBytes = os_random,
) -> Presentation:
    """`present` from signatures that were opened before, by alias; saves a pairing for each."""
    prepared = prepare(request, circuit, credentials, signatures, trust, list_proofs=list_proofs)
    return Presentation(
        request_digest=request.digest,
        credentials={
            alias: PresentedCredential(each.issuer_id, each.key_id, each.disclosed)
            for alias, each in prepared.shown.items()
        },
        proof=composite.prove(
            prepared.statement,
            prepared.held,
            prepared.auxiliary,
            clause_secrets=prepared.clause_secrets,
            random=random,
        ),
    )


@dataclass(frozen=True, slots=True, repr=False)
class Prepared:
    """Statement and witness of a presentation that is about to be proven. Prints nothing."""

    shown: Mapping[str, ShownCredential]
    statement: Statement
    held: Sequence[HeldSignature]
    auxiliary: Sequence[int]
    clause_secrets: Sequence[Secret]

    def __repr__(self) -> str:
        return "<Prepared presentation, witness hidden>"


def prepare(
    request: Request,
    circuit: Circuit,
    credentials: Mapping[str, Credential],
    signatures: Mapping[str, HeldSignature],
    trust: TrustView,
    *,
    list_proofs: Sequence[ListProof] = (),
) -> Prepared:
    """Everything of `present_held` but the proof. Raises as it does."""
    gathered = gather(request, circuit, credentials, signatures, trust, list_proofs)
    assembled = assemble(
        circuit,
        gathered.shown,
        gathered.publications,
        today=request.today,
        context=request.digest,
    )
    return gathered.prepared(assembled)


@dataclass(frozen=True, slots=True, repr=False)
class Gathered:
    """What a holder puts together for one request, before there is a statement. Prints nothing."""

    shown: Mapping[str, ShownCredential]
    signatures: Mapping[str, HeldSignature]
    publications: Publications
    proofs: HeldListProofs

    def __repr__(self) -> str:
        return f"<Gathered for {', '.join(self.shown)}, secrets hidden>"

    def prepared(
        self,
        assembled: Assembled,
        *,
        opening: Opening | None = None,
        integers: Mapping[int, int] | None = None,
    ) -> Prepared:
        """The witness of a statement over these credentials.

        ``opening`` is that of the statement's commitment, where it has one; ``integers`` are values
        of slots without a box that are negative. Raises `ConflictError`.
        """
        statement, lists = assembled.statement, self.publications.lists
        held = [self.signatures[alias] for alias in self.shown]
        for slot, list_id in assembled.slots.gaps:
            value = _scalar_of(slot, self.shown, self.signatures)
            held.append(self.proofs.gap(lists[list_id], value))
        openings = [
            opening if isinstance(clause, CommittedTo) else None for clause in statement.clauses
        ]
        vectors = [each.scalars for each in held]
        signed = slot_values(statement, vectors, clause_secrets=openings)
        values = slot_integers(statement, signed)
        for position, value in (integers or {}).items():
            values[position] = value
        return Prepared(
            shown=self.shown,
            statement=statement,
            held=held,
            auxiliary=assembled.builder.auxiliary_values(values),
            clause_secrets=[
                token_of(self.proofs.token(lists[clause.list_id], signed[clause.slot]))
                if isinstance(clause, InSignedSet)
                else known
                for clause, known in zip(statement.clauses, openings, strict=True)
            ],
        )


def gather(
    request: Request,
    circuit: Circuit,
    credentials: Mapping[str, Credential],
    signatures: Mapping[str, HeldSignature],
    trust: TrustView,
    list_proofs: Sequence[ListProof] = (),
) -> Gathered:
    """What becomes known of the credentials, and the versions of lists that they are proven by.

    Raises `UsageError` and `NotFoundError` when they do not fit the circuit, or list proofs are
    missing.
    """
    if circuit.digest != request.circuit_digest:
        raise UsageError("circuit: not the one of this request")
    if any(each.ledger_id != request.ledger_id for each in credentials.values()):
        raise UsageError("credentials: one is of another ledger than the request")
    shown = _shown(circuit, credentials)
    proofs = HeldListProofs(list_proofs)
    lists = versions_of(listings(circuit, shown), request, trust)
    if isinstance(lists, Refusal):
        raise NotFoundError(
            lists.text, hint="`zkproof wallet refresh` fetches the ledger's newest lists"
        )
    proofs.check_complete(lists, _listed_values(circuit, shown, signatures))
    scopes = resolve_scopes(circuit, request.verifier.verifier_id, trust, today=request.today)
    return Gathered(shown, signatures, Publications(lists, trust.auditors, scopes), proofs)


def _shown(circuit: Circuit, credentials: Mapping[str, Credential]) -> dict[str, ShownCredential]:
    """What becomes known of each credential, in the circuit's order."""
    aliases = [requirement.alias for requirement in circuit.credentials]
    if set(credentials) != set(aliases):
        raise UsageError(f"credentials: exactly one for each of {', '.join(aliases)}")
    shown: dict[str, ShownCredential] = {}
    for requirement in circuit.credentials:
        credential = credentials[requirement.alias]
        if credential.schema.digest != requirement.schema_digest:
            raise UsageError(f"{requirement.alias}: a credential of another schema")
        names = [s.attribute for s in circuit.revealed if s.credential == requirement.alias]
        shown[requirement.alias] = ShownCredential(
            schema=credential.schema,
            ledger_id=credential.ledger_id,
            issuer_id=credential.issuer_id,
            key_id=credential.key_id,
            public_key=PublicKey.from_octets(credential.public_key),
            disclosed={name: credential.known[name] for name in names},
        )
    return shown


def _listed_values(
    circuit: Circuit,
    shown: Mapping[str, ShownCredential],
    signatures: Mapping[str, HeldSignature],
) -> dict[str, list[int]]:
    """The scalars that have to stand in, or between elements of, each list."""
    found: dict[str, list[int]] = {}
    for each in listings(circuit, shown):
        found.setdefault(each.list_id, []).append(_scalar_of(each.slot, shown, signatures))
    return found


def _scalar_of(
    slot: Slot,
    shown: Mapping[str, ShownCredential],
    signatures: Mapping[str, HeldSignature],
) -> int:
    index = Layout.of(shown[slot.credential].schema).index(slot.attribute)
    return signatures[slot.credential].scalars[index]
