"""The log against programs of others: sumdb's notes, merkle, Tessera (client, fsck, its own log),
torchwood (client, tlog-proof under a tlog-policy), litewitness.

Slow, for the programs are built from source: `make interop`.
"""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.interop.transparency import GoMissing, Programs, build
from tests.ledger.building import (
    LOG_KEY,
    LOG_PUBLIC,
    ORIGIN,
    by_bank,
    genesis,
    registration,
)
from tests.ledger.serving import Answer, changing, served
from tests.ledger.test_cosigning import witness
from zkproof.clock import system_clock
from zkproof.ledger import merkle, tiles
from zkproof.ledger.bundle import make_bundle
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.cosigning import Collector
from zkproof.ledger.log import Log
from zkproof.ledger.note import Kind, NoteKey
from zkproof.ledger.pins import Pins
from zkproof.ledger.policy import Group, Listed, Policy
from zkproof.ledger.source import LogAddress
from zkproof.ledger.witness import LogWitness
from zkproof_server.ledger.endpoints import Tiles, make_app
from zkproof_server.ledger.witness import Witnessing
from zkproof_server.ledger.witness import make_app as witness_app

pytestmark = pytest.mark.slow

SIZES = (2, 3, 255, 256, 257, 300, 512, 700)
VKEY = NoteKey(ORIGIN, Kind.SIGNATURE, LOG_PUBLIC)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    try:
        return build(tmp_path_factory.mktemp("go"))
    except GoMissing as missing:
        pytest.skip(f"interoperability not tested: {missing}")


