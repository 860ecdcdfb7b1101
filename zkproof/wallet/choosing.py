"""Choose credentials that answer a request, or say for each one why it does not.

Nothing leaves the wallet here: the circuit is evaluated on plain values before anything is proven.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zkproof.credential.credential import Credential
from zkproof.credential.list_proof import ListProof, Membership
from zkproof.errors import WalletError
from zkproof.trust import status_list_id
from zkproof_circuits.circuit import (
    Circuit,
    CredentialRequirement,
    NamedIssuers,
    NotRevoked,
)
from zkproof_circuits.evaluate import evaluate_constraints
from zkproof_circuits.types import Value

MAX_COMBINATIONS = 20_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """Credentials by alias, and the names they have in the wallet."""

    credentials: Mapping[str, Credential]
    names: Mapping[str, str]


def choose(
    circuit: Circuit,
    credentials: Mapping[str, Credential],
    link_secret: bytes,
    *,
    today: int,
    registries: Mapping[str, frozenset[str]],
    list_proofs: Sequence[ListProof] = (),
) -> Chosen:
    """The first combination that satisfies the circuit. Where it asks for good standing, only
    credentials count for which ``list_proofs`` has a token.

    Raises `WalletError` that says, requirement by requirement, what is missing in the combination
    that comes nearest; it names attributes and requirements, never values.
    """
    standing = {each.credential for each in circuit.formulas if isinstance(each, NotRevoked)}
    candidates: list[list[str]] = []
    reasons: list[str] = []
    left_out: dict[str, None] = {}
    for requirement in circuit.credentials:
        fitting, reason = _candidates(requirement, credentials, today, registries)
        if fitting and requirement.alias in standing:
            standing_names = [n for n in fitting if _in_standing(credentials[n], list_proofs)]
            left_out |= dict.fromkeys(n for n in fitting if n not in standing_names)
            fitting = standing_names
            reason = "no token of good standing: fetch it (zkproof wallet refresh), or revoked"
        candidates.append(fitting)
        if not fitting:
            reasons.append(f"{requirement.alias}: {reason}")
    if reasons:
        raise WalletError("no fitting credential. " + "; ".join(reasons), hint=_HINT)
    nearest: set[int] = set()
    least: tuple[int, int] | None = None
    combinations = itertools.islice(itertools.product(*candidates), MAX_COMBINATIONS)
    for names in combinations:
        named = {
            requirement.alias: name
            for requirement, name in zip(circuit.credentials, names, strict=True)
        }
        picked = {alias: credentials[name] for alias, name in named.items()}
        results = evaluate_constraints(circuit, _values(picked, link_secret))
        broken = {i for i, result in enumerate(results) if result is False}
        if not broken:
            return Chosen(picked, named)
        # Who has three accounts wants to hear that their sum is short, not that one of them cannot
        # be counted twice.
        distance = (len(broken), len(names) - len(set(names)))
        if least is None or distance < least:
            nearest, least = broken, distance
    sources = "; ".join(circuit.constraints[i].source for i in sorted(nearest))
    message = f"no credentials satisfy what is asked: {sources}"
    if left_out:
        message += f"; without a token of good standing: {', '.join(left_out)}"
    raise WalletError(message, hint=_HINT)


_HINT = "nothing was sent; ask the issuer for a current credential, or decline"


def _candidates(
    requirement: CredentialRequirement,
    credentials: Mapping[str, Credential],
    today: int,
    registries: Mapping[str, frozenset[str]],
) -> tuple[list[str], str]:
    of_schema = [
        name
        for name, each in credentials.items()
        if each.schema.digest == requirement.schema_digest
    ]
    if not of_schema:
        return [], "no credential of the kind that is asked for"
    if isinstance(requirement.issuers, NamedIssuers):
        accepted = frozenset(requirement.issuers.issuers)
    else:
        accepted = registries.get(requirement.issuers.registry, frozenset())
    from_issuer = [name for name in of_schema if credentials[name].issuer_id in accepted]
    if not from_issuer:
        return [], "not from an issuer that is accepted"
    valid = [name for name in from_issuer if _valid(credentials[name], today)]
    if not valid:
        return [], "not valid today"
    return valid, ""


def _in_standing(credential: Credential, list_proofs: Sequence[ListProof]) -> bool:
    list_id = status_list_id(credential.issuer_id, credential.schema.id)
    record_id = credential.values.get(credential.schema.roles.record_id or "")
    return any(
        isinstance(each, Membership) and (each.list_id, each.element) == (list_id, record_id)
        for each in list_proofs
    )


def _valid(credential: Credential, today: int) -> bool:
    roles, values = credential.schema.roles, credential.values
    first = values[roles.valid_from] if roles.valid_from else today
    last = values[roles.valid_until] if roles.valid_until else today
    return isinstance(first, int) and isinstance(last, int) and first <= today <= last


def _values(picked: Mapping[str, Credential], link_secret: bytes) -> dict[str, dict[str, Value]]:
    found: dict[str, dict[str, Value]] = {}
    for alias, credential in picked.items():
        values: dict[str, Value] = credential.known
        for attribute in credential.schema.attributes:
            if attribute.type.holder_chosen:
                values[attribute.name] = link_secret
        found[alias] = values
    return found
