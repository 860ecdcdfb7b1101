"""One service for all tests of a file: starting it costs more than asking it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.presentation.building import NOW
from tests.server.building import Running, serving, trust_view


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(Running(tmp_path_factory.mktemp("service"), body_seconds=1)) as service:
        yield service


@pytest.fixture
def service(running: Running) -> Running:
    """The same service with clock and trust view as at the start."""
    running.now, running.trust.view, running.trust.failure = NOW, trust_view(), None
    return running
