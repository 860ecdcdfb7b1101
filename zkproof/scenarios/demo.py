"""The demo, step by step. Everything is real but the people."""

from __future__ import annotations

import datetime
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import httpx
from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress
from rich.table import Table

from zkproof import bbs, curve
from zkproof.clock import system_clock
from zkproof.credential.issuing import IssuerIdentity, issue, make_offer
from zkproof.errors import ConflictError, ZkProofError
from zkproof.issuer.bulk import BulkSource
from zkproof.issuer.documents import document_digests
from zkproof.issuer.issuer import Issuer
from zkproof.ledger.ledger import Ledger
from zkproof.presentation.presentation import Presentation
from zkproof.presentation.receipt import PROVEN, Receipt
from zkproof.presentation.request import Request, VerifierIdentity
from zkproof.scenarios.adversary import present_unchecked, relabelled
from zkproof.scenarios.sample_data import deposit_csv, people, statements_xml
from zkproof.scenarios.service_process import Service, running
from zkproof.trust import TrustView
from zkproof.verifier.verifier import Verifier
from zkproof.wallet.wallet import Wallet
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.explain import explain

T = TypeVar("T")

LEDGER = "ledger.demo.example"
PASSPHRASE = "demo"  # noqa: S105  # protects made-up people for the length of a demo
BANK = IssuerIdentity("did:web:bank.example.mo", "Banco do Delta", "2026-1", LEDGER)
AUTHORITY = IssuerIdentity(
    "did:web:identity.example.mo", "Identification Services", "2026-1", LEDGER
)
VERIFIER = VerifierIdentity("did:web:hengqin-bank.example.cn", "Hengqin Bank", "requests-1")

POLICY = """\
policy proof-of-funds v1
purpose "account opening"
retention 6 months
credential a: deposit-certificate from any of registry "mo-banks"
credential i: identity from "did:web:identity.example.mo"
same holder a, i
reveal a.currency
require a.balance >= 500_000.00 MOP
require a.as_of >= today - 30 days
"""


