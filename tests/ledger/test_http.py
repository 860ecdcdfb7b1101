"""A log over HTTP: the same readers, the same checks as by file; a server that lies is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.ledger.building import (
    NOW,
    PINS,
    WITNESSED,
    anchor,
    filled,
    forked,
    new_witness,
)
from tests.ledger.serving import Answer, changing, served
from tests.ledger.test_tiles import large_store
from zkproof.clock import fixed_clock
from zkproof.errors import LedgerError, NotFoundError, UsageError
from zkproof.ledger import merkle, tiles
from zkproof.ledger.bundle import bundle_from, verify_bundle
from zkproof.ledger.following import PastOfLog, entries_of, follow, state_at
from zkproof.ledger.ledger import Ledger
from zkproof.ledger.log import Log
from zkproof.ledger.note import MAX_NOTE_BYTES
from zkproof.ledger.reader import LedgerReader, SplitView
from zkproof.ledger.source import LogAddress
from zkproof.ledger.store import LogStore
from zkproof_server.ledger.endpoints import ANEW, FOR_EVER, Tiles, make_app


def answers_of(store: LogStore, path: str) -> Answer:
    """What an honest server says."""
    try:
        return 200, tiles.read(store, path).content
    except (LedgerError, ValueError):
        return 404, b""


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = filled(tmp_path)
    yield made
    made.close()


def test_log_is_served_as_tiles_with_cache_headers(tmp_path: Path, log: Log) -> None:
    with served(make_app(Tiles(tmp_path / "ledger.db", PINS))) as url:
        checkpoint = httpx.get(f"{url}/checkpoint")
        assert checkpoint.content == log.checkpoint().to_note()
        assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
        assert checkpoint.headers["cache-control"] == ANEW
        tag = checkpoint.headers["etag"]
        same = httpx.get(f"{url}/checkpoint", headers={"if-none-match": tag})
        assert (same.status_code, same.content) == (304, b"")
        log.append(anchor(7))
        assert httpx.get(f"{url}/checkpoint", headers={"if-none-match": tag}).status_code == 200
        entries = httpx.get(f"{url}/tile/entries/000.p/6")
        assert entries.headers["content-type"] == "application/octet-stream"
        assert entries.headers["cache-control"] == FOR_EVER
        assert tiles.unbundle(entries.content, 6) == log.store.entries()
        assert httpx.get(f"{url}/tile/0/000.p/5").content == b"".join(
            log.store.leaf(k) for k in range(5)
        )
        head = httpx.head(f"{url}/tile/0/000.p/5")
        assert (head.status_code, head.headers["content-length"]) == (200, "160")
        for absent in ("tile/0/000", "tile/0/000.p/7", "tile/0/0", "ledger.db", "", "../pins.json"):
            assert httpx.get(f"{url}/{absent}").status_code == 404
        assert httpx.post(f"{url}/checkpoint").status_code == 405


def test_published_checkpoint_has_the_quorum_of_the_pins(tmp_path: Path, log: Log) -> None:
    witness = new_witness(tmp_path)
    with served(make_app(Tiles(tmp_path / "ledger.db", WITNESSED))) as url:
        assert httpx.get(f"{url}/checkpoint").status_code == 404
        line = witness.cosign(log.witness_request(0), now=NOW)
        cosigned = log.add_cosignature(5, line).to_note()
        log.append(anchor(7))
        assert httpx.get(f"{url}/checkpoint").content == cosigned


def test_reader_by_address_sees_what_a_reader_by_file_sees(tmp_path: Path, log: Log) -> None:
    by_file, by_address = LedgerReader(PINS), LedgerReader(PINS)
    with served(make_app(Tiles(tmp_path / "ledger.db", PINS))) as url:
        for k in (7, 9, 11):
            follow(by_file, tmp_path / "ledger.db", now=NOW)
            follow(by_address, url, now=NOW)
            assert by_address.last == by_file.last
            assert by_address.state == by_file.state
            assert by_address.trust_view() == by_file.trust_view()
            log.append(anchor(k))
        assert entries_of(by_address, url) == log.store.entries(0, 7)
        early = log.store.checkpoint(5)
        assert early is not None
        assert len(state_at(by_address, url, 5, early.root_hash).documents) == 3
        past = PastOfLog(url, by_address.size, by_address.frontier.root())
        assert past.had_root(5, early.root_hash)
        assert not past.had_root(4, early.root_hash)
        assert not past.had_root(5, bytes(32))
        with LogAddress(url).reading() as source:
            made = bundle_from(source, 2)
        assert verify_bundle(made, PINS, now=NOW).position == 2


def test_ledger_at_an_address_remembers_what_it_believed(tmp_path: Path, log: Log) -> None:
    home = tmp_path / "reader"
    home.mkdir()
    (home / "pins.json").write_bytes(PINS.to_json())
    clock = fixed_clock(NOW)
    with served(make_app(Tiles(tmp_path / "ledger.db", PINS))) as url:
        ledger = Ledger.open(url, state=home, clock=clock)
        view = ledger.trust()
        assert view.tree_size == 5
        assert ledger.entries() == log.store.entries()
        assert ledger.bundle(1).position == 1
        assert view.past is not None
        assert view.past.had_root(3, merkle.root(log.store.node, 3))
        assert any("first time" in each for each in ledger.notices)
        assert Ledger.open(url, state=home, clock=clock).notices == []
        with pytest.raises(LedgerError, match="opened for reading"):
            ledger.append(anchor(7))
    cut = LogStore(tmp_path / "cut.db", create=True)
    with cut.writing():
        cut.append(merkle.Frontier(), log.store.entries(0, 4))
        four = log.store.checkpoint(4)
        assert four is not None
        cut.put_checkpoint(four)
    with (
        served(make_app(Tiles(tmp_path / "cut.db", PINS))) as url,
        pytest.raises(LedgerError, match="smaller than the one seen before"),
    ):
        Ledger.open(url, state=home, clock=clock).trust()


def test_address_needs_pins_and_privacy(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="from a folder with its pins"):
        Ledger.open("http://127.0.0.1:1")
    with pytest.raises(NotFoundError, match=r"no pins\.json"):
        Ledger.open("http://127.0.0.1:1", state=tmp_path)
    (tmp_path / "pins.json").write_bytes(PINS.to_json())
    for address in ("http://ledger.example", "ftp://127.0.0.1", "http://127.0.0.1.example"):
        with pytest.raises(UsageError, match="is refused"):
            Ledger.open(address, state=tmp_path)
    with pytest.raises(UsageError, match="not an address"):
        Ledger.open("http://127.0.0.1:1", "passphrase", state=tmp_path)
    with pytest.raises(LedgerError, match="cannot be reached"):
        Ledger.open("http://127.0.0.1:1", state=tmp_path).trust()


def test_fork_is_shown_to_be_one_and_a_damaged_tile_is_not(tmp_path: Path, log: Log) -> None:
    """Only what the log's own key signed is evidence against it."""
    fork = forked(tmp_path / "fork")
    reader = LedgerReader(PINS)
    follow(reader, tmp_path / "ledger.db", now=NOW)
    damaged = True

    def answer(path: str) -> Answer:
        status, content = answers_of(fork.store, path)
        if damaged and path.startswith("tile/0/"):
            content = bytes(len(content))
        return status, content

    with served(changing(answer)) as url:
        with pytest.raises(LedgerError, match="do not hash to its checkpoint") as caught:
            follow(reader, url, now=NOW)
        assert not isinstance(caught.value, SplitView)
        damaged = False
        with pytest.raises(SplitView):
            follow(reader, url, now=NOW)
    assert reader.size == 5
    log.append(anchor(7))
    follow(reader, tmp_path / "ledger.db", now=NOW)
    assert reader.size == 6


