"""Witnesses as processes: a log, its quorum, a witness that is killed, a log that forks."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.processes import Server, run, serving, told
from zkproof.ledger import witness_folder
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.ledger import Ledger, read_pins, set_policy
from zkproof.ledger.policy import Policy
from zkproof.ledger.witness import Request

ORIGIN = "ledger.test"
SECRET = {"ZKPROOF_PASSPHRASE": "passphrase"}


class Consortium:
    """A ledger, and three witnesses that watch it as processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = folder / "ledger"
        Ledger.create(self.ledger, ORIGIN, "passphrase").close()
        self.servers: list[Server] = []
        lines = []
        watched = witness_folder.log_key(str(self.ledger / "pins.json"))
        for k in range(3):
            home = folder / f"w{k}"
            key = witness_folder.create(home, f"witness.test/{k}", "passphrase")
            witness_folder.watch(home, watched)
            self.servers.append(Server("witness", "serve", str(home), **SECRET))
            lines.append(f"witness W{k} {key.to_text()} {self.servers[k].url}\n")
        self.policy = "".join(lines) + "group two 2 W0 W1 W2\nquorum two\n"

    def opened(self, folder: Path | None = None) -> Ledger:
        """The ledger, asking these witnesses."""
        set_policy(folder or self.ledger, Policy.from_text(self.policy.encode()))
        return Ledger.open(folder or self.ledger, "passphrase")

    def newest(self, k: int) -> Checkpoint:
        """What a witness cosigned last."""
        log = hashlib.sha256(ORIGIN.encode()).hexdigest()
        reply = httpx.get(f"{self.servers[k].url}/newest/{log}")
        assert reply.status_code == 200
        return Checkpoint.from_note(reply.content)

    def restart(self, k: int) -> None:
        """At the same address, so that the log finds it again."""
        home, port = str(self.folder / f"w{k}"), self.servers[k].port
        self.servers[k] = Server("witness", "serve", home, "--port", port, **SECRET)


@pytest.fixture
def consortium(tmp_path: Path) -> Iterator[Consortium]:
    made = Consortium(tmp_path)
    yield made
    for server in made.servers:
        if server.process.poll() is None:
            server.stop()


def append(ledger: Ledger, k: int) -> None:
    ledger.govern("document-anchor", {"sha256": bytes([k]) * 32, "sm3": bytes(32)})


def test_readers_follow_as_far_as_the_quorum_of_their_policy(consortium: Consortium) -> None:
    ledger, mine = consortium.opened(), consortium.folder / "mine"
    append(ledger, 1)
    mine.mkdir()
    shutil.copy(consortium.ledger / "pins.json", mine)
    with serving("ledger", "serve", str(consortium.ledger)) as url:
        reader = Ledger.open(url, state=mine)
        size = reader.trust().tree_size
        consortium.servers[0].kill()
        append(ledger, 2)
        assert reader.trust().tree_size == size + 1
        consortium.servers[1].kill()
        append(ledger, 3)
        assert any("witness W0: " in each and "reached" in each for each in ledger.notices)
        assert reader.trust().tree_size == size + 1
        consortium.restart(0)
        append(ledger, 4)
        assert reader.trust().tree_size == size + 3
    ledger.close()


def test_witness_policy_and_proof_from_the_command_line(tmp_path: Path) -> None:
    home, ledger = str(tmp_path / "w"), str(tmp_path / "ledger")
    Ledger.create(Path(ledger), ORIGIN, "passphrase").close()
    pins, policy = f"{ledger}/pins.json", tmp_path / "policy"
    made = told("witness", "init", "witness.test/w", "--home", home, **SECRET)
    assert told("witness", "watch", pins, "--home", home)["watches"] == ORIGIN
    again = run("witness", "init", "witness.test/w", "--home", home, **SECRET)
    assert (again.returncode, "holds a witness already" in again.stderr) == (1, True)
    with serving("witness", "serve", home, **SECRET) as url:
        policy.write_text(f"witness W {made['vkey']} {url}\nquorum W\n")
        set_ = told("ledger", "policy", str(policy), "--ledger", ledger, **SECRET)
        assert (set_["cosigned"], set_["needs"]) == (True, "W")
        proof = str(tmp_path / "one.tlog-proof")
        assert run("ledger", "bundle", "1", proof, "--ledger", ledger).returncode == 0
        assert Path(proof).read_bytes().startswith(b"c2sp.org/tlog-proof@v1\nextra ")
        assert told("bundle", "check", proof, "--pins", pins)["included"] is True
    done = run("ledger", "refresh", "--ledger", ledger, **SECRET)
    assert done.returncode == 0
    assert "note: witness W: " in done.stderr
    policy.write_text("quorum W\n")
    refused = run("ledger", "policy", str(policy), "--ledger", ledger, **SECRET)
    assert refused.returncode == 1
    assert "W is not defined" in refused.stderr


def test_killed_witness_knows_what_it_signed(consortium: Consortium) -> None:
    """Killed between answers, at other moments each round: never two histories, never a smaller
    size, and the next request of the honest log is answered.
    """
    ledger = Ledger.open(consortium.ledger, "passphrase")
    address = f"{consortium.servers[0].url}/add-checkpoint"
    cosigned = 0
    for round_ in range(4):
        append(ledger, round_)
        request = ledger.log.witness_request(cosigned)
        reply = httpx.post(address, content=request.to_bytes())
        if reply.status_code == 409:
            cosigned = int(reply.text)
            again = ledger.log.witness_request(cosigned)
            reply = httpx.post(address, content=again.to_bytes())
        assert reply.status_code == 200
        cosigned = Checkpoint.from_note(request.checkpoint).size
        consortium.servers[0].kill()
        consortium.restart(0)
        assert consortium.newest(0).size == cosigned
        stale = httpx.post(address, content=ledger.log.witness_request(0).to_bytes())
        assert (stale.status_code, stale.text) == (409, f"{cosigned}\n")
    ledger.close()


def test_log_that_forks_is_not_cosigned_by_any_of_them(consortium: Consortium) -> None:
    copy = consortium.folder / "copy"
    shutil.copytree(consortium.ledger, copy)
    honest, forked = consortium.opened(), consortium.opened(copy)
    append(honest, 1)
    append(forked, 2)
    append(forked, 3)
    assert forked.log.checkpoint().reached_at(read_pins(copy).required) is None
    assert len([each for each in forked.notices if each.startswith("witness W")]) == 3
    size = consortium.newest(0).size
    for k in range(3):
        seen = consortium.newest(k)
        assert seen.size == size
        request = forked.log.witness_request(size)
        reply = httpx.post(
            f"{consortium.servers[k].url}/add-checkpoint", content=request.to_bytes()
        )
        assert reply.status_code == 422
    honest.close()
    forked.close()


def test_request_that_is_too_long_is_refused_while_it_arrives(consortium: Consortium) -> None:
    url = consortium.servers[0].url
    whole = Request(0, (), b"x" * (1 << 17)).to_bytes()
    assert httpx.post(f"{url}/add-checkpoint", content=whole).status_code == 413
