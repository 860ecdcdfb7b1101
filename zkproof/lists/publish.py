"""The owner's side: sign the entries of one version of a list and write its files.

Only when they are written does the owner anchor their root on the ledger; before that nobody
believes them. A version never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, pairwise
from pathlib import Path
from typing import TypeVar

from zkproof.bbs.keys import SigningKey
from zkproof.credential.list_proof import sign_gap
from zkproof.curve import R
from zkproof.errors import UsageError
from zkproof.lists.address import ID_BITS
from zkproof.lists.entries import gap_entry, token_entries
from zkproof.lists.layout import Edition
from zkproof.lists.writing import Draft, Published, draft
from zkproof.sigma import signed_set
from zkproof.trust import MAX_COUNT, ListKind, Spread
from zkproof_circuits.atoms.lists import GAP_RANGE

T = TypeVar("T")

Progress = Callable[[int], None]
"""Called with the number of entries done so far."""

_CHUNK = 2048


def publish_status(
    root: Path,
    key: SigningKey,
    edition: Edition,
    ids: Iterable[int],
    count: int,
    *,
    progress: Progress | None = None,
) -> Published:
    """Tokens for record identifiers in good standing, which come in ascending order.

    ``count`` is how many there are; the source may be a cursor. Raises `UsageError` for identifiers
    out of order or range, another number of them, or a version that is there already.
    """
    _check(edition, count, ListKind.STATUS)
    with draft(root, edition, count) as made:
        done = _sign_tokens(made, key, edition, _ascending(ids), progress)
        if done != count:
            raise UsageError(f"status: {done} identifiers, {count} were announced")
        return made.finish()


def publish_members(
    root: Path,
    key: SigningKey,
    edition: Edition,
    elements: Sequence[int],
    *,
    progress: Progress | None = None,
) -> Published:
    """Tokens for the elements of a set: scalars, in any order. Raises `UsageError` for repeats."""
    _check(edition, len(elements), ListKind.MEMBERS)
    if len(set(elements)) != len(elements) or any(not 0 <= each < R for each in elements):
        raise UsageError("members: scalars, each once")
    if edition.spread is not Spread.HASH and any(each >= GAP_RANGE[1] for each in elements):
        raise UsageError("members: integers from 0 to 2^40 - 1 in a list of that spread")
    with draft(root, edition, len(elements)) as made:
        _sign_tokens(made, key, edition, iter(sorted(elements)), progress)
        return made.finish()


def publish_gaps(
    root: Path,
    key: SigningKey,
    edition: Edition,
    excluded: Sequence[int],
    *,
    progress: Progress | None = None,
) -> Published:
    """A signature for every gap between neighbours of an exclusion list, sentinels included.

    What is listed is an end of two gaps and inside none; a gap with nothing between its ends is
    left out. Raises `UsageError` for repeats and for integers that are not strictly between 0 and
    2^40.
    """
    _check(edition, len(excluded), ListKind.GAPS)
    low, high = GAP_RANGE
    if len(set(excluded)) != len(excluded):
        raise UsageError("gaps: an integer is listed twice")
    if any(not low < each < high for each in excluded):
        raise UsageError("gaps: integers strictly between 0 and 2^40")
    ends = (pair for pair in pairwise([low, *sorted(excluded), high]) if pair[1] - pair[0] > 1)

    def sign(gap: tuple[int, int]) -> bytes:
        return sign_gap(key, edition.ledger_id, edition.list_id, edition.version, *gap)

    # The kernel signs without the interpreter's lock, so threads share the work.
    with draft(root, edition, len(excluded)) as made, ThreadPoolExecutor() as pool:
        done = 0
        for part in _chunks(ends):
            for gap, signature in zip(part, pool.map(sign, part, chunksize=64), strict=True):
                made.places.add_gap(*gap)
                made.add(gap_entry(*gap, signature))
            done += len(part)
            if progress is not None:
                progress(min(done, len(excluded)))
        return made.finish()


def _sign_tokens(
    made: Draft,
    key: SigningKey,
    edition: Edition,
    elements: Iterator[int],
    progress: Progress | None,
) -> int:
    V = signed_set.base(edition.ledger_id, edition.kind.value, edition.list_id, edition.version)
    done = 0
    for part in _chunks(elements):
        for element in part:
            made.places.add_element(element)
        made.add(token_entries(edition.kind, part, key.secret.divide_by_sums(V, part)))
        done += len(part)
        if progress is not None:
            progress(done)
    return done


def _check(edition: Edition, count: int, kind: ListKind) -> None:
    if edition.kind is not kind:
        raise UsageError(f"{edition.list_id}: a list of kind {edition.kind.value}")
    if not 0 <= count <= MAX_COUNT:
        raise UsageError(f"{edition.list_id}: at most {MAX_COUNT} entries")


def _ascending(ids: Iterable[int]) -> Iterator[int]:
    last = 0
    for each in ids:
        if not last < each < 1 << ID_BITS:
            raise UsageError("status: identifiers ascend, from 1 to 2^40 - 1")
        last = each
        yield each


def _chunks(items: Iterator[T]) -> Iterator[list[T]]:
    while part := list(islice(items, _CHUNK)):
        yield part
