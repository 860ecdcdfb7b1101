"""Hypothesis profiles: modest by default, the same examples every time in CI, many at night."""

from __future__ import annotations

import os

from hypothesis import settings

# No deadline: the first call of a process builds tables, and machines are shared.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("nightly", deadline=None, max_examples=2000)
settings.load_profile("ci" if os.environ.get("CI") else "default")