class Demo:
    """One run in one folder."""

    def __init__(self, folder: Path, language: str, count: int) -> None:
        self.folder = folder
        self.language = language
        self.count = count
        self.today = datetime.datetime.fromtimestamp(system_clock(), datetime.UTC).date()
        self.say = Console(highlight=False)
        self.times: dict[str, float] = {}
        self.bank = Issuer.create(
            BANK.issuer_id,
            BANK.name,
            key_id=BANK.key_id,
            folder=self.folder / "bank",
            passphrase=PASSPHRASE,
        )
        self.authority = Issuer.create(AUTHORITY.issuer_id, AUTHORITY.name, key_id=AUTHORITY.key_id)

    def run(self) -> None:
        """Raises `ConflictError` when a step goes otherwise than it says."""
        self._title("1  The ledger: who may issue, who may ask")
        self.make_ledger()
        self._title("2  The bank: from its export file to certificates")
        rich, poor = self._import_customers()
        self._title("3  Two residents take their certificates home")
        alice = self._wallet("alice", rich, "Chan Ka Man")
        mallory = self._wallet("mallory", poor, "Lei Wai Lam")
        with running(self.folder, PASSPHRASE) as service:
            self._title("4  The bank in Hengqin asks, over HTTP")
            asked = self._ask(service)
            circuit = asked.circuit(self._view().schemas)
            self.say.print(explain(circuit, self._view().schemas.values(), self.language).text())
            self._title("5  Alice proves it, and nothing else")
            answer = self._answer(asked, alice)
            self._show(service, asked, answer, alice)
            self._title("6  Attacks, each refused")
            self._attacks(service, asked, answer, alice, mallory)
        self._figures(answer)

    # 1.

    def make_ledger(self) -> None:
        """A ledger with a bank, an authority and a verifier; keys of the demo's passphrase."""
        self.ledger = Ledger.create(self.folder / "ledger", LEDGER, PASSPHRASE)
        for issuer in (self.bank, self.authority):
            self.ledger.register(issuer)
        self.ledger.publish_registry("mo-banks", [BANK.issuer_id])
        Verifier.create(
            VERIFIER.verifier_id,
            VERIFIER.name,
            key_id=VERIFIER.key_id,
            ledger=self.ledger,
            folder=self.folder / "verifier",
            passphrase=PASSPHRASE,
        )
        view = self._view()
        self.say.print(
            f"{view.tree_size} signed entries: {len(view.schemas)} schemas, "
            f"{len(view.issuers)} issuers, one registry, one verifier; "
            f"root {view.root_hash.hex()[:16]}…"
        )

    def _view(self) -> TrustView:
        return self.ledger.trust()

    # 2.

    def _import_customers(self) -> tuple[bytes, bytes]:
        found = list(people(self.count, seed=2026, today=self.today))
        found[0] = replace(found[0], balance="750000.00")
        found[1] = replace(found[1], balance="4200.00")
        (self.folder / "statements.camt053.xml").write_bytes(
            statements_xml(found, as_of=self.today)
        )
        digests = [
            document_digests(person.account.encode(), secrets.token_bytes(16)) for person in found
        ]
        export = deposit_csv(found, bank=BANK.name, as_of=self.today, digests=digests)
        (self.folder / "deposits.csv").write_bytes(export)
        source = BulkSource(self.folder / "deposits.csv")
        with Progress(console=self.say, transient=True) as progress:
            task = progress.add_task("importing", total=len(found))
            imported = self.bank.bulk(
                source,
                "deposit-certificate",
                progress=lambda done: progress.update(task, completed=done),
            )
        again = self.bank.bulk(source, "deposit-certificate")
        offers = self.bank.records.offers()
        self.say.print(
            f"{imported.new} rows of deposits.csv became offers; "
            f"importing the file again adds {again.new}"
        )
        return offers[0], offers[1]

    # 3.

    def _wallet(self, owner: str, offer_id: bytes, name: str) -> Wallet:
        path = self.folder / f"{owner}.wallet"
        wallet = Wallet.create(path, PASSPHRASE)
        commitment = wallet.commit(self.bank.records.offer(offer_id))
        signed = self._timed("issue (bank signs)", lambda: self.bank.issue(offer_id, commitment))
        wallet.receive(signed)
        offer = self.authority.offer("identity", self._identity(name))
        wallet.receive(self.authority.issue(offer, wallet.commit(offer)))
        self.say.print(
            f"{owner}: {len(wallet.credentials)} credentials under one secret that no issuer saw; "
            f"{path.stat().st_size} octets, encrypted"
        )
        return wallet

    def _identity(self, name: str) -> dict[str, object]:
        return {
            "name": name,
            "birth_date": "1989-03-02",
            "nationality": "MO",
            "residency": "MO",
            "permanent_resident": True,
            "document_kind": "identity-card",
            "person_number": 1 + secrets.randbelow(1 << 39),
            "document_hash": secrets.token_bytes(32),
            "valid_from": self.today - datetime.timedelta(days=100),
            "valid_until": self.today + datetime.timedelta(days=1000),
        }

    # 4. and 5.

    def _ask(self, service: Service, policy: str = POLICY) -> Request:
        opened = httpx.post(
            f"{service.url}/v1/requests", json={"policy": policy}, headers=service.headers()
        )
        self._expect(opened.status_code == 201, f"request opened ({opened.text[:200]})")
        fetched = httpx.get(opened.json()["url"])
        request = Request.from_bytes(fetched.content)
        verifier = self._view().verifiers[VERIFIER.verifier_id]
        self._expect(request.signed_by(verifier.public_key), "signed by a registered verifier")
        return request

    def _answer(self, asked: Request, wallet: Wallet) -> bytes:
        review = wallet.review(asked, self.ledger)
        review.prove()  # tables are built on first use
        return self._timed("prove (wallet)", review.prove)

    def _post(self, service: Service, asked: Request, answer: bytes) -> httpx.Response:
        return httpx.post(
            f"{service.url}/v1/w/{asked.request_id.hex()}/presentation",
            content=answer,
            headers={"content-type": "application/cbor"},
            timeout=60,
        )

    def _show(self, service: Service, asked: Request, answer: bytes, alice: Wallet) -> None:
        reply = self._timed("answer over HTTP", lambda: self._post(service, asked, answer))
        table = reply.json()
        self._expect(table.get("result") == PROVEN, f"proven ({reply.text[:200]})")
        receipt = self.receipt = Receipt.from_bytes(bytes.fromhex(table["receipt"]))
        alice.keep_receipt(receipt, self.ledger)
        self._expect(receipt.request_digest == asked.digest, "receipt for this request")
        shown = Table(title="What the bank in Hengqin learnt", title_justify="left")
        shown.add_column("proven or shown")
        shown.add_column("by")
        for constraint in table["report"]["constraints"]:
            shown.add_row(constraint["text"], ", ".join(constraint["credentials"]))
        for credential in table["report"]["credentials"]:
            for name, value in credential["disclosed"].items():
                shown.add_row(f"[green]{name} = {value}[/green]", credential["issuer_name"])
        self.say.print(shown)
        for credential in table["report"]["credentials"]:
            hidden = ", ".join(credential["hidden"])
            self.say.print(f"[dim]stayed hidden in {credential['schema']}: {hidden}[/dim]")
        self.say.print(f"receipt signed by {receipt.verifier.name}: {receipt.result}")

    # 6.

    def _attacks(
        self,
        service: Service,
        asked: Request,
        answer: bytes,
        alice: Wallet,
        mallory: Wallet,
    ) -> None:
        again = self._post(service, asked, answer).json()["receipt"]
        self._expect(
            bytes.fromhex(again) == self.receipt.to_bytes(), "the same answer has the same receipt"
        )
        other = self._second_answer(asked, alice)
        self._refused(
            "a second answer to the same request",
            self._post(service, asked, other),
            409,
            "not-open",
        )
        fresh = self._ask(service)
        self._refused(
            "replayed to another request",
            self._post(service, fresh, answer),
            200,
            "wrong-request",
        )
        circuit = fresh.circuit(self._view().schemas)
        try:
            self._answer(fresh, mallory)
            raise AssertionError
        except ZkProofError as error:
            self.say.print(f"[dim]   Mallory's own wallet: {error.message}[/dim]")
        self._refused(
            "balance too low, proven for a smaller sum and relabelled",
            self._post(service, fresh, self._relabelled(service, fresh, mallory)),
            200,
            "proof-invalid",
        )
        self._refused(
            "somebody else's certificate with one's own identity",
            self._post(service, fresh, self._stolen(fresh, circuit, alice, mallory)),
            200,
            "proof-invalid",
        )
        last = self._ask(service)
        self._refused(
            "certificate signed with a key that is not on the ledger",
            self._post(service, last, self._self_signed(last, mallory)),
            200,
            "proof-invalid",
        )

    def _relabelled(self, service: Service, asked: Request, mallory: Wallet) -> bytes:
        """A valid proof for 1 000 MOP, with this request's digest written on it."""
        easier = self._ask(service, POLICY.replace("500_000.00", "1_000.00"))
        proof = self._answer(easier, mallory)
        return relabelled(proof, asked)

    def _second_answer(self, asked: Request, alice: Wallet) -> bytes:
        """Another proof of the same facts, which an honest wallet would not make."""
        credentials = {
            "a": alice.credentials["deposit-certificate"],
            "i": alice.credentials["identity"],
        }
        circuit = asked.circuit(self._view().schemas)
        secret = alice.content.link_secret
        return present_unchecked(asked, circuit, credentials, secret, self._view())

    def _stolen(
        self,
        asked: Request,
        circuit: Circuit,
        alice: Wallet,
        mallory: Wallet,
    ) -> bytes:
        """Alice's certificate in Mallory's hands: a program that skips every check of its own and
        claims that her link secret is in it.
        """
        credentials = {
            "a": alice.credentials["deposit-certificate"],
            "i": mallory.credentials["identity"],
        }
        return present_unchecked(
            asked, circuit, credentials, mallory.content.link_secret, self._view()
        )

    def _self_signed(self, asked: Request, mallory: Wallet) -> bytes:
        """The bank's name and key identifier over a key of Mallory's own."""
        own = bbs.SigningKey.generate()
        genuine = mallory.credentials["deposit-certificate"]
        values = {**genuine.values, "balance": 900_000_000_00}
        offer = make_offer(own, BANK, genuine.schema, expires_at=system_clock() + 60)
        forged = issue(own, offer, values, mallory.commit(offer), now=system_clock())
        name = mallory.receive(forged)
        credentials = {"a": mallory.credentials[name], "i": mallory.credentials["identity"]}
        circuit = asked.circuit(self._view().schemas)
        return present_unchecked(
            asked, circuit, credentials, mallory.content.link_secret, self._view()
        )

    def _refused(self, attack: str, reply: httpx.Response, status: int, code: str) -> None:
        table = reply.json()
        said = table.get("result") or table.get("code")
        self._expect(reply.status_code == status and said == code, f"{attack}: {reply.text[:200]}")
        self.say.print(f"[red]refused[/red]  {attack}: {said}")

    # Figures and form.

    def _figures(self, answer: bytes) -> None:
        table = Table(title="Measured in this run", title_justify="left", show_header=False)
        for name, seconds in self.times.items():
            table.add_row(name, f"{seconds * 1000:.1f} ms")
        table.add_row("presentation", f"{len(answer)} octets")
        table.add_row("of which the proof", f"{len(Presentation.from_bytes(answer).proof)} octets")
        table.add_row("arithmetic", curve.backend.name)
        self.say.print(table)

    def _timed(self, name: str, work: Callable[[], T]) -> T:
        start = time.perf_counter()
        result = work()
        self.times[name] = time.perf_counter() - start
        return result

    def _expect(self, holds: bool, what: str) -> None:
        if not holds:
            raise ConflictError(f"demo: this should have held: {what}")

    def _title(self, text: str) -> None:
        self.say.print()
        self.say.print(Panel(text, expand=False, border_style="blue"))
