"""The peer as a fixture: one Node process for the whole run, or a skip that says why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.peer import Peer, PeerMissing


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    try:
        running = Peer()
    except PeerMissing as missing:
        pytest.skip(f"interoperability not tested: {missing}")
    yield running
    running.close()
