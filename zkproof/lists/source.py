"""Where the files of lists come from: a folder, or a web server that is told as little as possible.

A request says address, list, version, file name and nothing else: https only (plain http for this
machine alone), one constant set of header fields, no cookies, no conditions, no ranges, no
compression, no proxy or password taken from the environment. Redirects are refused, for they would
say more to another server. Every file comes over a connection of its own, so that nothing but the
network address connects them; octets and time are bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from urllib.parse import quote, urlsplit

from zkproof.errors import RemoteError, UsageError
from zkproof.files import unreadable
from zkproof.ledger.bodies import is_location

Source = Callable[[str, int], bytes]
"""Gives the octets of ``<list>/<version>/<file>``: the whole file, or more octets than the number
given when the file is longer than that. Raises `NotFoundError`, `ConflictError` and `RemoteError`.
"""

_HEADERS = {
    "User-Agent": "zkproof-wallet",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
_SECONDS_TO_ANSWER = 20.0
_OCTETS_PER_SECOND = 16 << 10
"""A server that is slower on the whole is given up."""


def source_of(text: str, *, relay: str | None = None) -> Source:
    """The source at an address, or in a folder.

    ``relay`` is the address of a forward proxy: it sees this machine's address but not, beneath
    TLS, which files are fetched; the server sees the files but not the address. Raises `UsageError`
    for an address that is not allowed.
    """
    if "://" in text:
        return http_source(text, relay=relay)
    return folder_source(Path(text))


def folder_source(root: Path) -> Source:
    """Files on this machine."""

    def get(path: str, most: int) -> bytes:
        try:
            with (root / path).open("rb") as file:
                return file.read(most + 1)
        except OSError as error:
            raise unreadable(path, error) from None

    return get


def http_source(url: str, *, relay: str | None = None) -> Source:
    """Files that a web server gives out. Raises `UsageError` as `source_of`."""
    if not is_location(url):
        raise UsageError(
            "address of a list: https://host/path, without user, port, query or fragment",
            hint="plain http and ports are for this machine alone; a folder needs no address",
        )
    base = url.rstrip("/")
    if relay is not None:
        _check_relay(relay)

    def get(path: str, most: int) -> bytes:
        import httpx  # slow to import, and rarely needed

        deadline = monotonic() + _SECONDS_TO_ANSWER + most / _OCTETS_PER_SECOND
        received = bytearray()
        # Nothing but the address may come from the environment: a password for this host in
        # .netrc would name the holder.
        with httpx.Client(
            headers=_HEADERS,
            follow_redirects=False,
            trust_env=False,
            timeout=_SECONDS_TO_ANSWER,
            proxy=relay,
        ) as client:
            try:
                with client.stream("GET", f"{base}/{quote(path)}") as answer:
                    if answer.status_code != 200:
                        raise RemoteError(f"{path}: the server answers {answer.status_code}")
                    if answer.headers.get("content-encoding", "identity") != "identity":
                        raise RemoteError(f"{path}: the server sends it compressed")
                    for chunk in answer.iter_raw():
                        received += chunk
                        if len(received) > most:
                            break
                        if monotonic() > deadline:
                            raise RemoteError(f"{path}: the server is too slow")
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise RemoteError(f"{path}: cannot be fetched ({type(error).__name__})") from None
        return bytes(received)

    return get


def _check_relay(relay: str) -> None:
    """Raises `UsageError` unless a relay is named and nothing of the holder with it."""
    try:
        parts = urlsplit(relay)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right or "@" in relay or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UsageError(
            "relay: http://host:port or https://host:port",
            hint="a user or password there would name the holder",
        )
