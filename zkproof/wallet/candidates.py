"""Which certificates of a wallet could stand for one credential of a policy, each on its own.

Questions are asked in a fixed order, and the answer to the first that nothing passes is the
reason: kind, issuer, issuer's standing and key, validity, published lists, and last what one way to
answer requires of this credential alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from zkproof.credential.credential import Credential
from zkproof.credential.encoding import attribute_scalar
from zkproof.credential.list_proof import spread_of
from zkproof.presentation.publications import HeldListProofs
from zkproof.trust import (
    Checkpoint,
    IssuerKey,
    TrustView,
    status_list_id,
    version_in_force,
)
from zkproof.wallet.hidden import Hidden
from zkproof.wallet.missing import missing_in
from zkproof.wallet.reasons import Reason, ReasonCode
from zkproof.wallet.ways import Part, Way
from zkproof_circuits.circuit import (
    And,
    AtLeast,
    Circuit,
    CredentialRequirement,
    Formula,
    If,
    InList,
    NamedIssuers,
    NotInList,
    NotRevoked,
    Or,
    Score,
    atoms,
)
from zkproof_circuits.evaluate import Values, evaluate_constraint, holds
from zkproof_circuits.explain import sentence_of
from zkproof_circuits.formula import Connective, credentials_of
from zkproof_circuits.types import Value

Held = Mapping[str, Credential]
"""Credentials by their name in the wallet."""

AttributeValues = Mapping[str, Value]

_Test = Callable[[str], Reason | None]


@dataclass(frozen=True, slots=True)
class Search:
    """What candidates are tried against."""

    circuit: Circuit
    held: Held
    values: Mapping[str, AttributeValues]
    """Every value of each credential, the link secret included, by name in the wallet."""

    trust: TrustView
    today: int
    at: int
    checkpoint: Checkpoint
    """Together with ``at`` it says which version of each list is asked for."""

    proofs: HeldListProofs
    bound_by: Mapping[str, int] = field(default_factory=dict)
    """By alias: the last day on which its link secret may have been bound."""

    hidden: Hidden = field(default_factory=Hidden)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Names of certificates that could stand for a credential, and why others were left out."""

    names: tuple[str, ...]
    left_out: tuple[Reason, ...]


def candidates(search: Search, way: Way, requirement: CredentialRequirement) -> Candidates | Reason:
    """Certificates that could stand for it in that way, or why none can."""
    found = _candidates(search, way, requirement)
    return replace(found, way=way.own(requirement.alias)) if isinstance(found, Reason) else found


def _candidates(
    search: Search, way: Way, requirement: CredentialRequirement
) -> Candidates | Reason:
    alias = requirement.alias
    names = [
        name
        for name, each in search.held.items()
        if each.schema.digest == requirement.schema_digest
        and each.ledger_id == search.trust.ledger_id
    ]
    if not names:
        wanted = search.trust.schemas[requirement.schema_digest].id
        return Reason(ReasonCode.NO_CREDENTIAL, alias, fact=wanted)
    tests: list[_Test] = [
        lambda name: _issuer(search, requirement, name),
        lambda name: _valid(search, alias, name),
        lambda name: _bound(search, alias, name),
        lambda name: _listed(search, way, alias, name),
    ]
    for part in way.about(alias):
        if credentials_of(part.formula) == {alias}:
            tests.append(_alone(search, alias, part))
    left_out: list[Reason] = []
    for test in tests:
        found = [(name, test(name)) for name in names]
        names = [name for name, reason in found if reason is None]
        failed = [reason for _, reason in found if reason is not None]
        if not names:
            return nearest(failed)
        left_out += failed
    return Candidates(tuple(names), tuple(left_out))


def nearest(reasons: Sequence[Reason]) -> Reason:
    """Of several certificates that fail alike, the one that misses least."""
    return min(reasons, key=lambda each: each.missing.amount if each.missing else 0)


