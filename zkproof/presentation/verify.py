"""Verify a presentation: a pure function of the stored request, what came in, the trust view, the
time.

Nothing is read from the presentation but an issuer's name among those accepted, disclosed values
and the proof. Whether the request was answered before is the caller's to know: its nonce is
single-use, and only a store can remember that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from zkproof.bbs.keys import PublicKey
from zkproof.clock import RandomBytes, os_random
from zkproof.credential.encoding import attribute_scalar
from zkproof.curve import G1
from zkproof.errors import ConflictError, DecodeError, NotFoundError, SchemaError, UsageError
from zkproof.presentation.possible import possible_keys
from zkproof.presentation.presentation import (
    Presentation,
    PresentedCredential,
    PresentedHidden,
    presentation_digest,
)
from zkproof.presentation.publications import (
    Publications,
    auditors_of,
    listings,
    too_late,
    versions_of,
)
from zkproof.presentation.report import (
    HiddenIssuerCredential,
    ProvenCiphertext,
    ProvenConstraint,
    ProvenCredential,
    ProvenPseudonym,
    Refusal,
    RefusalCode,
    Report,
)
from zkproof.presentation.request import Request, wrong_times
from zkproof.presentation.scopes import ScopeError, resolve_scopes
from zkproof.presentation.shown import AnyShown, HiddenCredential, ShownCredential
from zkproof.presentation.statement import assemble
from zkproof.sigma import composite
from zkproof.sigma.encryption import Ciphertext
from zkproof.trust import IssuerKey, TrustView
from zkproof_circuits.circuit import (
    Atom,
    Circuit,
    CredentialRequirement,
    Encrypt,
    Equal,
    Held,
    Inequality,
    InList,
    LinearZero,
    Member,
    NamedIssuers,
    NotEqual,
    NotInList,
    NotMember,
    NotRevoked,
    NotZero,
    PseudonymFor,
    QuadraticZero,
)
from zkproof_circuits.consequences import determined
from zkproof_circuits.formula import credentials_of
from zkproof_circuits.polynomial import Slot
from zkproof_circuits.types import Value


@dataclass(frozen=True, slots=True)
class VerificationRules:
    """A verifier's own settings, in seconds."""

    clock_skew: int = 60
    """How far another's clock may be ahead of or behind ours."""

    trust_max_age: int = 86_400
    """How old the trust view may be."""


