"""The same entries give the same state, refusals included, whatever carries them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ledger.building import (
    BANK,
    CHECKER,
    GOVERNORS,
    LEDGER,
    NOW,
    OTHER,
    ROOT,
    STRANGER,
    anchor,
    auditor,
    authority,
    by_bank,
    by_verifier,
    epoch,
    genesis,
    governed,
    new_log,
    policy,
    registration,
    resigned,
    revoked_list_key,
    rotation,
    verifier_registration,
)
from tests.ledger.evm.chains import deployed, forced, opened, reader_of, refused_by_contract, tried
from tests.ledger.evm.nodes import Anvil
from zkproof.ledger.entries import make_entry
from zkproof.ledger.evm.chain import Chain

SUSPEND = governed("issuer-suspend", {"issuer": BANK, "reason": "audit"})
HEAD = by_verifier("receipt-head", {"size": 3, "head": bytes(32)})
ONE_KEY = {"keys": [GOVERNORS[0].public_key], "threshold": 1}
DOCUMENT = {"sha256": b"\x06" * 32, "sm3": bytes(32)}
ENTRIES = (
    registration(),
    registration(OTHER, 2),
    rotation(),
    by_bank("issuer-revoke-key", {"issuer": BANK, "key": "2026-1", "reason": "lost"}),
    SUSPEND,
    anchor(7),
    governed("issuer-reinstate", {"issuer": BANK}),
    governed("registry-publish", {"registry": "mo-banks", "version": 1, "issuers": [BANK]}),
    authority(),
    epoch(1),
    by_bank("list-revoke-key", revoked_list_key()),
    auditor(),
    verifier_registration(),
    governed("verifier-suspend", {"verifier": CHECKER, "reason": "audit"}),
    policy(),
    registration(),
    HEAD,
    anchor(1),
    by_bank("document-revoke", {"sha256": b"\x01" * 32}),
    # Entries that are wrong wherever they stand.
    resigned(anchor(3), STRANGER),
    make_entry("other.ledger", "document-anchor", BANK, dict(anchor(5).body), STRANGER, now=NOW),
    make_entry(LEDGER, "document-anchor", "did:web:nobody", DOCUMENT, STRANGER, now=NOW),
    genesis(name="Again"),
    by_bank("issuer-suspend", {"issuer": OTHER, "reason": "envy"}),
    governed("governance-rotate", ONE_KEY, now=NOW - 10_000),
)


@given(order=st.lists(st.sampled_from(range(len(ENTRIES))), min_size=3, max_size=14))
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_entries_gives_log_and_chain_the_same(
    anvil: Anvil, tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("same")
    log, chain = new_log(folder / "log"), opened(anvil.address, deployed(anvil), folder / "chain")
    for entry in (ROOT, ENTRIES[0], *(ENTRIES[k] for k in order)):
        by_contract = refused_by_contract(chain, entry)
        by_rules = tried(log.append, entry)
        assert by_rules or not by_contract  # it refuses nothing that the rules allow
        assert tried(chain.append, entry) == by_rules
    _compare(log.state, log.checkpoint().root_hash, chain)
    log.close()
    chain.close()


def test_every_entry_in_turn_gives_log_and_chain_the_same(chain: Chain, tmp_path: Path) -> None:
    log = new_log(tmp_path / "log")
    said, by_contract = [], []
    for entry in (ROOT, *ENTRIES):
        by_contract.append(refused_by_contract(chain, entry))
        said.append(tried(log.append, entry))
        assert tried(chain.append, entry) == said[-1]
        assert said[-1] or not by_contract[-1]
    assert 5 < said.count(None) < len(said)
    assert {"Taken", "UnknownAuthor", "NotTheirs", "Suspended", "OutOfOrder"} <= set(by_contract)
    _compare(log.state, log.checkpoint().root_hash, chain)


def test_what_a_dishonest_sender_puts_on_the_chain_changes_nothing(
    chain: Chain, tmp_path: Path
) -> None:
    """Past the client's own checks, with governance's account: the contract does not see that
    signatures are wrong, the ledger's readers leave these entries out.
    """
    log = new_log(tmp_path / "log")
    for entry in (ROOT, registration()):
        log.append(entry)
        chain.append(entry)
    before = chain.pins, reader_of(chain).trust_view().root_hash
    nobody = {"keys": [], "threshold": 0}
    bad = [resigned(anchor(3), STRANGER), governed("governance-rotate", nobody)]
    for entry in bad:
        assert tried(log.append, entry) is not None
        forced(chain, [entry])
    reader = reader_of(chain)
    assert (chain.pins, reader.trust_view().root_hash) == before
    good = anchor(1)
    log.append(good)
    assert chain.append(good).position == 2
    known = chain.mirror.known()
    assert known is not None
    assert known.count == 5
    _compare(log.state, log.checkpoint().root_hash, chain)


def _compare(state: object, root: bytes, chain: Chain) -> None:
    reader = reader_of(chain)
    assert reader.state == state
    assert reader.trust_view().root_hash == root
