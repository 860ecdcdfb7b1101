"""The owner's side: files of a version, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.lists.building import FORMS, KEY, edition, publish, small_cells, some
from zkproof.errors import ConflictError, UsageError
from zkproof.lists import layout
from zkproof.lists.publish import publish_status
from zkproof.lists.writing import version_folder
from zkproof.trust import ListKind, Spread

__all__ = ["small_cells"]
STATUS = (ListKind.STATUS, Spread.PREFIX)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [0, 1, 3, 900])
@pytest.mark.usefixtures("small_cells")
def test_all_cell_files_have_one_length(
    tmp_path: Path, form: tuple[ListKind, Spread], count: int
) -> None:
    """Or the network sees which one was fetched."""
    made = publish(tmp_path, *form, some(count))
    cells = [each for each in made.folder.iterdir() if each.name.startswith("cell-")]
    assert len(cells) == 1 << made.bits
    assert (made.bits > 0) is (count == 900)
    assert len({each.stat().st_size for each in cells}) == 1
    assert made.octets == sum(each.stat().st_size for each in made.folder.iterdir())
    wide = made.folder / "wide"
    assert wide.exists() is (form == (ListKind.GAPS, Spread.BLOCK) and made.bits > 0)


@pytest.mark.usefixtures("small_cells")
def test_fewer_bits_where_a_cell_would_have_too_few_tokens(tmp_path: Path) -> None:
    """Elements of a few blocks only: honest, and unevenly spread."""
    uneven = [block * 256 + k for block in range(3) for k in range(100)]
    made = publish(tmp_path, ListKind.MEMBERS, Spread.BLOCK, uneven)
    even = publish(tmp_path / "even", ListKind.MEMBERS, Spread.HASH, uneven)
    assert made.bits < even.bits == layout.most_bits(ListKind.MEMBERS, 300, 8)


@pytest.mark.parametrize(
    ("form", "entries", "match"),
    [
        (STATUS, [5, 5], "ascend"),
        (STATUS, [0], "ascend"),
        (STATUS, [1 << 40], "ascend"),
        ((ListKind.MEMBERS, Spread.HASH), [5, 5], "each once"),
        ((ListKind.MEMBERS, Spread.HASH), [-1], "each once"),
        ((ListKind.MEMBERS, Spread.BLOCK), [1 << 40], "2\\^40"),
        ((ListKind.GAPS, Spread.BLOCK), [5, 5], "listed twice"),
        ((ListKind.GAPS, Spread.PREFIX), [0], "strictly between"),
        ((ListKind.GAPS, Spread.BLOCK), [1 << 40], "strictly between"),
    ],
)
def test_what_an_owner_must_not_publish_is_refused(
    tmp_path: Path, form: tuple[ListKind, Spread], entries: list[int], match: str
) -> None:
    with pytest.raises(UsageError, match=match):
        publish(tmp_path, *form, entries)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()], "nothing is left behind"
    publish(tmp_path, *form, [5, 6])


def test_number_of_identifiers_is_checked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="announced"):
        publish_status(tmp_path, KEY, edition(*STATUS), iter([1, 2, 3]), 4)
    publish_status(tmp_path, KEY, edition(*STATUS), iter([1, 2, 3, 4]), 4)


def test_version_is_published_once(tmp_path: Path) -> None:
    first = publish(tmp_path, *STATUS, [1, 2])
    with pytest.raises(ConflictError, match="published already"):
        publish(tmp_path, *STATUS, [1, 2, 3])
    assert sorted(each.name for each in first.folder.iterdir()) == ["cell-00-0000", "summary"]


@pytest.mark.usefixtures("small_cells")
def test_interrupted_publication_leaves_no_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at each step in turn: there is no version, and publishing again works."""

    class Killed(BaseException):
        pass

    for step in range(20):
        calls = iter(range(1000))

        def dying(*arguments: int, step: int = step, calls: object = calls) -> None:
            if next(calls) == step:  # type: ignore[call-overload]
                raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", dying)
            try:
                publish(tmp_path, ListKind.GAPS, Spread.BLOCK, some(100))
            except Killed:
                pass
            else:
                break
        folder = version_folder(tmp_path, edition(*STATUS).list_id, 7)
        if folder.exists():  # renamed, and killed only while syncing the parent
            assert (folder / "summary").exists()
            break
        assert not [each for each in tmp_path.rglob("*") if each.is_file()]
    else:
        pytest.fail("never got through")
