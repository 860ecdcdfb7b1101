"""What is in a wallet: one link secret, credentials, open offers, list proofs, history.

A content is a value: every change gives another one. `zkproof.wallet.wallet` keeps it on disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from zkproof.bbs.secret import ProverBlind
from zkproof.codec import encode
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import Offer, accept, commit, joined_secret
from zkproof.credential.link_secret import LinkSecret
from zkproof.credential.list_proof import ListProof, list_proof_from_bytes
from zkproof.errors import DecodeError, IssuanceError, NotFoundError, WalletError
from zkproof.presentation.receipt import Receipt
from zkproof.record import Record, boolean, list_of, map_of, octets, parsed, plain_value
from zkproof.trust import ListVersion
from zkproof.wallet import store
from zkproof.wallet.history import SHOWN, Shown
from zkproof_circuits.schema import MAX_ATTRIBUTES
from zkproof_circuits.types import Value

FORMAT = 2
MAX_NAME_LENGTH = 64
"""Longest name of a credential, in characters."""


@dataclass(frozen=True, slots=True, repr=False)
class AnsweredOffer:
    """What a wallet has to remember until the credential comes. Prints nothing."""

    offer: Offer
    blind: bytes
    chosen: Mapping[str, Value]
    adds_share: bool = False
    """Whether the issuer announced to add a share to the link secret."""

    def __repr__(self) -> str:
        return f"<AnsweredOffer of {self.offer.issuer.issuer_id}>"


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """The content. Prints counts only."""

    link_secret: LinkSecret
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    """By a name of the holder's choice."""
    offers: Mapping[bytes, AnsweredOffer] = field(default_factory=dict)
    """Answered offers that wait for their credential, by offer id."""
    list_proofs: tuple[ListProof, ...] = ()
    """Fetched from published lists: tokens of good standing, memberships, gaps."""

    history: tuple[Shown, ...] = ()
    """What was shown to whom, oldest first."""

    def __repr__(self) -> str:
        return f"<Wallet: {len(self.credentials)} credentials, {len(self.history)} answers>"

    def to_bytes(self) -> bytes:
        """The content to be encrypted. Holds every secret of the holder."""
        return encode(
            {
                "format": FORMAT,
                "link_secret": self.link_secret.export_secret(),
                "credentials": {n: c.to_bytes() for n, c in self.credentials.items()},
                "offers": [
                    {
                        "offer": each.offer.to_bytes(),
                        "blind": each.blind,
                        "chosen": dict(each.chosen),
                        "adds_share": each.adds_share,
                    }
                    for each in self.offers.values()
                ],
                "list_proofs": [each.to_bytes() for each in self.list_proofs],
                "history": [each.table() for each in self.history],
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Content:
        """Raises `WalletError` when the decrypted content is not a wallet's."""
        try:
            table = _RECORD.read(data, max_bytes=store.MAX_CONTENT_BYTES)
        except DecodeError:
            raise WalletError("wallet: content of another version or damaged") from None
        offers = [
            AnsweredOffer(each["offer"], each["blind"], each["chosen"], each["adds_share"])
            for each in table["offers"]
        ]
        return cls(
            link_secret=table["link_secret"],
            credentials=table["credentials"],
            offers={each.offer.offer_id: each for each in offers},
            list_proofs=tuple(table["list_proofs"]),
            history=tuple(Shown.from_table(each) for each in table["history"]),
        )

    def commit(
        self, offer: Offer, chosen: Mapping[str, Value] | None = None
    ) -> tuple[Content, bytes]:
        """Commit to the link secret, and to what else the holder chooses, for an offer: the content
        that remembers it, the commitment.

        Raises `SchemaError` when a chosen value is missing or outside its type.
        """
        commitment, blind = commit(offer, self.link_secret, chosen)
        answered = AnsweredOffer(offer, blind.export_secret(), dict(chosen or {}))
        return self.remember_offer(answered), commitment

    def remember_offer(self, answered: AnsweredOffer) -> Content:
        """Keep what has to be known until the credential of an offer comes.

        Raises `WalletError` while an issuer is about to add a share to the link secret, or when one
        would and something is under the secret already.
        """
        if any(each.adds_share for each in self.offers.values()):
            raise WalletError("offer: the wallet's first certificate has not come yet")
        if answered.adds_share and (self.credentials or self.offers):
            raise WalletError("offer: adds a share to the link secret of a wallet that is in use")
        return replace(self, offers={**self.offers, answered.offer.offer_id: answered})

    def receive(self, received: Credential, name: str | None = None) -> tuple[Content, str]:
        """Check a credential and keep it, under a free name.

        It may answer any open offer, in whatever order they were committed to: it is the one under
        which its signature holds. Raises `WalletError` when no open offer is of its issuer, key and
        schema, `IssuanceError` when it holds under none of them.
        """
        fitting = [
            answered
            for answered in self.offers.values()
            if (answered.offer.schema.digest, answered.offer.issuer.issuer_id)
            == (received.schema.digest, received.issuer_id)
            and answered.offer.public_key == received.public_key
        ]
        if not fitting:
            raise WalletError(
                "credential: answers no offer this wallet committed to",
                hint="run `zkproof wallet commit` on the issuer's offer first",
            )
        refused: IssuanceError | None = None
        for answered in fitting:
            try:
                credential = accept(
                    answered.offer,
                    received,
                    link_secret=self.link_secret,
                    blind=ProverBlind.from_octets(answered.blind),
                    chosen=answered.chosen,
                    shared=answered.adds_share,
                )
            except IssuanceError as error:
                refused = refused or error
                continue
            kept = self._free_name(name or credential.schema.id)
            offers = {
                key: each for key, each in self.offers.items() if key != answered.offer.offer_id
            }
            credentials = {**self.credentials, kept: credential}
            secret = joined_secret(received, self.link_secret)
            return replace(self, link_secret=secret, offers=offers, credentials=credentials), kept
        raise refused or WalletError("credential: answers no open offer")

    def delete(self, name: str) -> Content:
        """Forget a credential. Raises `WalletError` when there is none of that name."""
        self.credential(name)
        kept = {key: each for key, each in self.credentials.items() if key != name}
        return replace(self, credentials=kept)

    def rename(self, name: str, new: str) -> Content:
        """Give a credential another name. Raises `WalletError` when it is taken or none has it."""
        self.credential(name)
        if not new.strip() or len(new) > MAX_NAME_LENGTH:
            raise WalletError(f"name: 1 to {MAX_NAME_LENGTH} characters")
        if new in self.credentials:
            raise WalletError(f"name: {new} is taken", hint="choose another")
        kept = {(new if key == name else key): each for key, each in self.credentials.items()}
        return replace(self, credentials=kept)

    def credential(self, name: str) -> Credential:
        """The credential of that name. Raises `WalletError`."""
        found = self.credentials.get(name)
        if found is None:
            raise NotFoundError(f"no credential {name}", hint="zkproof wallet list")
        return found

    def remember(self, shown: Shown) -> Content:
        """Keep a record of what is about to be given out."""
        return replace(self, history=(*self.history, shown))

    def shown_for(self, request_id: bytes) -> Shown | None:
        """The newest record of an answer to a request."""
        found = [each for each in self.history if each.request_id == request_id]
        return found[-1] if found else None

    def keep_receipt(self, receipt: Receipt) -> Content:
        """Put a receipt to the answer it is about; the answer itself need not be kept any more.

        Raises `WalletError` when this wallet gave no such answer.
        """
        known = [each.presentation_digest for each in self.history]
        if receipt.presentation_digest not in known:
            raise WalletError("receipt: for no answer of this wallet")
        history = tuple(
            replace(each, receipt=receipt, pending=None)
            if each.presentation_digest == receipt.presentation_digest
            else each
            for each in self.history
        )
        return replace(self, history=history)

    def keep_list_proofs(
        self, fetched: Sequence[ListProof], lists: Mapping[str, Sequence[ListVersion]]
    ) -> Content:
        """Keep what was fetched, and drop what is of no version in force any more."""
        known = {(v.list_id, v.version) for versions in lists.values() for v in versions}
        kept = dict.fromkeys((*fetched, *self.list_proofs))
        return replace(
            self,
            list_proofs=tuple(each for each in kept if (each.list_id, each.version) in known),
        )

    def _free_name(self, wanted: str) -> str:
        if wanted not in self.credentials:
            return wanted
        return next(
            f"{wanted}-{k}" for k in range(2, 10_000) if f"{wanted}-{k}" not in self.credentials
        )


def new_content() -> Content:
    """An empty wallet with a fresh link secret."""
    return Content(LinkSecret.generate())


_MANY = 1 << 16
_OFFER = Record(
    "wallet.offers",
    {
        "offer": parsed(octets(), Offer.from_bytes),
        "blind": octets(32),
        "chosen": map_of(plain_value, most=MAX_ATTRIBUTES),
        "adds_share": boolean,
    },
)
_RECORD = Record(
    "wallet",
    {
        "link_secret": parsed(octets(32), LinkSecret.from_octets),
        "credentials": map_of(parsed(octets(), Credential.from_bytes), most=_MANY),
        "offers": list_of(_OFFER, most=_MANY),
        "list_proofs": list_of(parsed(octets(), list_proof_from_bytes), most=_MANY),
        "history": list_of(SHOWN, most=_MANY),
    },
    format=FORMAT,
)
