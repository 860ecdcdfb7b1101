"""Tenants side by side: every call of the interface, with every kind of key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import update

from tests.presentation.building import NOW, POLICY
from tests.server.building import FIRST, Running, bearer, proof_for, serving
from tests.server.program import PASSPHRASE, Operator
from zkproof.keys.ed25519 import Ed25519Signer
from zkproof.presentation.receipt import Receipt
from zkproof.presentation.request import Request, VerifierIdentity
from zkproof.verifier.registration import found
from zkproof_server.access.authorisation import SCOPE_FIELD
from zkproof_server.access.service import SCOPES, Keys, Scope
from zkproof_server.database import Database
from zkproof_server.problems import Problem
from zkproof_server.rates import Rates
from zkproof_server.tables import deliveries
from zkproof_server.tenants import Tenant, TenantFolders, Tenants
from zkproof_server.webhooks.repository import WebhookRepository

OTHER = Tenant(
    "other",
    Ed25519Signer.from_octets(bytes([77]) * 32),
    VerifierIdentity("did:web:other.example", "Other", "1"),
)
BODIES: dict[str, dict[str, Any]] = {
    "OpenRequest": {"policy": POLICY},
    "StorePolicy": {"text": POLICY},
    "MakeKey": {"name": "matrix", "scopes": ["requests:read"]},
    "RotateKey": {},
    "MakeWebhook": {"url": "http://127.0.0.1:9/x", "types": ["request.proven"]},
    "RotateSecret": {},
    "Replay": {"since": 0, "until": NOW * 2},
}
"""A body for each that the interface takes. A new one has to be given here."""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with two tenants."""
    folder = tmp_path_factory.mktemp("tenants")
    with serving(Running(folder, tenants=Tenants([FIRST, OTHER]), webhook_private=True)) as running:
        yield running


class World:
    """Things of the first tenant, by the names of path parameters, and keys of all kinds."""

    def __init__(self, service: Running) -> None:
        self.service = service
        self.all = service.key
        self.theirs = service.make_key(*SCOPES, tenant=OTHER.tenant_id)
        self.operator = service.make_key(Scope.METRICS, tenant=None)
        self.by_scope = {scope.value: service.make_key(scope) for scope in SCOPES}
        service.call("post", "/v1/policies", json={"text": POLICY}, headers=bearer(self.all))

    def make_room(self) -> None:
        """A tenant has a few webhooks at most."""
        listed = self.service.call("get", "/v1/webhooks", headers=bearer(self.all)).json()
        for each in listed["items"]:
            self.service.call("delete", f"/v1/webhooks/{each['id']}", headers=bearer(self.all))

    def ended_delivery(self, webhook_id: str) -> str:
        """A message that was given up."""
        database = Database(self.service.settings.database)
        rows = WebhookRepository()
        with database.write() as connection:
            made = rows.put(connection, webhook_id, "test", "{}", NOW)
            connection.execute(
                update(deliveries).where(deliveries.c.id == made).values(state="dead", ended_at=NOW)
            )
        database.close()
        return made

    def fresh(self) -> dict[str, str]:
        """Values for path parameters. A new parameter has to be given here."""
        asked = self.service.open()
        other = self.service.open()
        self.service.answer(asked, proof_for(other))  # there is a receipt
        key = self.service.make_key(Scope.READ)
        self.make_room()
        webhook = self.service.call(
            "post", "/v1/webhooks", json=BODIES["MakeWebhook"], headers=bearer(self.all)
        ).json()
        return {
            "id": self.service.id(asked),
            "request_id": asked.request_id.hex(),
            "key_id": key.split("_")[1],
            "webhook_id": webhook["id"],
            "delivery_id": self.ended_delivery(webhook["id"]),
            "name": "proof-of-funds",
            "policy_version": "1",
        }


def operations(service: Running) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, facts)
        for path, methods in service.described["paths"].items()
        for method, facts in methods.items()
        if SCOPE_FIELD in facts
    ]


def body_for(facts: dict[str, Any]) -> dict[str, Any] | None:
    content = facts.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    return BODIES[content["schema"]["$ref"].rpartition("/")[2]]


