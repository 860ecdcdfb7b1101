"""The contract: compiled as committed, with the tables of the fold and the links of the client."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import replace
from typing import Any

import pytest

from tests.interop.peer import PeerMissing
from tests.ledger.building import BANK, ROOT, anchor, registration
from tests.ledger.evm.chains import ACCOUNT
from tests.ledger.evm.nodes import CONTRACTS, packages
from zkproof.ledger import fold
from zkproof.ledger.bodies import TYPES
from zkproof.ledger.evm import contract as registry
from zkproof.ledger.evm.chain import Chain
from zkproof.ledger.evm.contract import Item, Refused
from zkproof.ledger.evm.kinds import KINDS
from zkproof.ledger.evm.node import NodeError


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


def errors_of(chain: Chain, at: int, item: Item) -> str | None:
    """The name of the contract's refusal, for governance's account."""
    try:
        chain.node.call(
            chain.pins.contract, registry.append_call(at, [item]), sender=ACCOUNT.address
        )
    except NodeError as error:
        found = registry.refusal(error)
        return found.name if isinstance(found, Refused) else error.message
    return None


@pytest.mark.parametrize(
    ("change", "at", "name"),
    [
        ({}, 1, "Stale"),
        ({}, 3, "Stale"),
        ({"entry": b""}, 2, "BadSize"),
        ({"entry": bytes(65_536)}, 2, "BadSize"),
        ({"kind": KINDS["governance-root"]}, 2, "OutOfOrder"),
        ({"author": registry.name_hash("nobody")}, 2, "UnknownAuthor"),
        ({"kind": 0}, 2, "NotTheirs"),
        ({"kind": 25}, 2, "NotTheirs"),
        ({"kind": KINDS["issuer-suspend"], "subject": registry.name_hash(BANK)}, 2, "NotTheirs"),
        ({"nonce": ROOT.nonce, "author": registry.name_hash("governance")}, 2, "NonceUsed"),
        ({"subject": b"\x01" * 32}, 2, "BadSubject"),
    ],
)
def test_contract_refuses_what_differs_in_one_thing(
    chain: Chain, change: dict[str, Any], at: int, name: str
) -> None:
    chain.append_many([ROOT, registration()])
    good = Item.of(anchor(1))
    assert errors_of(chain, 2, good) is None
    assert errors_of(chain, 2, replace(good, entry=bytes(65_535))) is None
    assert errors_of(chain, at, replace(good, **change)) == name


def test_contract_points_only_to_one_that_goes_on_from_it(chain: Chain) -> None:
    chain.append_many([ROOT, registration()])
    sender, old = chain._sender(), chain.pins.contract
    for before in (registry.NOWHERE, old):
        _, receipt = sender.send(None, registry.deployment(before))
        assert receipt.contract is not None
        call = registry.call("succeed", registry.checksummed(receipt.contract))
        if before == old:
            chain.append(anchor(1))  # the new one knows nothing of it
        with pytest.raises(Refused, match="does not go on"):
            sender.send(old, call)
    assert chain.move() != old
