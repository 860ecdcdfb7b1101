"""Signed messages: once in the outbox, at least once at the receiver, never a value."""

from __future__ import annotations

import asyncio
import datetime
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.presentation.building import NOW
from tests.server.building import Running, bearer, proof_for, serving
from zkproof.errors import UsageError
from zkproof_server.webhooks import sender
from zkproof_server.webhooks.addresses import check_url, resolve
from zkproof_server.webhooks.signing import Secrets


class Receiver:
    """A relying party's host. Takes messages, and answers with the next of ``statuses``."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.hold = threading.Event()
        self.hold.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.hold.wait(20)
                receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service that may call this machine."""
    with serving(Running(tmp_path_factory.mktemp("webhooks"), webhook_private=True)) as running:
        yield running


@pytest.fixture(autouse=True)
def as_at_first(telling: Running) -> Iterator[None]:
    telling.now = NOW
    yield
    for each in call(telling, "get", "").json()["items"]:
        call(telling, "delete", f"/{each['id']}")


def call(service: Running, method: str, path: str, **body: Any) -> httpx.Response:
    more: dict[str, Any] = {"json": body} if body else {}
    return service.call(method, f"/v1/webhooks{path}", headers=bearer(service.key), **more)


def hook(service: Running, receiver: Receiver, *types: str) -> Any:
    made = call(service, "post", "", url=receiver.url, types=types or ["request.proven"])
    assert made.status_code == 201, made.text
    return made.json()


def until(reached: Callable[[], object], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)


def log_of(service: Running, made: Any) -> Any:
    return call(service, "get", f"/{made['id']}/deliveries").json()["items"]


