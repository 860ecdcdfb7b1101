"""How a running benchmark says where it is."""

from __future__ import annotations

from collections.abc import Callable

Step = Callable[[str], None]
"""Takes what is being measured now, in words."""
