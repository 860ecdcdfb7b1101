"""What does a command cost that starts from nothing, and where does the time go?

Each command runs as a process of its own, in shuffled rounds, in a folder prepared beforehand with
a ledger, an issuer, a wallet and a verifier; the figure is processor time of the whole process,
user and system. The phases of ``wallet present`` are measured by one more process that does the
same steps one after the other. scrypt is the passphrase being stretched, which is slow on purpose.
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.progress import Step
from zkproof.issuer.issuer import Issuer
from zkproof.ledger.ledger import Ledger
from zkproof.verifier.verifier import Verifier
from zkproof.wallet.wallet import Wallet

PASSPHRASE = "a passphrase of some length"  # noqa: S105  # protects made-up data for the length of a benchmark
POLICY = """\
policy funds v1
purpose "mortgage pre-approval"
credential a: deposit-certificate from any of registry "mo-banks"
require a.balance >= 500_000.00 MOP
"""
VALUES = {
    "bank_name": "Bank",
    "account_hash": "01" * 32,
    "currency": "MOP",
    "balance": "750000.00",
    "account_kind": "savings",
    "residency": "MO",
    "opened": "2020-01-01",
    "as_of": "2026-01-01",
    "document_sha256": "02" * 32,
    "document_sm3": "03" * 32,
    "valid_from": "2020-01-01",
    "valid_until": "2099-12-31",
}
COMMANDS: Mapping[str, Sequence[str]] = {
    "--help": ["--help"],
    "wallet --help": ["wallet", "--help"],
    "wallet list": ["wallet", "list"],
    "wallet present": ["wallet", "present", "funds.request", "--yes", "--out", "{out}"],
    "ledger show": ["ledger", "show"],
}
PHASES = """
import time
start = time.process_time()
marks = []
def mark(name):
    global start
    now = time.process_time()
    marks.append((name, 1e3 * (now - start)))
    start = now
from pathlib import Path
import zkproof.cli.wallet
mark("imports")
from zkproof import Ledger, Wallet
from zkproof.presentation.request import Request
wallet = Wallet.open("wallet.zkp", {passphrase!r})
mark("scrypt, wallet read")
ledger = Ledger.open(Path("ledger"))
ledger.trust()
mark("ledger verified")
asked = Request.from_bytes(Path("funds.request").read_bytes())
asked.circuit(ledger.trust().schemas)
mark("policy compiled")
review = wallet.review(asked, ledger)
mark("review")
review.explanation("en")
mark("explained")
review.prove()
mark("proof and tables, wallet written")
review.prove()
mark("the same again")
import json
print(json.dumps(marks))
"""

Result = dict[str, Any]


def measure(quick: bool, step: Step) -> Result:
    """Milliseconds of processor time for each command, and for each phase."""
    rounds = 3 if quick else 9
    with tempfile.TemporaryDirectory(prefix="zkproof-bench-") as name:
        folder = Path(name)
        step("cold start: preparing")
        _prepare(folder)
        samples: dict[str, list[float]] = {each: [] for each in COMMANDS}
        for number in range(rounds):
            step(f"cold start: round {number + 1} of {rounds}")
            for each in random.sample(list(COMMANDS), len(COMMANDS)):
                samples[each].append(_run(folder, each, number))
        phases = _phases(folder, rounds)
    return {
        "rounds": rounds,
        "commands": {
            name: {"minimum": min(found), "median": statistics.median(found)}
            for name, found in samples.items()
        },
        "phases": phases,
    }


def _prepare(folder: Path) -> None:
    ledger = Ledger.create(folder / "ledger", "ledger.example", PASSPHRASE)
    bank = Issuer.create("did:web:bank.example", "Bank", ledger_id=ledger.ledger_id)
    ledger.register(bank)
    ledger.publish_registry("mo-banks", ["did:web:bank.example"])
    verifier = Verifier.create("did:web:verifier.example", "Verifier", ledger=ledger)
    wallet = Wallet.create(folder / "wallet.zkp", PASSPHRASE)
    offer = bank.offer("deposit-certificate", VALUES)
    wallet.receive(bank.issue(offer, wallet.commit(offer)))
    (folder / "funds.request").write_bytes(verifier.request(POLICY, lifetime=86_400).to_bytes())


def _run(folder: Path, name: str, number: int) -> float:
    """Milliseconds of processor time of one process."""
    arguments = [each.format(out=f"answer-{number}") for each in COMMANDS[name]]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "zkproof", *arguments],
        cwd=folder,
        env={**os.environ, "ZKPROOF_PASSPHRASE": PASSPHRASE},
        check=True,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1e3 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _phases(folder: Path, rounds: int) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        done = subprocess.run(
            [sys.executable, "-c", PHASES.format(passphrase=PASSPHRASE)],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
        for name, milliseconds in json.loads(done.stdout):
            found.setdefault(name, []).append(milliseconds)
    return {name: statistics.median(each) for name, each in found.items()}
