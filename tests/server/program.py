"""The program in a folder of its own: a process, a ledger file, a sealed key."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.presentation.building import (
    ALICE,
    AUTHORITY,
    BANK,
    DEPOSIT,
    IDENTITY,
    KEYS,
    issued,
)
from zkproof.clock import system_clock
from zkproof.credential.issuing import IssuerIdentity
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.keys.sealed import seal_keys
from zkproof.ledger.entries import GOVERNANCE, make_entry
from zkproof.ledger.log import Log
from zkproof.ledger.possession import prove_possession
from zkproof.presentation.presentation import present
from zkproof.presentation.request import Request
from zkproof_circuits import library
from zkproof_server.trust import FileLedger

LEDGER = "ledger.program.test"
GOVERNOR, VERIFIER = (Ed25519Signer.from_octets(bytes([k]) * 32) for k in (51, 52))
LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"\x35" * 32)
LOG_PUBLIC = LOG_KEY.public_key().public_bytes_raw()
CARD = {"verifier": "did:web:verifier.test", "name": "Verifier", "key": "1"}
PASSPHRASE = "a passphrase of the operator"


class Operator:
    """A folder with a ledger and a verifier, and the program run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.taken: socket.socket | None = None
        self.environment = {
            **{name: value for name, value in os.environ.items() if "ZKPROOF_" not in name},
            "ZKPROOF_PORT": str(self.port),
            "ZKPROOF_PASSPHRASE": PASSPHRASE,
        }

    def run(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "zkproof_server", *arguments],
            cwd=self.folder,
            env={**self.environment, **changes},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    @contextmanager
    def serving(
        self, *, descriptors: int | None = None, **changes: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        """The program serves; what it says stands in ``service.log`` afterwards."""
        with (self.folder / "service.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "zkproof_server"],
                cwd=self.folder,
                env={**self.environment, **changes},
                stdout=log,
                stderr=log,
                preexec_fn=None if descriptors is None else lambda: _allow(descriptors),
            )
            try:
                self.wait_until_ready(process)
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=20)

    def wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + 40
        while time.monotonic() < until:
            assert process.poll() is None, (self.folder / "service.log").read_text()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError((self.folder / "service.log").read_text())

    def wait_for_entries(self, count: int) -> None:
        until = time.monotonic() + 20
        while httpx.get(f"{self.url}/readyz").json()["ledger_entries"] < count:
            assert time.monotonic() < until, "the ledger is not followed"
            time.sleep(0.05)

    @property
    def log(self) -> Log:
        return Log.open(self.folder / "ledger" / "ledger.db", LEDGER, LOG_KEY)


def _allow(descriptors: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))


def append(log: Log, kind: str, body: dict[str, Any]) -> None:
    log.append(make_entry(LEDGER, kind, GOVERNANCE, body, GOVERNOR, now=system_clock()))


def register(log: Log, issuer: IssuerIdentity) -> None:
    key = KEYS[issuer.issuer_id]
    append(
        log,
        "issuer-register",
        {
            "issuer": issuer.issuer_id,
            "name": issuer.name,
            "admin_key": Ed25519Signer.generate().public_key,
            "key": issuer.key_id,
            "public_key": key.public_key.octets,
            "possession": prove_possession(key, LEDGER, issuer.issuer_id, issuer.key_id),
            "not_before": system_clock() - 1000,
            "not_after": None,
        },
    )


def credential_values(values: dict[str, Any]) -> dict[str, Any]:
    """The packaged person's certificates, dated from today."""
    today = system_clock() // 86_400
    dates = {"as_of": today - 3, "valid_from": today - 3, "valid_until": today + 90}
    return {**values, **{name: day for name, day in dates.items() if name in values}}


def here(issuer: IssuerIdentity) -> IssuerIdentity:
    """The issuer on this ledger."""
    return replace(issuer, ledger_id=LEDGER)


def answer_to(asked: Request, folder: Path) -> bytes:
    """What the holder sends, from two certificates issued just now."""
    view = FileLedger(folder / "ledger", system_clock).trust()
    held = {
        "a": issued(here(BANK), "deposit-certificate", credential_values(dict(DEPOSIT)), ALICE),
        "i": issued(here(AUTHORITY), "identity", credential_values(dict(IDENTITY)), ALICE),
    }
    circuit = asked.circuit(view.schemas)
    return present(asked, circuit, held, ALICE, view).to_bytes()


def prepare(folder: Path) -> None:
    """A ledger with two issuers and a registry, and a verifier's folder."""
    (folder / "ledger").mkdir()
    log = Log.open(folder / "ledger" / "ledger.db", LEDGER, LOG_KEY, create=True)
    append(log, "governance-root", {"keys": [GOVERNOR.public_key], "threshold": 1, "name": "Test"})
    (folder / "ledger" / "pins.json").write_bytes(log.pins().to_json())
    for schema in library.all_schemas():
        append(log, "schema-publish", {"schema": schema.to_bytes()})
    register(log, BANK)
    register(log, AUTHORITY)
    append(log, "verifier-register", {**CARD, "public_key": VERIFIER.public_key})
    append(
        log, "registry-publish", {"registry": "mo-banks", "version": 1, "issuers": [BANK.issuer_id]}
    )
    log.store.close()
    (folder / "verifier").mkdir()
    card = {**CARD, "public_key": VERIFIER.public_key.hex()}
    (folder / "verifier" / "verifier.json").write_text(json.dumps(card))
    key = folder / "verifier" / "verifier.key"
    key.touch(mode=0o600)
    key.write_bytes(seal_keys({"request": VERIFIER.export_secret()}, PASSPHRASE))