def test_message_is_verified_by_the_schemes_own_library(
    telling: Running, receiver: Receiver
) -> None:
    telling.now = int(time.time())  # the library compares with its clock
    made = hook(telling, receiver, "request.cancelled")
    asked = telling.open(reference="loan-4711")
    telling.post(f"/{telling.id(asked)}/cancel", headers=bearer(telling.key))
    until(lambda: receiver.got)
    headers, body = receiver.got[0]
    told = Webhook(made["secret"]).verify(body, headers)
    assert told["type"] == "request.cancelled"
    assert told["data"] == {
        "id": telling.id(asked),
        "state": "cancelled",
        "policy": "proof-of-funds",
        "policy_version": 1,
        "reference": "loan-4711",
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(body.replace(b"4711", b"4712"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(Secrets.draw().newest).verify(body, headers)


def test_message_holds_no_value_and_follows_the_commit(
    telling: Running, receiver: Receiver
) -> None:
    hook(telling, receiver, "request.proven", "request.answered")
    asked, other = telling.open(), telling.open()
    telling.answer(asked, proof_for(other))
    telling.answer(asked, proof_for(asked))
    until(lambda: len(receiver.got) == 2)
    told = sorted(json.loads(body)["type"] for _, body in receiver.got)
    assert told == ["request.answered", "request.proven"]
    for _, body in receiver.got:
        assert b"Bank A" not in body
        assert asked.request_id.hex().encode() not in body


def test_failed_message_is_sent_again_with_the_same_identifier(
    telling: Running, receiver: Receiver
) -> None:
    made = hook(telling, receiver)
    receiver.statuses = [500, 302, 204]
    assert call(telling, "post", f"/{made['id']}/test").status_code == 202
    until(lambda: log_of(telling, made)[0]["attempts"])
    assert [each["status"] for each in log_of(telling, made)[0]["attempts"]] == [500]
    due = log_of(telling, made)[0]["due_at"]
    assert NOW + 4 <= due <= NOW + 6
    time.sleep(2 * sender.IDLE_SECONDS)
    assert len(receiver.got) == 1  # not before its time
    telling.now = due
    until(lambda: len(log_of(telling, made)[0]["attempts"]) == 2)
    telling.now = log_of(telling, made)[0]["due_at"]
    assert telling.now >= due + 240
    until(lambda: log_of(telling, made)[0]["state"] == "delivered")
    identifiers = {headers["webhook-id"] for headers, _ in receiver.got}
    assert identifiers == {log_of(telling, made)[0]["id"]}
    assert [each["status"] for each in log_of(telling, made)[0]["attempts"]] == [500, 302, 204]


def test_message_is_given_up_after_the_last_pause_and_can_be_sent_again(
    telling: Running, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "PAUSES", (5,))
    made = hook(telling, receiver)
    receiver.statuses = [500, 500]
    call(telling, "post", f"/{made['id']}/test")
    until(lambda: log_of(telling, made)[0]["attempts"])
    telling.now = NOW + 10
    until(lambda: log_of(telling, made)[0]["state"] == "dead")
    sent = log_of(telling, made)[0]["id"]
    none = call(telling, "post", f"/{made['id']}/deliveries/{'0' * 32}/redeliver")
    assert none.status_code == 404
    again = call(telling, "post", f"/{made['id']}/deliveries/{sent}/redeliver")
    assert (again.status_code, again.json()) == (202, {"count": 1})
    until(lambda: log_of(telling, made)[0]["state"] == "delivered")
    span = call(telling, "post", f"/{made['id']}/replay", since=NOW, until=NOW + 1)
    assert span.json() == {"count": 1}
    until(lambda: len(receiver.got) == 4)
    assert call(telling, "post", f"/{made['id']}/replay", since=0, until=NOW).json()["count"] == 0


def test_gone_ends_a_webhook(telling: Running, receiver: Receiver) -> None:
    made = hook(telling, receiver)
    receiver.statuses = [410]
    call(telling, "post", f"/{made['id']}/test")
    until(lambda: log_of(telling, made)[0]["state"] == "dead")
    (listed,) = call(telling, "get", "").json()["items"]
    assert listed["active"] is False


def test_two_secrets_sign_while_one_replaces_the_other(
    telling: Running, receiver: Receiver
) -> None:
    made = hook(telling, receiver)
    path = f"/{made['id']}/rotate"
    newer = call(telling, "post", path, overlap_seconds=60).json()["secret"]
    assert newer != made["secret"]
    for now, both in ((NOW + 59, True), (NOW + 60, False)):
        telling.now = now
        receiver.got.clear()
        call(telling, "post", f"/{made['id']}/test")
        until(lambda: receiver.got)
        headers, body = receiver.got[0]
        signatures = headers["webhook-signature"].split()
        expected = [
            Webhook(secret).sign(
                headers["webhook-id"], _moment(int(headers["webhook-timestamp"])), body.decode()
            )
            for secret in (newer, made["secret"])[: 2 if both else 1]
        ]
        assert signatures == expected
    assert made["secret"].encode() not in telling.files
    assert newer.encode() not in telling.files


def _moment(at: int) -> Any:
    return datetime.datetime.fromtimestamp(at, datetime.UTC)


def test_host_that_does_not_answer_delays_no_other(telling: Running, receiver: Receiver) -> None:
    with receiving() as slow:
        slow.hold.clear()
        held, quick = hook(telling, slow), hook(telling, receiver)
        for _ in range(6):
            call(telling, "post", f"/{held['id']}/test")
        begun = time.monotonic()
        call(telling, "post", f"/{quick['id']}/test")
        until(lambda: receiver.got)
        assert time.monotonic() - begun < 5
        assert slow.got == []
        slow.hold.set()
        until(lambda: len(slow.got) >= 6)


def test_message_of_a_process_that_died_while_sending_is_sent_again(tmp_path: Path) -> None:
    """The lease of a process that is no more lapses."""
    service = Running(tmp_path, webhook_private=True)
    with receiving() as receiver, serving(service):
        made = hook(service, receiver)
        call(service, "post", f"/{made['id']}/test")
        until(lambda: receiver.got)
        until(lambda: log_of(service, made)[0]["state"] == "delivered")
        first = receiver.got[0][0]["webhook-id"]
        with closing(sqlite3.connect(service.database)) as database, database:
            database.execute(
                "UPDATE delivery SET state = 'pending', lease_until = ?, due_at = ?",
                (NOW + 60, NOW),
            )
        time.sleep(2 * sender.IDLE_SECONDS)
        assert len(receiver.got) == 1
        service.now = NOW + 60
        until(lambda: len(receiver.got) == 2)
        assert receiver.got[1][0]["webhook-id"] == first


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://user:pass@hooks.example/x",
        "https://hooks.example/x?secret=1",
        "https://hooks.example/x#y",
        "https:///x",
        "ftp://hooks.example/x",
        "https://hooks.example:99999/x",
        "https://hooks.example/ x",
    ],
)
def test_address_that_can_never_be_a_webhooks_is_refused(url: str) -> None:
    check_url("https://hooks.example/x", private=False)
    with pytest.raises(UsageError, match=r"^url: "):
        check_url(url, private=False)


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1"])
def test_name_that_leads_inside_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = ["93.184.216.34"]

    async def answer(*_: Any, **__: Any) -> list[Any]:
        return [(None, None, None, "", (each, 443)) for each in given]

    async def resolved() -> str:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answer, raising=False)
        return (await resolve("https://hooks.example/x", private=False)).url

    assert asyncio.run(resolved()) == "https://93.184.216.34:443/x"
    given.append(address)  # one of several is enough
    with pytest.raises(UsageError, match="open internet"):
        asyncio.run(resolved())


def test_stream_tells_each_state_once_and_goes_on_where_it_was_cut_off(telling: Running) -> None:
    asked = telling.open()
    path = f"{telling.url}/v1/requests/{telling.id(asked)}/events"
    places: list[tuple[str, str]] = []

    def read(after: str | None, most: int) -> None:
        headers = {**bearer(telling.reader), **({} if after is None else {"last-event-id": after})}
        with httpx.stream("GET", path, headers=headers, timeout=20) as reply:
            assert reply.headers["content-type"].startswith("text/event-stream")
            place = ""
            for line in reply.iter_lines():
                if line.startswith("id: "):
                    place = line[4:]
                elif line.startswith("data: "):
                    places.append((place, json.loads(line[6:])["state"]))
                    if len(places) == most:
                        return

    telling.fetch(asked)
    read(None, 2)
    assert places == [("1", "created"), ("2", "fetched")]
    reading = threading.Thread(target=read, args=("2", 99))
    reading.start()
    telling.answer(asked, proof_for(asked))
    reading.join(timeout=15)
    assert not reading.is_alive()  # it ends with the request
    assert places == [("1", "created"), ("2", "fetched"), ("4", "proven")]
