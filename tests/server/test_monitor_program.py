"""``zkproof ledger monitor`` over a log and a witness as processes, and a webhook that it calls."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.ledger.serving import Answer, changing, served
from tests.server.processes import Server, run, serving
from zkproof.ledger import witness_folder
from zkproof.ledger.ledger import Ledger
from zkproof.web import Caller

SECRET = {"ZKPROOF_PASSPHRASE": "passphrase"}


def append(ledger: Ledger, k: int) -> None:
    ledger.govern("document-anchor", {"sha256": bytes([k]) * 32, "sm3": bytes(32)})


def test_monitor_raises_a_fork_once_keeps_evidence_and_calls_the_webhook(tmp_path: Path) -> None:
    ledger, copy, home = tmp_path / "ledger", tmp_path / "copy", tmp_path / "monitor"
    Ledger.create(ledger, "ledger.test", "passphrase").close()
    pins = str(ledger / "pins.json")
    witness_folder.create(tmp_path / "w", "witness.test/w", "passphrase")
    witness_folder.watch(tmp_path / "w", witness_folder.log_key(pins))
    shutil.copytree(ledger, copy)
    home.mkdir()
    shutil.copy(pins, home)
    here, there = (Ledger.open(each, "passphrase") for each in (ledger, copy))
    append(here, 1)
    append(there, 2)
    calls: list[str] = []

    def called(path: str) -> Answer:
        calls.append(path)
        return 200, b""

    witness = Server("witness", "serve", str(tmp_path / "w"), **SECRET)
    try:
        with serving("ledger", "serve", str(ledger)) as url, served(changing(called)) as hook:
            caller = Caller()
            body = here.log.witness_request(0).to_bytes()
            address = f"{witness.url}/add-checkpoint"
            assert caller.call("POST", address, content=body, limit=1 << 16).status == 200
            caller.close()
            command = ["ledger", "monitor", url, "--home", str(home), "--once", "--json"]
            command += ["--witness", witness.url, "--webhook", f"{hook}/raised"]
            quiet = run(*command)
            assert (quiet.returncode, quiet.stdout, calls) == (0, "", [])
            with serving("ledger", "serve", str(copy)) as forked:
                command[2] = forked
                raised = run(*command)
                assert raised.returncode == 1
                findings = [json.loads(line) for line in raised.stdout.splitlines()]
                assert {each["kind"] for each in findings} == {"split-view"}
                assert calls == ["raised"]
                assert run(*command).returncode == 1
                assert calls == ["raised"]  # once, not at every look
        metrics = (home / "metrics.prom").read_text()
        assert 'zkproof_monitor_findings{kind="split-view"} 0' not in metrics
        assert 'zkproof_monitor_findings{kind="rolled-back"} 0' in metrics
        for each in findings:
            checked = run("ledger", "check-evidence", each["evidence"], "--pins", pins)
            assert (checked.returncode, "two histories" in checked.stdout) == (0, True)
    finally:
        witness.stop()
        here.close()
        there.close()
