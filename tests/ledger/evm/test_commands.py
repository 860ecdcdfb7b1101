"""The command line on a chain: the same commands as on a log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.ledger.evm.nodes import Anvil
from zkproof.cli.ledger import app
from zkproof.cli.ledger_place import STATE_VARIABLE
from zkproof.errors import LedgerError, NotFoundError, UsageError, WalletError, ZkProofError
from zkproof.issuer.issuer import Issuer
from zkproof.ledger.founding import PINS
from zkproof.ledger.ledger import Ledger


class Shell:
    """Runs commands in this process, as one side of the ledger with a folder of its own."""

    def __init__(self, state: Path) -> None:
        self.state = state

    def run(self, *words: str, key: str = "p") -> Any:
        environment = {
            "ZKPROOF_PASSPHRASE": key,
            STATE_VARIABLE: str(self.state),
            "ZKPROOF_CHAIN_STATE": str(self.state),
        }
        result = CliRunner().invoke(app, list(words), env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, (result.output, result.stderr)
        return json.loads(result.stdout) if "--json" in words else result.stdout


@pytest.fixture
def governance(tmp_path: Path, little_work: None) -> Shell:
    return Shell(tmp_path / "governance")


def test_same_commands_write_and_read_a_ledger_on_a_chain(
    anvil: Anvil, governance: Shell, tmp_path: Path, little_work: None
) -> None:
    node = f"evm+{anvil.address}"
    new = f"{node}?profile=ethereum&finality=0"
    # The first try makes the account; it has nothing yet.
    with pytest.raises(LedgerError, match="cannot pay"):
        governance.run("init", "ledger.chain.test", "--ledger", new)
    with pytest.raises(WalletError):
        governance.run("account", "--ledger", node, key="wrong")
    made = governance.run("account", "--ledger", node, "--json")
    anvil.fund(made["account"])
    made = governance.run("init", "ledger.chain.test", "--ledger", new, "--json")
    assert made["entries"] == 14
    contract = made["origin"].split(":")[2]
    place = f"{node}/{contract}"
    with pytest.raises(UsageError, match="holds a ledger already"):
        governance.run("init", "ledger.chain.test", "--ledger", new)

    bank = Issuer.create("did:web:bank.example", "Bank")
    kind, body = bank.registration("ledger.chain.test", now=1_790_000_000)
    assert kind == "issuer-register"
    Ledger.open(place, "p", state=governance.state).register(bank)
    said = governance.run(
        "publish-registry", "mo-banks", bank.issuer_id, "--ledger", place, "--json"
    )
    assert said == {"registry": "mo-banks", "version": 1, "position": 15}
    governance.run("suspend-issuer", body["issuer"], "--ledger", place)

    reader = Shell(tmp_path / "reader")
    reader.state.mkdir()
    (reader.state / PINS).write_bytes((governance.state / PINS).read_bytes())
    shown = reader.run("show", "--ledger", place, "--json")
    assert "SUSPENDED" in shown["issuers"]["did:web:bank.example"]
    assert reader.run("verify", "--ledger", place, "--json")["entries"] == 17
    listed = reader.run("entries", "--ledger", place, "--json")
    assert [each["type"] for each in listed][-2:] == ["registry-publish", "issuer-suspend"]
    assert governance.run("refresh", "--ledger", place, "--json") == {"entries": 17}
    with pytest.raises(LedgerError, match="nobody signs"):
        reader.run("bundle", "3", str(tmp_path / "bundle"), "--ledger", place)
    checked = reader.run("doctor", place, "--json")
    assert checked["contract"] == "fine: 17 entries, all of them read back"
    with pytest.raises(NotFoundError, match=r"ledger\.key: cannot be read"):
        reader.run("suspend-issuer", body["issuer"], "--ledger", place)


def test_accounts_are_made_enrolled_and_the_contract_moves(
    anvil: Anvil, governance: Shell, tmp_path: Path, little_work: None
) -> None:
    node = f"evm+{anvil.address}"
    made = governance.run("account", "--ledger", node, "--json")
    # An account alone governs nothing.
    anvil.fund(made["account"])
    with pytest.raises(UsageError, match="account's alone"):
        governance.run("init", "ledger.chain.test", "--ledger", node)
    owner, new = Shell(tmp_path / "owner"), f"{node}?finality=0"
    with pytest.raises(LedgerError, match="cannot pay"):
        owner.run("init", "ledger.chain.test", "--ledger", new)
    anvil.fund(owner.run("account", "--ledger", node, "--json")["account"])
    first = owner.run("init", "ledger.chain.test", "--ledger", new, "--json")
    place = f"{node}/{first['origin'].split(':')[2]}"
    owner.run("enrol", made["account"], "did:web:bank.example", "--ledger", place)
    moved = owner.run("move", "--ledger", place, "--json")
    assert moved["contract"] not in place
    assert owner.run("verify", "--ledger", place, "--json")["entries"] == 14
    for command in ("account", "move"):
        with pytest.raises(UsageError, match="not on a chain"):
            owner.run(command, "--ledger", str(tmp_path))


def test_checkpoints_of_a_log_are_anchored_and_compared(
    anvil: Anvil, governance: Shell, tmp_path: Path, little_work: None
) -> None:
    node = f"evm+{anvil.address}"
    new = f"{node}?finality=0"
    with pytest.raises(ZkProofError, match="cannot pay"):
        governance.run("init", "ledger.chain.test", "--ledger", new)
    anvil.fund(governance.run("account", "--ledger", node, "--json")["account"])
    made = governance.run("init", "ledger.chain.test", "--ledger", new, "--json")
    chain = f"{node}/{made['origin'].split(':')[2]}"
    folder = tmp_path / "log"
    Ledger.create(folder, "log.test", "p").log.close()
    log = Shell(folder)
    where = ("--chain", chain, "--chain-state", str(governance.state), "--ledger", str(folder))
    assert log.run("anchored", *where, "--json")["anchored"] == "nothing"
    assert log.run("anchor", *where, "--json")["entries"] == 14
    found = log.run("anchored", *where, "--json")
    assert (found["log"], found["anchored"]) == ("log.test", 14)
