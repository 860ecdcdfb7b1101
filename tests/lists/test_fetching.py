"""The holder's side: what is found, and what a hostile server or owner gets away with."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lists.building import (
    FORMS,
    KEY,
    LIST,
    Recorder,
    edition,
    publish,
    recorder,
    small_cells,
    some,
    version,
)
from zkproof import bbs
from zkproof.codec import decode, encode
from zkproof.credential.list_proof import Gap, Membership
from zkproof.errors import ConflictError, DecodeError, IssuanceError, NotFoundError, ZkProofError
from zkproof.ledger.merkle import Tree, inclusion_proof, leaf_hash
from zkproof.lists import layout
from zkproof.lists.address import address, cell_of
from zkproof.lists.cell import cell_file, cell_payload
from zkproof.lists.complaint import Complaint, check_complaint
from zkproof.lists.fetch import fetch
from zkproof.lists.judging import OwnerContradiction
from zkproof.lists.layout import cell_name, version_path
from zkproof.lists.source import Source, folder_source
from zkproof.lists.summary import Summary
from zkproof.trust import ListKind, ListVersion, Spread

__all__ = ["small_cells"]
STATUS = (ListKind.STATUS, Spread.PREFIX)
GAPS = (ListKind.GAPS, Spread.BLOCK)
small = pytest.mark.usefixtures("small_cells")


@small
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [1, 2, 40, 900])
def test_every_element_is_found(tmp_path: Path, form: tuple[ListKind, Spread], count: int) -> None:
    kind, spread = form
    entries = some(count)
    made = publish(tmp_path, kind, spread, entries)
    told, source = version(kind, spread, count, made.root), folder_source(tmp_path)
    picked = entries[:: max(1, count // 40)]
    beside = [each + 1 for each in picked if each + 1 < 1 << 40]
    proofs = fetch(source, told, spread, [*picked, *beside]).proofs
    for element in picked:
        found = proofs[element]
        if kind is ListKind.GAPS:
            assert found is None, "listed: inside no gap"
        else:
            assert isinstance(found, Membership)
            assert found.element == element
    for value in beside:
        found = proofs[value]
        if kind is ListKind.GAPS:
            assert isinstance(found, Gap) is (value not in entries)
            assert not isinstance(found, Gap) or found.low < value < found.high
        else:
            assert (found is None) is (value not in entries)


def test_a_list_of_real_size_is_cut_and_shows_few_bits(tmp_path: Path) -> None:
    entries = some(40_000)
    made = publish(tmp_path, *STATUS, entries)
    told, source = version(*STATUS, 40_000, made.root), recorder(tmp_path)
    assert made.bits == 4
    found = fetch(source, told, Spread.PREFIX, [entries[77]])
    assert found.bits == 3
    assert found.proofs[entries[77]] is not None
    start = cell_of(Spread.PREFIX, entries[77], 3) * 2
    assert set(source.asked) == {"summary", cell_name(4, start), cell_name(4, start + 1)}


def test_empty_lists(tmp_path: Path) -> None:
    nobody = publish(tmp_path / "a", *STATUS, [])
    told = version(*STATUS, 0, nobody.root)
    assert fetch(folder_source(tmp_path / "a"), told, Spread.PREFIX, [5]).proofs == {5: None}
    free = publish(tmp_path, *GAPS, [])
    told = version(*GAPS, 0, free.root)
    found = fetch(folder_source(tmp_path), told, Spread.BLOCK, [5]).proofs[5]
    assert isinstance(found, Gap)
    assert (found.low, found.high) == (0, 1 << 40)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(listed=st.sets(st.integers(1, 60), max_size=30), value=st.integers(1, 60))
def test_gaps_cover_what_is_not_listed(
    tmp_path_factory: pytest.TempPathFactory, listed: set[int], value: int
) -> None:
    root = tmp_path_factory.mktemp("gaps")
    made = publish(root, *GAPS, sorted(listed))
    told = version(*GAPS, len(listed), made.root)
    found = fetch(folder_source(root), told, Spread.BLOCK, [value]).proofs[value]
    assert (found is None) is (value in listed)
    if isinstance(found, Gap):
        assert found.low < value < found.high
        assert not any(found.low < each < found.high for each in listed)


def test_another_ledgers_version_is_not_believed(tmp_path: Path) -> None:
    """Tokens and gaps cover the ledger: same owner, key, list and version on another ledger."""
    for form in (STATUS, GAPS):
        made = publish(tmp_path / form[0], *form, [5, 9])
        source, told = folder_source(tmp_path / form[0]), version(*form, 2, made.root)
        value = 9 if form is STATUS else 7
        assert fetch(source, told, form[1], [value]).proofs[value] is not None
        with pytest.raises(IssuanceError):
            fetch(source, replace(told, ledger_id="ledger.other"), form[1], [value])


# Before anything depends on a value


@pytest.mark.parametrize("count", [768 << 40, (1 << 53) - 1, (1 << 32) + 1])
def test_impossible_number_of_entries_is_refused_before_any_request(count: int) -> None:
    source = Recorder(lambda path, most: b"")
    with pytest.raises(DecodeError, match="count"):
        fetch(source, version(*STATUS, count, bytes(32)), Spread.PREFIX, [5])
    assert not source.asked
    with pytest.raises(DecodeError, match="summary"):
        fetch(source, version(*STATUS, 1 << 32, bytes(32)), Spread.PREFIX, [5])
    assert source.asked == ["summary"]


def test_cap_out_of_range_and_another_spread_are_refused_before_any_request() -> None:
    source = Recorder(lambda path, most: b"")
    told = version(*STATUS, 5, bytes(32))
    with pytest.raises(DecodeError, match="bits_cap"):
        fetch(source, replace(told, bits_cap=15), Spread.PREFIX, [5])
    with pytest.raises(DecodeError, match="spread"):
        fetch(source, told, Spread.BLOCK, [5])
    assert not source.asked
    with pytest.raises(DecodeError, match="summary"):
        fetch(source, told, Spread.PREFIX, [5])


def test_requests_before_the_summary_holds_are_the_same_for_all_values() -> None:
    told = version(*STATUS, 10**6, bytes(32))
    seen = set()
    for value in some(300):
        source = Recorder(lambda path, most: b"\xa0")
        with pytest.raises(DecodeError):
            fetch(source, told, Spread.PREFIX, [value])
        seen.add(tuple(source.asked))
    assert seen == {("summary",)}


def drawn(count: int, bits: int, rng: random.Random) -> tuple[int, ...]:
    """Counts of cells that a hostile owner may commit to: at least 1024 each."""
    spare = count - (1024 << bits)
    cuts = sorted(rng.randint(0, spare) for _ in range((1 << bits) - 1))
    return tuple(1024 + b - a for a, b in zip([0, *cuts], [*cuts, spare], strict=True))


def committed(count: int, bits: int, counts: tuple[int, ...], cap: int = 8) -> tuple[bytes, bytes]:
    """A summary that somebody wrote without making its cells, and its root."""
    made = replace(edition(*STATUS), bits_cap=cap)
    data = Summary(made, count, bits, counts, bytes(32), None).to_bytes()
    return data, leaf_hash(data)


def test_hostile_owner_tells_no_two_values_of_one_address_apart() -> None:
    """Forty versions of an owner's choice; the requests depend on eight bits of the address."""
    rng = random.Random(1)
    values = [*some(100), *range(5, 1 << 40, 1 << 32)]
    sequences: dict[int, list[tuple[str, ...]]] = {value: [] for value in values}
    for _ in range(40):
        count = rng.choice((300_000, 10**6, 4 * 10**6))
        bits = rng.randint(0, layout.most_bits(ListKind.STATUS, count, 8))
        data, root = committed(count, bits, drawn(count, bits, rng))
        told = version(*STATUS, count, root)
        for value in values:
            source = Recorder(lambda path, most, d=data: d if "summary" in path else b"")  # type: ignore[misc]
            with pytest.raises(DecodeError):
                fetch(source, told, Spread.PREFIX, [value])
            sequences[value].append(tuple(sorted(source.asked)))
    by_address: dict[int, list[tuple[str, ...]]] = {}
    for value in values:
        known = by_address.setdefault(address(Spread.PREFIX, value) >> 24, sequences[value])
        assert known == sequences[value]
    classes = {tuple(each) for each in sequences.values()}
    assert 1 < len(classes) <= 256


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"count": 200_000}, "count"),
        ({"root": bytes(32)}, "root"),
        ({"version": 8}, "version"),
        ({"list_id": LIST + "x"}, "list"),
        ({"kind": ListKind.MEMBERS}, "kind"),
    ],
)
def test_summary_is_compared_with_the_ledger(change: dict[str, object], match: str) -> None:
    data, root = committed(100_000, 5, drawn(100_000, 5, random.Random(2)))
    told = version(*STATUS, 100_000, root)
    assert Summary.read(data, told).bits == 5
    with pytest.raises(DecodeError, match=match):
        Summary.read(data, replace(told, **change))  # type: ignore[arg-type]


