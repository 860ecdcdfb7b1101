"""What a verifier gets to believe from the ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ledger.building import (
    ADMIN,
    AUDITOR,
    BANK,
    CHECKER,
    DAY,
    LEDGER,
    LIST,
    NOW,
    OTHER,
    SCHEMA,
    after,
    auditor,
    authority,
    bank_key,
    by_bank,
    epoch,
    filled,
    governed,
    registration,
    resigned,
    revoked_list_key,
    rotation,
    verifier_registration,
)
from zkproof.bbs.keys import PublicKey
from zkproof.errors import UsageError
from zkproof.ledger.checkpoint import Checkpoint
from zkproof.ledger.entries import Entry
from zkproof.ledger.trust import trust_view
from zkproof.sigma.gate import GatePair
from zkproof.trust import ListKind, ListVersion, Spread, TrustView


def view_after(*entries: Entry) -> TrustView:
    return trust_view(after(*entries), Checkpoint(LEDGER, 2 + len(entries), bytes(32)), as_of=NOW)


def test_view_names_ledger_and_checkpoint(tmp_path: Path) -> None:
    log = filled(tmp_path)
    view, newest = log.trust_view(as_of=NOW + 7), log.checkpoint()
    assert (view.ledger_id, view.as_of) == (LEDGER, NOW + 7)
    assert (view.tree_size, view.root_hash) == (newest.size, newest.root_hash)


def test_view_carries_issuers_with_their_keys() -> None:
    view = view_after(rotation(), registration(OTHER, 2, name="Bank B"))
    assert {issuer.name for issuer in view.issuers.values()} == {"Bank A", "Bank B"}
    old, new = view.issuers[BANK].keys["2026-1"], view.issuers[BANK].keys["2027-1"]
    assert old.public_key == bank_key(1).public_key.octets
    assert (old.not_before, old.not_after, old.revoked_at) == (NOW - 40 * DAY, NOW + DAY, None)
    assert new.public_key == bank_key(9).public_key.octets
    assert (new.not_before, new.not_after, new.revoked_at) == (NOW, None, None)


def test_one_key_signs_at_a_time() -> None:
    """The newest that has begun and was not revoked, whichever others still verify."""
    begins = NOW + 30 * DAY
    first = governed("issuer-revoke-key", {"issuer": BANK, "key": "2026-1", "reason": "lost"})
    second = by_bank("issuer-revoke-key", {"issuer": BANK, "key": "2027-1", "reason": "lost"})
    announced = rotation(not_before=begins, replaced_not_after=None)

    def signing(at: int, *entries: Entry) -> str | None:
        key = view_after(*entries).issuers[BANK].signing_key(at)
        return None if key is None else key.key_id

    assert signing(NOW) == "2026-1"
    assert signing(NOW - 41 * DAY) is None
    assert signing(begins - 1, announced) == "2026-1"
    assert signing(begins, announced) == "2027-1"
    assert signing(begins, announced, second) == "2026-1"
    assert signing(begins - 1, announced, first) is None
    assert signing(NOW + DAY, rotation()) == "2027-1"
    assert signing(NOW + DAY + 1, rotation(not_after=NOW + DAY)) is None


def test_view_marks_what_is_not_to_be_believed_any_more() -> None:
    body = {"issuer": BANK, "key": "2026-1", "reason": "lost"}
    suspended = governed("issuer-suspend", {"issuer": BANK, "reason": "supervision"})
    assert view_after().issuers[BANK].keys["2026-1"].revoked_at is None
    assert not view_after().issuers[BANK].suspended
    for revoked in (by_bank("issuer-revoke-key", body), governed("issuer-revoke-key", body)):
        assert view_after(revoked).issuers[BANK].keys["2026-1"].revoked_at == NOW
    assert view_after(suspended).issuers[BANK].suspended
    again = governed("issuer-reinstate", {"issuer": BANK})
    assert not view_after(suspended, again).issuers[BANK].suspended


def test_view_carries_schemas_and_the_newest_registries() -> None:
    def listed(version: int, *issuers: str) -> Entry:
        body = {"registry": "mo-banks", "version": version, "issuers": list(issuers)}
        return governed("registry-publish", body)

    view = view_after(
        by_bank("schema-publish", {"schema": SCHEMA.to_bytes()}),
        registration(OTHER, 2),
        listed(1, BANK),
        listed(2, BANK, OTHER),
    )
    assert view.schemas == {SCHEMA.digest: SCHEMA}
    assert view.registries == {"mo-banks": frozenset({BANK, OTHER})}


def test_view_carries_epochs_each_with_its_own_key() -> None:
    assert view_after(authority()).lists == {}
    view = view_after(authority(), epoch(1), epoch(2), authority(8), epoch(3))
    pairs = [each.gate_pair for each in view.lists[LIST]]
    assert view.lists == {
        LIST: tuple(
            ListVersion(
                ledger_id=LEDGER,
                list_id=LIST,
                kind=ListKind.STATUS,
                spread=Spread.PREFIX,
                public_key=bank_key(k).public_key.octets,
                version=number,
                not_before=NOW + number * DAY,
                not_after=NOW + (number + 1) * DAY,
                count=3,
                root=bytes(32),
                used_from=NOW + number * DAY + (3600 if number > 1 else 0),
                position=position,
                gate_pair=pair,
            )
            for (number, k, position), pair in zip(
                ((1, 7, 3), (2, 7, 4), (3, 8, 6)), pairs, strict=True
            )
        )
    }


def test_view_has_the_pair_of_every_key() -> None:
    """Checked where it is read: what opens a gate of one key is no other key's."""
    view = view_after(authority(), epoch(1), authority(8), epoch(2), rotation())
    signers = [(key.public_key, key.gate_pair) for key in view.issuers[BANK].keys.values()]
    signers += [(each.public_key, each.gate_pair) for each in view.lists[LIST]]
    assert len({pair for _, pair in signers}) == 4
    for public_key, pair in signers:
        GatePair.from_octets(PublicKey.from_octets(public_key), pair)
    with pytest.raises(UsageError, match="not one of this key"):
        GatePair.from_octets(PublicKey.from_octets(signers[0][0]), signers[1][1])


