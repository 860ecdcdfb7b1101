"""Which keys may have signed a credential whose issuer stays hidden.

The set is a function of the request's time and checkpoint and of the ledger up to there: holder and
verifier find the same, and no prover chooses. What the ledger says of these issuers after the
checkpoint does not change the set; it ends the request, for a key that was revoked meanwhile may be
in a thief's hands, and a set without it would be another one than the holder proved for.
"""

from __future__ import annotations

from zkproof.bbs.keys import PublicKey
from zkproof.errors import UsageError
from zkproof.presentation.report import Refusal, RefusalCode
from zkproof.presentation.request import Request
from zkproof.presentation.shown import PossibleKey
from zkproof.sigma.gate import GatePair
from zkproof.trust import Issuer, IssuerKey, TrustView
from zkproof_circuits.circuit import CredentialRequirement, NamedIssuers


def possible_keys(
    requirement: CredentialRequirement, request: Request, trust: TrustView
) -> tuple[PossibleKey, ...] | Refusal:
    """Every key in force of every accepted issuer, ascending by issuer and key id.

    Issuers that were suspended, and keys that were revoked or not in their time, when the request
    was made are left out. Raises `UsageError` for a view that has no pair for one of the keys.
    """
    alias, size = requirement.alias, request.checkpoint.size
    if trust.tree_size < size:
        return Refusal(RefusalCode.TRUST_STALE, "the trust view is older than the request's")
    if isinstance(requirement.issuers, NamedIssuers):
        accepted = frozenset(requirement.issuers.issuers)
    else:
        registry = requirement.issuers.registry
        accepted = trust.registries.get(registry, frozenset())
        if trust.registry_positions.get(registry, 0) >= size > 0:
            return _changed(f"{alias}: the registry of its issuers")
    found: list[PossibleKey] = []
    for issuer_id in sorted(accepted):
        issuer = trust.issuers.get(issuer_id)
        if issuer is None:
            continue
        keys = _keys_of(issuer, size=size, at=request.issued_at)
        if keys is None:
            return _changed(f"{alias}: an issuer's standing or key")
        found += [_possible(issuer, key) for key in keys]
    issuers = {key.issuer_id for key in found}
    if len(issuers) > (requirement.hidden_among or 0):
        return Refusal(
            RefusalCode.TOO_MANY_ISSUERS,
            f"{alias}: {len(issuers)} issuers, and the policy hides one among "
            f"{requirement.hidden_among} at most",
        )
    return tuple(found)


def _keys_of(issuer: Issuer, *, size: int, at: int) -> list[IssuerKey] | None:
    """Keys in force by the first ``size`` entries; ``None`` where a later entry changes that."""
    known = [key for key in issuer.keys.values() if key.position < size]
    if not known:
        return []
    if issuer.standing_position >= size or any(key.changed_position >= size for key in known):
        return None
    if issuer.suspended:
        return []
    in_force = [
        key
        for key in known
        if key.revoked_at is None
        and key.not_before <= at
        and (key.not_after is None or at <= key.not_after)
    ]
    return sorted(in_force, key=lambda key: key.key_id)


def _possible(issuer: Issuer, key: IssuerKey) -> PossibleKey:
    if not key.gate_pair:
        raise UsageError(f"trust view: no pair of {issuer.issuer_id}'s key {key.key_id}")
    public_key = PublicKey.from_octets(key.public_key)
    return PossibleKey(
        issuer.issuer_id, key.key_id, GatePair.from_octets(public_key, key.gate_pair)
    )


def _changed(what: str) -> Refusal:
    return Refusal(
        RefusalCode.ISSUERS_CHANGED,
        f"{what} changed on the ledger after the request was made; ask again",
    )
