"""A verifier: asks, verifies, and uses each of its requests up once.

Trust comes from the ledger, the question from the verifier's own store; from the holder it takes a
presentation and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zkproof.clock import Clock, RandomBytes, os_random, system_clock
from zkproof.errors import UsageError
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.ledger.ledger import Ledger
from zkproof.presentation.presentation import presentation_digest
from zkproof.presentation.receipt import Receipt
from zkproof.presentation.report import Refusal, RefusalCode, Report
from zkproof.presentation.request import Request, VerifierIdentity, open_request
from zkproof.presentation.scopes import resolve_scopes
from zkproof.presentation.verify import VerificationRules
from zkproof.trust import TrustSource
from zkproof.verifier import registration
from zkproof.verifier.judging import judge
from zkproof.verifier.store import (
    FileStore,
    MemoryStore,
    RequestState,
    RequestStore,
    StoredRequest,
)
from zkproof_circuits import library
from zkproof_circuits.includes import Library

REQUESTS = "requests.db"
MAX_TRIES = 5
"""How often one request may be answered wrongly before it is closed."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of an answer. There is no receipt for what used nothing up: an unreadable answer,
    an unknown request, a verifier whose own clock or ledger view is wrong.
    """

    outcome: Report | Refusal
    receipt: Receipt | None


class Verifier:
    """A verifier. Make one with `create` or `open`."""

    def __init__(
        self,
        signer: Ed25519Signer,
        identity: VerifierIdentity,
        *,
        ledger: TrustSource,
        store: RequestStore,
        rules: VerificationRules | None = None,
        max_tries: int = MAX_TRIES,
        clock: Clock = system_clock,
        random: RandomBytes = os_random,
    ) -> None:
        self.identity = identity
        self._signer = signer
        self._ledger = ledger
        self._store = store
        self._rules = rules or VerificationRules()
        self._max_tries = max_tries
        self._clock = clock
        self._random = random

    def __repr__(self) -> str:
        return f"<Verifier {self.identity.verifier_id}>"

    @classmethod
    def create(
        cls,
        verifier_id: str,
        name: str,
        *,
        ledger: TrustSource,
        folder: Path | None = None,
        passphrase: str | None = None,
        key_id: str = "1",
        rules: VerificationRules | None = None,
        clock: Clock = system_clock,
        random: RandomBytes = os_random,
    ) -> Verifier:
        """A verifier with a fresh key: in memory, or in a new ``folder`` under a passphrase.

        A ledger that is open for writing registers it; any other governance needs what
        `registration` gives. Raises `ConflictError` when the folder holds a verifier already.
        """
        identity = VerifierIdentity(verifier_id, name, key_id)
        if folder is None:
            signer: Ed25519Signer = Ed25519Signer.generate()
            store: RequestStore = MemoryStore()
        elif passphrase is None:
            raise UsageError("passphrase: needed to keep a verifier's key in a folder")
        else:
            signer = registration.found(folder, identity, passphrase)
            store = FileStore(folder / REQUESTS)
        made = cls(
            signer, identity, ledger=ledger, store=store, rules=rules, clock=clock, random=random
        )
        if isinstance(ledger, Ledger) and ledger.governed:
            ledger.register(made)
        return made

    @classmethod
    def open(
        cls,
        folder: Path,
        passphrase: str,
        *,
        ledger: TrustSource,
        rules: VerificationRules | None = None,
        clock: Clock = system_clock,
        random: RandomBytes = os_random,
    ) -> Verifier:
        """The verifier of a folder.

        Raises `NotFoundError` and `DecodeError`, and `WalletError` for a wrong passphrase.
        """
        signer, identity = registration.open_folder(folder, passphrase)
        return cls(
            signer,
            identity,
            ledger=ledger,
            store=FileStore(folder / REQUESTS),
            rules=rules,
            clock=clock,
            random=random,
        )

    def registration(self, ledger_id: str, *, now: int) -> tuple[str, Mapping[str, Any]]:
        """Type and body of the ledger entry that registers this verifier."""
        del ledger_id, now  # a request key is not bound to a ledger
        return "verifier-register", registration.verifier_entry(self.identity, self._signer)

    def request(
        self,
        policy: str,
        *,
        parameters: Mapping[str, str] | None = None,
        lifetime: int = 600,
        respond_to: str | None = None,
        includes: Library | None = None,
        **more_parameters: str,
    ) -> Request:
        """Open a request for a policy text, or a packaged policy by name.

        Parameters of the policy are texts, in ``parameters`` or as arguments of their names;
        ``lifetime`` is in seconds. Raises `PolicyError` when the text does not compile,
        `UsageError` for a lifetime out of range, and for a shared scope in which this verifier may
        not ask.
        """
        view = self._ledger.trust()
        made = open_request(
            self._signer,
            self.identity,
            library.policy_text(policy) if policy in library.policy_names() else policy,
            tuple(view.schemas.values()),
            ledger_id=view.ledger_id,
            checkpoint=view.checkpoint,
            now=self._clock(),
            lifetime=lifetime,
            parameters={**(parameters or {}), **more_parameters},
            respond_to=respond_to,
            includes=includes,
            random=self._random,
        )
        circuit = made.circuit(view.schemas)
        resolve_scopes(circuit.at_once, self.identity.verifier_id, view, today=made.today)
        self._store.put(made)
        return made

    def verify(self, request: Request, presentation: bytes) -> Report | Refusal:
        """The outcome of `settle`."""
        return self.settle(request, presentation).outcome

    def settle(self, request: Request, presentation: bytes) -> Settled:
        """Verify an answer and use the request up.

        1. The request is one of this verifier's; what was asked is read from its store.
        2. It is open: not answered, nor refused too often. (replay)
        3. The answer is verified at the newest trust view, see `zkproof.presentation.verify`.
        4. The outcome is recorded together with its receipt, and only then given out; of several
           answers at once, one finds the request open. (two answers racing)
        """
        stored = self._store.get(request.request_id)
        if stored is None or stored.document != request.to_bytes():  # 1.
            return _refused(RefusalCode.REQUEST_UNKNOWN, "not a request of this verifier")
        return self._settle(stored, presentation)

    def answer(self, request_id: bytes, presentation: bytes) -> Settled:
        """`settle` for whoever knows a request by its identifier, as a service does."""
        stored = self._store.get(request_id)
        if stored is None:  # 1.
            return _refused(RefusalCode.REQUEST_UNKNOWN, "not a request of this verifier")
        return self._settle(stored, presentation)

    def _settle(self, stored: StoredRequest, presentation: bytes) -> Settled:
        if stored.state is not RequestState.OPEN:  # 2.
            return _used_up()
        asked = Request.from_bytes(stored.document)
        judged = judge(  # 3.
            asked,
            presentation,
            self._ledger.trust(),
            self._signer,
            now=self._clock(),
            rules=self._rules,
        )
        if judged.receipt is None:
            return Settled(judged.outcome, None)
        recorded = self._store.settle(  # 4.
            asked.request_id, judged.outcome, judged.receipt, max_tries=self._max_tries
        )
        return Settled(judged.outcome, judged.receipt) if recorded else _used_up()

    def receipt(self, request: Request, presentation: bytes) -> Receipt | None:
        """The receipt for exactly this answer, for a holder whose reply was lost."""
        stored = self._store.get(request.request_id)
        if stored is None or stored.presentation_digest != presentation_digest(presentation):
            return None
        return None if stored.receipt is None else Receipt.from_bytes(stored.receipt)


def _refused(code: RefusalCode, text: str) -> Settled:
    return Settled(Refusal(code, text), None)


def _used_up() -> Settled:
    return _refused(RefusalCode.ALREADY_ANSWERED, "the request was answered or closed before")