def _issuer(search: Search, requirement: CredentialRequirement, name: str) -> Reason | None:
    credential, alias = search.held[name], requirement.alias
    if isinstance(requirement.issuers, NamedIssuers):
        accepted = credential.issuer_id in requirement.issuers.issuers
    else:
        registry = requirement.issuers.registry
        accepted = credential.issuer_id in search.trust.registries.get(registry, frozenset())
    issuer = search.trust.issuers.get(credential.issuer_id)
    if not accepted or issuer is None:
        return Reason(ReasonCode.ISSUER_NOT_ACCEPTED, alias, name, fact=credential.issuer_name)
    if issuer.suspended:
        return Reason(ReasonCode.ISSUER_SUSPENDED, alias, name, fact=issuer.name)
    key = issuer.keys.get(credential.key_id)
    if requirement.hidden_among is not None:
        return _possible(search, alias, name, key, issuer.name)
    if (
        key is None
        or key.revoked_at is not None
        or key.public_key != credential.public_key
        or (key.not_after is not None and search.at > key.not_after)
    ):
        return Reason(ReasonCode.ISSUER_KEY_REVOKED, alias, name, fact=issuer.name)
    return None


def _possible(
    search: Search, alias: str, name: str, key: IssuerKey | None, issuer_name: str
) -> Reason | None:
    """Whether its key is one of those that the request's proof speaks of."""
    credential = search.held[name]
    mine = credential.issuer_id, credential.key_id, credential.public_key
    for each in search.hidden.keys[alias]:
        if (each.issuer_id, each.key_id, each.gate.public_key.octets) == mine:
            return None
    newer = (
        key is not None
        and key.revoked_at is None
        and key.public_key == credential.public_key
        and (key.position >= search.checkpoint.size or key.not_before > search.at)
    )
    code = ReasonCode.ISSUER_KEY_NEWER if newer else ReasonCode.ISSUER_KEY_REVOKED
    return Reason(code, alias, name, fact=issuer_name)


def _valid(search: Search, alias: str, name: str) -> Reason | None:
    credential = search.held[name]
    roles = credential.schema.roles
    for role, sign, code in (
        (roles.valid_from, 1, ReasonCode.CREDENTIAL_NOT_YET_VALID),
        (roles.valid_until, -1, ReasonCode.CREDENTIAL_EXPIRED),
    ):
        if role is None:
            continue
        day = credential.values[role]
        if not isinstance(day, int) or sign * (search.today - day) < 0:
            shown = credential.schema.attribute(role).type.format(day)
            return Reason(code, alias, name, fact=shown)
    return None


def _bound(search: Search, alias: str, name: str) -> Reason | None:
    credential, last = search.held[name], search.bound_by.get(alias)
    role = credential.schema.roles.bound_since
    if role is None or last is None:
        return None
    day = credential.values[role]
    if isinstance(day, int) and day <= last:
        return None
    shown = credential.schema.attribute(role).type.format(day)
    return Reason(ReasonCode.BOUND_TOO_LATE, alias, name, fact=shown)


def _listed(search: Search, way: Way, alias: str, name: str) -> Reason | None:
    for formula in _conditions(way.about(alias)):
        if isinstance(formula, NotRevoked | InList | NotInList) and _about(formula) == alias:
            reason = _list_proof(search, formula, name)
            if reason is not None:
                return reason
    return None


def _about(atom: NotRevoked | InList | NotInList) -> str:
    return atom.credential if isinstance(atom, NotRevoked) else atom.slot.credential


