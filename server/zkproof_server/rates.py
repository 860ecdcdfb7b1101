"""How often a key, and an address without a key, may call: a moving minute.

Counts are kept by each process; with several workers each has its share of the limit. Who is over
it is told when the oldest counted call leaves the minute: then there is room for one more.
"""

from __future__ import annotations

import ipaddress
import math
import time

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from zkproof_server.problems import Problem


class Rates:
    """Limits a minute; ``workers`` processes share them."""

    def __init__(self, per_key: int, per_address: int, workers: int = 1) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_key = RateLimitItemPerMinute(max(1, per_key // workers))
        self._per_address = RateLimitItemPerMinute(max(1, per_address // workers))

    def count_key(self, key_id: str) -> None:
        """Raises `Problem` 429."""
        self._count(self._per_key, "key", key_id)

    def count_address(self, request: Request) -> None:
        """Raises `Problem` 429."""
        self._count(self._per_address, "address", _network(request))

    def _count(self, limit: RateLimitItemPerMinute, kind: str, who: str) -> None:
        if self._limiter.hit(limit, kind, who):
            return
        resets = self._limiter.get_window_stats(limit, kind, who).reset_time
        seconds = max(1, math.ceil(resets - time.time()))
        detail = f"at most {limit.amount} calls a minute; again in {seconds} s"
        raise Problem(429, "too-many", detail, headers={"Retry-After": str(seconds)})


def _network(request: Request) -> str:
    """An address as far as one party holds it: of IPv6 the first 64 bits."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return host