@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.slow)])
def test_changed_octet_of_a_served_resource_is_refused(tmp_path: Path, log: Log, step: int) -> None:
    """Checkpoint, tile and entries; the reader stays where it was."""
    at, octet = "", 0

    def answer(path: str) -> Answer:
        status, content = answers_of(log.store, path)
        if path == at:
            changed = bytearray(content)
            changed[octet] ^= 1
            content = bytes(changed)
        return status, content

    believed = log.checkpoint()
    log.append(anchor(7))
    whole = {
        path: answers_of(log.store, path)[1]
        for path in ("checkpoint", "tile/0/000.p/6", "tile/entries/000.p/6")
    }
    signatures = whole["checkpoint"].index("\u2014".encode())
    with served(changing(answer)) as url:
        for at, content in whole.items():
            for octet in range(0, len(content), step):
                reader = LedgerReader(PINS)
                reader.hold(believed)
                try:
                    follow(reader, url, now=NOW)
                except LedgerError:
                    assert (reader.size, reader.last) == (0, believed)
                    continue
                # A changed name or key id makes a stranger's line of a signature.
                assert at == "checkpoint"
                assert octet >= signatures, (at, octet)
        at = "none"
        follow(reader := LedgerReader(PINS), url, now=NOW)
        assert reader.size == 6