def test_summary_with_too_many_bits_or_too_small_cells_is_refused() -> None:
    rng = random.Random(3)
    good = drawn(100_000, 5, rng)
    data, root = committed(100_000, 5, good)
    Summary.read(data, version(*STATUS, 100_000, root))
    data, root = committed(100_000, 6, drawn(100_000, 6, rng), cap=14)
    with pytest.raises(DecodeError, match="bits"):
        Summary.read(data, version(*STATUS, 100_000, root, bits_cap=14))
    tiny = (10, good[0] + good[1] - 10, *good[2:])
    data, root = committed(100_000, 5, tiny)
    with pytest.raises(DecodeError, match="less than 1024"):
        Summary.read(data, version(*STATUS, 100_000, root))
    more = (good[0] + 1, *good[1:])
    data, root = committed(100_000, 5, more)
    with pytest.raises(DecodeError, match="add up"):
        Summary.read(data, version(*STATUS, 100_000, root))
    many = replace(edition(*GAPS), bits_cap=8)
    for each, holds in ((17 * 30_001 // 8, True), (17 * 30_001 // 8 + 2, False)):
        told = Summary(many, 30_000, 3, (each,) * 8, bytes(32), None)
        table = decode(told.to_bytes(), field="summary")
        data = encode({**table, "wide": [100, bytes(32)]})
        listed = version(*GAPS, 30_000, leaf_hash(data))
        if holds:
            Summary.read(data, listed)
        else:
            with pytest.raises(DecodeError, match="more gaps"):
                Summary.read(data, listed)


@pytest.mark.parametrize("name", ["format", "bits", "count", "version", "length", "counts", "wide"])
def test_every_field_of_a_summary_is_checked(name: str) -> None:
    data, root = committed(100_000, 5, drawn(100_000, 5, random.Random(4)))
    Summary.read(data, version(*STATUS, 100_000, root))
    table = decode(data, field="summary")
    for wrong in (True, -1, b"", "x", None if name != "wide" else [1, bytes(32)]):
        other = encode({**table, name: wrong})
        with pytest.raises(DecodeError):
            Summary.read(other, version(*STATUS, 100_000, leaf_hash(other)))


# After the plan was fetched


@small
@pytest.mark.parametrize("form", FORMS)
def test_every_octet_of_every_file_matters(tmp_path: Path, form: tuple[ListKind, Spread]) -> None:
    kind, spread = form
    entries = [5, 9, 100, *some(300)]
    made = publish(tmp_path, kind, spread, entries)
    told, source = version(kind, spread, len(entries), made.root), folder_source(tmp_path)
    value = 6 if kind is ListKind.GAPS else 9
    assert fetch(source, told, spread, [value]).proofs[value] is not None
    asked = recorder(tmp_path)
    fetch(asked, told, spread, [value])
    for name in asked.asked:
        size = (made.folder / name).stat().st_size
        for position in {*range(0, min(300, size)), *range(300, size, 397), size - 1}:

            def flipped(path: str, most: int, n: str = name, at: int = position) -> bytes:
                data = source(path, most)
                if not path.endswith(n):
                    return data
                return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

            with pytest.raises(DecodeError):
                fetch(flipped, told, spread, [value])
        for change in (b"", b"\xa0"):

            def foreign(path: str, most: int, n: str = name, other: bytes = change) -> bytes:
                return other if path.endswith(n) else source(path, most)

            with pytest.raises(DecodeError):
                fetch(foreign, told, spread, [value])

        def longer(path: str, most: int, n: str = name) -> bytes:
            return source(path, most) + (b"\0" if path.endswith(n) else b"")

        with pytest.raises(DecodeError):
            fetch(longer, told, spread, [value])


@small
def test_another_cell_is_not_taken_for_the_one_asked_for(tmp_path: Path) -> None:
    entries = some(900)
    made = publish(tmp_path, *STATUS, entries)
    told, source = version(*STATUS, 900, made.root), folder_source(tmp_path)
    mine = cell_name(made.bits, cell_of(Spread.PREFIX, entries[0], made.bits))
    other = cell_name(made.bits, cell_of(Spread.PREFIX, entries[-1], made.bits))
    fetch(source, told, Spread.PREFIX, [entries[0]])
    with pytest.raises(DecodeError, match="does not lead to the root"):
        fetch(
            lambda path, most: source(path.replace(mine, other), most),
            told,
            Spread.PREFIX,
            [entries[0]],
        )


Cells = dict[int, list[tuple[int, bytes]]]


def recommitted(
    folder: Path, bits: int, count: int, change: Callable[[Cells], None], *, counts: bool = False
) -> ListVersion:
    """The files again, as an owner who cheats would commit to them: tokens by cell were changed.

    With ``counts`` the summary says what was true before the change.
    """
    read = {
        number: decode(
            decode((folder / cell_name(bits, number)).read_bytes(), field="cell")["payload"],
            field="payload",
        )
        for number in range(1 << bits)
    }
    cells: Cells = {}
    for number, inner in read.items():
        used = inner["entries"][: 53 * int.from_bytes(inner["count"], "big")]
        cells[number] = [
            (int.from_bytes(used[i : i + 5], "big"), used[i + 5 : i + 53])
            for i in range(0, len(used), 53)
        ]
    before = tuple(len(each) for each in cells.values())
    change(cells)
    said = before if counts else tuple(len(each) for each in cells.values())
    made = edition(*STATUS)
    length = layout.padded_length(ListKind.STATUS, max(said))
    payloads = [
        cell_payload(
            made,
            number,
            b"".join(element.to_bytes(5, "big") + token for element, token in sorted(each)),
            length,
        )
        for number, each in cells.items()
    ]
    tree = Tree(leaf_hash(each) for each in payloads)
    for number, payload in enumerate(payloads):
        path = inclusion_proof(tree.node, number, 1 << bits)
        (folder / cell_name(bits, number)).write_bytes(cell_file(payload, path))
    data = Summary(made, count, bits, said, tree.root(), None).to_bytes()
    (folder / "summary").write_bytes(data)
    return version(*STATUS, count, leaf_hash(data))


@small
def test_owner_who_cheats_inside_a_cell_is_found_out_and_kept(tmp_path: Path) -> None:
    """The root is right; what lies beneath it is not a crowd that the owner signed for."""
    entries = some(900)
    value = entries[0]
    source = folder_source(tmp_path)
    made = publish(tmp_path, *STATUS, entries)

    def again(change: Callable[[Cells], None], **more: bool) -> ListVersion:
        return recommitted(made.folder, made.bits, 900, change, **more)

    honest = again(lambda cells: None)
    assert fetch(source, honest, Spread.PREFIX, [value]).proofs[value] is not None

    def stranger(cells: Cells) -> None:
        """Another record's token for somebody in the same cell."""
        cells[0][-1] = (cells[0][-1][0], cells[0][-2][1])

    def shifted(cells: Cells) -> None:
        """A cell of two, where the summary says more."""
        cells[0] = cells[0][:2]

    def filled(cells: Cells) -> None:
        """Entries of another cell."""
        others = [entry for cell in sorted(cells)[1:] for entry in cells[cell]]
        cells[0][1:] = others[: len(cells[0]) - 1]

    def repeated(cells: Cells) -> None:
        cells[0] = [cells[0][0]] * len(cells[0])

    for change, match in (
        (stranger, "not all are the owner's"),
        (shifted, "not what the summary says"),
        (filled, "belongs to another cell"),
        (repeated, "ascending"),
    ):
        publish(tmp_path / change.__name__, *STATUS, entries)
        folder = tmp_path / change.__name__ / version_path(LIST, 7)
        told = recommitted(folder, made.bits, 900, change, counts=True)
        asked = recorder(tmp_path / change.__name__)
        with pytest.raises(OwnerContradiction, match=match) as caught:
            fetch(asked, told, Spread.PREFIX, [value])
        assert leaf_hash(caught.value.summary) == told.root
        made_known = Complaint.from_bytes(Complaint.of(told, caught.value).to_bytes())
        assert match in check_complaint(made_known, [told])
        with pytest.raises(NotFoundError, match="no version 7"):
            check_complaint(made_known, [])
        with pytest.raises(DecodeError):  # under the root of the honest version
            check_complaint(made_known, [honest])
        assert len(asked.asked) == len(set(asked.asked)), "nothing is asked for twice"


@small
def test_complaint_about_an_honest_owner_does_not_hold(tmp_path: Path) -> None:
    """Whoever complains cannot make a contradiction up: summary and file are the owner's."""
    made = publish(tmp_path, *STATUS, some(900))
    told = version(*STATUS, 900, leaf_hash((made.folder / "summary").read_bytes()))
    summary, name = (made.folder / "summary").read_bytes(), cell_name(made.bits, 1)
    file = (made.folder / name).read_bytes()
    with pytest.raises(ConflictError, match="do not contradict"):
        check_complaint(Complaint(LIST, 7, 1, summary, file), [told])
    for other in (
        Complaint(LIST, 7, 0, summary, file),
        Complaint(LIST, 7, None, summary, file),
        Complaint(LIST, 7, 1 << made.bits, summary, file),
        Complaint(LIST, 7, 1, summary, file[:-1] + b"\0"),
        Complaint(LIST, 7, 1, summary[:-1] + b"\0", file),
    ):
        with pytest.raises((DecodeError, ConflictError)):
            check_complaint(other, [told])


def test_bad_token_in_a_list_that_is_fetched_whole(tmp_path: Path) -> None:
    """Somebody watches whose proofs fail: one's own token is always checked."""
    made = publish(tmp_path, *STATUS, [5, 9])

    def exchange(cells: Cells) -> None:
        cells[0][0] = (5, cells[0][1][1])

    told = recommitted(made.folder, 0, 2, exchange)
    source = folder_source(tmp_path)
    assert fetch(source, told, Spread.PREFIX, [9]).proofs[9] is not None
    with pytest.raises(IssuanceError, match="not the owner's for this element"):
        fetch(source, told, Spread.PREFIX, [5])


def test_key_is_the_ledgers(tmp_path: Path) -> None:
    made = publish(tmp_path, *STATUS, [5, 9])
    told, source = version(*STATUS, 2, made.root), folder_source(tmp_path)
    assert fetch(source, told, Spread.PREFIX, [9]).proofs[9] is not None
    other = bbs.keygen(b"\x32" * 32).public_key.octets
    assert other != KEY.public_key.octets
    with pytest.raises(IssuanceError, match="not the owner's"):
        fetch(source, replace(told, public_key=other), Spread.PREFIX, [9])


@small
@pytest.mark.parametrize("form", [STATUS, GAPS])
def test_all_files_are_fetched_before_any_is_judged(
    tmp_path: Path, form: tuple[ListKind, Spread]
) -> None:
    """A server that sends garbage for one file sees the same requests as one that does not."""
    entries = some(900)
    made = publish(tmp_path, *form, entries)
    told, source = version(*form, 900, made.root), folder_source(tmp_path)
    value = entries[3] + 1
    honest = Recorder(source)
    fetch(honest, told, form[1], [value])
    assert len(honest.asked) > 2

    def garbage(path: str, most: int) -> bytes:
        return source(path, most) if "summary" in path else b"\xa0"

    hostile = Recorder(garbage)
    with pytest.raises(DecodeError):
        fetch(hostile, told, form[1], [value])
    assert sorted(hostile.asked) == sorted(honest.asked)


def test_list_that_a_request_names_is_fetched_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zkproof.lists import plan

    monkeypatch.setattr(layout, "WHOLE_BYTES", 53 * 40)
    monkeypatch.setattr(layout, "PER_CELL", 16)
    monkeypatch.setattr(plan, "CROWD", 32)
    entries = some(900)
    made = publish(tmp_path, *GAPS, entries)
    told = version(*GAPS, 900, made.root)
    value = entries[3] + 1
    part, whole = recorder(tmp_path), recorder(tmp_path)
    assert fetch(part, told, Spread.BLOCK, [value]).bits > 0
    assert fetch(whole, told, Spread.BLOCK, [value], whole_up_to=16 << 20).bits == 0
    assert len(part.asked) < len(whole.asked) == 2 + (1 << made.bits)


def test_download_that_is_too_large_is_refused_whatever_the_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zkproof.lists import plan

    made = publish(tmp_path, *STATUS, [5, 9])
    told, source = version(*STATUS, 2, made.root), recorder(tmp_path)
    fetch(source, told, Spread.PREFIX, [9])
    monkeypatch.setattr(plan, "MAX_PLAN_BYTES", 4000)
    source.asked.clear()
    with pytest.raises(DecodeError, match="download"):
        fetch(source, told, Spread.PREFIX, [9])
    assert source.asked == ["summary"]


def test_file_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    made = publish(tmp_path, *STATUS, [5, 9])
    told = version(*STATUS, 2, made.root)
    source: Source = folder_source(tmp_path)
    fetch(source, told, Spread.PREFIX, [9])
    with pytest.raises(NotFoundError, match="summary: cannot be read"):
        fetch(source, replace(told, version=8), Spread.PREFIX, [9])
    with pytest.raises(ZkProofError):
        fetch(folder_source(tmp_path / "nowhere"), told, Spread.PREFIX, [9])
