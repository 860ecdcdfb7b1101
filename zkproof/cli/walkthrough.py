"""One presentation, from issuing to report, in one process and in memory: what the demo shows.

Everything is real but the people: keys are drawn afresh, signatures and proofs are made and
checked, and the trust view is written by hand where a verifier would take it from the ledger.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import typer

from zkproof import bbs, curve
from zkproof.clock import os_random, system_clock
from zkproof.credential.credential import Credential
from zkproof.credential.ed25519 import Ed25519Signer
from zkproof.credential.issuing import IssuerIdentity, accept, commit, issue, make_offer
from zkproof.credential.trust import Issuer, IssuerKey, TrustView
from zkproof.errors import UsageError, ZkProofError
from zkproof.presentation.presentation import present
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.request import VerifierIdentity, open_request
from zkproof.presentation.verify import verify
from zkproof_circuits import library
from zkproof_circuits.explain import explain
from zkproof_circuits.labels import require_language
from zkproof_circuits.types import Value

LEDGER = "ledger.example"
BANK = IssuerIdentity("did:web:bank.example", "Bank of the South", "2026-1")
AUTHORITY = IssuerIdentity("did:web:identity.example", "Identification Services", "2026-1")
VERIFIER = VerifierIdentity("did:web:hengqin-bank.example", "Hengqin Bank", "requests-1")

POLICY = """\
policy proof-of-funds v1
purpose "account opening"
credential a: deposit-certificate from any of registry "banks"
credential i: identity from "did:web:identity.example"
same holder a, i
reveal a.currency
require a.balance >= 500_000.00 MOP
require a.as_of >= today - 30 days
"""


def walk_through(language: str) -> None:
    """Issue two certificates, ask one question, prove the answer, verify it.

    ``language`` is that of the explanation. Raises `UsageError` for one there is none for, and
    `ZkProofError` if anything goes otherwise than it should.
    """
    require_language(language)
    clock = _Stopwatch()
    now = system_clock()
    keys = {each.issuer_id: bbs.SigningKey.generate() for each in (BANK, AUTHORITY)}
    link_secret = bbs.NymSecret.random().export_secret()

    typer.echo(f"Arithmetic: {curve.backend.name} ({curve.choice.reason})\n")

    today = now // 86_400
    deposit = _deposit(today)
    clock.start()
    held = {
        "a": _issued(keys, BANK, "deposit-certificate", deposit, link_secret, now),
        "i": _issued(keys, AUTHORITY, "identity", _identity(today), link_secret, now),
    }
    clock.tell(
        "1. Two certificates signed: a deposit of MOP 750,000.00 and an identity.\n"
        "   Neither issuer saw the secret that ties them to one holder."
    )

    schemas = library.all_schemas()
    clock.start()
    request = open_request(
        Ed25519Signer.from_octets(os_random(32)),
        VERIFIER,
        POLICY,
        schemas,
        ledger_id=LEDGER,
        now=now,
    )
    clock.tell(f"2. {VERIFIER.name} asks. The holder reads, in words made from what is asked:")
    trust = _trust_view(keys, now)
    circuit = request.circuit(trust.schemas)
    typer.echo("\n" + _indented(explain(circuit, schemas, language).text()))

    # Once unmeasured: the first proof in a process also builds generators and tables.
    present(request, circuit, held, link_secret)
    clock.start()
    presentation = present(request, circuit, held, link_secret).to_bytes()
    clock.tell(f"3. The holder proves it: {len(presentation)} octets.")

    verify(request, presentation, trust, now=now)
    clock.start()
    report = verify(request, presentation, trust, now=now)
    clock.tell("4. The verifier checks it and learns:")
    if isinstance(report, Refusal):
        raise ZkProofError(f"the presentation was refused: {report.text}")
    typer.echo(_indented(_learned(report)))

    typer.echo("5. What does not work:")
    again = open_request(
        Ed25519Signer.from_octets(os_random(32)),
        VERIFIER,
        POLICY,
        schemas,
        ledger_id=LEDGER,
        now=now,
    )
    replayed = verify(again, presentation, trust, now=now)
    if isinstance(replayed, Report):
        raise ZkProofError("a replayed presentation was accepted")
    typer.echo(f"   - the same presentation for another request: {replayed.code.value}")

    altered = bytearray(presentation)
    altered[len(altered) // 2] ^= 1
    changed = verify(request, bytes(altered), trust, now=now)
    if isinstance(changed, Report):
        raise ZkProofError("an altered presentation was accepted")
    typer.echo(f"   - the presentation with one bit changed: {changed.code.value}")

    poorer = {**deposit, "balance": 499_999_99}
    held["a"] = _issued(keys, BANK, "deposit-certificate", poorer, link_secret, now)
    try:
        present(request, circuit, held, link_secret)
    except UsageError as error:
        typer.echo(f"   - a deposit of MOP 499,999.99: {error.message}")
    else:
        raise ZkProofError("a balance below the threshold was proven")


class _Stopwatch:
    """Wall-clock time of each step, printed behind it."""

    def __init__(self) -> None:
        self._since = 0.0

    def start(self) -> None:
        self._since = time.perf_counter()

    def tell(self, text: str) -> None:
        typer.echo(f"{text}  [{(time.perf_counter() - self._since) * 1000:.1f} ms]")


def _issued(
    keys: Mapping[str, bbs.SigningKey],
    issuer: IssuerIdentity,
    schema: str,
    values: Mapping[str, Value],
    link_secret: bytes,
    now: int,
) -> Credential:
    """The whole exchange: offer, the holder's commitment, signature, the holder's check."""
    key = keys[issuer.issuer_id]
    offer = make_offer(key, issuer, library.schema(schema), expires_at=now + 600)
    commitment, blind = commit(offer, link_secret)
    received = issue(key, offer, values, commitment, now=now)
    return accept(offer, received, link_secret=link_secret, blind=blind)


def _trust_view(keys: Mapping[str, bbs.SigningKey], now: int) -> TrustView:
    issuers = {}
    for each in (BANK, AUTHORITY):
        public_key = keys[each.issuer_id].public_key.octets
        key = IssuerKey(each.key_id, public_key, not_before=now - 86_400)
        issuers[each.issuer_id] = Issuer(each.issuer_id, each.name, {each.key_id: key})
    return TrustView(
        ledger_id=LEDGER,
        tree_size=1,
        root_hash=bytes(32),
        as_of=now,
        issuers=issuers,
        schemas={schema.digest: schema for schema in library.all_schemas()},
        registries={"banks": frozenset({BANK.issuer_id})},
    )


def _deposit(today: int) -> dict[str, Value]:
    return {
        "rid": 4711,
        "bank_name": BANK.name,
        "account_hash": os_random(32),
        "currency": 446,
        "balance": 750_000_00,
        "account_kind": 1,
        "residency": 446,
        "opened": today - 1000,
        "as_of": today - 3,
        "document_sha256": os_random(32),
        "document_sm3": os_random(32),
        "valid_from": today - 3,
        "valid_until": today + 90,
    }


def _identity(today: int) -> dict[str, Value]:
    return {
        "rid": 815,
        "name": "Chan Tai Man",
        "birth_date": 8_000,
        "nationality": 446,
        "residency": 446,
        "permanent_resident": 1,
        "document_kind": 0,
        "document_hash": os_random(32),
        "valid_from": today - 400,
        "valid_until": today + 2000,
    }


def _learned(report: Report) -> str:
    lines = [f"- {constraint.source}" for constraint in report.constraints]
    for credential in report.credentials:
        lines.append(
            f"- {credential.alias}: {credential.schema_id} signed by {credential.issuer_name}"
        )
        schema = library.schema(credential.schema_id)
        for name, value in credential.disclosed.items():
            shown = schema.attribute(name).type.format(value)
            lines.append(f"    shown: {name} = {shown}")
        lines.append(f"    hidden: {', '.join(credential.hidden)}")
    return "\n".join(lines) + "\n"


def _indented(text: str) -> str:
    return "".join(f"   {line}\n" if line else "\n" for line in text.splitlines())
