"""Who asks, and whether a wallet may answer at all: checks that need no credential.

1. The verifier is on the ledger and not suspended. (a stranger under a bank's name)
2. The request names the key the ledger has for it, and is signed with that key.
3. It is of the ledger that this wallet believes, and that view is fresh.
4. It is in its time: issued in the past, not expired, not longer open than a request may be. (a
   backdated request, under whose "today" an expired certificate would be valid)
5. Its schemas are on the ledger, and its policy compiles to the circuit it announces.
6. It may ask in every scope in which it wants to recognise the holder again.
7. Its checkpoint is one of this wallet's ledger, and lists it speaks of have not moved on. (a
   ledger shown to one holder alone; a time chosen for the version of a list)
"""

from __future__ import annotations

from dataclasses import dataclass

from zkproof.errors import DecodeError, NotFoundError, PolicyError, UsageError
from zkproof.presentation.request import DAY_SECONDS, MAX_LIFETIME, Request
from zkproof.presentation.scopes import ScopeError, resolve_scopes
from zkproof.trust import LEAD, RegisteredVerifier, TrustView
from zkproof.wallet.reasons import Reason, ReasonCode
from zkproof_circuits.circuit import Circuit, InList, NotInList, NotRevoked, atoms


@dataclass(frozen=True, slots=True)
class WalletRules:
    """A wallet's own settings, in seconds."""

    clock_skew: int = 60
    """How far a verifier's clock may be ahead of ours."""

    max_lifetime: int = MAX_LIFETIME
    """How long a request may be open."""

    trust_max_age: int = DAY_SECONDS
    """How old the wallet's view of the ledger may be."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be answered: the registered verifier, and what the policy means."""

    request: Request
    verifier: RegisteredVerifier
    circuit: Circuit


def check_request(
    request: Request, trust: TrustView, *, now: int, rules: WalletRules
) -> Asked | tuple[Reason, ...]:
    """What is asked and by whom, or every reason not to answer; see the head of this file."""
    reasons = [*_check_time(request, trust, now, rules)]
    verifier = trust.verifiers.get(request.verifier.verifier_id)
    if trust.ledger_id != request.ledger_id:  # 3.
        reasons.append(Reason(ReasonCode.WRONG_LEDGER, fact=request.ledger_id))
    elif verifier is None:  # 1.
        reasons.append(Reason(ReasonCode.VERIFIER_UNKNOWN, fact=request.verifier.verifier_id))
    elif verifier.suspended:
        reasons.append(Reason(ReasonCode.VERIFIER_SUSPENDED, fact=verifier.name))
    elif verifier.key_id != request.verifier.key_id:  # 2.
        reasons.append(Reason(ReasonCode.WRONG_KEY, fact=request.verifier.key_id))
    elif not request.signed_by(verifier.public_key):
        reasons.append(Reason(ReasonCode.UNSIGNED, fact=verifier.name))
    if reasons or verifier is None:
        return tuple(reasons)
    try:  # 5.
        circuit = request.circuit(trust.schemas)
    except NotFoundError:
        return (Reason(ReasonCode.SCHEMA_UNKNOWN),)
    except (PolicyError, DecodeError, UsageError) as error:
        return (Reason(ReasonCode.POLICY_DOES_NOT_COMPILE, fact=error.message),)
    try:  # 6.
        resolve_scopes(circuit.at_once, verifier.verifier_id, trust, today=request.today)
    except ScopeError:
        return (Reason(ReasonCode.SCOPE_NOT_ACCEPTED, fact=verifier.name),)
    ledger = check_checkpoint(request, circuit, trust, now=now)  # 7.
    return Asked(request, verifier, circuit) if ledger is None else (ledger,)


def check_checkpoint(
    request: Request, circuit: Circuit, trust: TrustView, *, now: int
) -> Reason | None:
    """Step 7, which an issuer's request must pass as well."""
    if request.checkpoint.size > trust.tree_size:
        return Reason(ReasonCode.LEDGER_BEHIND)
    if not trust.includes(request.checkpoint):
        return Reason(ReasonCode.SPLIT_VIEW, fact=request.checkpoint.root.hex())
    lists = any(
        isinstance(atom, NotRevoked | InList | NotInList)
        for formula in circuit.at_once.formulas
        for atom in atoms(formula)
    )
    if lists and now > request.issued_at + LEAD:
        return Reason(ReasonCode.LISTS_MOVED_ON)
    return None


def _check_time(request: Request, trust: TrustView, now: int, rules: WalletRules) -> list[Reason]:
    reasons = []
    if trust.as_of + rules.trust_max_age < now:
        reasons.append(Reason(ReasonCode.LEDGER_STALE))
    if now > request.expires_at:
        reasons.append(Reason(ReasonCode.EXPIRED))
    if now + rules.clock_skew < request.issued_at:
        reasons.append(Reason(ReasonCode.NOT_YET_VALID))
    if request.expires_at - request.issued_at > rules.max_lifetime:
        reasons.append(Reason(ReasonCode.LIFETIME_TOO_LONG))
    if request.today != request.issued_at // DAY_SECONDS:
        reasons.append(Reason(ReasonCode.BACKDATED))
    return reasons
