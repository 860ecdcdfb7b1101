"""A log's checkpoints in the contract: the chain witnesses the log."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ledger.building import LOG_KEY, NOW, anchor, filled, forked, new_log
from tests.ledger.evm.chains import BANK_ACCOUNT, deployed, opened
from tests.ledger.evm.nodes import Anvil
from zkproof.clock import fixed_clock
from zkproof.errors import LedgerError
from zkproof.ledger.checkpoint import sign_checkpoint
from zkproof.ledger.evm.anchoring import anchor as put
from zkproof.ledger.evm.anchoring import anchored, compare
from zkproof.ledger.evm.chain import Chain
from zkproof.ledger.evm.contract import Refused
from zkproof.ledger.founding import PINS
from zkproof.ledger.ledger import Ledger
from zkproof.ledger.reader import SplitView


@pytest.fixture
def log(tmp_path: Path) -> Ledger:
    """A reader of a log of five entries."""
    made = filled(tmp_path / "log")
    (tmp_path / "log" / PINS).write_bytes(made.pins().to_json())
    made.close()
    return Ledger.open(tmp_path / "log", clock=fixed_clock(NOW))


def test_anchored_checkpoint_is_found_with_its_block(chain: Chain, log: Ledger) -> None:
    assert compare(chain, log) is None
    put(chain, log.believed_checkpoint())
    found = compare(chain, log)
    assert found is not None
    assert found.checkpoint == log.believed_checkpoint()
    assert found.block == chain.final_block()
    assert found.time == chain.node.block().time


def test_log_that_grew_extends_what_is_anchored_and_sizes_never_go_down(
    chain: Chain, log: Ledger, tmp_path: Path
) -> None:
    early = log.believed_checkpoint()
    put(chain, early)
    operator = new_log(tmp_path / "log")
    operator.append(anchor(7))
    operator.close()
    found = compare(chain, log)
    assert found is not None
    assert found.checkpoint.size == 5
    assert log.trust().tree_size == 6
    put(chain, log.believed_checkpoint())
    with pytest.raises(Refused, match="more entries"):
        put(chain, early)


def test_log_that_shows_another_history_is_caught_with_both_checkpoints(
    chain: Chain, log: Ledger, tmp_path: Path
) -> None:
    put(chain, log.believed_checkpoint())
    other = forked(tmp_path / "other")
    (tmp_path / "other" / PINS).write_bytes(other.pins().to_json())
    other.close()
    shown = Ledger.open(tmp_path / "other", clock=fixed_clock(NOW))
    with pytest.raises(SplitView) as split:
        compare(chain, shown)
    assert split.value.theirs == log.believed_checkpoint().to_note()
    assert split.value.ours == shown.believed_checkpoint().to_note()


def test_log_that_was_rolled_back_is_caught_by_a_newcomer(
    chain: Chain, log: Ledger, tmp_path: Path
) -> None:
    shutil.copytree(tmp_path / "log", tmp_path / "older")
    operator = new_log(tmp_path / "log")
    operator.append(anchor(7))
    operator.close()
    put(chain, log.believed_checkpoint())
    newcomer = Ledger.open(tmp_path / "older", clock=fixed_clock(NOW))
    assert newcomer.trust().tree_size == 5
    with pytest.raises(LedgerError, match="of 5 entries, but 6 were anchored"):
        compare(chain, newcomer)


def test_checkpoint_that_the_log_did_not_sign_is_no_evidence(chain: Chain, log: Ledger) -> None:
    true = log.believed_checkpoint()
    put(chain, replace(true, signatures=true.signatures[1:]))
    with pytest.raises(LedgerError, match="not signed by the pinned log"):
        compare(chain, log)


def test_anchor_that_is_not_final_is_passed_over_for_the_one_before(
    anvil: Anvil, log: Ledger, tmp_path: Path
) -> None:
    pins = deployed(anvil, finality=2)
    chain = opened(anvil.address, pins, tmp_path / "chain")
    early = log.believed_checkpoint()
    put(chain, early)
    anvil.mine(2)
    later = sign_checkpoint(replace(early, size=6, signatures=()), LOG_KEY, now=NOW)
    put(chain, later)
    found = anchored(chain, early.origin)
    assert found is not None
    assert found.checkpoint == early
    anvil.mine(2)
    found = anchored(chain, early.origin)
    assert found is not None
    assert found.checkpoint == later
    chain.close()


def test_anchors_are_found_after_the_contract_moved(chain: Chain, log: Ledger) -> None:
    put(chain, log.believed_checkpoint())
    chain.move()
    found = compare(chain, log)
    assert found is not None
    assert found.checkpoint.size == 5


def test_only_enrolled_accounts_anchor(anvil: Anvil, log: Ledger, tmp_path: Path) -> None:
    pins = deployed(anvil)
    stranger = opened(anvil.address, pins, tmp_path / "stranger", account=BANK_ACCOUNT)
    with pytest.raises(Refused, match="enrolled for nobody"):
        put(stranger, log.believed_checkpoint())
    stranger.close()
