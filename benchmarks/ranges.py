"""What does "at least" on a hidden 64-bit amount cost elsewhere, on this machine?

npm        `@docknetwork/crypto-wasm-ts`: BBS and a Bulletproofs++ bound check tied to the signed
           amount, WebAssembly in Node.
PyPI       `anoncreds`: CL signatures and the predicate ``>=`` of Hyperledger AnonCreds, Rust. Its
           integers have 32 bits.

Ten messages, five shown, one hidden amount. Two figures for each: the whole presentation with the
predicate, and what the predicate adds to the same presentation without. WebAssembly is slower than
native code by a small factor; the comparison is between what users of each can call.
"""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import inputs
from benchmarks.measure import Effort
from benchmarks.progress import Step
from zkproof.sigma import composite, wire

DOCK = "@docknetwork/crypto-wasm-ts"
ANONCREDS = "anoncreds"
NODE_FOLDER = Path(__file__).parent / "node"
VALUE, BOUND = 750_000, 500_000
ROUNDS = 5
"""A proof of theirs takes seconds; the ratios are so large that few rounds say enough."""

Result = dict[str, Any]
Seconds = Callable[[str, bool], float]
"""Time of one operation ("prove", "verify"), with the predicate or without."""


def measure(quick: bool, effort: Effort, step: Step) -> Result:
    """A row for each peer and operation; ``ratio`` is theirs over ours, whole and for what the
    predicate adds.
    """
    del effort
    rounds = 3 if quick else ROUNDS
    rows: list[Result] = []
    absent: dict[str, str] = {}
    for name, open_peer in ((DOCK, _dock), (ANONCREDS, _anoncreds)):
        step(f"ranges: starting {name}")
        try:
            version, seconds, octets, close = open_peer()
        except (OSError, RuntimeError, ImportError) as error:
            absent[name] = str(error)
            continue
        try:
            rows += _rows(name, version, seconds, octets, rounds, step)
        finally:
            close()
    return {"rows": rows, "absent": absent}


def _rows(
    name: str,
    version: str,
    seconds: Seconds,
    octets: dict[str, int],
    rounds: int,
    step: Step,
) -> list[Result]:
    ours, our_octets = _ours()
    found = []
    for operation in ("prove", "verify"):
        step(f"ranges: {name}, {operation}")
        samples: dict[tuple[str, bool], list[float]] = {}
        for whose, measured in (("ours", ours), ("theirs", seconds)):
            for predicate in (True, False):
                measured(operation, predicate)
                samples[whose, predicate] = []
        for _ in range(rounds):
            for (whose, predicate), taken in samples.items():
                taken.append((ours if whose == "ours" else seconds)(operation, predicate))
        best = {key: min(taken) for key, taken in samples.items()}
        added = {whose: best[whose, True] - best[whose, False] for whose in ("ours", "theirs")}
        found.append(
            {
                "peer": name,
                "version": version,
                "operation": operation,
                "ours_ms": round(1e3 * best["ours", True], 3),
                "theirs_ms": round(1e3 * best["theirs", True], 3),
                "ratio": round(best["theirs", True] / best["ours", True], 1),
                "ours_added_ms": round(1e3 * added["ours"], 3),
                "theirs_added_ms": round(1e3 * added["theirs"], 3),
                "added_ratio": round(added["theirs"] / added["ours"], 1),
                "ours_octets": our_octets,
                "theirs_octets": octets,
            }
        )
    return found


def _ours() -> tuple[Seconds, dict[str, int]]:
    cases: dict[tuple[str, bool], Callable[[], object]] = {}
    octets = {}
    for predicate in (True, False):
        statement, held = inputs.presentation(1, int(predicate))
        proof = composite.prove(statement, held)
        assert composite.verify(statement, proof)
        cases["prove", predicate] = partial(composite.prove, statement, held)
        cases["verify", predicate] = partial(composite.verify, statement, proof)
        octets["with" if predicate else "without"] = wire.proof_length(statement)

    def seconds(operation: str, predicate: bool) -> float:
        case = cases[operation, predicate]
        count = 40
        best = float("inf")
        for _ in range(5):
            start = time.perf_counter()
            for _ in range(count):
                case()
            best = min(best, (time.perf_counter() - start) / count)
        return best

    return seconds, octets


