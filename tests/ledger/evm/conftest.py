"""Real nodes as fixtures, or a skip that says why; each test makes a contract of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.peer import PeerMissing
from tests.ledger.evm.chains import deployed, opened
from tests.ledger.evm.fisco import BATCH, FiscoLimits
from tests.ledger.evm.nodes import Anvil, Proxy
from zkproof.ledger.evm.chain import Chain
from zkproof.ledger.evm.profile import FISCO


@pytest.fixture(scope="session")
def anvil() -> Iterator[Anvil]:
    yield from _running()


@pytest.fixture
def own_anvil() -> Iterator[Anvil]:
    """One whose mining a test may stop."""
    yield from _running()


@pytest.fixture(scope="session")
def fisco_anvil() -> Iterator[Anvil]:
    """A node whose blocks are dated in milliseconds and where gas costs nothing."""
    now = str(int(time.time()) * 1000)
    yield from _running("--timestamp", now, "--base-fee", "0", "--gas-price", "0")


@pytest.fixture
def fisco(fisco_anvil: Anvil) -> Iterator[Proxy]:
    proxy = Proxy(fisco_anvil.address, FiscoLimits(), batch=BATCH)
    yield proxy
    proxy.close()


@pytest.fixture
def chain(anvil: Anvil, tmp_path: Path) -> Iterator[Chain]:
    """An empty contract on anvil."""
    made = opened(anvil.address, deployed(anvil), tmp_path / "chain")
    yield made
    made.close()


@pytest.fixture
def fisco_chain(fisco_anvil: Anvil, fisco: Proxy, tmp_path: Path) -> Iterator[Chain]:
    """An empty contract behind FISCO BCOS's limits."""
    profile = FISCO
    pins = deployed(fisco_anvil, profile=profile)
    made = opened(fisco.address, pins, tmp_path / "fisco", profile=profile)
    yield made
    made.close()


def _running(*options: str) -> Iterator[Anvil]:
    try:
        node = Anvil(*options)
    except PeerMissing as missing:
        pytest.skip(f"the chain is not tested: {missing}")
    yield node
    node.close()
