"""Call an address: ``https``, or ``http`` on this machine; octets and time are bounded.

No redirect is followed, no compression is accepted (a few octets could stand for many), and nothing
but the address comes from the environment. What comes back is not trusted.
"""

from __future__ import annotations

import ipaddress
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zkproof.errors import RemoteError, UsageError

if TYPE_CHECKING:
    import httpx

SECONDS = 30.0
"""How long one call may take altogether, unless the caller names another bound."""

_AGENT = "zkproof"
_IDLE_SECONDS = 10.0


class Unreachable(RemoteError):
    """The address does not answer, or its answer is too long, too slow or compressed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whole."""

    status: int
    content_type: str
    body: bytes


class Caller:
    """Calls servers, from any thread, and keeps connections open between calls."""

    def __init__(self) -> None:
        self._client: httpx.Client | None = None

    def call(
        self,
        method: str,
        address: str,
        *,
        limit: int,
        content: bytes | None = None,
        content_type: str | None = None,
        seconds: float = SECONDS,
    ) -> Reply:
        """The reply, of at most ``limit`` octets.

        Raises `UsageError` for an address that is not allowed, and `Unreachable`.
        """
        import httpx  # a tenth of a second that commands without a network should not wait for

        require_private(address)
        if self._client is None:
            self._client = httpx.Client(trust_env=False, follow_redirects=False)
        ends = time.monotonic() + seconds
        headers = {"user-agent": _AGENT, "accept-encoding": "identity"}
        if content_type is not None:
            headers["content-type"] = content_type
        received = bytearray()
        try:
            with self._client.stream(
                method,
                address,
                content=content,
                headers=headers,
                timeout=min(_IDLE_SECONDS, seconds),
            ) as reply:
                if reply.headers.get("content-encoding", "identity") != "identity":
                    raise Unreachable(f"{address}: the reply is compressed")
                for chunk in reply.iter_raw():
                    received += chunk
                    if len(received) > limit:
                        raise Unreachable(f"{address}: the reply is too long")
                    if time.monotonic() > ends:
                        raise Unreachable(f"{address}: the reply takes too long")
                kind = reply.headers.get("content-type", "")
                return Reply(reply.status_code, kind, bytes(received))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            kind = type(error).__name__
            raise Unreachable(f"{address}: cannot be reached ({kind})") from None

    def close(self) -> None:
        """Close connections. The next call opens new ones."""
        if self._client is not None:
            self._client.close()
            self._client = None


def require_private(address: str) -> None:
    """Raises `UsageError` unless nobody on the way can read along: https, or this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        raise UsageError("address: not one") from None
    if parts.scheme == "https" and host:
        return
    if parts.scheme == "http" and (host == "localhost" or _loopback(host)):
        return
    raise UsageError(
        f"address: {parts.scheme or 'no scheme'} is refused",
        hint="https is needed; http only on this machine",
    )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
