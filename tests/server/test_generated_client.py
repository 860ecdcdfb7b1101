"""A client that a program made from the interface's description works against the service."""

from __future__ import annotations

import importlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.presentation.building import POLICY, SIGNER
from tests.server.building import Running, proof_for
from zkproof.presentation.receipt import Receipt
from zkproof.presentation.request import Request

GENERATOR = "openapi_python_client"
# The generator knows no CBOR; octets are octets.
CONFIGURATION = (
    "package_name_override: generated_verifier_client\npost_hooks: []\n"
    "content_type_overrides: {application/cbor: application/octet-stream,"
    " application/problem+json: application/json}\n"
)


@pytest.fixture(scope="module")
def package(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The generated package."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_text(json.dumps(running.described))
    (folder / "config.yml").write_text(CONFIGURATION)
    command = [sys.executable, "-W", "ignore", "-m", GENERATOR, "generate", "--meta", "none"]
    made = subprocess.run(
        [*command, "--path", "openapi.json", "--config", "config.yml", "--fail-on-warning"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module("generated_verifier_client")
    finally:
        sys.path.remove(str(folder))


def operations(package: Any) -> dict[str, Any]:
    """The module of each call, by the name of the function that serves it."""
    base = Path(package.__path__[0]) / "api"
    return {
        path.stem.partition("_v1")[0]: importlib.import_module(
            f"{package.__name__}.api.{path.parent.name}.{path.stem}"
        )
        for path in base.glob("*/*_v1_*.py")
    }


def test_generated_client_asks_answers_and_reads(package: Any, service: Running) -> None:
    file = importlib.import_module(f"{package.__name__}.types").File
    calls = operations(package)
    body = importlib.import_module(f"{package.__name__}.models").OpenRequest(policy=POLICY)
    with (
        package.Client(base_url=service.url) as holder,
        package.AuthenticatedClient(base_url=service.url, token=service.key) as console,
    ):
        opened = calls["open_request"].sync(client=console, body=body)
        wallet_id = opened.url.rpartition("/")[2]
        fetched = calls["fetch_request"].sync(wallet_id, client=holder)
        asked = Request.from_bytes(fetched.payload.read())
        content = file(payload=io.BytesIO(proof_for(asked)))
        answer = calls["answer"].sync(wallet_id, client=holder, body=content)
        assert answer.result == "proven"
        assert answer.report.credentials[0].disclosed.to_dict()["bank_name"] == "Bank A"
        found = calls["result"].sync(opened.id, client=console)
        assert (found.state, found.receipt) == ("proven", answer.receipt)
        document = calls["receipt"].sync(opened.id, client=console).payload.read()
        assert Receipt.from_bytes(document).signed_by(SIGNER.public_key)


def test_generated_client_reads_problems(package: Any, service: Running) -> None:
    opening = operations(package)["open_request"]
    body = importlib.import_module(f"{package.__name__}.models").OpenRequest(policy=POLICY)
    with package.AuthenticatedClient(base_url=service.url, token="none") as stranger:
        problem = opening.sync(client=stranger, body=body)
    assert type(problem).__name__ == "ProblemDocument"
    assert (problem.code, problem.status) == ("unknown-key", 401)
