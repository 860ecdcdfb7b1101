"""What a wallet keeps of those who told it two things that cannot both be true."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ledger.building import NOW, filled, forked
from tests.lists.building import LIST, version
from tests.wallet.test_renewing import CLOCK, RENEWAL, World
from zkproof.clock import fixed_clock
from zkproof.ledger import note
from zkproof.ledger.ledger import Ledger
from zkproof.ledger.reader import SplitView
from zkproof.lists.complaint import Complaint
from zkproof.presentation.request import Request
from zkproof.trust import ListKind, Spread
from zkproof.wallet import evidence
from zkproof.wallet.reasons import ReviewRefused
from zkproof.wallet.wallet import Wallet


def kept(wallet: Path) -> list[Path]:
    folder = evidence.folder_of(wallet)
    return sorted(folder.iterdir()) if folder.exists() else []


def test_notes_of_a_split_ledger_are_kept_once(tmp_path: Path) -> None:
    log, path = filled(tmp_path / "ledger"), tmp_path / "wallet.zkp"
    (tmp_path / "ledger" / "pins.json").write_bytes(log.pins().to_json())
    holder = Wallet.create(path, "p", clock=fixed_clock(NOW))

    def refreshed() -> None:
        holder.refresh(Ledger.open(tmp_path / "ledger", clock=fixed_clock(NOW)))

    refreshed()
    assert kept(path) == []
    log.close()
    forked(tmp_path / "fork").close()
    for file in (tmp_path / "fork").glob("ledger.db*"):
        shutil.copy(file, tmp_path / "ledger")
    for _ in range(2):
        with pytest.raises(SplitView) as caught:
            refreshed()
    theirs_and_ours = {caught.value.ours, caught.value.theirs}
    assert {each.read_bytes() for each in kept(path)} == theirs_and_ours
    assert len(kept(path)) == 2
    for each in kept(path):
        note.from_bytes(each.read_bytes())
        assert each.stat().st_mode & 0o077 == 0


def test_request_with_a_checkpoint_of_another_ledger_is_kept(tmp_path: Path) -> None:
    world, path = World(), tmp_path / "wallet.zkp"
    wallet = Wallet.create(path, "p", clock=CLOCK)
    world.given(wallet, world.asked())
    asked, view = world.asked(RENEWAL), world.ledger.trust()
    wallet.review_offer(asked, view)
    with pytest.raises(ReviewRefused, match="ledger-behind"):
        wallet.review_offer(asked, replace(view, tree_size=view.tree_size - 1))
    assert kept(path) == [], "that ledger may only be behind"
    with pytest.raises(ReviewRefused, match="split-view"):
        wallet.review_offer(asked, replace(view, root_hash=bytes(32)))
    (file,) = kept(path)
    assert Request.from_bytes(file.read_bytes()) == asked.request


def test_complaint_is_kept_under_the_name_of_its_content(tmp_path: Path) -> None:
    path = tmp_path / "wallet.zkp"
    told = version(ListKind.GAPS, Spread.BLOCK, 3, bytes(32))
    made = Complaint(told.list_id, told.version, None, b"summary", b"file")
    first = evidence.keep_complaint(path, made)
    assert evidence.keep_complaint(path, made) == first
    other = evidence.keep_complaint(path, replace(made, file=b"other"))
    assert kept(path) == sorted([first, other])
    assert Complaint.from_bytes(first.read_bytes()) == made
    assert made.list_id == LIST
