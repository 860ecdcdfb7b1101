"""What becomes of a request, as the relying party sees it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.presentation.building import BANK as ISSUER
from tests.presentation.building import KEYS, NOW, POLICY
from tests.server.building import Running, bearer, proof_for, serving
from zkproof.presentation.request import Request


def view(service: Running, asked: Request) -> Any:
    return service.get(f"/{service.id(asked)}", headers=bearer(service.reader)).json()


def test_states_follow_each_other_and_carry_their_times(service: Running) -> None:
    asked, other = service.open(), service.open()
    assert (view(service, asked)["state"], view(service, asked)["version"]) == ("created", 1)
    service.now = NOW + 1
    service.fetch(asked)
    service.now = NOW + 2
    service.fetch(asked)  # fetched is when it was first
    service.answer(asked, proof_for(other))
    seen = view(service, asked)
    assert (seen["state"], seen["tries"], seen["ended_at"]) == ("answered", 1, None)
    service.now = NOW + 3
    assert service.answer(asked, proof_for(asked)).json()["result"] == "proven"
    seen = view(service, asked)
    assert seen["state"] == "proven"
    times = [seen[f"{name}_at"] - NOW for name in ("created", "fetched", "answered", "ended")]
    assert times == [0, 1, 3, 3]
    assert (seen["tries"], seen["version"]) == (2, 4)


def cancel(service: Running, asked: Request) -> httpx.Response:
    return service.post(f"/{service.id(asked)}/cancel", headers=bearer(service.key))


def test_cancelled_request_is_not_given_out_or_answered(service: Running) -> None:
    asked, open_still = service.open(), service.open()
    proof = proof_for(asked)
    assert cancel(service, asked).json()["state"] == "cancelled"
    assert cancel(service, asked).json()["state"] == "cancelled"
    for reply in (service.fetch(asked), service.answer(asked, proof)):
        assert (reply.status_code, reply.json()["state"]) == (409, "cancelled")
    assert service.answer(open_still, proof_for(open_still)).json()["result"] == "proven"
    reply = cancel(service, open_still)
    assert (reply.status_code, reply.json()["state"]) == (409, "proven")


def test_lapsed_request_cannot_be_cancelled_and_is_written_down(tmp_path: Path) -> None:
    service = Running(tmp_path, sweep_seconds=0.05)
    with serving(service):
        asked, later = service.open(lifetime_seconds=60), service.open(lifetime_seconds=600)
        service.now = NOW + 61
        assert cancel(service, asked).status_code == 409
        assert view(service, asked)["ended_at"] == NOW + 60

        async def until_written() -> None:
            async with asyncio.timeout(10):
                while view(service, asked)["version"] == 1:
                    await asyncio.sleep(0.05)

        asyncio.run(until_written())
        assert (view(service, asked)["state"], view(service, later)["state"]) == (
            "expired",
            "created",
        )


def test_unchanged_request_and_result_cost_an_empty_reply(service: Running) -> None:
    asked = service.open()
    for part in ("", "/result"):
        path = f"/{service.id(asked)}{part}"
        first = service.get(path, headers=bearer(service.reader))
        known = {**bearer(service.reader), "if-none-match": first.headers["etag"]}
        assert service.get(path, headers=known).status_code == 304
    service.answer(asked, proof_for(asked))
    changed = service.get(path, headers=known)
    assert (changed.status_code, changed.json()["state"]) == (200, "proven")
    known["if-none-match"] = changed.headers["etag"]
    assert service.get(path, headers=known).status_code == 304
    service.now = NOW + 31 * 86_400  # the result's time is over: that is a change too
    assert service.get(path, headers=known).json()["result"] is None


def test_list_is_filtered_and_paged_without_gaps(tmp_path: Path) -> None:
    service = Running(tmp_path)
    with serving(service):
        made = []
        for k in range(7):
            service.now = NOW + k // 3  # several share a second
            made.append(service.open(reference=f"loan-{k % 2}", metadata={"desk": "3"}))
        service.answer(made[2], proof_for(made[2]))
        ids = [service.id(each) for each in made]

        def listed(**query: Any) -> Any:
            reply = service.get("", params=query, headers=bearer(service.reader))
            assert reply.status_code == 200, reply.text
            return reply.json()

        paged, cursor = [], None
        while True:
            page = listed(limit=2, **({} if cursor is None else {"cursor": cursor}))
            paged += [each["id"] for each in page["items"]]
            if cursor is None:  # somebody inserts while we read
                ids.append(service.id(service.open()))
            cursor = page["next"]
            if cursor is None:
                break
        assert sorted(paged) == sorted(ids[:7])
        assert len(listed()["items"]) == 8
        assert {each["reference"] for each in listed(reference="loan-1")["items"]} == {"loan-1"}
        assert len(listed(reference="loan-1")["items"]) == 3
        assert [each["id"] for each in listed(state="proven")["items"]] == [ids[2]]
        assert len(listed(state="created")["items"]) == 7
        assert len(listed(since=NOW + 1, until=NOW + 2)["items"]) == 3
        assert listed(policy="other")["items"] == []
        assert listed(policy="proof-of-funds")["items"][-1]["metadata"] == {"desk": "3"}
        service.now = NOW + 10_000
        assert len(listed(state="expired")["items"]) == 7
        assert listed(state="created")["items"] == []


@pytest.mark.parametrize("cursor", ["x", "é", "MTIz", "====", "a" * 201])
def test_cursor_of_nobody_is_refused(service: Running, cursor: str) -> None:
    assert service.get("", headers=bearer(service.reader)).status_code == 200
    reply = service.get("", params={"cursor": cursor}, headers=bearer(service.reader))
    assert reply.status_code == 422


def test_same_call_twice_opens_one_request(service: Running) -> None:
    headers = {**bearer(service.key), "idempotency-key": "loan-4711"}
    body = {"policy": POLICY, "reference": "once"}
    first = service.post("", json=body, headers=headers)
    again = service.post("", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    other = service.post("", json={**body, "reference": "other"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key")
    unlike = service.post("", json=body, headers={**headers, "idempotency-key": "loan-4712"})
    assert unlike.json()["id"] != first.json()["id"]
    listed = service.get("", params={"reference": "once"}, headers=bearer(service.reader)).json()
    assert len(listed["items"]) == 2
    service.now = NOW + 86_401  # kept for a day
    assert service.post("", json=body, headers=headers).json()["id"] != first.json()["id"]


def test_same_call_many_times_at_once_opens_one_request(service: Running) -> None:
    headers = {**bearer(service.key), "idempotency-key": "at once"}
    body = {"policy": POLICY, "reference": "at-once"}
    refused = service.post("", json=body, headers=headers)
    assert refused.status_code == 422  # spaces
    headers["idempotency-key"] = "at-once"

    async def send() -> list[httpx.Response]:
        async with httpx.AsyncClient(timeout=60) as client:
            url = f"{service.url}/v1/requests"
            posts = (client.post(url, json=body, headers=headers) for _ in range(20))
            return list(await asyncio.gather(*posts))

    replies = asyncio.run(send())
    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.content for reply in replies}) == 1
    listed = service.get("", params={"reference": "at-once"}, headers=bearer(service.reader))
    assert len(listed.json()["items"]) == 1


def test_result_says_what_everything_stood_for(service: Running) -> None:
    policy = POLICY.replace(
        "credential a:", "param threshold: money(MOP, 2) = 900_000.00 MOP\ncredential a:"
    ).replace("500_000.00 MOP", "threshold")
    asked = service.open(policy, parameters={"threshold": "700_000.00"}, language="pt")
    report = service.answer(asked, proof_for(asked)).json()["report"]
    by_text = {each["text"]: each for each in report["constraints"]}
    dated = by_text["require a.as_of >= today - 30 days"]
    assert dated["resolved"] == [{"text": "today - 30 days", "value": "2026-08-22"}]
    assert "22/08/2026 ou depois" in dated["sentence"]
    asking = by_text["require a.balance >= threshold"]
    assert asking["resolved"] == [{"text": "threshold", "value": "700_000.00"}]
    assert "700" in asking["sentence"]
    assert report["today"] == "2026-09-21"
    assert report["parameters"] == {"threshold": "700_000.00"}
    bank = report["credentials"][0]
    assert bank["public_key"] == KEYS[ISSUER.issuer_id].public_key.octets.hex()
    assert (report["tree_size"], report["trust_as_of"]) == (7, NOW - 60)


def test_stored_policy_is_asked_by_name_and_version(service: Running) -> None:
    def store(text: str, **more: Any) -> httpx.Response:
        body = {"text": text, **more}
        return service.call("post", "/v1/policies", json=body, headers=bearer(service.key))

    first = store(POLICY)
    assert first.status_code == 201, first.text
    assert (first.json()["name"], first.json()["version"]) == ("proof-of-funds", 1)
    assert any("500,000" in each for each in first.json()["sentences"])
    assert store(POLICY).status_code == 201
    changed = store(POLICY.replace("500_000", "600_000"))
    assert (changed.status_code, changed.json()["code"]) == (409, "policy-exists")
    newer = POLICY.replace("500_000", "600_000").replace("v1", "v2")
    assert store(newer).status_code == 201
    assert store(POLICY.replace("balance", "balanse")).status_code == 422
    assert "600_000" in service.open("proof-of-funds").policy
    assert "500_000" in service.open("proof-of-funds", policy_version=1).policy
    absent = service.ask(policy="proof-of-funds", policy_version=3)
    assert (absent.status_code, absent.json()["field"]) == (422, "policy_version")
    listed = service.call("get", "/v1/policies", headers=bearer(service.reader)).json()["items"]
    assert [each["version"] for each in listed] == [1, 2]
    one = service.call(
        "get", "/v1/policies/proof-of-funds/versions/2", headers=bearer(service.reader)
    )
    assert "600_000" in one.json()["text"]
