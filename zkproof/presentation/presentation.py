"""A presentation: which credentials' issuers, what is disclosed, one proof. And how to make it.

::

    {"format": 2, "request": digest, "credentials": {alias: {"issuer": id, "key": key id,
     "disclosed": {name: value}}}, "proof": octets}

A credential whose issuer stays hidden has ``disclosed`` alone; one that only a way of an
alternative asks for is not there at all, whether or not it is held.

Nothing in it is believed by the verifier: it names an issuer key among those accepted and disclosed
values, and the proof has to hold for exactly these. Versions of published lists follow from the
request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zkproof.bbs.knowledge import HeldSignature
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.credential.credential import (
    Credential,
    open_credential,
)
from zkproof.credential.link_secret import LinkSecret
from zkproof.credential.list_proof import ListProof
from zkproof.presentation.gathering import prepare
from zkproof.presentation.request import Request
from zkproof.presentation.shown import AnyShown, ShownCredential
from zkproof.record import Record, map_of, octets, plain_value, text
from zkproof.sigma import composite
from zkproof.trust import TrustView
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.types import Value

FORMAT = 2
MAX_PRESENTATION_BYTES = 1 << 18
MAX_CREDENTIALS, MAX_DISCLOSED = 256, 1024
"""More than any circuit asks for; how many there must be is the circuit's word."""

_NAMED = Record(
    "presentation.credentials",
    {"issuer": text(), "key": text(), "disclosed": map_of(plain_value, most=MAX_DISCLOSED)},
)
_HIDDEN = Record("presentation.credentials", {"disclosed": map_of(plain_value, most=MAX_DISCLOSED)})


def _credential(value: object, field: str) -> PresentedCredential | PresentedHidden:
    if isinstance(value, dict) and set(value) == {"disclosed"}:
        return PresentedHidden(_HIDDEN(value, field)["disclosed"])
    table = _NAMED(value, field)
    return PresentedCredential(table["issuer"], table["key"], table["disclosed"])


_RECORD = Record(
    "presentation",
    {
        "request": octets(32),
        "credentials": map_of(_credential, most=MAX_CREDENTIALS),
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

    def table(self) -> dict[str, object]:
        return {
            "issuer": self.issuer_id,
            "key": self.key_id,
            "disclosed": dict(self.disclosed),
        }


@dataclass(frozen=True, slots=True)
class PresentedHidden:
    """What the prover says of a credential whose issuer stays hidden."""

    disclosed: Mapping[str, Value]

    def table(self) -> dict[str, object]:
        return {"disclosed": dict(self.disclosed)}


def presented(shown: Mapping[str, AnyShown]) -> dict[str, PresentedCredential | PresentedHidden]:
    """What a presentation says of the credentials that are known so."""
    found: dict[str, PresentedCredential | PresentedHidden] = {}
    for alias, each in shown.items():
        if isinstance(each, ShownCredential):
            found[alias] = PresentedCredential(each.issuer_id, each.key_id, each.disclosed)
        elif not each.in_a_way:
            found[alias] = PresentedHidden(each.disclosed)
    return found


@dataclass(frozen=True, slots=True)
class Presentation:
    """As decoded; nothing in it is verified."""

    request_digest: bytes
    credentials: Mapping[str, PresentedCredential | PresentedHidden]
    proof: bytes

    def to_bytes(self) -> bytes:
        return encode(
            {
                "format": FORMAT,
                "request": self.request_digest,
                "credentials": {alias: each.table() for alias, each in self.credentials.items()},
                "proof": self.proof,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Presentation:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        table = _RECORD.read(data, max_bytes=MAX_PRESENTATION_BYTES)
        return cls(
            request_digest=table["request"],
            credentials=table["credentials"],
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

    Of an alternative between credentials, those of one way are enough; a way is taken when what it
    asks holds of the credentials that are given.

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
        credentials=presented(prepared.shown),
        proof=composite.prove(
            prepared.statement,
            prepared.held,
            prepared.auxiliary,
            clause_secrets=prepared.clause_secrets,
            random=random,
        ),
    )
