"""The read side: paths, tiles and bundles, and that a reader needs nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.building import LOG_KEY, NOW, ORIGIN, PINS, filled, genesis, new_log
from zkproof.errors import DecodeError, LedgerError
from zkproof.ledger import tiles
from zkproof.ledger.checkpoint import Checkpoint, sign_checkpoint
from zkproof.ledger.merkle import Frontier, Tree, leaf_hash, node_hash
from zkproof.ledger.reader import LedgerReader
from zkproof.ledger.store import LogStore
from zkproof.ledger.tiles import Tile

# Paths as the source gives them: index 1234067 is x001/x234/067, and a tree of 70,000 leaves ends
# in partial tiles of width 112, 17 and 1.
PATHS = {
    "tile/0/x001/x234/067": Tile(0, 1234067),
    "tile/0/273.p/112": Tile(0, 273, 112),
    "tile/1/001.p/17": Tile(1, 1, 17),
    "tile/2/000.p/1": Tile(2, 0, 1),
    "tile/63/000": Tile(63, 0),
    "tile/entries/x001/000": Tile(None, 1000),
    "tile/entries/000.p/255": Tile(None, 0, 255),
}


@pytest.mark.parametrize(("path", "tile"), PATHS.items(), ids=PATHS.keys())
def test_path_names_one_tile(path: str, tile: Tile) -> None:
    assert Tile.from_path(path) == tile
    assert tile.path == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/000",
        "tile/0/001/234",
        "tile/0/x001",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/",
        "tile/0/000\n",
        "tile/0/\u0660\u0660\u0660",
        "tile/entries/../000",
        "../ledger.db",
    ],
)
def test_path_of_another_form_is_refused(path: str, tmp_path: Path) -> None:
    log = filled(tmp_path)
    assert tiles.read(log.store, "tile/0/000.p/5").content
    with pytest.raises(DecodeError, match="path"):
        tiles.read(log.store, path)


@settings(max_examples=300)
@given(
    level=st.none() | st.integers(0, 63),
    index=st.integers(0, 10**12),
    width=st.integers(1, 256),
)
def test_every_tile_has_a_path_that_names_it(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.from_path(tile.path) == tile


def large_store(folder: Path, size: int) -> tuple[LogStore, Tree]:
    """A store of entries that are no entries: tiles do not look inside."""
    store, tree = LogStore(folder / "large.db", create=True), Tree()
    entries = [position.to_bytes(4, "big") for position in range(size)]
    for data in entries:
        tree.append(leaf_hash(data))
    with store.writing():
        store.append(Frontier(), entries)
    bare = Checkpoint(ORIGIN, size, tree.root())
    with store.writing():
        store.put_checkpoint(sign_checkpoint(bare, LOG_KEY, now=NOW))
    return store, tree


def test_tiles_of_a_tree_carry_its_hashes(tmp_path: Path) -> None:
    store, tree = large_store(tmp_path, 700)
    first = tiles.hashes(tiles.read(store, "tile/0/000").content, 256)
    assert first == [tree.node(0, i) for i in range(256)]
    partial = tiles.hashes(tiles.read(store, "tile/0/002.p/188").content, 188)
    assert partial == [tree.node(0, 512 + i) for i in range(188)]
    upper = tiles.hashes(tiles.read(store, "tile/1/000.p/2").content, 2)
    # By hand: a hash of level 1 is the root over a full tile of level 0.
    level = first
    while len(level) > 1:
        level = [node_hash(a, b) for a, b in zip(level[::2], level[1::2], strict=True)]
    assert upper == [level[0], tree.node(8, 1)]
    entries = tiles.unbundle(tiles.read(store, "tile/entries/002.p/188").content, 188)
    assert entries == [i.to_bytes(4, "big") for i in range(512, 700)]
    for absent in (
        "tile/0/002",
        "tile/0/002.p/189",
        "tile/0/003.p/1",
        "tile/1/000.p/3",
        "tile/1/001.p/1",
        "tile/2/000.p/1",
        "tile/9/000.p/1",
        "tile/63/000.p/1",
        "tile/entries/002.p/189",
    ):
        with pytest.raises(LedgerError, match="no such tile"):
            tiles.read(store, absent)


def test_only_what_a_checkpoint_covers_is_given_out(tmp_path: Path) -> None:
    store, _ = large_store(tmp_path, 3)
    with store.writing():
        grown = Frontier()
        for data in store.entries():
            grown.append(leaf_hash(data))
        store.append(grown, [b"not signed over yet"])
    assert tiles.read(store, "tile/entries/000.p/3").content
    with pytest.raises(LedgerError, match="no such tile"):
        tiles.read(store, "tile/entries/000.p/4")


def test_reader_needs_nothing_but_the_read_side(tmp_path: Path) -> None:
    log, reader = filled(tmp_path), LedgerReader(PINS)
    answer = tiles.read(log.store, "checkpoint")
    assert (answer.content_type, answer.immutable) == ("text/plain; charset=utf-8", False)
    size = Checkpoint.from_note(answer.content).size
    fetched: list[bytes] = []
    for tile in tiles.tiles(size):
        entries = tiles.read(log.store, tile.path)
        assert entries.immutable
        fetched += tiles.unbundle(entries.content, tile.width)
    reader.update(answer.content, fetched, [], now=NOW)
    assert reader.size == 5


def test_tiles_to_fetch_begin_with_the_one_that_was_partial() -> None:
    assert tiles.tiles(5) == [Tile(None, 0, 5)]
    assert tiles.tiles(256) == [Tile(None, 0)]
    assert tiles.tiles(700, known=300) == [Tile(None, 1), Tile(None, 2, 188)]
    assert tiles.tiles(512, known=256) == [Tile(None, 1)]
    assert tiles.tiles(512, known=512) == []


def test_empty_log_has_nothing_to_read(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    for path in ("checkpoint", "tile/0/000.p/1"):
        with pytest.raises(LedgerError, match="empty"):
            tiles.read(log.store, path)
    log.append(genesis())
    assert tiles.read(log.store, "checkpoint").content


def test_bundle_of_entries_has_one_reading() -> None:
    entries = [b"", b"a", b"bc" * 300]
    data = tiles.bundle(entries)
    assert data[:5] == b"\0\0\0\1a"
    assert tiles.unbundle(data, 3) == entries
    for wrong, width in ((data, 2), (data, 4), (data + b"\0", 3), (data + b"\0\0", 3)):
        with pytest.raises(DecodeError, match="entries"):
            tiles.unbundle(wrong, width)
    for length in range(len(data)):
        with pytest.raises(DecodeError, match="entries"):
            tiles.unbundle(data[:length], 3)
    with pytest.raises(DecodeError, match="tile"):
        tiles.hashes(bytes(33), 1)