def test_view_says_since_which_entry_things_are_so() -> None:
    """By these a request's checkpoint decides which keys may have signed a hidden credential."""

    def key(view: TrustView, key_id: str) -> tuple[int, int]:
        found = view.issuers[BANK].keys[key_id]
        return found.position, found.changed_position

    revoked = governed("issuer-revoke-key", {"issuer": BANK, "key": "2027-1", "reason": "lost"})
    suspended = governed("issuer-suspend", {"issuer": BANK, "reason": "supervision"})
    again = governed("issuer-reinstate", {"issuer": BANK})
    listed = governed("registry-publish", {"registry": "r", "version": 1, "issuers": [BANK]})
    assert key(view_after(), "2026-1") == (1, 1)
    assert key(view_after(rotation()), "2026-1") == (1, 2)  # its time was shortened
    assert key(view_after(rotation(replaced_not_after=None)), "2026-1") == (1, 1)
    assert key(view_after(rotation(), revoked), "2027-1") == (2, 3)
    assert view_after().issuers[BANK].standing_position == 1
    assert view_after(suspended).issuers[BANK].standing_position == 2
    assert view_after(suspended, again).issuers[BANK].standing_position == 3
    assert view_after(suspended, again, listed).registry_positions == {"r": 4}
    stolen = by_bank("list-revoke-key", revoked_list_key())
    versions = view_after(authority(), epoch(1), stolen).lists[LIST]
    assert [each.revoked_position for each in versions] == [4]


def test_view_marks_versions_under_a_revoked_key_and_the_next_one_counts_at_once() -> None:
    entries = (authority(), epoch(1), epoch(2), authority(8), epoch(3))
    assert [each.key_revoked for each in view_after(*entries).lists[LIST]] == [False] * 3
    stolen = by_bank("list-revoke-key", revoked_list_key())
    view = view_after(*entries, stolen)
    assert [each.key_revoked for each in view.lists[LIST]] == [True, True, False]
    again = view_after(authority(), epoch(1), stolen, authority(8), epoch(2, not_before=NOW + 5))
    assert again.lists[LIST][-1].used_from == NOW + 5


def test_view_drops_versions_that_no_open_request_can_speak_of() -> None:
    def late(number: int) -> Entry:
        return resigned(replace(epoch(number), time=NOW + number * DAY), ADMIN)

    view = view_after(authority(), *(late(number) for number in range(1, 20)))
    kept = [each.version for each in view.lists[LIST]]
    assert kept == list(range(kept[0], 20))
    assert 8 <= len(kept) <= 11


def test_view_carries_auditors_with_their_key_in_use() -> None:
    first, second = auditor(), auditor(4, "auditor-rotate-key")
    assert view_after(first).auditors[AUDITOR].public_key == first.body["public_key"]
    rotated = view_after(first, second).auditors[AUDITOR]
    assert rotated.public_key == second.body["public_key"]
    assert (rotated.name, rotated.key_id) == ("Financial Intelligence Office", "2026-4")


def test_view_says_that_a_verifier_is_suspended() -> None:
    suspended = governed("verifier-suspend", {"verifier": CHECKER, "reason": "supervision"})
    again = governed("verifier-reinstate", {"verifier": CHECKER})
    register = verifier_registration()
    assert not view_after(register).verifiers[CHECKER].suspended
    assert view_after(register, suspended).verifiers[CHECKER].suspended
    assert not view_after(register, suspended, again).verifiers[CHECKER].suspended


def test_view_does_not_change_with_the_state_it_came_from(tmp_path: Path) -> None:
    log = filled(tmp_path)
    view = log.trust_view(as_of=NOW)
    log.append(registration(OTHER, 2))
    log.append(rotation())
    assert list(view.issuers) == [BANK]
    assert list(view.issuers[BANK].keys) == ["2026-1"]
