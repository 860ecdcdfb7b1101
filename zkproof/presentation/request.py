"""The request: what a verifier asks, for which purpose, until when, signed by it.

::

    {"body": {"format": 2, "id": 16 octets, "verifier": id, "verifier_name": text, "key": key id,
              "policy": text, "today": day number, "parameters": {name: text},
              "schemas": [digest, ...], "circuit": digest, "nonce": 32 octets,
              "issued_at": s, "expires_at": s, "ledger": id,
              "checkpoint": {"size": n, "root": 32 octets}, "respond_to": text or null},
     "signature": 64 octets over the encoded body}

Both sides compile the policy text to a circuit; the digest here lets the holder see that it
compiled the same one. The verifier never reads it back: it recompiles from what it stored. The
policy's "now" is ``issued_at``, and its "today" the UTC day of it. The
checkpoint is that of the verifier's view: together with ``issued_at`` it says which version of each
list is meant (`zkproof.trust.version_in_force`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from zkproof.clock import RandomBytes, os_random
from zkproof.codec import encode
from zkproof.errors import DecodeError, NotFoundError, UsageError
from zkproof.keys.ed25519 import SIGNATURE_BYTES, Ed25519Signer, verify_ed25519
from zkproof.record import Record, list_of, map_of, number, octets, optional, text
from zkproof.trust import LEAD, Checkpoint
from zkproof_circuits import library
from zkproof_circuits.circuit import Circuit, InList, NotInList, NotRevoked, atoms
from zkproof_circuits.includes import Library, expand, pointing_into
from zkproof_circuits.language.parsing import MAX_POLICY_CHARACTERS
from zkproof_circuits.policy import compile_policy, reads_clock
from zkproof_circuits.schema import Schema
from zkproof_circuits.types import date_of

FORMAT = 2
REQUEST_ID_BYTES = 16
NONCE_BYTES = 32
MAX_REQUEST_BYTES = 1 << 17
MAX_PARAMETERS = 256
MAX_SCHEMAS = 64
DAY_SECONDS = 86_400
MAX_LIFETIME = 7 * DAY_SECONDS
MAX_TIME = DAY_SECONDS << 20
"""Dates of policies end in the year 4840; what is later has no "today"."""

_BODY = Record(
    "request",
    {
        "id": octets(REQUEST_ID_BYTES),
        "verifier": text(),
        "verifier_name": text(),
        "key": text(),
        "policy": text(MAX_POLICY_CHARACTERS),
        "today": number(below=MAX_TIME),
        "parameters": map_of(text(MAX_POLICY_CHARACTERS, least=0), most=MAX_PARAMETERS),
        "schemas": list_of(octets(32), most=MAX_SCHEMAS),
        "circuit": octets(32),
        "nonce": octets(NONCE_BYTES),
        "issued_at": number(below=MAX_TIME),
        "expires_at": number(below=MAX_TIME),
        "ledger": text(),
        "checkpoint": Record("request.checkpoint", {"size": number(), "root": octets(32)}),
        "respond_to": optional(text(2048)),
    },
    format=FORMAT,
)
_SIGNED = Record("request", {"body": _BODY, "signature": octets(SIGNATURE_BYTES)})
_LABEL = b"zkproof request v2"
_DIGEST_DOMAIN = b"zkproof request digest v2\0"


@dataclass(frozen=True, slots=True)
class VerifierIdentity:
    """Who asks: identifier and name as registered on the ledger, and the key in use."""

    verifier_id: str
    name: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Request:
    """One question, to be answered once. ``signature`` is by the verifier's Ed25519 key."""

    request_id: bytes
    verifier: VerifierIdentity
    policy: str
    today: int
    parameters: Mapping[str, str]
    schemas: tuple[bytes, ...]
    circuit_digest: bytes
    nonce: bytes
    issued_at: int
    expires_at: int
    ledger_id: str
    checkpoint: Checkpoint
    respond_to: str | None
    signature: bytes
    digest: bytes = field(init=False, repr=False, compare=False)
    """SHA-256 over a domain label and `to_bytes`; binds presentation and receipt to it."""

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "digest", hashlib.sha256(_DIGEST_DOMAIN + self.to_bytes()).digest()
        )

    def body(self) -> bytes:
        """What is signed."""
        return encode(self._body())

    def to_bytes(self) -> bytes:
        return encode({"body": self._body(), "signature": self.signature})

    def _body(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "id": self.request_id,
            "verifier": self.verifier.verifier_id,
            "verifier_name": self.verifier.name,
            "key": self.verifier.key_id,
            "policy": self.policy,
            "today": self.today,
            "parameters": dict(self.parameters),
            "schemas": list(self.schemas),
            "circuit": self.circuit_digest,
            "nonce": self.nonce,
            "issued_at": self.issued_at,
            "expires_at": self.expires_at,
            "ledger": self.ledger_id,
            "checkpoint": {"size": self.checkpoint.size, "root": self.checkpoint.root},
            "respond_to": self.respond_to,
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> Request:
        """Raises `DecodeError` for anything that `to_bytes` would not have written."""
        outer = _SIGNED.read(data, max_bytes=MAX_REQUEST_BYTES)
        body = outer["body"]
        wrong = wrong_times(body["today"], body["issued_at"], body["expires_at"])
        if wrong is not None:
            raise DecodeError(*wrong)
        return cls(
            request_id=body["id"],
            verifier=VerifierIdentity(body["verifier"], body["verifier_name"], body["key"]),
            policy=body["policy"],
            today=body["today"],
            parameters=body["parameters"],
            schemas=tuple(body["schemas"]),
            circuit_digest=body["circuit"],
            nonce=body["nonce"],
            issued_at=body["issued_at"],
            expires_at=body["expires_at"],
            ledger_id=body["ledger"],
            checkpoint=Checkpoint(body["checkpoint"]["size"], body["checkpoint"]["root"]),
            respond_to=body["respond_to"],
            signature=outer["signature"],
        )

    def signed_by(self, public_key: bytes) -> bool:
        """Whether the signature is one by that Ed25519 key."""
        return verify_ed25519(public_key, self.signature, _LABEL, self.body())

    def circuit(self, schemas: Mapping[bytes, Schema]) -> Circuit:
        """Compile the policy with the request's day, parameters and schemas, found by digest.

        Raises `NotFoundError` when a schema is not among ``schemas``, `PolicyError` when the text
        does not compile, `DecodeError` when the result is not the circuit the request announced.
        """
        missing = [digest for digest in self.schemas if digest not in schemas]
        if missing:
            raise NotFoundError(
                f"request: asks for a schema with digest {missing[0].hex()[:16]}…, not known here",
                hint="refresh the ledger view, or ask the verifier which schema it means",
            )
        circuit, digest = _compiled(
            self.policy,
            tuple(schemas[digest] for digest in self.schemas),
            self.today,
            self.issued_at if reads_clock(self.policy) else None,
            tuple(sorted(self.parameters.items())),
        )
        if digest != self.circuit_digest:
            raise DecodeError("request.circuit", "the policy text compiles to something else")
        return circuit


def wrong_times(today: int, issued_at: int, expires_at: int) -> tuple[str, str] | None:
    """The field and the rule it breaks, when a request may not have these times.

    "Today" is the day of ``issued_at``, and a request is open for at most `MAX_LIFETIME` seconds:
    with another day, or a longer life, an expired certificate would pass as valid.
    """
    if today != issued_at // DAY_SECONDS:
        return "request.today", "not the day of issued_at"
    if not 0 < expires_at - issued_at <= MAX_LIFETIME:
        return "request.expires_at", f"open for 1 to {MAX_LIFETIME} seconds"
    return None


@lru_cache(maxsize=64)
def _compiled(
    policy: str,
    schemas: tuple[Schema, ...],
    today: int,
    now: int | None,
    parameters: tuple[tuple[str, str], ...],
) -> tuple[Circuit, bytes]:
    """The circuit and its digest. A verifier asks the same all day, and compiling takes about as
    long as the group arithmetic of a presentation; everything it depends on is in the key, the
    second only where the policy speaks of it.
    """
    circuit = compile_policy(
        policy, schemas, today=date_of(today), now=now, parameters=dict(parameters)
    )
    return circuit, circuit.digest


def open_request(
    signer: Ed25519Signer,
    verifier: VerifierIdentity,
    policy: str,
    schemas: tuple[Schema, ...],
    *,
    ledger_id: str,
    checkpoint: Checkpoint,
    now: int,
    lifetime: int = 600,
    parameters: Mapping[str, str] | None = None,
    respond_to: str | None = None,
    includes: Library | None = None,
    random: RandomBytes = os_random,
) -> Request:
    """Expand includes (from the packaged policies, or ``includes``), compile, draw a nonce, sign.

    ``checkpoint`` is that of the verifier's view; ``now`` and ``lifetime`` are in seconds. The
    policy's "now" is ``now``, its "today" the UTC day. A request that speaks of lists ends after
    `LEAD` whatever ``lifetime`` says: it fixes their versions, and wallets answer no later.

    Raises `PolicyError` when the text does not compile, `UsageError` for a lifetime out of range or
    parameters that are not text.
    """
    if not 0 < lifetime <= MAX_LIFETIME:
        raise UsageError(f"lifetime: 1 to {MAX_LIFETIME} seconds")
    today = now // DAY_SECONDS
    written, policy = policy, expand(policy, includes or library.policy_text)
    given = dict(parameters or {})
    if not all(isinstance(k, str) and isinstance(v, str) for k, v in given.items()):
        raise UsageError("parameters: texts by name are needed")
    with pointing_into(policy, written):
        second = now if reads_clock(policy) else None
        circuit, digest = _compiled(
            policy, tuple(schemas), today, second, tuple(sorted(given.items()))
        )
    listed = (atom for each in circuit.every_constraint for atom in atoms(each.formula))
    if any(isinstance(each, NotRevoked | InList | NotInList) for each in listed):
        lifetime = min(lifetime, LEAD)
    used = {requirement.schema_digest for requirement in circuit.every_credential}
    unsigned = Request(
        request_id=random(REQUEST_ID_BYTES),
        verifier=verifier,
        policy=policy,
        today=today,
        parameters=given,
        schemas=tuple(sorted(used)),
        circuit_digest=digest,
        nonce=random(NONCE_BYTES),
        issued_at=now,
        expires_at=now + lifetime,
        ledger_id=ledger_id,
        checkpoint=checkpoint,
        respond_to=respond_to,
        signature=bytes(SIGNATURE_BYTES),
    )
    values = {
        name: getattr(unsigned, name)
        for name in unsigned.__dataclass_fields__
        if name not in ("digest", "signature")
    }
    return Request(**values, signature=signer.sign(_LABEL, unsigned.body()))
