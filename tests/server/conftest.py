"""One service for all tests of a file: starting it costs more than asking it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.presentation.building import NOW
from tests.server.building import Running, serving, trust_view
from tests.server.postgresql import Cluster, start
from tests.server.program import Operator, prepare


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(Running(tmp_path_factory.mktemp("service"), body_seconds=1)) as service:
        yield service


@pytest.fixture
def service(running: Running) -> Running:
    """The same service with clock and trust view as at the start."""
    running.now, running.trust.view, running.trust.failure = NOW, trust_view(), None
    return running


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with two issuers and a registry, and a verifier's folder."""
    folder = tmp_path_factory.mktemp("program")
    prepare(folder)
    return folder


@pytest.fixture
def operator(prepared: Path, tmp_path: Path) -> Iterator[Operator]:
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    made = Operator(tmp_path)
    yield made
    if made.taken is not None:
        made.taken.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """PostgreSQL, where this machine has it; otherwise the test is left out and says so."""
    with start() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'service.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_database()