def _dock() -> tuple[str, Seconds, dict[str, int], Callable[[], None]]:
    try:
        from tests.interop.peer import PeerMissing, installed
    except ImportError as error:
        raise RuntimeError(f"the manifest in tests/interop is needed: {error}") from None
    try:
        packages = installed(NODE_FOLDER)
    except PeerMissing as missing:
        raise RuntimeError(str(missing)) from None
    manifest = packages / "node_modules" / DOCK / "package.json"
    version = str(json.loads(manifest.read_text())["version"])
    process = subprocess.Popen(
        ["node", str(NODE_FOLDER / "range_peer.mjs"), str(packages)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def close() -> None:
        process.kill()
        process.communicate()

    def send(request: Result) -> Result:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        answer: Result = json.loads(line) if line else {"error": "it ended early"}
        if "error" in answer:
            close()
            raise RuntimeError(f"the Node program failed: {answer['error']}")
        return answer

    octets: dict[str, int] = send({"value": VALUE, "bound": BOUND})["octets"]

    def seconds(operation: str, predicate: bool) -> float:
        answer = send({"operation": operation, "predicate": predicate, "count": 1})
        return float(answer["nanoseconds"]) / 1e9

    return version, seconds, octets, close


def _anoncreds() -> tuple[str, Seconds, dict[str, int], Callable[[], None]]:
    import anoncreds

    names = [f"a{i}" for i in range(inputs.MESSAGES_OF_A_CREDENTIAL - 1)]
    shown = names[: inputs.SHOWN_OF_A_CREDENTIAL]
    schema = anoncreds.Schema.create("s", "1.0", "did:x:1", [*names, "balance"])
    definition, private, key_proof = anoncreds.CredentialDefinition.create(
        "did:x:schema", schema, "did:x:1", "tag", "CL", support_revocation=False
    )
    link = anoncreds.create_link_secret()
    offer = anoncreds.CredentialOffer.create("did:x:schema", "did:x:definition", key_proof)
    request, metadata = anoncreds.CredentialRequest.create(
        "entropy", None, definition, link, "default", offer
    )
    values = {**{name: f"value {name}" for name in names}, "balance": str(VALUE)}
    issued = anoncreds.Credential.create(definition, private, offer, request, values)
    credential = issued.process(metadata, link, definition)
    schemas, definitions = {"did:x:schema": schema}, {"did:x:definition": definition}

    def asked(predicate: bool) -> Any:
        wanted = {"p": {"name": "balance", "p_type": ">=", "p_value": BOUND}} if predicate else {}
        body = {
            "name": "p",
            "version": "0.1",
            "nonce": anoncreds.generate_nonce(),
            "requested_attributes": {name: {"name": name} for name in shown},
            "requested_predicates": wanted,
        }
        return anoncreds.PresentationRequest.load(json.dumps(body))

    requests = {predicate: asked(predicate) for predicate in (True, False)}

    def prove(predicate: bool) -> Any:
        chosen = anoncreds.PresentCredentials()
        for name in shown:
            chosen.add_attributes(credential, name, reveal=True)
        if predicate:
            chosen.add_predicates(credential, "p")
        return anoncreds.Presentation.create(
            requests[predicate], chosen, {}, link, schemas, definitions
        )

    proofs = {predicate: prove(predicate) for predicate in (True, False)}

    def verify(predicate: bool) -> None:
        assert proofs[predicate].verify(requests[predicate], schemas, definitions)

    def seconds(operation: str, predicate: bool) -> float:
        start = time.perf_counter()
        (prove if operation == "prove" else verify)(predicate)
        return time.perf_counter() - start

    octets = {
        name: len(json.dumps(proofs[predicate].to_dict()))
        for name, predicate in (("with", True), ("without", False))
    }
    return importlib.metadata.version(ANONCREDS), seconds, octets, lambda: None
