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


def call(package: Any, name: str) -> Any:
    return importlib.import_module(f"{package.__name__}.api.verification.{name}")


def model(package: Any, name: str) -> Any:
    return getattr(importlib.import_module(f"{package.__name__}.models"), name)


def operations(package: Any) -> dict[str, Any]:
    """The module of each call, by the name of the function that serves it."""
    made = [path.stem for path in Path(package.__path__[0]).glob("api/verification/*.py")]
    return {
        each: importlib.import_module(f"{package.__name__}.api.verification.{name}")
        for each in ("open_request", "fetch_request", "answer", "result", "receipt")
        for name in made
        if name.startswith(f"{each}_v1")
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
        fetched = calls["fetch_request"].sync(opened.request_id, client=holder)
        asked = Request.from_bytes(fetched.payload.read())
        content = file(payload=io.BytesIO(proof_for(asked)))
        answer = calls["answer"].sync(opened.request_id, client=holder, body=content)
        assert answer.result == "proven"
        assert answer.report.credentials[0].disclosed.to_dict()["bank_name"] == "Bank A"
        found = calls["result"].sync(opened.request_id, client=console)
        assert (found.state, found.receipt) == ("answered", answer.receipt)
        document = calls["receipt"].sync(opened.request_id, client=console).payload.read()
        assert Receipt.from_bytes(document).signed_by(SIGNER.public_key)


def test_generated_client_reads_problems(package: Any, service: Running) -> None:
    opening = operations(package)["open_request"]
    body = importlib.import_module(f"{package.__name__}.models").OpenRequest(policy=POLICY)
    with package.AuthenticatedClient(base_url=service.url, token="none") as stranger:
        problem = opening.sync(client=stranger, body=body)
    assert type(problem).__name__ == "ProblemDocument"
    assert (problem.title, problem.status) == ("unknown-key", 401)
