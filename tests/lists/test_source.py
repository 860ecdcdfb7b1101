"""Fetching over the network: what a server is told, and what a wallet puts up with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from zkproof.errors import RemoteError, UsageError
from zkproof.lists.source import source_of

PATH = "did%3Aweb%3Aowner.example%23list/7/summary"


class Server:
    """A server on this machine, and what it saw."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str], int]] = []
        self.status = 200
        self.more: dict[str, str] = {}
        self.body = b"octets"
        self.address = ""


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.seen.append((self.path, headers, self.client_address[1]))
            self.send_response(server.status)
            for name, value in server.more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(server.body)))
            self.end_headers()
            self.wfile.write(server.body)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        server.address = f"http://127.0.0.1:{http.server_address[1]}/lists"
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


def test_request_says_nothing_but_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cookies that a server sets do not come back; nothing is taken from the environment."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with serving() as server:
        server.more = {"Set-Cookie": "holder=7", "ETag": '"7"'}
        source = source_of(server.address)
        for _ in range(3):
            assert source(PATH, 100) == b"octets"
        (path, first, _), *others = server.seen
        assert path == "/lists/did%253Aweb%253Aowner.example%2523list/7/summary"
        assert set(first) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert first["user-agent"] == "zkproof-wallet"
        assert first["accept-encoding"] == "identity"
        assert all((p, headers) == (path, first) for p, headers, _ in others)


def test_every_file_comes_over_a_connection_of_its_own() -> None:
    with serving() as server:
        source = source_of(server.address)
        for _ in range(4):
            source(PATH, 100)
        assert len({port for _, _, port in server.seen}) == 4


def test_redirect_is_refused() -> None:
    with serving() as server:
        source = source_of(server.address)
        assert source(PATH, 100) == b"octets"
        server.status = 302
        server.more = {"Location": f"{server.address}/elsewhere"}
        with pytest.raises(RemoteError, match="answers 302"):
            source(PATH, 100)
        assert len(server.seen) == 2, "not followed"


def test_compressed_answer_is_refused() -> None:
    """A few octets could stand for many."""
    with serving() as server:
        source = source_of(server.address)
        assert source(PATH, 100) == b"octets"
        server.more = {"Content-Encoding": "gzip"}
        with pytest.raises(RemoteError, match="compressed"):
            source(PATH, 100)


def test_answer_is_cut_off_when_it_is_too_long() -> None:
    with serving() as server:
        server.body = bytes(1 << 20)
        source = source_of(server.address)
        assert len(source(PATH, 1 << 20)) == 1 << 20
        assert 1000 < len(source(PATH, 1000)) < 1 << 20


def test_slow_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    from zkproof.lists import source as module

    with serving() as server:
        source = source_of(server.address)
        assert source(PATH, 100) == b"octets"
        clock = iter((0.0, 1000.0))
        monkeypatch.setattr(module, "monotonic", lambda: next(clock, 1000.0))
        with pytest.raises(RemoteError, match="too slow"):
            source(PATH, 100)


@pytest.mark.parametrize(
    "address",
    [
        "http://lists.example",
        "https://user@lists.example",
        "https://lists.example:8443/",
        "https://lists.example/?who=7",
        "https://lists.example/#7",
        "https:///path",
        "ftp://lists.example",
        "https://lists.example\\@other.example",
        "https://lists.example:99999",
        "https://lïsts.example",
    ],
)
def test_address_that_could_tell_more_is_refused(address: str) -> None:
    source_of("https://lists.example/path")
    source_of("http://localhost:8080/path")
    with pytest.raises(UsageError, match="https://host/path"):
        source_of(address)


def test_files_come_through_the_relay_that_is_named() -> None:
    """The server of the lists is asked by the relay, for the whole address, and by nobody else."""
    with serving() as relay:
        relay.body = b"through it"
        get = source_of("http://localhost/lists", relay=relay.address.removesuffix("/lists"))
        assert get("list/1/summary", 100) == b"through it"
        ((asked, _, _),) = relay.seen
        assert asked == ("http://localhost/lists/list/1/summary")


@pytest.mark.parametrize(
    "relay",
    [
        "",
        "proxy",
        "ftp://proxy",
        "http://",
        "http://user:word@proxy:1",
        "http://proxy/path",
        "http://proxy?x",
        "http://proxy:99999999",
        "http://[::1",
    ],
)
def test_relay_that_could_tell_more_or_is_none_is_refused(relay: str) -> None:
    source_of("https://lists.example", relay="http://proxy.example:3128")
    with pytest.raises(UsageError, match="relay"):
        source_of("https://lists.example", relay=relay)
