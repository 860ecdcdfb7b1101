"""Every backend gives the answers in the tree, and these are the published ones."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.known_answers.computing import SUITES, answers, differences, inputs, known
from tests.vectors.loading import ROOT as VECTORS
from zkproof import bbs

ROOT = Path(__file__).parents[2]
FACTS, ANSWERS = inputs(), known()


def test_this_backend_gives_the_known_answers() -> None:
    assert differences(ANSWERS, answers(FACTS)) == []


@pytest.mark.parametrize(
    ("backend", "extra"), [("arkworks", []), ("py_ecc", ["--small"])], ids=["arkworks", "py_ecc"]
)
def test_other_backends_give_the_known_answers(backend: str, extra: list[str]) -> None:
    if backend == "py_ecc":
        pytest.importorskip("py_ecc", reason="py_ecc is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "tests.known_answers.computing", *extra],
        cwd=ROOT,
        env={**os.environ, "ZKPROOF_BACKEND": backend},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stdout.strip()) == (0, f"{backend}: equal"), done.stderr


def test_an_answer_that_differs_is_named() -> None:
    other = copy.deepcopy(ANSWERS)
    assert differences(ANSWERS, other) == []
    other["bls12-381-sha-256"]["generators"][3] = "00"
    assert differences(ANSWERS, other) == ["/bls12-381-sha-256/generators/3"]


@pytest.mark.parametrize("suite", SUITES)
def test_known_proofs_verify(suite: str) -> None:
    """Repeated answers could be wrong twice: these are checked as a verifier checks them."""
    of_suite = ANSWERS[suite]
    key = bbs.PublicKey.from_octets(bytes.fromhex(of_suite["public_key"]))
    messages = [bytes.fromhex(each) for each in FACTS["messages"]]
    for case in FACTS["cases"]:
        proof = bytes.fromhex(of_suite["proofs"][case["name"]])
        header = bytes.fromhex(case["header"])
        occasion = bytes.fromhex(case["presentation_header"])
        shown = [messages[each] for each in case["disclosed"]]

        def verifies(occasion: bytes) -> bool:
            return bbs.proof_verify(
                key,
                proof,  # noqa: B023  # called in this round only
                shown,  # noqa: B023
                case["disclosed"],  # noqa: B023
                header=header,  # noqa: B023
                presentation_header=occasion,
                suite=SUITES[suite],
            )

        assert verifies(occasion)
        assert not verifies(occasion + b"\0")


@pytest.mark.skipif(not (VECTORS / "bbs").exists(), reason="no published vectors here")
@pytest.mark.parametrize("suite", SUITES)
def test_known_answers_are_the_published_ones_where_both_are(suite: str) -> None:
    folder, of_suite = VECTORS / "bbs" / suite, ANSWERS[suite]
    pair = json.loads((folder / "keypair.json").read_text())["keyPair"]
    assert (of_suite["secret_key"], of_suite["public_key"]) == (
        pair["secretKey"],
        pair["publicKey"],
    )
    published = json.loads((folder / "generators.json").read_text())
    bases = [published["Q1"], *published["MsgGenerators"]]
    common = min(len(bases), len(of_suite["generators"]))
    assert of_suite["generators"][:common] == bases[:common]
    signatures = {
        json.loads(path.read_text())["signature"] for path in folder.glob("signature/*.json")
    }
    proofs = {json.loads(path.read_text())["proof"] for path in folder.glob("proof/*.json")}
    assert len(signatures & set(of_suite["signatures"].values())) >= 1
    assert len(proofs & set(of_suite["proofs"].values())) >= 2
