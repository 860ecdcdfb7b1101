"""Time and randomness as arguments, with safe defaults at the border.

Protocol code takes a `Clock` and a `RandomBytes`; only programs (the command line, the
service) reach for `system_clock` and `os_random`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Gives whole seconds since 1970-01-01T00:00:00Z."""

RandomBytes = Callable[[int], bytes]
"""Gives that many octets, unpredictable to anyone else."""


def system_clock() -> int:
    """Seconds since the epoch by this machine's clock."""
    return int(time.time())


def fixed_clock(now: int) -> Clock:
    """A clock that stands still, for tests and for replaying a verification."""
    return lambda: now


def os_random(count: int) -> bytes:
    """Octets from the operating system's generator."""
    return os.urandom(count)
