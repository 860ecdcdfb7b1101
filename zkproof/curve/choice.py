"""Which backend runs: the best one present, or the one the environment names."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass

from zkproof.curve.interface import Backend
from zkproof.errors import BackendError

ORDER = ("kernel", "arkworks", "py_ecc")
"""From fastest to slowest. `py_ecc` needs seconds for a pairing and is a reference."""

VARIABLE = "ZKPROOF_BACKEND"


@dataclass(frozen=True, slots=True)
class Choice:
    """The backend in use and the reason, in words for a person."""

    backend: Backend
    reason: str


def load(name: str) -> Backend:
    """The backend of that name. Raises `BackendError` when it is unknown or not installed."""
    if name not in ORDER:
        raise BackendError(
            f"unknown backend {name!r}", hint=f"set {VARIABLE} to one of: {', '.join(ORDER)}"
        )
    try:
        module = importlib.import_module(f"zkproof.curve.{name}")
    except ImportError as error:
        raise BackendError(
            f"backend {name!r} is not installed: {error}",
            hint="`make setup` installs what this machine can run",
        ) from error
    backend: Backend = module.backend
    return backend


def available() -> Mapping[str, str | None]:
    """Every backend by name, with ``None`` where it works or the reason why it does not."""
    found: dict[str, str | None] = {}
    for name in ORDER:
        try:
            load(name)
            found[name] = None
        except BackendError as error:
            found[name] = error.message
    return found


def choose(environment: Mapping[str, str] = os.environ) -> Choice:
    """The backend to run. Raises `BackendError` when the one asked for, or all, are missing."""
    asked = environment.get(VARIABLE)
    if asked:
        return Choice(load(asked), f"{VARIABLE} names it")
    missing: list[str] = []
    for name in ORDER:
        try:
            backend = load(name)
        except BackendError as error:
            missing.append(error.message)
            continue
        return Choice(backend, "; ".join(["the fastest one present", *missing]))
    raise BackendError("no curve backend works here: " + "; ".join(missing))
