"""Review a request: the only way from a request to a presentation.

`review` does every check a wallet owes its holder, in this order, and refuses with reasons: who
asks and in which time (`zkproof.wallet.asker`), whether it was answered before, and which
certificates answer it (`zkproof.wallet.choosing`). What passes is a `Review`: everything a person
needs to decide, and `prove` for after they did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from zkproof.clock import RandomBytes, os_random
from zkproof.presentation.presentation import present
from zkproof.presentation.request import Request
from zkproof.presentation.scopes import (
    Recognition,
    recognitions,
)
from zkproof.trust import RegisteredVerifier, TrustView
from zkproof.wallet.answering import find_answer
from zkproof.wallet.asker import Asked, WalletRules, check_request
from zkproof.wallet.choosing import Chosen
from zkproof.wallet.content import Content
from zkproof.wallet.hidden import Hidden
from zkproof.wallet.history import Shown
from zkproof.wallet.reasons import Reason, ReasonCode, ReviewRefused
from zkproof.wallet.warnings import Warning, warnings
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.explain import Explanation, explain
from zkproof_circuits.labels import require_language

Remember = Callable[[Shown], None]
"""Called with the record of a presentation before it is given out."""


@dataclass(frozen=True, slots=True, repr=False)
class Review:
    """A request that can be answered, as its holder should see it before deciding."""

    request: Request
    verifier: RegisteredVerifier
    """Who asks, as the ledger names it."""

    circuit: Circuit
    """What is asked, with the ways of its choices taken."""

    chosen: Mapping[str, str]
    """Names in the wallet of the certificates that would be used, by alias."""

    options: Mapping[str, Sequence[str]]
    """Names of all that could be, by alias; those of other ways among them."""

    registered_policy: bool
    """Whether the verifier registered exactly this policy on the ledger."""

    hidden: Hidden
    """Whose issuer the verifier does not learn, and among how many it stays hidden."""

    _asked: Circuit
    _content: Content
    _chosen: Chosen
    _trust: TrustView
    _now: int
    _remember: Remember

    def __repr__(self) -> str:
        return f"<Review of a request by {self.verifier.name}>"

    def explanation(self, language: str = "en") -> Explanation:
        """What is asked in words. Raises `UsageError` for an unknown language."""
        return explain(self.circuit, self._trust.schemas.values(), language)

    def disclosed(self, language: str = "en") -> dict[str, str]:
        """The values that the verifier would see, by slot, as people of a language write them."""
        spoken = require_language(language)
        found = {}
        for slot in self.circuit.revealed:
            credential = self._chosen.credentials[slot.credential]
            attribute = credential.schema.attribute(slot.attribute)
            found[str(slot)] = attribute.format(credential.known[slot.attribute], spoken)
        return found

    @property
    def chooses(self) -> bool:
        """Whether the verifier sees which way of some choice is taken."""
        return bool(self._asked.choices)

    def recognised_by(self) -> tuple[Recognition, ...]:
        """Who would recognise the holder again by this answer, and by what."""
        return recognitions(
            self.circuit, self.verifier.verifier_id, self._trust, today=self.request.today
        )

    def warnings(self, *, relay: bool = False) -> list[Warning]:
        """What a person should hear before agreeing, though nothing forbids the answer.

        ``relay`` says that this wallet fetches lists through one.
        """
        return warnings(
            self.circuit,
            self._chosen.credentials,
            self.verifier,
            self._trust,
            at=self.request.issued_at,
            history=self._content.history,
            hidden=self.hidden,
            relay=relay,
        )

    def prove(self, *, random: RandomBytes = os_random) -> bytes:
        """Make the presentation, and remember that it was made before giving it out."""
        made = present(
            self.request,
            self._asked,
            self._chosen.credentials,
            self._content.link_secret,
            self._trust,
            list_proofs=self._content.list_proofs,
            random=random,
        ).to_bytes()
        self._remember(
            Shown.of(
                self.request,
                (self.verifier.verifier_id, self.verifier.name),
                self.circuit,
                self.chosen,
                made,
                now=self._now,
            )
        )
        return made


def review(
    content: Content,
    request: Request,
    trust: TrustView,
    *,
    now: int,
    rules: WalletRules,
    preferred: Mapping[str, str] | None,
    remember: Remember,
) -> Review:
    """Everything of `zkproof.wallet.wallet.Wallet.review`, on a content. Raises `ReviewRefused`."""
    asked = check_request(request, trust, now=now, rules=rules)
    if not isinstance(asked, Asked):
        raise ReviewRefused(asked)
    before = content.shown_for(request.request_id)
    if before is not None and before.settled:
        reason = Reason(ReasonCode.ANSWERED_BEFORE, fact=asked.verifier.name)
        raise ReviewRefused((reason,), asked.circuit)
    found = find_answer(content, request, asked.circuit, trust, preferred=preferred)
    return Review(
        request=request,
        verifier=asked.verifier,
        circuit=found.circuit,
        chosen=found.chosen.names,
        options=found.options.names,
        registered_policy=_registered(asked),
        hidden=found.hidden,
        _asked=asked.circuit,
        _content=content,
        _chosen=found.chosen,
        _trust=trust,
        _now=now,
        _remember=remember,
    )


def _registered(asked: Asked) -> bool:
    """The verifier said publicly that it asks this: the same text, in a registered version."""
    return any(policy.text == asked.request.policy for policy in asked.verifier.policies.values())