def verify(
    request: Request,
    presentation: bytes,
    trust: TrustView,
    *,
    now: int,
    rules: VerificationRules | None = None,
    random: RandomBytes = os_random,
) -> Report | Refusal:
    """Check ``presentation`` against ``request`` *as the verifier stored it*.

    1.  The octets are a presentation and nothing else.
    2.  It answers this request, by digest; the digest covers the nonce. (replay to another
    verifier)
    3.  The request is in its time, and open no longer than one may be; the trust view is of the
        request's ledger and fresh. (a backdated request, under which an expired credential holds)
    4.  The policy, recompiled from what was stored, gives the circuit; schemas come from the
    ledger.
    5.  There is exactly one credential for each that the circuit asks of everybody, and of one
        way of each choice. (one left unchecked)
    6.  Its issuer is among those the policy accepts, known to the ledger, not suspended; the key is
        that issuer's, in its time, and was never revoked. (key from what the prover sent) Where it
        stays hidden, all keys in force are taken, and none of them was revoked since.
    7.  Exactly the attributes the circuit reveals are disclosed, each inside its type.
    8.  Each list that the circuit speaks of is known, and has a version in force for the request,
        which is not answered too late for it; auditors are known. (revoked credential, outdated
        exclusion list)
    9.  The verifier may ask in every scope of a pseudonym or tag. (recognising a holder in another
        verifier's name)
    10. The statement is built from all this and the proof holds for it, pairings folded.
        (everything else: false values, mixed holders, changed values)

    Gives a `Report` or a `Refusal`. Raises `PolicyError` or `UsageError` only for a request that
    the verifier itself should never have stored.
    """
    rules = rules or VerificationRules()
    try:  # 1.
        parsed = Presentation.from_bytes(presentation)
    except DecodeError as error:
        return Refusal(RefusalCode.MALFORMED, error.message)
    checked = check_presentation(request, parsed, trust, now=now, rules=rules)  # 2. to 9.
    if isinstance(checked, Refusal):
        return checked
    try:  # 10.
        assembled = assemble(
            checked.circuit,
            checked.shown,
            checked.publications,
            today=request.today,
            context=request.digest,
        )
    except (UsageError, NotFoundError, ConflictError) as error:
        return Refusal(RefusalCode.CONSTRAINT_FAILED, error.message)
    points = composite.verified_points(assembled.statement, parsed.proof, random=random)
    if points is None:
        return Refusal(RefusalCode.PROOF_INVALID, "the proof does not hold")
    proven = [
        (each.atom, its_points) for each, its_points in zip(assembled.asked, points, strict=True)
    ]
    return _report(request, checked, proven, trust, presentation_digest(presentation), now)


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything of a presentation that was checked but its proof."""

    circuit: Circuit
    """With the ways of its choices taken."""
    shown: Mapping[str, AnyShown]
    publications: Publications


def check_presentation(
    request: Request,
    parsed: Presentation,
    trust: TrustView,
    *,
    now: int,
    rules: VerificationRules,
) -> Checked | Refusal:
    """Steps 2 to 9 of `verify`. Nothing of the hidden attributes is shown by them."""
    if parsed.request_digest != request.digest:  # 2.
        return Refusal(RefusalCode.WRONG_REQUEST, "made for another request")
    refusal = _check_time(request, trust, now, rules)  # 3.
    if refusal is not None:
        return refusal
    if any(digest not in trust.schemas for digest in request.schemas):  # 4.
        return Refusal(RefusalCode.SCHEMA_UNKNOWN, "a schema of the request is not on the ledger")
    circuit = request.circuit(trust.schemas).taken_by(parsed.credentials.keys())
    if circuit is None:
        return Refusal(RefusalCode.CREDENTIALS_MISMATCH, "not the credentials of a way to choose")
    in_ways = circuit.conditional
    aliases = {requirement.alias for requirement in circuit.credentials} - in_ways
    if set(parsed.credentials) != aliases:  # 5.
        return Refusal(
            RefusalCode.CREDENTIALS_MISMATCH, "not exactly the credentials that were asked for"
        )
    shown: dict[str, AnyShown] = {}
    for requirement in circuit.credentials:
        presented = parsed.credentials.get(requirement.alias)
        credential = (  # 6.
            _named(requirement, presented, trust, now, rules)
            if requirement.hidden_among is None
            else _hidden(requirement, presented, request, trust, now, in_ways)
        )
        if isinstance(credential, Refusal):
            return credential
        checked = _check_disclosed(requirement, credential.disclosed, circuit, trust)  # 7.
        if checked is not None:
            return checked
        shown[requirement.alias] = credential
    try:
        needed = listings(circuit, shown)
    except UsageError as error:  # the issuer that is shown makes one list serve two purposes
        return Refusal(RefusalCode.LIST_UNKNOWN, error.message)
    if too_late(needed, request, now=now - rules.clock_skew):  # 8.
        return Refusal(RefusalCode.LIST_NOT_CURRENT, "answered too late for what it says of lists")
    lists = versions_of(needed, request, trust)
    if isinstance(lists, Refusal):
        return lists
    if not auditors_of(circuit) <= set(trust.auditors):
        return Refusal(RefusalCode.AUDITOR_UNKNOWN, "an auditor is not on the ledger")
    try:  # 9.
        scopes = resolve_scopes(circuit, request.verifier.verifier_id, trust, today=request.today)
    except ScopeError as error:
        return Refusal(RefusalCode.SCOPE_NOT_ACCEPTED, error.message)
    return Checked(circuit, shown, Publications(lists, trust.auditors, scopes))


def _check_time(
    request: Request, trust: TrustView, now: int, rules: VerificationRules
) -> Refusal | None:
    wrong = wrong_times(request.today, request.issued_at, request.expires_at)
    if wrong is not None:
        raise UsageError(": ".join(wrong))
    if now > request.expires_at:
        return Refusal(RefusalCode.EXPIRED, "the request has expired")
    if now + rules.clock_skew < request.issued_at:
        return Refusal(RefusalCode.NOT_YET_VALID, "the request lies in the future")
    if trust.ledger_id != request.ledger_id:
        return Refusal(RefusalCode.WRONG_LEDGER, "the trust view is of another ledger")
    if trust.as_of + rules.trust_max_age < now:
        return Refusal(RefusalCode.TRUST_STALE, "the trust view is too old")
    return None


def _named(
    requirement: CredentialRequirement,
    presented: PresentedCredential | PresentedHidden | None,
    trust: TrustView,
    now: int,
    rules: VerificationRules,
) -> ShownCredential | Refusal:
    if not isinstance(presented, PresentedCredential):
        return Refusal(
            RefusalCode.CREDENTIALS_MISMATCH, f"{requirement.alias}: its issuer is not named"
        )
    key = _accepted_key(requirement, presented, trust, now, rules)
    if isinstance(key, Refusal):
        return key
    return ShownCredential(
        schema=trust.schemas[requirement.schema_digest],
        ledger_id=trust.ledger_id,
        issuer_id=presented.issuer_id,
        key_id=presented.key_id,
        public_key=PublicKey.from_octets(key.public_key),
        disclosed=presented.disclosed,
    )


def _hidden(
    requirement: CredentialRequirement,
    presented: PresentedCredential | PresentedHidden | None,
    request: Request,
    trust: TrustView,
    now: int,
    in_ways: Collection[str],
) -> HiddenCredential | Refusal:
    alias, in_a_way = requirement.alias, requirement.alias in in_ways
    if isinstance(presented, PresentedCredential) or (presented is None) is not in_a_way:
        return Refusal(RefusalCode.CREDENTIALS_MISMATCH, f"{alias}: its issuer stays hidden")
    try:
        possible = possible_keys(requirement, request, trust)
    except UsageError as error:  # this verifier's own view, not what the prover sent
        return Refusal(RefusalCode.TRUST_STALE, error.message)
    if isinstance(possible, Refusal):
        return possible
    if not possible and not in_a_way:
        return Refusal(
            RefusalCode.ISSUER_UNKNOWN, f"{alias}: no issuer that the policy accepts has a key"
        )
    for key in possible:
        not_after = trust.issuers[key.issuer_id].keys[key.key_id].not_after
        if not_after is not None and now > not_after:
            return Refusal(
                RefusalCode.KEY_EXPIRED, f"{alias}: a key has ended since the request; ask again"
            )
    return HiddenCredential(
        schema=trust.schemas[requirement.schema_digest],
        ledger_id=trust.ledger_id,
        keys=possible,
        disclosed={} if presented is None else presented.disclosed,
        in_a_way=in_a_way,
    )


def _accepted_key(
    requirement: CredentialRequirement,
    presented: PresentedCredential,
    trust: TrustView,
    now: int,
    rules: VerificationRules,
) -> IssuerKey | Refusal:
    alias, issuer_id = requirement.alias, presented.issuer_id
    if isinstance(requirement.issuers, NamedIssuers):
        accepted = issuer_id in requirement.issuers.issuers
    else:
        accepted = issuer_id in trust.registries.get(requirement.issuers.registry, frozenset())
    if not accepted:
        return Refusal(
            RefusalCode.ISSUER_NOT_ACCEPTED, f"{alias}: the policy does not accept this issuer"
        )
    issuer = trust.issuers.get(issuer_id)
    if issuer is None:
        return Refusal(RefusalCode.ISSUER_UNKNOWN, f"{alias}: issuer not on the ledger")
    if issuer.suspended:
        return Refusal(RefusalCode.ISSUER_SUSPENDED, f"{alias}: issuer is suspended")
    key = issuer.keys.get(presented.key_id)
    if key is None:
        return Refusal(RefusalCode.KEY_UNKNOWN, f"{alias}: key not on the ledger for this issuer")
    if key.revoked_at is not None:
        return Refusal(RefusalCode.KEY_REVOKED, f"{alias}: the issuer's key was revoked")
    if now + rules.clock_skew < key.not_before or (
        key.not_after is not None and now > key.not_after
    ):
        return Refusal(RefusalCode.KEY_EXPIRED, f"{alias}: the issuer's key is not in its time")
    return key


def _check_disclosed(
    requirement: CredentialRequirement,
    disclosed: Mapping[str, Value],
    circuit: Circuit,
    trust: TrustView,
) -> Refusal | None:
    alias = requirement.alias
    revealed = {slot.attribute for slot in circuit.revealed if slot.credential == alias}
    if set(disclosed) != revealed:
        return Refusal(
            RefusalCode.DISCLOSED_MISMATCH, f"{alias}: not exactly the attributes asked for"
        )
    schema = trust.schemas[requirement.schema_digest]
    for name, value in disclosed.items():
        try:
            attribute_scalar(schema.attribute(name).type, value)
        except SchemaError:
            return Refusal(
                RefusalCode.DISCLOSED_MISMATCH, f"{alias}.{name}: value outside its type"
            )
    return None


def _report(
    request: Request,
    seen: Checked,
    proven: Sequence[tuple[Atom, tuple[G1, ...]]],
    trust: TrustView,
    digest: bytes,
    now: int,
) -> Report:
    """``proven`` are the points of each clause of the statement, with the atom that asks."""
    circuit = seen.circuit
    in_standing: dict[str, dict[tuple[str, int], None]] = {}
    for listing in listings(circuit, seen.shown):
        version = seen.publications.lists.get(listing.list_id)
        if listing.standing and version is not None:
            found = in_standing.setdefault(listing.slot.credential, {})
            found[listing.list_id, version.version] = None
    pseudonyms, ciphertexts = _points_of_clauses(seen, proven)
    known = determined(
        circuit,
        {alias: each.schema for alias, each in seen.shown.items()},
        disclosed={
            Slot(alias, name): value
            for alias, each in seen.shown.items()
            for name, value in each.disclosed.items()
        },
        today=request.today,
    )
    return Report(
        request_id=request.request_id,
        request_digest=request.digest,
        presentation_digest=digest,
        policy_name=circuit.name,
        policy_version=circuit.version,
        circuit_digest=request.circuit_digest,
        purpose=circuit.purpose,
        credentials=tuple(
            _proven(alias, each, known, tuple(in_standing.get(alias, ())), trust)
            for alias, each in seen.shown.items()
        ),
        constraints=tuple(
            ProvenConstraint(each.source, tuple(sorted(credentials_of(each.formula))))
            for each in circuit.constraints
        ),
        pseudonyms=pseudonyms,
        ciphertexts=ciphertexts,
        lists=tuple(seen.publications.lists.values()),
        ledger_id=trust.ledger_id,
        tree_size=trust.tree_size,
        root_hash=trust.root_hash,
        trust_as_of=trust.as_of,
        today=request.today,
        verified_at=now,
    )


def _proven(
    alias: str,
    shown: AnyShown,
    known: Collection[Slot],
    status: tuple[tuple[str, int], ...],
    trust: TrustView,
) -> ProvenCredential | HiddenIssuerCredential:
    schema = shown.schema
    hidden = tuple(name for name in schema.names if Slot(alias, name) not in known)
    if isinstance(shown, HiddenCredential):
        return HiddenIssuerCredential(
            alias=alias,
            schema_id=schema.id,
            schema_version=schema.version,
            schema_digest=schema.digest,
            issuers=tuple((each, trust.issuers[each].name) for each in shown.issuers),
            keys=tuple((key.issuer_id, key.key_id) for key in shown.keys),
            disclosed=dict(shown.disclosed),
            hidden=hidden,
            in_a_way=shown.in_a_way,
            status=status,
        )
    return ProvenCredential(
        alias=alias,
        schema_id=schema.id,
        schema_version=schema.version,
        schema_digest=schema.digest,
        issuer_id=shown.issuer_id,
        issuer_name=trust.issuers[shown.issuer_id].name,
        key_id=shown.key_id,
        disclosed=dict(shown.disclosed),
        hidden=hidden,
        status=status[0] if status else None,
    )


def _points_of_clauses(
    seen: Checked, proven: Sequence[tuple[Atom, tuple[G1, ...]]]
) -> tuple[tuple[ProvenPseudonym, ...], tuple[ProvenCiphertext, ...]]:
    """What the points of the clauses are: pseudonyms, tags, ciphertexts."""
    pseudonyms: list[ProvenPseudonym] = []
    ciphertexts: list[ProvenCiphertext] = []
    for atom, points in proven:
        match atom:
            case Held() | NotRevoked() | InList() | NotInList():
                # Commitments that say nothing by themselves.
                continue
            case PseudonymFor(_, slots):
                (N,) = points
                names = tuple(str(slot) for slot in slots)
                label = seen.publications.scopes[atom].label
                pseudonyms.append(ProvenPseudonym(label, names, N.encode()))
            case Encrypt(slot, auditor_id):
                E1, E2 = points
                key_id = seen.publications.auditors[auditor_id].key_id
                octets = Ciphertext(E1, E2).to_octets()
                ciphertexts.append(ProvenCiphertext(str(slot), auditor_id, key_id, octets))
            case (
                Equal()
                | NotEqual()
                | LinearZero()
                | QuadraticZero()
                | NotZero()
                | Inequality()
                | Member()
                | NotMember()
            ):
                raise AssertionError("values are proven without points of their own")
            case _:
                assert_never(atom)
    return tuple(pseudonyms), tuple(ciphertexts)
