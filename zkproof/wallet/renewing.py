"""Review what an issuer asks before it signs: the only way to an answer that shows a credential.

`review_offer` checks who asks (`zkproof.presentation.issuance`), that a request in it names a
checkpoint of this wallet's ledger and lists that have not moved on (`zkproof.wallet.asker`, step
7), and finds the certificates that answer it, as `zkproof.wallet.review` does for a verifier's
request. A first certificate to which the issuer adds a share of the link secret is for an empty
wallet: what is already under the secret would be lost to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from zkproof.clock import RandomBytes, os_random
from zkproof.errors import WalletError
from zkproof.presentation.issuance import IssuanceRequest, answer, check_issuance_request
from zkproof.trust import TrustView
from zkproof.wallet.answering import find_answer
from zkproof.wallet.asker import WalletRules, check_checkpoint
from zkproof.wallet.choosing import Chosen, Options
from zkproof.wallet.content import AnsweredOffer, Content
from zkproof.wallet.reasons import Reason, ReasonCode, ReviewRefused
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.explain import Explanation, explain
from zkproof_circuits.labels import require_language
from zkproof_circuits.types import Value

Remember = Callable[[AnsweredOffer], None]
"""Called with what has to be known until the credential comes, before an answer is given out."""


@dataclass(frozen=True, slots=True, repr=False)
class OfferReview:
    """What an issuer asks before it signs, as its customer should see it before deciding."""

    asked: IssuanceRequest
    circuit: Circuit | None
    """What is asked of the shown credentials; ``None`` where only the issuer's own pseudonym is."""

    chosen: Mapping[str, str]
    """Names in the wallet of the certificates that would be shown, by alias."""

    options: Mapping[str, Sequence[str]]
    """Names of all that could be, by alias."""

    _whole: Circuit | None
    """With its choices."""
    _content: Content
    _credentials: Chosen
    _trust: TrustView
    _remember: Remember

    def __repr__(self) -> str:
        return f"<OfferReview of {self.asked.offer.issuer.issuer_id}>"

    def explanation(self, language: str = "en") -> Explanation | None:
        """What is asked in words, if a policy asks. Raises `UsageError` for an unknown language."""
        if self.circuit is None:
            return None
        return explain(self.circuit, self._trust.schemas.values(), language)

    def disclosed(self, language: str = "en") -> dict[str, str]:
        """The values that the issuer would see, by slot, as people of a language write them."""
        spoken = require_language(language)
        found = {}
        for slot in () if self.circuit is None else self.circuit.revealed:
            credential = self._credentials.credentials[slot.credential]
            attribute = credential.schema.attribute(slot.attribute)
            found[str(slot)] = attribute.format(credential.known[slot.attribute], spoken)
        return found

    def answer(
        self, chosen: Mapping[str, Value] | None = None, *, random: RandomBytes = os_random
    ) -> bytes:
        """Make the answer, and remember it before giving it out.

        ``chosen`` are the holder's own values for blind attributes. Raises `SchemaError` when one
        is missing or outside its type.
        """
        made, blind = answer(
            self.asked,
            self._content.link_secret,
            self._trust,
            circuit=self._whole,
            credentials=self._credentials.credentials,
            chosen=chosen,
            list_proofs=self._content.list_proofs,
            random=random,
        )
        self._remember(
            AnsweredOffer(
                self.asked.offer,
                blind.export_secret(),
                dict(chosen or {}),
                self.asked.adds_share,
            )
        )
        return made


def review_offer(
    content: Content,
    asked: IssuanceRequest,
    trust: TrustView,
    *,
    now: int,
    rules: WalletRules,
    preferred: Mapping[str, str] | None,
    remember: Remember,
) -> OfferReview:
    """Everything of `zkproof.wallet.wallet.Wallet.review_offer`, on a content.

    Raises `IssuanceError` for what is not the issuer's own or not in its time, `ReviewRefused` when
    no certificates answer it or the view of the ledger is too old, `WalletError` for a share where
    the wallet is not empty.
    """
    if trust.as_of + rules.trust_max_age < now:
        raise ReviewRefused((Reason(ReasonCode.LEDGER_STALE),))
    circuit = check_issuance_request(asked, trust, now, clock_skew=rules.clock_skew)
    if asked.adds_share and (content.credentials or content.offers):
        raise WalletError(
            "offer: adds a share to the link secret, and this wallet holds something under it",
            hint="answer it from a new wallet",
        )
    chosen, options, taken = Chosen({}, {}), Options({}), circuit
    if circuit is not None and asked.request is not None:
        ledger = check_checkpoint(asked.request, circuit, trust, now=now)
        if ledger is not None:
            raise ReviewRefused((ledger,), circuit)
        found = find_answer(content, asked.request, circuit, trust, preferred=preferred)
        chosen, options, taken = found.chosen, found.options, found.circuit
    return OfferReview(
        asked=asked,
        circuit=taken,
        chosen=chosen.names,
        options=options.names,
        _whole=circuit,
        _content=content,
        _credentials=chosen,
        _trust=trust,
        _remember=remember,
    )