def documents(first: int, last: int, now: int) -> list[Any]:
    return [
        by_bank("document-anchor", {"sha256": k.to_bytes(32, "big"), "sm3": bytes(32)}, now=now)
        for k in range(first, last)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 700 entries with checkpoints of several sizes."""
    made = tmp_path_factory.mktemp("log")
    log = Log.open(made / "ledger.db", ORIGIN, LOG_KEY, create=True)
    log.append_many([genesis(), registration()])
    for old, new in pairwise(SIZES):
        log.append_many(documents(old, new, system_clock()))
    (made / "pins.json").write_bytes(log.pins().to_json())
    (made / "log.pub").write_text(VKEY.to_text())
    log.close()
    return made


@pytest.fixture
def log(folder: Path) -> Iterator[Log]:
    opened = Log.open(folder / "ledger.db", ORIGIN, LOG_KEY)
    yield opened
    opened.close()


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    pins = Pins.from_json((folder / "pins.json").read_bytes())
    answers = Tiles(folder / "ledger.db", pins)
    with served(make_app(answers)) as address:
        yield address
    answers.close()


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def facts(log: Log) -> dict[str, Any]:
    """What `tests/interop/go/peer` checks."""
    node, store = log.store.node, log.store
    notes = {size: store.checkpoint(size) for size in SIZES}
    paths = [(level, index, width) for level in (0, 1, 2, 7) for index in INDICES for width in WIDE]
    paths += [(-1, index, width) for index in INDICES for width in WIDE]
    return {
        "origin": ORIGIN,
        "vkey": VKEY.to_text(),
        "cosigner": NoteKey(ORIGIN, Kind.COSIGNATURE, LOG_PUBLIC).to_text(),
        "checkpoints": {str(size): made.to_note().decode() for size, made in notes.items() if made},
        "inclusion": [
            {
                "size": size,
                "index": index,
                "leaf": text(store.leaf(index)),
                "proof": [text(each) for each in merkle.inclusion_proof(node, index, size)],
            }
            for size in SIZES
            for index in sorted({0, 1, size // 3, size // 2, size - 1})
        ],
        "consistency": [
            {
                "old": old,
                "new": new,
                "proof": [text(each) for each in merkle.consistency_proof(node, old, new)],
            }
            for new in SIZES
            for old in SIZES
            if old <= new
        ],
        "paths": [
            {
                "level": level,
                "index": index,
                "width": width,
                "path": tiles.Tile(None if level < 0 else level, index, width).path,
            }
            for level, index, width in paths
        ],
    }


INDICES = (0, 1, 7, 255, 256, 999, 1000, 1234, 999_999, 1_000_000, 1_234_067)
WIDE = (256, 1, 112, 255)


def test_notes_proofs_paths_and_tiles_are_what_others_expect(
    programs: Programs, log: Log, url: str, tmp_path: Path
) -> None:
    path, whole = tmp_path / "facts.json", facts(log)
    path.write_text(json.dumps(whole))
    code, said = programs.run("peer", str(path), url)
    assert code == 0, said
    counts = dict(line.split() for line in said.splitlines())
    assert counts["notes"] == str(len(SIZES))
    assert int(counts["proofs"]) == len(whole["inclusion"]) + len(whole["consistency"])
    assert int(counts["paths"]) == len(whole["paths"])
    assert int(counts["served"]) > 80
    # torchwood's client leaves the last, partial bundle, by design.
    assert int(counts["entries"]) == 512
    for part, step in (("inclusion", 5), ("consistency", 7)):
        wrong = json.loads(path.read_text())
        proof = wrong[part][step]["proof"]
        proof[0] = text(bytes(32))
        (tmp_path / "wrong.json").write_text(json.dumps(wrong))
        code, said = programs.run("peer", str(tmp_path / "wrong.json"), url)
        assert (code, f"FAIL {part}" in said) == (1, True), said


def test_tessera_checks_the_whole_log_and_finds_a_changed_entry(
    programs: Programs, folder: Path, url: str, tmp_path: Path
) -> None:
    public = f"--public_key={folder / 'log.pub'}"
    _, said = programs.run("fsck", f"--storage_url={url}/", public, "--ui=false")
    assert "Successfully" in said
    damaged = tmp_path / "ledger.db"
    with (
        closing(sqlite3.connect(folder / "ledger.db")) as one,
        closing(sqlite3.connect(damaged)) as other,
    ):
        one.backup(other)
        other.execute("UPDATE entry SET data = x'00' WHERE position = 300")
        other.commit()
    answers = Tiles(damaged, Pins.from_json((folder / "pins.json").read_bytes()))
    with served(make_app(answers)) as address:
        url = f"--storage_url={address}/"
        # It may end silently or hang after an error: only its word of success counts.
        _, said = programs.run("fsck", url, public, "--ui=false", seconds=20)
    answers.close()
    assert "Successfully" not in said


def test_proof_file_holds_under_a_policy_file(
    programs: Programs, folder: Path, tmp_path: Path
) -> None:
    witnesses = [witness(tmp_path, k) for k in range(3)]
    listed = {f"W{k}": Listed(each.key) for k, each in enumerate(witnesses)}
    policy = Policy(listed, {"two": Group(2, tuple(listed))}, "two", (Listed(VKEY),))
    keys = {each.name: each.public_key for each in witnesses}
    log = Log.open(folder / "ledger.db", ORIGIN, LOG_KEY, witnesses=keys)
    log.refresh()
    (tmp_path / "policy").write_text(policy.to_text())
    (tmp_path / "entry").write_bytes(log.store.entries(300, 301)[0])
    (tmp_path / "other").write_bytes(log.store.entries(301, 302)[0])
    for count, enough in ((0, False), (1, False), (2, True)):
        if count:
            line = witnesses[count].cosign(log.witness_request(0), now=system_clock())
            log.add_cosignature(log.store.size(), line)
        (tmp_path / "one.tlog-proof").write_bytes(make_bundle(log, 300).to_proof())
        for entry in ("entry", "other"):
            code, said = programs.run(
                "proof", *(str(tmp_path / each) for each in ("policy", entry, "one.tlog-proof"))
            )
            assert (code == 0) is (enough and entry == "entry"), said
    log.close()
    for each in witnesses:
        each.close()


def test_litewitness_cosigns_our_log(programs: Programs, folder: Path, tmp_path: Path) -> None:
    """Asked by our log's collector, which learns the witness's size from its 409."""
    with litewitness(programs, tmp_path) as (address, key):
        policy = Policy({"lite": Listed(key, address)}, {}, "lite")
        for _ in range(2):  # the second collector knows no size, and is told
            collector = Collector(policy, seconds=20)
            log = Log.open(folder / "ledger.db", ORIGIN, LOG_KEY, collector=collector)
            checkpoint = log.refresh()
            assert collector.failures == []
            assert checkpoint.reached_at(policy) is not None
            log.close()


@contextmanager
def litewitness(programs: Programs, folder: Path) -> Iterator[tuple[str, NoteKey]]:
    """A litewitness that watches our log: address and key. Its key lies in an agent."""
    agent_at, secret, database = folder / "agent", folder / "key", folder / "lite.db"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(secret)], check=True)
    shown = subprocess.run(["ssh-keygen", "-lf", str(secret)], capture_output=True, text=True)
    agent = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(agent_at)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    said = folder / "lite.log"
    started: subprocess.Popen[bytes] | None = None
    try:
        _wait(agent_at.exists)
        environment = {**os.environ, "SSH_AUTH_SOCK": str(agent_at)}
        subprocess.run(["ssh-add", "-q", str(secret)], env=environment, check=True)
        port = _free_port()
        command = [str(programs.folder / "litewitness"), "-name", "lite.test/w", "-db"]
        command += [str(database), "-ssh-agent", str(agent_at), "-listen", f"127.0.0.1:{port}"]
        command += ["-key", shown.stdout.split()[1]]
        with said.open("wb") as output:
            started = subprocess.Popen(command, stdout=output, stderr=output)
        _wait(lambda: "listening" in said.read_text())
        with closing(sqlite3.connect(database, timeout=10)) as db:
            empty = text(merkle.EMPTY_ROOT)
            db.execute("INSERT INTO log VALUES (?, 0, ?)", (ORIGIN, empty))
            db.execute("INSERT INTO key VALUES (?, ?)", (ORIGIN, VKEY.to_text()))
            db.commit()
        found = re.search(r'vkey="?([^\s"]+)', said.read_text())
        assert found is not None
        yield f"http://127.0.0.1:{port}", NoteKey.from_text(found[1])
    finally:
        for process in (started, agent):
            if process is not None:
                process.terminate()
                process.wait(timeout=10)


def test_our_witness_cosigns_tesseras_log_and_our_reader_reads_it(
    programs: Programs, tmp_path: Path
) -> None:
    """Tessera begins with a checkpoint of size 0, which the witness has to cosign as well."""
    name, private = "tessera.test/log", b"\x42" * 32
    public = Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    key = NoteKey(name, Kind.SIGNATURE, public)
    secret = tmp_path / "log.sec"
    secret.write_text(f"PRIVATE+KEY+{name}+{key.key_id.hex()}+{text(bytes([1]) + private)}")
    made = LogWitness(tmp_path / "w.db", "witness.test/w", LOG_KEY, {name: public})
    entries, storage = tmp_path / "entries", tmp_path / "storage"
    entries.mkdir()
    with served(witness_app(Witnessing(made, [name], system_clock))) as address:
        policy = tmp_path / "policy"
        policy.write_text(f"witness w {made.key.to_text()} {address}\nquorum w\n")
        for first in (0, 300):
            for k in range(first, first + 300):
                (entries / f"{k:04}").write_bytes(b"entry %d" % k)
            code, said = programs.run(
                "posix-oneshot",
                f"--storage_dir={storage}",
                f"--entries={entries}/{'0[0-2]*' if not first else '0[3-5]*'}",
                f"--private_key={secret}",
                f"--witness_policy_file={policy}",
            )
            assert code == 0, said
    newest = Checkpoint.from_note((storage / "checkpoint").read_bytes())
    assert newest.size == 600
    assert newest.signed_by_log(public)
    assert newest.cosigned_at("witness.test/w", made.public_key) is not None
    made.close()

    def answer(path: str) -> Answer:
        file = storage / path
        return (200, file.read_bytes()) if file.is_file() else (404, b"")

    with served(changing(answer)) as url, LogAddress(url).reading() as source:
        tree = source.at(600)
        assert merkle.root(tree.node, 600) == newest.root_hash
        found = tree.entries(0, 600)
        assert sorted(found) == sorted(b"entry %d" % k for k in range(600))
        frontier = merkle.Frontier()
        for each in found:
            frontier.append(merkle.leaf_hash(each))
        assert frontier.root() == newest.root_hash


def _wait(ready: Any) -> None:
    until = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
