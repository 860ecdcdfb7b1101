"""Lines that strangers cause are limited, and what was left out is counted."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from zkproof_server import flood, logs
from zkproof_server.flood import Flood, FloodFilter


class Watch:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_lines_over_the_limit_are_left_out_and_counted() -> None:
    watch = Watch()
    limit = Flood(3, 10, watch)
    assert [limit.pass_on(("a",)) for _ in range(6)] == [0, 0, 0, None, None, None]
    assert limit.pass_on(("b",)) == 0
    watch.now = 9.9
    assert limit.pass_on(("a",)) is None
    watch.now = 10
    assert limit.pass_on(("a",)) == 4
    assert limit.pass_on(("a",)) == 0


def test_count_is_said_when_no_more_lines_come() -> None:
    watch = Watch()
    limit = Flood(1, 10, watch)
    for _ in range(5):
        limit.pass_on(("a",))
    limit.pass_on(("b",))
    assert limit.settle() == {}
    watch.now = 10
    assert limit.settle() == {("a",): 4}
    assert limit.settle() == {}


def test_many_kinds_of_lines_do_not_take_more_memory() -> None:
    limit = Flood(1, 10, Watch())
    passed = [limit.pass_on((k,)) for k in range(3 * flood.MAX_KINDS)]
    assert passed.count(None) >= 2 * flood.MAX_KINDS - 1


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    monkeypatch.setattr(logs, "_flood", Flood(3, 10, Watch()))
    logs.configure(stream)
    yield stream
    structlog.reset_defaults()


def test_outcomes_of_requests_are_always_written(written: io.StringIO) -> None:
    log = structlog.get_logger()
    for _ in range(10):
        log.info("call", route="/x", status=401)
        log.info("request settled", request="01234567", result="proven")
    lines = [json.loads(line)["event"] for line in written.getvalue().splitlines()]
    assert (lines.count("call"), lines.count("request settled")) == (3, 10)


def test_libraries_are_limited_too(written: io.StringIO) -> None:
    for k in range(10):
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request received from %s", k)
    assert len(written.getvalue().splitlines()) == 3


def test_filter_says_how_many_lines_were_left_out() -> None:
    watch = Watch()
    limited = FloodFilter(Flood(1, 10, watch))

    def record() -> logging.LogRecord:
        return logging.LogRecord("x", logging.WARNING, "", 0, "bad %s", ("thing",), None)

    assert [limited.filter(record()) for _ in range(3)] == [True, False, False]
    watch.now = 10
    last = record()
    assert limited.filter(last)
    assert last.getMessage() == "bad thing (2 such lines were left out)"
