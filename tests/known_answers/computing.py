"""Known answers: inputs that are facts (seeds, key material, messages, indexes), and what this code
makes of them, on whichever backend runs.

    python -m tests.known_answers.computing          compute and compare
    python -m tests.known_answers.computing --write  write answers.json anew
    ZKPROOF_BACKEND=py_ecc python -m tests.known_answers.computing --small

Where the published vectors are at hand, `test_known_answers.py` holds the answers equal to them.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from zkproof import bbs, curve
from zkproof.bbs import blind
from zkproof.bbs.ciphersuite import Suite, hash_to_scalar, plain
from zkproof.bbs.ciphersuite import blind as blind_interface
from zkproof.bbs.commitment import commit_with_scalars
from zkproof.bbs.encoding import scalar_octets
from zkproof.bbs.generators import create_generators
from zkproof.bbs.proof import prove_with_scalars
from zkproof.curve import R

FOLDER = Path(__file__).parent
SUITES = {"bls12-381-sha-256": Suite.SHA256, "bls12-381-shake-256": Suite.SHAKE256}

Json = dict[str, Any]


def inputs() -> Json:
    """The facts."""
    found: Json = json.loads((FOLDER / "inputs.json").read_text())
    return found


def known() -> Json:
    """The answers in the tree."""
    found: Json = json.loads((FOLDER / "answers.json").read_text())
    return found


def drawn(suite: Suite, seed: bytes, part: str, count: int) -> list[int]:
    """Scalars from a seed, as the drafts make them for their fixtures."""
    dst = suite.ciphersuite_id + b"H2G_HM2S_" + part.encode() + b"MOCK_RANDOM_SCALARS_DST_"
    pool = suite.expander.expand(seed, dst, 48 * count)
    return [int.from_bytes(pool[48 * k : 48 * k + 48], "big") % R for k in range(count)]


def answers(facts: Json, *, small: bool = False) -> Json:
    """Everything, or with ``small`` what a slow backend can do in seconds."""
    return {
        name: _of_suite(SUITES[name], facts, small=small)
        for name in (["bls12-381-sha-256"] if small else SUITES)
    }


def _of_suite(suite: Suite, facts: Json, *, small: bool) -> Json:
    key = bbs.keygen(
        bytes.fromhex(facts["key_material"]),
        key_info=bytes.fromhex(facts["key_info"]),
        key_dst=suite.ciphersuite_id + b"H2G_HM2S_KEYGEN_DST_",
        suite=suite,
    )
    messages = [bytes.fromhex(each) for each in facts["messages"]]
    interface = plain(suite)
    count = 2 if small else len(messages)
    text = bytes.fromhex(facts["hashed"])
    found: Json = {
        "secret_key": key.export_secret().hex(),
        "public_key": key.public_key.octets.hex(),
        "generators": [each.encode().hex() for each in create_generators(count + 1, interface)],
        "hash_to_scalar": scalar_octets(
            hash_to_scalar(text, interface.api_id + b"H2S_", suite.expander)
        ).hex(),
        "message_scalars": [
            scalar_octets(each).hex() for each in interface.messages_to_scalars(messages[:count])
        ],
        "signatures": {},
        "proofs": {},
    }
    for case in facts["cases"][:1] if small else facts["cases"]:
        header = bytes.fromhex(case["header"])
        occasion = bytes.fromhex(case["presentation_header"])
        signed = messages[: case["messages"]]
        signature = bbs.sign(key, signed, header=header, suite=suite)
        found["signatures"][case["name"]] = signature.hex()
        held = bbs.hold_signature(key.public_key, signature, signed, header=header, suite=suite)
        scalars = drawn(
            suite, bytes.fromhex(facts["seed"]), "", 5 + len(signed) - len(case["disclosed"])
        )
        proof = prove_with_scalars(held, case["disclosed"], occasion, scalars)
        found["proofs"][case["name"]] = proof.hex()
    if suite is Suite.SHA256:
        found["commitments"] = _commitments(suite, facts, count)
    return found


def _commitments(suite: Suite, facts: Json, count: int) -> Json:
    found = {}
    seed = bytes.fromhex(facts["seed"])
    for committed in (0, 1) if count == 2 else (0, 1, 5):
        interface = blind_interface(suite)
        hidden = interface.messages_to_scalars(
            [bytes.fromhex(each) for each in facts["messages"][:committed]]
        )
        made = commit_with_scalars(interface, hidden, drawn(suite, seed, "COMMIT_", committed + 2))
        found[str(committed)] = made.to_octets().hex()
        if committed:
            assert blind.checked_commitment(interface, made.to_octets())[1] == committed
    return found


def differences(expected: Any, found: Any, path: str = "") -> list[str]:
    """Paths at which answers differ; what was not computed is passed over."""
    if isinstance(found, dict):
        return [
            line
            for name, value in found.items()
            for line in differences(expected.get(name), value, f"{path}/{name}")
        ]
    if isinstance(found, list):
        return [
            line
            for number, value in enumerate(found)
            for line in differences(expected[number], value, f"{path}/{number}")
        ]
    return [] if expected == found else [path]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--small", action="store_true")
    arguments = parser.parse_args()
    found = answers(inputs(), small=arguments.small)
    if arguments.write:
        (FOLDER / "answers.json").write_text(json.dumps(found, indent=1) + "\n")
        return 0
    differing = differences(known(), found)
    print(f"{curve.backend.name}: {', '.join(differing) or 'equal'}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
