"""Where messages may go: ``https`` to the open internet, so that nobody makes this service call
what stands beside it.

A name is resolved once and the connection goes to that address: a name that answers differently the
second time gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from zkproof.errors import UsageError


@dataclass(frozen=True, slots=True)
class Target:
    """An address to connect to, and the name it is called by."""

    scheme: str
    name: str
    address: str
    port: int
    path: str

    @property
    def url(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def host(self) -> str:
        """The header's value."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        default = 443 if self.scheme == "https" else 80
        return name if self.port == default else f"{name}:{self.port}"


def check_url(url: str, *, private: bool) -> None:
    """Raises `UsageError` for what can never be a webhook's address."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UsageError("url: not an address") from None
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise UsageError("url: begins with https://")
    if not host or parts.username or parts.password or parts.fragment or parts.query:
        raise UsageError("url: a host and a path, without user, query or fragment")
    if not private and _is_address(host):
        raise UsageError("url: names its host, not an address")
    if not url.isascii() or any(each.isspace() for each in url):
        raise UsageError("url: plain characters only")


async def resolve(url: str, *, private: bool) -> Target:
    """Raises `UsageError` when the name has no address, or one that is not public."""
    check_url(url, private=private)
    parts = urlsplit(url)
    name, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError:
        raise UsageError("url: its host has no address") from None
    addresses = [str(each[4][0]) for each in found]
    if not private and not all(ipaddress.ip_address(each).is_global for each in addresses):
        raise UsageError("url: its host is not on the open internet")
    return Target(parts.scheme, name, addresses[0], port, parts.path or "/")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
