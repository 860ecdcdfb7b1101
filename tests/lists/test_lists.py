"""Lists from their owner's files to a holder's list proof."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zkproof import bbs
from zkproof.codec import decode, encode
from zkproof.credential.list_proof import Gap, Membership
from zkproof.errors import DecodeError, IssuanceError, UsageError
from zkproof.ledger.merkle import leaf_hash
from zkproof.lists.bucket import Bucket, bucket_bits, bucket_of, buckets_of
from zkproof.lists.fetch import Source, fetch, folder_source
from zkproof.lists.publish import (
    Published,
    publish_gaps,
    publish_members,
    publish_status,
    version_folder,
)
from zkproof.trust import ListKind, ListVersion

KEY = bbs.keygen(b"\x31" * 32)
LIST = "did:web:owner.example#list"
PUBLISH: dict[ListKind, Callable[[Path, Sequence[int]], Published]] = {
    ListKind.STATUS: lambda root, e: publish_status(root, KEY, LIST, 7, sorted(e), len(e)),
    ListKind.MEMBERS: lambda root, e: publish_members(root, KEY, LIST, 7, e),
    ListKind.GAPS: lambda root, e: publish_gaps(root, KEY, LIST, 7, e),
}
KINDS = list(ListKind)


def version(of: ListKind, made: Published, **changes: object) -> ListVersion:
    found = ListVersion(
        LIST, of, KEY.public_key.octets, 7, 0, 86_400, count=made.count, root=made.root
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def some(count: int) -> list[int]:
    return sorted(secrets.SystemRandom().sample(range(1, 1 << 40), count))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 2, 40, 3000])
def test_every_element_is_found_in_its_bucket(tmp_path: Path, kind: ListKind, count: int) -> None:
    elements = some(count)
    made = PUBLISH[kind](tmp_path, elements)
    assert made.count == count
    files = sorted(made.folder.iterdir())
    expected = buckets_of(kind, count) + (kind is ListKind.GAPS)
    assert len(files) == expected
    assert sum(file.stat().st_size for file in files) == made.octets
    told, source = version(kind, made), folder_source(tmp_path)
    for element in (elements[0], elements[-1], elements[count // 2]):
        if kind is ListKind.GAPS:
            assert fetch(source, told, element) is None, "listed: inside no gap"
            beside = element + 1
            found = fetch(source, told, beside)
            assert isinstance(found, Gap) is (beside not in elements)
            assert not isinstance(found, Gap) or found.low == element < beside < found.high
        else:
            found = fetch(source, told, element)
            assert isinstance(found, Membership)
            assert found.element == element
    if kind is not ListKind.GAPS:
        assert fetch(source, told, elements[0] + 1) is None or elements[0] + 1 in elements


def test_empty_lists(tmp_path: Path) -> None:
    source = folder_source(tmp_path)
    nobody = PUBLISH[ListKind.STATUS](tmp_path / "a", [])
    assert fetch(folder_source(tmp_path / "a"), version(ListKind.STATUS, nobody), 5) is None
    free = PUBLISH[ListKind.GAPS](tmp_path, [])
    found = fetch(source, version(ListKind.GAPS, free), 5)
    assert isinstance(found, Gap)
    assert (found.low, found.high) == (0, 1 << 40)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(listed=st.sets(st.integers(1, 60), max_size=30), value=st.integers(1, 60))
def test_gaps_cover_the_line_once(
    tmp_path_factory: pytest.TempPathFactory, listed: set[int], value: int
) -> None:
    root = tmp_path_factory.mktemp("gaps")
    made = publish_gaps(root, KEY, LIST, 7, sorted(listed))
    found = fetch(folder_source(root), version(ListKind.GAPS, made), value)
    assert (found is None) is (value in listed)
    if isinstance(found, Gap):
        assert found.low < value < found.high
        assert not any(found.low < each < found.high for each in listed)


@pytest.mark.parametrize(
    ("kind", "elements", "match"),
    [
        (ListKind.STATUS, [5, 5], "ascend"),
        (ListKind.STATUS, [0], "ascend"),
        (ListKind.STATUS, [1 << 40], "ascend"),
        (ListKind.MEMBERS, [5, 5], "each once"),
        (ListKind.MEMBERS, [-1], "each once"),
        (ListKind.GAPS, [5, 5], "listed twice"),
        (ListKind.GAPS, [0], "strictly between"),
        (ListKind.GAPS, [1 << 40], "strictly between"),
    ],
)
def test_what_an_owner_must_not_publish_is_refused(
    tmp_path: Path, kind: ListKind, elements: list[int], match: str
) -> None:
    with pytest.raises(UsageError, match=match):
        PUBLISH[kind](tmp_path, elements)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()], "nothing is left behind"
    PUBLISH[kind](tmp_path, [5, 6])


def test_number_of_identifiers_is_checked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="announced"):
        publish_status(tmp_path, KEY, LIST, 7, iter([1, 2, 3]), 4)
    publish_status(tmp_path, KEY, LIST, 7, iter([1, 2, 3, 4]), 4)


def test_version_is_published_once(tmp_path: Path) -> None:
    first = PUBLISH[ListKind.MEMBERS](tmp_path, [1, 2])
    with pytest.raises(UsageError, match="published already"):
        PUBLISH[ListKind.MEMBERS](tmp_path, [1, 2, 3])
    assert fetch(folder_source(tmp_path), version(ListKind.MEMBERS, first), 2) is not None


def test_interrupted_publication_leaves_no_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at each step in turn: there is no version, and publishing again works."""

    class Killed(BaseException):
        pass

    for step in range(6):
        calls = iter(range(100))

        def dying(*arguments: int, step: int = step, calls: object = calls) -> None:
            if next(calls) == step:  # type: ignore[call-overload]
                raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", dying)
            try:
                PUBLISH[ListKind.GAPS](tmp_path, some(3000))
            except Killed:
                pass
            else:
                break
        folder = version_folder(tmp_path, LIST, 7)
        if folder.exists():  # renamed, and killed only while syncing the parent
            assert (folder / "bucket-2").exists()
            break
        assert not list(tmp_path.rglob("bucket-*"))
    else:
        pytest.fail("never got through")


