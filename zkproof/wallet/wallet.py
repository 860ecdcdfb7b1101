"""A holder's wallet: keeps credentials encrypted, reviews requests, and proves what was agreed to.

Every change is on disk before a method returns, and made under a lock: several programs may use
one wallet. Proofs are made in this process; hidden attributes and the link secret never leave it.
What shows that a log, a verifier or a list's owner told it two things is kept beside its file
(`zkproof.wallet.evidence`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from zkproof.clock import Clock, system_clock
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import Offer
from zkproof.credential.offer_check import check_offer
from zkproof.errors import WalletError
from zkproof.keys.sealed import Passphrase
from zkproof.ledger.reader import SplitView
from zkproof.lists.source import Source, source_of
from zkproof.presentation.issuance import IssuanceRequest
from zkproof.presentation.receipt import Receipt
from zkproof.presentation.request import Request
from zkproof.trust import TrustSource, TrustView, view_of
from zkproof.wallet import evidence, store
from zkproof.wallet import review as reviewing
from zkproof.wallet.asker import Asked, WalletRules, check_request
from zkproof.wallet.content import Content, new_content
from zkproof.wallet.history import Shown
from zkproof.wallet.reasons import ReasonCode, ReviewRefused
from zkproof.wallet.refreshing import Refreshed, refresh, wanted_by, wanted_standing
from zkproof.wallet.renewing import OfferReview, review_offer
from zkproof.wallet.review import Review
from zkproof_circuits.types import Value

T = TypeVar("T")


class Wallet:
    """A wallet. Make one with `create`, `open`, `restore` or `in_memory`."""

    def __init__(
        self,
        content: Content,
        *,
        path: Path | None,
        passphrase: Passphrase | None,
        rules: WalletRules | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self._content = content
        self._path = path
        self._passphrase = passphrase
        self._rules = rules or WalletRules()
        self._clock = clock

    def __repr__(self) -> str:
        return repr(self._content)

    @classmethod
    def create(cls, path: Path | str, passphrase: str, *, clock: Clock = system_clock) -> Wallet:
        """A new wallet with a fresh link secret. Raises `WalletError` when the file exists."""
        return cls._put(Path(path), Passphrase(passphrase), new_content(), clock)

    @classmethod
    def open(cls, path: Path | str, passphrase: str, *, clock: Clock = system_clock) -> Wallet:
        """Open a wallet. Raises `WalletError`."""
        secret = Passphrase(passphrase)
        content = Content.from_bytes(store.read_file(Path(path), secret))
        return cls(content, path=Path(path), passphrase=secret, clock=clock)

    @classmethod
    def in_memory(cls, content: Content | None = None, *, clock: Clock = system_clock) -> Wallet:
        """A wallet that is gone with its process, for tests and stories."""
        return cls(content or new_content(), path=None, passphrase=None, clock=clock)

    @classmethod
    def restore(
        cls,
        backup: Path,
        backup_passphrase: str,
        path: Path,
        passphrase: str,
        *,
        clock: Clock = system_clock,
    ) -> Wallet:
        """A wallet from a backup. Raises `WalletError` when the target exists."""
        content = Content.from_bytes(store.read_file(backup, backup_passphrase))
        return cls._put(path, Passphrase(passphrase), content, clock)

    @classmethod
    def _put(cls, path: Path, passphrase: Passphrase, content: Content, clock: Clock) -> Wallet:
        store.write_new(path, content.to_bytes(), passphrase)
        return cls(content, path=path, passphrase=passphrase, clock=clock)

    # What is in it

    @property
    def credentials(self) -> Mapping[str, Credential]:
        """Credentials by their name in the wallet."""
        return self._content.credentials

    @property
    def history(self) -> tuple[Shown, ...]:
        """What was shown to whom, oldest first."""
        return self._content.history

    @property
    def content(self) -> Content:
        """The content itself: it holds every secret of the holder."""
        return self._content

    # Certificates

    def commit(
        self,
        offer: Offer,
        chosen: Mapping[str, Value] | None = None,
        *,
        ledger: TrustView | TrustSource | None = None,
    ) -> bytes:
        """Commit to an offer: what to send to its issuer.

        ``chosen`` are the holder's own values for blind attributes. With a ``ledger`` the offer's
        issuer, key and schema are checked first, see `zkproof.credential.offer_check`. Raises
        `IssuanceError` for an offer that fails there, `SchemaError` when a chosen value is missing
        or outside its type.
        """
        if ledger is not None:
            check_offer(offer, self._view(ledger), self._clock())
        return self._change(lambda content: content.commit(offer, chosen))

    def review_offer(
        self,
        asked: IssuanceRequest | bytes,
        ledger: TrustView | TrustSource,
        *,
        use: Mapping[str, str] | None = None,
    ) -> OfferReview:
        """Check what an issuer asks before it signs an offer, and find what answers it.

        ``use`` names certificates that the holder wants shown, by alias. Raises `IssuanceError`,
        `ReviewRefused` and `WalletError`, see `zkproof.wallet.renewing`.
        """
        parsed = asked if isinstance(asked, IssuanceRequest) else IssuanceRequest.from_bytes(asked)
        with self._keeping(parsed.request):
            return review_offer(
                self._content,
                parsed,
                self._view(ledger),
                now=self._clock(),
                rules=self._rules,
                preferred=use,
                remember=lambda made: self._change(
                    lambda content: (content.remember_offer(made), None)
                ),
            )

    def receive(self, credential: Credential, name: str | None = None) -> str:
        """Check a credential that answers an open offer and keep it; the name it got.

        Raises `WalletError` when no open offer fits, `IssuanceError` when it does not hold.
        """
        return self._change(lambda content: content.receive(credential, name))

    def delete(self, name: str) -> None:
        """Forget a credential. Raises `WalletError`."""
        self._change(lambda content: (content.delete(name), None))

    def rename(self, name: str, new: str) -> None:
        """Give a credential another name. Raises `WalletError`."""
        self._change(lambda content: (content.rename(name, new), None))

    # Requests

    def review(
        self,
        request: Request | bytes,
        ledger: TrustView | TrustSource,
        *,
        use: Mapping[str, str] | None = None,
    ) -> Review:
        """Check a request, and find the certificates that answer it.

        ``use`` names certificates that the holder wants used, by alias. Raises `ReviewRefused` with
        every reason, `DecodeError` for octets that are no request.
        """
        asked = request if isinstance(request, Request) else Request.from_bytes(request)
        with self._keeping(asked):
            return reviewing.review(
                self._content,
                asked,
                self._view(ledger),
                now=self._clock(),
                rules=self._rules,
                preferred=use,
                remember=lambda made: self._change(lambda content: (content.remember(made), None)),
            )

    def pending(self, request_id: bytes) -> Shown | None:
        """The answer to a request for which no receipt came back: its ``pending`` octets, sent
        again as they are, get the receipt that was lost.
        """
        shown = self._content.shown_for(request_id)
        return None if shown is None or shown.pending is None else shown

    def keep_receipt(self, receipt: Receipt, ledger: TrustView | TrustSource) -> None:
        """Keep a verifier's receipt for an answer of this wallet.

        Raises `WalletError` when it is not signed by the verifier the answer went to.
        """
        verifier = self._view(ledger).verifiers.get(receipt.verifier.verifier_id)
        shown = self._content.shown_for(receipt.request_id)
        if verifier is None or not receipt.signed_by(verifier.public_key):
            raise WalletError("receipt: not signed by a verifier on the ledger")
        if shown is None or shown.verifier_id != verifier.verifier_id:
            raise WalletError("receipt: for no answer of this wallet")
        self._change(lambda content: (content.keep_receipt(receipt), None))

    # Published lists

    def refresh(
        self,
        ledger: TrustView | TrustSource,
        *,
        request: Request | None = None,
        source: str | None = None,
        relay: str | None = None,
        sources: Callable[[str], Source | None] | None = None,
    ) -> Refreshed:
        """Fetch list proofs: standing of all credentials, and what a request asks besides.

        Lists are fetched from where the ledger says, or all from ``source`` (a folder or an
        address), through ``relay`` where one is given (`zkproof.lists.source.source_of`). Raises
        `UsageError` for an address of a relay that cannot be, `ReviewRefused` for a request that
        this wallet would not answer: what is fetched for it would depend on hidden values.
        """
        trust, now = self._view(ledger), self._clock()
        wanted = [*wanted_standing(self._content.credentials)]
        if request is not None:
            asked = check_request(request, trust, now=now, rules=self._rules)
            if not isinstance(asked, Asked):
                with self._keeping(request):
                    raise ReviewRefused(asked)
            wanted += wanted_by(asked.circuit, self._content.credentials)

        def located(list_id: str) -> Source | None:
            where = source or trust.list_locations.get(list_id)
            return None if where is None else source_of(where, relay=relay)

        done = refresh(wanted, trust, sources or located, now=now)
        if self._path is not None:
            for made in done.complaints:
                evidence.keep_complaint(self._path, made)
        self._change(lambda content: (content.keep_list_proofs(done.proofs, trust.lists), None))
        return done

    # The file

    def change_passphrase(self, old: str, new: str) -> None:
        """Encrypt under another passphrase. Raises `WalletError`.

        Copies made before still open with the old one.
        """
        if self._path is None:
            raise WalletError("wallet: not in a file")
        store.change_passphrase(self._path, old, new)
        self._passphrase = Passphrase(new)

    def backup(self, target: Path, passphrase: str) -> None:
        """Write a copy under a passphrase of its own; `restore` makes a wallet of it again.

        Raises `WalletError`.
        """
        store.write_new(target, self._content.to_bytes(), passphrase)

    def _change(self, change: Callable[[Content], tuple[Content, T]]) -> T:
        """Read, change, write, under a lock; nothing is written when ``change`` raises."""
        if self._path is None or self._passphrase is None:
            self._content, result = change(self._content)
            return result
        with store.locked(self._path):
            now = Content.from_bytes(store.read_file(self._path, self._passphrase))
            changed, result = change(now)
            store.write_file(self._path, changed.to_bytes(), self._passphrase)
        self._content = changed
        return result

    # Evidence

    def _view(self, ledger: TrustView | TrustSource) -> TrustView:
        """What the ledger says; notes that show that it is split are kept."""
        try:
            return view_of(ledger)
        except SplitView as split:
            if self._path is not None:
                evidence.keep_split(self._path, split)
            raise

    @contextlib.contextmanager
    def _keeping(self, request: Request | None) -> Iterator[None]:
        """Keep a request that names a checkpoint which this wallet's ledger never had."""
        try:
            yield
        except ReviewRefused as refused:
            split = any(each.code is ReasonCode.SPLIT_VIEW for each in refused.reasons)
            if split and request is not None and self._path is not None:
                evidence.keep_request(self._path, request)
            raise