def test_answers_that_are_too_long_or_of_another_kind_are_refused(tmp_path: Path, log: Log) -> None:
    answers: dict[str, Answer] = {}

    def answer(path: str) -> Answer:
        return answers.get(path) or answers_of(log.store, path)

    with served(changing(answer)) as url:
        follow(LedgerReader(PINS), url, now=NOW)
        for path, wrong, rule in (
            ("checkpoint", (200, b"x" * (MAX_NOTE_BYTES + 1)), "too long"),
            ("checkpoint", (200, b""), "checkpoint: "),
            ("checkpoint", (500, b""), "answers 500"),
            ("checkpoint", (302, b""), "answers 302"),
            ("checkpoint", (404, b""), "serves no checkpoint"),
            ("tile/entries/000.p/5", (404, b""), "does not serve"),
            ("tile/entries/000.p/5", (200, b""), "not exactly 5"),
        ):
            answers = {path: wrong}
            with pytest.raises(LedgerError, match=rule):
                follow(LedgerReader(PINS), url, now=NOW)


def test_unsigned_checkpoint_makes_a_reader_fetch_nothing(tmp_path: Path, log: Log) -> None:
    asked: list[str] = []
    unsigned = log.checkpoint()
    huge = replace(unsigned, size=10**14).to_note()

    def answer(path: str) -> Answer:
        asked.append(path)
        return (200, huge) if path == "checkpoint" else (200, b"")

    with served(changing(answer)) as url, pytest.raises(LedgerError, match="does not hold"):
        follow(LedgerReader(PINS), url, now=NOW)
    assert asked == ["checkpoint"]


def test_partial_tile_that_is_gone_is_taken_from_the_full_one(tmp_path: Path) -> None:
    store, tree = large_store(tmp_path, 700)

    def answer(path: str) -> Answer:
        if path == "tile/0/001.p/44" or path == "tile/entries/001.p/44":
            return 404, b""
        return answers_of(store, path)

    with served(changing(answer)) as url, LogAddress(url).reading() as source:
        at_300 = source.at(300)
        assert merkle.root(at_300.node, 300) == tree.root(300)
        assert at_300.entries(250, 300) == store.entries(250, 300)
        with pytest.raises(LedgerError, match="at that size"):
            at_300.node(0, 300)
        with pytest.raises(LedgerError, match="at that size"):
            at_300.entries(299, 301)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_tree_nodes_from_tiles_are_those_of_the_tree(tmp_path: Path, size: int) -> None:
    store, tree = large_store(tmp_path, size)
    with (
        served(changing(lambda path: answers_of(store, path))) as url,
        LogAddress(url).reading() as source,
    ):
        at = source.at(size)
        for level in range(size.bit_length()):
            for position in range(size >> level)[:: 1 + (size >> level) // 9]:
                assert at.node(level, position) == tree.node(level, position)
        for index in {0, size // 2, size - 1}:
            proof = merkle.inclusion_proof(at.node, index, size)
            assert merkle.verify_inclusion(tree.node(0, index), index, size, proof, tree.root())