def tampered(source: Source, change: Callable[[bytes], bytes]) -> Source:
    return lambda path: change(source(path)) if "bucket" in path else source(path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_octet_of_a_bucket_matters(tmp_path: Path, kind: ListKind) -> None:
    made = PUBLISH[kind](tmp_path, [5, 9, 100])
    told, source = version(kind, made), folder_source(tmp_path)
    value = 6 if kind is ListKind.GAPS else 9
    assert fetch(source, told, value) is not None
    size = (made.folder / "bucket-0").stat().st_size
    for position in range(size):

        def flip(data: bytes, position: int = position) -> bytes:
            return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]

        with pytest.raises(DecodeError):
            fetch(tampered(source, flip), told, value)
    for other in (b"", b"\xa0", bytes(1 << 21)):

        def foreign(_: bytes, other: bytes = other) -> bytes:
            return other

        with pytest.raises(DecodeError):
            fetch(tampered(source, foreign), told, value)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"root": bytes(32)}, "does not lead to the root"),
        ({"version": 8}, "cannot be read"),
        ({"count": 5000}, "another list, version or place|cannot be read"),
        ({"list_id": LIST + "x"}, "cannot be read"),
        ({"kind": ListKind.MEMBERS}, "another list, version or place"),
        ({"public_key": bbs.keygen(b"\x32" * 32).public_key.octets}, "not the owner's"),
    ],
)
def test_bucket_is_held_against_the_ledger(
    tmp_path: Path, change: dict[str, object], match: str
) -> None:
    made = PUBLISH[ListKind.STATUS](tmp_path, [5, 9])
    source = folder_source(tmp_path)
    assert fetch(source, version(ListKind.STATUS, made), 9) is not None
    with pytest.raises((DecodeError, UsageError, IssuanceError), match=match):
        fetch(source, version(ListKind.STATUS, made, **change), 9)


def test_owner_who_signs_a_bad_token_is_noticed(tmp_path: Path) -> None:
    """The root is right, the token is not: somebody watches whose proofs fail."""
    made = PUBLISH[ListKind.STATUS](tmp_path, [5, 9])
    file = made.folder / "bucket-0"
    table = decode(file.read_bytes(), field="bucket")
    inner = decode(table["payload"], field="payload")
    first, second = inner["entries"][:53], inner["entries"][53:]
    inner["entries"] = first[:5] + second[5:] + second
    payload = encode(inner)
    file.write_bytes(encode({"payload": payload, "path": []}))
    told = version(ListKind.STATUS, made, root=leaf_hash(payload))
    source = folder_source(tmp_path)
    assert fetch(source, told, 9) is not None
    with pytest.raises(IssuanceError, match="not the owner's for this element"):
        fetch(source, told, 5)


def test_order_and_range_of_entries_are_checked(tmp_path: Path) -> None:
    made = PUBLISH[ListKind.GAPS](tmp_path, [5, 9])
    data = (made.folder / "bucket-0").read_bytes()
    Bucket.read(data, version(ListKind.GAPS, made), 0)
    inner = decode(decode(data, field="bucket")["payload"], field="payload")
    size = 92
    gaps = [inner["entries"][i : i + size] for i in range(0, 3 * size, size)]
    for wrong in (gaps[::-1], [gaps[0], gaps[2], gaps[2]], [gaps[0][:-1], gaps[1], gaps[2]]):
        payload = encode({**inner, "entries": b"".join(wrong)})
        told = version(ListKind.GAPS, made, root=leaf_hash(payload))
        with pytest.raises(DecodeError, match="entries"):
            Bucket.read(encode({"payload": payload, "path": []}), told, 0)


@pytest.mark.parametrize("format_", [True, 2, "1"])
def test_bucket_of_another_format_is_refused(tmp_path: Path, format_: object) -> None:
    made = PUBLISH[ListKind.GAPS](tmp_path, [5])
    inner = decode(
        decode((made.folder / "bucket-0").read_bytes(), field="bucket")["payload"], field="payload"
    )

    def read(number: object) -> Bucket:
        payload = encode({**inner, "format": number})
        told = version(ListKind.GAPS, made, root=leaf_hash(payload))
        return Bucket.read(encode({"payload": payload, "path": []}), told, 0)

    assert read(1).find(7) is not None
    with pytest.raises(DecodeError, match=r"bucket\.format"):
        read(format_)


def test_buckets_hide_who_fetches() -> None:
    """About a thousand entries in each, whatever the number of entries."""
    for count in (1, 1024, 1600, 5000, 100_000, 1_000_000, 10_000_000):
        assert count / (1 << bucket_bits(count)) < 1537
        assert count < 1024 or count / (1 << bucket_bits(count)) > 767
    counts = [0] * 16
    for element in some(4000):
        counts[bucket_of(ListKind.STATUS, element, 4)] += 1
    assert max(counts) < 400
    assert min(counts) > 150