def _list_proof(search: Search, atom: NotRevoked | InList | NotInList, name: str) -> Reason | None:
    """Why there is no proof from the version that the request speaks of, if there is none."""
    alias, credential = _about(atom), search.held[name]
    if isinstance(atom, NotRevoked):
        attribute = credential.schema.roles.record_id
        list_id = status_list_id(credential.issuer_id, credential.schema.id)
    else:
        attribute, list_id = atom.slot.attribute, atom.list_id
    if list_id in search.hidden.lists:
        version = search.hidden.lists[list_id]
    else:
        versions = search.trust.lists.get(list_id, ())
        version = version_in_force(versions, at=search.at, size=search.checkpoint.size)
        newest = version_in_force(versions, at=search.at, size=search.trust.tree_size)
        if version is not newest:
            return Reason(ReasonCode.CHECKPOINT_OLD, alias, name, fact=list_id)
    if attribute is None or version is None:
        return Reason(ReasonCode.LIST_UNKNOWN, alias, name, fact=list_id)
    if version.spread is not spread_of(credential.schema, attribute):
        return Reason(ReasonCode.LIST_UNKNOWN, alias, name, fact=list_id)
    kind = credential.schema.attribute(attribute).type
    value = attribute_scalar(kind, credential.known[attribute])
    if search.proofs.find(version, value) is None:
        return Reason(ReasonCode.LIST_PROOF_MISSING, alias, name, fact=list_id)
    return None


def _conditions(parts: Sequence[Part]) -> Iterator[Formula]:
    """What has to hold, conjunctions taken apart."""
    for part in parts:
        yield from part.formula.parts if isinstance(part.formula, And) else (part.formula,)


def _alone(search: Search, alias: str, part: Part) -> _Test:
    def test(name: str) -> Reason | None:
        names = {alias: name}
        return not_met(search, part, names) if fails(search, part, names) else None

    return test


def fails(search: Search, part: Part, names: Mapping[str, str]) -> bool:
    """Whether a part does not hold for these certificates, as far as this wallet can prove it."""
    values: Values = {alias: search.values[name] for alias, name in names.items()}
    if evaluate_constraint(part.constraint, values) is False:
        return True
    return _gated_lists(part.formula) and not _provable(search, part.formula, names, values)


def _gated_lists(formula: Formula) -> bool:
    """Whether a list is spoken of in an alternative; what stands in none was looked at before."""
    parts = formula.parts if isinstance(formula, And) else (formula,)
    return any(
        isinstance(atom, NotRevoked | InList | NotInList)
        for part in parts
        if isinstance(part, Connective)
        for atom in atoms(part)
    )


def _provable(search: Search, formula: Formula, names: Mapping[str, str], values: Values) -> bool:
    match formula:
        case And(parts):
            return all(_provable(search, part, names, values) for part in parts)
        case Or(parts):
            return any(_provable(search, part, names, values) for part in parts)
        case AtLeast(count, parts):
            return sum(_provable(search, part, names, values) for part in parts) >= count
        case Score(low, high, weights, parts):
            # A list earns points or nothing: the compiler lets none count against its holder.
            pairs = zip(weights, parts, strict=True)
            points = sum(w for w, part in pairs if _provable(search, part, names, values))
            return (low is None or low <= points) and (high is None or points <= high)
        case If((condition, consequence)):
            return not holds(condition, values) or _provable(search, consequence, names, values)
        case NotRevoked() | InList() | NotInList():
            return _list_proof(search, formula, names[_about(formula)]) is None
        case _:
            return holds(formula, values)


def not_met(search: Search, part: Part, names: Mapping[str, str]) -> Reason:
    """That a requirement does not hold for these certificates, and by how much; or of which list
    a proof is missing, if it holds but for that.
    """
    about = sorted(credentials_of(part.formula))
    values: Values = {alias: search.values[name] for alias, name in names.items()}
    schemas = {alias: search.held[name].schema for alias, name in names.items()}
    if evaluate_constraint(part.constraint, values) is not False:
        for atom in atoms(part.formula):
            if isinstance(atom, NotRevoked | InList | NotInList):
                reason = _list_proof(search, atom, names[_about(atom)])
                if reason is not None:
                    return replace(reason, way=part.own)
    said = part.constraint.source
    if part.inner:
        said = sentence_of(part.formula, search.circuit, search.trust.schemas.values(), "en")
    return Reason(
        ReasonCode.REQUIREMENT_NOT_MET,
        alias=", ".join(about),
        credential=", ".join(names[alias] for alias in about),
        requirement=said,
        missing=missing_in(part.formula, values, schemas),
        way=part.own,
        formula=part.formula if part.inner else None,
    )
