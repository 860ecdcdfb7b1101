"""A log asks its witnesses over HTTP: what each answer means, for how long, and what is kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.ledger.building import (
    LOG_KEY,
    LOG_PUBLIC,
    NOW,
    ORIGIN,
    anchor,
    filled,
    forked,
)
from tests.ledger.serving import Answer, changing, served
from zkproof.clock import fixed_clock
from zkproof.ledger import note
from zkproof.ledger.checkpoint import Checkpoint, sign_checkpoint
from zkproof.ledger.cosigning import Collector
from zkproof.ledger.fsck import fsck
from zkproof.ledger.log import Log
from zkproof.ledger.merkle import EMPTY_ROOT
from zkproof.ledger.note import Kind, NoteKey
from zkproof.ledger.policy import Group, Listed, Policy
from zkproof.ledger.witness import LogWitness, Request
from zkproof_server.ledger.witness import Witnessing, make_app


def key(k: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([0x60 + k]) * 32)


def witness(folder: Path, k: int = 0) -> LogWitness:
    return LogWitness(folder / f"{k}.db", f"witness.test/{k}", key(k), {ORIGIN: LOG_PUBLIC})


def app(made: LogWitness) -> object:
    return make_app(Witnessing(made, [ORIGIN], fixed_clock(NOW)))


def policy(urls: list[str], quorum: int) -> Policy:
    listed = {
        f"W{k}": Listed(
            NoteKey(f"witness.test/{k}", Kind.COSIGNATURE, key(k).public_key().public_bytes_raw()),
            url,
        )
        for k, url in enumerate(urls)
    }
    return Policy(listed, {"enough": Group(quorum, tuple(listed))}, "enough")


def reopened(folder: Path, collector: Collector) -> Log:
    return Log.open(
        folder / "ledger.db", ORIGIN, LOG_KEY, clock=fixed_clock(NOW), collector=collector
    )


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = filled(tmp_path)
    yield made
    made.close()


def test_witness_answers_as_the_source_says(tmp_path: Path, log: Log) -> None:
    fork = forked(tmp_path / "fork")
    strange = Checkpoint("elsewhere", 1, bytes(32))
    signed_strange = sign_checkpoint(strange, LOG_KEY, now=NOW)
    forged = sign_checkpoint(
        Checkpoint(ORIGIN, 5, log.checkpoint().root_hash), key(9), now=NOW
    ).to_note()
    empty = sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), LOG_KEY, now=NOW).to_note()
    wrong_empty = sign_checkpoint(Checkpoint(ORIGIN, 0, bytes(32)), LOG_KEY, now=NOW).to_note()
    made = witness(tmp_path)
    with served(app(made)) as url:

        def ask(body: bytes) -> httpx.Response:
            return httpx.post(f"{url}/add-checkpoint", content=body)

        assert ask(Request(0, (), wrong_empty).to_bytes()).status_code == 422
        first = ask(Request(0, (), empty).to_bytes())
        assert first.status_code == 200
        assert first.content.decode().startswith("— witness.test/0 ")
        whole = log.witness_request(0)
        assert ask(whole.to_bytes()).status_code == 200
        behind = ask(whole.to_bytes())
        assert (behind.status_code, behind.content) == (409, b"5\n")
        assert behind.headers["content-type"] == "text/x.tlog.size"
        assert ask(log.witness_request(5).to_bytes()).status_code == 200
        for body, status in (
            (b"", 400),
            (b"old 5\n\nnot a checkpoint", 400),
            (whole.to_bytes().replace(b"old 0", b"old 6"), 400),
            (Request(0, (), signed_strange.to_note()).to_bytes(), 404),
            (Request(5, (), forged).to_bytes(), 403),
            (fork.witness_request(5).to_bytes(), 422),
            (fork.witness_request(5, 5).to_bytes(), 422),
            (b"old 5\n\n" + b"x" * (1 << 17), 400),
        ):
            assert ask(body).status_code == status, body
        assert httpx.get(f"{url}/add-checkpoint").status_code == 405
        assert httpx.get(f"{url}/").text == made.key.to_text() + "\n"
    made.close()
    fork.close()


def test_append_comes_back_with_the_cosignatures_of_its_witnesses(tmp_path: Path, log: Log) -> None:
    log.close()
    witnesses = [witness(tmp_path, k) for k in range(3)]
    with ExitStack() as stack:
        urls = [stack.enter_context(served(app(each))) for each in witnesses]
        wanted = policy(urls, 3)
        cosigned = reopened(tmp_path, Collector(wanted))
        for k in (7, 9):
            checkpoint = cosigned.append(anchor(k)).checkpoint
            assert checkpoint.reached_at(wanted) == NOW
        batch = cosigned.append_many([anchor(11), anchor(13)])
        assert batch[0].checkpoint.reached_at(wanted) == NOW
        assert cosigned.refresh().reached_at(wanted) == NOW
        assert cosigned.collector is not None
        assert cosigned.collector.failures == []
        cosigned.close()
        again = reopened(tmp_path, Collector(wanted))  # knows no size, and is told
        assert again.append(anchor(15)).checkpoint.reached_at(wanted) == NOW
        again.close()
    assert fsck(tmp_path / "ledger.db", ORIGIN, LOG_PUBLIC, policy=wanted) == []


def test_slow_witness_costs_bounded_time_and_its_late_line_is_kept(
    tmp_path: Path, log: Log
) -> None:
    log.close()
    quick, slow = witness(tmp_path, 0), witness(tmp_path, 1)
    release = threading.Event()

    class Slow(LogWitness):
        def cosign(self, request: Request, *, now: int) -> note.Line:
            release.wait(20)
            return slow.cosign(request, now=now)

    held = Slow(tmp_path / "held.db", "witness.test/1", key(1), {ORIGIN: LOG_PUBLIC})
    with served(app(quick)) as one, served(app(held)) as other:
        wanted = policy([one, other], 2)
        opened = reopened(tmp_path, Collector(wanted, seconds=1.0))
        begun = time.monotonic()
        checkpoint = opened.append(anchor(7)).checkpoint
        assert time.monotonic() - begun < 5
        assert checkpoint.reached_at(wanted) is None
        assert checkpoint.reached_at(policy([one], 1)) == NOW
        release.set()
        until = time.monotonic() + 10
        while (late := opened.store.checkpoint(6)) is not None and time.monotonic() < until:
            if late.reached_at(wanted) is not None:
                break
            time.sleep(0.02)
        assert late is not None
        assert late.reached_at(wanted) == NOW
        opened.close()


def test_append_waits_no_longer_than_for_its_quorum(tmp_path: Path, log: Log) -> None:
    log.close()
    release = threading.Event()

    def never(_: str) -> Answer:
        release.wait(10)
        return 500, b""

    with served(app(witness(tmp_path))) as one, served(changing(never)) as other:
        opened = reopened(tmp_path, Collector(policy([one, other], 1), seconds=8.0))
        begun = time.monotonic()
        opened.append(anchor(7))
        assert time.monotonic() - begun < 4
        release.set()
        opened.close()


def test_witness_that_lies_or_is_away_costs_no_entry(tmp_path: Path, log: Log) -> None:
    log.close()
    text = {"answer": (200, b"")}
    other = note.cosign("else\n1\n\n", "witness.test/0", key(0), now=NOW)
    stranger = note.cosign("x\n", "witness.test/0", key(5), now=NOW)
    answers: list[tuple[Answer, str]] = [
        ((500, b""), "answers 500"),
        ((200, b""), "no signature lines"),
        ((200, b"junk\n"), "not"),
        ((200, note.line_text(other).encode()), "does not hold"),
        ((200, note.line_text(stranger).encode()), "no cosignature by the key"),
        ((409, b"7\n"), "answers 409"),
        ((200, b"x" * (1 << 17)), "too long"),
    ]
    with served(changing(lambda _: text["answer"])) as url:
        collector = Collector(policy([url], 1), seconds=5)
        opened = reopened(tmp_path, collector)
        for number, (answer, rule) in enumerate(answers):
            text["answer"] = answer
            done = opened.append(anchor(7 + 2 * number))
            assert done.position == 5 + number
            assert [name for name, _ in done.checkpoint.signatures] == [ORIGIN, ORIGIN]
            assert rule in collector.failures[0]
        opened.close()
    away = reopened(tmp_path, Collector(policy([url], 1), seconds=2))
    assert away.append(anchor(99)).position == 5 + len(answers)
    assert away.collector is not None
    assert "cannot be reached" in away.collector.failures[0]
    away.close()


def test_split_view_does_not_get_a_quorum(tmp_path: Path, log: Log) -> None:
    """Two copies of one log, each growing its own way: only one of them is cosigned further."""
    log.append(anchor(7))
    log.close()
    other = forked(tmp_path / "other")
    other.close()
    with ExitStack() as stack:
        witnesses = [witness(tmp_path, k) for k in range(3)]
        urls = [stack.enter_context(served(app(each))) for each in witnesses]
        wanted = policy(urls, 2)
        honest = reopened(tmp_path, Collector(wanted))
        forking = reopened(tmp_path / "other", Collector(wanted, seconds=3))
        assert honest.append(anchor(9)).checkpoint.reached_at(wanted) == NOW
        checkpoint = forking.append_many([anchor(21), anchor(23)])[0].checkpoint
        assert checkpoint.reached_at(wanted) is None
        assert forking.collector is not None
        assert all("answers 422" in each for each in forking.collector.failures)
        assert len(forking.collector.failures) == 3
        for made in witnesses:
            seen = made.newest(ORIGIN)
            assert seen is not None
            assert Checkpoint.from_note(seen).root_hash == honest.checkpoint().root_hash
        assert honest.append(anchor(25)).checkpoint.reached_at(wanted) == NOW
        honest.close()
        forking.close()
