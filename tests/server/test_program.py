"""``python -m zkproof_server`` as an operator meets it: a process, a ledger file, a sealed key."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from tests.presentation.building import (
    BANK,
    POLICY,
)
from tests.server.building import CBOR, bearer
from tests.server.program import (
    LOG_PUBLIC,
    PASSPHRASE,
    VERIFIER,
    Operator,
    answer_to,
    append,
)
from zkproof.clock import system_clock
from zkproof.errors import (
    ConflictError,
    DecodeError,
    LedgerError,
    NotFoundError,
    WalletError,
    ZkProofError,
)
from zkproof.presentation.receipt import Receipt
from zkproof.presentation.request import Request
from zkproof_server.settings import Settings
from zkproof_server.tenants import open_verifier
from zkproof_server.trust import FileLedger


def test_program_asks_verifies_and_follows_the_ledger(operator: Operator) -> None:
    made = operator.run("keys", "console")
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    reading = operator.run("keys", "reader", "--scope", "requests:read").stdout.strip()
    with operator.serving(ZKPROOF_TRUST_REFRESH_SECONDS="0.2"):
        requests = f"{operator.url}/v1/requests"
        refused = httpx.post(requests, json={"policy": POLICY}, headers=bearer(reading))
        assert refused.status_code == 403
        opened = [
            httpx.post(requests, json={"policy": POLICY}, headers=bearer(key)).json()
            for _ in range(2)
        ]
        asked, later = (Request.from_bytes(httpx.get(each["url"]).content) for each in opened)
        assert asked.signed_by(VERIFIER.public_key)
        reply = httpx.post(
            f"{opened[0]['url']}/presentation",
            content=answer_to(asked, operator.folder),
            headers=CBOR,
            timeout=30,
        ).json()
        assert reply["result"] == "proven"
        assert Receipt.from_bytes(bytes.fromhex(reply["receipt"])).signed_by(VERIFIER.public_key)

        revoked = {"issuer": BANK.issuer_id, "key": BANK.key_id, "reason": "compromised"}
        log = operator.log
        append(log, "issuer-revoke-key", revoked)
        size = log.store.size()
        log.store.close()
        answer = answer_to(later, operator.folder)
        operator.wait_for_entries(size)
        reply = httpx.post(
            f"{opened[1]['url']}/presentation", content=answer, headers=CBOR, timeout=30
        ).json()
        assert reply["result"] == "key-revoked"

        assert operator.run("revoke", key.split("_")[1]).returncode == 0
        ended = httpx.post(requests, json={"policy": POLICY}, headers=bearer(key))
        assert ended.status_code == 401
    said = (operator.folder / "service.log").read_text()
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    plain = [line for line in said.splitlines() if not line.startswith("{")]
    assert plain == [f"serving on {operator.url}"]
    assert {"request opened", "request settled"} <= {line["event"] for line in lines}
    for absent in (key, PASSPHRASE, opened[0]["url"].rpartition("/")[2], "Bank A", "Chan Tai Man"):
        assert absent not in said


def no_passphrase(operator: Operator) -> str:
    del operator.environment["ZKPROOF_PASSPHRASE"]
    return "passphrase: needed for the verifier's key"


def bad_port(operator: Operator) -> str:
    operator.environment["ZKPROOF_PORT"] = "70000"
    return "ZKPROOF_PORT: "


def other_log(operator: Operator) -> str:
    pins = operator.folder / "ledger" / "pins.json"
    pins.write_text(pins.read_text().replace(LOG_PUBLIC.hex(), "11" * 32))
    return "not signed by the pinned log"


def no_key(operator: Operator) -> str:
    (operator.folder / "verifier" / "verifier.key").unlink()
    return "verifier.key: cannot be read"


def no_ledger(operator: Operator) -> str:
    shutil.rmtree(operator.folder / "ledger")
    return "no pins.json"


def no_log(operator: Operator) -> str:
    (operator.folder / "ledger" / "ledger.db").unlink()
    return "no file ledger.db"


def no_database(operator: Operator) -> str:
    address = f"sqlite:///{operator.folder}/absent/service.db"
    operator.environment["ZKPROOF_DATABASE"] = address
    return "ZKPROOF_DATABASE: cannot be used"


def other_database(operator: Operator) -> str:
    (operator.folder / "zkproof.db").write_bytes(b"not a database at all, but long enough" * 40)
    return "ZKPROOF_DATABASE: cannot be used"


def no_address(operator: Operator) -> str:
    operator.environment["ZKPROOF_DATABASE"] = "mydb"
    return "ZKPROOF_DATABASE: not an address"


def port_in_use(operator: Operator) -> str:
    operator.taken = socket.socket()
    operator.taken.bind(("127.0.0.1", operator.port))
    operator.taken.listen()
    return f"port {operator.port}: in use by another program"


def foreign_host(operator: Operator) -> str:
    operator.environment["ZKPROOF_HOST"] = "192.0.2.1"
    return "cannot be used"


MISTAKES = [
    no_passphrase,
    bad_port,
    other_log,
    no_key,
    no_ledger,
    no_log,
    no_database,
    other_database,
    no_address,
    port_in_use,
    foreign_host,
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_mistake_of_the_operator_is_one_line(
    operator: Operator, mistake: Callable[[Operator], str]
) -> None:
    expected = mistake(operator)
    result = operator.run()
    assert (result.returncode, result.stdout) == (1, "")
    assert "serving" not in result.stderr
    error, *hint = result.stderr.splitlines()
    assert error.startswith("error: ")
    assert expected in error
    assert len(hint) <= 1
    assert "70000" not in error


def readable_key(folder: Path) -> None:
    (folder / "verifier.key").chmod(0o640)


def absent_key(folder: Path) -> None:
    (folder / "verifier.key").unlink()


def other_card(folder: Path) -> None:
    card = folder / "verifier.json"
    card.write_text(card.read_text().replace(VERIFIER.public_key.hex(), "00" * 32))


def broken_card(folder: Path) -> None:
    (folder / "verifier.json").write_text("[]")


def deep_card(folder: Path) -> None:
    """Nested as deep as no parser should follow."""
    (folder / "verifier.json").write_text("[" * 10_000)


def card_with_two_names(folder: Path) -> None:
    card = folder / "verifier.json"
    card.write_text(card.read_text().replace('"name"', '"name": "Other", "name"'))


@pytest.mark.parametrize(
    ("change", "error", "reason"),
    [
        (readable_key, ConflictError, "others can read it"),
        (absent_key, NotFoundError, "verifier.key: cannot be read"),
        (other_card, ConflictError, "names another key"),
        (broken_card, DecodeError, "verifier.json: a map is needed"),
        (deep_card, DecodeError, "nested deeper"),
        (card_with_two_names, DecodeError, '"name" stands twice'),
    ],
)
def test_verifier_that_is_not_whole_is_not_opened(
    prepared: Path,
    tmp_path: Path,
    change: Callable[[Path], None],
    error: type[ZkProofError],
    reason: str,
) -> None:
    folder = tmp_path / "verifier"
    shutil.copytree(prepared / "verifier", folder)
    signer, identity = open_verifier(folder, SecretStr(PASSPHRASE))
    assert (signer.public_key, identity.name) == (VERIFIER.public_key, "Verifier")
    change(folder)
    with pytest.raises(error, match=reason):
        open_verifier(folder, SecretStr(PASSPHRASE))


def test_wrong_passphrase_opens_nothing(prepared: Path) -> None:
    with pytest.raises(WalletError, match="wrong passphrase"):
        open_verifier(prepared / "verifier", SecretStr("another"))


def test_settings_do_not_show_the_passphrase() -> None:
    settings = Settings(passphrase=SecretStr(PASSPHRASE))
    assert PASSPHRASE not in repr(settings)
    assert PASSPHRASE not in settings.model_dump_json()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://verifier.example", "https://verifier.example"),
        ("https://verifier.example/v/", "https://verifier.example/v"),
        ("verifier.example", None),
        ("ftp://verifier.example", None),
        ("", None),
    ],
)
def test_public_address_is_one_of_http(given: str, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(ValueError, match="https://"):
            Settings(public_url=given)
    else:
        assert Settings(public_url=given).public_url == kept


def test_scope_that_does_not_exist_is_refused(operator: Operator) -> None:
    assert operator.run("keys", "console", "--scope", "requests:read").returncode == 0
    result = operator.run("keys", "console", "--scope", "everything")
    assert (result.returncode, result.stdout) == (1, "")
    known = "keys:admin, policies:write, requests:read, requests:write, webhooks:admin"
    assert result.stderr == f"error: scopes: among {known}\n"


def test_failed_refresh_leaves_the_old_view(operator: Operator) -> None:
    folder = operator.folder / "ledger"
    ledger = FileLedger(folder, system_clock)
    before = ledger.trust()
    log = operator.log
    append(log, "issuer-revoke-key", {"issuer": BANK.issuer_id, "key": "2026-1", "reason": "lost"})
    log.store.close()
    moved = (folder / "ledger.db").rename(folder / "aside.db")
    with pytest.raises(LedgerError):
        ledger.refresh()
    assert ledger.trust() is before
    moved.rename(folder / "ledger.db")
    ledger.refresh()
    key = ledger.trust().issuers[BANK.issuer_id].keys["2026-1"]
    assert key.revoked_at is not None
    assert before.issuers[BANK.issuer_id].keys["2026-1"].revoked_at is None


def test_ledger_that_was_rolled_back_is_refused_after_a_restart(operator: Operator) -> None:
    ledger, copy = operator.folder / "ledger", operator.folder / "copy"
    shutil.copytree(ledger, copy)
    log = operator.log
    append(log, "issuer-revoke-key", {"issuer": BANK.issuer_id, "key": "2026-1", "reason": "lost"})
    log.store.close()
    with operator.serving():
        pass
    for path in ledger.glob("ledger.db*"):
        path.unlink()
    for path in copy.glob("ledger.db*"):
        shutil.copy(path, ledger)
    result = operator.run()
    assert result.returncode == 1
    assert "smaller than the one seen before" in result.stderr


def test_service_keeps_what_it_believed_where_it_is_told_to(operator: Operator) -> None:
    own = operator.folder / "own"
    own.mkdir()
    with operator.serving(ZKPROOF_LEDGER_STATE=str(own)):
        pass
    assert (own / "believed.json").is_file()
    assert not (operator.folder / "ledger" / "believed.json").exists()


def test_half_sent_heads_do_not_keep_others_out(operator: Operator) -> None:
    """Four hundred against 256 descriptors, and a log that does not grow with them."""
    with operator.serving(descriptors=256, ZKPROOF_HEAD_SECONDS="2") as process:
        slow = []
        for _ in range(400):
            connection = socket.create_connection(("127.0.0.1", operator.port), timeout=10)
            with contextlib.suppress(OSError):  # those that came early are given up already
                connection.sendall(b"GET /healthz HTTP/1.1\r\n")
            slow.append(connection)
        for path in ("healthz", "livez", "readyz"):
            assert httpx.get(f"{operator.url}/{path}", timeout=10).status_code == 200
        assert len(os.listdir(f"/proc/{process.pid}/fd")) < 256
        until = time.monotonic() + 15
        while len(os.listdir(f"/proc/{process.pid}/fd")) > 60:
            assert time.monotonic() < until, "half-sent heads are not given up"
            time.sleep(0.1)
        for connection in slow:
            connection.close()
        assert httpx.get(f"{operator.url}/healthz", timeout=10).status_code == 200
    assert (operator.folder / "service.log").stat().st_size < 30_000


def test_strangers_do_not_fill_the_log(operator: Operator) -> None:
    with operator.serving():
        for _ in range(300):
            with socket.create_connection(("127.0.0.1", operator.port), timeout=10) as junk:
                junk.sendall(b"junk\r\n\r\n")
                assert junk.recv(100).startswith(b"HTTP/1.1 400")
        with httpx.Client(base_url=operator.url) as client:
            for _ in range(300):
                assert client.get("/v1/w/none").status_code == 422
    assert (operator.folder / "service.log").stat().st_size < 30_000
