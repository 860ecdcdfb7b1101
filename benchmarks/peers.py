"""How fast are other implementations, on this machine and in the same rounds?

PyPI       `ursa-bbs-signatures` (2021): BBS+, the predecessor scheme, compiled from Rust. Its sign
           and verify derive the generators anew on every call and offer no way to keep them, so
           that is what its users pay; its proofs take a key with generators.
npm        `@digitalbazaar/bbs-signatures`: the same drafts as here, in JavaScript. Runs in a Node
           process that times its own loop; a round asks it for one sample, so that it is
           interleaved like everything else.

Ten messages, five shown. A peer that cannot be had is left out, with the reason.
"""

from __future__ import annotations

import importlib.metadata
import json
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import inputs
from benchmarks.measure import Case, Effort, Samples, interleaved, ratio
from benchmarks.progress import Step
from zkproof import bbs

OPERATIONS = ("Sign", "Verify", "ProofGen", "ProofVerify")
NODE_PROGRAM = Path(__file__).parent / "peer.mjs"
URSA = "ursa-bbs-signatures"
NODE_PACKAGE = "@digitalbazaar/bbs-signatures"
_COUNT = inputs.MESSAGES_OF_A_CREDENTIAL

Result = dict[str, Any]


def measure(effort: Effort, step: Step) -> Result:
    """Rows for each peer and operation; ``ratio`` is the peer's time divided by ours."""
    rows: list[Result] = []
    absent: dict[str, str] = {}
    try:
        theirs = _ursa_cases()
    except ImportError as error:
        absent[URSA] = str(error)
    else:
        version = importlib.metadata.version(URSA)
        for name, case in _our_cases().items():
            step(f"peers: ursa, {name}")
            times = interleaved({"ours": case, "peer": theirs[name]}, effort)
            rows.append(_row(URSA, version, name, times))
    step("peers: starting Node")
    try:
        node = _NodePeer()
    except (OSError, RuntimeError) as error:
        absent[NODE_PACKAGE] = str(error)
    else:
        with node:
            for name, case in _our_cases().items():
                step(f"peers: Node, {name}")
                rows.append(
                    _row(NODE_PACKAGE, node.version, name, _against_node(node, name, case, effort))
                )
    return {"rows": rows, "absent": absent}


def _row(peer: str, version: str, operation: str, times: dict[str, Samples]) -> Result:
    return {
        "peer": peer,
        "version": version,
        "operation": operation,
        "ours": times["ours"].as_json(),
        "theirs": times["peer"].as_json(),
        "ratio": round(ratio(times["peer"], times["ours"]), 3),
    }


def _our_cases() -> dict[str, Case]:
    signed = inputs.signed(_COUNT)
    held, header = signed.held(), inputs.HEADER
    public_key = signed.signing_key.public_key
    claim = signed.claim(held)
    assert inputs.verify_claim(claim)
    return {
        "Sign": lambda: bbs.sign(signed.signing_key, signed.messages, header=header),
        "Verify": lambda: bbs.verify(public_key, signed.signature, signed.messages, header=header),
        "ProofGen": lambda: bbs.proof_gen(
            held, signed.disclosed, presentation_header=claim.presentation_header
        ),
        "ProofVerify": lambda: inputs.verify_claim(claim),
    }


def _ursa_cases() -> dict[str, Case]:
    import ursa_bbs_signatures as ursa

    signed = inputs.signed(_COUNT)
    texts = [message.decode() for message in signed.messages]
    shown = [texts[i] for i in signed.disclosed]
    keys = ursa.BlsKeyPair.generate_g2(bytes(range(32)))
    public = keys.get_bbs_key(_COUNT)
    signature = ursa.sign(ursa.SignRequest(keys, texts))
    kinds = [
        ursa.ProofMessageType.Revealed
        if i in signed.disclosed
        else ursa.ProofMessageType.HiddenProofSpecificBlinding
        for i in range(_COUNT)
    ]
    proof_messages = [ursa.ProofMessage(t, kind) for t, kind in zip(texts, kinds, strict=True)]
    proof_request = ursa.CreateProofRequest(public, proof_messages, signature, inputs.NONCE)
    proof = ursa.create_proof(proof_request)
    signed_request = ursa.VerifyRequest(keys, signature, texts)
    shown_request = ursa.VerifyProofRequest(public, proof, shown, inputs.NONCE)
    assert ursa.verify(signed_request)
    assert ursa.verify_proof(shown_request)
    return {
        "Sign": lambda: ursa.sign(ursa.SignRequest(keys, texts)),
        "Verify": lambda: ursa.verify(signed_request),
        "ProofGen": lambda: ursa.create_proof(proof_request),
        "ProofVerify": lambda: ursa.verify_proof(shown_request),
    }


class _NodePeer:
    """The Node program: a line with operation and count in, a line with nanoseconds out."""

    def __init__(self) -> None:
        """Raises `OSError` or `RuntimeError` when Node or the package cannot be had."""
        try:
            from tests.interop.peer import PeerMissing, installed
        except ImportError as error:
            raise RuntimeError(f"the manifest in tests/interop is needed: {error}") from None
        try:
            packages = installed()
        except PeerMissing as missing:
            raise RuntimeError(str(missing)) from None
        manifest = packages / "node_modules" / NODE_PACKAGE / "package.json"
        self.version = str(json.loads(manifest.read_text())["version"])
        signed = inputs.signed(_COUNT)
        self._process = subprocess.Popen(
            ["node", str(NODE_PROGRAM), str(packages)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._send(
            {
                "secretKey": signed.signing_key.export_secret().hex(),
                "publicKey": signed.signing_key.public_key.octets.hex(),
                "header": inputs.HEADER.hex(),
                "presentationHeader": inputs.NONCE.hex(),
                "messages": [message.hex() for message in signed.messages],
                "disclosed": signed.disclosed,
                "signature": signed.signature.hex(),
            }
        )

    def __enter__(self) -> _NodePeer:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def nanoseconds(self, operation: str, count: int) -> float:
        """For one call, averaged over ``count``. Raises `RuntimeError` when the peer fails."""
        return float(self._send({"operation": operation, "count": count})["nanoseconds"]) / count

    def _send(self, request: Result) -> Result:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the Node program ended early; what it said is above")
        answer: Result = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"the Node program failed: {answer['error']}")
        return answer


def _against_node(
    node: _NodePeer, operation: str, case: Callable[[], object], effort: Effort
) -> dict[str, Samples]:
    """`measure.interleaved` for two processes, of which one always waits for the other."""
    node.nanoseconds(operation, 5)  # lets the just-in-time compiler warm up
    case()
    theirs_once = node.nanoseconds(operation, 2) / 1e9
    ours_count = 8
    rounds = int(effort.seconds / theirs_once)
    rounds = max(effort.least_rounds, min(effort.most_rounds, rounds))
    shuffler = random.Random(1)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        turns = ["ours", "theirs"]
        shuffler.shuffle(turns)
        for turn in turns:
            if turn == "theirs":
                theirs.append(node.nanoseconds(operation, 1))
                continue
            start = time.perf_counter_ns()
            for _ in range(ours_count):
                case()
            ours.append((time.perf_counter_ns() - start) / ours_count)
    return {"ours": Samples(tuple(ours)), "peer": Samples(tuple(theirs))}