def test_every_call_asks_for_its_scope_and_gives_nothing_to_another_tenant(both: Running) -> None:
    world = World(both)
    looked_at = 0
    for method, path, facts in operations(both):
        scope = facts[SCOPE_FIELD]
        values = world.fresh() if "{" in path else {}
        target = re.sub(r"{([a-z_]+)}", lambda found, v=values: v[found[1]], path)  # type: ignore[misc]
        of_the_operator = scope == Scope.METRICS.value

        def status(key: str | None, at: str = target, by: str = method, of: Any = facts) -> int:
            headers = {} if key is None else bearer(key)
            # The status alone: a stream of events would go on.
            with httpx.stream(
                by, f"{both.url}{at}", json=body_for(of), headers=headers, timeout=30
            ) as reply:
                return reply.status_code

        right = world.operator if of_the_operator else world.by_scope[scope]
        assert status(None) == 401, (method, path)
        assert status("zkp_0000000000000000_none") == 401, (method, path)
        for name, key in [*world.by_scope.items(), (Scope.METRICS.value, world.operator)]:
            if name != scope:
                assert status(key) == 403, (method, path, name)
        if not of_the_operator and "{" in path:
            assert status(world.theirs) == 404, (method, path)
        assert 200 <= status(right) < 300, (method, path)
        looked_at += 1
    assert looked_at >= 11


def test_lists_hold_nothing_of_another_tenant(both: Running) -> None:
    world = World(both)
    values = world.fresh()
    for method, path, facts in operations(both):
        if method != "get" or "{" in path or facts[SCOPE_FIELD] == Scope.METRICS.value:
            continue
        ours, theirs = (
            httpx.get(f"{both.url}{path}", headers=bearer(key)).text
            for key in (world.all, world.theirs)
        )
        assert any(each in ours for each in values.values()), path
        for name in ("id", "request_id", "key_id", "webhook_id", "name"):
            assert values[name] not in theirs, path


def test_each_tenant_asks_in_its_own_name_and_chains_its_own_receipts(both: Running) -> None:
    theirs = both.make_key(*SCOPES, tenant=OTHER.tenant_id)
    made = both.ask(policy=POLICY, key=theirs)
    asked = Request.from_bytes(bytes.fromhex(made.json()["request"]))
    assert asked.verifier == OTHER.identity
    assert asked.signed_by(OTHER.signer.public_key)
    assert not asked.signed_by(FIRST.signer.public_key)
    ours = both.open()
    receipts = [
        Receipt.from_bytes(bytes.fromhex(both.answer(each, proof_for(each)).json()["receipt"]))
        for each in (asked, ours)
    ]
    assert receipts[0].signed_by(OTHER.signer.public_key)
    assert receipts[1].signed_by(FIRST.signer.public_key)
    database = Database(both.settings.database)
    with database.read() as connection:
        positions = connection.exec_driver_sql(
            "SELECT position FROM receipt WHERE tenant = 'other'"
        ).scalars()
        assert list(positions) == [1]
    database.close()


def test_rotated_key_goes_on_for_as_long_as_it_was_said(both: Running) -> None:
    old = both.make_key(Scope.READ)
    path = f"/v1/keys/{old.split('_')[1]}/rotate"

    def reads(key: str) -> int:
        return both.get("", headers=bearer(key)).status_code

    made = both.call("post", path, json={"overlap_seconds": 60}, headers=bearer(both.key)).json()
    assert made["scopes"] == ["requests:read"]
    assert (reads(old), reads(made["secret"])) == (200, 200)
    both.now = NOW + 60
    assert (reads(old), reads(made["secret"])) == (401, 200)
    again = both.call("post", path, json={}, headers=bearer(both.key))
    assert (again.status_code, again.json()["code"]) == (409, "key-ended")
    both.now = NOW


