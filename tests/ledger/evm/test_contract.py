"""The contract: compiled as committed, with the tables of the fold and the links of the client."""

from __future__ import annotations

import hashlib
import json
import subprocess

import pytest

from tests.interop.peer import PeerMissing
from tests.ledger.evm.nodes import CONTRACTS, packages
from zkproof.ledger import fold
from zkproof.ledger.bodies import TYPES
from zkproof.ledger.evm import contract as registry
from zkproof.ledger.evm.chain import Chain
from zkproof.ledger.evm.kinds import KINDS


def mask(*names: str) -> int:
    return sum(1 << KINDS[name] for name in names)


def test_artifact_is_of_the_committed_source() -> None:
    source = (CONTRACTS / "Registry.sol").read_bytes()
    assert registry.artifact()["sourceSha256"] == hashlib.sha256(source).hexdigest()
    assert registry.artifact()["settings"]["evmVersion"] == "paris"


def test_compiling_again_gives_the_committed_artifact() -> None:
    try:
        modules = packages()
    except PeerMissing as missing:
        pytest.skip(f"the contract is not compiled again: {missing}")
    made = subprocess.run(
        ["node", str(CONTRACTS / "compile.mjs"), str(modules)],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(made.stdout) == registry.artifact()


def test_every_type_of_entry_has_a_number() -> None:
    assert set(KINDS) == set(TYPES)
    assert sorted(KINDS.values()) == list(range(1, len(TYPES) + 1))


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("GOVERNANCE_KINDS", {"governance-root": None, **fold.GOVERNANCE_RULES}),
        ("ISSUER_KINDS", fold.ISSUER_RULES),
        ("VERIFIER_KINDS", fold.VERIFIER_RULES),
    ],
)
def test_kinds_of_each_role_are_those_of_the_fold(
    chain: Chain, name: str, rules: dict[str, object]
) -> None:
    found = registry.asked(chain.node, chain.pins.contract, name, ("uint256",))
    assert found == (mask(*rules),)


def test_contract_begins_with_the_link_that_the_client_computes(chain: Chain) -> None:
    head = registry.head_of(chain.node, chain.pins.contract)
    assert (head.count, head.start) == (0, 0)
    assert head.link == registry.first_link(chain.pins.contract)
