"""The owner's side: write one version of a list to files.

A version is one folder, ``<root>/<list>/<version>/``, of bucket files, and for exclusion lists an
``index`` of where each bucket begins. It is made beside its place and renamed, with every file and
the folder on disk, so that at every moment a version is there as a whole or not at all. Only then
does the owner anchor its root on the ledger; before that nobody believes it.

Memory is that of one bucket, and 64 octets for each bucket's hash.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from urllib.parse import quote

from zkproof.bbs.keys import SigningKey
from zkproof.credential.list_proof import sign_gap
from zkproof.curve import R
from zkproof.errors import UsageError
from zkproof.ledger.merkle import Tree, inclusion_proof, leaf_hash
from zkproof.lists.bucket import (
    ID_BITS,
    PER_BUCKET,
    Place,
    bucket_bits,
    bucket_file,
    bucket_of,
    gap_payload,
    token_payload,
)
from zkproof.sigma import signed_set
from zkproof.trust import ListKind
from zkproof_circuits.atoms.lists import GAP_RANGE

Progress = Callable[[int], None]
"""Called with the number of entries done so far."""

INDEX = "index"
_INDEX_WIDTH = 6


@dataclass(frozen=True, slots=True)
class Published:
    """What the ledger entry of a version says."""

    folder: Path
    count: int
    root: bytes
    octets: int


def version_folder(root: Path, list_id: str, version: int) -> Path:
    """Where a version's files are."""
    return root / quote(list_id, safe="") / str(version)


def publish_status(
    root: Path,
    key: SigningKey,
    list_id: str,
    version: int,
    ids: Iterable[int],
    count: int,
    *,
    progress: Progress | None = None,
) -> Published:
    """Tokens for record identifiers in good standing, which come in ascending order.

    ``count`` is how many there are; the source may be a cursor. Raises `UsageError` for identifiers
    out of order or range, another number of them, or a version that is there already.
    """
    bits = bucket_bits(count)

    def buckets() -> Iterator[bytes]:
        V = signed_set.base(ListKind.STATUS.value, list_id, version)
        done, expected = 0, 0
        grouped = groupby(_ascending(ids), lambda each: bucket_of(ListKind.STATUS, each, bits))
        for number, members in grouped:
            yield from (token_payload(place(empty), (), b"") for empty in range(expected, number))
            elements = list(members)
            yield token_payload(place(number), elements, key.secret.divide_by_sums(V, elements))
            expected, done = number + 1, done + len(elements)
            if progress is not None:
                progress(done)
        yield from (token_payload(place(empty), (), b"") for empty in range(expected, 1 << bits))
        if done != count:
            raise UsageError(f"status: {done} identifiers, {count} were announced")

    def place(number: int) -> Place:
        return Place(list_id, ListKind.STATUS, version, number, 1 << bits)

    return _write(version_folder(root, list_id, version), buckets(), count)


def publish_members(
    root: Path,
    key: SigningKey,
    list_id: str,
    version: int,
    elements: Sequence[int],
    *,
    progress: Progress | None = None,
) -> Published:
    """Tokens for the elements of a set: scalars, in any order. Raises `UsageError` for repeats."""
    if len(set(elements)) != len(elements) or any(not 0 <= each < R for each in elements):
        raise UsageError("members: scalars, each once")
    bits = bucket_bits(len(elements))
    by_bucket: list[list[int]] = [[] for _ in range(1 << bits)]
    for element in elements:
        by_bucket[bucket_of(ListKind.MEMBERS, element, bits)].append(element)

    def buckets() -> Iterator[bytes]:
        V = signed_set.base(ListKind.MEMBERS.value, list_id, version)
        done = 0
        for number, members in enumerate(by_bucket):
            members.sort()
            place = Place(list_id, ListKind.MEMBERS, version, number, 1 << bits)
            tokens = key.secret.divide_by_sums(V, members) if members else b""
            yield token_payload(place, members, tokens)
            done += len(members)
            if progress is not None:
                progress(done)

    return _write(version_folder(root, list_id, version), buckets(), len(elements))


def publish_gaps(
    root: Path,
    key: SigningKey,
    list_id: str,
    version: int,
    excluded: Sequence[int],
    *,
    progress: Progress | None = None,
) -> Published:
    """A signature for every gap between neighbours of an exclusion list, sentinels included: the
    line is covered once, and what is listed is an end of two gaps and inside none.

    Raises `UsageError` for repeats and for integers that are not strictly between 0 and 2^40.
    """
    low, high = GAP_RANGE
    if len(set(excluded)) != len(excluded):
        raise UsageError("gaps: an integer is listed twice")
    if any(not low < each < high for each in excluded):
        raise UsageError("gaps: integers strictly between 0 and 2^40")
    ends = list(pairwise([low, *sorted(excluded), high]))
    parts = [ends[i : i + PER_BUCKET] for i in range(0, len(ends), PER_BUCKET)]

    def buckets() -> Iterator[bytes]:
        done = 0
        # The kernel signs without the interpreter's lock, so threads share the work.
        with ThreadPoolExecutor() as pool:
            for number, part in enumerate(parts):
                signatures = pool.map(
                    lambda gap: sign_gap(key, list_id, version, *gap), part, chunksize=64
                )
                place = Place(list_id, ListKind.GAPS, version, number, len(parts))
                signed = [(*gap, each) for gap, each in zip(part, signatures, strict=True)]
                yield gap_payload(place, signed)
                done += len(part)
                if progress is not None:
                    progress(done)

    index = b"".join(part[0][0].to_bytes(_INDEX_WIDTH, "big") for part in parts)
    return _write(version_folder(root, list_id, version), buckets(), len(excluded), index=index)


def remove_version(root: Path, list_id: str, version: int) -> None:
    """Remove files of a version that never was anchored: the owner died between the two."""
    shutil.rmtree(version_folder(root, list_id, version), ignore_errors=True)


def _ascending(ids: Iterable[int]) -> Iterator[int]:
    last = 0
    for each in ids:
        if not last < each < 1 << ID_BITS:
            raise UsageError("status: identifiers ascend, from 1 to 2^40 - 1")
        last = each
        yield each


def _write(
    target: Path, payloads: Iterable[bytes], count: int, *, index: bytes | None = None
) -> Published:
    """Files of all payloads, each with its path to their root, then the rename."""
    if target.exists():
        raise UsageError(
            f"{target.name}: this version is published already", hint="a version never changes"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    try:
        tree = Tree()
        for number, payload in enumerate(payloads):
            (new / f"bucket-{number}").write_bytes(payload)
            tree.append(leaf_hash(payload))
        octets = 0
        for number in range(len(tree)):
            path = inclusion_proof(tree.node, number, len(tree))
            file = new / f"bucket-{number}"
            octets += _write_synced(file, bucket_file(file.read_bytes(), path))
        if index is not None:
            octets += _write_synced(new / INDEX, index)
        new.chmod(0o755)  # to be served; nothing in it is secret
        _sync(new)
        os.rename(new, target)
        _sync(target.parent)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    return Published(target, count, tree.root(), octets)


def _write_synced(path: Path, data: bytes) -> int:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return len(data)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
