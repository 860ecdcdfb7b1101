"""A holder's wallet: one link secret, credentials, open offers, receipts.

Everything is in one encrypted file (`zkproof.wallet.store`). A wallet object is a value in memory;
`Wallet.update` is the one way to change what is on disk, under a lock.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from zkproof.bbs.secret import ProverBlind
from zkproof.codec import decode, encode
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import Offer, accept, commit
from zkproof.credential.list_proof import ListProof, list_proof_from_bytes
from zkproof.curve import R
from zkproof.errors import DecodeError, WalletError
from zkproof.presentation.receipt import Receipt
from zkproof.trust import ListVersion
from zkproof.wallet import store
from zkproof_circuits.types import Value

FORMAT = 1


@dataclass(frozen=True, slots=True, repr=False)
class AnsweredOffer:
    """What a wallet has to remember until the credential comes. Prints nothing."""

    offer: Offer
    blind: bytes
    chosen: Mapping[str, Value]

    def __repr__(self) -> str:
        return f"<AnsweredOffer of {self.offer.issuer.issuer_id}>"


@dataclass(frozen=True, slots=True, repr=False)
class Wallet:
    """The content. Prints counts only."""

    link_secret: bytes
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    """By a name of the holder's choice."""
    offers: Mapping[bytes, AnsweredOffer] = field(default_factory=dict)
    """Answered offers that wait for their credential, by offer id."""
    receipts: tuple[Receipt, ...] = ()
    list_proofs: tuple[ListProof, ...] = ()
    """Fetched from published lists: tokens of good standing, memberships, gaps."""

    def __repr__(self) -> str:
        return f"<Wallet: {len(self.credentials)} credentials, {len(self.receipts)} receipts>"

    def to_bytes(self) -> bytes:
        """The content to be encrypted. Holds every secret of the holder."""
        return encode(
            {
                "format": FORMAT,
                "link_secret": self.link_secret,
                "credentials": {n: c.to_bytes() for n, c in self.credentials.items()},
                "offers": [
                    [each.offer.to_bytes(), each.blind, dict(each.chosen)]
                    for each in self.offers.values()
                ],
                "receipts": [each.to_bytes() for each in self.receipts],
                "evidence": [each.to_bytes() for each in self.list_proofs],
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Wallet:
        """Raises `WalletError` when the decrypted content is not a wallet's."""
        try:
            table = decode(data, field="wallet", max_bytes=store.MAX_CONTENT_BYTES)
            offers = [
                AnsweredOffer(Offer.from_bytes(offer), blind, chosen)
                for offer, blind, chosen in table["offers"]
            ]
            return cls(
                link_secret=table["link_secret"],
                credentials={
                    name: Credential.from_bytes(each) for name, each in table["credentials"].items()
                },
                offers={each.offer.offer_id: each for each in offers},
                receipts=tuple(Receipt.from_bytes(each) for each in table["receipts"]),
                list_proofs=tuple(list_proof_from_bytes(each) for each in table["evidence"]),
            )
        except (DecodeError, KeyError, TypeError, ValueError, AttributeError):
            raise WalletError("wallet: content of another version or damaged") from None

    def answer(
        self, offer: Offer, chosen: Mapping[str, Value] | None = None
    ) -> tuple[Wallet, bytes]:
        """Commit to the link secret, and to what else the holder chooses, for an offer: the wallet
        that remembers it, the commitment.

        Raises `SchemaError` when a chosen value is missing or outside its type.
        """
        commitment, blind = commit(offer, self.link_secret, chosen)
        answered = AnsweredOffer(offer, blind.export_secret(), dict(chosen or {}))
        offers = {**self.offers, offer.offer_id: answered}
        return replace(self, offers=offers), commitment

    def receive(self, received: Credential, name: str | None = None) -> tuple[Wallet, str]:
        """Check a credential that answers an open offer and keep it, under a free name.

        Raises `WalletError` when no open offer fits, `IssuanceError` when it does not hold.
        """
        for offer_id, answered in self.offers.items():
            offer = answered.offer
            if (offer.schema.digest, offer.issuer.issuer_id, offer.public_key) != (
                received.schema.digest,
                received.issuer_id,
                received.public_key,
            ):
                continue
            credential = accept(
                offer,
                received,
                link_secret=self.link_secret,
                blind=ProverBlind.from_octets(answered.blind),
                chosen=answered.chosen,
            )
            chosen = self._free_name(name or credential.schema.id)
            offers = {key: each for key, each in self.offers.items() if key != offer_id}
            credentials = {**self.credentials, chosen: credential}
            return replace(self, offers=offers, credentials=credentials), chosen
        raise WalletError(
            "credential: answers no offer this wallet committed to",
            hint="run `zkproof wallet commit` on the issuer's offer first",
        )

    def keep_receipt(self, receipt: Receipt) -> Wallet:
        return replace(self, receipts=(*self.receipts, receipt))

    def keep_list_proofs(
        self, fetched: Sequence[ListProof], lists: Mapping[str, Sequence[ListVersion]]
    ) -> Wallet:
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


def create(path: Path, passphrase: str) -> Wallet:
    """A new wallet with a fresh link secret. Raises `WalletError` when the file exists."""
    wallet = Wallet((1 + secrets.randbelow(R - 1)).to_bytes(32, "big"))
    store.write_new(path, wallet.to_bytes(), passphrase)
    return wallet


def open_wallet(path: Path, passphrase: str) -> Wallet:
    """Read a wallet. Raises `WalletError`."""
    return Wallet.from_bytes(store.read_file(path, passphrase))


def update(path: Path, passphrase: str, change: Callable[[Wallet], Wallet]) -> Wallet:
    """Read, change, write, under a lock; nothing is written when ``change`` raises."""
    with store.locked(path):
        changed = change(open_wallet(path, passphrase))
        store.write_file(path, changed.to_bytes(), passphrase)
    return changed


def backup(path: Path, passphrase: str, target: Path, backup_passphrase: str) -> None:
    """A copy under its own passphrase; restoring is opening it. Raises `WalletError`."""
    wallet = open_wallet(path, passphrase)
    store.write_new(target, wallet.to_bytes(), backup_passphrase)


def restore(source: Path, backup_passphrase: str, path: Path, passphrase: str) -> Wallet:
    """A wallet from a backup. Raises `WalletError` when the target exists."""
    wallet = open_wallet(source, backup_passphrase)
    store.write_new(path, wallet.to_bytes(), passphrase)
    return wallet
