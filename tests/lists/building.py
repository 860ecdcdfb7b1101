"""Lists of one owner for the tests of this folder, and small cells, which are quick to sign."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from zkproof import bbs
from zkproof.lists import layout, plan, summary, writing
from zkproof.lists.layout import Edition
from zkproof.lists.publish import publish_gaps, publish_members, publish_status
from zkproof.lists.source import Source, folder_source
from zkproof.lists.writing import Published
from zkproof.trust import ListKind, ListVersion, Spread

KEY = bbs.keygen(b"\x31" * 32)
LEDGER = "ledger.test"
LIST = "did:web:owner.example#list"
FORMS = [
    (ListKind.STATUS, Spread.PREFIX),
    (ListKind.MEMBERS, Spread.PREFIX),
    (ListKind.MEMBERS, Spread.BLOCK),
    (ListKind.MEMBERS, Spread.HASH),
    (ListKind.GAPS, Spread.PREFIX),
    (ListKind.GAPS, Spread.BLOCK),
]
"""Every kind of list with every spread it may have."""


def edition(kind: ListKind, spread: Spread, version: int = 7) -> Edition:
    return Edition(ledger_id=LEDGER, list_id=LIST, kind=kind, spread=spread, version=version)


def publish(root: Path, kind: ListKind, spread: Spread, entries: Sequence[int]) -> Published:
    made = edition(kind, spread)
    if kind is ListKind.STATUS:
        return publish_status(root, KEY, made, sorted(entries), len(entries))
    if kind is ListKind.MEMBERS:
        return publish_members(root, KEY, made, entries)
    return publish_gaps(root, KEY, made, entries)


def version(
    kind: ListKind, spread: Spread, count: int, root: bytes, **changes: object
) -> ListVersion:
    """What the ledger says of the files."""
    found = ListVersion(
        ledger_id=LEDGER,
        list_id=LIST,
        kind=kind,
        spread=spread,
        public_key=KEY.public_key.octets,
        version=7,
        not_before=0,
        not_after=86_400,
        count=count,
        root=root,
        used_from=0,
        position=5,
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def some(count: int) -> list[int]:
    return sorted(secrets.SystemRandom().sample(range(1, 1 << 40), count))


@dataclass
class Recorder:
    """A source that notes what it is asked for."""

    source: Source

    def __post_init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, path: str, most: int) -> bytes:
        self.asked.append(path.rsplit("/", 1)[1])
        return self.source(path, most)


def recorder(folder: Path) -> Recorder:
    return Recorder(folder_source(folder))


@pytest.fixture
def small_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells of a few entries, so that lists of some hundred are cut."""
    monkeypatch.setattr(layout, "WHOLE_BYTES", 53 * 40)
    monkeypatch.setattr(layout, "PER_CELL", 16)
    monkeypatch.setattr(summary, "MIN_TOKENS", 6)
    monkeypatch.setattr(writing, "MIN_TOKENS", 6)
    monkeypatch.setattr(plan, "CROWD", 32)