def test_keys_are_listed_with_their_last_use_and_without_secrets(both: Running) -> None:
    headers = {**bearer(both.key), "idempotency-key": "till"}
    body = {"name": "till", "scopes": ["requests:read"]}
    made = both.call("post", "/v1/keys", json=body, headers=headers)
    assert both.call("post", "/v1/keys", json=body, headers=headers).json() == made.json()
    secret, key_id = made.json()["secret"], made.json()["id"]

    def listed() -> Any:
        reply = both.call("get", "/v1/keys", headers=bearer(both.key))
        assert secret not in reply.text
        assert "secret" not in reply.text
        return next(each for each in reply.json()["items"] if each["id"] == key_id)

    assert listed()["last_used_at"] is None
    both.get("", headers=bearer(secret))
    assert listed()["last_used_at"] == NOW
    assert secret.rpartition("_")[2].encode() not in both.files  # the kept reply is sealed
    ended = both.call("delete", f"/v1/keys/{key_id}", headers=bearer(both.key))
    assert ended.status_code == 204
    assert listed()["revoked"] is True
    assert both.get("", headers=bearer(secret)).status_code == 401
    unknown = {"name": "till", "scopes": ["everything"]}
    assert both.call("post", "/v1/keys", json=unknown, headers=bearer(both.key)).status_code == 422


def test_limit_tells_when_there_is_room_again(tmp_path: Path) -> None:
    service = Running(tmp_path, calls_per_key=4, calls_per_address=6)
    with serving(service):
        other = service.make_key(Scope.READ)
        statuses = [service.get("", headers=bearer(service.reader)) for _ in range(5)]
        assert [each.status_code for each in statuses] == [200] * 4 + [429]
        assert 1 <= int(statuses[-1].headers["retry-after"]) <= 60
        assert service.get("", headers=bearer(other)).status_code == 200  # a neighbour is unhurt
        wrong = [service.get("", headers=bearer("zkp_x_y")).status_code for _ in range(7)]
        assert wrong == [401] * 6 + [429]
        assert service.call("get", "/livez").status_code == 200


def test_retry_after_is_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    rates = Rates(2, 2)
    rates.count_key("a")
    now += 20
    rates.count_key("a")
    with pytest.raises(Problem) as refused:
        rates.count_key("a")
    assert refused.value.headers == {"Retry-After": "40"}
    now += 38.9
    with pytest.raises(Problem):
        rates.count_key("a")
    now += 1.2
    rates.count_key("a")


def test_tenants_are_folders_and_new_ones_are_found(tmp_path: Path) -> None:
    first, others = tmp_path / "verifier", tmp_path / "tenants"
    others.mkdir()
    found(first, VerifierIdentity("did:web:a.example", "A", "1"), PASSPHRASE)
    tenants = TenantFolders(first, others, SecretStr(PASSPHRASE))
    assert [each.tenant_id for each in tenants.all()] == ["default"]
    assert tenants.refresh() is False
    signer = found(others / "shop", VerifierIdentity("did:web:b.example", "B", "1"), PASSPHRASE)
    assert tenants.refresh() is True
    assert tenants.get("shop").signer.public_key == signer.public_key
    (others / "shop" / "verifier.key").write_bytes(b"broken")
    assert tenants.refresh() is False
    assert tenants.get("shop").signer.public_key == signer.public_key


def test_check_looks_at_everything_and_serves_nothing(operator: Operator) -> None:
    done = operator.run("check")
    assert done.returncode == 0, done.stderr
    lines = dict(line.split(": ") for line in done.stdout.splitlines())
    assert set(lines) == {"settings", "tenants", "database", "ledger", "verifiers"}
    assert not (operator.folder / "zkproof.db").exists()
    mistyped = operator.run("check", ZKPROOF_WORKRES="2")
    said = "error: ZKPROOF_WORKRES: no such setting\n"
    assert (mistyped.returncode, mistyped.stderr) == (1, said)


def test_last_use_costs_no_write_for_an_hour(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'keys.db'}")
    database.migrate()
    now = NOW
    keys = Keys(database, lambda: now)
    secret = keys.create("x", {Scope.READ}, tenant="default").secret
    for at, used in ((NOW, NOW), (NOW + 3599, NOW), (NOW + 3600, NOW + 3600)):
        now = at
        assert keys.find(secret) is not None
        assert keys.list("default")[0].last_used_at == used
    database.close()
