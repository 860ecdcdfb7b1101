"""The holder's side: fetch one bucket, check it against the ledger, take out one's list proof.

What is asked for is a bucket: one thousandth of a large list, never the element. Fetch early in an
epoch and at a time of no meaning, so that a fetch does not announce a presentation.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from zkproof.credential.list_proof import ListProof, check_list_proof
from zkproof.errors import DecodeError, UsageError
from zkproof.lists.bucket import MAX_BUCKET_BYTES, Bucket, bucket_bits, bucket_of
from zkproof.lists.publish import INDEX
from zkproof.trust import ListKind, ListVersion

_INDEX_WIDTH = 6
_TIMEOUT = 20.0

Source = Callable[[str], bytes]
"""Gives the octets of ``<list>/<version>/<file>``. Raises `UsageError`."""


def folder_source(root: Path) -> Source:
    """Files on this machine."""

    def get(path: str) -> bytes:
        try:
            with (root / path).open("rb") as file:
                return file.read(MAX_BUCKET_BYTES + 1)
        except OSError as error:
            raise UsageError(f"{path}: cannot be read ({error.strerror})") from None

    return get


def http_source(url: str) -> Source:
    """Files that a web server gives out. Redirects are not followed."""
    base = url.rstrip("/")

    def get(path: str) -> bytes:
        import httpx  # slow to import, and rarely needed

        received = bytearray()
        try:
            with httpx.stream("GET", f"{base}/{quote(path)}", timeout=_TIMEOUT) as answer:
                answer.raise_for_status()
                for chunk in answer.iter_bytes():
                    received += chunk
                    if len(received) > MAX_BUCKET_BYTES:
                        break
        except httpx.HTTPError as error:
            raise UsageError(f"{path}: cannot be fetched ({type(error).__name__})") from None
        return bytes(received)

    return get


def source_of(text: str) -> Source:
    """From an http(s) address or the path of a folder."""
    if text.startswith(("http://", "https://")):
        return http_source(text)
    return folder_source(Path(text))


def fetch(source: Source, version: ListVersion, value: int) -> ListProof | None:
    """The list proof for one value, checked; ``None`` when the list has none (revoked, not a
    member, or listed where it should not be).

    Raises `UsageError` when the file cannot be had, `DecodeError` when it is not what the ledger
    says, `IssuanceError` when the owner's token or signature does not hold.
    """
    folder = f"{quote(version.list_id, safe='')}/{version.version}"
    number = _bucket(source, folder, version, value)
    data = source(f"{folder}/bucket-{number}")
    found = Bucket.read(data, version, number).find(value)
    if found is not None:
        check_list_proof(found, version)
    return found


def _bucket(source: Source, folder: str, version: ListVersion, value: int) -> int:
    if version.kind is not ListKind.GAPS:
        return bucket_of(version.kind, value, bucket_bits(version.count))
    index = source(f"{folder}/{INDEX}")
    if not index or len(index) % _INDEX_WIDTH or len(index) > MAX_BUCKET_BYTES:
        raise DecodeError("index", "a whole number of entries is needed")
    begins = [
        int.from_bytes(index[i : i + _INDEX_WIDTH], "big")
        for i in range(0, len(index), _INDEX_WIDTH)
    ]
    # Not authenticated: a wrong index leads to a bucket that does not hold the value.
    return max(bisect_right(begins, value) - 1, 0)
