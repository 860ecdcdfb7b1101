"""Who keeps the service waiting gives way; who is being served does not."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path

import httpx
import pytest

from tests.server.building import Running, serving
from zkproof_server.connections import most_connections

HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


def connected(service: Running) -> socket.socket:
    port = httpx.URL(service.url).port
    assert port is not None
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def one_answer(connection: socket.socket) -> bytes:
    """Head and body, which may come in pieces."""
    received = b""
    while not received.endswith(b'{"status":"ok"}'):
        chunk = connection.recv(65536)
        assert chunk, received
        received += chunk
    return received


def rest(connection: socket.socket) -> bytes:
    """What comes back until the service hangs up."""
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


def test_head_in_time_is_answered_and_a_slow_one_is_given_up(tmp_path: Path) -> None:
    with serving(Running(tmp_path, head_seconds=0.6)) as service:
        with connected(service) as quick:
            quick.sendall(HEAD)
            time.sleep(0.2)
            quick.sendall(b"Connection: close\r\n\r\n")
            assert rest(quick).startswith(b"HTTP/1.1 200")
        start = time.monotonic()
        with connected(service) as slow:
            for octet in HEAD[:20]:  # octets that trickle in do not set the clock back
                try:
                    slow.sendall(bytes([octet]))
                except OSError:
                    break
                time.sleep(0.1)
            assert rest(slow) == b""
        assert time.monotonic() - start < 5
        with connected(service) as silent:
            assert rest(silent) == b""


def test_second_request_of_a_connection_has_its_own_time(tmp_path: Path) -> None:
    with serving(Running(tmp_path, head_seconds=0.6)) as service, connected(service) as kept:
        for _ in range(2):
            kept.sendall(HEAD + b"\r\n")
            assert one_answer(kept).startswith(b"HTTP/1.1 200")
            time.sleep(0.8)  # idle between requests is the keep-alive's affair
        kept.sendall(HEAD)
        assert rest(kept) == b""


def test_newcomer_gets_the_place_of_whoever_waits_longest(tmp_path: Path) -> None:
    with serving(Running(tmp_path, max_connections=4, head_seconds=30)) as service:
        slow = [connected(service) for _ in range(4)]
        for each in slow:
            each.sendall(HEAD)
        time.sleep(0.2)
        assert httpx.get(f"{service.url}/healthz").status_code == 200
        assert rest(slow[0]) == b""
        slow[3].sendall(b"Connection: close\r\n\r\n")
        assert rest(slow[3]).startswith(b"HTTP/1.1 200")
        for each in slow:
            each.close()


def test_slow_bodies_give_way_too(tmp_path: Path) -> None:
    with serving(Running(tmp_path, max_connections=3, body_seconds=30)) as service:
        head = b"POST /v1/requests HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
        slow = [connected(service) for _ in range(3)]
        for each in slow:
            each.sendall(head)
        time.sleep(0.2)
        assert httpx.get(f"{service.url}/healthz").status_code == 200
        assert rest(slow[0]) == b""
        for each in slow:
            each.close()


def test_long_head_is_refused(tmp_path: Path) -> None:
    with serving(Running(tmp_path)) as service:
        for length, status in ((10_000, b"200"), (400_000, b"400")):
            with connected(service) as each:
                with contextlib.suppress(OSError):  # it need not read to the end
                    each.sendall(HEAD + b"Connection: close\r\nX: " + b"x" * length + b"\r\n\r\n")
                assert rest(each)[9:12] == status


@pytest.mark.parametrize(
    ("descriptors", "most"), [(1024, 512), (256, 144), (100, 8), (-1, 512), (1 << 20, 512)]
)
def test_connections_leave_descriptors_for_files(
    monkeypatch: pytest.MonkeyPatch, descriptors: int, most: int
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (descriptors, descriptors))
    assert most_connections(512) == most
