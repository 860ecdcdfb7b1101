"""Why a wallet does not answer a request: structured, so that it can be said in any language.

Reasons are for the holder alone. Nothing of them is sent: a verifier learns only that its request
was not answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from zkproof.errors import WalletError
from zkproof_circuits.circuit import Circuit, Formula
from zkproof_circuits.explaining.quantities import Quantities
from zkproof_circuits.labels import Language
from zkproof_circuits.types.numbers import Integer, Money


class ReasonCode(StrEnum):
    """Stable codes; the words to them are in the catalogues of `zkproof.words`."""

    VERIFIER_UNKNOWN = "verifier-unknown"
    VERIFIER_SUSPENDED = "verifier-suspended"
    WRONG_KEY = "wrong-key"
    UNSIGNED = "unsigned"
    WRONG_LEDGER = "wrong-ledger"
    LEDGER_STALE = "ledger-stale"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    BACKDATED = "backdated"
    LIFETIME_TOO_LONG = "lifetime-too-long"
    ANSWERED_BEFORE = "answered-before"
    SCHEMA_UNKNOWN = "schema-unknown"
    POLICY_DOES_NOT_COMPILE = "policy-does-not-compile"
    SCOPE_NOT_ACCEPTED = "scope-not-accepted"
    NO_CREDENTIAL = "no-credential"
    ISSUER_NOT_ACCEPTED = "issuer-not-accepted"
    ISSUER_SUSPENDED = "issuer-suspended"
    ISSUER_KEY_REVOKED = "issuer-key-revoked"
    ISSUER_KEY_NEWER = "issuer-key-newer"
    ISSUERS_CHANGED = "issuers-changed"
    TOO_MANY_ISSUERS = "too-many-issuers"
    CREDENTIAL_EXPIRED = "credential-expired"
    CREDENTIAL_NOT_YET_VALID = "credential-not-yet-valid"
    BOUND_TOO_LATE = "bound-too-late"
    REQUIREMENT_NOT_MET = "requirement-not-met"
    LIST_UNKNOWN = "list-unknown"
    LIST_WITHDRAWN = "list-withdrawn"
    LIST_PROOF_MISSING = "list-proof-missing"
    LISTS_MOVED_ON = "lists-moved-on"
    LEDGER_BEHIND = "ledger-behind"
    SPLIT_VIEW = "split-view"
    CHECKPOINT_OLD = "checkpoint-old"
    SEARCH_STOPPED = "search-stopped"


@dataclass(frozen=True, slots=True)
class Missing:
    """By how much a requirement is missed, in units of the type of what is compared."""

    amount: int
    type: Integer | Money

    def text(self, language: Language) -> str:
        """For the holder's eyes, for example ``MOP 250,000.00``."""
        return Quantities(language).amount(self.type, self.amount)


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that stands in the way.

    ``alias`` is the credential's name in the policy, ``credential`` its name in the wallet,
    ``requirement`` the policy's own text, ``fact`` what else the words need: an identifier or a
    date. ``missing`` does not print: it would say how much the holder has.

    ``way`` names the credentials of the one way that it stands in; none where it stands in all.
    ``formula`` is what of such a way does not hold; then ``requirement`` is its English sentence,
    for the policy's text is that of all ways.
    """

    code: ReasonCode
    alias: str | None = None
    credential: str | None = None
    requirement: str | None = None
    fact: str | None = None
    missing: Missing | None = field(default=None, repr=False)
    way: tuple[str, ...] = ()
    formula: Formula | None = field(default=None, repr=False)

    def __str__(self) -> str:
        about = [each for each in (self.alias, self.credential) if each is not None]
        told = [each for each in (self.requirement, self.fact) if each is not None]
        where = f"{'/'.join(about)}: " if about else ""
        if self.way and self.alias not in self.way:
            where = f"with {', '.join(self.way)}: {where}"
        return where + self.code.value + (f" ({'; '.join(told)})" if told else "")


class ReviewRefused(WalletError):
    """The wallet refuses to answer, or cannot; nothing was sent. ``reasons`` say why.

    ``circuit`` is what was asked, where the request could be read that far: it has the sentences of
    the requirements.
    """

    def __init__(self, reasons: Sequence[Reason], circuit: Circuit | None = None) -> None:
        codes = {reason.code for reason in reasons}
        fetch = "; proofs of lists are fetched by `zkproof wallet refresh`"
        super().__init__(
            "request: not answered: " + "; ".join(str(reason) for reason in reasons),
            hint="nothing was sent" + (fetch if ReasonCode.LIST_PROOF_MISSING in codes else ""),
        )
        self.reasons = tuple(reasons)
        self.circuit = circuit
